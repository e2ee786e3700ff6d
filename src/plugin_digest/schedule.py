"""The schedule: one APScheduler job that fires at every slot, once, and late if the slot was missed.

Knows slots and when to try again; what a weekly run is, it is told.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import chain, repeat
from threading import Event

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from plugin_digest.weeks import Slot, Timetable

log = logging.getLogger(__name__)

RETRY_DELAYS_S = (60, 300, 900, 1800)
"""Between the attempts of one slot; the last one repeats until the slot is too long ago."""

BETWEEN_SLOTS = timedelta(weeks=1)
"""No longer is a slot attended to, whatever the late limit: the next one is due."""


class SlotTrigger(BaseTrigger):  # type: ignore[misc] # APScheduler 3 ships no types
    """Fires at each slot of the timetable.

    The first time asked, it answers with the slot that has just been missed, if there is one: not done
    yet, and not longer ago than ``late_limit``. APScheduler runs a job whose time has passed at once
    (``misfire_grace_time=None``), and several missed ones as one (``coalesce``).
    """

    def __init__(
        self,
        timetable: Timetable,
        is_done: Callable[[Slot], bool] = lambda _: True,
        late_limit: timedelta = timedelta(0),
    ) -> None:
        self.timetable = timetable
        self.is_done = is_done
        self.late_limit = late_limit

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        if previous_fire_time is not None:
            return self.timetable.next(previous_fire_time).moment
        latest = self.timetable.latest(now)
        if not self.is_done(latest):
            if now - latest.moment <= self.late_limit:
                return latest.moment
            log.warning(
                "%s was not mailed, and its slot is too long ago; by hand: plugin-digest run --week %s",
                *(latest.week, latest.week),
            )
        return self.timetable.next(now).moment


def attend(
    slot: Slot,
    run: Callable[[Slot], bool],
    clock: Callable[[], datetime],
    late_limit: timedelta,
    stop: Event,
    tell: Callable[[Slot], None] = lambda _: None,
) -> bool:
    """Runs a slot until ``run`` says that it needs no other attempt, or it is too late, or ``stop``.

    Too late it can be from the first, where the machine slept. People are told with ``tell`` of what does not
    pass: after the quick attempts, and when it is given up. Returns whether the slot is done.
    """
    if clock() > slot.moment + late_limit:
        log.error("%s: not run; the slot is too long ago", slot.week)
        return False
    for attempt, delay_s in enumerate(_delays()):
        if run(slot):
            return True
        if stop.is_set():
            return False
        is_over = clock() + timedelta(seconds=delay_s) > slot.moment + late_limit
        if is_over or attempt >= len(RETRY_DELAYS_S):
            tell(slot)
        if is_over:
            log.error("%s: given up; the slot is too long ago for another attempt", slot.week)
            return False
        log.warning("%s: trying again in %d seconds", slot.week, delay_s)
        if stop.wait(delay_s):
            return False
    raise AssertionError("the delays never end")


def _delays() -> Iterator[int]:
    return chain(RETRY_DELAYS_S, repeat(RETRY_DELAYS_S[-1]))


def serve(
    timetable: Timetable,
    run: Callable[[Slot], bool],
    is_done: Callable[[Slot], bool],
    clock: Callable[[], datetime],
    late_limit: timedelta,
    stop: Event,
    tell: Callable[[Slot], None] = lambda _: None,
) -> None:
    """Attends to every slot until ``stop`` is set; a run in progress finishes the mail in hand first."""

    def fire() -> None:
        """APScheduler drops a slot that comes while the one before is still attended to: it is next here."""
        slot: Slot | None = None
        while slot != (newest := timetable.latest(clock())) and not stop.is_set():
            slot = newest
            attend(slot, run, clock, min(late_limit, BETWEEN_SLOTS), stop, tell)

    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(
        fire,
        SlotTrigger(timetable, is_done, late_limit),
        id="weekly run",
        misfire_grace_time=None,
        coalesce=True,
        max_instances=1,
    )
    scheduler.start()
    try:
        _announce(timetable, clock)
        stop.wait()
    finally:
        scheduler.shutdown(wait=True)


def _announce(timetable: Timetable, clock: Callable[[], datetime]) -> None:
    coming = timetable.next(clock())
    local = coming.moment.astimezone(timetable.zone)
    log.info("next slot: %s, reporting %s", f"{local:%A %Y-%m-%d %H:%M %Z}", coming.week)
