"""One plugin's week, judged, and the order in which plugins stand."""

from collections.abc import Iterable
from dataclasses import replace

from plugin_digest.diff.change import attention_of, state_of, usage_of, usage_of_set
from plugin_digest.diff.judging import UNJUDGED, Bench, beside_portal, share_of_users
from plugin_digest.diff.periods import period_change
from plugin_digest.diff.remarks import annotations_of, indicators_of
from plugin_digest.diff.series import Series
from plugin_digest.model import (
    LOOKBACK_WEEKS,
    Absent,
    Break,
    Count,
    PluginChange,
    PluginState,
    Point,
    Scope,
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
        history=history_of(series, frozenset({plugin})),
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
        new_users=Absent.NOT_AVAILABLE if is_recent(plain.series_break, series) else current.new_users,
    )


def _of_period(series: Series, plain: PluginChange, weeks: int) -> PluginChange:
    """The plugin's last ``weeks`` weeks as a whole; its state is that of all of them."""
    views, users = period_change(series, frozenset({plain.plugin}), weeks)
    start = series.week.plus(1 - weeks)
    has_earlier = any(s.is_complete for week, s in series.snapshots.items() if week < start)
    state = state_of(views, start, series.first_seen.get(plain.plugin), has_earlier=has_earlier)
    return replace(plain, state=state, views=views, users=users, attention=attention_of(views, users))


def is_recent(found: Break | None, series: Series) -> bool:
    """Whether who is new cannot be told, as the weeks before were measured in another way."""
    return found is not None and found.week > series.week.plus(-LOOKBACK_WEEKS)


def history_of(series: Series, plugins: frozenset[str]) -> tuple[Point, ...]:
    return tuple(
        Point(week, usage_of_set(snapshot, plugins), None if snapshot is None else snapshot.status)
        for week in series.weeks()
        for snapshot in (series.snapshots.get(week),)
    )


def by_attention(changes: Iterable[PluginChange]) -> tuple[PluginChange, ...]:
    """What is unusual first, by how much; then what changed most."""
    return tuple(
        sorted(
            changes,
            key=lambda c: (not c.is_news, -surprise(c), -c.attention, -size(c.views.current), c.plugin),
        )
    )


def by_views(changes: Iterable[PluginChange]) -> tuple[PluginChange, ...]:
    return tuple(sorted(changes, key=lambda c: (-size(c.views.current), c.plugin)))


def surprise(plugin: PluginChange) -> float:
    return max(plugin.views_judgement.surprise, plugin.users_judgement.surprise)


def size(count: Count) -> int:
    return count if is_known(count) else -1
