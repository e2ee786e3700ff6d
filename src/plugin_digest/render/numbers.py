# ruff: noqa: RUF002 - a minus is written as a minus
"""Counts, percentages and changes as people read them.

Owns every number format. Knows no plugin, no week and no medium: the same strings stand in HTML, text and
subject.
"""

from fractions import Fraction

from plugin_digest.model import Absent, Change, Count

NBSP = "\u00a0"
MINUS = "\u2212"
NO_CHANGE = "no change"
NOT_COMPARED = "not compared"

_MOST_PERCENT = 1000
_WHOLE = 100
_SMALL_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven")


def number(value: int) -> str:
    """``1,520``; a negative one with a real minus sign."""
    return f"{value:,}" if value >= 0 else f"{MINUS}{-value:,}"


def count(value: Count) -> str:
    """The number, or the word for why there is none; 0 is a number."""
    return value.value if isinstance(value, Absent) else f"{value:,}"


def plural(value: int, one: str, many: str = "") -> str:
    """``1 view``, ``0 views``, ``1,520 views``."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def counted(value: Count, one: str) -> str:
    """``1,520 views``, or ``views: not available``."""
    return f"{one}s: {value.value}" if isinstance(value, Absent) else plural(value, one)


def in_letters(value: int) -> str:
    """``five`` up to seven, digits beyond."""
    return _SMALL_NUMBERS[value] if 0 <= value < len(_SMALL_NUMBERS) else number(value)


def percent(ratio: Fraction | None) -> str:
    """``31 %`` without sign; empty where a percentage would not say it.

    That is: below 0.05 % (it would read as 0), from 1,000 % (nobody pictures it), and 100 % less, which is
    simply none. Between 99.5 and 100 % less, something is left: 99 %.
    """
    if ratio is None or ratio == -1:
        return ""
    above, below = abs(ratio.numerator), ratio.denominator
    whole = (2 * _WHOLE * above + below) // (2 * below)
    if whole >= _MOST_PERCENT:
        return ""
    if above * _WHOLE < below:
        tenths = (2 * _WHOLE * 10 * above + below) // (2 * below)
        return f"{tenths / 10:.1f}".removesuffix(".0") + f"{NBSP}%" if tenths else ""
    if ratio.numerator < 0 and whole == _WHOLE:
        whole -= 1
    return f"{whole}{NBSP}%"


def change(value: Change) -> str:
    """``+31 %``, ``−3``, ``no change`` or ``not compared``."""
    if value.difference is None:
        return NOT_COMPARED
    if value.difference == 0:
        return NO_CHANGE
    sign = "+" if value.difference > 0 else MINUS
    return sign + (percent(value.ratio) or number(abs(value.difference)))


def more(value: Change, one: str) -> str:
    """``31 % more views``, ``1 fewer user``, ``no change in views``; for a change with a difference."""
    if not value.difference:
        return f"{NO_CHANGE} in {one}s"
    word = "more" if value.difference > 0 else "fewer"
    if share := percent(value.ratio):
        return f"{share} {word} {one}s"
    size = abs(value.difference)
    return f"{size:,} {word} {one if size == 1 else one + 's'}"


def against(value: Change) -> str:
    """A change as a phrase with its base: ``31 % more than the week before (1,160)``."""
    if value.difference is None:
        return NOT_COMPARED
    if value.difference == 0:
        return f"{NO_CHANGE} from the week before"
    word = "more" if value.difference > 0 else "fewer"
    size = percent(value.ratio) or number(abs(value.difference))
    return f"{size} {word} than the week before ({count(value.previous)})"
