# ruff: noqa: S608 - statements are made of numbers and of literals that sql.py escapes
"""Counting: from the staging file to views and distinct users per week, plugin, team and page.

Weeks are taken a batch at a time, so that memory depends on the largest week and not on their number.
Users are only ever counted as distinct hashes; nothing here knows who they are.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from plugin_digest.model import (
    DAYS_PER_WEEK,
    LOOKBACK_WEEKS,
    NOT_TOLD,
    Absent,
    Count,
    Page,
    Progress,
    PullRequest,
    Search,
    TeamUsage,
    Usage,
    Week,
)
from plugin_digest.sources.event_names import write_plugin_names, write_team_plugins
from plugin_digest.sources.event_searches import count_searches
from plugin_digest.sources.event_stage import Stage
from plugin_digest.sources.event_visitors import MOST_WEEKS, count_visitors

BATCH_VIEWS = 500_000
"""How many views are de-duplicated and counted at once; takes about 100 MB."""
_FIGURES = "sum(views)::BIGINT AS views, count(DISTINCT user_hash) AS users"
_NOTHING = Usage(0, 0)


@dataclass
class Counts:
    """The figures of a week, or of a period, while they are gathered.

    ``anonymous`` counts the views without a user.
    """

    portal: Usage = _NOTHING
    unattributed: Usage = _NOTHING
    anonymous: int = 0
    plugins: dict[str, Usage] = field(default_factory=dict)
    teams: dict[str, TeamUsage] = field(default_factory=dict)
    pages: dict[str, tuple[Page, ...]] = field(default_factory=dict)
    searches: dict[str, tuple[Search, ...]] = field(default_factory=dict)
    four_weeks: Usage = NOT_TOLD

    @property
    def has_users(self) -> bool:
        """Whether anybody is known; if not, the events carry no users and 0 would be wrong."""
        return self.portal.users != 0 or self.portal.views == 0

    @property
    def told_portal(self) -> Usage:
        """The portal's usage as it may be told."""
        return self.portal if self.has_users else replace(self.portal, users=Absent.NOT_AVAILABLE)


def count_weeks(
    stage: Stage, request: PullRequest, whole: Collection[Week], progress: Progress
) -> dict[Week, Counts]:
    """The figures of each asked week; ``whole`` are the weeks whose views and users are all there."""
    write_plugin_names(stage, request.aliases)
    write_team_plugins(stage.connection, request.teams)
    counts = {number: Counts() for number in stage.numbers}
    done = 0
    for batch in batches(stage):
        progress("counting views and users", done, len(counts))
        write_tallies(stage, batch)
        _read_usage(stage.connection, counts)
        _read_teams(stage.connection, request.teams, {number: counts[number] for number in batch})
        _read_pages(stage.connection, request.pages_per_plugin, counts)
        _add_visitors(stage, batch, counts, whole)
        for number, searches in count_searches(stage, batch, request.searches_per_plugin).items():
            counts[number].searches = searches
        done += len(batch)
    progress("counting views and users", done, len(counts))
    return {stage.weeks[number]: figures for number, figures in counts.items()}


def batches(stage: Stage) -> Iterator[list[int]]:
    """The asked weeks' numbers in runs with at most `BATCH_VIEWS` together, or of one week."""
    views, batch, together = stage.views_by_week(), list[int](), 0
    for number in stage.numbers:
        together += views.get(number, 0)
        if batch and (together > BATCH_VIEWS or number - batch[0] >= MOST_WEEKS):
            yield batch
            batch, together = [], views.get(number, 0)
        batch.append(number)
    if batch:
        yield batch


def write_tallies(stage: Stage, weeks: Sequence[int]) -> None:
    """``tallies``: views per week, plugin, path and user, each event once however often it was delivered."""
    stage.connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE tallies AS
        SELECT week, plugin_names.plugin AS plugin, path, user_hash, count(*) AS views
        FROM (
          SELECT DISTINCT day // {DAYS_PER_WEEK} AS week, event, plugin AS reported, path, user_hash
          FROM {stage.rows}
          WHERE event IS NOT NULL
            AND day BETWEEN {weeks[0] * DAYS_PER_WEEK} AND {(weeks[-1] + 1) * DAYS_PER_WEEK - 1}
        ) JOIN plugin_names USING (reported)
        GROUP BY ALL"""
    )


def _read_usage(connection: duckdb.DuckDBPyConnection, counts: Mapping[int, Counts]) -> None:
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
    counts: Mapping[int, Counts],
) -> None:
    together = f"SELECT week, team, {_FIGURES} FROM tallies JOIN team_plugins USING (plugin) GROUP BY ALL"
    found = {(week, team): (views, users) for week, team, views, users in _rows(connection, together)}
    for number, week in counts.items():
        for team, plugins in teams.items():
            views, users = found.get((number, team), (0, 0))
            week.teams[team] = TeamUsage(plugins, Usage(views, _known(users, week)))


def _read_pages(connection: duckdb.DuckDBPyConnection, limit: int, counts: Mapping[int, Counts]) -> None:
    most_viewed = f"""
        SELECT week, plugin, path, views, users
        FROM (SELECT week, plugin, path, {_FIGURES} FROM tallies
              WHERE plugin IS NOT NULL AND path IS NOT NULL GROUP BY week, plugin, path)
        QUALIFY row_number() OVER (PARTITION BY week, plugin ORDER BY views DESC, path) <= {limit}
        ORDER BY week, plugin, views DESC, path"""
    for week, plugin, path, views, users in _rows(connection, most_viewed):
        page = Page(path, views, _known(users, counts[week]))
        counts[week].pages[plugin] = (*counts[week].pages.get(plugin, ()), page)


def _add_visitors(
    stage: Stage, batch: Sequence[int], counts: Mapping[int, Counts], whole: Collection[Week]
) -> None:
    """New users, and the users of four weeks, where all the weeks that they are told from are whole."""
    visitors = count_visitors(stage, batch)
    for number in batch:
        week, before = counts[number], stage.weeks[number - LOOKBACK_WEEKS : number]
        known = _Known(week.has_users, all(earlier in whole for earlier in before))
        week.portal = replace(week.portal, new_users=known(visitors.portal.get(number, 0)))
        week.plugins = {
            plugin: replace(usage, new_users=known(visitors.plugins.get((number, plugin), 0)))
            for plugin, usage in week.plugins.items()
        }
        week.teams = {
            team: replace(
                figures,
                usage=replace(figures.usage, new_users=known(visitors.teams.get((number, team), 0))),
            )
            for team, figures in week.teams.items()
        }
        four_weeks = (*before[1:], stage.weeks[number])
        known = _Known(week.has_users, all(each in whole for each in four_weeks))
        week.four_weeks = Usage(Absent.NOT_AVAILABLE, known(visitors.four_weeks.get(number, 0)))


@dataclass(frozen=True)
class _Known:
    """A count of users, or why there is none."""

    has_users: bool
    has_data: bool

    def __call__(self, users: int) -> Count:
        if not self.has_users:
            return Absent.NOT_AVAILABLE
        return users if self.has_data else Absent.NO_DATA


def _known(users: int, week: Counts) -> Count:
    return users if week.has_users else Absent.NOT_AVAILABLE


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()
