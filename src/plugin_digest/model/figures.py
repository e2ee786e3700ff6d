"""Counts, weeks and snapshots: what a source is asked for and what it answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum
from typing import Self, TypeGuard
from zoneinfo import ZoneInfo

DAYS_PER_WEEK = 7
HISTORY_WEEKS = 12
LOOKBACK_WEEKS = 4
"""A user who had no view in so many weeks before is a new one."""
PORTAL = "portal"
"""The key of the portal digest where a team's key would stand."""

NOTICE = "portal:notice"
"""The key of a notice to the portal team that a week is held or failed; no team's own key holds a colon."""

UNATTRIBUTED_IDS = frozenset({"", "root", "app", "(not set)", "(other)"})
"""Ids under which analytics books a view that belongs to no plugin, in canonical form."""


class Absent(Enum):
    """Why there is no count. None of them is zero."""

    NO_DATA = "no data"
    NOT_AVAILABLE = "not available"
    HIDDEN = "hidden"
    """So few people that they could be recognised."""
    WITHHELD = "withheld"
    """Of any size, and left out because a hidden count would follow from it. Never stored."""


Count = int | Absent


def is_known(count: Count) -> TypeGuard[int]:
    return not isinstance(count, Absent)


def canonical_plugin(plugin: str) -> str:
    """The form in which plugin ids are compared: without case and surrounding blanks."""
    return plugin.strip().lower()


def canonical_address(address: str) -> str:
    """The form in which mail addresses are compared: without case and blanks around, the domain in ASCII."""
    local, at, domain = address.strip().lower().rpartition("@")
    return f"{local}{at}{canonical_domain(domain)}"


def canonical_domain(domain: str) -> str:
    """The form in which domains are compared: ``bücher.example`` is ``xn--bcher-kva.example``."""
    if domain.isascii():
        return domain.lower()
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return domain.lower()


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
    """Views and distinct users of one plugin, team or portal in one week.

    ``new_users`` are those of the users who had no view of it in the four weeks before.
    """

    views: Count
    users: Count
    new_users: Count = Absent.NOT_AVAILABLE


NOT_TOLD = Usage(Absent.NOT_AVAILABLE, Absent.NOT_AVAILABLE)
"""What a source does not say."""


@dataclass(frozen=True)
class Page:
    """One viewed path of a plugin, without query and fragment."""

    path: str
    views: Count
    users: Count


@dataclass(frozen=True)
class Search:
    """A term that people searched right before they opened a page of a plugin, and how many people did."""

    term: str
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
    DATA_LOSS = "data-loss"
    """The source says that it lost or left out events."""
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
    in ``plugins`` had no view, if the status is not INCOMPLETE. ``four_weeks`` is the portal's usage in the
    28 days that end with the week. ``revision`` is 0 until stored.
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
    four_weeks: Usage = NOT_TOLD
    searches: Mapping[str, tuple[Search, ...]] = field(default_factory=dict)
    """By canonical plugin id, most users first; empty where the source does not know."""
    anonymous: Count = Absent.NOT_AVAILABLE
    """Of the portal's views, those that came without a user."""
    revision: int = 0

    @property
    def is_complete(self) -> bool:
        return self.status is not Status.INCOMPLETE

    @property
    def days_covered(self) -> int:
        return DAYS_PER_WEEK - len(self.missing_days)


@dataclass(frozen=True, order=True)
class Period:
    """Several weeks on end, from ``first`` to ``last``, both included."""

    first: Week
    last: Week

    @property
    def weeks(self) -> tuple[Week, ...]:
        return last_weeks(self.last, self.length)

    @property
    def length(self) -> int:
        """In weeks."""
        return (self.last.first_day - self.first.first_day).days // DAYS_PER_WEEK + 1

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


@dataclass(frozen=True)
class PeriodUsage:
    """One reading of a period as a whole: its users are distinct over all of its weeks.

    Keyed and complete as a `Snapshot`; ``missing_days`` are days of the period without data.
    """

    period: Period
    source: str
    timezone: str
    as_of: datetime
    status: Status
    portal: Usage
    plugins: Mapping[str, Usage]
    teams: Mapping[str, TeamUsage] = field(default_factory=dict)
    missing_days: tuple[date, ...] = ()
    notes: tuple[Note, ...] = ()


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
    searches_per_plugin: int = 5
