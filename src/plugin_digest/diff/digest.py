"""A team's digest and the portal digest, put together from a series of snapshots."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from plugin_digest.diff.change import attention_of, state_of, usage_of, usage_of_set
from plugin_digest.diff.judging import UNJUDGED, Bench, beside_portal, share_of_users
from plugin_digest.diff.periods import both_periods, period_change, users_of_portal
from plugin_digest.diff.remarks import annotations_of, indicators_of
from plugin_digest.diff.restated import restated_figures
from plugin_digest.diff.series import Series
from plugin_digest.model import (
    LOOKBACK_WEEKS,
    Absent,
    Break,
    BreakKind,
    Change,
    Count,
    MailStatistics,
    Move,
    Ownership,
    PluginChange,
    PluginPage,
    PluginSearch,
    PluginState,
    Point,
    PortalDigest,
    Provenance,
    Restatement,
    Scope,
    Snapshot,
    Status,
    Team,
    TeamDigest,
    is_known,
)


def plugin_change(series: Series, plugin: str, weeks: int = 1, bench: Bench | None = None) -> PluginChange:
    """A plugin's last ``weeks`` weeks against as many before them; single weeks are judged as well."""
    current, previous = usage_of(series.current, plugin), usage_of(series.previous, plugin)
    views = series.change(current.views, previous.views)
    users = series.change(current.users, previous.users)
    first_seen = series.first_seen.get(plugin)
    state = state_of(views, series.week, first_seen, has_earlier=series.has_earlier)
    plain = PluginChange(
        plugin=plugin,
        name=series.spellings.get(plugin, plugin),
        state=state,
        views=views,
        users=users,
        first_seen=first_seen if first_seen is not None and first_seen <= series.week else None,
        history=_history(series, frozenset({plugin})),
        attention=attention_of(views, users),
        series_break=series.breaks.get(plugin),
        annotations=annotations_of(series, frozenset({plugin})),
        indicators=indicators_of(series, Scope.PLUGIN, plugin),
    )
    if weeks > 1:
        return _of_period(series, plain, weeks)
    judgement = (bench or Bench.of(series)).of_plugins(frozenset({plugin}))
    if state is PluginState.NEW:
        judgement = UNJUDGED  # weeks before it was there tell nothing of it
    return replace(
        plain,
        views_judgement=judgement.views,
        users_judgement=judgement.users,
        against_portal=beside_portal(series, plugin),
        share_of_users=share_of_users(series, plugin),
        new_users=Absent.NOT_AVAILABLE if _is_recent(plain.series_break, series) else current.new_users,
    )


def _of_period(series: Series, plain: PluginChange, weeks: int) -> PluginChange:
    """The plugin's last ``weeks`` weeks as a whole; its state is that of all of them."""
    views, users = period_change(series, frozenset({plain.plugin}), weeks)
    start = series.week.plus(1 - weeks)
    has_earlier = any(s.is_complete for week, s in series.snapshots.items() if week < start)
    state = state_of(views, start, series.first_seen.get(plain.plugin), has_earlier=has_earlier)
    return replace(plain, state=state, views=views, users=users, attention=attention_of(views, users))


def _is_recent(found: Break | None, series: Series) -> bool:
    """Whether who is new cannot be told, as the weeks before were measured in another way."""
    return found is not None and found.week > series.week.plus(-LOOKBACK_WEEKS)


def team_digest(
    series: Series,
    team: Team,
    *,
    edition: int = 1,
    pages: int = 5,
    weeks: int = 1,
    moves: tuple[Move, ...] = (),
) -> TeamDigest:
    """One team's letter about the last ``weeks`` weeks; ``pages`` is how many of its pages are named.

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
        history=_history(series, team.plugins),
        plugins=_by_attention(plugin_change(series, plugin, weeks, bench) for plugin in team.plugins),
        pages=_pages(series, team.plugins, pages),
        provenance=_provenance(series, weeks),
        restated=_restated(series, team.plugins),
        portal_views=_portal_change(series, "views"),
        portal_users=_portal_change(series, "users"),
        searches=_searches(series, team.plugins, pages),
        annotations=annotations_of(series, team.plugins | {""}),
        holidays=series.holidays,
        indicators=indicators_of(series, Scope.TEAM, team.key),
        moves=moves,
        weeks=weeks,
    )
    breaks = bench.foreign_breaks(team.plugins)
    if weeks > 1:
        views, users = period_change(series, team.plugins, weeks)
        return _without_broken(replace(plain, views=views, users=users), breaks)
    judgement = bench.of_plugins(team.plugins)
    is_recent = any(_is_recent(found, series) for found in breaks)
    judged = replace(
        plain,
        views_judgement=judgement.views,
        users_judgement=judgement.users,
        new_users=Absent.NOT_AVAILABLE if is_recent else current.new_users,
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
    return bool(is_total or is_told) or any(
        plugin.is_news or plugin.series_break is not None for plugin in digest.plugins
    )


def is_empty(digest: TeamDigest) -> bool:
    """Whether there is nothing to report: the week is whole, and no view in it or in the weeks before."""
    if digest.provenance.missing_days:
        return False
    return not any(point.usage.views != 0 for point in digest.history if point.status is not None)


def portal_digest(
    series: Series,
    ownership: Ownership,
    recipients: Iterable[str],
    *,
    edition: int = 1,
    moves: tuple[Move, ...] = (),
    head_count: int | None = None,
    central_teams: Collection[str] = (),
    mail: MailStatistics | None = None,
    hold_reason: str = "",
) -> PortalDigest:
    """The central team's letter: every plugin that was seen or is owned.

    ``central_teams`` are the keys of the teams that are its own; ``hold_reason`` is why the week was held
    before it was released.
    """
    owned = ownership.owned_plugins()
    bench = Bench.of(series)
    seen = series.plugins_seen() | owned
    plugins = _ranked(_by_views(plugin_change(series, plugin, 1, bench) for plugin in seen))
    teams = ownership.teams
    judgement = bench.of_portal()
    owners = {plugin: team for team in teams for plugin in team.plugins}
    used = [change.plugin for change in plugins if is_known(change.views.current) and change.views.current]
    return PortalDigest(
        week=series.week,
        edition=edition,
        recipients=tuple(recipients),
        views=_portal_change(series, "views"),
        users=_portal_change(series, "users"),
        unattributed=_unattributed(series),
        four_week_users=_four_week_users(series),
        plugins_in_use=series.change(_in_use(series.current), _in_use(series.previous)),
        history=tuple(series.status_of(week) for week in series.weeks()),
        plugins=plugins,
        new=tuple(p for p in plugins if p.state is PluginState.NEW and not _broke_now(p, series)),
        silent=tuple(p for p in plugins if p.state is PluginState.SILENT and not _broke_now(p, series)),
        orphans=tuple(p for p in plugins if p.plugin not in owned and _is_current(p)),
        owners={plugin: team.name for plugin, team in owners.items()},
        teams_without_recipients=tuple(t for t in teams if not t.recipients),
        teams_without_plugins=tuple(t for t in teams if not t.plugins),
        team_count=len(teams),
        provenance=_provenance(series),
        restated=_restated(series, None),
        moves=moves,
        flaws=ownership.flaws,
        views_judgement=judgement.views,
        users_judgement=judgement.users,
        head_count=head_count,
        contributing_teams=len({owners[plugin].key for plugin in used if plugin in owners}),
        outside_plugins=_outside(used, owners, central_teams),
        movers=_movers(plugins, series),
        annotations=annotations_of(series, None),
        holidays=series.holidays,
        indicators=indicators_of(series, Scope.PORTAL, ""),
        mail=mail,
        hold_reason=hold_reason,
    )


def _ranked(plugins: Iterable[PluginChange]) -> tuple[PluginChange, ...]:
    return tuple(replace(plugin, rank=rank) for rank, plugin in enumerate(plugins, 1))


def _outside(
    used: Sequence[str], owners: Mapping[str, Team], central: Collection[str]
) -> tuple[int, int] | None:
    """Plugins in use of teams that are not the central ones, and all plugins in use."""
    if not central:
        return None
    return sum(1 for plugin in used if plugin in owners and owners[plugin].key not in central), len(used)


def _broke_now(plugin: PluginChange, series: Series) -> bool:
    """Whether the week is the first that is measured in another way: neither new nor silent, but that."""
    return plugin.series_break is not None and plugin.series_break.week == series.week


def _movers(plugins: Iterable[PluginChange], series: Series) -> tuple[PluginChange, ...]:
    unusual = (
        p for p in plugins if p.views_judgement.is_news or p.users_judgement.is_news or _broke_now(p, series)
    )
    return tuple(sorted(unusual, key=lambda p: (-_surprise(p), p.plugin)))


def _surprise(plugin: PluginChange) -> float:
    return max(plugin.views_judgement.surprise, plugin.users_judgement.surprise)


def _history(series: Series, plugins: frozenset[str]) -> tuple[Point, ...]:
    return tuple(
        Point(week, usage_of_set(snapshot, plugins), None if snapshot is None else snapshot.status)
        for week in series.weeks()
        for snapshot in (series.snapshots.get(week),)
    )


def _by_attention(changes: Iterable[PluginChange]) -> tuple[PluginChange, ...]:
    """What is unusual first, by how much; then what changed most."""
    return tuple(
        sorted(
            changes,
            key=lambda c: (not c.is_news, -_surprise(c), -c.attention, -_size(c.views.current), c.plugin),
        )
    )


def _by_views(changes: Iterable[PluginChange]) -> tuple[PluginChange, ...]:
    return tuple(sorted(changes, key=lambda c: (-_size(c.views.current), c.plugin)))


def _size(count: Count) -> int:
    return count if is_known(count) else -1


def _pages(series: Series, plugins: frozenset[str], most: int) -> tuple[PluginPage, ...]:
    pages = (
        PluginPage(plugin, series.spellings.get(plugin, plugin), page)
        for plugin in plugins
        for page in series.current.pages.get(plugin, ())
    )
    return tuple(sorted(pages, key=lambda p: (-_size(p.page.views), p.plugin, p.page.path))[:most])


def _searches(series: Series, plugins: frozenset[str], most: int) -> tuple[PluginSearch, ...]:
    found = (
        PluginSearch(plugin, series.spellings.get(plugin, plugin), search)
        for plugin in plugins
        for search in series.current.searches.get(plugin, ())
    )
    return tuple(sorted(found, key=lambda s: (-_size(s.search.users), s.plugin, s.search.term))[:most])


def _portal_change(series: Series, figure: str) -> Change:
    previous = series.previous
    before: Count = Absent.NO_DATA if previous is None else getattr(previous.portal, figure)
    return series.change(getattr(series.current.portal, figure), before)


def _four_week_users(series: Series) -> Change:
    """As the snapshot has it, or else a reading of the four weeks as a whole."""
    if not is_known(series.current.four_weeks.users):
        return users_of_portal(series)
    previous = series.previous
    before = Absent.NO_DATA if previous is None else previous.four_weeks.users
    return series.change(series.current.four_weeks.users, before)


def _unattributed(series: Series) -> Change:
    previous = series.previous
    before = Absent.NO_DATA if previous is None else previous.unattributed.views
    return series.change(series.current.unattributed.views, before)


def _in_use(snapshot: Snapshot | None) -> Count:
    if snapshot is None:
        return Absent.NO_DATA
    return sum(1 for usage in snapshot.plugins.values() if usage.views != 0)


def _is_current(change: PluginChange) -> bool:
    return any(is_known(count) and count > 0 for count in (change.views.current, change.views.previous))


def _restated(series: Series, plugins: frozenset[str] | None) -> tuple[Restatement, ...]:
    """For a team its plugins too; for the portal its totals, as single plugins are their teams' business."""
    names = [(plugin, series.spellings.get(plugin, plugin)) for plugin in sorted(plugins or ())]
    return restated_figures(series.mailed, series.previous, names, plugins, series.restated_share)


def _provenance(series: Series, weeks: int = 1) -> Provenance:
    """Of all weeks that the figures are about, and of as many before them."""
    now, before = both_periods(series.week, weeks)
    reported = [series.snapshots.get(week) for week in now.weeks]
    previous = [series.snapshots.get(week) for week in before.weeks]
    current = series.current
    statuses = {Status.INCOMPLETE if one is None else one.status for one in reported}
    worst = (s for s in (Status.INCOMPLETE, Status.PROVISIONAL, Status.FINAL) if s in statuses)
    return Provenance(
        source=current.source,
        as_of=current.as_of,
        timezone=current.timezone,
        revision=current.revision,
        status=next(worst),
        missing_days=_missing_days(reported),
        notes=current.notes,
        previous_missing_days=_missing_days(previous),
        has_previous=all(one is not None for one in previous),
    )


def _missing_days(snapshots: Iterable[Snapshot | None]) -> tuple[date, ...]:
    return tuple(day for one in snapshots if one is not None for day in one.missing_days)
