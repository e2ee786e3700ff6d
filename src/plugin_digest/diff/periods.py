"""Figures of several weeks as a whole, for monthly digests and for the users of 28 days. Pure."""

from collections.abc import Collection

from plugin_digest.diff.change import are_comparable, compare, counts_users, usage_of_set
from plugin_digest.diff.series import Series
from plugin_digest.model import (
    Absent,
    Change,
    Count,
    Period,
    PeriodUsage,
    Snapshot,
    Status,
    Usage,
    Week,
    is_known,
)

FOUR_WEEKS = 4


def periods_of(week: Week, lengths: Collection[int]) -> tuple[Period, ...]:
    """The periods that digests of the week may speak of: 28 days, so many weeks, and as many before them."""
    wanted = sorted({FOUR_WEEKS, *lengths})
    return tuple(period for length in wanted for period in both_periods(week, length))


def both_periods(week: Week, length: int) -> tuple[Period, Period]:
    """So many weeks up to ``week``, and as many before them."""
    last = week.plus(-length)
    return Period(week.plus(1 - length), week), Period(last.plus(1 - length), last)


def period_change(series: Series, plugins: frozenset[str], length: int) -> tuple[Change, Change]:
    """Views and users of a set of plugins in the last ``length`` weeks, against as many weeks before."""
    now, before = both_periods(series.week, length)
    current, previous = _usage(series, now, plugins), _usage(series, before, plugins)
    if not all(week in series.snapshots for week in before.weeks):
        previous = Usage(Absent.NO_DATA, Absent.NOT_AVAILABLE)
    comparable = _are_all_comparable(series, now, before)

    def against(one: Count, other: Count) -> Change:
        return compare(one, other, comparable=comparable, min_base=series.min_base)

    return against(current.views, previous.views), against(current.users, previous.users)


def users_of_portal(series: Series, length: int = FOUR_WEEKS) -> Change:
    """Distinct users of the portal in the last ``length`` weeks, against as many weeks before that."""
    now, before = both_periods(series.week, length)
    counts = [_users_of_portal(series, period) for period in (now, before)]
    return compare(
        counts[0], counts[1], comparable=_are_all_comparable(series, now, before), min_base=series.min_base
    )


def _users_of_portal(series: Series, period: Period) -> Count:
    usage = series.periods.get(period)
    if usage is None:
        return Absent.NOT_AVAILABLE
    if usage.status is Status.INCOMPLETE or series.set_aside.intersection(period.weeks):
        return Absent.NO_DATA
    return usage.portal.users


def _usage(series: Series, period: Period, plugins: frozenset[str]) -> Usage:
    """Views add up over the weeks that are there; users are those of the reading of the period as a whole.

    Where a week is not there or was set aside, that reading is of other weeks, and users are not known.
    """
    there = [series.snapshots[week] for week in period.weeks if week in series.snapshots]
    counts = [usage_of_set(one, plugins).views for one in there]
    known = [count for count in counts if is_known(count)]
    if not known or len(known) < len(counts):
        return Usage(Absent.NO_DATA, Absent.NOT_AVAILABLE)
    whole = series.periods.get(period) if len(there) == period.length else None
    if whole is not None:
        return Usage(sum(known), users_in(whole, plugins))
    return Usage(sum(known), Absent.NO_DATA if any(map(counts_users, there)) else Absent.NOT_AVAILABLE)


def users_in(usage: PeriodUsage, plugins: frozenset[str]) -> Count:
    """The distinct users of exactly this set of plugins."""
    if len(plugins) == 1:
        known = usage.plugins.get(next(iter(plugins)))
        if known is not None:
            return known.users
        return 0 if usage.status is not Status.INCOMPLETE and is_known(usage.portal.users) else Absent.NO_DATA
    found = (team.usage.users for team in usage.teams.values() if team.plugins == plugins)
    return next(found, Absent.NO_DATA if is_known(usage.portal.users) else Absent.NOT_AVAILABLE)


def _are_all_comparable(series: Series, now: Period, before: Period) -> bool:
    newest: Snapshot | None = series.snapshots.get(series.week)
    weeks = (*now.weeks, *before.weeks)
    return all(are_comparable(newest, series.snapshots.get(week)) for week in weeks)
