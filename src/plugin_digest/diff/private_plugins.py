"""Each plugin's week as it is told, in a team's digest and in the portal's; and what both need of it.

Owns what goes with a plugin's counts that stands elsewhere in the digest.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from plugin_digest.diff.hiding import in_change, in_plugin, is_small, is_untold
from plugin_digest.diff.protection import told_new_users
from plugin_digest.model import (
    Absent,
    Change,
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

NOTHING_KNOWN = Usage(Absent.NO_DATA, Absent.NO_DATA)


def private_plugins(
    digest: TeamDigest | PortalDigest, portal_views: Change, limit: int, summed: int
) -> Iterator[PluginChange]:
    """Each plugin's week; beside the portal's only where that is told."""
    is_portal_told = not any(map(is_untold, _counts_of(in_change(portal_views, limit))))
    for plugin in digest.plugins:
        private = in_plugin(plugin, limit, summed)
        usage = Usage(private.views.current, private.users.current, plugin.new_users)
        yield replace(
            private,
            new_users=told_new_users(usage, private.history, limit),
            against_portal=private.against_portal if is_portal_told else None,
        )


def told_restatements(
    restated: Iterable[Restatement], limit: int, history: Sequence[Point], plugins: Iterable[PluginChange]
) -> tuple[Restatement, ...]:
    """Those of which both figures are told, and of the whole only where nothing of a plugin is left out.

    What was mailed of the whole was protected by what was mailed of its plugins, which is not known here.
    """
    weeks = [("", history[-2:-1]), *((plugin.name, plugin.history[-2:-1]) for plugin in plugins)]
    counts = {
        (name, figure): getattr(point.usage, figure)
        for name, points in weeks
        for point in points
        for figure in ("views", "users")
    }
    every = tuple(restated)
    small = {
        (one.name, one.figure) for one in every if is_small(one.mailed, limit) or is_small(one.now, limit)
    }
    untold = small | {key for key, count in counts.items() if not is_known(count)}
    is_any_hidden = bool(small) or any(map(is_untold, counts.values()))
    return tuple(
        one for one in every if (one.name, one.figure) not in untold and (one.name or not is_any_hidden)
    )


def _counts_of(change: Change) -> tuple[Count, Count]:
    return change.current, change.previous


def usage_now(one: PluginChange | TeamDigest | PortalDigest) -> Usage:
    new = Absent.NOT_AVAILABLE if isinstance(one, PortalDigest) else one.new_users
    return Usage(one.views.current, one.users.current, new)


def usage_before(one: PluginChange | TeamDigest | PortalDigest) -> Usage:
    return Usage(one.views.previous, one.users.previous)


def by_week(history: Iterable[Point]) -> Mapping[Week, Usage]:
    return {point.week: point.usage for point in history}
