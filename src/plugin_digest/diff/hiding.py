"""Small counts left out, together with what was calculated from them: of a usage, a change, a plugin's week.

Owns what goes with a count that is hidden; does not know whether it could be worked out from others.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Final

from plugin_digest.model import (
    NOT_JUDGED,
    Absent,
    Change,
    Count,
    Judgement,
    PluginChange,
    Point,
    PortalDigest,
    TeamDigest,
    Usage,
    is_known,
)

WITHHELD: Final = Absent.WITHHELD
"""In place of a count, of any size, that would give a hidden one away."""


def is_small(count: Count, limit: int) -> bool:
    return is_known(count) and 0 < count < limit


def hide_small(count: Count, limit: int) -> Count:
    """The count, or `Absent.HIDDEN` if it is from 1 to ``limit`` - 1."""
    return Absent.HIDDEN if is_small(count, limit) else count


def hide_new(users: Count, new: Count, limit: int) -> Count:
    """New users; also left out where the others of the ``users`` are so few."""
    if is_small(new, limit) or not (is_known(users) and is_known(new)):
        return hide_small(new, limit)
    return WITHHELD if is_small(users - new, limit) else new


def in_usage(usage: Usage, limit: int) -> Usage:
    """Views and users; of a history nothing else is told."""
    return Usage(hide_small(usage.views, limit), hide_small(usage.users, limit))


def in_change(change: Change, limit: int) -> Change:
    return with_counts(change, hide_small(change.current, limit), hide_small(change.previous, limit))


def with_counts(change: Change, current: Count, previous: Count) -> Change:
    """The change with counts left out; its difference and ratio stay only where both are told."""
    return replace(change, current=current, previous=previous) if _are_told(current, previous) else Change(
        current, previous
    )  # fmt: skip


def in_history(history: Iterable[Point], limit: int, summed: int) -> tuple[Point, ...]:
    """The weeks without small counts.

    The ``summed`` last weeks, and as many before them, are added up elsewhere in the digest, and those before
    these were in another: of each none is told where one is hidden.
    """
    points = [replace(point, usage=in_usage(point.usage, limit)) for point in history]
    if summed > 1:
        for window in windows(len(points), summed):
            usages = [points[n].usage for n in window]
            if any(Absent.HIDDEN in (usage.views, usage.users) for usage in usages):
                points[window.start : window.stop] = [untold(points[n]) for n in window]
    return tuple(points)


def windows(length: int, summed: int) -> tuple[range, range, range]:
    """Where the last ``summed`` of so many weeks are, as many before them, and those before these.

    The oldest were added up in a digest before.
    """
    last = max(length - summed, 0)
    before = max(last - summed, 0)
    return range(last, length), range(before, last), range(before)


def untold(point: Point) -> Point:
    return replace(point, usage=Usage(WITHHELD, WITHHELD, WITHHELD))


def in_judgement(judgement: Judgement, shown: Count, limit: int) -> Judgement:
    """The verdict on a count, as far as what is ``shown`` of it allows.

    Its surprise, which orders plugins, is then that of half the limit.
    """
    if is_known(shown):
        return judgement
    usual = judgement.usual
    if shown is not Absent.HIDDEN or usual is None or usual.low < limit:
        return NOT_JUDGED
    return replace(judgement, surprise=2 * (usual.low - limit // 2) / max(usual.high - usual.low, 1))


def in_plugin(plugin: PluginChange, limit: int, summed: int) -> PluginChange:
    """A plugin's week without small counts; nothing of what orders plugins is left of one that has any.

    Its new users are left as they are.
    """
    views, users = in_change(plugin.views, limit), in_change(plugin.users, limit)
    is_viewed, is_used = _are_told(views.current, views.previous), is_known(users.current)
    return replace(
        plugin,
        views=views,
        users=users,
        history=in_history(plugin.history, limit, summed),
        attention=plugin.attention if (views, users) == (plugin.views, plugin.users) else 0.0,
        views_judgement=in_judgement(plugin.views_judgement, views.current, limit),
        users_judgement=in_judgement(plugin.users_judgement, users.current, limit),
        against_portal=plugin.against_portal if is_viewed else None,
        share_of_users=plugin.share_of_users if is_used else None,
        rank=plugin.rank if is_known(views.current) else None,
    )


def page_counts(digest: TeamDigest | PortalDigest) -> Iterator[Count]:
    for row in digest.pages if isinstance(digest, TeamDigest) else ():
        yield from (row.page.views, row.page.users)


def counts(digest: TeamDigest | PortalDigest) -> Iterator[Count]:
    """Every other count of the digest that may be hidden."""
    changes: list[Change] = [digest.views, digest.users]
    histories = [digest.history]
    for plugin in digest.plugins:
        changes += (plugin.views, plugin.users)
        histories.append(plugin.history)
        yield plugin.new_users
    if isinstance(digest, TeamDigest):
        changes += (digest.portal_views, digest.portal_users)
        yield digest.new_users
    else:
        changes += (digest.unattributed, digest.four_week_users)
    for change in changes:
        yield from (change.current, change.previous)
    for point in chain.from_iterable(histories):
        yield from (point.usage.views, point.usage.users)


def size_of(count: Count, limit: int) -> int:
    """What a count is placed by: a hidden one, whatever it is, lies halfway to the limit."""
    if is_known(count):
        return count
    return limit // 2 if count is Absent.HIDDEN else -1


def is_untold(count: Count) -> bool:
    """Whether a count is left out for privacy."""
    return count is Absent.HIDDEN or count is WITHHELD


def _are_told(*counts: Count) -> bool:
    return not any(map(is_untold, counts))
