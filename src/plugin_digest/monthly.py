"""When a monthly digest is due, and how many weeks it is about. Reads the ledger through ports."""

from collections.abc import Iterable
from dataclasses import dataclass

from plugin_digest.audience import JOINER, Audience
from plugin_digest.model import Cadence, DeliveryState, Period, Team, Week
from plugin_digest.telling import Telling
from plugin_digest.weeks import Month

MOST_WEEKS = 9
"""Two months: a digest about more would be a report."""


@dataclass(frozen=True)
class Turn:
    """Whether a team's monthly digest comes with a week's slot: ``reason`` is why not, empty if it does.

    ``weeks`` is how many weeks up to this one the digest is about.
    """

    weeks: int
    reason: str = ""


def turn_of(team: Team, month: Month, telling: Telling) -> Turn:
    """A digest comes with the first slot of a month; where none went out then, with the first that sends.

    It is about the weeks since the team's last digest, so that none is left out and none told twice. A
    combined digest comes where one of its parts is due, and is about the weeks of that.
    """
    turns = [_turn(key, month, telling) for key in team.key.split(JOINER)]
    due = [turn for turn in turns if not turn.reason]
    return max(due or turns, key=lambda turn: turn.weeks)


def lengths_of(audiences: Iterable[Audience], month: Month, telling: Telling) -> frozenset[int]:
    """How many weeks the monthly digests of the week are about, in all."""
    turns = (turn_of(one.team, month, telling) for one in audiences if one.cadence is Cadence.MONTHLY)
    return frozenset(turn.weeks for turn in turns if not turn.reason)


def _turn(key: str, month: Month, telling: Telling) -> Turn:
    week = telling.week
    later, last = telling.later_week_of(key, MOST_WEEKS), telling.last_week_of(key)
    weeks = weeks_between(last or month.before, week)
    if later is not None:
        return Turn(0, f"monthly: the digest about {later} has gone out already")
    if last is not None and last >= month.first:
        return Turn(0, f"monthly: the last digest was about {last}, the next comes on {month.next_day}")
    if last is None and week != month.first and not _has_waited(key, month, telling):
        return Turn(0, f"monthly: the first digest comes on {month.next_day}")
    return Turn(min(weeks, MOST_WEEKS))


def weeks_between(first: Week, last: Week) -> int:
    return Period(first, last).length - 1


def _has_waited(key: str, month: Month, telling: Telling) -> bool:
    """Whether a team without any digest was there at the first slot of the month, and none went out then."""
    if telling.was_planned_before(key, month.first):
        return True
    rows = telling.records.deliveries.of_week(month.first)
    return any(key in row.team.split(JOINER) and row.state is not DeliveryState.SKIPPED for row in rows)
