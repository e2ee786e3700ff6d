"""Week arithmetic, slots and the trigger, over clock changes and New Years."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from threading import Event, Timer
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin_digest.errors import UsageError
from plugin_digest.model import Week, last_weeks
from plugin_digest.schedule import RETRY_DELAYS_S, SlotTrigger, attend, serve
from plugin_digest.weeks import Slot, Timetable, bounds, parse_week, week_of

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MONDAY_9 = Timetable(STOCKHOLM, "monday", "monday", time(9))
ZONES = ["Pacific/Pago_Pago", "America/Sao_Paulo", "UTC", "Europe/Stockholm", "Asia/Beirut", "Asia/Kolkata",
         "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Kiritimati"]  # fmt: skip
moments = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_iso_weeks_run_through_new_year_and_week_53():
    """Consecutive days from 2020 to 2032 give consecutive weeks, with week 53 (arp242/goatcounter#680)."""
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(13 * 366)]
    weeks = sorted({week_of(day, "monday") for day in days})
    assert all(b == a.plus(1) for a, b in itertools.pairwise(weeks))
    for day in days:
        year, number, _ = day.isocalendar()
        assert str(week_of(day, "monday")) == f"{year}-W{number:02}"
    assert str(week_of(date(2027, 1, 1), "monday")) == "2026-W53"


def test_a_week_is_read_as_it_is_written():
    """A week's text parses to the same week, for Monday and for Sunday weeks."""
    assert parse_week("2026-W46", "monday") == Week(date(2026, 11, 9))
    assert parse_week("2026w46".upper(), "monday") == Week(date(2026, 11, 9))
    assert parse_week("2026-11-12", "monday") == Week(date(2026, 11, 9))
    assert parse_week("2021-08-25", "sunday") == Week(date(2021, 8, 22))
    assert str(parse_week("2021-08-22", "sunday")) == "2021-08-22"


@pytest.mark.parametrize(
    ("text", "starts_on", "says"),
    [
        ("last", "monday", "expected a week like 2026-W46 or a day like 2026-11-09"),
        ("2025-W53", "monday", "Invalid week: 53"),
        ("2026-W46", "sunday", "weeks start on sunday here"),
        ("2026-02-30", "monday", "expected a week like"),
    ],
)
def test_a_week_that_does_not_exist_is_refused_in_one_line(text, starts_on, says):
    """A wrong week names what was given and what would be right."""
    with pytest.raises(UsageError, match=says) as caught:
        parse_week(text, starts_on)
    assert repr(text) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_week_starts_on_a_monday_or_a_sunday():
    """No other first day makes a week."""
    with pytest.raises(ValueError, match="neither"):
        Week(date(2026, 11, 10))


@pytest.mark.parametrize(
    ("first_day", "hours"), [(date(2026, 3, 23), 167), (date(2026, 10, 19), 169), (date(2026, 11, 9), 168)]
)
def test_a_week_has_seven_local_days_whatever_the_clock_does(first_day, hours):
    """Weeks in which summer time begins and ends last 167 and 169 hours."""
    start, end = bounds(Week(first_day), STOCKHOLM)
    assert (end - start) == timedelta(hours=hours)
    assert start.astimezone(STOCKHOLM).time() == time(0)


def test_weeks_of_a_zone_whose_clock_changes_at_midnight_have_no_gap():
    """Where midnight is skipped or comes twice, one week still ends where the next begins."""
    for name in ("America/Sao_Paulo", "Asia/Beirut", "America/Havana"):
        zone = ZoneInfo(name)
        weeks = [Week(date(2015, 1, 5)).plus(n) for n in range(600)]
        assert all(bounds(a, zone)[1] == bounds(b, zone)[0] for a, b in itertools.pairwise(weeks))


def test_last_weeks_end_with_the_week():
    """A history is twelve consecutive weeks, oldest first."""
    weeks = last_weeks(Week(date(2026, 1, 5)))
    assert (len(weeks), weeks[-1], str(weeks[0])) == (12, Week(date(2026, 1, 5)), "2025-W43")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("starts_on", ["monday", "sunday"])
@pytest.mark.parametrize("at", [time(0), time(2, 30), time(9), time(23, 59)])
def test_every_week_of_ten_years_has_exactly_one_slot(zone, starts_on, at):
    """The trigger fires once for each week, both clock changes and New Years included.

    taichino/croniter#48 fires twice after the change; agronholm/apscheduler#606 skips a day.
    """
    timetable = Timetable(ZoneInfo(zone), starts_on, "monday", at)
    trigger = SlotTrigger(timetable)
    now = datetime(2020, 1, 1, tzinfo=UTC)
    fired = [trigger.get_next_fire_time(None, now)]
    while fired[-1] < datetime(2030, 1, 1, tzinfo=UTC):
        fired.append(trigger.get_next_fire_time(fired[-1], fired[-1]))
    reported = [timetable.latest(moment).week for moment in fired]
    assert all(b == a.plus(1) for a, b in itertools.pairwise(reported))
    assert all(
        moment >= bounds(week, timetable.zone)[1] for moment, week in zip(fired, reported, strict=True)
    )
    assert {moment.astimezone(timetable.zone).weekday() for moment in fired} == {0}


def test_the_slot_keeps_its_local_time_over_both_clock_changes():
    """Monday 09:00 stays 09:00 in summer and in winter (matomo-org/matomo#7658, #10443, #5873)."""
    spring, autumn = MONDAY_9.slot(Week(date(2026, 3, 23))), MONDAY_9.slot(Week(date(2026, 10, 19)))
    assert spring.moment == datetime(2026, 3, 30, 7, tzinfo=UTC)
    assert autumn.moment == datetime(2026, 10, 26, 8, tzinfo=UTC)


def test_the_slot_is_local_where_monday_is_still_sunday_in_utc():
    """At UTC+8, Monday 05:00 is a Sunday in UTC, and still that Monday's slot (matomo-org/matomo#24980)."""
    timetable = Timetable(ZoneInfo("Asia/Singapore"), "monday", "monday", time(5))
    slot = timetable.latest(datetime(2026, 11, 15, 21, tzinfo=UTC))
    assert (str(slot.week), slot.moment) == ("2026-W46", datetime(2026, 11, 15, 21, tzinfo=UTC))


@given(moments, st.sampled_from(ZONES), st.sampled_from(["monday", "wednesday", "sunday"]))
def test_the_reported_week_is_over_at_its_slot(moment, zone, day):
    """A slot never reports a week that still goes on (matomo-org/matomo#21044, getsentry/sentry#71458)."""
    timetable = Timetable(ZoneInfo(zone), "monday", day, time(6))
    latest, coming = timetable.latest(moment), timetable.next(moment)
    assert latest.moment <= moment < coming.moment
    assert coming.week == latest.week.plus(1)
    assert bounds(latest.week, timetable.zone)[1] <= latest.moment


@given(st.timedeltas(timedelta(0), timedelta(days=7) - timedelta(microseconds=1)))
def test_the_reported_week_follows_from_the_slot_and_not_from_the_clock(delay):
    """However late in the week a slot is attended to, it is the same week (BetterAngelsLA/monorepo#2403)."""
    slot = MONDAY_9.slot(Week(date(2026, 11, 9)))
    assert MONDAY_9.latest(slot.moment + delay) == slot


MISSED = MONDAY_9.slot(Week(date(2026, 11, 9)))


def test_a_missed_slot_is_made_up_for_once():
    """Down at the slot means one late run for the right week, then the regular slots again."""
    trigger = SlotTrigger(MONDAY_9, lambda _: False, timedelta(days=6))
    now = MISSED.moment + timedelta(days=2)
    first = trigger.get_next_fire_time(None, now)
    assert first == MISSED.moment
    assert trigger.get_next_fire_time(first, now) == MONDAY_9.slot(MISSED.week.plus(1)).moment


def test_a_slot_that_was_attended_to_is_not_repeated_at_a_restart():
    """A restart after the week's run waits for the next slot."""
    trigger = SlotTrigger(MONDAY_9, lambda slot: slot.week == MISSED.week, timedelta(days=6))
    now = MISSED.moment + timedelta(hours=2)
    assert trigger.get_next_fire_time(None, now) == MONDAY_9.slot(MISSED.week.plus(1)).moment


def test_just_before_the_slot_no_late_mail_is_sent():
    """An hour before the slot, after missed weeks, only the coming slot fires (metabase/metabase#47949)."""
    trigger = SlotTrigger(MONDAY_9, lambda _: False, timedelta(days=6))
    coming = MONDAY_9.slot(MISSED.week.plus(1))
    now = coming.moment - timedelta(hours=1)
    assert trigger.get_next_fire_time(None, now) == coming.moment


def test_a_slot_that_is_missed_for_good_is_told(caplog):
    """Down for most of a week, nothing old is sent; the log says what was not, and how it would be."""
    coming = MONDAY_9.slot(MISSED.week.plus(1))
    trigger = SlotTrigger(MONDAY_9, lambda _: False, timedelta(days=6))
    with caplog.at_level("WARNING"):
        assert trigger.get_next_fire_time(None, MISSED.moment + timedelta(days=6.5)) == coming.moment
    assert "2026-W46 was not mailed" in caplog.text
    assert "plugin-digest run --week 2026-W46" in caplog.text


class Clock:
    """A clock that a test moves."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Impatient(Event):
    """A stop signal whose waiting moves the clock instead of passing time."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waits.append(timeout)
        self.clock.now += timedelta(seconds=timeout)
        return self.is_set()


def test_a_slot_that_fails_is_tried_again_with_growing_pauses():
    """An unreachable source is asked again after 1, 5 and 15 minutes, for the same week."""
    clock = Clock(MISSED.moment)
    stop = Impatient(clock)
    answers = iter([False, False, False, True])
    asked: list[Slot] = []

    def run(slot: Slot) -> bool:
        asked.append(slot)
        return next(answers)

    assert attend(MISSED, run, clock, timedelta(days=6), stop)
    assert (asked, stop.waits) == ([MISSED] * 4, [60, 300, 900])


def test_a_slot_is_given_up_when_it_is_too_long_ago():
    """Past the late limit nothing is tried any more."""
    clock = Clock(MISSED.moment)
    assert not attend(MISSED, lambda _: False, clock, timedelta(hours=2), Impatient(clock))
    assert clock.now - MISSED.moment <= timedelta(hours=2)


def test_a_stop_ends_the_waiting():
    """Nothing is tried again once the process is asked to stop."""
    stop = Event()
    stop.set()
    assert not attend(MISSED, lambda _: False, Clock(MISSED.moment), timedelta(days=6), stop)


def test_a_machine_that_slept_through_the_slot_mails_no_old_news():
    """Past the late limit not even the first attempt is made (knadh/listmonk#1801)."""
    clock = Clock(MISSED.moment + timedelta(hours=145))
    assert not attend(MISSED, lambda _: pytest.fail("too late"), clock, timedelta(hours=144), Event())


def test_a_slot_that_comes_during_the_one_before_is_next():
    """However long a slot is tried, the following one is not lost."""
    timetable = Timetable(STOCKHOLM, "monday", *_slot_in_the_past())
    first = timetable.latest(datetime.now(UTC))
    clock = Clock(datetime.now(UTC))
    stop = Event()
    attended: list[Slot] = []

    def run(slot: Slot) -> bool:
        attended.append(slot)
        if len(attended) == 2:
            stop.set()
        clock.now = timetable.next(first.moment).moment
        return True

    watchdog = Timer(10, stop.set)
    watchdog.start()
    serve(timetable, run, lambda _: False, clock, timedelta(days=30), stop)
    watchdog.cancel()
    assert attended == [first, timetable.next(first.moment)]


def test_people_are_told_of_what_does_not_pass_after_an_hour_and_at_the_end():
    """Not of a place that is out of reach for some minutes; a slot that comes right is told of no more."""
    told: list[datetime] = []
    clock = Clock(MISSED.moment)
    stop = Impatient(clock)
    assert not attend(
        MISSED, lambda _: False, clock, timedelta(hours=2), stop, lambda _: told.append(clock.now)
    )
    waited = [moment - MISSED.moment for moment in told]
    assert waited[0] == timedelta(seconds=sum(RETRY_DELAYS_S))
    assert waited[-1] > timedelta(hours=1, minutes=30)
    early = Clock(MISSED.moment)
    answers = iter([False, False, True])
    tell = lambda _: pytest.fail("told too early")  # noqa: E731
    assert attend(MISSED, lambda _: next(answers), early, timedelta(hours=2), Impatient(early), tell)


def test_the_scheduler_attends_to_a_missed_slot_at_once():
    """The real scheduler, started after the slot, runs it late, once, for the week of the slot."""
    clock = Clock(MISSED.moment + timedelta(hours=3))
    timetable = Timetable(STOCKHOLM, "monday", *_slot_in_the_past())
    attended: list[Slot] = []
    stop = Event()

    def run(slot: Slot) -> bool:
        attended.append(slot)
        stop.set()
        return True

    real = timetable.latest(datetime.now(UTC))
    clock.now = datetime.now(UTC)
    serve(timetable, run, lambda _: False, clock, timedelta(days=7), stop)
    assert attended == [real]


def _slot_in_the_past() -> tuple[str, time]:
    """A slot some hours ago, so that it is late now whenever the test runs."""
    earlier = datetime.now(STOCKHOLM) - timedelta(hours=5)
    return f"{earlier:%A}".lower(), time(earlier.hour, 0)
