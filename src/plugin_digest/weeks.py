"""Week arithmetic, the portal's time zone and slots; the one place that reads the clock."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plugin_digest.errors import UsageError
from plugin_digest.model import DAYS_PER_WEEK, Week

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ISO_WEEK = re.compile(r"(\d{4})-?W(\d{2})", re.IGNORECASE)


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC)


def week_of(day: date, starts_on: str) -> Week:
    """The week that holds ``day``, where weeks start on ``monday`` or ``sunday``."""
    return Week(day - timedelta(days=(day.weekday() - WEEKDAYS.index(starts_on)) % DAYS_PER_WEEK))


def parse_week(text: str, starts_on: str) -> Week:
    """A week from ``2026-W46`` or from the date of any of its days.

    Raises:
        UsageError: the text is neither, or names an ISO week where weeks start on Sunday.
    """
    if match := _ISO_WEEK.fullmatch(text.strip()):
        if starts_on != "monday":
            raise UsageError(
                f"week {text!r}: weeks start on {starts_on} here, so name a week by a day, like 2021-08-22"
            )
        try:
            return Week(date.fromisocalendar(int(match[1]), int(match[2]), 1))
        except ValueError as error:
            raise UsageError(f"week {text!r}: {error}") from None
    try:
        return week_of(date.fromisoformat(text.strip()), starts_on)
    except ValueError:
        raise UsageError(f"week {text!r}: expected a week like 2026-W46 or a day like 2026-11-09") from None


def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment of a local wall time, in UTC.

    A time that the clock change skips is moved on by the gap; one that comes twice means its first coming.
    """
    return datetime.combine(day, at, tzinfo=zone).replace(fold=0).astimezone(UTC)


def bounds(week: Week, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end of the week's seven local days as moments in UTC; the end is not part of it.

    Between them lie 168 hours, or 167 or 169 where the zone's clock changes.
    """
    midnight = time(0)
    return (
        local_moment(week.first_day, midnight, zone),
        local_moment(week.plus(1).first_day, midnight, zone),
    )


@dataclass(frozen=True)
class Slot:
    """The scheduled moment of a week: ``week`` is the one that is reported then."""

    week: Week
    moment: datetime


@dataclass(frozen=True)
class Month:
    """A month by its slots: the weeks that are reported at the ``first`` one and at the first one ``before``.

    ``next_day`` is the local day of the first slot of the month after.
    """

    before: Week
    first: Week
    next_day: date


@dataclass(frozen=True)
class Timetable:
    """When each week's slot is: the first ``day`` at ``at`` (local time) after the week has ended."""

    zone: ZoneInfo
    week_starts_on: str
    day: str
    at: time

    def slot(self, week: Week) -> Slot:
        end = week.plus(1).first_day
        ahead = (WEEKDAYS.index(self.day) - end.weekday()) % DAYS_PER_WEEK
        return Slot(week, local_moment(end + timedelta(days=ahead), self.at, self.zone))

    def latest(self, moment: datetime) -> Slot:
        """The last slot at or before ``moment``."""
        slot = self.slot(week_of(moment.astimezone(self.zone).date(), self.week_starts_on))
        while slot.moment > moment:
            slot = self.slot(slot.week.plus(-1))
        return slot

    def next(self, moment: datetime) -> Slot:
        """The first slot after ``moment``."""
        return self.slot(self.latest(moment).week.plus(1))

    def month(self, week: Week) -> Month:
        """The month that the week's slot lies in."""
        first = self._first_of_month(week)
        following = week.plus(1)
        while not self._is_first_of_month(following):
            following = following.plus(1)
        day = self.slot(following).moment.astimezone(self.zone).date()
        return Month(self._first_of_month(first.plus(-1)), first, day)

    def _first_of_month(self, week: Week) -> Week:
        while not self._is_first_of_month(week):
            week = week.plus(-1)
        return week

    def _is_first_of_month(self, week: Week) -> bool:
        return self._month(week) != self._month(week.plus(-1))

    def _month(self, week: Week) -> int:
        return self.slot(week).moment.astimezone(self.zone).month
