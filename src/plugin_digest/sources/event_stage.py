# ruff: noqa: S608 - statements are made of numbers and of literals that sql.py escapes
"""Staging: one scan of the export writes what counts in the asked weeks to a narrow file.

Owns what makes a row an event, a view, and a view of a local day. A row of the file holds the number of its
day, a hash of the event's content (so that an event that was delivered twice is recognised), the plugin as
reported, the path, and a hash in the place of the user; for what follows on what, its moment, a hash in the
place of the user's session, and what was searched. Of the weeks that are only looked back at it holds the
day, the plugin and the user. The file is Parquet because DuckDB keeps tables of its own in memory as long as
it may; like this, memory is that of the scan, however large the export.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from plugin_digest.model import DAYS_PER_WEEK, Progress, Week
from plugin_digest.sources.coverage import day_bounds
from plugin_digest.sources.searches import SEARCH
from plugin_digest.sources.sql import text_literal

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPAN_UNIT_US = 15 * 60 * 1_000_000
"""Events outside the asked weeks are only kept as quarters of an hour: zones differ by no less."""
_LONGEST_SEARCH = 400
"""How much of a term is looked at; far less of it is kept."""
_POLL_S = 0.2
_NUMBER = "TRY_CAST(moment_text AS DOUBLE)"
_STATED_MOMENT = f"""coalesce(
    CASE WHEN moment_text LIKE '____-__-__%:%' THEN epoch_us(TRY_CAST(moment_text AS TIMESTAMPTZ)) END,
    CASE WHEN {_NUMBER} < 1e11 THEN {_NUMBER} * 1e6 WHEN {_NUMBER} < 1e14 THEN {_NUMBER} * 1e3
         ELSE {_NUMBER} END)"""
"""Text with a time of day (in UTC where it names no zone), or seconds, milli- or microseconds since 1970."""
_VALID_US = "100_000_000_000_000 AND 100_000_000_000_000_000"
"""From 1973 to 5138; before and after lie the zero times of other languages and broken clocks."""


@dataclass(frozen=True)
class Faults:
    """How many lines could not be read, of how many; ``worst`` is the file that most of them are in."""

    lines: int
    untimed: int
    total: int
    worst: str


@dataclass(frozen=True)
class Stage:
    """The staging file of the ``asked`` weeks and of so many before each of them as are looked back at.

    A week's number is its place in ``weeks``, which are all of them in their order; a day's number counts
    their days, seven for each.
    """

    connection: duckdb.DuckDBPyConnection
    path: Path
    asked: Sequence[Week]
    lookback: int

    @cached_property
    def weeks(self) -> tuple[Week, ...]:
        return tuple(sorted({week.plus(-back) for week in self.asked for back in range(self.lookback + 1)}))

    @property
    def numbers(self) -> list[int]:
        """Of the asked weeks, in their order."""
        return [number for number, week in enumerate(self.weeks) if week in self.asked]

    @property
    def rows(self) -> str:
        return f"read_parquet({text_literal(str(self.path))})"

    def day(self, number: int) -> date:
        return self.weeks[number // DAYS_PER_WEEK].days[number % DAYS_PER_WEEK]

    def events_by_day(self) -> dict[date, int]:
        """Events of any action, for each day of the weeks that has any."""
        counts = f"SELECT day, count(*) FROM {self.rows} WHERE day IS NOT NULL GROUP BY day"
        return {self.day(number): count for number, count in self.connection.execute(counts).fetchall()}

    def views_by_week(self) -> dict[int, int]:
        """Views of the asked weeks before de-duplication, by the week's number."""
        counts = (
            f"SELECT day // {DAYS_PER_WEEK}, count(event) FROM {self.rows} WHERE day IS NOT NULL GROUP BY ALL"
        )
        return dict(self.connection.execute(counts).fetchall())

    def nameless_weeks(self) -> set[Week]:
        """Weeks of which no view names its user."""
        nameless = (
            f"SELECT day // {DAYS_PER_WEEK} FROM {self.rows} WHERE plugin IS NOT NULL "
            "GROUP BY ALL HAVING count(user_hash) = 0"
        )
        return {self.weeks[number] for (number,) in self.connection.execute(nameless).fetchall()}

    def span(self, zone: ZoneInfo) -> tuple[date, date] | None:
        """First and last local day of all events."""
        elsewhere = f"SELECT min(elsewhere), max(elsewhere) FROM {self.rows}"
        ends = self.connection.execute(elsewhere).fetchall()[0]
        days = [*self.events_by_day(), *(_local_day(end, zone) for end in ends if end is not None)]
        return (min(days), max(days)) if days else None

    def faults(self) -> Faults:
        by_file = (
            f"SELECT file, count(*), count(*) FILTER (fault = 'time') FROM {self.rows} "
            "WHERE fault IS NOT NULL GROUP BY file ORDER BY count(*) DESC, file"
        )
        rejected = self._rejected_lines()
        found = [*self.connection.execute(by_file).fetchall(), *rejected]
        staged = self.connection.execute(f"SELECT count(*) FROM {self.rows}").fetchall()[0][0]
        return Faults(
            lines=sum(count for _, count, _ in found),
            untimed=sum(untimed for *_, untimed in found),
            total=staged + sum(count for _, count, _ in rejected),
            worst=max(found, key=lambda row: row[1])[0] if found else "",
        )

    def _rejected_lines(self) -> list[tuple[str, int, int]]:
        """CSV lines with too few or too many fields, by file."""
        names = "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'reject_errors'"  # only after a CSV
        if not self.connection.execute(names).fetchall()[0][0]:
            return []
        return self.connection.execute(
            "SELECT file_path, count(DISTINCT line), 0 FROM reject_errors JOIN reject_scans "
            "USING (scan_id, file_id) GROUP BY file_path"
        ).fetchall()


def stage_rows(
    rows: str,
    stage: Stage,
    *,
    zone: ZoneInfo,
    exclude_users: Sequence[str],
    progress: Progress,
) -> None:
    """Scans the export, which ``rows`` selects from, and writes the staging file."""
    excluded = " OR ".join(f"lower(user_id) GLOB {text_literal(p.lower())}" for p in exclude_users) or "false"
    statement = f"""
    COPY (
      SELECT fault, CASE WHEN fault IS NOT NULL THEN file END AS file, day,
        CASE WHEN fault IS NULL AND day IS NULL THEN moment // {_SPAN_UNIT_US} END AS elsewhere,
        CASE WHEN is_view AND is_asked THEN hash(moment, user_id, action, plugin, path, rest) END AS event,
        CASE WHEN is_view THEN coalesce(plugin, '') END AS plugin,
        CASE WHEN is_view AND is_asked AND path IS NOT NULL
          THEN coalesce(nullif(split_part(split_part(path, '?', 1), '#', 1), ''), '/') END AS path,
        CASE WHEN is_view AND user_id <> '' THEN hash(user_id) END AS user_hash,
        CASE WHEN is_step THEN hash(user_id, session) END AS visit,
        CASE WHEN is_step THEN moment END AS moment,
        CASE WHEN is_step AND NOT is_view THEN left(coalesce(path, ''), {_LONGEST_SEARCH}) END AS searched
      FROM (
        SELECT *, is_wanted AND action = 'navigate' AS is_view,
          is_wanted AND is_asked AND user_id <> '' AND action IN ('navigate', '{SEARCH}') AS is_step
        FROM (
          SELECT *, fault IS NULL AND day IS NOT NULL AND NOT coalesce({excluded}, false) AS is_wanted,
            day // {DAYS_PER_WEEK} IN ({", ".join(map(str, stage.numbers))}) AS is_asked
          FROM (
          SELECT *, CASE WHEN action IS NULL THEN 'shape' WHEN moment IS NULL THEN 'time' END AS fault,
            ({_number_days(stage.weeks, zone)})::SMALLINT AS day
          FROM ({_with_moment(rows)})
        ))
      )
    ) TO {text_literal(str(stage.path))} (FORMAT parquet)"""
    _run_watched(stage.connection, statement, progress)


def sample_rows(connection: duckdb.DuckDBPyConnection, rows: str, limit: int) -> tuple[int, int, int, int]:
    """Of the first rows: how many there are, how many are events, views, and how many ids these name."""
    events = f"SELECT *, action = 'navigate' AS is_view FROM ({_with_moment(f'FROM ({rows}) LIMIT {limit}')})"
    query = (
        "SELECT count(*), count(action) FILTER (moment IS NOT NULL), count(moment) FILTER (is_view), "
        f"count(DISTINCT lower(plugin)) FILTER (is_view) FROM ({events})"
    )
    total, readable, views, plugins = connection.execute(query).fetchall()[0]
    return total, readable, views, plugins


def _with_moment(rows: str) -> str:
    """Adds ``moment``: the event's moment in microseconds since 1970, NULL where it has none."""
    stated = f"SELECT *, {_STATED_MOMENT} AS stated FROM ({rows})"
    return f"SELECT *, CASE WHEN stated BETWEEN {_VALID_US} THEN stated::BIGINT END AS moment FROM ({stated})"


def _number_days(weeks: Sequence[Week], zone: ZoneInfo) -> str:
    """SQL for the number of the local day that ``moment`` lies in, NULL outside the asked weeks."""
    cases = [
        f"WHEN moment < {start} THEN NULL WHEN moment < {end} THEN (moment - {start}) // {length} + {number}"
        for start, end, length, number in _equal_days(weeks, zone)
    ]
    return f"CASE {' '.join(cases)} END"


def _equal_days(weeks: Sequence[Week], zone: ZoneInfo) -> list[tuple[int, int, int, int]]:
    """Runs of days of equal length as (start, end, length of a day, number of the first), in microseconds.

    A run ends where the clock changes: that day has 23 or 25 hours, or none where the zone skipped it.
    """
    runs: list[tuple[int, int, int, int]] = []
    for number, day in enumerate(day for week in weeks for day in week.days):
        start, end = ((moment - _EPOCH) // _MICROSECOND for moment in day_bounds(day, zone))
        if runs and _continues(runs[-1], start, end, number):
            runs[-1] = (runs[-1][0], end, *runs[-1][2:])
        elif end > start:
            runs.append((start, end, end - start, number))
    return runs


def _continues(run: tuple[int, int, int, int], start: int, end: int, number: int) -> bool:
    run_start, run_end, length, first = run
    return run_end == start and end - start == length and first + (run_end - run_start) // length == number


def _local_day(quarter: int, zone: ZoneInfo) -> date:
    return (_EPOCH + quarter * _SPAN_UNIT_US * _MICROSECOND).astimezone(zone).date()


def _run_watched(connection: duckdb.DuckDBPyConnection, statement: str, progress: Progress) -> None:
    """Runs the statement in a thread, so that this one can report, and can stop it when interrupted."""
    connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(connection.execute, statement)
        try:
            done = 0
            progress("reading the events", done, 100)
            while wait([running], timeout=_POLL_S).not_done:
                done = max(done, round(connection.query_progress()))  # -1 before the start and after the end
                progress("reading the events", done, 100)
        except BaseException:
            connection.interrupt()
            raise
    running.result()
    progress("reading the events", 100, 100)
