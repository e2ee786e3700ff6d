"""Pulling: which weeks are read from the source, in which portions, and what may not be reported.

Knows the source and the snapshots through ports; sends nothing.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from plugin_digest.errors import Held, NotCovered, Rejected, SourceError, UsageError
from plugin_digest.model import (
    HISTORY_WEEKS,
    Period,
    PeriodUsage,
    Progress,
    PullRequest,
    Snapshot,
    Status,
    Week,
    last_weeks,
    no_progress,
)
from plugin_digest.ports import PeriodStore, SnapshotStore, Source
from plugin_digest.weeks import Slot, bounds

log = logging.getLogger(__name__)

REREAD_WEEKS = 4
"""How many weeks back a provisional or incomplete week is read again."""


def weeks_to_pull(week: Week, snapshots: SnapshotStore) -> list[Week]:
    """The reported week, what is not stored of the weeks before it, and what was not settled when read."""
    wanted = last_weeks(week, HISTORY_WEEKS + 1)
    stored = snapshots.newest_of(wanted)
    recent = wanted[-1 - REREAD_WEEKS :]
    unsettled = [w for w in recent if w in stored and stored[w].status is not Status.FINAL]
    return sorted({week, *unsettled, *(w for w in wanted if w not in stored)})


def pull(
    source: Source, snapshots: SnapshotStore, request: PullRequest, progress: Progress = no_progress
) -> list[Snapshot]:
    """Reads the weeks and stores each as a new revision, oldest first.

    A source that reads so many weeks at a time (``weeks_at_once``) is asked in slices, and each slice is
    stored before the next is read: what was read before a failure stays. Of the slice that fails, nothing
    is stored. A slice of weeks that the source knows nothing of is an error only if all are.
    """
    stored: list[Snapshot] = []
    slices = _slices(sorted(set(request.weeks)), getattr(source, "weeks_at_once", None))
    absent: NotCovered | None = None
    for number, weeks in enumerate(slices):
        if len(slices) > 1:
            progress(f"pulling {weeks[0]} to {weeks[-1]}", number, len(slices))
        try:
            read = source.pull(replace(request, weeks=weeks), progress)
        except NotCovered as error:
            absent = error
            continue
        stored += [snapshots.add(snapshot) for snapshot in sorted(read, key=lambda s: s.week)]
    if slices and not stored:
        span = f"{slices[0][0]} to {slices[-1][-1]}"
        raise absent or NotCovered(f"source {source.name} has nothing for any week of {span}")
    return stored


def pull_periods(
    source: Source,
    store: PeriodStore,
    request: PullRequest,
    periods: Sequence[Period],
    progress: Progress = no_progress,
) -> None:
    """Reads the periods as wholes and stores them, but for those stored and settled for these teams.

    A source that cannot, or that fails for a period, leaves it unknown: a digest says so, and the week that
    was read goes out all the same.
    """
    pull_period = getattr(source, "pull_period", None)
    if pull_period is None:
        return
    asked = {plugins for plugins in request.teams.values() if plugins}
    for period in periods:
        known = store.newest(period)
        if known is not None and _is_settled_period(known, asked):
            continue
        try:
            store.add(pull_period(period, request, progress))
        except NotCovered as error:
            log.info("%s as a whole is not in the source: %s", period, error)
        except SourceError as error:
            log.warning("%s could not be read as a whole: %s", period, error)


def _is_settled_period(usage: PeriodUsage, asked: set[frozenset[str]]) -> bool:
    has_teams = {team.plugins for team in usage.teams.values()}
    return usage.status is Status.FINAL and (not has_teams or asked <= has_teams)


def _slices(weeks: Sequence[Week], size: int | None) -> list[Sequence[Week]]:
    if not weeks:
        return []
    step = size or len(weeks)
    return [weeks[start : start + step] for start in range(0, len(weeks), step)]


def unsettled(
    weeks: Iterable[Week], snapshots: SnapshotStore, teams: Mapping[str, frozenset[str]]
) -> list[Week]:
    """Those of the weeks that are not stored, not final, or were read for other teams' plugins."""
    weeks = list(weeks)
    stored = snapshots.newest_of(weeks)
    asked = {plugins for plugins in teams.values() if plugins}
    return [week for week in weeks if week not in stored or not _is_settled(stored[week], asked)]


def _is_settled(snapshot: Snapshot, asked: set[frozenset[str]]) -> bool:
    has_teams = {usage.plugins for usage in snapshot.teams.values()}
    return snapshot.status is Status.FINAL and (not has_teams or asked <= has_teams)


def require(week: Week, read: Iterable[Snapshot], source: str) -> None:
    """Raises Rejected if the week that is to be reported is not among what was read."""
    weeks = [snapshot.week for snapshot in read]
    if week not in weeks:
        some = f"{min(weeks)} to {max(weeks)}" if weeks else "nothing"
        raise Rejected(f"source {source} has nothing for {week}; it answered with {some}")


def refuse_unfinished(week: Week, request: PullRequest) -> None:
    """Raises UsageError if the week is not over: a digest is never about the future."""
    _, end = bounds(week, request.timezone)
    if end > request.as_of:
        raise UsageError(f"{week} is not over: it ends on {week.last_day}; name an earlier week")


def refuse_late(slot: Slot, at: datetime, limit: timedelta) -> None:
    """Raises Held if the slot is so long ago that nobody expects its mail any more."""
    if at - slot.moment > limit:
        hours = round((at - slot.moment).total_seconds() / 3600)
        raise Held(
            f"the slot of {slot.week} was {hours} hours ago, more than schedule.late_limit_hours; "
            f"to send it all the same: plugin-digest send --week {slot.week}"
        )
