"""The tables, as SQLModel rows. They never leave the store: its border returns model values.

No column holds who viewed something; recipients' addresses in the ledger are the only ones.
A change here needs a migration beside it; a test compares the two on both databases.
"""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKeyConstraint,
    LargeBinary,
    MetaData,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from plugin_digest.model import Absent, DeliveryState, HoldState, NoteKind, Scope, Status, Usage, Week
from plugin_digest.store.columns import (
    AbsentWord,
    DeliveryWord,
    FirstDay,
    HoldWord,
    Moment,
    NoteWord,
    ScopeWord,
    StatusWord,
    one_of,
)

NAMES = {  # SQLite can only change a constraint that has a name
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


STORED = (Absent.NO_DATA, Absent.NOT_AVAILABLE, Absent.HIDDEN)
"""What a source can say; what a digest leaves out besides is never stored."""


class Row(SQLModel):
    """Keeps the tables out of the metadata that every user of SQLModel shares."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)


class Figures(Row):
    """Two counts; each is a number or the reason why there is none, never both and never neither."""

    views: int | None = Field(sa_type=BigInteger)
    views_absent: Absent | None = Field(sa_type=AbsentWord)
    users: int | None = Field(sa_type=BigInteger)
    users_absent: Absent | None = Field(sa_type=AbsentWord)

    def to_usage(self) -> Usage:
        return Usage(
            self.views_absent if self.views is None else self.views,  # type: ignore[arg-type]  # the CHECKs
            self.users_absent if self.users is None else self.users,  # type: ignore[arg-type]
        )


def figure_checks(*counts: str) -> tuple[CheckConstraint, ...]:
    return tuple(
        check
        for count in counts or ("views", "users")
        for check in (
            CheckConstraint(f"({count} IS NULL) <> ({count}_absent IS NULL)", name=f"{count}_or_reason"),
            CheckConstraint(f"{count} >= 0", name=f"{count}_not_negative"),
            one_of(f"{count}_absent", STORED),
        )
    )


class SnapshotRow(Row, table=True):
    __tablename__ = "snapshot"
    __table_args__ = (
        UniqueConstraint("week", "revision"),
        CheckConstraint("revision >= 1", name="revision"),
        one_of("status", Status),
    )

    id: int | None = Field(default=None, primary_key=True)
    week: Week = Field(sa_type=FirstDay)
    revision: int
    source: str
    timezone: str
    as_of: datetime = Field(sa_type=Moment)
    status: Status = Field(sa_type=StatusWord)


class PortalUsageRow(Figures, table=True):
    """``scope``: ``portal`` (everything), ``unattributed`` (of no plugin), ``four weeks`` (everything)."""

    __tablename__ = "portal_usage"
    __table_args__ = (
        *figure_checks(),
        CheckConstraint("scope IN ('portal', 'unattributed', 'four weeks')", name="scope"),
    )

    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id")
    scope: str = Field(primary_key=True)


class PluginUsageRow(Figures, table=True):
    __tablename__ = "plugin_usage"
    __table_args__ = figure_checks()

    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id")
    plugin: str = Field(primary_key=True)


class TeamUsageRow(Figures, table=True):
    __tablename__ = "team_usage"
    __table_args__ = figure_checks()

    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id")
    team: str = Field(primary_key=True)


class TeamPluginRow(Row, table=True):
    """One plugin of the set that a team's figures are valid for."""

    __tablename__ = "team_plugin"
    __table_args__ = (
        ForeignKeyConstraint(["snapshot_id", "team"], ["team_usage.snapshot_id", "team_usage.team"]),
    )

    snapshot_id: int = Field(primary_key=True)
    team: str = Field(primary_key=True)
    plugin: str = Field(primary_key=True)


class PageUsageRow(Figures, table=True):
    """``position`` counts a plugin's pages from 0, in the order of the source: most viewed first."""

    __tablename__ = "page_usage"
    __table_args__ = figure_checks()

    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id")
    plugin: str = Field(primary_key=True)
    position: int = Field(primary_key=True)
    path: str


class MissingDayRow(Row, table=True):
    __tablename__ = "missing_day"

    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id")
    position: int = Field(primary_key=True)
    day: date


class NoteRow(Row, table=True):
    __tablename__ = "note"
    __table_args__ = (one_of("kind", NoteKind),)

    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id")
    position: int = Field(primary_key=True)
    kind: NoteKind = Field(sa_type=NoteWord)
    text: str


class NewUsersRow(Row, table=True):
    """How many users were new; no row where the source does not say. ``key`` is empty for the portal."""

    __tablename__ = "new_users"
    __table_args__ = (*figure_checks("users"), one_of("scope", Scope))

    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id")
    scope: Scope = Field(primary_key=True, sa_type=ScopeWord)
    key: str = Field(primary_key=True)
    users: int | None = Field(sa_type=BigInteger)
    users_absent: Absent | None = Field(sa_type=AbsentWord)


class SearchUsageRow(Row, table=True):
    """``position`` counts a plugin's search terms from 0, most users first."""

    __tablename__ = "search_usage"
    __table_args__ = figure_checks("users")

    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id")
    plugin: str = Field(primary_key=True)
    position: int = Field(primary_key=True)
    term: str
    users: int | None = Field(sa_type=BigInteger)
    users_absent: Absent | None = Field(sa_type=AbsentWord)


class PeriodRow(Row, table=True):
    """One reading of several weeks as a whole; the newest of a period counts."""

    __tablename__ = "period"
    __table_args__ = (CheckConstraint("first <= last", name="order"), one_of("status", Status))

    id: int | None = Field(default=None, primary_key=True)
    first: Week = Field(sa_type=FirstDay)
    last: Week = Field(sa_type=FirstDay, index=True)
    source: str
    timezone: str
    as_of: datetime = Field(sa_type=Moment)
    status: Status = Field(sa_type=StatusWord)


class PeriodUsageRow(Figures, table=True):
    """``key`` is a plugin or a team, empty for the portal."""

    __tablename__ = "period_usage"
    __table_args__ = (*figure_checks(), one_of("scope", Scope))

    period_id: int = Field(primary_key=True, foreign_key="period.id")
    scope: Scope = Field(primary_key=True, sa_type=ScopeWord)
    key: str = Field(primary_key=True)


class PeriodTeamPluginRow(Row, table=True):
    """One plugin of the set that a team's figures are valid for."""

    __tablename__ = "period_team_plugin"

    period_id: int = Field(primary_key=True, foreign_key="period.id")
    team: str = Field(primary_key=True)
    plugin: str = Field(primary_key=True)


class PeriodMissingDayRow(Row, table=True):
    __tablename__ = "period_missing_day"

    period_id: int = Field(primary_key=True, foreign_key="period.id")
    day: date = Field(primary_key=True)


class PeriodNoteRow(Row, table=True):
    __tablename__ = "period_note"
    __table_args__ = (one_of("kind", NoteKind),)

    period_id: int = Field(primary_key=True, foreign_key="period.id")
    position: int = Field(primary_key=True)
    kind: NoteKind = Field(sa_type=NoteWord)
    text: str


class OwnershipRow(Row, table=True):
    """Who owned what when a week was planned, as JSON; the newest of a week counts."""

    __tablename__ = "ownership"

    id: int | None = Field(default=None, primary_key=True)
    week: Week = Field(sa_type=FirstDay, index=True)
    at: datetime = Field(sa_type=Moment)
    document: str = Field(sa_type=Text)


class OptOutRow(Row, table=True):
    """Who wants no mail: ``address`` canonical, empty for a whole team; ``team`` empty for every team."""

    __tablename__ = "opt_out"
    __table_args__ = (CheckConstraint("address <> '' OR team <> ''", name="somebody"),)

    address: str = Field(primary_key=True)
    team: str = Field(primary_key=True)
    by: str
    reason: str
    at: datetime = Field(sa_type=Moment)


class IndicatorValueRow(Row, table=True):
    """``key`` is a plugin or a team, empty for the portal; a later reading replaces the value."""

    __tablename__ = "indicator_value"
    __table_args__ = (one_of("scope", Scope),)

    week: Week = Field(primary_key=True, sa_type=FirstDay)
    indicator: str = Field(primary_key=True)
    scope: Scope = Field(primary_key=True, sa_type=ScopeWord)
    key: str = Field(primary_key=True)
    value: float = Field(sa_type=Double)
    out_of: float | None = Field(sa_type=Double)
    as_of: datetime | None = Field(sa_type=Moment)


class DigestRow(Row, table=True):
    """A frozen letter; ``revision`` is that of the snapshot which its figures come from."""

    __tablename__ = "digest"
    __table_args__ = (
        UniqueConstraint("week", "team", "edition"),
        CheckConstraint("edition >= 1", name="edition"),
        CheckConstraint("revision >= 1", name="revision"),
    )

    id: int | None = Field(default=None, primary_key=True)
    week: Week = Field(sa_type=FirstDay)
    team: str
    team_name: str
    edition: int
    revision: int
    frozen_at: datetime = Field(sa_type=Moment)
    subject: str
    html: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)


class DigestImageRow(Row, table=True):
    __tablename__ = "digest_image"

    digest_id: int = Field(primary_key=True, foreign_key="digest.id")
    position: int = Field(primary_key=True)
    name: str
    png: bytes = Field(sa_type=LargeBinary)


class DigestAttachmentRow(Row, table=True):
    __tablename__ = "digest_attachment"

    digest_id: int = Field(primary_key=True, foreign_key="digest.id")
    position: int = Field(primary_key=True)
    name: str
    media_type: str
    content: bytes = Field(sa_type=LargeBinary)


class DeliveryRow(Row, table=True):
    """``address`` is the recipient in the form in which addresses are compared."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("week", "team", "edition", "address"),
        CheckConstraint("edition >= 1", name="edition"),
        CheckConstraint("attempts >= 0", name="attempts"),
        one_of("state", DeliveryState),
    )

    id: int | None = Field(default=None, primary_key=True)
    week: Week = Field(sa_type=FirstDay)
    team: str
    edition: int
    recipient: str
    address: str
    state: DeliveryState = Field(sa_type=DeliveryWord)
    reason: str
    message_id: str
    attempts: int
    digest_id: int | None = Field(foreign_key="digest.id")
    planned_at: datetime = Field(sa_type=Moment)
    claimed_at: datetime | None = Field(sa_type=Moment)
    finished_at: datetime | None = Field(sa_type=Moment)
    why: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


class HoldRow(Row, table=True):
    """One word about a week; the newest row of the week counts, the others are its history."""

    __tablename__ = "hold"
    __table_args__ = (one_of("state", HoldState),)

    id: int | None = Field(default=None, primary_key=True)
    week: Week = Field(sa_type=FirstDay, index=True)
    state: HoldState = Field(sa_type=HoldWord)
    reason: str
    at: datetime = Field(sa_type=Moment)


class RunRow(Row, table=True):
    __tablename__ = "run"

    id: int | None = Field(default=None, primary_key=True)
    week: Week = Field(sa_type=FirstDay, index=True)
    started_at: datetime = Field(sa_type=Moment)
    finished_at: datetime | None = Field(sa_type=Moment)
    exit_code: int | None
    summary: str


class InstanceRow(Row, table=True):
    """Whose store this is: one row, so that a copied database mails nobody."""

    __tablename__ = "instance"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str
