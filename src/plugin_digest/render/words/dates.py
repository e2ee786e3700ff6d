# ruff: noqa: RUF001, RUF002 - a span of days is written with a dash
"""Weeks, days and moments as one language writes them; the server's locale has no say."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_skeleton, format_time

from plugin_digest.model import Week
from plugin_digest.render.words.catalogue import Catalogue

_REMEMBERED = 512
_BETWEEN = "\u2009 –"
"""What CLDR has between two days, which a language may rather say in words."""
_NARROW = "\u202f"


class Dates:
    """How a catalogue's locale writes days and weeks. Babel is asked once for each: letters share dates."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.say = catalogue.say
        self._locale = catalogue.locale
        self.day = lru_cache(_REMEMBERED)(self._day)
        self.span = lru_cache(_REMEMBERED)(self._span)
        self.span_with_year = lru_cache(_REMEMBERED)(self._span_with_year)
        self.weekday = lru_cache(_REMEMBERED)(self._weekday)
        self.moment = lru_cache(_REMEMBERED)(self._moment)

    def _day(self, value: date) -> str:
        """``9 November``."""
        return str(format_skeleton("MMMMd", value, locale=self._locale))

    def _day_with_year(self, value: date) -> str:
        return str(format_date(value, "long", locale=self._locale))

    def _weekday(self, value: date) -> str:
        """``Monday``."""
        return str(format_date(value, "EEEE", locale=self._locale))

    def _span(self, first: date, last: date) -> str:
        """``9–15 November``, ``28 September – 4 October``, ``9 November`` for a single day."""
        if first == last:
            return self._day(first)
        if (first.year, first.month) == (last.year, last.month):
            return self._interval("MMMd", first, last)
        return self._from_to(self._day(first), self._day(last))

    def _span_with_year(self, first: date, last: date) -> str:
        """As `span`, with the year, or both where they differ."""
        if first == last:
            return self._day_with_year(first)
        if (first.year, first.month) == (last.year, last.month):
            return self._interval("yMMMd", first, last)
        start = self._day(first) if first.year == last.year else self._day_with_year(first)
        return self._from_to(start, self._day_with_year(last))

    def _interval(self, skeleton: str, first: date, last: date) -> str:
        """Two days of one month. CLDR has the pattern with a short month only, so it is made long."""
        parts = self._locale.interval_formats[skeleton]["d"]
        texts = (
            format_date(day, part.replace("MMM", "MMMM"), locale=self._locale)
            for day, part in zip((first, last), parts, strict=True)
        )
        start, end = (text.strip(_BETWEEN) for text in texts)
        return self.say("{first}–{last}", first=start, last=end)

    def _from_to(self, first: str, last: str) -> str:
        return self.say("{first} – {last}", first=first, last=last)

    def week_title(self, week: Week, weeks: int = 1) -> str:
        """``Week 46, 9–15 November 2026``; the days alone where weeks start on Sunday and have no number."""
        first = week.plus(1 - weeks)
        days = self.span_with_year(first.first_day, week.last_day)
        if not week.is_iso:
            return days
        if weeks == 1:
            return self.say("Week {n}, {days}", n=_number_of(week), days=days)
        return self.say(
            "Weeks {first}–{last}, {days}", first=_number_of(first), last=_number_of(week), days=days
        )

    def week_name(self, week: Week, weeks: int = 1) -> str:
        """``week 46``, ``week of 22 August``, ``weeks 43–46``."""
        if weeks > 1:
            return self._weeks_name(week.plus(1 - weeks), week)
        if week.is_iso:
            return self.say("week {n}", n=_number_of(week))
        return self.say("week of {day}", day=self.day(week.first_day))

    def _weeks_name(self, first: Week, last: Week) -> str:
        if last.is_iso:
            return self.say("weeks {first}–{last}", first=_number_of(first), last=_number_of(last))
        return str(self.span(first.first_day, last.last_day))

    def in_week(self, week: Week) -> str:
        """``in week 46``, ``in the week of 22 August``."""
        if week.is_iso:
            return self.say("in week {n}", n=_number_of(week))
        return self.say("in the week of {day}", day=self.day(week.first_day))

    def week_code(self, week: Week) -> str:
        """``W46``, or ``22 Aug``: the shortest name that a row of weeks can have."""
        if week.is_iso:
            return self.say("W{n}", n=f"{week.first_day.isocalendar().week:02}")
        return str(format_skeleton("MMMd", week.first_day, locale=self._locale))

    def days_except(self, week: Week, missing: Iterable[date], weeks: int = 1) -> list[str]:
        """The days that are left, as spans: ``12–13 December``, ``16 December``."""
        every = {day for back in range(weeks) for day in week.plus(-back).days}
        return [self.span(first, last) for first, last in _runs(sorted(every - set(missing)))]

    def _moment(self, at: datetime, timezone: str) -> str:
        """``16 November 2026, 09:00 (Europe/Stockholm)``, by the portal's clock."""
        try:
            local = at.astimezone(ZoneInfo(timezone))
        except (ZoneInfoNotFoundError, ValueError):
            local, timezone = at.astimezone(UTC), "UTC"
        time = format_time(local, "short", locale=self._locale).replace(_NARROW, "\u00a0")
        return f"{self._day_with_year(local.date())}, {time} ({timezone})"


def _number_of(week: Week) -> str:
    return str(week.first_day.isocalendar().week)


def _runs(days: Sequence[date]) -> list[tuple[date, date]]:
    runs: list[tuple[date, date]] = []
    for each in days:
        if runs and each - runs[-1][1] == timedelta(days=1):
            runs[-1] = (runs[-1][0], each)
        else:
            runs.append((each, each))
    return runs
