"""The values that everything else passes around: frozen, without I/O and without SQL.

A count is an ``int`` or says why there is none (`Absent`); the two never mix up to the template.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum
from fractions import Fraction
from typing import Self, TypeGuard
from zoneinfo import ZoneInfo

DAYS_PER_WEEK = 7
HISTORY_WEEKS = 12
PORTAL = "portal"
"""The key of the portal digest where a team's key would stand."""

UNATTRIBUTED_IDS = frozenset({"", "root", "app", "(not set)", "(other)"})
"""Ids under which analytics books a view that belongs to no plugin, in canonical form."""


class Absent(Enum):
    """Why there is no count. None of them is zero."""

    NO_DATA = "no data"
    NOT_AVAILABLE = "not available"
    HIDDEN = "hidden"


Count = int | Absent


def is_known(count: Count) -> TypeGuard[int]:
    return not isinstance(count, Absent)


def canonical_plugin(plugin: str) -> str:
    """The form in which plugin ids are compared: without case and surrounding blanks."""
    return plugin.strip().lower()


def canonical_address(address: str) -> str:
    """The form in which mail addresses are compared: without case and surrounding blanks."""
    return address.strip().lower()


@dataclass(frozen=True, order=True)
class Week:
    """Seven local days of the portal's time zone, known by the first of them (a Monday or a Sunday)."""

    first_day: date

    def __post_init__(self) -> None:
        if self.first_day.weekday() not in (0, 6):
            raise ValueError(f"a week starts on a Monday or a Sunday, and {self.first_day} is neither")

    @property
    def last_day(self) -> date:
        return self.first_day + timedelta(days=DAYS_PER_WEEK - 1)

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first_day + timedelta(days=n) for n in range(DAYS_PER_WEEK))

    @property
    def is_iso(self) -> bool:
        return self.first_day.weekday() == 0

    def plus(self, weeks: int) -> Self:
        return type(self)(self.first_day + timedelta(days=DAYS_PER_WEEK * weeks))

    def __str__(self) -> str:
        """``2026-W46``, or the first day (``2021-08-22``) where weeks start on Sunday."""
        return f"{self.first_day:%G-W%V}" if self.is_iso else self.first_day.isoformat()


def last_weeks(week: Week, count: int = HISTORY_WEEKS) -> tuple[Week, ...]:
    """``count`` weeks ending with ``week``, oldest first."""
    return tuple(week.plus(-back) for back in reversed(range(count)))


@dataclass(frozen=True)
class Usage:
    """Views and distinct users of one plugin, team or portal in one week."""

    views: Count
    users: Count


@dataclass(frozen=True)
class Page:
    """One viewed path of a plugin, without query and fragment."""

    path: str
    views: Count
    users: Count


@dataclass(frozen=True)
class TeamUsage:
    """What a team's plugins had together; only valid for exactly this set of plugins."""

    plugins: frozenset[str]
    usage: Usage


class Status(StrEnum):
    FINAL = "final"
    PROVISIONAL = "provisional"
    INCOMPLETE = "incomplete"


class NoteKind(StrEnum):
    """What a data note is about; the wording is in its text."""

    UNREADABLE = "unreadable"
    MISSING_DAYS = "missing-days"
    NOT_SETTLED = "not-settled"
    NOT_AVAILABLE = "not-available"
    OTHER = "other"


@dataclass(frozen=True)
class Note:
    """Something about the data that a reader must know; travels with the snapshot to the digest."""

    kind: NoteKind
    text: str


@dataclass(frozen=True)
class Snapshot:
    """One reading of one week from the source, whole.

    ``plugins``, ``pages`` and every set of plugins are keyed by canonical plugin id. A plugin that is not
    in ``plugins`` had no view, if the status is not INCOMPLETE. ``revision`` is 0 until stored.
    """

    week: Week
    source: str
    timezone: str
    as_of: datetime
    status: Status
    portal: Usage
    unattributed: Usage
    plugins: Mapping[str, Usage]
    teams: Mapping[str, TeamUsage] = field(default_factory=dict)
    pages: Mapping[str, tuple[Page, ...]] = field(default_factory=dict)
    missing_days: tuple[date, ...] = ()
    notes: tuple[Note, ...] = ()
    revision: int = 0

    @property
    def is_complete(self) -> bool:
        return self.status is not Status.INCOMPLETE

    @property
    def days_covered(self) -> int:
        return DAYS_PER_WEEK - len(self.missing_days)


Progress = Callable[[str, int, int], None]
"""Told ``(what, done, total)`` while something long runs; ``total`` 0 where it is not known."""


def no_progress(what: str, done: int, total: int) -> None:
    """The progress of a caller that does not want to hear of it."""


@dataclass(frozen=True)
class PullRequest:
    """What a source is asked for: some weeks, in one pass where the source can.

    ``teams`` gives each team's plugins, ``aliases`` the canonical id for a canonical id that analytics
    reports, ``as_of`` the moment of the pull.
    """

    weeks: Sequence[Week]
    timezone: ZoneInfo
    as_of: datetime
    teams: Mapping[str, frozenset[str]] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    pages_per_plugin: int = 5


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
    restated: tuple[Restatement, ...] = ()


@dataclass(frozen=True)
class Image:
    """A picture that the HTML refers to as ``cid:`` + ``name``; ``name`` is ASCII without blanks."""

    name: str
    png: bytes


@dataclass(frozen=True)
class Letter:
    """A rendered digest: what is frozen, and the same bytes for every recipient and every resend."""

    subject: str
    html: str
    text: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True)
class FrozenDigest:
    """A letter as stored. ``team`` is a team's key or ``PORTAL``; ``revision`` is the snapshot's."""

    id: int
    week: Week
    team: str
    team_name: str
    edition: int
    revision: int
    frozen_at: datetime
    letter: Letter


class DeliveryState(StrEnum):
    PLANNED = "planned"
    CLAIMED = "claimed"
    SENT = "sent"
    REFUSED = "refused"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    HELD = "held"


OPEN_STATES = frozenset({DeliveryState.PLANNED, DeliveryState.DEFERRED})
"""States from which a delivery may be claimed."""


@dataclass(frozen=True)
class Delivery:
    """One digest to one recipient: a row of the ledger.

    ``recipient`` is empty where a whole team is left out. ``digest_id`` is None while nothing is frozen
    (skipped, held). ``message_id`` keeps its value over every attempt.
    """

    id: int
    week: Week
    team: str
    edition: int
    recipient: str
    state: DeliveryState
    reason: str
    message_id: str
    attempts: int
    digest_id: int | None
    planned_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class PlannedDelivery:
    """What the plan wants in the ledger for one recipient: ``state`` is PLANNED, SKIPPED or HELD."""

    week: Week
    team: str
    edition: int
    recipient: str
    state: DeliveryState
    reason: str
    message_id: str
    digest_id: int | None = None


class HoldState(StrEnum):
    HELD = "held"
    RELEASED = "released"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Hold:
    """The newest word on whether a week may be sent although its data look wrong."""

    week: Week
    state: HoldState
    reason: str
    at: datetime


@dataclass(frozen=True)
class Run:
    """One weekly run; ``finished_at`` and ``exit_code`` are None while it runs or after it was killed."""

    id: int
    week: Week
    started_at: datetime
    finished_at: datetime | None
    exit_code: int | None
    summary: str
