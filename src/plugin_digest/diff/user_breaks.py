"""Users that vanish, or multiply, while views stay: the sign of people being told apart in another way.

Owns when users per view have changed out of all proportion, for one plugin or for the whole portal.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from plugin_digest.diff.change import usage_of
from plugin_digest.diff.steps import WINDOW, Trace
from plugin_digest.model import Break, BreakKind, Count, Snapshot, Week, is_known

_LOST = 0.1
"""Of the users that the views would lead one to expect."""
_FACTOR = 3.0
"""By so much users per view must change to be called a jump."""
_STEADY, _ROUGHLY_STEADY = 1.8, 4.0
"""By at most so much it may have differed among the weeks before, if a jump is to be seen, or a loss."""
_VIEWS_STAY = 2.0
_SOME = 1.5
"""By at least so much a plugin follows a change of the whole portal."""
_OF_NOBODY = 5
"""Views of the first week without a user that are enough to tell."""
_LEAST_LOST, _LEAST_JUMPED = 10.0, 20.0
"""Users of a week that are enough to tell."""


@dataclass(frozen=True)
class _Series:
    """Views and users of each usable week, and the views as they would be in a week of usual traffic."""

    views: Sequence[Count]
    users: Sequence[Count]
    leveled: Sequence[float]


@dataclass(frozen=True)
class _Shift:
    """Users per view at a boundary: what was expected of each week after it, and what came."""

    expected: tuple[float, ...]
    counted: tuple[int, ...]

    @property
    def factors(self) -> tuple[float, ...]:
        return tuple(users / expected for users, expected in zip(self.counted, self.expected, strict=True))


def user_breaks(
    traces: Iterable[Trace], weeks: Sequence[Week], snapshots: Mapping[Week, Snapshot]
) -> Iterator[Break]:
    """Breaks of single plugins, and of all where the whole portal's users broke."""
    portal = _of_portal(weeks, snapshots)
    wide = {boundary: kind for boundary in range(1, len(weeks)) if (kind := _kind(portal, boundary))}
    for trace in traces:
        series = _of_plugin(trace, weeks, snapshots)
        for boundary in range(1, len(weeks)):
            kind = _kind(series, boundary) or _followed(series, boundary, portal, wide.get(boundary))
            if kind:
                yield Break(trace.plugin, kind, weeks[boundary])


def _of_portal(weeks: Sequence[Week], snapshots: Mapping[Week, Snapshot]) -> _Series:
    usages = [snapshots[week].portal for week in weeks]
    views = [usage.views for usage in usages]
    leveled = [float(count) if is_known(count) else 0.0 for count in views]
    return _Series(views, [usage.users for usage in usages], leveled)


def _of_plugin(trace: Trace, weeks: Sequence[Week], snapshots: Mapping[Week, Snapshot]) -> _Series:
    users = [usage_of(snapshots[week], trace.plugin).users for week in weeks]
    return _Series(trace.views, users, trace.leveled)


def _kind(series: _Series, boundary: int) -> BreakKind | None:
    if _has_views_of_nobody(series, boundary):
        return BreakKind.USERS_LOST
    if not _views_stay(series, boundary):
        return None
    if (shift := _shift(series, boundary, _ROUGHLY_STEADY)) is None:
        return None
    if max(shift.factors) < _LOST and sum(shift.expected) >= _LEAST_LOST:
        return BreakKind.USERS_LOST
    if (shift := _shift(series, boundary, _STEADY)) is None:
        return None
    is_jump = min(shift.factors) >= _FACTOR or max(shift.factors) <= 1 / _FACTOR
    are_some = min(map(max, shift.expected, shift.counted)) >= _LEAST_JUMPED
    return BreakKind.USERS_JUMPED if is_jump and are_some else None


def _has_views_of_nobody(series: _Series, boundary: int) -> bool:
    """Whether views without any user, which cannot be, begin here: that needs no statistics."""
    before = _pairs(series, max(boundary - WINDOW, 0), boundary)
    after = _pairs(series, boundary, boundary + WINDOW)
    had_users = bool(before) and all(users > 0 for _, users in before)
    has_none = bool(after) and not any(users for _, users in after)
    return had_users and has_none and after[0][0] >= _OF_NOBODY


def _followed(series: _Series, boundary: int, portal: _Series, kind: BreakKind | None) -> BreakKind | None:
    """The portal's break, for a plugin that had views and whose own figures do not speak against it."""
    if kind is None or not any(series.views[boundary:]):
        return None
    shift, whole = _shift(series, boundary, inf), _shift(portal, boundary, inf)
    if shift is None or whole is None or min(shift.expected) < _LEAST_LOST:
        return kind
    is_up = min(whole.factors) > 1
    follows = min(shift.factors) >= _SOME if is_up else max(shift.factors) <= 1 / _SOME
    return kind if follows else None


def _shift(series: _Series, boundary: int, steady: float) -> _Shift | None:
    """Users held against the ratio of the weeks before; None where that is not known or was not steady."""
    before = _pairs(series, max(boundary - WINDOW, 0), boundary)
    after = _pairs(series, boundary, boundary + WINDOW)
    if not before or not after or len(before) + len(after) < WINDOW:
        return None
    ratio = sum(users for _, users in before) / sum(views for views, _ in before)
    if ratio == 0 or not all(
        ratio * views / steady <= users <= ratio * views * steady for views, users in before
    ):
        return None
    return _Shift(tuple(ratio * views for views, _ in after), tuple(users for _, users in after))


def _pairs(series: _Series, first: int, end: int) -> list[tuple[int, int]]:
    """Views and users of the weeks that have both; a week without a view says nothing about users."""
    pairs = zip(series.views[first:end], series.users[first:end], strict=True)
    return [(views, users) for views, users in pairs if is_known(views) and is_known(users) and views > 0]


def _views_stay(series: _Series, boundary: int) -> bool:
    before = series.leveled[max(boundary - WINDOW, 0) : boundary]
    after = series.leveled[boundary : boundary + WINDOW]
    was, is_now = sum(before) / len(before), sum(after) / len(after)
    return was / _VIEWS_STAY <= is_now <= was * _VIEWS_STAY
