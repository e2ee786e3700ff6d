"""Quantiles against published tables and against the distributions added up exactly."""

from fractions import Fraction
from math import comb

import pytest

from plugin_digest.diff.dispersion import count_range, t_quantile

OUTSIDE = 0.02


@pytest.mark.parametrize(
    ("degrees", "at_975", "at_99", "at_995"),
    [
        (6, 2.447, 3.143, 3.707),
        (8, 2.306, 2.896, 3.355),
        (12, 2.179, 2.681, 3.055),
        (20, 2.086, 2.528, 2.845),
    ],
)
def test_students_t_agrees_with_the_tables(degrees, at_975, at_99, at_995):
    """The quantiles are those printed in every table of Student's t."""
    for probability, expected in ((0.975, at_975), (0.99, at_99), (0.995, at_995)):
        assert t_quantile(probability, degrees) == pytest.approx(expected, abs=0.02)
        assert t_quantile(1 - probability, degrees) == pytest.approx(-expected, abs=0.02)


@pytest.mark.parametrize(
    ("mean", "low", "high"), [(0.3, 0, 2), (1, 0, 4), (3, 0, 8), (5, 1, 11), (10, 3, 18), (20, 10, 31)]
)
def test_a_poisson_range_agrees_with_the_tables(mean, low, high):
    """Without over-dispersion the ends are the Poisson quantiles at 1 % and 99 %."""
    assert count_range(mean, mean, OUTSIDE) == (low, high)
    assert count_range(mean, mean / 2, OUTSIDE) == (low, high)


def exact(mean, variance):
    """By whole-number arithmetic, where size = mean² / (variance - mean) is a whole number."""
    size = mean * mean // (variance - mean)
    success = Fraction(size, size + mean)
    low, count, up_to = None, 0, Fraction(0)
    while up_to < 1 - Fraction(1, 100):
        up_to += comb(count + size - 1, count) * success**size * (1 - success) ** count
        if low is None and up_to > Fraction(1, 100):
            low = count
        count += 1
    return low, count - 1


@pytest.mark.parametrize(("mean", "variance"), [(2, 4), (6, 12), (6, 42), (20, 60), (30, 330), (40, 120)])
def test_a_small_range_is_exact(mean, variance):
    """Up to a mean of 40 the ends are the negative binomial's own."""
    assert count_range(mean, variance, OUTSIDE) == exact(mean, variance)


@pytest.mark.parametrize(("mean", "variance"), [(42, 84), (60, 120), (60, 660), (100, 600), (150, 900)])
def test_a_large_range_is_exact_or_one_higher(mean, variance):
    """Beyond that the approximation errs by one count at most, to the quiet side above."""
    low, high = count_range(mean, variance, OUTSIDE)
    exact_low, exact_high = exact(mean, variance)
    assert 0 <= low - exact_low <= 1
    assert 0 <= high - exact_high <= 1
