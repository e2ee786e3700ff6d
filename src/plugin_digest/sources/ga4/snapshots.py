"""From the figures of a span to the snapshot of a week or the usage of a period. Pure: no request, no clock.

Owns whose days they are, which of them are missing, and which notes go with them.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from plugin_digest.model import Note, Period, PeriodUsage, PullRequest, Snapshot, Week
from plugin_digest.sources.coverage import day_bounds, judge
from plugin_digest.sources.ga4.figures import Figures, Reading
from plugin_digest.sources.ga4.notes import data_notes, timezone_note, unattributed_note, unexplained_note
from plugin_digest.sources.period_coverage import days_of, judge_period
from plugin_digest.weeks import WEEKDAYS

SOURCE = "ga4"


def snapshot(
    figures: Figures, week: Week, request: PullRequest, *, settling: timedelta, quiet_days: Collection[str]
) -> Snapshot | None:
    """The week's snapshot, None for a week without any view.

    On ``quiet_days``, weekdays by name, a portal may well be without any view.
    """
    if figures.total() == 0:
        return None
    zone = property_zone(figures.reading, request.timezone)
    absent = _absent(figures, week.days, zone, quiet_days)
    coverage = judge(week, zone, request.as_of, absent=absent, settling=settling)
    return Snapshot(
        week=week,
        source=SOURCE,
        timezone=str(zone),
        as_of=request.as_of,
        status=coverage.status,
        portal=figures.portal(),
        unattributed=figures.unattributed(),
        plugins=figures.plugins(_owned(request)),
        teams={team: figures.team(plugins) for team, plugins in request.teams.items()},
        pages=figures.pages(request.pages_per_plugin),
        missing_days=coverage.missing_days,
        notes=(*coverage.notes, *_notes(figures, [week], zone, request)),
        four_weeks=figures.four_weeks(),
    )


def period_usage(
    figures: Figures,
    period: Period,
    request: PullRequest,
    *,
    settling: timedelta,
    quiet_days: Collection[str],
) -> PeriodUsage | None:
    """The figures of a period that is one span of the reading, None if it is without any view."""
    if figures.total() == 0:
        return None
    zone = property_zone(figures.reading, request.timezone)
    absent = _absent(figures, days_of(period), zone, quiet_days)
    coverage = judge_period(period, zone, request.as_of, absent=absent, settling=settling)
    return PeriodUsage(
        period=period,
        source=SOURCE,
        timezone=str(zone),
        as_of=request.as_of,
        status=coverage.status,
        portal=figures.portal(),
        plugins=figures.plugins(_owned(request)),
        teams={team: figures.team(plugins) for team, plugins in request.teams.items()},
        missing_days=coverage.missing_days,
        notes=(*coverage.notes, *_notes(figures, period.weeks, zone, request)),
    )


def _owned(request: PullRequest) -> frozenset[str]:
    return frozenset().union(*request.teams.values())


def _absent(figures: Figures, days: Iterable[date], zone: ZoneInfo, quiet_days: Collection[str]) -> set[date]:
    """Which of the days lack views and should not; one that the zone skipped has no hour to miss."""
    return {
        day
        for day in set(days) - figures.days().keys()
        if WEEKDAYS[day.weekday()] not in quiet_days and len(set(day_bounds(day, zone))) > 1
    }


def property_zone(reading: Reading, portal_zone: ZoneInfo) -> ZoneInfo:
    """The zone whose days GA4 counted, the portal's where it does not say."""
    name = reading.days.caveats.timezone
    try:
        return ZoneInfo(name) if name else portal_zone
    except (KeyError, ValueError, OSError):
        return portal_zone


def _notes(figures: Figures, weeks: Sequence[Week], zone: ZoneInfo, request: PullRequest) -> Iterable[Note]:
    if not figures.is_named():
        yield unattributed_note(figures.dimension.name)
    elif figures.total() > figures.counted():
        yield unexplained_note(figures.total() - figures.counted(), figures.total())
    yield from data_notes(figures.reading.by_subject(), figures.span)
    yield from timezone_note(weeks, zone, request.timezone)
