# ruff: noqa: S608 - statements are made of literals that sql.py escapes
"""Counting several weeks as one: views are those of the weeks, users are distinct over all of them."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from plugin_digest.model import Absent, Count, Progress, PullRequest, TeamUsage, Usage
from plugin_digest.sources.event_counts import Counts, batches, write_tallies
from plugin_digest.sources.event_names import write_plugin_names, write_team_plugins
from plugin_digest.sources.event_stage import Stage

_Name = str | None
"""A plugin, or None for the views of none."""


def count_period(stage: Stage, request: PullRequest, progress: Progress) -> Counts:
    """The figures of all asked weeks together; pages and the views of no plugin are not among them."""
    write_plugin_names(stage, request.aliases)
    write_team_plugins(stage.connection, request.teams)
    views, anonymous = _count_views(stage, progress)
    _write_visitors(stage)
    portal_users = _rows(stage, "SELECT count(DISTINCT user_hash) FROM visitors")[0][0]
    users = _by_name(stage, "SELECT plugin, count(*) FROM visitors GROUP BY plugin")
    team_users = _by_name(
        stage,
        "SELECT team, count(DISTINCT user_hash) FROM visitors JOIN team_plugins USING (plugin) GROUP BY team",
    )
    counts = Counts(portal=Usage(views.total(), portal_users), anonymous=anonymous)

    def known(count: int) -> Count:
        return count if counts.has_users else Absent.NOT_AVAILABLE

    counts.plugins = {
        plugin: Usage(viewed, known(users.get(plugin, 0)))
        for plugin, viewed in sorted(views.items(), key=lambda item: item[0] or "")
        if plugin is not None
    }
    counts.teams = {
        team: TeamUsage(
            plugins, Usage(sum(views[plugin] for plugin in plugins), known(team_users.get(team, 0)))
        )
        for team, plugins in request.teams.items()
    }
    return counts


def _count_views(stage: Stage, progress: Progress) -> tuple[Counter[_Name], int]:
    """Views by plugin, and how many of all came without a user."""
    views: Counter[_Name] = Counter()
    anonymous, done, weeks = 0, 0, len(stage.numbers)
    for batch in batches(stage):
        progress("counting views and users", done, weeks)
        write_tallies(stage, batch)
        by_plugin = (
            "SELECT plugin, sum(views)::BIGINT, coalesce(sum(views) FILTER (user_hash IS NULL), 0)::BIGINT "
            "FROM tallies GROUP BY plugin"
        )
        for plugin, viewed, nameless in _rows(stage, by_plugin):
            views[plugin] += viewed
            anonymous += nameless
        done += len(batch)
    progress("counting views and users", done, weeks)
    return views, anonymous


def _write_visitors(stage: Stage) -> None:
    """``visitors``: each user of each plugin, NULL for none, once."""
    stage.connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE visitors AS
        SELECT DISTINCT plugin_names.plugin AS plugin, user_hash
        FROM (SELECT DISTINCT plugin AS reported, user_hash FROM {stage.rows}
              WHERE event IS NOT NULL AND user_hash IS NOT NULL)
        JOIN plugin_names USING (reported)"""
    )


def _by_name(stage: Stage, query: str) -> Mapping[_Name, int]:
    return dict(_rows(stage, query))


def _rows(stage: Stage, query: str) -> list[tuple[Any, ...]]:
    return stage.connection.execute(query).fetchall()
