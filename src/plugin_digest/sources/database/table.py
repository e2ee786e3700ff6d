"""Counting the views of a table of events: one statement for all figures of all weeks of a run.

Owns which statements are run and what their rows mean. What they say is in `expressions` and `totals`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from plugin_digest.databases import Reading
from plugin_digest.errors import Malformed, NotCovered, Rejected
from plugin_digest.model import (
    LOOKBACK_WEEKS,
    Note,
    NoteKind,
    Period,
    Progress,
    PullRequest,
    Week,
    last_weeks,
)
from plugin_digest.sources.database.answers import read_days, read_figures
from plugin_digest.sources.database.expressions import Events, Layout
from plugin_digest.sources.database.figures import Figures, withhold_users
from plugin_digest.sources.database.moments import Clock, TimeFormat, choose, recognise
from plugin_digest.sources.database.searches import read_searches
from plugin_digest.weeks import local_moment

RUN_WEEKS = 26
"""How many weeks one statement takes at most, so that a long backfill stays within its time limit."""
_NOTABLE_SHARE = 0.01
_TEXT_STAMPS = frozenset({"timestamp", "timestamptz"})


@dataclass(frozen=True)
class EventTable:
    """A table with one row per event.

    ``exclude_users`` are patterns with ``*`` and ``?``, compared without case.
    """

    layout: Layout
    time_format: TimeFormat | None = None
    exclude_users: Sequence[str] = ()
    max_unreadable_share: float = 0.01

    def __post_init__(self) -> None:
        if self.exclude_users and "user" not in self.layout.columns:
            raise Rejected("source.exclude_users: needs the column that holds users in source.columns.user")
        if any("[" in pattern for pattern in self.exclude_users):
            raise Rejected("source.exclude_users: a database knows * and ? in a pattern, and no [...]")

    def describe(self, reading: Reading) -> Iterator[str]:
        """What `check` says of the table.

        Raises:
            SourceError: it cannot be read, or holds nothing.
        """
        reading.names(sa.select(self.layout.relation()).limit(0))
        clock = self._clock(reading)
        view = "every row is a view" if self.layout.is_all_views else "views are rows with action navigate"
        yield f"table {self.layout}: {view}; time is {clock.format}"
        first, last = self._span(reading, clock)
        if first is None or last is None:
            raise Rejected(f"table {self.layout} holds no event")
        yield f"table {self.layout}: events from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"

    def count(
        self, reading: Reading, weeks: Sequence[Week], request: PullRequest, progress: Progress
    ) -> list[Figures]:
        """The figures of each asked week that has an event.

        Raises:
            NotCovered: none has.
            Malformed: too many rows of those weeks have no valid time.
        """
        clock = self._clock(reading)
        figures = {week: Figures(week) for week in weeks}
        runs = list(_runs(weeks))
        for number, run in enumerate(runs):
            progress(f"counting {run[0]} to {run[-1]} in the database", number, len(runs))
            self._count_run(reading, [figures[week] for week in run], clock, request)
        progress("counting in the database", len(runs), len(runs))
        found = [figures[week] for week in weeks if figures[week].days]
        if not found:
            raise NotCovered(self._has_nothing(reading, weeks, clock, request.timezone))
        return found

    def count_period(
        self, reading: Reading, period: Period, request: PullRequest, progress: Progress
    ) -> Figures:
        """The figures of the period as a whole.

        Raises:
            NotCovered: it has no event.
            Malformed: too many of its rows have no valid time.
        """
        clock, figures = self._clock(reading), Figures(period)
        progress(f"counting {period} in the database", 0, 1)
        events = self._events(clock, [period], request)
        self._read_days(reading, events, [figures])
        if not figures.days:
            raise NotCovered(self._has_nothing(reading, period.weeks, clock, request.timezone))
        read_figures(reading, events, None, [figures], replace(request, pages_per_plugin=0))
        self._note_users(figures)
        progress("counting in the database", 1, 1)
        return figures

    def _count_run(
        self, reading: Reading, run: Sequence[Figures], clock: Clock, request: PullRequest
    ) -> None:
        events, before = self._events(clock, [figures.span for figures in run], request), None
        self._read_days(reading, events, run)
        if events.has_users:
            earlier = _weeks_before(run[0])
            before = self._events(clock, [figures.span for figures in earlier], request)
            self._read_days_before(reading, before, earlier)
            together = [*earlier, *run]
            for number, figures in enumerate(run):
                figures.before = together[number : number + LOOKBACK_WEEKS]
        read_figures(reading, events, before, run, request)
        for number, searches in read_searches(reading, events, request.searches_per_plugin).items():
            run[number].searches = dict(searches)
        for figures in run:
            self._note_users(figures)

    def _events(self, clock: Clock, spans: Sequence[Week | Period], request: PullRequest) -> Events:
        days = [day for span in spans for day in Figures(span).asked_days]
        firsts = [Figures(span).asked_days[0] for span in spans]
        end = days[-1] + timedelta(days=1)
        return Events(
            self.layout,
            clock,
            _midnights([*days, end], request.timezone),
            _midnights([*firsts, end], request.timezone),
            request.aliases,
            self.exclude_users,
        )

    def _read_days(self, reading: Reading, events: Events, run: Sequence[Figures]) -> None:
        for figures, (total, lost) in zip(run, read_days(reading, events, run), strict=True):
            if lost > self.max_unreadable_share * total:
                raise Malformed(
                    f"table {self.layout}: {lost:,} of the {total:,} rows of {figures.span} "
                    "have no valid time in UTC; source.max_unreadable_share allows "
                    f"{self.max_unreadable_share:.2%}"
                )
            if lost:
                text = f"{lost:,} of {total:,} events have no valid time and are left out"
                figures.notes.append(Note(NoteKind.UNREADABLE, text))

    def _read_days_before(self, reading: Reading, before: Events, earlier: Sequence[Figures]) -> None:
        for figures, (total, lost) in zip(earlier, read_days(reading, before, earlier), strict=True):
            if lost > self.max_unreadable_share * total:
                figures.days.clear()

    def _note_users(self, figures: Figures) -> None:
        views, users = figures.portal.views, figures.portal.users
        if "user" not in self.layout.columns or (users == 0 and views != 0):
            figures.is_nameless = True
            withhold_users(figures, "the events name no users")
        elif isinstance(views, int) and figures.anonymous > views * _NOTABLE_SHARE:
            text = f"{figures.anonymous:,} of {views:,} views came without a user: they count as views only"
            figures.notes.append(Note(NoteKind.OTHER, text))

    def _clock(self, reading: Reading) -> Clock:
        wanted = self.time_format
        if reading.dialect == "sqlite" and wanted in _TEXT_STAMPS:
            wanted = "iso_text"
        if wanted not in {None, "iso_text"}:
            return choose(None, wanted, self.layout.columns["time"])
        return choose(self._sample(reading), wanted, self.layout.columns["time"])

    def _sample(self, reading: Reading) -> Any:
        """Any value of the time column; of texts one that looks like a moment, if there is one.

        Raises:
            Rejected: the column holds nothing.
        """
        time = self._time
        some = sa.select(time).where(time.is_not(None)).limit(1)
        if reading.dialect == "duckdb":
            kinds = reading.rows(some.with_only_columns(sa.func.typeof(time)))
            if kinds and kinds[0][0] == "TIMESTAMP WITH TIME ZONE":
                return datetime.fromtimestamp(0, UTC)  # fetching a real one takes the package pytz
        rows = reading.rows(some)
        if not rows:
            raise Rejected(f"table {self.layout} holds no event")
        for pattern in ("____-__-__T__:__:__%", "____-__-__ __:__:__%"):
            if isinstance(rows[0][0], str) and recognise(rows[0][0]) is None:
                rows = reading.rows(some.where(time.like(pattern))) or rows
        return rows[0][0]

    @property
    def _time(self) -> sa.ColumnElement[Any]:
        return self.layout.relation().c[self.layout.columns["time"]]

    def _span(self, reading: Reading, clock: Clock) -> tuple[datetime | None, datetime | None]:
        time = self._time
        ends: list[sa.ColumnElement[Any]] = [sa.func.min(time), sa.func.max(time)]
        if reading.dialect == "duckdb":
            ends = [sa.cast(end, sa.String) for end in ends]
        row = reading.rows(sa.select(*ends).where(clock.is_readable(time)))[0]
        return clock.moment(row[0]), clock.moment(row[1])

    def _has_nothing(self, reading: Reading, weeks: Sequence[Week], clock: Clock, zone: ZoneInfo) -> str:
        asked = f"{weeks[0]} to {weeks[-1]}" if len(weeks) > 1 else str(weeks[0])
        first, last = self._span(reading, clock)
        if first is None or last is None:
            return f"table {self.layout} has nothing for {asked}; it holds no event at all"
        days = f"{first.astimezone(zone):%Y-%m-%d} to {last.astimezone(zone):%Y-%m-%d}"
        return f"table {self.layout} has nothing for {asked}; its events are of {days}"


def _runs(weeks: Sequence[Week]) -> Iterator[list[Week]]:
    """Weeks that follow one another, as many as one statement takes."""
    run: list[Week] = []
    for week in weeks:
        if run and (week != run[-1].plus(1) or len(run) == RUN_WEEKS):
            yield run
            run = []
        run.append(week)
    if run:
        yield run


def _weeks_before(figures: Figures) -> list[Figures]:
    last = Week(figures.asked_days[0]).plus(-1)
    return [Figures(week) for week in last_weeks(last, LOOKBACK_WEEKS)]


def _midnights(days: Sequence[date], zone: ZoneInfo) -> list[datetime]:
    return [local_moment(day, time(0), zone) for day in days]
