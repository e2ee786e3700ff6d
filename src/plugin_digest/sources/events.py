"""The ``events`` source: files of Backstage analytics events, read with DuckDB.

Owns what a pull asks of the files and what it refuses. User identities never leave DuckDB: neither rows
nor DuckDB's own error texts, which quote them, come out of this package.
"""

import logging
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from plugin_digest.databases.interrupts import interruptible
from plugin_digest.errors import Malformed, NotCovered, Rejected, Unreachable
from plugin_digest.model import (
    LOOKBACK_WEEKS,
    Note,
    NoteKind,
    Period,
    PeriodUsage,
    Progress,
    PullRequest,
    Snapshot,
    Week,
    no_progress,
)
from plugin_digest.sources.coverage import day_bounds, judge, name_weeks
from plugin_digest.sources.event_counts import Counts, count_weeks
from plugin_digest.sources.event_files import EventFile, Format, find_files
from plugin_digest.sources.event_periods import count_period
from plugin_digest.sources.event_rows import Columns, select_rows
from plugin_digest.sources.event_stage import Faults, Stage, sample_rows, stage_rows
from plugin_digest.sources.event_troubles import own_error
from plugin_digest.sources.period_coverage import days_of, judge_period
from plugin_digest.weeks import WEEKDAYS

log = logging.getLogger(__name__)

_MB_PER_THREAD = 128
"""DuckDB's JSON reader takes 64 MB of buffers per thread; more threads than this do not fit the limit."""
_SAMPLE_EVENTS = 1_000
_NOTABLE_SHARE = 0.01


@dataclass(frozen=True)
class EventsSource:
    """Counts the views in event files. ``path`` is an absolute glob.

    Attributes:
        format: ``auto`` goes by the names of the files.
        columns: field to column name, for flat tables; ``action: =navigate`` if every row is a view.
        max_unreadable_share: above this share of lines that cannot be read, the pull fails.
        quiet_days: weekdays on which nobody may have used the portal, so that they are not missing.
        settling_hours: how long after its end a week may still get late events.
        exclude_users: patterns like ``user:default/svc-*`` of users whose events are not counted.
    """

    path: str
    _: KW_ONLY
    format: Format = "auto"
    columns: Mapping[str, str] | None = None
    max_unreadable_share: float = 0.01
    quiet_days: frozenset[str] = frozenset()
    settling_hours: float = 2
    memory_limit_mb: int = 512
    threads: int | None = None
    exclude_users: Sequence[str] = ()
    name: str = field(default="events", init=False)

    def check(self) -> Sequence[str]:
        """Finds the files and reads the first events of the newest one.

        Raises:
            SourceError: as `pull`.
        """
        with self._session() as (connection, _):
            files = find_files(self.path, self.format, connection)
            select_rows(files, self._columns)
            newest = files[-1]
            return (_describe_files(files), self._describe_sample(newest, connection))

    def pull(self, request: PullRequest, progress: Progress = no_progress) -> Sequence[Snapshot]:
        """One snapshot for each asked week that the files have an event of.

        Raises:
            Rejected: a setting does not fit the files, or they have nothing for any of the weeks.
            Unreachable: a file cannot be opened.
            Malformed: a file is damaged, or too many lines cannot be read.
        """
        weeks = sorted(set(request.weeks))
        if not weeks:
            return ()
        with self._staged(weeks, LOOKBACK_WEEKS, request, progress) as (stage, faults):
            events = stage.events_by_day()
            whole = self._whole_weeks(stage, request, events)
            counts = count_weeks(stage, request, whole, progress)
        return [
            self._snapshot(week, counts[week], request, events, faults)
            for week in weeks
            if not events.keys().isdisjoint(week.days)
        ]

    def pull_period(
        self, period: Period, request: PullRequest, progress: Progress = no_progress
    ) -> PeriodUsage:
        """The figures of a period as a whole; ``request.weeks`` are not looked at.

        Raises:
            SourceError: as `pull`.
        """
        with self._staged(period.weeks, 0, request, progress) as (stage, faults):
            absent = self._absent_days(days_of(period), request, stage.events_by_day())
            figures = count_period(stage, request, progress)
        coverage = judge_period(
            period, request.timezone, request.as_of, absent=absent, settling=self._settling
        )
        return PeriodUsage(
            period=period,
            source=self.name,
            timezone=request.timezone.key,
            as_of=request.as_of,
            status=coverage.status,
            portal=figures.told_portal,
            plugins=figures.plugins,
            teams=figures.teams,
            missing_days=coverage.missing_days,
            notes=(*coverage.notes, *_notes(figures, faults)),
        )

    @contextmanager
    def _staged(
        self, weeks: Sequence[Week], lookback: int, request: PullRequest, progress: Progress
    ) -> Iterator[tuple[Stage, Faults]]:
        """What the files hold of the weeks and of so many before each; Rejected if that is nothing."""
        with self._session() as (connection, directory):
            files = find_files(self.path, self.format, connection)
            stage = Stage(connection, directory / "events.parquet", weeks, lookback)
            rows = select_rows(files, self._columns)
            stage_rows(
                rows, stage, zone=request.timezone, exclude_users=self.exclude_users, progress=progress
            )
            faults = stage.faults()
            log.info("read %d lines of %d event files", faults.total, len(files))
            self._refuse(faults)
            if stage.events_by_day().keys().isdisjoint(day for week in weeks for day in week.days):
                raise NotCovered(_has_nothing(self.path, weeks, stage.span(request.timezone)))
            yield stage, faults

    @property
    def _columns(self) -> Columns:
        return Columns(self.columns or {})

    @contextmanager
    def _session(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
        """A database of its own with a directory to spill to, both gone afterwards."""
        for day in self.quiet_days:
            if day not in WEEKDAYS:
                raise Rejected(f"source.quiet_days: {day!r} is no weekday; they are {', '.join(WEEKDAYS)}")
        with _temporary_directory() as directory:
            most_threads = max(1, self.memory_limit_mb // _MB_PER_THREAD)
            settings: dict[str, str | bool | int | float | list[str]] = {
                "memory_limit": f"{self.memory_limit_mb}MB",
                "threads": self.threads or min(os.cpu_count() or 1, most_threads),
                "temp_directory": directory,
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
            with (
                self._own_errors(),
                duckdb.connect(config=settings) as connection,
                interruptible(connection.interrupt),
            ):
                connection.execute("SET TimeZone = 'UTC'")
                yield connection, Path(directory)

    @contextmanager
    def _own_errors(self) -> Iterator[None]:
        """Maps DuckDB's errors; their texts quote rows, so that only the file's name is taken from them."""
        try:
            yield
        except duckdb.Error as error:
            raise own_error(error, self.path, self.memory_limit_mb) from None

    def _refuse(self, faults: Faults) -> None:
        if faults.lines > self.max_unreadable_share * faults.total:
            untimed = f", {faults.untimed:,} of them for want of a valid time" if faults.untimed else ""
            raise Malformed(
                f"{self.path}: {faults.lines:,} of {faults.total:,} lines cannot be read{untimed}; "
                f"source.max_unreadable_share allows {self.max_unreadable_share:.2%}; "
                f"most of them are in {faults.worst}"
            )

    def _snapshot(
        self,
        week: Week,
        figures: Counts,
        request: PullRequest,
        events: Collection[date],
        faults: Faults,
    ) -> Snapshot:
        absent = self._absent_days(week.days, request, events)
        coverage = judge(week, request.timezone, request.as_of, absent=absent, settling=self._settling)
        return Snapshot(
            week=week,
            source=self.name,
            timezone=request.timezone.key,
            as_of=request.as_of,
            status=coverage.status,
            portal=figures.told_portal,
            unattributed=figures.unattributed,
            plugins=figures.plugins,
            teams=figures.teams,
            pages=figures.pages,
            missing_days=coverage.missing_days,
            notes=(*coverage.notes, *_notes(figures, faults)),
            four_weeks=figures.four_weeks,
            searches=figures.searches,
            anonymous=figures.anonymous,
        )

    @property
    def _settling(self) -> timedelta:
        return timedelta(hours=self.settling_hours)

    def _whole_weeks(self, stage: Stage, request: PullRequest, events: Collection[date]) -> set[Week]:
        """Weeks without a missing day whose views name users."""
        days = {week for week in stage.weeks if not self._absent_days(week.days, request, events)}
        return days - stage.nameless_weeks()

    def _absent_days(
        self, days: Iterable[date], request: PullRequest, events: Collection[date]
    ) -> list[date]:
        return [
            day
            for day in days
            if day not in events
            and WEEKDAYS[day.weekday()] not in self.quiet_days
            and len(set(day_bounds(day, request.timezone))) > 1
        ]

    def _describe_sample(self, file: EventFile, connection: duckdb.DuckDBPyConnection) -> str:
        rows = select_rows([file], self._columns)
        total, events, views, plugins = sample_rows(connection, rows, _SAMPLE_EVENTS)
        if total and not events:
            raise Malformed(f"{file.path}: none of its first {total:,} lines is an event with a valid time")
        return (
            f"{file.path.name}: {events:,} of the first {total:,} events can be read, "
            f"{views:,} of them views, of {plugins:,} plugins"
        )


def _temporary_directory() -> TemporaryDirectory[str]:
    try:
        return TemporaryDirectory(prefix="plugin-digest-", ignore_cleanup_errors=True)
    except OSError as error:
        raise Unreachable(f"no directory for temporary files: {error.strerror}; set TMPDIR") from None


def _describe_files(files: Sequence[EventFile]) -> str:
    size_mb = sum(file.path.stat().st_size for file in files) / 1e6
    names = f"{files[0].path.name} to {files[-1].path.name}" if len(files) > 1 else files[0].path.name
    return f"{len(files):,} event file{'s' if len(files) > 1 else ''}, {size_mb:,.1f} MB: {names}"


def _has_nothing(path: str, weeks: Sequence[Week], span: tuple[date, date] | None) -> str:
    covered = f"their events are of {span[0]} to {span[1]}" if span else "they hold no event at all"
    return f"{path}: the files have nothing for {name_weeks(weeks)}; {covered}"


def _notes(figures: Counts, faults: Faults) -> Iterator[Note]:
    if faults.lines:
        text = f"{faults.lines:,} of {faults.total:,} lines of the export could not be read"
        yield Note(NoteKind.UNREADABLE, text)
    views = figures.portal.views
    if not figures.has_users:
        yield Note(NoteKind.NOT_AVAILABLE, "the events name no users")
    elif isinstance(views, int) and figures.anonymous > views * _NOTABLE_SHARE:
        text = f"{figures.anonymous:,} of {views:,} views came without a user: they count as views only"
        yield Note(NoteKind.OTHER, text)
