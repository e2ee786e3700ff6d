"""Counts of so few people that a reader could tell who: left out of a digest, and not to be worked out of it.

Hidden are counts from 1 to the limit less 1; 0 is shown, as it is about nobody. Such a count is
`Absent.HIDDEN`, of which the digest says "fewer than" its ``hidden_below``:

- users, new users, and views too, as so few views are of so few users, wherever they stand: in the week, the
  week before, every week of the history, as a page's;
- a plugin's limit holds for its pages and searches as well, or they would tell what it does not.

Left out with a count is all that was calculated from it: differences and ratios in time, the share of users, the
ratio beside the portal's, a verdict that "fewer than" does not imply, the rank, a restated figure, and whatever
order among equals the count would give.

A count that could be worked out from what is left is protected by leaving out another (`WITHHELD`), which may
be of any size:

- views add up: a team's are withheld where its plugins' shown ones leave a single value for a hidden one;
- users do not, but a team has at most as many as its plugins together: its users are withheld where that tells;
- new and returning users add up to users: whichever is small, the new ones are not told;
- the weeks of a digest of several weeks add up to its figures: none of them is told where one is hidden;
- a portal's plugins and its unattributed views add up to all views: first the latter, then the former;
- a plugin's pages add up to the plugin: its list is cut from below until the rest is not small any more.

What people searched is not told at all below its limit: the words may say who it was.

Not protected against: readers who put several teams' digests together, or know a figure from elsewhere.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from plugin_digest.diff import hiding
from plugin_digest.diff.disclosure import Range, is_told_by_sum, is_told_by_union
from plugin_digest.diff.hiding import WITHHELD, hide_new, in_change, in_history, in_judgement, size_of
from plugin_digest.diff.private_pages import private_pages, private_searches, range_of
from plugin_digest.model import (
    NOT_JUDGED,
    Absent,
    Change,
    Count,
    Judgement,
    PluginChange,
    Point,
    PortalDigest,
    Restatement,
    TeamDigest,
    Usage,
    is_known,
)

_LEAST_LIMIT = 3
Figure = Literal["views", "users"]
_IsTold = Callable[[Range, Sequence[Range]], bool]
_TOLD: dict[Figure, _IsTold] = {"views": is_told_by_sum, "users": is_told_by_union}
SomeDigest = TypeVar("SomeDigest", TeamDigest, PortalDigest)


@dataclass(frozen=True)
class PrivacyLimits:
    """Counts from 1 to the limit less 1 are hidden: of pages, of plugins and teams, of search terms; 0 for none.

    Raises:
        ValueError: a limit is 1 or 2, which would hide nothing: "fewer than 2" is 1.
    """

    pages: int = 5
    plugins: int = 0
    searches: int = 5

    def __post_init__(self) -> None:
        if any(limit != 0 and limit < _LEAST_LIMIT for limit in (self.pages, self.plugins, self.searches)):
            raise ValueError("a limit of 1 or 2 hides nothing; expected 0 or at least 3")


def suppress(digest: SomeDigest, limits: PrivacyLimits) -> SomeDigest:
    """The digest without small counts, and without what would give them away.

    ``hidden_below`` is set where counts were hidden, unless the source has hidden some by a limit of its own.
    """
    if isinstance(digest, TeamDigest):
        private = _team(digest, limits)
        pages = private.pages != digest.pages
    else:
        private, pages = _portal(digest, limits), False
    if private == digest or Absent.HIDDEN in _counts(digest) or Absent.HIDDEN not in _counts(private):
        return private
    below = max(limits.pages, limits.plugins) if pages else limits.plugins
    return replace(private, hidden_below=below)


def _team(digest: TeamDigest, limits: PrivacyLimits) -> TeamDigest:
    private = _team_figures(digest, limits.plugins) if limits.plugins else digest
    shown = {plugin.plugin: plugin.history[-1].usage for plugin in private.plugins if plugin.history}
    return replace(
        private,
        pages=private_pages(private.pages, shown, max(limits.pages, limits.plugins)),
        searches=private_searches(private.searches, max(limits.searches, limits.plugins)),
    )


def _team_figures(digest: TeamDigest, limit: int) -> TeamDigest:
    plugins = sorted(
        (hiding.in_plugin(plugin, limit, digest.weeks) for plugin in digest.plugins),
        key=lambda plugin: (-plugin.attention, -size_of(plugin.views.current, limit), plugin.plugin),
    )
    views = _withheld(digest.views, plugins, "views", limit)
    users = _withheld(digest.users, plugins, "users", limit)
    new_users = hide_new(digest.users.current, digest.new_users, limit)
    if is_told_by_union(
        range_of(new_users, limit), [range_of(plugin.new_users, limit) for plugin in plugins]
    ):
        new_users = WITHHELD
    return replace(
        digest,
        views=views,
        users=users,
        history=_team_history(digest, plugins, limit),
        plugins=tuple(plugins),
        restated=_restated(digest.restated, limit, views, users),
        views_judgement=_judged(digest.views_judgement, views, limit),
        users_judgement=_judged(digest.users_judgement, users, limit),
        portal_views=in_change(digest.portal_views, limit),
        portal_users=in_change(digest.portal_users, limit),
        new_users=new_users,
    )


def _portal(digest: PortalDigest, limits: PrivacyLimits) -> PortalDigest:
    return _portal_figures(digest, limits.plugins) if limits.plugins else digest
