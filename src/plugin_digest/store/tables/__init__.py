"""The tables, as SQLModel rows. They never leave the store: its border returns model values.

No column holds who viewed something; recipients' addresses in the ledger are the only ones.
A change here needs a migration beside it; a test compares the two on both databases.
"""

from plugin_digest.store.tables.base import (
    STORED,
    Figures,
    Row,
    figure_checks,
)
from plugin_digest.store.tables.figures import (
    IndicatorReadingRow,
    IndicatorValueRow,
    MissingDayRow,
    NewUsersRow,
    NoteRow,
    PageUsageRow,
    PluginUsageRow,
    PortalUsageRow,
    SearchUsageRow,
    SnapshotRow,
    TeamPluginRow,
    TeamUsageRow,
)
from plugin_digest.store.tables.mail import (
    DeliveryRow,
    DigestAttachmentRow,
    DigestImageRow,
    DigestRow,
    OptOutRow,
    OwnershipRow,
)
from plugin_digest.store.tables.periods import (
    PeriodMissingDayRow,
    PeriodNoteRow,
    PeriodRow,
    PeriodTeamPluginRow,
    PeriodUsageRow,
)
from plugin_digest.store.tables.runs import (
    HoldRow,
    InstanceRow,
    RunRow,
)

__all__ = [
    "STORED",
    "DeliveryRow",
    "DigestAttachmentRow",
    "DigestImageRow",
    "DigestRow",
    "Figures",
    "HoldRow",
    "IndicatorReadingRow",
    "IndicatorValueRow",
    "InstanceRow",
    "MissingDayRow",
    "NewUsersRow",
    "NoteRow",
    "OptOutRow",
    "OwnershipRow",
    "PageUsageRow",
    "PeriodMissingDayRow",
    "PeriodNoteRow",
    "PeriodRow",
    "PeriodTeamPluginRow",
    "PeriodUsageRow",
    "PluginUsageRow",
    "PortalUsageRow",
    "Row",
    "RunRow",
    "SearchUsageRow",
    "SnapshotRow",
    "TeamPluginRow",
    "TeamUsageRow",
    "figure_checks",
]
