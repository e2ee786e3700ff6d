# ruff: noqa: RUF001 - a span of days is written with a dash
"""How weeks and days are written."""

from datetime import UTC, date, datetime

import pytest

from plugin_digest.model import Week
from plugin_digest.render.dates import days_except, days_in_words, moment, week_code, week_name, week_title


@pytest.mark.parametrize(
    ("first_day", "title", "name", "code"),
    [
        (date(2026, 11, 9), "Week 46, 9–15 November 2026", "week 46", "W46"),
        (date(2026, 9, 28), "Week 40, 28 September – 4 October 2026", "week 40", "W40"),
        (date(2026, 12, 28), "Week 53, 28 December 2026 – 3 January 2027", "week 53", "W53"),
        (date(2027, 1, 4), "Week 1, 4–10 January 2027", "week 1", "W01"),
        (date(2021, 8, 22), "22–28 August 2021", "week of 22 August", "22 Aug"),
        (date(2021, 12, 26), "26 December 2021 – 1 January 2022", "week of 26 December", "26 Dec"),
    ],
)
def test_a_week_is_named_by_number_or_by_days(first_day, title, name, code):
    """ISO weeks have a number, also across New Year; weeks from Sunday are named by their days."""
    week = Week(first_day)
    assert (week_title(week), week_name(week), week_code(week)) == (title, name, code)


def test_the_title_covers_exactly_the_seven_days():
    """The range in words is the week's own first and last day (getsentry/sentry#71458)."""
    assert days_in_words(Week(date(2026, 11, 9))) == "Monday 9 to Sunday 15 November"
    assert days_in_words(Week(date(2021, 8, 29))) == "Sunday 29 August to Saturday 4 September"


@pytest.mark.parametrize(
    ("missing", "left"),
    [
        ([17, 18], "12–16 December"),
        ([14], "12–13 December and 15–18 December"),
        ([13, 15, 17, 18], "12 December, 14 December and 16 December"),
        ([12, 13, 14, 15, 16, 17, 18], ""),
    ],
)
def test_the_days_that_are_left_are_told_as_spans(missing, left):
    """An incomplete week names the days that it has."""
    assert days_except(Week(date(2021, 12, 12)), [date(2021, 12, day) for day in missing]) == left


def test_a_moment_is_told_by_the_portals_clock():
    """As of is local time with its zone, or UTC where the zone is not known."""
    at = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
    assert moment(at, "Europe/Stockholm") == "16 November 2026, 09:00 (Europe/Stockholm)"
    assert moment(at, "Mars/Olympus") == "16 November 2026, 08:00 (UTC)"
