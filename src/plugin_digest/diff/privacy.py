"""Counts of so few people that a reader could tell who: left out of a digest, and not to be worked out of it.

Hidden are counts from 1 to the limit less 1; 0 is shown, as it is about nobody. Such a count is
`Absent.HIDDEN`, of which the digest says "fewer than" its ``hidden_below``:

- users, new users, and views too, as so few views are of so few users, wherever they stand: in the week, the
  week before, every week of the history, as a page's;
- a plugin's limit holds for its pages and searches as well, or they would tell what it does not.

Left out with a count is all that was calculated from it: differences and ratios in time, the share of users,
the ratio beside the portal's, a verdict that "fewer than" does not imply, the rank, a restated figure, and
the place among others that the count would give. What is usual is worked out from what is told (`judging`).

A count that could be worked out from what is left is protected by leaving out another (`WITHHELD`), which may
be of any size. What a reader can calculate with is in `disclosure`, views and users at the same time:

- a team's users, else its views, are withheld where they leave a single value for something hidden;
- new and returning users add up to users: whichever is small, the new ones are not told, nor the team's where
  any plugin's are not;
- the weeks of a digest of several weeks add up to its figures: none of them is told where one is hidden, nor
  the users of the portal's last four weeks where they tell one of these;
- a portal's plugins and its unattributed views add up to all views: first the latter are withheld;
- a plugin's pages add up to the plugin: its list is cut until nothing follows and the rest is not small.

What people searched is not told at all below its limit: the words may say who it was.

Not protected against: readers who put several digests together, or know a figure from elsewhere
(docs/privacy.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import overload

from plugin_digest.diff.hiding import (
    counts,
    in_change,
    in_history,
    in_judgement,
    in_usage,
    page_counts,
    size_of,
    untold,
    windows,
    with_counts,
)
from plugin_digest.diff.plugins import surprise
from plugin_digest.diff.private_pages import private_pages, private_searches
from plugin_digest.diff.private_plugins import (
    NOTHING_KNOWN,
    by_week,
    private_plugins,
    told_restatements,
    usage_before,
    usage_now,
)
from plugin_digest.diff.private_portal import private_portal
from plugin_digest.diff.protection import (
    protected,
    told_new_users_together,
)
from plugin_digest.model import (
    Absent,
    Count,
    PluginChange,
    Point,
    PortalDigest,
    TeamDigest,
    Usage,
)

_LEAST_LIMIT = 3


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
    return private_portal(digest, limits.plugins) if limits.plugins else digest


def _team_figures(digest: TeamDigest, limit: int) -> TeamDigest:
    plugins = _placed(private_plugins(digest, digest.portal_views, limit, digest.weeks), limit)
    parts = [usage_now(plugin) for plugin in plugins]
    now = protected(in_usage(usage_now(digest), limit), parts, limit)
    before = protected(in_usage(usage_before(digest), limit), map(usage_before, plugins), limit)
    history = _team_history(digest, plugins, limit)
    return replace(
        digest,
        views=with_counts(digest.views, now.views, before.views),
        users=with_counts(digest.users, now.users, before.users),
        history=history,
        plugins=plugins,
        restated=told_restatements(digest.restated, limit, history, plugins),
        views_judgement=in_judgement(digest.views_judgement, now.views, limit),
        users_judgement=in_judgement(digest.users_judgement, now.users, limit),
        portal_views=in_change(digest.portal_views, limit),
        portal_users=in_change(digest.portal_users, limit),
        new_users=told_new_users_together(replace(now, new_users=digest.new_users), parts, history, limit),
    )


def _placed(plugins: Iterable[PluginChange], limit: int) -> tuple[PluginChange, ...]:
    """As by `by_attention`, but by what is told of them."""

    def place(plugin: PluginChange) -> tuple[bool, float, float, int, str]:
        size = size_of(plugin.views.current, limit)
        return (not plugin.is_news, -surprise(plugin), -plugin.attention, -size, plugin.plugin)

    return tuple(sorted(plugins, key=place))


def _team_history(digest: TeamDigest, plugins: Sequence[PluginChange], limit: int) -> tuple[Point, ...]:
    own = in_history(digest.history, limit, digest.weeks)
    weeks = [by_week(plugin.history) for plugin in plugins]
    points = []
    for point in own:
        parts = [one.get(point.week, NOTHING_KNOWN) for one in weeks]
        points.append(replace(point, usage=protected(point.usage, parts, limit)))
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


def _counts_of(usage: Usage) -> tuple[Count, Count]:
    """What a history is drawn and written from; new users are in none."""
    return usage.views, usage.users
