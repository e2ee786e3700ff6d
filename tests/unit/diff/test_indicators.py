"""What a digest says of an indicator: newest value, the one before, and the usual range."""

import random
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import W46
from plugin_digest.diff.indicators import indicator_changes
from plugin_digest.model import FRESH_WEEKS, LARGEST_VALUE, Indicator, IndicatorValue, Scope

DEPLOYS = Indicator("deploys", "Deploys", "deploys")
HOURS = Indicator("restore-hours", "Time to restore", "hours", 1)
NORMAL = [10, 12, 11, 9, 10, 13, 12, 11, 10, 9, 12, 11]


def value(number, weeks_ago=0, indicator=DEPLOYS, scope=Scope.TEAM, key="ci", out_of=None):
    return IndicatorValue(indicator.name, W46.plus(-weeks_ago), scope, key, number, out_of)


def series(numbers, **where):
    """The numbers, oldest first, the last one of the reported week."""
    return [value(number, len(numbers) - 1 - at, **where) for at, number in enumerate(numbers)]


def change(numbers, **where):
    (found,) = indicator_changes([DEPLOYS, HOURS], series(numbers, **where), W46)
    return found


def test_the_value_stands_against_the_week_before():
    """Newest value, its whole, and the difference to the previous week."""
    found = change([298, 312], scope=Scope.PLUGIN, key="jenkins", out_of=900)
    assert (found.indicator, found.scope, found.key) == (DEPLOYS, Scope.PLUGIN, "jenkins")
    assert (found.value, found.out_of, found.previous, found.difference) == (312, 900, 298, 14)
    assert found.week == W46


def test_a_gap_before_leaves_no_difference():
    """A missing week before is not zero and not the week before that."""
    (found,) = indicator_changes([DEPLOYS], [value(5, 2), value(7)], W46)
    assert (found.previous, found.difference) == (None, None)


def test_the_first_value_stands_alone():
    """There is neither a previous value nor a range."""
    found = change([5])
    assert (found.value, found.previous, found.low, found.high) == (5, None, None, None)


def test_zero_is_a_value():
    """0 is shown as 0 and compared as such."""
    assert change([0, 0]).difference == 0


@pytest.mark.parametrize(
    ("weeks_ago", "is_shown"), [(0, True), (FRESH_WEEKS, True), (FRESH_WEEKS + 1, False)]
)
def test_a_stale_value_is_left_out(weeks_ago, is_shown):
    """What was last known more than four weeks ago is no news; younger values name their week."""
    found = indicator_changes([DEPLOYS], [value(5, weeks_ago)], W46)
    assert [one.week for one in found] == ([W46.plus(-weeks_ago)] if is_shown else [])


def test_later_weeks_and_other_indicators_do_not_count():
    """A digest made again says what it said; what is no longer configured is gone."""
    values = [value(5), value(9, -1), value(3, indicator=HOURS)]
    (found,) = indicator_changes([DEPLOYS], values, W46)
    assert (found.value, found.week) == (5, W46)


def test_changes_come_in_the_order_of_the_configuration():
    """By indicator as configured, then by scope and key; values may come in any order."""
    values = [value(1, key="b"), value(2, indicator=HOURS), value(3, key="a"), value(4, scope=Scope.PLUGIN)]
    found = indicator_changes([HOURS, DEPLOYS], reversed(values), W46)
    assert [(one.indicator.name, one.scope, one.key) for one in found] == [
        ("restore-hours", Scope.TEAM, "ci"),
        ("deploys", Scope.PLUGIN, "ci"),
        ("deploys", Scope.TEAM, "a"),
        ("deploys", Scope.TEAM, "b"),
    ]


def test_the_usual_range_is_around_the_median_of_the_weeks_before():
    """Twelve values: 4.2 median deviations to either side, rounded outwards; this week is not among them."""
    found = change([*NORMAL, 500])
    assert (found.low, found.high) == (6, 16)


def test_only_the_twelve_weeks_before_count():
    """What is older does not move the range."""
    assert change([9000, *NORMAL, 11]) == change([1, *NORMAL, 11])


def test_one_wild_week_does_not_move_the_range_much():
    """An outlier in the past is not what is usual."""
    calm, wild = change([*NORMAL, 11]), change([*NORMAL[:-1], 900, 11])
    assert abs(wild.high - calm.high) <= 3
    assert abs(wild.low - calm.low) <= 3


@pytest.mark.parametrize("past", [NORMAL[:4], [7] * 12, [7, 7, 7, 7, 7, 7, 8]])
def test_a_short_series_or_one_that_stands_still_has_no_range(past):
    """Fewer than five values, or mostly equal ones, do not say what is usual."""
    found = change([*past, 7])
    assert (found.low, found.high) == (None, None)


def test_the_range_is_given_in_the_decimals_that_are_shown():
    """Outwards, so that what reads as inside is inside."""
    found = change([1.11, 1.52, 1.33, 1.41, 1.27, 1.4], indicator=HOURS)
    assert (found.low, found.high) == (0.6, 2.1)


def test_the_range_stays_within_what_is_possible():
    """No less than nothing and no more than the whole, where the past kept to that."""
    found = change([1, 4, 2, 5, 3, 4], out_of=5)
    assert (found.low, found.high) == (0, 5)
    assert change([-1, 4, 2, 5, 3, 4]).low < -1


def test_nineteen_in_twenty_weeks_are_usual():
    """At every length of history, for values that only scatter (the method's own promise)."""
    rng = random.Random(46)
    for length in range(5, 13):
        inside = 0
        for _ in range(1500):
            *past, now = (rng.gauss(1e6, 1e4) for _ in range(length + 1))
            found = change([*past, now])
            inside += found.low <= now <= found.high
        assert 0.93 < inside / 1500 < 0.97, length


@given(st.lists(st.floats(-1e9, 1e9), min_size=6, max_size=13))
@settings(max_examples=50)
def test_a_range_holds_the_median_or_there_is_none(numbers):
    """Both ends or neither, whatever the numbers are."""
    found = change(numbers)
    assert (found.low is None) == (found.high is None)
    if found.low is not None and found.high is not None:
        assert found.low < found.high
        assert found.low - 1e-6 <= median(numbers[:-1][-12:]) <= found.high + 1e-6


def test_what_no_reading_would_let_in_is_left_out():
    """A store may hold numbers that nobody can reckon with; the values beside them are told as ever."""
    wild = [value(sign * 1e308, weeks) for weeks, sign in ((1, 1), (2, -1), (3, 1))]
    (found,) = indicator_changes([DEPLOYS], [value(7), *wild, value(5, 4)], W46)
    assert (found.value, found.previous) == (7, None)
    assert indicator_changes([DEPLOYS], [value(1, out_of=2 * LARGEST_VALUE)], W46) == ()
    wildest = [LARGEST_VALUE * part for part in (1, -1, 0.5, -0.5, 0.9, -0.9)]
    assert change(wildest, indicator=HOURS).low is not None
