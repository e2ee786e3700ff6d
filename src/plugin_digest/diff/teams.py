"""A team's digest, put together from a series of snapshots."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from plugin_digest.diff.change import usage_of_set
from plugin_digest.diff.judging import UNJUDGED, Bench
from plugin_digest.diff.periods import period_change
from plugin_digest.diff.plugins import by_attention, history_of, is_recent, plugin_change, size
from plugin_digest.diff.provenance import portal_change, provenance_of, restated_of
from plugin_digest.diff.remarks import annotations_of, indicators_of_teams
from plugin_digest.diff.series import Series
from plugin_digest.model import (
    Absent,
    Break,
    BreakKind,
    Change,
    Move,
    PluginPage,
    PluginSearch,
    PluginState,
    Team,
    TeamDigest,
)


def team_digest(
    series: Series,
    team: Team,
    *,
    edition: int = 1,
    pages: int = 5,
    weeks: int = 1,
    moves: tuple[Move, ...] = (),
    parts: Sequence[Team] = (),
) -> TeamDigest:
    """One team's letter about the last ``weeks`` weeks; ``pages`` is how many of its pages are named.

    ``parts`` are the teams that a combined digest's made-up team stands for.

    Pages and searches are known week by week only, and left out where the letter is about several.

    Raises:
        ValueError: the team has no plugins; it must get nothing, never everything.
    """
    if not team.plugins:
        raise ValueError(f"team {team.key} owns no plugin")
    bench = Bench.of(series)
    current = usage_of_set(series.current, team.plugins)
    previous = usage_of_set(series.previous, team.plugins)
    plain = TeamDigest(
        week=series.week,
        team=team,
        edition=edition,
        views=series.change(current.views, previous.views),
        users=series.change(current.users, previous.users),
        history=history_of(series, team.plugins),
        plugins=by_attention(plugin_change(series, plugin, weeks, bench) for plugin in team.plugins),
        pages=_pages(series, team.plugins, pages) if weeks == 1 else (),
        provenance=provenance_of(series, weeks),
        restated=restated_of(series, team.plugins),
        portal_views=portal_change(series, "views"),
        portal_users=portal_change(series, "users"),
        searches=_searches(series, team.plugins, pages) if weeks == 1 else (),
        annotations=annotations_of(series, team.plugins | {""}),
        holidays=series.holidays,
        indicators=indicators_of_teams(series, parts or (team,)),
        moves=moves,
        weeks=weeks,
    )
    breaks = bench.foreign_breaks(team.plugins)
    if weeks > 1:
        views, users = period_change(series, team.plugins, weeks)
        return _without_broken(replace(plain, views=views, users=users), breaks)
    is_new = all(plugin.state is PluginState.NEW for plugin in plain.plugins)
    judgement = UNJUDGED if is_new else bench.of_plugins(team.plugins)
    was_broken = any(is_recent(found, series) for found in breaks)
    judged = replace(
        plain,
        views_judgement=judgement.views,
        users_judgement=judgement.users,
        new_users=Absent.NOT_AVAILABLE if was_broken else current.new_users,
    )
    return _without_broken(judged, breaks)


def _without_broken(digest: TeamDigest, breaks: Iterable[Break]) -> TeamDigest:
    """Totals are not compared where one of their plugins was measured in another way before."""
    start = digest.week.plus(1 - 2 * digest.weeks)
    kinds = {found.kind for found in breaks if found.week > start}
    if not kinds:
        return digest
    users = Change(digest.users.current, digest.users.previous)
    if kinds <= {BreakKind.USERS_LOST, BreakKind.USERS_JUMPED}:
        return replace(digest, users=users)
    return replace(digest, users=users, views=Change(digest.views.current, digest.views.previous))


def is_unusual(digest: TeamDigest) -> bool:
    """Whether a team that wants to hear of nothing else is told of this."""
    is_total = digest.views_judgement.is_news or digest.users_judgement.is_news
    is_told = digest.moves or digest.restated or digest.provenance.missing_days
    start = digest.week.plus(1 - digest.weeks)
    return bool(is_total or is_told) or any(
        plugin.is_news or (plugin.series_break is not None and plugin.series_break.week >= start)
        for plugin in digest.plugins
    )


def is_empty(digest: TeamDigest) -> bool:
    """Whether there is nothing to report: the week is whole, and no view in it or in the weeks before."""
    if digest.provenance.missing_days:
        return False
    return not any(point.usage.views != 0 for point in digest.history if point.status is not None)


def _pages(series: Series, plugins: frozenset[str], most: int) -> tuple[PluginPage, ...]:
    pages = (
        PluginPage(plugin, series.spellings.get(plugin, plugin), page)
        for plugin in plugins
        for page in series.current.pages.get(plugin, ())
    )
    return tuple(sorted(pages, key=lambda p: (-size(p.page.views), p.plugin, p.page.path))[:most])


def _searches(series: Series, plugins: frozenset[str], most: int) -> tuple[PluginSearch, ...]:
    found = (
        PluginSearch(plugin, series.spellings.get(plugin, plugin), search)
        for plugin in plugins
        for search in series.current.searches.get(plugin, ())
    )
    return tuple(sorted(found, key=lambda s: (-size(s.search.users), s.plugin, s.search.term))[:most])
