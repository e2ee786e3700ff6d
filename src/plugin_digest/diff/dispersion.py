"""Counts that scatter more than by pure chance: the negative binomial and Student's t, as far as needed.

Knows distributions, and nothing of plugins, weeks or portals.
"""

from dataclasses import dataclass
from math import exp, log1p, sqrt
from statistics import NormalDist

_EXACT_UP_TO = 40.0
"""Larger means use an approximation: by then its ends are the exact ones, or one more."""


@dataclass(frozen=True)
class Scatter:
    """How a count of mean m varies from week to week: its variance is ``clumps`` m + (``unrest`` m)²."""

    clumps: float
    """1 for counts that come one by one, more where they come in lumps."""
    unrest: float
    """What is left of it in large counts, in parts of the mean."""


def t_quantile(probability: float, degrees: float) -> float:
    """Student's t by its expansion around the normal quantile (Abramowitz and Stegun, 26.7.5).

    Within 0.02 of the true value from 6 degrees of freedom on, for probabilities from 0.005 to 0.995.
    """
    z = NormalDist().inv_cdf(probability)
    z2 = z * z
    first = (z2 + 1) * z / 4
    second = ((5 * z2 + 16) * z2 + 3) * z / 96
    third = (((3 * z2 + 19) * z2 + 17) * z2 - 15) * z / 384
    return z + (first + (second + third / degrees) / degrees) / degrees


def count_range(mean: float, variance: float, outside: float) -> tuple[int, int]:
    """The counts, both ends included, that leave at most ``outside`` / 2 on either side.

    Of a negative binomial with that mean and variance, or of a Poisson where the variance is not larger.
    """
    if mean <= _EXACT_UP_TO:
        return _exact_range(mean, max(variance, mean * (1 + 1e-6)), outside / 2)
    z = NormalDist().inv_cdf(1 - outside / 2)
    low, high = (_gamma_quantile(mean, max(variance, mean), at) for at in (-z, z))
    return round(low), round(high)


def _exact_range(mean: float, variance: float, tail: float) -> tuple[int, int]:
    """By adding up the probabilities of 0, 1, 2 and so on."""
    size = mean * mean / (variance - mean)
    ratio = mean / (mean + size)
    probability = exp(-size * log1p(mean / size))
    up_to, count, low = probability, 0, 0
    while up_to < 1 - tail:
        if up_to <= tail:
            low = count + 1
        probability *= ratio * (size + count) / (count + 1)
        up_to += probability
        count += 1
    return low, count


def _gamma_quantile(mean: float, variance: float, z: float) -> float:
    """Of a gamma with that mean and variance, by the cube root (Wilson and Hilferty, 1931)."""
    ninth = variance / (9 * mean * mean)
    root: float = max(1 - ninth + z * sqrt(ninth), 0.0)
    return mean * root**3
