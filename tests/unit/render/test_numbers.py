# ruff: noqa: RUF001, RUF002 - a minus is written as a minus, a span with a dash
"""How counts, changes and ranges are written."""

from fractions import Fraction

import pytest
from babel.numbers import format_decimal
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_digest.diff import compare
from plugin_digest.model import Absent, Change, Judgement, UsualRange, Verdict
from plugin_digest.render.words.language import Language, load_language
from plugin_digest.render.words.writer import Writer
from unit.render.values import ENGLISH, WRITER, plain

NBSP = "\u00a0"
NO_DATA, NOT_AVAILABLE, HIDDEN = Absent.NO_DATA, Absent.NOT_AVAILABLE, Absent.HIDDEN
TAGS = ("en", "en-US", "de", "de-AT", "de-CH", "fr", "fr-CH", "fr-CA", "sv", "sv-FI")
LANGUAGES = {tag: load_language(tag) for tag in TAGS}


def babel(value: float, language: Language, pattern: str = "#,##0") -> str:
    """Babel's own number, with the minus that is printed here."""
    return format_decimal(value, pattern, locale=language.catalogue.locale).replace("-", "−")


@given(st.sampled_from(TAGS), st.integers(-(10**9), 10**9), st.integers(0, 3))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_numbers_are_those_of_the_locale(tag, value, decimals):
    """The quick way of writing a number gives what Babel gives."""
    language = LANGUAGES[tag]
    assert language.numbers.number(value) == babel(value, language)
    places = "." + "0" * decimals if decimals else ""
    fraction = value / 1000
    if round(fraction * 10**decimals * 2) % 2 == 0:  # halves are rounded in two ways
        assert language.numbers.decimal(fraction, decimals) == babel(
            round(fraction, decimals) + 0.0, language, f"#,##0{places}"
        )


def test_numbers_have_separators_and_a_real_minus():
    """Thousands are separated; a minus is no hyphen, and nothing has no sign."""
    numbers = ENGLISH.numbers
    assert [numbers.number(each) for each in (1520, -3, 1_234_567)] == ["1,520", "−3", "1,234,567"]
    assert [numbers.signed(each) for each in (3, -3, 0)] == ["+3", "−3", "0"]
    assert [numbers.decimal(each, 1) for each in (-0.04, 1520.25, -2.5)] == ["0.0", "1,520.2", "−2.5"]
    assert LANGUAGES["de"].numbers.number(1520) == "1.520"
    assert LANGUAGES["sv"].numbers.number(1520) == f"1{NBSP}520"


def test_a_range_is_written_as_one():
    """Both ends, or the one figure that they are."""
    spans = [ENGLISH.numbers.span(UsualRange(*ends)) for ends in ((310, 420), (0, 0), (980, 1200))]
    assert spans == ["310–420", "0", "980–1,200"]
    judgement = Judgement(UsualRange(310, 420), Verdict.USUAL, 12)
    assert (WRITER.usual(judgement), WRITER.range(judgement)) == ("usual: 310–420", "310–420")
    assert WRITER.usual(Judgement(None, Verdict.UNKNOWN, 0)) == ""


def test_four_kinds_of_absent_are_four_words():
    """0, no data, not available and hidden read differently (matomo-org/matomo#20463)."""
    words = [WRITER.count(value) for value in (0, NO_DATA, NOT_AVAILABLE, HIDDEN)]
    assert words == ["0", "no data", "not available", "hidden"]
    assert WRITER.counted(NOT_AVAILABLE, "users") == "users: not available"


def test_a_hidden_count_is_told_by_its_limit():
    """Nobody can be worked out, and nobody takes it for a zero."""
    writer = Writer(ENGLISH, hidden_below=5)
    assert writer.count(HIDDEN) == "fewer than 5"
    assert writer.counted(HIDDEN, "users") == "fewer than 5 users"
    assert writer.seen(120, HIDDEN) == "120 views by fewer than 5 users"
    assert writer.seen(HIDDEN, HIDDEN) == "fewer than 5 views by fewer than 5 users"


@pytest.mark.parametrize(
    ("previous", "current", "cell", "words"),
    [
        (0, 0, "", "as many views"),
        (0, 5, "+5", "5 more views"),
        (5, 0, "−5", "5 fewer views"),
        (1000, 1003, "+0.3 %", "0.3 % more views"),
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
    change = compare(current, previous)
    assert plain(WRITER.signed(change)) == cell
    assert plain(WRITER.more(change, "views")) == words
    assert plain(WRITER.more(change, "users")) == words.replace("view", "user")


@pytest.mark.parametrize("pair", [(5, NO_DATA), (NO_DATA, 5), (NOT_AVAILABLE, NOT_AVAILABLE), (HIDDEN, 3)])
def test_what_is_not_known_is_not_compared(pair):
    """(None, 5) is no rise of five (plausible/analytics#2397)."""
    assert WRITER.signed(compare(*pair)) == ""
    assert WRITER.against(compare(*pair)) == ""


def test_a_change_gives_counts_and_then_the_percentage():
    """In words and not by sign alone (matomo-org/matomo#23887)."""
    assert plain(WRITER.against(compare(1520, 1160))) == "360 more (+31 %)"
    assert plain(WRITER.against(compare(1160, 1520))) == "360 fewer (−24 %)"
    assert WRITER.against(compare(8, 5)) == "3\u00a0more"
    assert WRITER.against(compare(1520, 1520)) == "no change"


def test_without_ratio_there_is_no_percentage():
    """Where a percentage would mislead, counts stand (google/site-kit-wp#12043)."""
    assert WRITER.signed(Change(1520, 1160, 360, None)) == "+360"
    assert WRITER.more(Change(1520, 1160, 360, None), "users") == "360 more users"


@given(st.integers(1, 10**7), st.integers(0, 10**7))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_a_percentage_is_near_the_ratio_and_never_zero(previous, current):
    """What is printed is the ratio, rounded, and never 0 % or −100 % of something that is left."""
    text = ENGLISH.numbers.percent(Fraction(current - previous, previous))
    if not text:
        return
    printed = float(text.removesuffix(f"{NBSP}%"))
    exact = abs(current - previous) * 100 / previous
    assert printed > 0
    assert abs(printed - exact) <= (0.51 if printed != 99 else 1)
    assert not (printed == 100 and 0 < current < previous)


def test_small_numbers_are_words_within_a_sentence():
    """Two to twelve; a share of a known whole is a percentage."""
    assert [ENGLISH.letters(each) for each in (1, 2, 12, 13, 1200)] == ["1", "two", "twelve", "13", "1,200"]
    assert LANGUAGES["de"].letters(3) == "drei"
    assert plain(WRITER.share(300, 1200)) == "25 %"
    assert WRITER.share(3, 0) == ""
    assert WRITER.share(HIDDEN, 1200) == ""
