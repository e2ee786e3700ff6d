"""How far a week's figures can be trusted: which of its days are there, and whether they have settled.

Owns the wording of the notes on days. Knows weeks and days, nothing of any source.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plugin_digest.model import DAYS_PER_WEEK, Note, NoteKind, Status, Week
from plugin_digest.weeks import bounds, local_moment

_MIDNIGHT = time(0)


@dataclass(frozen=True)
class Coverage:
    """What a snapshot says about its own days."""

    status: Status
    missing_days: tuple[date, ...]
    notes: tuple[Note, ...]


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end of a local day in UTC; equal where the zone skipped the day."""
    return local_moment(day, _MIDNIGHT, zone), local_moment(day + timedelta(days=1), _MIDNIGHT, zone)


def judge(
    week: Week, zone: ZoneInfo, as_of: datetime, *, absent: Collection[date], settling: timedelta
) -> Coverage:
    """Status and notes of a week that was read at ``as_of`` and whose ``absent`` days the source lacks.

    A day that was not over at ``as_of`` is missing too, whatever the source holds of it.
    """
    end = bounds(week, zone)[1]
    unfinished = {day for day in week.days if day_bounds(day, zone)[1] > as_of}
    missing = tuple(day for day in week.days if day in unfinished or day in absent)
    if missing:
        return Coverage(Status.INCOMPLETE, missing, tuple(_missing_notes(missing, unfinished)))
    if as_of < end + settling:
        hours = settling / timedelta(hours=1)
        text = f"read less than {hours:g} hours after the week ended; late views may still be added"
        return Coverage(Status.PROVISIONAL, (), (Note(NoteKind.NOT_SETTLED, text),))
    return Coverage(Status.FINAL, (), ())


def _missing_notes(missing: tuple[date, ...], unfinished: Collection[date]) -> Iterable[Note]:
    whole = DAYS_PER_WEEK - len(missing)
    gaps = [day for day in missing if day not in unfinished]
    if gaps:
        text = f"{whole} of {DAYS_PER_WEEK} days: the source has nothing for {list_days(gaps)}"
        yield Note(NoteKind.MISSING_DAYS, text)
    if unfinished:
        text = f"{whole} of {DAYS_PER_WEEK} days: {list_days(sorted(unfinished))} not over when this was read"
        yield Note(NoteKind.MISSING_DAYS, text)


def list_days(days: Collection[date]) -> str:
    """``2026-11-09, 2026-11-10 and 2026-11-12``."""
    *first, last = (day.isoformat() for day in days)
    return f"{', '.join(first)} and {last}" if first else last


def name_weeks(weeks: Sequence[Week]) -> str:
    """``2026-W46``, or first and last of several."""
    return f"{weeks[0]} to {weeks[-1]}" if len(weeks) > 1 else str(weeks[0])
