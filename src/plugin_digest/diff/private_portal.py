"""The portal's digest without small counts of its plugins, and without what would give them away."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from plugin_digest.diff.hiding import in_change, in_judgement, in_usage, size_of, with_counts
from plugin_digest.diff.periods import FOUR_WEEKS
from plugin_digest.diff.plugins import surprise
from plugin_digest.diff.private_plugins import (
    NOTHING_KNOWN,
    by_week,
    private_plugins,
    told_restatements,
    usage_before,
    usage_now,
)
from plugin_digest.diff.protection import protected, protected_portal, told_users_of_weeks
from plugin_digest.model import Change, PluginChange, Point, PortalDigest, Usage


def private_portal(digest: PortalDigest, limit: int) -> PortalDigest:
    plugins = sorted(
        private_plugins(digest, digest.views, limit, summed=1),
        key=lambda plugin: (-size_of(plugin.views.current, limit), plugin.plugin),
    )
    now, stray_now = protected_portal(
        in_usage(usage_now(digest), limit), map(usage_now, plugins), digest.unattributed.current, limit
    )
    before, stray_before = protected_portal(
        in_usage(usage_before(digest), limit), map(usage_before, plugins), digest.unattributed.previous, limit
    )
    history = _history(digest, plugins, limit, (before, now))
    return replace(
        digest,
        views=with_counts(digest.views, now.views, before.views),
        users=with_counts(digest.users, now.users, before.users),
        unattributed=with_counts(digest.unattributed, stray_now, stray_before),
        history=history,
        plugins=tuple(plugins),
        new=_same(digest.new, plugins),
        silent=_same(digest.silent, plugins),
        orphans=_same(digest.orphans, plugins),
        movers=_movers(digest.movers, plugins),
        four_week_users=_four_week_users(digest.four_week_users, history, limit),
        restated=told_restatements(digest.restated, limit, history, plugins),
        views_judgement=in_judgement(digest.views_judgement, now.views, limit),
        users_judgement=in_judgement(digest.users_judgement, now.users, limit),
    )


def _four_week_users(change: Change, history: Sequence[Point], limit: int) -> Change:
    small = in_change(change, limit)
    return with_counts(
        small,
        told_users_of_weeks(small.current, history[-FOUR_WEEKS:], limit),
        told_users_of_weeks(small.previous, history[-1 - FOUR_WEEKS : -1], limit),
    )


def _history(
    digest: PortalDigest, plugins: Sequence[PluginChange], limit: int, last_two: tuple[Usage, Usage]
) -> tuple[Point, ...]:
    """Unattributed views are told of the last two weeks only, and decided there."""
    weeks = [by_week(plugin.history) for plugin in plugins]
    decided = {digest.week.plus(n - 1): usage for n, usage in enumerate(last_two)}
    return tuple(
        replace(
            point,
            usage=decided.get(point.week)
            or protected(
                in_usage(point.usage, limit),
                [*(one.get(point.week, NOTHING_KNOWN) for one in weeks), NOTHING_KNOWN],
                limit,
            ),
        )
        for point in digest.history
    )


def _same(some: Iterable[PluginChange], plugins: Iterable[PluginChange]) -> tuple[PluginChange, ...]:
    """The same plugins, as they are told and in the order in which they are."""
    names = {one.plugin for one in some}
    return tuple(plugin for plugin in plugins if plugin.plugin in names)


def _movers(movers: Iterable[PluginChange], plugins: Iterable[PluginChange]) -> tuple[PluginChange, ...]:
    """Those whose verdict is told, the most unusual first, by what is told."""
    moved = (
        p
        for p in _same(movers, plugins)
        if p.views_judgement.is_news or p.users_judgement.is_news or p.series_break is not None
    )
    return tuple(sorted(moved, key=lambda p: (-surprise(p), p.plugin)))
