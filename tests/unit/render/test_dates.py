# ruff: noqa: RUF001 - a span of days is written with a dash
"""How weeks and days are written."""

from datetime import UTC, date, datetime

import pytest

from plugin_digest.model import Week
from plugin_digest.render.words.language import load_language
from unit.render.values import ENGLISH

DATES = ENGLISH.dates


@pytest.mark.parametrize(
    ("first_day", "title", "name", "when", "code"),
    [
        (date(2026, 11, 9), "Week 46, 9–15 November 2026", "week 46", "in week 46", "W46"),
        (date(2026, 9, 28), "Week 40, 28 September – 4 October 2026", "week 40", "in week 40", "W40"),
        (date(2026, 12, 28), "Week 53, 28 December 2026 – 3 January 2027", "week 53", "in week 53", "W53"),
        (date(2027, 1, 4), "Week 1, 4–10 January 2027", "week 1", "in week 1", "W01"),
        (date(2021, 8, 22), "22–28 August 2021", "week of 22 August", "in the week of 22 August", "22 Aug"),
        (
            date(2021, 12, 26),
            "26 December 2021 – 1 January 2022",
            "week of 26 December",
            "in the week of 26 December",
            "26 Dec",
        ),
    ],
)
def test_a_week_is_named_by_number_or_by_days(first_day, title, name, when, code):
    """ISO weeks have a number, also across New Year; weeks from Sunday are named by their days."""
    week = Week(first_day)
    named = (DATES.week_title(week), DATES.week_name(week), DATES.in_week(week), DATES.week_code(week))
    assert named == (title, name, when, code)


@pytest.mark.parametrize(
    ("tag", "title", "name", "code"),
    [
        ("en-US", "Week 46, November 9–15, 2026", "week 46", "W46"),
        ("de", "KW 46, 9.–15. November 2026", "KW 46", "KW 46"),
        ("sv", "Vecka 46, 9–15 november 2026", "vecka 46", "v.\u00a046"),
        ("fr", "Semaine 46, du 9 au 15 novembre 2026", "semaine 46", "S46"),
    ],
)
def test_each_language_has_its_own_dates(tag, title, name, code):
    """The order of day and month, and what a week is called, follow the language."""
    dates, week = load_language(tag).dates, Week(date(2026, 11, 9))
    assert (dates.week_title(week), dates.week_name(week), dates.week_code(week)) == (title, name, code)


def test_several_weeks_are_named_together():
    """A monthly digest says from when to when."""
    assert DATES.week_title(Week(date(2026, 11, 9)), 4) == "Weeks 43–46, 19 October – 15 November 2026"
    assert DATES.week_name(Week(date(2026, 11, 9)), 4) == "weeks 43–46"
    assert DATES.week_name(Week(date(2021, 8, 22)), 4) == "1–28 August"


def test_a_span_has_both_years_where_they_differ():
    """The range in words is the first and the last day (getsentry/sentry#71458)."""
    assert DATES.span(date(2026, 11, 9), date(2026, 11, 9)) == "9 November"
    assert DATES.span(date(2026, 12, 28), date(2027, 1, 3)) == "28 December – 3 January"
    assert DATES.span_with_year(date(2026, 11, 9), date(2026, 11, 9)) == "9 November 2026"
    assert DATES.span_with_year(date(2026, 12, 28), date(2027, 1, 3)) == "28 December 2026 – 3 January 2027"


@pytest.mark.parametrize(
    ("missing", "left"),
    [
        ([17, 18], ["12–16 December"]),
        ([14], ["12–13 December", "15–18 December"]),
        ([13, 15, 17, 18], ["12 December", "14 December", "16 December"]),
        ([12, 13, 14, 15, 16, 17, 18], []),
    ],
)
def test_the_days_that_are_left_are_told_as_spans(missing, left):
    """An incomplete week names the days that it has."""
    week = Week(date(2021, 12, 12))
    assert DATES.days_except(week, [date(2021, 12, day) for day in missing]) == left
    assert DATES.days_except(week, [date(2021, 12, 5)], weeks=2) == ["6–18 December"]


def test_a_moment_is_told_by_the_portals_clock():
    """As of is local time with its zone, or UTC where the zone is not known."""
    at = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
    assert DATES.moment(at, "Europe/Stockholm") == "16 November 2026, 09:00 (Europe/Stockholm)"
    assert DATES.moment(at, "Mars/Olympus") == "16 November 2026, 08:00 (UTC)"
    american = load_language("en-US").dates
    assert american.moment(at, "Europe/Stockholm") == "November 16, 2026, 9:00\u00a0AM (Europe/Stockholm)"
