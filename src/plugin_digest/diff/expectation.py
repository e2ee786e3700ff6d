"""What a series of counts leads one to expect of its next week, given how a companion series moved.

A log-linear count model with a level, a shy trend and an echo of the companion, fitted robustly to a dozen
weeks; and levels besides, where a series goes to one again. Knows numbers, and nothing of plugins, portals or
verdicts. The method is in docs/is-it-news.md.
"""

from collections.abc import Sequence
from itertools import compress
from math import exp, expm1, log, sqrt
from statistics import fmean, median
from typing import NamedTuple

from plugin_digest.diff.dispersion import Scatter

ECHO, ECHO_SD = 0.95, 0.4
"""How much of the companion's movement a series repeats, before anything is seen: mostly, not always."""

_FORGETTING = 0.88
"""What a week still weighs a week later: a changed level is the usual one after a month or two."""
_TREND_SD, _TREND_SD_OF_NEW = 0.03, 0.6
"""Of the growth per week, in logarithms, before anything is seen; the latter by the weeks a series is old."""
_PRIOR_WEEKS = 6.0
"""As how many weeks the scatter that is known beforehand counts, unless more is seen; then as the fewer."""
_LEAST_DEGREES = 6.0
"""Of freedom: with fewer, a range would say nothing."""
_FAR = 2.0
"""Standard deviations beyond which a past week counts for less."""
_ODD, _LATELY = 1.25, 9
"""Standard deviations beyond which two weeks are a level of their own, and how many weeks ago they may be."""
_ROUNDS = 5
_LEAST, _LARGEST_LOG = 0.3, 25.0
_LEAST_LOG = log(_LEAST)
_PARAMETERS = 1.5
"""What level, trend and echo cost in degrees of freedom; the latter two are mostly given beforehand."""


class Past(NamedTuple):
    """One week of the past: how many weeks ago, what was counted, and where the companion stood."""

    age: int
    counted: int
    move: float


class Level(NamedTuple):
    """Mean and variance of a count."""

    mean: float
    variance: float


class Expectation(NamedTuple):
    """Of the next count: mean and variance, and with how many degrees of freedom the latter is known."""

    mean: float
    variance: float
    degrees: float
    highest: Level
    """The highest week there was, carried on to this one."""
    besides: tuple[Level, ...] = ()
    """Levels far above or below, to which the series went more than once."""


class _Fit(NamedTuple):
    """Logarithms: ``level`` at (``time``, ``move``), growth per week, and echo; with their variances."""

    time: float
    move: float
    level: float
    trend: float = 0.0
    echo: float = ECHO
    level_variance: float = 0.0
    trend_variance: float = 0.0
    echo_variance: float = 0.0
    covariance: float = 0.0

    def means(self, weeks: Sequence[Past]) -> list[float]:
        level = self.level - self.trend * self.time - self.echo * self.move
        trend, echo = self.trend, self.echo
        logs = [level - trend * age + echo * move for age, _, move in weeks]
        return [exp(min(max(at, _LEAST_LOG), _LARGEST_LOG)) for at in logs]

    def variance(self, time: float, move: float) -> float:
        t, x = time - self.time, move - self.move
        slopes = t * t * self.trend_variance + x * x * self.echo_variance + 2 * t * x * self.covariance
        return self.level_variance + slopes


def expect(
    past: Sequence[Past],
    move_now: float,
    scatter: Scatter,
    *,
    doubt: float = 0.0,
    begun: int | None = None,
) -> Expectation:
    """What this week's count should be, from past weeks and what the companion did.

    That is ``move_now``, and ``doubt`` its variance.

    ``scatter`` is what is known of the variance beforehand; the past scales it. ``begun`` is how many weeks
    ago the series began, where that is seen: what is new grows or settles faster.
    """
    discounts = [_FORGETTING**week.age for week in past]
    total = sum(discounts)
    worth = total * total / sum(d * d for d in discounts)
    clumps, unrest = scatter.clumps, scatter.unrest * scatter.unrest
    trend_sd = max(_TREND_SD, _TREND_SD_OF_NEW / begun) if begun else _TREND_SD
    fit, scale = _start(past, discounts, total), 1.0
    for _ in range(_ROUNDS):
        means = fit.means(past)
        misses = [week.counted / mean - 1 for week, mean in zip(past, means, strict=True)]
        spreads = [clumps / mean + unrest for mean in means]
        squares = [miss * miss / spread for miss, spread in zip(misses, spreads, strict=True)]
        capped = _sum_capped(discounts, squares, _FAR * _FAR * scale)
        scale, degrees = _scale(capped / total, worth)
        cap = _FAR * _FAR * scale
        weights = [
            discount / (scale * spread) * (1.0 if square <= cap else sqrt(cap / square))
            for discount, spread, square in zip(discounts, spreads, squares, strict=True)
        ]
        values = [log(mean) + miss for mean, miss in zip(means, misses, strict=True)]
        fit = _solve(past, weights, values, trend_sd)
    (mean,) = fit.means([Past(0, 0, move_now)])
    unknown = fit.variance(0, move_now) + fit.echo * fit.echo * doubt
    relative = scale * (clumps / mean + unrest) + expm1(min(unknown, 2.0))
    odd = [
        square > _ODD * _ODD * scale and age <= _LATELY
        for (age, *_), square in zip(past, squares, strict=True)
    ]
    besides = (max(mean * (1 + miss), _LEAST) for miss in _second(misses, odd))
    levels = tuple(Level(level, (clumps + unrest * level) * level) for level in besides)
    top = mean * max(1 + max(misses), 1)
    carried = expm1(min(unknown - fit.level_variance, 2.0))
    highest = Level(top, (clumps + (unrest + carried) * top) * top)
    return Expectation(mean, relative * mean * mean, degrees, highest, levels)


def _scale(seen: float, worth: float) -> tuple[float, float]:
    """How much more than beforehand a series scatters, and with how many degrees of freedom that is known."""
    own = max(worth - _PARAMETERS, 0.5)
    prior = max(_PRIOR_WEEKS / max(seen, 1.0), _LEAST_DEGREES - own)
    return (prior + seen * worth) / (prior + own), prior + own


def _second(misses: Sequence[float], odd: Sequence[bool]) -> list[float]:
    """Of the odd ones the farthest below but one, and the farthest above but one."""
    far = sorted(compress(misses, odd))
    below, above = [miss for miss in far if miss < 0], [miss for miss in far if miss > 0]
    return [*below[1:2], *above[-2:-1]]


def _start(past: Sequence[Past], discounts: Sequence[float], total: float) -> _Fit:
    """The median, unless most weeks are empty, at the discounted centre of the past."""
    counts = [week.counted for week in past]
    time = -sum(d * week.age for d, week in zip(discounts, past, strict=True)) / total
    move = sum(d * week.move for d, week in zip(discounts, past, strict=True)) / total
    return _Fit(time, move, log(max(median(counts), fmean(counts) / 2, 0.5)))


def _sum_capped(weights: Sequence[float], values: Sequence[float], cap: float) -> float:
    return sum(w * min(value, cap) for w, value in zip(weights, values, strict=True))


def _solve(past: Sequence[Past], weights: Sequence[float], values: Sequence[float], trend_sd: float) -> _Fit:
    """Weighted least squares; trend and echo are drawn to what is likely beforehand, the level is free."""
    s = s_t = s_x = s_z = s_tt = s_tx = s_xx = s_tz = s_xz = 0.0
    for (age, _, x), w, z in zip(past, weights, values, strict=True):
        t = -age
        w_t, w_x = w * t, w * x
        s += w
        s_t += w_t
        s_x += w_x
        s_z += w * z
        s_tt += w_t * t
        s_tx += w_t * x
        s_xx += w_x * x
        s_tz += w_t * z
        s_xz += w_x * z
    time, move, level = s_t / s, s_x / s, s_z / s
    stiffness = 1 / (ECHO_SD * ECHO_SD)
    tt = s_tt - s_t * time + 1 / (trend_sd * trend_sd)
    tx = s_tx - s_t * move
    xx = s_xx - s_x * move + stiffness
    tz = s_tz - s_t * level
    xz = s_xz - s_x * level + stiffness * ECHO
    determinant = tt * xx - tx * tx
    return _Fit(
        time,
        move,
        level,
        trend=(tz * xx - xz * tx) / determinant,
        echo=(xz * tt - tz * tx) / determinant,
        level_variance=1 / s,
        trend_variance=xx / determinant,
        echo_variance=tt / determinant,
        covariance=-tx / determinant,
    )
