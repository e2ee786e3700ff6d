"""The ``ga4_csv`` source: a folder of Google Analytics 4 "Download CSV" exports, one per week.

Owns which file is whose week and what such a report cannot say: users of several rows are different people
only by chance, so they are never added up.
"""

import glob
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import timedelta
from pathlib import Path

from plugin_digest.errors import NotCovered, Rejected
from plugin_digest.model import (
    DAYS_PER_WEEK,
    Absent,
    Count,
    Note,
    NoteKind,
    Page,
    Progress,
    PullRequest,
    Snapshot,
    TeamUsage,
    Usage,
    Week,
    is_known,
    no_progress,
)
from plugin_digest.sources.attribution import PluginFrom, attribute_path, strip_query
from plugin_digest.sources.coverage import judge, name_weeks
from plugin_digest.sources.ga4_export import Export, Row, Span, read_export, read_span
from plugin_digest.weeks import WEEKDAYS

_NONE = Usage(0, 0)


@dataclass(frozen=True)
class Ga4CsvSource:
    """Counts what the exports say. ``path`` is the glob of the files, or the folder they are in.

    Attributes:
        plugin_from: ``dimension`` where the first column is the plugin id; how a page names it otherwise.
        settling_hours: how long after its end Google may still change a week.
    """

    path: str
    _: KW_ONLY
    plugin_from: PluginFrom
    settling_hours: float = 0
    name: str = field(default="ga4_csv", init=False)

    def check(self) -> Sequence[str]:
        """Finds the files, says which days they cover and reads the newest.

        Raises:
            SourceError: as `pull`.
        """
        spans = self._read_spans()
        newest = max(spans, key=lambda path: spans[path].last_day)
        export = self._read(newest)
        plugins = {self._plugin(row, {}) for row in export.rows} - {None}
        views = sum(row.views for row in export.rows)
        users = "with users" if export.has_users else "without users"
        return (
            f"{len(spans)} exports, {_covered(spans.values())}",
            f"{newest.name}: {export.span}: {views:,} views of {len(plugins):,} plugins, {users}",
        )

    def pull(self, request: PullRequest, progress: Progress = no_progress) -> Sequence[Snapshot]:
        """One snapshot for each asked week that there is an export of.

        Raises:
            Rejected: no file is of any of the weeks, two are of the same one, or one is not of one week.
            Unreachable: a file cannot be opened.
            Malformed: a file cannot be read in full.
        """
        weeks = sorted(set(request.weeks))
        spans = self._read_spans()
        files = _match_weeks(spans, weeks)
        if weeks and not files:
            raise NotCovered(
                f"{self.path}: no export of {name_weeks(weeks)}; there are {_covered(spans.values())}"
            )
        snapshots = []
        for done, (week, path) in enumerate(sorted(files.items())):
            progress(f"reading {path.name}", done, len(files))
            snapshots.append(self._snapshot(week, self._read(path), request))
        return snapshots

    def _read_spans(self) -> dict[Path, Span]:
        pattern = f"{glob.escape(self.path)}/*.csv" if Path(self.path).is_dir() else self.path
        names = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - the pattern is absolute
        if not names:
            raise Rejected(f"no file matches {self.path}: source.path must name the downloaded CSV files")
        return {Path(name): read_span(Path(name)) for name in names}

    def _read(self, path: Path) -> Export:
        return read_export(path, wants_users=self.plugin_from == "dimension")

    def _plugin(self, row: Row, aliases: Mapping[str, str]) -> str | None:
        return attribute_path(self._page(row), self.plugin_from, aliases)

    def _page(self, row: Row) -> str:
        return row.value if self.plugin_from == "dimension" else strip_query(row.value)

    def _snapshot(self, week: Week, export: Export, request: PullRequest) -> Snapshot:
        by_plugin: dict[str | None, list[Row]] = defaultdict(list)
        for row in export.rows:
            if row.views:
                by_plugin[self._plugin(row, request.aliases)].append(row)
        unattributed = _together(by_plugin.pop(None, []))
        plugins = {plugin: _together(rows) for plugin, rows in sorted(_named(by_plugin))}
        absent = [d for d in week.days if not export.span.first_day <= d <= export.span.last_day]
        settling = timedelta(hours=self.settling_hours)
        coverage = judge(week, request.timezone, request.as_of, absent=absent, settling=settling)
        return Snapshot(
            week=week,
            source=self.name,
            timezone=request.timezone.key,
            as_of=request.as_of,
            status=coverage.status,
            portal=Usage(sum(row.views for row in export.rows), _users_of(export.total)),
            unattributed=unattributed,
            plugins=plugins,
            teams={
                team: TeamUsage(owned, _team_usage(owned, plugins)) for team, owned in request.teams.items()
            },
            pages=dict(self._top_pages(by_plugin, request.pages_per_plugin)),
            missing_days=coverage.missing_days,
            notes=(*coverage.notes, *self._notes(export)),
        )

    def _top_pages(
        self, by_plugin: Mapping[str | None, list[Row]], limit: int
    ) -> Iterator[tuple[str, tuple[Page, ...]]]:
        if self.plugin_from == "dimension":
            return
        for plugin, rows in _named(by_plugin):
            by_page: dict[str, list[Row]] = defaultdict(list)
            for row in rows:
                by_page[self._page(row)].append(row)
            usages = {path: _together(group) for path, group in by_page.items()}
            pages = [Page(path, usage.views, usage.users) for path, usage in usages.items()]
            yield plugin, tuple(sorted(pages, key=_most_viewed)[:limit])

    def _notes(self, export: Export) -> Iterator[Note]:
        if not export.has_users:
            yield Note(NoteKind.NOT_AVAILABLE, "users are not available from this export")
        elif self.plugin_from != "dimension":
            text = "a report by page does not say how many users a plugin with several pages had"
            yield Note(NoteKind.NOT_AVAILABLE, text)


def _named(by_plugin: Mapping[str | None, list[Row]]) -> Iterator[tuple[str, list[Row]]]:
    return ((plugin, rows) for plugin, rows in by_plugin.items() if plugin is not None)


def _together(rows: Sequence[Row]) -> Usage:
    """Views add up; users of several rows do not."""
    if not rows:
        return _NONE
    return Usage(sum(row.views for row in rows), _users_of(rows[0] if len(rows) == 1 else None))


def _users_of(row: Row | None) -> Count:
    return Absent.NOT_AVAILABLE if row is None or row.users is None else row.users


def _team_usage(owned: frozenset[str], plugins: Mapping[str, Usage]) -> Usage:
    """A team's users are known where it has but one plugin: they are that plugin's."""
    usages = [plugins.get(plugin, _NONE) for plugin in owned]
    if len(usages) == 1:
        return usages[0]
    return Usage(sum(usage.views for usage in usages if is_known(usage.views)), Absent.NOT_AVAILABLE)


def _most_viewed(page: Page) -> tuple[int, str]:
    return (-page.views if is_known(page.views) else 0, page.path)


def _match_weeks(spans: Mapping[Path, Span], weeks: Sequence[Week]) -> dict[Week, Path]:
    """Each asked week's file. A file of fewer days is its week's too; the coverage tells."""
    files: dict[Week, Path] = {}
    for path, span in spans.items():
        touched = [
            week for week in weeks if span.first_day <= week.last_day and week.first_day <= span.last_day
        ]
        for week in touched:
            if span.first_day < week.first_day or week.last_day < span.last_day:
                raise Rejected(f"{path}: {_not_one_week(span, week)}")
            if week in files:
                raise Rejected(
                    f"{path}: covers {span}, and so does {files[week].name} for the same week ({week}); "
                    "keep one of them"
                )
            files[week] = path
    return files


def _not_one_week(span: Span, week: Week) -> str:
    days = (span.last_day - span.first_day).days + 1
    text = f"covers {span}, {days} days, which is not within the one week {week.first_day} to {week.last_day}"
    starts = WEEKDAYS[span.first_day.weekday()]
    if days == DAYS_PER_WEEK and starts in ("monday", "sunday"):
        return f"{text}; its weeks start on {starts}: set week_starts_on"
    return f"{text}; download one week per file"


def _covered(spans: Iterable[Span]) -> str:
    known = list(spans)
    return f"{min(span.first_day for span in known)} to {max(span.last_day for span in known)}"
