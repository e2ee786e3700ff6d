"""Weekly views as traces that can be compared across weeks, and steps in them: changes of level overnight.

Knows numbers and how much they scatter by chance; does not know what a step means.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import log, sqrt
from statistics import median

WINDOW = 4
"""So many weeks before a boundary and from it on are looked at."""
CLUMPS = 5.0
"""The least variance of weekly views in units of their mean: a user opens several pages."""
_CLUMPS_PER_USER = 1.5
"""The same in views a user: who opens twenty pages a week takes twenty along when away."""
_VIEWS_PER_USER = 8.0
"""Assumed where users are not known."""
_UNREST = 0.05
"""How much a plugin's interest swings from week to week, as a relative standard deviation."""
_MAD_TO_SD = 1.4826
_MEDIAN_OF_NORMAL = 0.6745
"""Of how many standard deviations a value of pure chance is off, half the time."""
_LEAST_LEVEL = 10
_LEAST_TRACES = 4
_OVERNIGHT = 0.4
"""At least this part of a step is taken in its first week, of which some days may be of the old kind."""


@dataclass(frozen=True)
class Trace:
    """One plugin's views in every usable week, as counted and as they would be in a week of usual traffic."""

    plugin: str
    views: tuple[int, ...]
    leveled: tuple[float, ...]
    views_per_user: float = 0.0
    """0 where users are not known."""

    @property
    def clumps(self) -> float:
        """The variance of a week's views in units of their mean, but for what moves all users at once."""
        return max(CLUMPS, _CLUMPS_PER_USER * (self.views_per_user or _VIEWS_PER_USER))

    @cached_property
    def unrest(self) -> float:
        """How much the views change from week to week, relative to their level; one step adds nothing."""
        changes = [abs(log(new / old)) for old, new in pairwise(self.leveled) if old > 0 and new > 0]
        return max(_UNREST, _MAD_TO_SD * median(changes) / sqrt(2)) if changes else _UNREST

    def before(self, boundary: int) -> tuple[float, ...]:
        return self.leveled[max(boundary - WINDOW, 0) : boundary]

    def after(self, boundary: int) -> tuple[float, ...]:
        return self.leveled[boundary : boundary + WINDOW]

    def until(self, boundary: int) -> "Trace":
        """As it was in the week ``boundary``."""
        return replace(self, views=self.views[: boundary + 1], leveled=self.leveled[: boundary + 1])


@dataclass(frozen=True)
class Step:
    """A change of level: ``size`` in views a week, down if negative, with its standard deviation ``sd``.

    ``share`` is its part of the higher of the two levels, from 0 to 1. ``taken`` is how the week itself
    differs from the week before. ``is_apart``: all weeks after it lie beyond all weeks before it.
    """

    plugin: str
    size: float
    sd: float
    share: float
    taken: float
    is_apart: bool

    @property
    def is_of_the_week(self) -> bool:
        """Whether much of it was taken in its first week, and not a week earlier or later."""
        return self.taken * self.size > 0 and abs(self.taken) >= _OVERNIGHT * abs(self.size)

    @property
    def is_overnight(self) -> bool:
        return self.is_apart and self.is_of_the_week

    @property
    def distance(self) -> float:
        """In standard deviations."""
        return abs(self.size) / self.sd


def traffic(views: Iterable[Sequence[int]]) -> list[float]:
    """What each week was for everybody: 1 is usual, 0.5 half of it, as in a week of holidays.

    The median over plugins of their week against their own median, so that no plugin's own change, however
    large, looks like one of all the others. Too few plugins say nothing, and every week is 1.
    """
    rows = [(row, median(row)) for row in views]
    heard = [(row, level) for row, level in rows if level >= _LEAST_LEVEL]
    if len(heard) < _LEAST_TRACES:
        return [1.0] * max((len(row) for row, _ in rows), default=0)
    weights = [1 / (CLUMPS / level + _UNREST * _UNREST) for _, level in heard]
    return [
        _weighted_median([row[week] / level for row, level in heard], weights)
        for week in range(len(heard[0][0]))
    ]


def changes(traces: Iterable[Trace], boundary: int) -> list[Step]:
    """How every level changed in the week ``boundary``.

    In a week in which the plugins' levels changed more than usual, each in its own way, as at the start of a
    season, every change counts for less.
    """
    seen = [(trace, _change(trace, boundary)) for trace in traces]
    distances = [step.distance for trace, step in seen if median(trace.leveled) >= _LEAST_LEVEL]
    spread = max(median(distances) / _MEDIAN_OF_NORMAL, 1.0) if distances else 1.0
    return [replace(step, sd=step.sd * spread) for _, step in seen]


def _change(trace: Trace, boundary: int) -> Step:
    before, after = trace.before(boundary), trace.after(boundary)
    low, high = median(before), median(after)
    size = high - low
    sd = sqrt(_variance(trace, before) / len(before) + _variance(trace, after) / len(after))
    is_apart = min(after) > max(before) if size > 0 else max(after) < min(before)
    share = abs(size) / max(low, high, 1.0)
    return Step(trace.plugin, size, sd, share, after[0] - before[-1], is_apart)


def _variance(trace: Trace, values: Sequence[float]) -> float:
    """Of one week, from the model or from the weeks themselves, whichever is larger."""
    level = median(values)
    seen = _MAD_TO_SD * median(abs(value - level) for value in values)
    return max(
        trace.clumps * max(level, 1.0) + (_UNREST * level) ** 2, (trace.unrest * level) ** 2, seen * seen
    )


def _weighted_median(values: Sequence[float], weights: Sequence[float]) -> float:
    half, below = sum(weights) / 2, 0.0
    for value, weight in sorted(zip(values, weights, strict=True)):
        below += weight
        if below >= half:
            return value
    return max(values)
