"""The ``events`` source: files of Backstage analytics events, read with DuckDB.

Owns what a pull asks of the files and what it refuses. User identities never leave DuckDB: neither rows
nor DuckDB's own error texts, which quote them, come out of this package.
"""

import glob
import logging
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from plugin_digest.errors import Malformed, NotCovered, Rejected, SourceError, Unreachable
from plugin_digest.model import (
    Absent,
    Note,
    NoteKind,
    Progress,
    PullRequest,
    Snapshot,
    Usage,
    Week,
    no_progress,
)
from plugin_digest.sources.coverage import Coverage, day_bounds, judge, name_weeks
from plugin_digest.sources.event_counts import WeekCounts, count_weeks
from plugin_digest.sources.event_files import EventFile, Format, find_files
from plugin_digest.sources.event_rows import Columns, select_rows
from plugin_digest.sources.event_stage import Faults, Stage, sample_rows, stage_rows
from plugin_digest.weeks import WEEKDAYS

log = logging.getLogger(__name__)

_MB_PER_THREAD = 128
"""DuckDB's JSON reader takes 64 MB of buffers per thread; more threads than this do not fit the limit."""
_SAMPLE_EVENTS = 1_000
_NOTABLE_SHARE = 0.01
_TROUBLES: tuple[tuple[str, type[SourceError], str], ...] = (
    ("Unexpected end of GZIP", Malformed, "the gzip stream is cut off or damaged; copy the file again"),
    ("GZIP", Malformed, "the gzip stream is damaged; copy the file again"),
    ("ZSTD", Malformed, "the Zstandard stream is damaged; copy the file again"),
    ("Malformed JSON", Malformed, "is not whole JSON; write the export again"),
    ("maximum_object_size", Malformed, "holds a line of more than 16 MB; write one event a line"),
    ("No space left", Unreachable, "no space left to sort its events in; make room for temporary files"),
    ("max_temp_directory_size", Unreachable, "no space left to sort its events in"),
)
"""Words in DuckDB's error, and what to say instead."""


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
        with self._session() as (connection, directory):
            files = find_files(self.path, self.format, connection)
            stage = Stage(connection, directory / "views.parquet", weeks)
            rows = select_rows(files, self._columns)
            stage_rows(
                rows, stage, zone=request.timezone, exclude_users=self.exclude_users, progress=progress
            )
            faults = stage.faults()
            log.info("read %d lines of %d event files", faults.total, len(files))
            self._refuse(faults)
            events = stage.events_by_day()
            if not events:
                raise NotCovered(_has_nothing(self.path, weeks, stage.span_elsewhere(request.timezone)))
            counts = count_weeks(stage, request, progress)
        return [
            self._snapshot(week, figures, request, events, faults)
            for week, figures in zip(weeks, counts, strict=True)
            if not events.keys().isdisjoint(week.days)
        ]

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
            with self._own_errors(), duckdb.connect(config=settings) as connection:
                connection.execute("SET TimeZone = 'UTC'")
                yield connection, Path(directory)

    @contextmanager
    def _own_errors(self) -> Iterator[None]:
        """Maps DuckDB's errors; their texts quote rows, so that only the file's name is taken from them."""
        try:
            yield
        except duckdb.Error as error:
            raise _mapped(error, self.path, self.memory_limit_mb) from None

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
        figures: WeekCounts,
        request: PullRequest,
        events: Collection[date],
        faults: Faults,
    ) -> Snapshot:
        coverage = self._coverage(week, request, events)
        users = figures.portal.users if figures.has_users else Absent.NOT_AVAILABLE
        return Snapshot(
            week=week,
            source=self.name,
            timezone=request.timezone.key,
            as_of=request.as_of,
            status=coverage.status,
            portal=Usage(figures.portal.views, users),
            unattributed=figures.unattributed,
            plugins=figures.plugins,
            teams=figures.teams,
            pages=figures.pages,
            missing_days=coverage.missing_days,
            notes=(*coverage.notes, *_notes(figures, faults)),
        )

    def _coverage(self, week: Week, request: PullRequest, events: Collection[date]) -> Coverage:
        absent = [
            day
            for day in week.days
            if day not in events
            and WEEKDAYS[day.weekday()] not in self.quiet_days
            and len(set(day_bounds(day, request.timezone))) > 1
        ]
        settling = timedelta(hours=self.settling_hours)
        return judge(week, request.timezone, request.as_of, absent=absent, settling=settling)

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


def _notes(figures: WeekCounts, faults: Faults) -> Iterator[Note]:
    if faults.lines:
        text = f"{faults.lines:,} of {faults.total:,} lines of the export could not be read"
        yield Note(NoteKind.UNREADABLE, text)
    views = figures.portal.views
    if not figures.has_users:
        yield Note(NoteKind.NOT_AVAILABLE, "the events name no users")
    elif isinstance(views, int) and figures.anonymous > views * _NOTABLE_SHARE:
        text = f"{figures.anonymous:,} of {views:,} views came without a user: they count as views only"
        yield Note(NoteKind.OTHER, text)


def _mapped(error: duckdb.Error, pattern: str, memory_limit_mb: int) -> SourceError:
    text = str(error)
    named = sorted((name for name in glob.glob(pattern, recursive=True) if name in text), key=len)  # noqa: PTH207
    file = named[-1] if named else pattern
    for words, kind, message in _TROUBLES:
        if words in text:
            return kind(f"{file}: {message}")
    if isinstance(error, duckdb.OutOfMemoryException):
        return Rejected(f"{file}: cannot be counted within memory_limit_mb: {memory_limit_mb}; allow more")
    if isinstance(error, duckdb.IOException):
        return Unreachable(f"{file}: cannot be read to its end")
    return Malformed(f"{file}: cannot be read as its format says ({type(error).__name__})")
