# ruff: noqa: RUF001, RUF002 - a minus is written as a minus
"""How counts and changes are written."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_digest.diff import compare
from plugin_digest.model import Absent, Change
from plugin_digest.render.numbers import against, change, count, in_letters, more, number, percent, plural

NBSP = "\u00a0"
NO_DATA, NOT_AVAILABLE, HIDDEN = Absent.NO_DATA, Absent.NOT_AVAILABLE, Absent.HIDDEN


def test_four_kinds_of_absent_are_four_words():
    """0, no data, not available and hidden read differently (matomo-org/matomo#20463)."""
    words = [count(value) for value in (0, NO_DATA, NOT_AVAILABLE, HIDDEN)]
    assert words == ["0", "no data", "not available", "hidden"]


@pytest.mark.parametrize(
    ("previous", "current", "cell", "words"),
    [
        (0, 0, "no change", "no change in views"),
        (0, 5, "+5", "5 more views"),
        (5, 0, "−5", "5 fewer views"),
        (5, 5, "no change", "no change in views"),
        (1000, 1003, "+0.3 %", "0.3 % more views"),
        (1000, 1000, "no change", "no change in views"),
        (1160, 1520, "+31 %", "31 % more views"),
        (1520, 1160, "−24 %", "24 % fewer views"),
        (100_000, 100_003, "+3", "3 more views"),
        (20, 5000, "+4,980", "4,980 more views"),
        (42, 0, "−42", "42 fewer views"),
        (1000, 4, "−99 %", "99 % fewer views"),
        (0, 1, "+1", "1 more view"),
        (100, 200, "+100 %", "100 % more views"),
    ],
)
def test_a_change_says_no_more_than_the_figures_do(previous, current, cell, words):
    """No +0 %, no percentage of nothing, no −100 % while something is left (plausible/analytics#3642)."""
    assert change(compare(current, previous)) == cell.replace(" %", f"{NBSP}%")
    assert more(compare(current, previous), "view") == words.replace(" %", f"{NBSP}%")


@pytest.mark.parametrize("pair", [(5, NO_DATA), (NO_DATA, 5), (NOT_AVAILABLE, NOT_AVAILABLE), (HIDDEN, 3)])
def test_what_is_not_known_is_not_compared(pair):
    """(None, 5) is no rise of five (plausible/analytics#2397)."""
    assert change(compare(*pair)) == "not compared"
    assert against(compare(*pair)) == "not compared"


def test_a_change_names_its_base():
    """A phrase says what it compares with, in words and not by sign alone (matomo-org/matomo#23887)."""
    assert against(compare(1520, 1160)) == f"31{NBSP}% more than the week before (1,160)"
    assert against(compare(1160, 1520)) == f"24{NBSP}% fewer than the week before (1,520)"
    assert against(compare(8, 5)) == "3 more than the week before (5)"
    assert against(compare(1520, 1520)) == "no change from the week before"


def test_without_ratio_there_is_no_percentage():
    """Where a percentage would mislead, counts stand (google/site-kit-wp#12043)."""
    assert change(Change(1520, 1160, 360, None)) == "+360"


@given(st.integers(1, 10**7), st.integers(0, 10**7))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_a_percentage_is_near_the_ratio_and_never_zero(previous, current):
    """What is printed is the ratio, rounded, and never 0 % or −100 % of something that is left."""
    text = percent(Fraction(current - previous, previous))
    if not text:
        return
    printed = float(text.removesuffix(f"{NBSP}%"))
    exact = abs(current - previous) * 100 / previous
    assert printed > 0
    assert abs(printed - exact) <= (0.51 if printed != 99 else 1)
    assert not (printed == 100 and 0 < current < previous)


def test_numbers_have_separators_and_a_real_minus():
    """Thousands are separated; a minus is no hyphen."""
    assert [number(1520), number(-3), number(1_234_567)] == ["1,520", "−3", "1,234,567"]
    assert [plural(1, "view"), plural(0, "view"), plural(1520, "view")] == [
        "1 view",
        "0 views",
        "1,520 views",
    ]
    assert [in_letters(5), in_letters(12)] == ["five", "12"]
