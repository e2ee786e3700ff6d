"""What a row of an indicator may hold, and the exact words about what it may not."""

from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import AS_OF, W46
from plugin_digest.indicators.rows import MOST_TROUBLES, Row, values_of
from plugin_digest.model import IndicatorValue, Scope, Week, last_weeks
from unit.indicators.series import DAYS, found, request

W45 = str(W46.plus(-1))


def read(*rows, scope=Scope.PORTAL, **changes):
    """Rows of week, key, value and out_of, numbered from 1."""
    numbered = (Row(f"row {number}", *row) for number, row in enumerate(rows, 1))
    return values_of(numbered, DAYS, scope, request(**changes))


def trouble(*row, **changes):
    """The only trouble with a row."""
    reading = read(row, **changes)
    assert reading.values == ()
    (line,) = reading.troubles
    return line.removeprefix("row 1: ")


def test_a_value_carries_all_that_is_known():
    """Indicator, week, scope, key, number, whole, and when it was read."""
    reading = read(("2026-W46", "CI", "312", "900"), scope=Scope.TEAM)
    assert reading.values == (IndicatorValue("onboarding-days", W46, Scope.TEAM, "ci", 312.0, 900.0, AS_OF),)
    assert reading.troubles == ()


@pytest.mark.parametrize(
    "written",
    [
        "2026-W46",
        " 2026w46 ",
        "2026-11-09",
        "2026-11-15",
        date(2026, 11, 12),
        datetime(2026, 11, 15, 23, 59),  # noqa: DTZ001 - a database without time zones
        datetime(2026, 11, 8, 23, 30, tzinfo=UTC),
        "2026-11-08T23:30:00Z",
        "2026-11-15 22:59:00+00:00",
    ],
)
def test_a_week_may_be_a_week_a_date_or_a_moment(written):
    """A moment belongs to the day that it has in the portal's time zone."""
    assert found(read((written, None, 1))) == [("2026-W46", "", 1)]


def test_where_weeks_start_on_sunday_a_date_is_mapped_so():
    """The Sunday belongs to the week that it begins; the name of an ISO week is refused."""
    weeks = last_weeks(Week(date(2026, 11, 8)), 2)
    assert found(read(("2026-11-08", None, 1), weeks=weeks)) == [("2026-11-08", "", 1)]
    assert trouble("2026-W46", None, 1, weeks=weeks).startswith("week '2026-W46': weeks start on sunday here")


@pytest.mark.parametrize("written", [5, 5.25, "5.25", " 5.25 ", "-3", "1e3", Decimal("2.50"), 0, "0"])
def test_a_number_may_be_written_in_any_usual_way(written):
    """As a number or as its text; zero is a value."""
    assert found(read(("2026-W46", None, written))) == [("2026-W46", "", float(written))]


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_row_without_a_value_says_nothing(blank):
    """It is neither zero nor a mistake."""
    reading = read(("2026-W46", None, blank), ("2026-W45", None, 3, blank))
    assert found(reading) == [(W45, "", 3)]
    assert (reading.values[0].out_of, reading.troubles) == (None, ())


def test_the_last_date_of_a_week_counts():
    """In whatever order the rows come; a row of the whole week is its last word."""
    days = (("2026-11-13", None, 5), ("2026-11-11", None, 3), ("2026-11-12", None, 4))
    assert found(read(*days)) == [("2026-W46", "", 5)]
    assert found(read(("2026-W46", None, 9), *days)) == [("2026-W46", "", 9)]


def test_two_values_of_one_day_are_told():
    """The first is taken, for no one can say which is right."""
    reading = read(("2026-W46", "jenkins", 1), ("2026-W46", "Jenkins-Old", 2), scope=Scope.PLUGIN)
    assert found(reading) == [("2026-W46", "jenkins", 1)]
    assert reading.troubles == ("row 2: '2026-W46' has a value of jenkins already; that is taken",)


def test_weeks_that_were_not_asked_for_are_left_alone():
    """Neither the past nor the future, nor what is wrong with them."""
    reading = read(("2026-W01", "?", "x"), ("2026-W47", None, 1), ("2026-W46", None, 2))
    assert found(reading) == [("2026-W46", "", 2)]
    assert reading.troubles == ()


def test_a_plugin_is_known_by_any_of_its_ids():
    """Case, blanks and aliases do not matter."""
    reading = read(("2026-W46", " Catalog ", 1), ("2026-W46", "JENKINS-OLD", 2), scope=Scope.PLUGIN)
    assert found(reading) == [("2026-W46", "catalog", 1), ("2026-W46", "jenkins", 2)]


def test_the_portal_needs_no_key():
    """One that stands there is not looked at."""
    assert found(read(("2026-W46", "whoever", 1))) == [("2026-W46", "", 1)]


NO_DAY = "is neither a week like 2026-W46 nor a date like 2026-11-09"
NO_NUMBER = "is not a number like 1234.5"
BEYOND = "is beyond 1,000,000,000,000,000, which no figure is believed to be"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("", None, 1), "has no week"),
        ((None, None, 1), "has no week"),
        (("09.11.2026", None, 1), f"'09.11.2026' {NO_DAY}"),
        ((20261109, None, 1), f"20261109 {NO_DAY}"),
        ((True, None, 1), f"True {NO_DAY}"),
        (("2026-13-01", None, 1), f"'2026-13-01' {NO_DAY}"),
        (("0001-01-01T00:00:00+14:00", None, 1), f"'0001-01-01T00:00:00+14:00' {NO_DAY}"),
        (("2026-W54", None, 1), "week '2026-W54': Invalid week: 54"),
        (("w" * 100, None, 1), f"'{'w' * 59}… {NO_DAY}"),
        (("2026-W46", None, "1,5"), f"'1,5' {NO_NUMBER}"),
        (("2026-W46", None, "12 %"), f"'12 %' {NO_NUMBER}"),
        (("2026-W46", None, "nan"), f"'nan' {NO_NUMBER}"),
        (("2026-W46", None, "Infinity"), f"'Infinity' {NO_NUMBER}"),
        (("2026-W46", None, float("inf")), f"inf {NO_NUMBER}"),
        (("2026-W46", None, "1_000"), f"'1_000' {NO_NUMBER}"),
        (("2026-W46", None, True), f"True {NO_NUMBER}"),
        (("2026-W46", None, [1]), f"[1] {NO_NUMBER}"),
        (("2026-W46", None, 10**400), f"1{'0' * 59}… {NO_NUMBER}"),
        (("2026-W46", None, 1e308), f"1e+308 {BEYOND}"),
        (("2026-W46", None, "-1000000000000001"), f"'-1000000000000001' {BEYOND}"),
        (("2026-W46", None, 1, 1e16), f"1e+16 {BEYOND}"),
        (("9999-W52", None, 1), f"'9999-W52' {NO_DAY}"),
        (("2026-W46", None, 1, "all"), f"'all' {NO_NUMBER}"),
        (("2026-W46", None, 5, 4), "the value 5 is more than the 4 that it is out of"),
        (("2026-W46", None, "x" * 100), f"'{'x' * 59}… {NO_NUMBER}"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(row, told):
    """One line with its place; the value is shown, but never in full length."""
    assert trouble(*row) == told


@pytest.mark.parametrize(
    ("scope", "key", "told"),
    [
        (Scope.TEAM, None, "names no team"),
        (Scope.PLUGIN, " ", "names no plugin"),
        (Scope.TEAM, "clowd", "'clowd' is not the key of a team"),
        (Scope.PLUGIN, "jenkis", "'jenkis' is no plugin that was ever seen or is owned"),
        (Scope.PLUGIN, 7, "7 is no plugin that was ever seen or is owned"),
    ],
)
def test_an_unknown_key_is_said(scope, key, told):
    """A value of something else is not mixed with those of the portal."""
    assert trouble("2026-W46", key, 1, scope=scope) == told


def test_equal_troubles_are_one_line():
    """A team that has left the company is not one line per week."""
    rows = [(f"2026-W{week}", "gone", 1) for week in (43, 44, 45)]
    assert read(*rows, scope=Scope.TEAM).troubles == ("row 1: 'gone' is not the key of a team; so 2 more",)


def test_a_file_full_of_mistakes_is_a_few_lines():
    """The rest is counted."""
    troubles = read(*(("2026-W46", None, f"x{number}") for number in range(40))).troubles
    assert len(troubles) == MOST_TROUBLES + 1
    assert troubles[-1] == "and 35 more troubles like these"


def test_a_bad_row_costs_only_itself():
    """The others are read."""
    assert found(read(("2026-W45", None, "?"), ("2026-W46", None, 1))) == [("2026-W46", "", 1)]


def test_a_reading_is_whole_from_its_oldest_row_on():
    """What was read before of weeks that no row reaches stays: a place may know the last weeks only."""
    assert read(("2026-W45", None, 1)).whole == (W46.plus(-1), W46)
    assert read(("2026-W44", None, ""), ("2026-W46", None, 1)).whole == last_weeks(W46, 3)
    assert read(("2026-W45", None, "?"), ("2026-W46", None, 1)).whole == (W46.plus(-1), W46)
    assert read(("2026-W40", None, 1), ("?", None, 1)).whole == ()


def test_what_was_found_is_told_in_lines():
    """How many values, about what and of when, then the troubles; each with the indicator's name."""
    reading = read(("2026-W45", "ci", 1), ("2026-W46", "cloud", 1), ("2026-W46", "x", 1), scope=Scope.TEAM)
    assert reading.lines == (
        "onboarding-days: 2 values about 2 keys, 2026-W45 to 2026-W46",
        "onboarding-days: row 3: 'x' is not the key of a team",
    )
    assert read(("2026-W46", None, 1)).lines == ("onboarding-days: 1 value, 2026-W46",)
    assert read().lines == ("onboarding-days: no value of the asked weeks",)


ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.dates()
    | st.datetimes()
)
WEEKS_MOSTLY = st.sampled_from(["2026-W46", "2026-11-09", "2026-W45"]) | ANYTHING


@given(
    st.lists(
        st.tuples(WEEKS_MOSTLY, st.sampled_from(["ci", "cloud"]) | ANYTHING, ANYTHING, ANYTHING), max_size=8
    )
)
@settings(max_examples=100)
def test_whatever_stands_in_a_row_is_read_or_told(rows):
    """Nothing ends the reading; what comes out is of an asked week, a known key, and a number."""
    reading = read(*rows, scope=Scope.TEAM)
    for value in reading.values:
        assert value.week in request().weeks
        assert value.key in {"ci", "Cloud"}
        assert isfinite(value.value)
    assert len(reading.troubles) <= MOST_TROUBLES + 1
    assert all(len(line.splitlines()) == 1 for line in reading.troubles)
