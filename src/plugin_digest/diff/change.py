"""One count against another, and one plugin's week against its history.

Knows when a difference or a percentage would mislead; does not know how either is worded.
"""

from fractions import Fraction
from math import sqrt

from plugin_digest.model import (
    Absent,
    Change,
    Count,
    PluginState,
    Snapshot,
    Usage,
    Week,
    is_known,
)

MIN_BASE = 20
"""A percentage of fewer than this is not given: of 10 views, three more are 30 %."""


def are_comparable(current: Snapshot | None, previous: Snapshot | None) -> bool:
    """Whether two weeks may be held against each other: both whole, and counted by the same source."""
    return (
        current is not None
        and previous is not None
        and current.is_complete
        and previous.is_complete
        and (current.source, current.timezone) == (previous.source, previous.timezone)
    )


def compare(
    current: Count,
    previous: Count,
    *,
    comparable: bool = True,
    min_base: int = MIN_BASE,
) -> Change:
    """A count against its previous week; ``min_base`` is the smallest base of a percentage."""
    if not (comparable and is_known(current) and is_known(previous)):
        return Change(current, previous)
    difference = current - previous
    ratio = Fraction(difference, previous) if previous >= max(min_base, 1) else None
    return Change(current, previous, difference, ratio)


def usage_of(snapshot: Snapshot | None, plugin: str) -> Usage:
    """A plugin's usage in a week; a plugin that a whole week does not list had no view."""
    if snapshot is None:
        return Usage(Absent.NO_DATA, Absent.NO_DATA)
    if plugin in snapshot.plugins:
        return snapshot.plugins[plugin]
    if not snapshot.is_complete:
        return Usage(Absent.NO_DATA, Absent.NO_DATA)
    return Usage(0, 0 if counts_users(snapshot) else Absent.NOT_AVAILABLE)


def counts_users(snapshot: Snapshot) -> bool:
    """Whether the source told plugins' users at all, so that nobody is a figure and not a gap."""
    usages = snapshot.plugins.values() or (snapshot.portal,)
    return any(is_known(usage.users) for usage in usages)


def usage_of_set(snapshot: Snapshot | None, plugins: frozenset[str]) -> Usage:
    """What a set of plugins had together.

    Views add up. Users do not: they are the distinct count that the source gave for exactly this set. Of
    another one it was not asked, and there is no data.
    """
    if snapshot is None:
        return Usage(Absent.NO_DATA, Absent.NO_DATA)
    if len(plugins) == 1:
        return usage_of(snapshot, next(iter(plugins)))
    asked = [team.usage for team in snapshot.teams.values() if team.plugins == plugins]
    if asked:
        return asked[0]
    views = [usage_of(snapshot, plugin).views for plugin in plugins]
    known = [count for count in views if is_known(count)]
    total: Count = sum(known) if len(known) == len(views) else Absent.NO_DATA
    return Usage(total, Absent.NO_DATA if counts_users(snapshot) else Absent.NOT_AVAILABLE)


def state_of(views: Change, week: Week, first_seen: Week | None, *, has_earlier: bool) -> PluginState:
    """What a plugin's week is; ``has_earlier``: a complete week before this one is stored."""
    if not is_known(views.current):
        return PluginState.NO_DATA
    seen_before = first_seen is not None and first_seen < week
    if views.current > 0:
        if not seen_before:
            return PluginState.NEW if has_earlier else PluginState.ACTIVE
        return PluginState.BACK if views.previous == 0 else PluginState.ACTIVE
    if not seen_before:
        return PluginState.NEVER_SEEN
    return PluginState.SILENT if views.difference else PluginState.QUIET


def attention_of(views: Change, users: Change) -> float:
    """How many standard errors of a count a week lies from the one before, whichever figure moved more.

    A difference of two Poisson counts has the variance of their sum (Przyborowski and Wilenski, 1940),
    so (a - b) / sqrt(a + b) compares a plugin of ten views with one of a thousand. It orders; it is
    no test.
    """
    return max(_distance(views), _distance(users))


def _distance(change: Change) -> float:
    if change.difference is None or not (is_known(change.current) and is_known(change.previous)):
        return 0.0
    return abs(change.difference) / sqrt(change.current + change.previous + 1)
