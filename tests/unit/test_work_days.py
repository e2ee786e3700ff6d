"""Public holidays on working days, and how much of a week they leave."""

import re
import subprocess
import sys
from datetime import date
from fractions import Fraction

import pytest

from factories import W46
from plugin_digest.model import Holiday, Week
from plugin_digest.work_days import country, holidays_in, work_days, work_share

CHRISTMAS = Week(date(2026, 12, 21))
BETWEEN_THE_YEARS = Week(date(2026, 12, 28))
EASTER = Week(date(2026, 3, 30))
SUNDAY_TO_THURSDAY = ("sunday", "monday", "tuesday", "wednesday", "thursday")


def test_a_week_without_a_holiday_is_whole():
    """Nothing is named, and all five days are worked on, wherever people are."""
    assert holidays_in(W46, ["SE", "DE-BY"]) == ()
    assert (work_days(W46, ["SE", "DE-BY"]), work_share(W46, ["SE"])) == (5, 1)


def test_without_countries_every_week_is_whole():
    """Nobody said where the portal's people are, so no holiday is known."""
    assert holidays_in(CHRISTMAS, []) == ()
    assert (work_days(CHRISTMAS, []), work_share(CHRISTMAS, [])) == (5, 1)


def test_a_holiday_of_several_countries_is_one_with_its_places():
    """Merged by day and name, in the order of the settings; what falls on a weekend is left out."""
    assert holidays_in(CHRISTMAS, ["US", "SE", "DE-BY"]) == (
        Holiday(date(2026, 12, 24), "Christmas Eve", ("SE",)),
        Holiday(date(2026, 12, 25), "Christmas Day", ("US", "SE", "DE-BY")),
    )


def test_a_country_named_twice_counts_once():
    """A repeated code neither repeats a place nor gives it more weight."""
    assert holidays_in(EASTER, ["SE", "SE"])[0].places == ("SE",)
    assert work_days(EASTER, ["SE", "SE", "US"]) == work_days(EASTER, ["SE", "US"])


def test_a_part_of_a_country_has_holidays_of_its_own():
    """Corpus Christi is free in Bavaria and not in Berlin."""
    week = Week(date(2026, 6, 1))
    assert holidays_in(week, ["DE-BY", "DE-BE"]) == (Holiday(date(2026, 6, 4), "Corpus Christi", ("DE-BY",)),)
    assert work_days(week, ["DE-BY", "DE-BE"]) == Fraction(9, 2)


def test_days_that_are_free_by_custom_count():
    """Midsummer Eve is no holiday by law, and Sweden is closed."""
    assert [h.name for h in holidays_in(Week(date(2026, 6, 15)), ["SE"])] == ["Midsummer Eve"]


def test_a_week_across_new_year_has_the_holidays_of_both_years():
    """Its days are looked up in the year that they belong to (arp242/goatcounter#680)."""
    names = [(h.day.isoformat(), h.name) for h in holidays_in(BETWEEN_THE_YEARS, ["SE"])]
    assert names == [("2026-12-31", "New Year's Eve"), ("2027-01-01", "New Year's Day")]


def test_the_working_days_are_a_setting():
    """Where people work from Sunday to Thursday, a holiday on a Friday takes nothing."""
    week = Week(date(2026, 9, 20))
    assert [h.name for h in holidays_in(week, ["IL"], days=SUNDAY_TO_THURSDAY)] == ["Yom Kippur"]
    assert work_days(week, ["IL"], days=SUNDAY_TO_THURSDAY) == 4
    independence = Week(date(2026, 6, 29))
    assert len(holidays_in(independence, ["US"])) == 1
    assert holidays_in(independence, ["US"], days=SUNDAY_TO_THURSDAY) == ()


def test_names_come_in_the_language_that_is_asked_for():
    """German, where the library knows it; else English; else what the country itself says."""
    may_day = Week(date(2026, 4, 27))
    assert [holidays_in(may_day, [place], language="de")[0].name for place in ("DE", "SE", "ZA")] == [
        "Erster Mai",
        "May Day",
        "Freedom Day",
    ]


def test_days_between_two_holidays_count_half():
    """From Christmas to New Year many are away, in a year where no holiday falls on a working day too."""
    assert work_share(BETWEEN_THE_YEARS, ["DE"]) == Fraction(2, 5)
    assert work_days(BETWEEN_THE_YEARS, ["DE"]) == 4
    assert holidays_in(Week(date(2027, 12, 27)), ["DE"]) == ()
    assert work_share(Week(date(2027, 12, 27)), ["DE"]) == Fraction(1, 2)
    assert work_share(EASTER, ["DE"]) == Fraction(4, 5)


@pytest.mark.parametrize(
    ("text", "code"),
    [("SE", "SE"), ("se", "SE"), ("DE-BY", "DE-BY"), ("de-by", "DE-BY"), ("BE-flemish", "BE-Flemish")],
)
def test_a_country_is_written_by_its_code(text, code):
    """In any case; with a part of the country where that has holidays of its own."""
    assert country(text) == code


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Sweden", "is not a country; did you mean 'SE'?"),
        ("Swedn", "is not a country; did you mean 'SE'?"),
        ("SWE", "is not a country; did you mean 'SE'?"),
        ("UK", "is not a country; did you mean 'GB'?"),
        ("", "is not a country; expected a code like SE, or with a part of the country like DE-BY"),
        ("XX", "is not a country; expected a code like SE, or with a part of the country like DE-BY"),
        ("DE-Bayern", "names no known part of DE; did you mean 'DE-BY'?"),
        ("AT-99", "names no known part of AT; known are 1, 2, 3, 4, 5, 6, 7, 8, 9"),
        ("SE-", "names no known part of SE; expected SE alone"),
    ],
)
def test_what_is_no_country_is_refused_with_what_was_meant(text, message):
    """The message goes on after the text, as those of the other settings."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        country(text)


def test_the_library_is_loaded_only_when_a_country_is_named():
    """It is large, and a portal without the setting does not wait for it."""
    code = (
        "import sys; from datetime import date; from plugin_digest.model import Week;"
        "from plugin_digest.work_days import holidays_in, work_share;"
        "week = Week(date(2026, 11, 9)); holidays_in(week, []); work_share(week, []);"
        "sys.exit('holidays' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
