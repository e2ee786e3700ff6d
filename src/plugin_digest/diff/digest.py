"""A team's digest and the portal digest, put together from a series of snapshots."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from plugin_digest.diff.change import (
    MIN_BASE,
    are_comparable,
    attention_of,
    compare,
    state_of,
    usage_of,
    usage_of_set,
)
from plugin_digest.diff.restated import RESTATED_SHARE, restated_figures
from plugin_digest.model import (
    HISTORY_WEEKS,
    Absent,
    Change,
    Count,
    Ownership,
    PluginChange,
    PluginPage,
    PluginState,
    Point,
    PortalDigest,
    Provenance,
    Restatement,
    Snapshot,
    Team,
    TeamDigest,
    Usage,
    Week,
    is_known,
    last_weeks,
)


@dataclass(frozen=True)
class Series:
    """The reported week with the weeks before it, each as last read.

    ``snapshots`` holds ``week`` and whatever is stored of the weeks before; ``first_seen`` the first
    stored week in which a plugin had a view.
    """

    week: Week
    snapshots: Mapping[Week, Snapshot]
    first_seen: Mapping[str, Week] = field(default_factory=dict)
    spellings: Mapping[str, str] = field(default_factory=dict)
    min_base: int = MIN_BASE
    mailed: Snapshot | None = None
    """The reading of the week before that its digests were made from, if there were any."""
    restated_share: float = RESTATED_SHARE

    @property
    def current(self) -> Snapshot:
        return self.snapshots[self.week]

    @property
    def previous(self) -> Snapshot | None:
        return self.snapshots.get(self.week.plus(-1))

    @property
    def has_earlier(self) -> bool:
        return any(s.is_complete for week, s in self.snapshots.items() if week < self.week)

    def weeks(self) -> tuple[Week, ...]:
        return last_weeks(self.week, HISTORY_WEEKS)

    def status_of(self, week: Week) -> Point:
        snapshot = self.snapshots.get(week)
        usage = Usage(Absent.NO_DATA, Absent.NO_DATA) if snapshot is None else snapshot.portal
        return Point(week, usage, None if snapshot is None else snapshot.status)

    def change(self, current: Count, previous: Count) -> Change:
        comparable = are_comparable(self.current, self.previous)
        return compare(current, previous, comparable=comparable, min_base=self.min_base)

    def plugins_seen(self) -> frozenset[str]:
        """Plugins with at least one view in any of the weeks."""
        return frozenset(
            plugin
            for snapshot in self.snapshots.values()
            for plugin, usage in snapshot.plugins.items()
            if usage.views != 0
        )


def plugin_change(series: Series, plugin: str) -> PluginChange:
    current, previous = usage_of(series.current, plugin), usage_of(series.previous, plugin)
    views = series.change(current.views, previous.views)
    users = series.change(current.users, previous.users)
    first_seen = series.first_seen.get(plugin)
    return PluginChange(
        plugin=plugin,
        name=series.spellings.get(plugin, plugin),
        state=state_of(views, series.week, first_seen, has_earlier=series.has_earlier),
        views=views,
        users=users,
        first_seen=first_seen if first_seen is not None and first_seen <= series.week else None,
        history=_history(series, frozenset({plugin})),
        attention=attention_of(views, users),
    )


def team_digest(series: Series, team: Team, *, edition: int = 1, pages: int = 5) -> TeamDigest:
    """One team's letter; ``pages`` is how many of its most viewed pages are named.

    Raises:
        ValueError: the team has no plugins; it must get nothing, never everything.
    """
    if not team.plugins:
        raise ValueError(f"team {team.key} owns no plugin")
    current = usage_of_set(series.current, team.plugins)
    previous = usage_of_set(series.previous, team.plugins)
    return TeamDigest(
        week=series.week,
        team=team,
        edition=edition,
        views=series.change(current.views, previous.views),
        users=series.change(current.users, previous.users),
        history=_history(series, team.plugins),
        plugins=_by_attention(plugin_change(series, plugin) for plugin in team.plugins),
        pages=_pages(series, team.plugins, pages),
        provenance=_provenance(series),
        restated=_restated(series, team.plugins),
    )


def is_empty(digest: TeamDigest) -> bool:
    """Whether there is nothing to report: the week is whole, and no view in it or in the weeks before."""
    if digest.provenance.missing_days:
        return False
    return not any(point.usage.views != 0 for point in digest.history if point.status is not None)


def portal_digest(
    series: Series, ownership: Ownership, recipients: Iterable[str], *, edition: int = 1
) -> PortalDigest:
    """The central team's letter: every plugin that was seen or is owned."""
    owned = ownership.owned_plugins()
    plugins = _by_views(plugin_change(series, plugin) for plugin in series.plugins_seen() | owned)
    teams = ownership.teams
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
        new=tuple(p for p in plugins if p.state is PluginState.NEW),
        silent=tuple(p for p in plugins if p.state is PluginState.SILENT),
        orphans=tuple(p for p in plugins if p.plugin not in owned and _is_current(p)),
        owners={plugin: team.name for team in teams for plugin in team.plugins},
        teams_without_recipients=tuple(t for t in teams if not t.recipients),
        teams_without_plugins=tuple(t for t in teams if not t.plugins),
        team_count=len(teams),
        provenance=_provenance(series),
        restated=_restated(series, None),
    )


def _history(series: Series, plugins: frozenset[str]) -> tuple[Point, ...]:
    return tuple(
        Point(week, usage_of_set(snapshot, plugins), None if snapshot is None else snapshot.status)
        for week in series.weeks()
        for snapshot in (series.snapshots.get(week),)
    )


def _by_attention(changes: Iterable[PluginChange]) -> tuple[PluginChange, ...]:
    return tuple(sorted(changes, key=lambda c: (-c.attention, -_size(c.views.current), c.plugin)))


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


def _portal_change(series: Series, figure: str) -> Change:
    previous = series.previous
    before: Count = Absent.NO_DATA if previous is None else getattr(previous.portal, figure)
    return series.change(getattr(series.current.portal, figure), before)


def _four_week_users(series: Series) -> Change:
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


def _provenance(series: Series) -> Provenance:
    current, previous = series.current, series.previous
    return Provenance(
        source=current.source,
        as_of=current.as_of,
        timezone=current.timezone,
        revision=current.revision,
        status=current.status,
        missing_days=current.missing_days,
        notes=current.notes,
        previous_missing_days=() if previous is None else previous.missing_days,
        has_previous=previous is not None,
    )
