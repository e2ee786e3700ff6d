"""The portal digest, put together from a series of snapshots."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from plugin_digest.diff.judging import Bench
from plugin_digest.diff.periods import FOUR_WEEKS, users_of_portal
from plugin_digest.diff.plugins import (
    by_views,
    plugin_change,
    surprise,
)
from plugin_digest.diff.provenance import portal_change, provenance_of, restated_of
from plugin_digest.diff.remarks import annotations_of, indicators_of
from plugin_digest.diff.series import Series
from plugin_digest.model import (
    Absent,
    Change,
    Count,
    Flaw,
    FlawKind,
    IndicatorTrouble,
    MailStatistics,
    Move,
    Ownership,
    PluginChange,
    PluginState,
    PortalDigest,
    Scope,
    Snapshot,
    Team,
    is_known,
    last_weeks,
)


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
    held_for: str = "",
    hold_reason: str = "",
    indicator_troubles: tuple[IndicatorTrouble, ...] = (),
) -> PortalDigest:
    """The central team's letter: every plugin that was seen or is owned.

    ``central_teams`` are the keys of the teams that are its own; ``held_for`` is why the week was held before
    it was released, ``hold_reason`` what was said then.
    """
    owned = ownership.owned_plugins()
    bench = Bench.of(series)
    seen = series.plugins_seen() | owned
    plugins = _ranked(by_views(plugin_change(series, plugin, 1, bench) for plugin in seen))
    teams = ownership.teams
    judgement = bench.of_portal()
    owners = {plugin: team for team in teams for plugin in team.plugins}
    used = [change.plugin for change in plugins if is_known(change.views.current) and change.views.current]
    return PortalDigest(
        week=series.week,
        edition=edition,
        recipients=tuple(recipients),
        views=portal_change(series, "views"),
        users=portal_change(series, "users"),
        unattributed=_unattributed(series),
        four_week_users=_four_week_users(series),
        plugins_in_use=series.change(_in_use(series.current), _in_use(series.previous)),
        history=tuple(series.status_of(week) for week in series.weeks()),
        plugins=plugins,
        new=tuple(p for p in plugins if p.state is PluginState.NEW and not _broke_now(p, series)),
        silent=tuple(p for p in plugins if p.state is PluginState.SILENT and not _broke_now(p, series)),
        orphans=tuple(p for p in plugins if p.plugin not in owned and p.plugin in used),
        owners={plugin: team.name for plugin, team in owners.items()},
        teams_without_recipients=tuple(t for t in teams if not t.recipients),
        teams_without_plugins=tuple(t for t in teams if not t.plugins),
        team_count=len(teams),
        provenance=provenance_of(series),
        restated=restated_of(series, None),
        moves=moves,
        flaws=(*ownership.flaws, *unknown_teams(ownership, central_teams)),
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
        held_for=held_for,
        hold_reason=hold_reason,
        indicator_troubles=indicator_troubles,
    )


def _ranked(plugins: Iterable[PluginChange]) -> tuple[PluginChange, ...]:
    return tuple(replace(plugin, rank=rank) for rank, plugin in enumerate(plugins, 1))


def _outside(
    used: Sequence[str], owners: Mapping[str, Team], central: Collection[str]
) -> tuple[int, int] | None:
    """Plugins in use of teams that are not the central ones, and all plugins in use that a team owns.

    None where no central team is known: then everything would come from outside.
    """
    keys = {key.casefold() for key in central}
    teams = [owners[plugin].key.casefold() for plugin in used if plugin in owners]
    if not keys.intersection(team.key.casefold() for team in owners.values()):
        return None
    return sum(1 for team in teams if team not in keys), len(teams)


def unknown_teams(ownership: Ownership, central: Collection[str]) -> list[Flaw]:
    """A flaw for each of the central team's own keys that no team has."""
    known = {team.key.casefold() for team in ownership.teams}
    return [
        Flaw(FlawKind.NOT_FOUND, key, "is no team's key", "portal_team.teams")
        for key in central
        if key.casefold() not in known
    ]


def _broke_now(plugin: PluginChange, series: Series) -> bool:
    """Whether the week is the first that is measured in another way: neither new nor silent, but that."""
    return plugin.series_break is not None and plugin.series_break.week == series.week


def _movers(plugins: Iterable[PluginChange], series: Series) -> tuple[PluginChange, ...]:
    unusual = (
        p for p in plugins if p.views_judgement.is_news or p.users_judgement.is_news or _broke_now(p, series)
    )
    return tuple(sorted(unusual, key=lambda p: (-surprise(p), p.plugin)))


def _four_week_users(series: Series) -> Change:
    """As the snapshot has it, or else a reading of the four weeks as a whole.

    No data where a week of the four is not whole or was set aside, whatever a source says of it.
    """
    users = series.current.four_weeks.users
    change = users_of_portal(series)
    if is_known(users):
        previous = series.previous
        change = series.change(users, Absent.NO_DATA if previous is None else previous.four_weeks.users)
    weeks = last_weeks(series.week, FOUR_WEEKS)
    there = [series.snapshots[week] for week in weeks if week in series.snapshots]
    is_torn = series.set_aside.intersection(weeks) or not all(one.is_complete for one in there)
    is_short = Absent.NO_DATA in (users, change.current) and not is_known(change.current)
    if is_short or (is_torn and is_known(change.current)):
        return Change(Absent.NO_DATA, change.previous)
    return change


def _unattributed(series: Series) -> Change:
    previous = series.previous
    before = Absent.NO_DATA if previous is None else previous.unattributed.views
    return series.change(series.current.unattributed.views, before)


def _in_use(snapshot: Snapshot | None) -> Count:
    if snapshot is None:
        return Absent.NO_DATA
    return sum(1 for usage in snapshot.plugins.values() if usage.views != 0)
