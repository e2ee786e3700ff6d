# ruff: noqa: S608 - statements are made of numbers and of literals that sql.py escapes
"""Counting: from the staging file to views and distinct users per week, plugin, team and page.

Weeks are taken a batch at a time, so that memory depends on the largest week and not on their number.
Users are only ever counted as distinct hashes; nothing here knows who they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from plugin_digest.model import (
    DAYS_PER_WEEK,
    Absent,
    Count,
    Page,
    Progress,
    PullRequest,
    TeamUsage,
    Usage,
)
from plugin_digest.sources.attribution import attribute_id
from plugin_digest.sources.event_stage import Stage

BATCH_VIEWS = 500_000
"""How many views are de-duplicated and counted at once; takes about 100 MB."""
_FIGURES = "sum(views)::BIGINT AS views, count(DISTINCT user_hash) AS users"
_NOTHING = Usage(0, 0)


@dataclass
class WeekCounts:
    """One week's figures while they are gathered. ``anonymous`` counts the views without a user."""

    portal: Usage = _NOTHING
    unattributed: Usage = _NOTHING
    anonymous: int = 0
    plugins: dict[str, Usage] = field(default_factory=dict)
    teams: dict[str, TeamUsage] = field(default_factory=dict)
    pages: dict[str, tuple[Page, ...]] = field(default_factory=dict)

    @property
    def has_users(self) -> bool:
        """Whether anybody is known; if not, the events carry no users and 0 would be wrong."""
        return self.portal.users != 0 or self.portal.views == 0


def count_weeks(stage: Stage, request: PullRequest, progress: Progress) -> list[WeekCounts]:
    """The figures of each of the stage's weeks, in their order."""
    _write_plugin_names(stage, request.aliases)
    _write_team_plugins(stage.connection, request.teams)
    counts = [WeekCounts() for _ in stage.weeks]
    for first, last in _batches(stage.views_by_week(), len(stage.weeks)):
        progress("counting views and users", first, len(stage.weeks))
        _write_tallies(stage, first, last)
        _read_usage(stage.connection, counts)
        _read_teams(stage.connection, request.teams, counts[first : last + 1], first)
        _read_pages(stage.connection, request.pages_per_plugin, counts)
    progress("counting views and users", len(stage.weeks), len(stage.weeks))
    return counts


def _batches(views: Mapping[int, int], weeks: int) -> Iterator[tuple[int, int]]:
    """First and last week's number of runs of weeks with at most `BATCH_VIEWS` together, or one week."""
    first, together = 0, 0
    for number in range(weeks):
        together += views.get(number, 0)
        if together > BATCH_VIEWS and number > first:
            yield first, number - 1
            first, together = number, views.get(number, 0)
    if weeks:
        yield first, weeks - 1


def _write_plugin_names(stage: Stage, aliases: Mapping[str, str]) -> None:
    """Which plugin each reported id stands for; NULL: none. The ids are few: Python compares them."""
    ids = f"SELECT DISTINCT plugin FROM {stage.rows} WHERE event IS NOT NULL"
    reported = [row[0] for row in stage.connection.execute(ids).fetchall()]
    plugins = [attribute_id(name, aliases) for name in reported]
    _write_pairs(stage.connection, "plugin_names", ("reported", "plugin"), reported, plugins)


def _write_team_plugins(connection: duckdb.DuckDBPyConnection, teams: Mapping[str, frozenset[str]]) -> None:
    pairs = [(team, plugin) for team, plugins in teams.items() for plugin in plugins]
    columns = [team for team, _ in pairs], [plugin for _, plugin in pairs]
    _write_pairs(connection, "team_plugins", ("team", "plugin"), *columns)


def _write_pairs(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    names: tuple[str, str],
    left: Sequence[str],
    right: Sequence[str | None],
) -> None:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS "
        f"SELECT unnest(?::VARCHAR[]) AS {names[0]}, unnest(?::VARCHAR[]) AS {names[1]}",
        [left, right],
    )


def _write_tallies(stage: Stage, first: int, last: int) -> None:
    """Views per week, plugin, path and user, each event once however often it was delivered."""
    stage.connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE tallies AS
        SELECT week, plugin_names.plugin AS plugin, path, user_hash, count(*) AS views
        FROM (
          SELECT DISTINCT day // {DAYS_PER_WEEK} AS week, event, plugin AS reported, path, user_hash
          FROM {stage.rows}
          WHERE event IS NOT NULL
            AND day BETWEEN {first * DAYS_PER_WEEK} AND {(last + 1) * DAYS_PER_WEEK - 1}
        ) JOIN plugin_names USING (reported)
        GROUP BY ALL"""
    )


def _read_usage(connection: duckdb.DuckDBPyConnection, counts: Sequence[WeekCounts]) -> None:
    portal = (
        f"SELECT week, {_FIGURES}, coalesce(sum(views) FILTER (user_hash IS NULL), 0)::BIGINT "
        "FROM tallies GROUP BY week"
    )
    for week, views, users, anonymous in _rows(connection, portal):
        counts[week].portal, counts[week].anonymous = Usage(views, users), anonymous
    plugins = f"SELECT week, plugin, {_FIGURES} FROM tallies GROUP BY week, plugin ORDER BY plugin"
    for week, plugin, views, users in _rows(connection, plugins):
        usage = Usage(views, _known(users, counts[week]))
        if plugin is None:
            counts[week].unattributed = usage
        else:
            counts[week].plugins[plugin] = usage


def _read_teams(
    connection: duckdb.DuckDBPyConnection,
    teams: Mapping[str, frozenset[str]],
    counts: Sequence[WeekCounts],
    first: int,
) -> None:
    together = f"SELECT week, team, {_FIGURES} FROM tallies JOIN team_plugins USING (plugin) GROUP BY ALL"
    found = {(week, team): (views, users) for week, team, views, users in _rows(connection, together)}
    for number, week in enumerate(counts, first):
        for team, plugins in teams.items():
            views, users = found.get((number, team), (0, 0))
            week.teams[team] = TeamUsage(plugins, Usage(views, _known(users, week)))


def _read_pages(connection: duckdb.DuckDBPyConnection, limit: int, counts: Sequence[WeekCounts]) -> None:
    most_viewed = f"""
        SELECT week, plugin, path, views, users
        FROM (SELECT week, plugin, path, {_FIGURES} FROM tallies
              WHERE plugin IS NOT NULL AND path IS NOT NULL GROUP BY week, plugin, path)
        QUALIFY row_number() OVER (PARTITION BY week, plugin ORDER BY views DESC, path) <= {limit}
        ORDER BY week, plugin, views DESC, path"""
    for week, plugin, path, views, users in _rows(connection, most_viewed):
        page = Page(path, views, _known(users, counts[week]))
        counts[week].pages[plugin] = (*counts[week].pages.get(plugin, ()), page)


def _known(users: int, week: WeekCounts) -> Count:
    return users if week.has_users else Absent.NOT_AVAILABLE


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()
