"""Public holidays of the portal's countries, and how much of a week is left to work in.

Owns which day is free where, by the library `holidays`: computed, never asked of a network. Knows no figures.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, WithJsonSchema

from plugin_digest.model import DAYS_PER_WEEK, Holiday, Week
from plugin_digest.weeks import WEEKDAYS

if TYPE_CHECKING:
    from holidays import HolidayBase

MONDAY_TO_FRIDAY = WEEKDAYS[:5]
_ENGLISH = "en"
_FREE = ("public", "de_facto")
"""Kinds of holidays on which hardly anybody works: in Sweden, Midsummer Eve is none by law."""
_CLOSE = timedelta(days=DAYS_PER_WEEK)
_HALF = Fraction(1, 2)
_LIKE = 0.75
_EXPECTED = "expected a code like SE, or with a part of the country like DE-BY"


def holidays_in(
    week: Week,
    countries: Sequence[str],
    *,
    days: Collection[str] = MONDAY_TO_FRIDAY,
    language: str = _ENGLISH,
) -> tuple[Holiday, ...]:
    """The week's public holidays on working days, in the order of days.

    Args:
        week: the week that is looked at.
        countries: codes like ``SE`` or ``DE-BY``; a holiday of the same name is one, with its places in this
            order.
        days: the weekdays on which people work, by their English names.
        language: what the holidays are named in where the library can; otherwise English, otherwise the
            country's own language.
    """
    places: dict[tuple[date, str], list[str]] = {}
    for country in dict.fromkeys(countries):
        named = _named(country, week.first_day.year, week.last_day.year, language)
        for day in _working(week, days):
            for name in dict.fromkeys(named.get_list(day)):
                places.setdefault((day, name), []).append(country)
    return tuple(Holiday(day, name, tuple(where)) for (day, name), where in sorted(places.items()))


def work_days(week: Week, countries: Sequence[str], *, days: Collection[str] = MONDAY_TO_FRIDAY) -> Fraction:
    """On how many of the week's ``days`` people work, as a mean over the countries."""
    total = Fraction(len(_working(week, days)))
    if not countries:
        return total
    free = [_free(country, week) for country in set(countries)]
    lost = sum(day in one for one in free for day in _working(week, days))
    return total - Fraction(lost, len(free))


def work_share(week: Week, countries: Sequence[str], *, days: Collection[str] = MONDAY_TO_FRIDAY) -> Fraction:
    """How much of a usual week's work is likely, from 0 to 1, as a mean over the countries.

    A holiday counts as no work. A working day between two holidays that are at most a week apart counts as
    half a day, as many people are away then: the days between Christmas and New Year.
    """
    working = _working(week, days)
    if not countries or not working:
        return Fraction(1)
    free = [_free(country, week) for country in set(countries)]
    worked = sum((_worked(day, one) for one in free for day in working), Fraction(0))
    return worked / (len(working) * len(free))


def country(text: str) -> str:
    """A country's code of two letters, with or without a part of it, in capitals: ``SE``, ``DE-BY``.

    Raises:
        ValueError: there is no such country or part; the message goes on after the text.
    """
    code, dash, part = (piece.strip() for piece in text.partition("-"))
    parts_of = _countries()
    if code.upper() not in parts_of:
        near = _near_country(code, parts_of)
        raise ValueError(f"is not a country; {f'did you mean {near!r}?' if near else _EXPECTED}")
    if not dash:
        return code.upper()
    names = parts_of[code := code.upper()]
    found = next((name for name in names if name.upper() == part.upper()), None)
    if found is None:
        near = _near_part(code, part, names)
        hint = f"did you mean '{code}-{near}'?" if near else _known_parts(code, names)
        raise ValueError(f"names no known part of {code}; {hint}")
    return f"{code}-{found}"


Country = Annotated[
    str,
    AfterValidator(country),
    WithJsonSchema({"type": "string", "pattern": r"^\s*[A-Za-z]{2}(-.+)?\s*$|\$\{"}),
]


def _working(week: Week, days: Collection[str]) -> tuple[date, ...]:
    return tuple(day for day in week.days if WEEKDAYS[day.weekday()] in days)


def _worked(day: date, free: frozenset[date]) -> Fraction:
    if day in free:
        return Fraction(0)
    before = max((one for one in free if one < day), default=None)
    after = min((one for one in free if one > day), default=None)
    is_between = before is not None and after is not None and after - before <= _CLOSE
    return _HALF if is_between else Fraction(1)


def _free(country: str, week: Week) -> frozenset[date]:
    """The country's holidays on any day from a week before to a week after."""
    first, last = week.first_day - _CLOSE, week.last_day + _CLOSE
    named = _named(country, first.year, last.year, _ENGLISH)
    return frozenset(day for day in named if first <= day <= last)


@lru_cache(maxsize=64)
def _named(country: str, first_year: int, last_year: int, language: str) -> "HolidayBase":
    """The country's holidays of the years; they are only read."""
    from holidays import country_holidays  # noqa: PLC0415 - large, and many portals name no country

    code, _, part = country.partition("-")
    known = country_holidays(code)
    return country_holidays(
        code,
        subdiv=part or None,
        years=range(first_year, last_year + 1),
        expand=False,
        language=_spoken(language, known.supported_languages),
        categories=[kind for kind in _FREE if kind in known.supported_categories],
    )


def _spoken(language: str, known: Sequence[str]) -> str | None:
    """The library's name for the language or for English; None for the country's own."""
    for wanted in (language, _ENGLISH):
        for one in sorted(known, key=lambda name: (name != "en_US", name)):
            if one.lower().replace("_", "-").partition("-")[0] == wanted.lower().partition("-")[0]:
                return one
    return None


def _countries() -> dict[str, list[str]]:
    """Each country's code with the names of its parts."""
    from holidays import list_supported_countries  # noqa: PLC0415 - as above

    return list_supported_countries(include_aliases=False)


def _known_parts(code: str, names: Collection[str]) -> str:
    return f"known are {', '.join(sorted(names))}" if names else f"expected {code} alone"


def _near_country(text: str, codes: Collection[str]) -> str:
    """The code that was meant by ``SWE``, ``UK`` or ``Sweden``; empty if none is near."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415 - as above

    spellings = {
        spelling.replace("_", " ").lower(): code
        for name, others in COUNTRIES.items()
        for code in others
        if code in codes
        for spelling in (name, *others)
    }
    return _nearest(text, spellings)


def _near_part(code: str, text: str, names: Collection[str]) -> str:
    """The part that was meant by ``Bayern``; empty if none is near."""
    from holidays import country_holidays  # noqa: PLC0415 - as above

    aliases = country_holidays(code).get_subdivision_aliases()
    spellings = {spelling.lower(): name for name in names for spelling in (name, *aliases.get(name, ()))}
    return _nearest(text, spellings)


def _nearest(text: str, spellings: Mapping[str, str]) -> str:
    match = get_close_matches(text.strip().lower(), spellings, n=1, cutoff=_LIKE)
    return spellings[match[0]] if match else ""
