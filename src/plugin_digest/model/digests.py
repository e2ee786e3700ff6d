"""What changed for plugins and teams, and digests before they are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from plugin_digest.model.extras import (
    NOT_JUDGED,
    AgainstPortal,
    Annotation,
    Break,
    Holiday,
    IndicatorChange,
    IndicatorTrouble,
    Judgement,
    MailStatistics,
    Move,
    Verdict,
)
from plugin_digest.model.figures import Absent, Count, Note, Page, Search, Status, Usage, Week
from plugin_digest.model.owners import Cadence, Flaw, Team


@dataclass(frozen=True)
class Change:
    """A count against its previous week.

    ``difference`` is None unless both counts are known and the weeks can be compared. ``ratio`` is
    ``difference / previous``, exact, so that ``previous * (1 + ratio) == current``; None where a
    percentage would mislead (unequal periods, another set of plugins, a base of zero or a tiny one).
    """

    current: Count
    previous: Count
    difference: int | None = None
    ratio: Fraction | None = None


UNKNOWN_CHANGE = Change(Absent.NOT_AVAILABLE, Absent.NOT_AVAILABLE)


@dataclass(frozen=True)
class Point:
    """One week of a history; ``status`` is None for a week without a snapshot."""

    week: Week
    usage: Usage
    status: Status | None


class PluginState(StrEnum):
    """What a plugin's week is, before any figure."""

    ACTIVE = "active"
    NEW = "new"
    """Seen for the first time in all stored weeks, with at least one complete week before."""
    BACK = "back"
    """Views again after a complete week without any."""
    SILENT = "silent"
    """No view this week, some in the week before."""
    QUIET = "quiet"
    """No view this week and none in the week before, but seen earlier."""
    NEVER_SEEN = "never seen"
    NO_DATA = "no data"


@dataclass(frozen=True)
class PluginChange:
    """A plugin's week against the one before and its own last weeks (oldest first, this week last)."""

    plugin: str
    name: str
    state: PluginState
    views: Change
    users: Change
    first_seen: Week | None
    history: tuple[Point, ...]
    attention: float
    """How far from an unchanged week, in rough standard errors; orders, never shown."""
    views_judgement: Judgement = NOT_JUDGED
    users_judgement: Judgement = NOT_JUDGED
    against_portal: AgainstPortal | None = None
    share_of_users: Fraction | None = None
    """Of the portal's users of the week, those who used the plugin."""
    new_users: Count = Absent.NOT_AVAILABLE
    """Of the users, those without a view of the plugin in the four weeks before."""
    series_break: Break | None = None
    annotations: tuple[Annotation, ...] = ()
    indicators: tuple[IndicatorChange, ...] = ()
    rank: int | None = None
    """By views among all plugins, from 1; only in the portal digest."""

    @property
    def is_news(self) -> bool:
        """Whether the plugin's week is outside what is usual, whatever the reason."""
        return (
            self.views_judgement.is_news
            or self.users_judgement.is_news
            or self.state is PluginState.NEW
            or (self.state is PluginState.BACK and self.views_judgement.verdict is not Verdict.USUAL)
        )


@dataclass(frozen=True)
class PluginPage:
    """One of a team's most viewed pages."""

    plugin: str
    name: str
    page: Page


@dataclass(frozen=True)
class PluginSearch:
    """What people searched right before they opened one of a team's plugins."""

    plugin: str
    name: str
    search: Search


@dataclass(frozen=True)
class Provenance:
    """Where a digest's figures come from and how far they can be trusted."""

    source: str
    as_of: datetime
    timezone: str
    revision: int
    status: Status
    missing_days: tuple[date, ...]
    notes: tuple[Note, ...]
    previous_missing_days: tuple[date, ...] = ()
    has_previous: bool = True
    """Whether a snapshot of the previous week, or of any of several, exists, complete or not."""
    set_aside: tuple[Week, ...] = ()
    """Weeks of these, and of those before them, whose figures were held and never released."""


@dataclass(frozen=True)
class Restatement:
    """A figure of the week before that was mailed as ``mailed`` and reads ``now`` by a later reading.

    ``name`` is the plugin's, empty for the figure of the whole digest; ``figure`` is views or users.
    """

    name: str
    figure: str
    mailed: int
    now: int


@dataclass(frozen=True)
class TeamDigest:
    """One team's letter for one week, before it is written. ``plugins``: what needs a look comes first."""

    week: Week
    team: Team
    edition: int
    views: Change
    users: Change
    history: tuple[Point, ...]
    plugins: tuple[PluginChange, ...]
    pages: tuple[PluginPage, ...]
    provenance: Provenance
    restated: tuple[Restatement, ...] = ()
    views_judgement: Judgement = NOT_JUDGED
    users_judgement: Judgement = NOT_JUDGED
    portal_views: Change = UNKNOWN_CHANGE
    """The whole portal's views, for comparison."""
    portal_users: Change = UNKNOWN_CHANGE
    new_users: Count = Absent.NOT_AVAILABLE
    searches: tuple[PluginSearch, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    """Of the portal and of the team's plugins, in the weeks of the history, oldest first."""
    holidays: tuple[Holiday, ...] = ()
    indicators: tuple[IndicatorChange, ...] = ()
    """Of the team itself; those of its plugins stand with the plugins."""
    moves: tuple[Move, ...] = ()
    weeks: int = 1
    """How many weeks up to ``week`` the figures are about: more than one in a monthly digest, whose changes
    are against as many weeks before."""
    cadence: Cadence = Cadence.WEEKLY
    held_for: str = ""
    """Why the week was held before a person of the portal team released it."""
    hold_reason: str = ""
    """What that person said."""
    quiet_weeks: int = 0
    """In a sign of life: for how many weeks there was nothing unusual and so no digest."""
    hidden_below: int = 0
    """Counts that are `Absent.HIDDEN` are fewer than this."""


@dataclass(frozen=True)
class PortalDigest:
    """The central team's letter about the whole portal. ``plugins``: most viewed first."""

    week: Week
    edition: int
    recipients: tuple[str, ...]
    views: Change
    users: Change
    unattributed: Change
    plugins_in_use: Change
    history: tuple[Point, ...]
    plugins: tuple[PluginChange, ...]
    new: tuple[PluginChange, ...]
    silent: tuple[PluginChange, ...]
    orphans: tuple[PluginChange, ...]
    """Plugins with views in the week that no team owns."""
    owners: Mapping[str, str]
    """Canonical plugin id to the owning team's name."""
    teams_without_recipients: tuple[Team, ...]
    teams_without_plugins: tuple[Team, ...]
    team_count: int
    provenance: Provenance
    four_week_users: Change = UNKNOWN_CHANGE
    """Distinct users of the portal in the 28 days that end with the week."""
    restated: tuple[Restatement, ...] = ()
    views_judgement: Judgement = NOT_JUDGED
    users_judgement: Judgement = NOT_JUDGED
    head_count: int | None = None
    """All people who could use the portal."""
    contributing_teams: int = 0
    """Teams that own at least one plugin in use."""
    outside_plugins: tuple[int, int] | None = None
    """Plugins in use that a team other than the central one owns, of all plugins in use."""
    movers: tuple[PluginChange, ...] = ()
    """Plugins with an unusual week, the most unusual first."""
    annotations: tuple[Annotation, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    indicators: tuple[IndicatorChange, ...] = ()
    moves: tuple[Move, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    mail: MailStatistics | None = None
    held_for: str = ""
    """Why the week was held before a person released it."""
    hold_reason: str = ""
    """What that person said."""
    indicator_troubles: tuple[IndicatorTrouble, ...] = ()
    hidden_below: int = 0
