"""Counts of so few people that a reader could tell who: left out of a digest, and not to be worked out of it.

Hidden are counts from 1 to the limit less 1; 0 is shown, as it is about nobody. Such a count is
`Absent.HIDDEN`, of which the digest says "fewer than" its ``hidden_below``:

- users, new users, and views too, as so few views are of so few users, wherever they stand: in the week, the
  week before, every week of the history, as a page's;
- a plugin's limit holds for its pages and searches as well, or they would tell what it does not.

Left out with a count is all that was calculated from it: differences and ratios in time, the share of users,
the ratio beside the portal's, a verdict that "fewer than" does not imply, the rank, a restated figure, and
the place among others that the count would give.

A count that could be worked out from what is left is protected by leaving out another (`WITHHELD`), which may
be of any size:

- views add up: a team's are withheld where its plugins' shown ones leave a single value for a hidden one;
- users do not, but a team has at most as many as its plugins together: its are withheld where that tells;
- new and returning users add up to users: whichever is small, the new ones are not told;
- the weeks of a digest of several weeks add up to its figures: none of them is told where one is hidden;
- a portal's plugins and its unattributed views add up to all views: first the latter, then the former;
- a plugin's pages add up to the plugin: its list is cut from below until the rest is not small any more.

What people searched is not told at all below its limit: the words may say who it was.

Not protected against: readers who put several teams' digests together, or know a figure from elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import overload

from plugin_digest.diff.disclosure import is_told_by_sum, is_told_by_union
from plugin_digest.diff.hiding import (
    WITHHELD,
    counts,
    in_change,
    in_history,
    in_judgement,
    in_plugin,
    in_usage,
    is_small,
    page_counts,
    size_of,
    untold,
    windows,
    with_counts,
)
from plugin_digest.diff.private_pages import private_pages, private_searches, range_of
from plugin_digest.model import (
    Absent,
    Count,
    PluginChange,
    Point,
    PortalDigest,
    Restatement,
    TeamDigest,
    Usage,
    Week,
    is_known,
)

_LEAST_LIMIT = 3
_UNKNOWN = Usage(Absent.NO_DATA, Absent.NO_DATA, Absent.NO_DATA)


@dataclass(frozen=True)
class PrivacyLimits:
    """Counts from 1 to the limit less 1 are hidden: of pages, plugins and teams, search terms; 0 for none.

    Raises:
        ValueError: a limit is 1 or 2, which would hide nothing: "fewer than 2" is 1.
    """

    pages: int = 5
    plugins: int = 0
    searches: int = 5

    def __post_init__(self) -> None:
        if any(limit != 0 and limit < _LEAST_LIMIT for limit in (self.pages, self.plugins, self.searches)):
            raise ValueError("a limit of 1 or 2 hides nothing; expected 0 or at least 3")


@overload
def suppress(digest: TeamDigest, limits: PrivacyLimits) -> TeamDigest: ...
@overload
def suppress(digest: PortalDigest, limits: PrivacyLimits) -> PortalDigest: ...
def suppress(digest: TeamDigest | PortalDigest, limits: PrivacyLimits) -> TeamDigest | PortalDigest:
    """The digest without small counts, and without what would give them away.

    ``hidden_below`` is set where counts were hidden, unless the source has hidden some by a limit of its own.
    """
    private = _team(digest, limits) if isinstance(digest, TeamDigest) else _portal(digest, limits)
    if Absent.HIDDEN in chain(counts(digest), page_counts(digest)):
        return private
    if Absent.HIDDEN in page_counts(private):
        return replace(private, hidden_below=max(limits.pages, limits.plugins))
    return replace(private, hidden_below=limits.plugins) if Absent.HIDDEN in counts(private) else private


def _team(digest: TeamDigest, limits: PrivacyLimits) -> TeamDigest:
    private = _team_figures(digest, limits.plugins) if limits.plugins else digest
    shown = {plugin.plugin: plugin.history[-1].usage for plugin in private.plugins if plugin.history}
    return replace(
        private,
        pages=private_pages(private.pages, shown, max(limits.pages, limits.plugins)),
        searches=private_searches(private.searches, max(limits.searches, limits.plugins)),
    )


def _portal(digest: PortalDigest, limits: PrivacyLimits) -> PortalDigest:
    return _portal_figures(digest, limits.plugins) if limits.plugins else digest


def _team_figures(digest: TeamDigest, limit: int) -> TeamDigest:
    plugins = _placed([in_plugin(plugin, limit, digest.weeks) for plugin in digest.plugins], limit)
    whole = in_usage(Usage(digest.views.current, digest.users.current, digest.new_users), limit)
    now = _protected(whole, [_now(plugin) for plugin in plugins], limit)
    before = _protected(
        in_usage(Usage(digest.views.previous, digest.users.previous), limit), map(_before, plugins), limit
    )
    history = _team_history(digest, plugins, limit)
    return replace(
        digest,
        views=with_counts(digest.views, now.views, before.views),
        users=with_counts(digest.users, now.users, before.users),
        history=history,
        plugins=plugins,
        restated=_told_restatements(digest.restated, limit, history, plugins),
        views_judgement=in_judgement(digest.views_judgement, now.views, limit),
        users_judgement=in_judgement(digest.users_judgement, now.users, limit),
        portal_views=in_change(digest.portal_views, limit),
        portal_users=in_change(digest.portal_users, limit),
        new_users=now.new_users,
    )


def _placed(plugins: Iterable[PluginChange], limit: int) -> tuple[PluginChange, ...]:
    """In their order, but for those that are no news and of which something is hidden: they come last."""

    def place(plugin: PluginChange) -> tuple[int, int, str]:
        counts = (plugin.views.current, plugin.views.previous, plugin.users.current, plugin.users.previous)
        if plugin.is_news or Absent.HIDDEN not in counts:
            return (0, 0, "")
        return (1, -size_of(plugin.views.current, limit), plugin.plugin)

    return tuple(sorted(plugins, key=place))


def _team_history(digest: TeamDigest, plugins: Sequence[PluginChange], limit: int) -> tuple[Point, ...]:
    own = in_history(digest.history, limit, digest.weeks)
    weeks = [_by_week(plugin.history) for plugin in plugins]
    points = [
        replace(point, usage=_protected(point.usage, [one.get(point.week, _UNKNOWN) for one in weeks], limit))
        for point in own
    ]
    if digest.weeks > 1:
        whole = {(p.plugin, point.week): point.usage for p in digest.plugins for point in p.history}
        left_out = {
            point.week
            for p in plugins
            for point in p.history
            if _counts_of(whole[p.plugin, point.week]) != _counts_of(point.usage)
        }
        left_out |= {
            point.week
            for point, was in zip(points, digest.history, strict=True)
            if _counts_of(point.usage) != _counts_of(was.usage)
        }
        for window in windows(len(points), digest.weeks):
            if any(points[n].week in left_out for n in window):
                points[window.start : window.stop] = [untold(points[n]) for n in window]
    return tuple(points)


def _portal_figures(digest: PortalDigest, limit: int) -> PortalDigest:
    plugins = sorted(
        (in_plugin(plugin, limit, summed=1) for plugin in digest.plugins),
        key=lambda plugin: (-size_of(plugin.views.current, limit), plugin.plugin),
    )
    whole = in_usage(Usage(digest.views.current, digest.users.current), limit)
    now, stray_now = _portal_side(whole, map(_now, plugins), digest.unattributed.current, limit)
    whole = in_usage(Usage(digest.views.previous, digest.users.previous), limit)
    before, stray_before = _portal_side(whole, map(_before, plugins), digest.unattributed.previous, limit)
    history = _portal_history(digest, plugins, limit, (before, now))
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
        four_week_users=in_change(digest.four_week_users, limit),
        restated=_told_restatements(digest.restated, limit, history, plugins),
        views_judgement=in_judgement(digest.views_judgement, now.views, limit),
        users_judgement=in_judgement(digest.users_judgement, now.users, limit),
    )


def _portal_side(whole: Usage, parts: Iterable[Usage], stray: Count, limit: int) -> tuple[Usage, Count]:
    """The portal's usage and its unattributed views, of one week."""
    usages = list(parts)
    ranges = [range_of(count, limit) for count in (*(usage.views for usage in usages), stray)]
    if is_told_by_sum(range_of(whole.views, limit), ranges):
        stray = WITHHELD
    return _protected(whole, [*usages, Usage(stray, Absent.NO_DATA)], limit), stray


def _portal_history(
    digest: PortalDigest, plugins: Sequence[PluginChange], limit: int, last_two: tuple[Usage, Usage]
) -> tuple[Point, ...]:
    """Unattributed views are told of the last two weeks only, and decided there."""
    weeks = [_by_week(plugin.history) for plugin in plugins]
    decided = {digest.week.plus(n - 1): usage for n, usage in enumerate(last_two)}
    return tuple(
        replace(
            point,
            usage=decided.get(point.week)
            or _protected(
                in_usage(point.usage, limit),
                [*(one.get(point.week, _UNKNOWN) for one in weeks), _UNKNOWN],
                limit,
            ),
        )
        for point in digest.history
    )


def _protected(whole: Usage, parts: Iterable[Usage], limit: int) -> Usage:
    """What is told of several plugins together, where ``parts`` are told of each."""
    usages = list(parts)
    told = {
        figure: is_told(
            range_of(getattr(whole, figure), limit),
            [range_of(getattr(usage, figure), limit) for usage in usages],
        )
        for figure, is_told in (
            ("views", is_told_by_sum),
            ("users", is_told_by_union),
            ("new_users", is_told_by_union),
        )
    }
    return replace(whole, **{figure: WITHHELD for figure, is_told in told.items() if is_told})


def _told_restatements(
    restated: Iterable[Restatement], limit: int, history: Sequence[Point], plugins: Iterable[PluginChange]
) -> tuple[Restatement, ...]:
    """Those of which both figures are told, and of the whole only where none of a plugin is left out."""
    before = [("", history[-2:-1]), *((plugin.name, plugin.history[-2:-1]) for plugin in plugins)]
    untold = {
        (name, figure)
        for name, points in before
        for point in points
        for figure in ("views", "users")
        if not is_known(getattr(point.usage, figure))
    }
    every = tuple(restated)
    small = {
        (one.name, one.figure) for one in every if is_small(one.mailed, limit) or is_small(one.now, limit)
    }
    untold |= small | {("", figure) for _, figure in small}
    return tuple(one for one in every if (one.name, one.figure) not in untold)


def _counts_of(usage: Usage) -> tuple[Count, Count]:
    """What a history is drawn and written from; new users are in none."""
    return usage.views, usage.users


def _same(some: Iterable[PluginChange], plugins: Iterable[PluginChange]) -> tuple[PluginChange, ...]:
    """The same plugins, as they are told and in the order in which they are."""
    names = {one.plugin for one in some}
    return tuple(plugin for plugin in plugins if plugin.plugin in names)


def _movers(movers: Iterable[PluginChange], plugins: Iterable[PluginChange]) -> tuple[PluginChange, ...]:
    """The movers in their own order, but for those whose verdict is not told."""
    told = {plugin.plugin: plugin for plugin in plugins}
    shown = (told[one.plugin] for one in movers)
    return tuple(
        p
        for p in shown
        if p.views_judgement.is_news or p.users_judgement.is_news or p.series_break is not None
    )


def _now(plugin: PluginChange) -> Usage:
    return Usage(plugin.views.current, plugin.users.current, plugin.new_users)


def _before(plugin: PluginChange) -> Usage:
    return Usage(plugin.views.previous, plugin.users.previous)


def _by_week(history: Iterable[Point]) -> Mapping[Week, Usage]:
    return {point.week: point.usage for point in history}
