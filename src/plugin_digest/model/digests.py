"""Teams, what changed for them, and their digests before they are written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from plugin_digest.model.figures import Absent, Count, Note, Page, Status, Usage, Week


@dataclass(frozen=True)
class Team:
    """A group that owns plugins. ``origin`` says where that is written, for people."""

    key: str
    name: str
    recipients: tuple[str, ...]
    plugins: frozenset[str]
    origin: str


@dataclass(frozen=True)
class Ownership:
    """Who owns what and who reads mail; ``spellings`` maps a canonical plugin id to how people write it."""

    teams: tuple[Team, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    spellings: Mapping[str, str] = field(default_factory=dict)

    def plugins_by_team(self) -> dict[str, frozenset[str]]:
        return {team.key: team.plugins for team in self.teams}

    def owned_plugins(self) -> frozenset[str]:
        return frozenset().union(*(team.plugins for team in self.teams))


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


@dataclass(frozen=True)
class PluginPage:
    """One of a team's most viewed pages."""

    plugin: str
    name: str
    page: Page


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
    """Whether a snapshot of the previous week exists, complete or not."""


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
    """Plugins with views this week or last that no team owns."""
    owners: Mapping[str, str]
    """Canonical plugin id to the owning team's name."""
    teams_without_recipients: tuple[Team, ...]
    teams_without_plugins: tuple[Team, ...]
    team_count: int
    provenance: Provenance
    four_week_users: Change = Change(Absent.NOT_AVAILABLE, Absent.NOT_AVAILABLE)
    """Distinct users of the portal in the 28 days that end with the week."""
    restated: tuple[Restatement, ...] = ()
