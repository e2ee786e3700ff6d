"""From the rows of one query to the week's snapshot. Pure: no request, no clock.

Owns what a table that is not there means for the week's days, and what rows that do not add up mean.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from plugin_digest.errors import Malformed
from plugin_digest.model import (
    Absent,
    Note,
    NoteKind,
    Page,
    PullRequest,
    Snapshot,
    Status,
    TeamUsage,
    Usage,
    Week,
)
from plugin_digest.sources.bigquery.query import INTRADAY, Export
from plugin_digest.sources.coverage import list_days
from plugin_digest.sources.database.figures import WeekFigures, freeze, withhold_users
from plugin_digest.sources.ga4.notes import unattributed_note
from plugin_digest.weeks import WEEKDAYS

SOURCE = "ga4_bigquery"

_NOTABLE_SHARE = 0.01
_COLUMNS = ("scope", "name", "detail", "events", "users", "anonymous")
_NOTHING = Usage(0, 0)


@dataclass(frozen=True)
class DayTable:
    """The table of one day of the property's."""

    day: date
    is_intraday: bool


@dataclass(frozen=True)
class Reading:
    """What one query says. ``tables`` has the local days of the events in each table that has any.

    ``anonymous`` are the views without a user; ``pages`` are most viewed first.
    """

    tables: Mapping[DayTable, frozenset[date]]
    portal: Usage
    unattributed: Usage
    anonymous: int
    plugins: Mapping[str, Usage]
    teams: Mapping[str, Usage]
    pages: Mapping[str, tuple[Page, ...]]

    @property
    def is_named(self) -> bool:
        """Whether any view names its plugin, or there is none."""
        return bool(self.plugins) or self.portal.views == 0

    def days(self) -> frozenset[date]:
        """The local days with an event of any kind."""
        return frozenset().union(*self.tables.values())


def read(rows: Iterable[Mapping[str, Any]], server: str) -> Reading:
    """The rows of a query from `count_days`.

    Raises:
        Malformed: they are not what that query gives, or do not add up.
    """
    by_scope: dict[str, dict[tuple[str, str], tuple[int, int, int]]] = {}
    for row in rows:
        scope, name, detail, events, users, anonymous = _fields(row, server)
        by_scope.setdefault(scope, {})[name, detail] = (events, users, anonymous)
    portal_views, portal_users, anonymous = by_scope.get("portal", {}).get(("", ""), (0, 0, 0))
    plugins = {name: Usage(*found[:2]) for (name, _), found in by_scope.get("plugin", {}).items()}
    if sum(usage.views for usage in plugins.values() if isinstance(usage.views, int)) != portal_views:
        raise Malformed(f"{server}: the views by plugin do not add up to the portal's; pull again")
    return Reading(
        tables=_tables(by_scope.get("day", {}), server),
        portal=Usage(portal_views, portal_users),
        unattributed=plugins.pop("", _NOTHING),
        anonymous=anonymous,
        plugins=plugins,
        teams={name: Usage(*found[:2]) for (name, _), found in by_scope.get("team", {}).items()},
        pages=_pages(by_scope.get("page", {})),
    )


def _fields(row: Mapping[str, Any], server: str) -> tuple[str, str, str, int, int, int]:
    try:
        values = tuple(row[column] for column in _COLUMNS)
    except KeyError as error:
        raise Malformed(f"{server}: the answer has no column {error}") from None
    kinds = (str, str, str, int, int, int)
    if not all(isinstance(value, kind) for value, kind in zip(values, kinds, strict=True)):
        raise Malformed(f"{server}: the answer has a value of another kind than was asked for")
    return values


def _tables(days: Iterable[tuple[str, str]], server: str) -> dict[DayTable, frozenset[date]]:
    found: dict[DayTable, set[date]] = {}
    for suffix, day in days:
        try:
            table_day = date.fromisoformat(suffix.removeprefix(INTRADAY))
            local_day = date.fromisoformat(day)
        except ValueError:
            raise Malformed(f"{server}: the answer has a day that is none: {suffix!r}, {day!r}") from None
        found.setdefault(DayTable(table_day, suffix.startswith(INTRADAY)), set()).add(local_day)
    return {table: frozenset(local_days) for table, local_days in found.items()}


def _pages(found: Mapping[tuple[str, str], tuple[int, int, int]]) -> dict[str, tuple[Page, ...]]:
    pages: dict[str, tuple[Page, ...]] = {}
    ranked = sorted(found.items(), key=lambda item: (-item[1][0], item[0][1]))
    for (plugin, path), (views, users, _) in ranked:
        pages[plugin] = (*pages.get(plugin, ()), Page(path, views, users))
    return pages


def snapshot(
    reading: Reading,
    week: Week,
    request: PullRequest,
    export: Export,
    *,
    quiet_days: Collection[str],
    settling: timedelta,
) -> Snapshot | None:
    """The week's snapshot, None for a week without any event."""
    if reading.days().isdisjoint(week.days):
        return None
    figures = WeekFigures(
        week=week,
        days=set(reading.days() - _torn_days(reading, week, quiet_days)),
        portal=reading.portal,
        unattributed=reading.unattributed,
        anonymous=reading.anonymous,
        plugins=dict(reading.plugins),
        teams={
            team: TeamUsage(plugins, reading.teams.get(team, _NOTHING))
            for team, plugins in request.teams.items()
        },
        pages=dict(reading.pages),
    )
    if not reading.is_named:
        _withhold_plugins(figures, request.teams, export.plugin_parameter)
    _say_users(figures, export)
    unsettled = _unsettled(reading, week)
    figures.notes.extend(unsettled)
    frozen = freeze(figures, request, SOURCE, quiet_days=quiet_days, settling=settling)
    return replace(frozen, status=Status.PROVISIONAL) if unsettled and frozen.is_complete else frozen


def _torn_days(reading: Reading, week: Week, quiet_days: Collection[str]) -> set[date]:
    """Local days that a table which is not there would have had events of.

    A table's day need not be the portal's: how far they lie apart shows in the tables that are there.
    """
    there = {table.day for table in reading.tables}
    shifts = {(day - table.day).days for table, days in reading.tables.items() for day in days}
    around = (week.first_day - timedelta(days=1), *week.days, week.plus(1).first_day)
    lacking = [day for day in around if day not in there and WEEKDAYS[day.weekday()] not in quiet_days]
    return {day + timedelta(days=shift) for day in lacking for shift in {0, *shifts} & {-1, 0, 1}}


def _withhold_plugins(figures: WeekFigures, teams: Mapping[str, frozenset[str]], parameter: str) -> None:
    """Makes figures by plugin unknown: no view names one, so that a zero would be wrong."""
    unknown = Usage(Absent.NOT_AVAILABLE, Absent.NOT_AVAILABLE)
    figures.plugins = dict.fromkeys(frozenset().union(*teams.values()), unknown)
    figures.teams = {team: TeamUsage(plugins, unknown) for team, plugins in teams.items()}
    figures.notes.append(unattributed_note(parameter))


def _say_users(figures: WeekFigures, export: Export) -> None:
    views, users = figures.portal.views, figures.portal.users
    assert isinstance(views, int)
    if views and not users:
        withhold_users(figures, f"no view of this week has a {export.user}, so users are not available")
    elif figures.anonymous > views * _NOTABLE_SHARE:
        text = f"{figures.anonymous:,} of {views:,} views came without a user: they count as views only"
        figures.notes.append(Note(NoteKind.OTHER, text))


def _unsettled(reading: Reading, week: Week) -> list[Note]:
    """Says which days come from a table that Google still replaces."""
    days = sorted(table.day for table in _of_week(reading, week) if table.is_intraday)
    if not days:
        return []
    text = f"{list_days(days)} read from Google's intraday export, which its daily export replaces later"
    return [Note(NoteKind.NOT_SETTLED, text)]


def _of_week(reading: Reading, week: Week) -> Iterator[DayTable]:
    return (table for table, days in reading.tables.items() if not days.isdisjoint(week.days))
