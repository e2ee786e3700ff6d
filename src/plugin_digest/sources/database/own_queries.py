"""Figures by queries that the portal team wrote, for data in any shape.

Owns which figures there are, what each query must give and what may be concluded where one is left out.
Users are never added up: what no query says is "not available".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from plugin_digest.databases import Reading
from plugin_digest.errors import Malformed, NotCovered, Rejected
from plugin_digest.model import (
    Absent,
    Count,
    Note,
    NoteKind,
    Page,
    Period,
    Progress,
    PullRequest,
    TeamUsage,
    Usage,
    Week,
    is_known,
)
from plugin_digest.sources.attribution import attribute_id
from plugin_digest.sources.coverage import day_bounds
from plugin_digest.sources.database.figures import Figures
from plugin_digest.sources.database.moments import Clock, TimeFormat
from plugin_digest.weeks import bounds

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "plugins": ("plugin", "views"),
    "portal": ("views",),
    "team": ("views",),
    "pages": ("plugin", "path", "views"),
    "events": ("events",),
}
"""Each figure's query with the columns that it must give; all but ``events`` may give ``users`` too."""
_ONE_ROW = frozenset({"portal", "team", "events"})
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class OwnQueries:
    """The texts by figure. ``:from`` and ``:to`` are bound in ``time_format``, ``:plugins`` is a list."""

    texts: Mapping[str, str]
    time_format: TimeFormat | None = None

    def __post_init__(self) -> None:
        for figure in self.texts:
            if figure not in COLUMNS:
                raise Rejected(f"source.queries: {figure!r} is no figure; they are {', '.join(COLUMNS)}")
        if "plugins" not in self.texts:
            raise Rejected("source.queries: the query for plugins is missing")
        for figure in self.texts:
            self._check_parameters(figure)

    def describe(self, reading: Reading) -> Iterator[str]:
        """Runs each query over no time at all, which shows whether its columns are there."""
        for figure, required in COLUMNS.items():
            if figure in self.texts:
                span = self._values(reading, _LONG_AGO, _LONG_AGO)
                names = reading.names(self._statement(reading, figure), span | _team(figure, ["-"]))
                _require(figure, names, required)
        yield f"own queries can be run: {', '.join(figure for figure in COLUMNS if figure in self.texts)}"

    def count(
        self, reading: Reading, weeks: Sequence[Week], request: PullRequest, progress: Progress
    ) -> list[Figures]:
        """The figures of each asked week on which something happened.

        Raises:
            Rejected: there is none, or a query lacks a column.
            Malformed: a figure is not a number.
        """
        found = []
        for number, week in enumerate(weeks):
            progress(f"counting {week} in the database", number, len(weeks))
            figures = Figures(week)
            figures.days.update(self._days(reading, figures, request))
            if figures.days:
                self._count_span(reading, figures, bounds(week, request.timezone), request)
                found.append(figures)
        progress("counting in the database", len(weeks), len(weeks))
        if not found:
            asked = f"{weeks[0]} to {weeks[-1]}" if len(weeks) > 1 else str(weeks[0])
            raise NotCovered(f"source.queries: they give nothing for any day of {asked}")
        return found

    def count_period(
        self, reading: Reading, period: Period, request: PullRequest, progress: Progress
    ) -> Figures:
        """The figures of the period as a whole: its queries are the weeks', with its moments.

        Raises:
            NotCovered: nothing happened on any of its days.
        """
        progress(f"counting {period} in the database", 0, 1)
        figures = Figures(period)
        figures.days.update(self._days(reading, figures, request))
        if not figures.days:
            raise NotCovered(f"source.queries: they give nothing for any day of {period}")
        start, _ = bounds(period.first, request.timezone)
        _, end = bounds(period.last, request.timezone)
        self._count_span(reading, figures, (start, end), request)
        progress("counting in the database", 1, 1)
        return figures

    def _count_span(
        self, reading: Reading, figures: Figures, ends: tuple[datetime, datetime], request: PullRequest
    ) -> None:
        span = self._values(reading, *ends)
        rows = self._rows(reading, "plugins", span)
        figures.plugins, figures.unattributed = _attribute(rows, request.aliases)
        figures.portal = self._portal(reading, span, figures)
        for team, plugins in request.teams.items():
            usage = self._team(reading, span, plugins, figures, request.aliases)
            figures.teams[team] = TeamUsage(plugins, usage)
        if "pages" in self.texts:
            pages = self._rows(reading, "pages", span)
            figures.pages = _top_pages(pages, request.aliases, request.pages_per_plugin)
        if figures.portal.users is Absent.NOT_AVAILABLE:
            text = "the portal's distinct users are not known: its own queries do not count them"
            figures.notes.append(Note(NoteKind.NOT_AVAILABLE, text))

    def _portal(self, reading: Reading, span: Row, figures: Figures) -> Usage:
        if "portal" in self.texts:
            return _usage("portal", self._rows(reading, "portal", span)[0])
        return Usage(_total([*figures.plugins.values(), figures.unattributed]), Absent.NOT_AVAILABLE)

    def _team(
        self,
        reading: Reading,
        span: Row,
        plugins: frozenset[str],
        figures: Figures,
        aliases: Mapping[str, str],
    ) -> Usage:
        seen = [figures.plugins[plugin] for plugin in plugins if plugin in figures.plugins]
        if not plugins or "team" not in self.texts:
            # one plugin's users are all of them, and no view means nobody
            users = {0: 0, 1: seen[0].users}.get(len(seen), Absent.NOT_AVAILABLE) if seen else 0
            return Usage(_total(seen), users)
        reported = sorted(plugins | {name for name, plugin in aliases.items() if plugin in plugins})
        rows = self._rows(reading, "team", {**span, **_team("team", reported)})
        return _usage("team", rows[0])

    def _days(self, reading: Reading, figures: Figures, request: PullRequest) -> Iterator[date]:
        """The local days on which something happened, asked one by one, so that no query needs a zone."""
        figure = next(name for name in ("events", "portal", "plugins") if name in self.texts)
        for day in figures.asked_days:
            start, end = day_bounds(day, request.timezone)
            rows = self._rows(reading, figure, self._values(reading, start, end)) if start < end else []
            column = COLUMNS[figure][-1]
            if any(_count(figure, column, row[column]) for row in rows):
                yield day

    def _rows(self, reading: Reading, figure: str, values: Row) -> Sequence[Row]:
        rows = reading.records(self._statement(reading, figure), values)
        if figure in _ONE_ROW and len(rows) != 1:
            raise Malformed(f"source.queries.{figure}: expected one row, got {len(rows)}")
        for row in rows[:1]:
            _require(figure, list(row), COLUMNS[figure])
        return rows

    def _clock(self, reading: Reading) -> Clock:
        return Clock(self.time_format or ("iso_text" if reading.dialect == "sqlite" else "timestamptz"))

    def _values(self, reading: Reading, start: datetime, end: datetime) -> dict[str, Any]:
        clock = self._clock(reading)
        return {"from": clock.value(start), "to": clock.value(end)}

    def _statement(self, reading: Reading, figure: str) -> sa.TextClause:
        kind = self._clock(reading).type
        parameters = [sa.bindparam("from", type_=kind), sa.bindparam("to", type_=kind)]
        if figure == "team":
            parameters.append(sa.bindparam("plugins", expanding=True, type_=sa.String()))
        return sa.text(self.texts[figure]).bindparams(*parameters)

    def _check_parameters(self, figure: str) -> None:
        wanted = {"from", "to", "plugins"} if figure == "team" else {"from", "to"}
        named = set(sa.text(self.texts[figure]).compile().params)
        if missing := sorted(wanted - named):
            raise Rejected(f"source.queries.{figure}: must use :{' and :'.join(missing)}")
        if unknown := sorted(named - wanted):
            raise Rejected(
                f"source.queries.{figure}: there is no parameter :{unknown[0]} "
                "(write \\: for a colon that begins none)"
            )


def _team(figure: str, plugins: Sequence[str]) -> dict[str, Any]:
    return {"plugins": list(plugins)} if figure == "team" else {}


def _require(figure: str, names: Sequence[str], required: Sequence[str]) -> None:
    for column in required:
        if column not in names:
            raise Rejected(
                f"source.queries.{figure}: must give a column {column}; it gives {', '.join(names) or 'none'}"
            )


def _count(figure: str, column: str, value: Any) -> int:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool) and value >= 0:
        whole = int(value)
        if whole == value:
            return whole
    raise Malformed(f"source.queries.{figure}: {column} must be a whole number, not {type(value).__name__}")


def _usage(figure: str, row: Row) -> Usage:
    users: Count = Absent.NOT_AVAILABLE
    if row.get("users") is not None:
        users = _count(figure, "users", row["users"])
    return Usage(_count(figure, "views", row["views"]), users)


def _text(figure: str, column: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Malformed(f"source.queries.{figure}: {column} must be text, not {type(value).__name__}")
    return value


def _attribute(rows: Sequence[Row], aliases: Mapping[str, str]) -> tuple[dict[str, Usage], Usage]:
    """Usage by plugin, and of what belongs to none; two rows for one plugin leave its users unknown."""
    usages: dict[str | None, list[Usage]] = {}
    for row in rows:
        reported = None if row["plugin"] is None else _text("plugins", "plugin", row["plugin"])
        usages.setdefault(attribute_id(reported, aliases), []).append(_usage("plugins", row))
    unattributed = _together(usages.pop(None, []))
    return {plugin: _together(same) for plugin, same in usages.items() if plugin is not None}, unattributed


def _together(usages: Sequence[Usage]) -> Usage:
    if len(usages) == 1:
        return usages[0]
    return Usage(_total(usages), Absent.NOT_AVAILABLE if usages else 0)


def _total(usages: Sequence[Usage]) -> int:
    return sum(usage.views for usage in usages if is_known(usage.views))


def _top_pages(rows: Sequence[Row], aliases: Mapping[str, str], limit: int) -> dict[str, tuple[Page, ...]]:
    pages: dict[str, list[Page]] = {}
    for row in rows:
        plugin = attribute_id(row["plugin"], aliases)
        if plugin is not None:
            usage = _usage("pages", row)
            page = Page(_text("pages", "path", row["path"]) or "/", usage.views, usage.users)
            pages.setdefault(plugin, []).append(page)
    return {plugin: tuple(sorted(found, key=_rank)[:limit]) for plugin, found in pages.items()}


def _rank(page: Page) -> tuple[int, str]:
    return (-page.views if is_known(page.views) else 0, page.path)
