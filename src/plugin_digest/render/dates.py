# ruff: noqa: RUF001, RUF002 - a span of days is written with a dash
"""Weeks, days and moments as people read them; the names of months do not follow the server's locale."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from plugin_digest.model import Week
from plugin_digest.render.names import in_words

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def day(value: date) -> str:
    """``9 November``."""
    return f"{value.day} {_MONTHS[value.month - 1]}"


def span(first: date, last: date) -> str:
    """``9–15 November``, ``28 September – 4 October``, ``9 November`` for a single day; without the year."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last)}"
    return f"{day(first)} – {day(last)}"


def span_with_year(first: date, last: date) -> str:
    """As `span`, with the year, or both where they differ."""
    if first.year == last.year:
        return f"{span(first, last)} {last.year}"
    return f"{day(first)} {first.year} – {day(last)} {last.year}"


def week_title(week: Week) -> str:
    """``Week 46, 9–15 November 2026``; where weeks start on Sunday, and have no number, the days alone."""
    days = span_with_year(week.first_day, week.last_day)
    return f"Week {_number_of(week)}, {days}" if week.is_iso else days


def week_name(week: Week) -> str:
    """``week 46``, or ``week of 22 August``."""
    return f"week {_number_of(week)}" if week.is_iso else f"week of {day(week.first_day)}"


def week_code(week: Week) -> str:
    """``W46``, or ``22 Aug``: the shortest name that a row of weeks can have."""
    first = week.first_day
    return f"W{_number_of(week):02}" if week.is_iso else f"{first.day} {_MONTHS[first.month - 1][:3]}"


def days_in_words(week: Week) -> str:
    """``Monday 9 to Sunday 15 November``."""
    first, last = week.first_day, week.last_day
    month = "" if first.month == last.month else f" {_MONTHS[first.month - 1]}"
    return f"{_DAYS[first.weekday()]} {first.day}{month} to {_DAYS[last.weekday()]} {day(last)}"


def days_except(week: Week, missing: Iterable[date]) -> str:
    """The days of a week that are left: ``12–16 December``, ``12–13 December and 16 December``."""
    left = sorted(set(week.days) - set(missing))
    return in_words([span(first, last) for first, last in _runs(left)])


def moment(at: datetime, timezone: str) -> str:
    """``16 November 2026, 09:00 (Europe/Stockholm)``, by the portal's clock."""
    try:
        local = at.astimezone(ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, ValueError):
        local, timezone = at.astimezone(UTC), "UTC"
    return f"{day(local)} {local.year}, {local:%H:%M} ({timezone})"


def _number_of(week: Week) -> int:
    return week.first_day.isocalendar().week


def _runs(days: Sequence[date]) -> list[tuple[date, date]]:
    runs: list[tuple[date, date]] = []
    for each in days:
        if runs and each - runs[-1][1] == timedelta(days=1):
            runs[-1] = (runs[-1][0], each)
        else:
            runs.append((each, each))
    return runs
