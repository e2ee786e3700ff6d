"""What the rows of one query say, as values. Pure: no request, no clock.

Owns the shape of the answer; what follows from it for a week or a period is next door.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from plugin_digest.errors import Malformed
from plugin_digest.model import Page, Search, Usage
from plugin_digest.sources.bigquery.query import INTRADAY

_COLUMNS = ("scope", "name", "detail", "events", "users", "anonymous", "new_users")
_NOTHING = Usage(0, 0, 0)


@dataclass(frozen=True)
class DayTable:
    """The table of one day of the property's."""

    day: date
    is_intraday: bool


@dataclass(frozen=True)
class Reading:
    """What one query says. ``tables`` has the local days of the events in each table that has any.

    ``anonymous`` are the views without a user; ``pages`` are most viewed first, ``searches`` most searched.
    """

    tables: Mapping[DayTable, frozenset[date]]
    portal: Usage
    unattributed: Usage
    anonymous: int
    plugins: Mapping[str, Usage]
    teams: Mapping[str, Usage]
    four_weeks: Usage
    pages: Mapping[str, tuple[Page, ...]]
    searches: Mapping[str, tuple[Search, ...]]

    @property
    def is_named(self) -> bool:
        """Whether any view names its plugin, or there is none."""
        return bool(self.plugins) or self.portal.views == 0

    def days(self) -> frozenset[date]:
        """The local days with an event of any kind."""
        return frozenset().union(*self.tables.values())

    def team(self, name: str) -> Usage:
        return self.teams.get(name, _NOTHING)


@dataclass(frozen=True)
class _Row:
    """The figures of one group."""

    events: int
    users: int
    anonymous: int
    new_users: int

    @property
    def usage(self) -> Usage:
        return Usage(self.events, self.users, self.new_users)


_NO_ROW = _Row(0, 0, 0, 0)
_Rows = Mapping[tuple[str, str], _Row]
"""By name and detail."""


def read(rows: Iterable[Mapping[str, Any]], server: str) -> Reading:
    """The rows of a query from `count_days`.

    Raises:
        Malformed: they are not what that query gives, or do not add up.
    """
    by_scope: dict[str, dict[tuple[str, str], _Row]] = {}
    for row in rows:
        scope, name, detail, *figures = _fields(row, server)
        by_scope.setdefault(scope, {})[name, detail] = _Row(*figures)
    portal = by_scope.get("portal", {}).get(("", ""), _NO_ROW)
    by_plugin = by_scope.get("plugin", {})
    if sum(found.events for found in by_plugin.values()) != portal.events:
        raise Malformed(f"{server}: the views by plugin do not add up to the portal's; pull again")
    plugins = {name: found.usage for (name, _), found in by_plugin.items()}
    return Reading(
        tables=_tables(by_scope.get("day", {}), server),
        portal=portal.usage,
        unattributed=plugins.pop("", _NOTHING),
        anonymous=portal.anonymous,
        plugins=plugins,
        teams={name: found.usage for (name, _), found in by_scope.get("team", {}).items()},
        four_weeks=by_scope.get("four_weeks", {}).get(("", ""), _NO_ROW).usage,
        pages=_pages(by_scope.get("page", {})),
        searches=_searches(by_scope.get("search", {})),
    )


def _fields(row: Mapping[str, Any], server: str) -> tuple[Any, ...]:
    try:
        values = tuple(row[column] for column in _COLUMNS)
    except KeyError as error:
        raise Malformed(f"{server}: the answer has no column {error}") from None
    kinds = (str, str, str, int, int, int, int)
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


def _pages(found: _Rows) -> dict[str, tuple[Page, ...]]:
    pages: dict[str, tuple[Page, ...]] = {}
    for (plugin, path), row in sorted(found.items(), key=lambda item: (-item[1].events, item[0][1])):
        pages[plugin] = (*pages.get(plugin, ()), Page(path, row.events, row.users))
    return pages


def _searches(found: _Rows) -> dict[str, tuple[Search, ...]]:
    searches: dict[str, tuple[Search, ...]] = {}
    for (plugin, term), row in sorted(found.items(), key=lambda item: (-item[1].users, item[0][1])):
        searches[plugin] = (*searches.get(plugin, ()), Search(term, row.users))
    return searches
