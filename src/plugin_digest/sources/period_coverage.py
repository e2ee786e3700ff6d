"""How far the figures of a period can be trusted: as those of its weeks, told once.

Owns the wording of the note on a period's missing days. Knows weeks and days, nothing of any source.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from plugin_digest.model import Note, NoteKind, Period, Status
from plugin_digest.sources.coverage import Coverage, judge


def days_of(period: Period) -> tuple[date, ...]:
    """All its days, oldest first."""
    return tuple(day for week in period.weeks for day in week.days)


def judge_period(
    period: Period, zone: ZoneInfo, as_of: datetime, *, absent: Collection[date], settling: timedelta
) -> Coverage:
    """Status and notes of a period that was read at ``as_of`` and whose ``absent`` days the source lacks.

    One missing day makes it incomplete; it has settled when its last week has.
    """
    weeks = [judge(week, zone, as_of, absent=absent, settling=settling) for week in period.weeks]
    missing = tuple(day for week in weeks for day in week.missing_days)
    if not missing:
        return weeks[-1]
    days = len(days_of(period))
    text = f"{days - len(missing)} of {days} days: without {', '.join(_spells(missing))}"
    return Coverage(Status.INCOMPLETE, missing, (Note(NoteKind.MISSING_DAYS, text),))


def _spells(days: Sequence[date]) -> Iterator[str]:
    """``2026-11-09 to 2026-11-11`` for days in a row, from days in their order."""
    first = last = days[0]
    for day in (*days[1:], date.max):
        if day - last != timedelta(days=1):
            yield f"{first} to {last}" if last > first else f"{first}"
            first = day
        last = day
