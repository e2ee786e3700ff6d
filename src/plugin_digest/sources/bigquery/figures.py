"""From what one query says to the figures of a week or a period. Pure: no request, no clock.

Owns what a table that is not there means for the days, and what users that are not told mean.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from plugin_digest.model import (
    DAYS_PER_WEEK,
    LOOKBACK_WEEKS,
    NOT_TOLD,
    Absent,
    Note,
    NoteKind,
    Page,
    Period,
    PeriodUsage,
    PullRequest,
    Snapshot,
    Status,
    TeamUsage,
    Usage,
    Week,
)
from plugin_digest.sources.bigquery.query import Export
from plugin_digest.sources.bigquery.reading import DayTable, Reading
from plugin_digest.sources.coverage import Coverage, day_bounds, judge, list_days
from plugin_digest.sources.ga4.notes import unattributed_note
from plugin_digest.sources.period_coverage import days_of, judge_period
from plugin_digest.weeks import WEEKDAYS

SOURCE = "ga4_bigquery"

_DAYS_BEFORE = LOOKBACK_WEEKS * DAYS_PER_WEEK
_RECENT_DAYS_BEFORE = 3 * DAYS_PER_WEEK
"""With the week itself, the portal's 28 days."""
_NOTABLE_SHARE = 0.01


@dataclass(frozen=True)
class Rules:
    """How far an export is trusted. On ``quiet_days``, weekdays by name, there may be no event at all."""

    export: Export
    quiet_days: Collection[str]
    settling: timedelta


@dataclass(frozen=True)
class _Figures:
    """What a reading says, as far as it can be told."""

    portal: Usage
    unattributed: Usage
    plugins: Mapping[str, Usage]
    teams: Mapping[str, TeamUsage]
    pages: Mapping[str, tuple[Page, ...]] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def snapshot(
    reading: Reading, week: Week, request: PullRequest, rules: Rules, *, looks_back: bool
) -> Snapshot | None:
    """The week's snapshot, None for a week without any event.

    ``looks_back``: the four weeks before were read too, so that new users can be told.
    """
    if reading.days().isdisjoint(week.days):
        return None
    zone = request.timezone
    absent = _absent(reading, week.days, zone, rules.quiet_days)
    coverage = judge(week, zone, request.as_of, absent=absent, settling=rules.settling)
    unsettled = _unsettled(reading, week.days)
    gaps = frozenset[date]()
    if looks_back:
        before = [week.first_day - timedelta(days=back) for back in range(_DAYS_BEFORE, 0, -1)]
        gaps = _absent(reading, before, zone, rules.quiet_days)
    figures = _figures(reading, request.teams, rules.export)
    if gaps or not looks_back:
        figures = _without_new_users(figures, Absent.NO_DATA if looks_back else Absent.NOT_AVAILABLE)
    return Snapshot(
        week=week,
        source=SOURCE,
        timezone=zone.key,
        as_of=request.as_of,
        status=_status(coverage, unsettled),
        portal=figures.portal,
        unattributed=figures.unattributed,
        plugins=figures.plugins,
        teams=figures.teams,
        pages=figures.pages,
        missing_days=coverage.missing_days,
        notes=(*coverage.notes, *figures.notes, *unsettled),
        four_weeks=_four_weeks(reading, week, gaps) if looks_back else NOT_TOLD,
        searches=reading.searches,
        anonymous=reading.anonymous,
    )


def period_usage(reading: Reading, period: Period, request: PullRequest, rules: Rules) -> PeriodUsage | None:
    """The period's figures, None for one without any event."""
    days = days_of(period)
    if reading.days().isdisjoint(days):
        return None
    zone = request.timezone
    absent = _absent(reading, days, zone, rules.quiet_days)
    coverage = judge_period(period, zone, request.as_of, absent=absent, settling=rules.settling)
    unsettled = _unsettled(reading, days)
    figures = _without_new_users(_figures(reading, request.teams, rules.export), Absent.NOT_AVAILABLE)
    return PeriodUsage(
        period=period,
        source=SOURCE,
        timezone=zone.key,
        as_of=request.as_of,
        status=_status(coverage, unsettled),
        portal=figures.portal,
        plugins=figures.plugins,
        teams=figures.teams,
        missing_days=coverage.missing_days,
        notes=(*coverage.notes, *figures.notes, *unsettled),
    )


def _absent(
    reading: Reading, days: Sequence[date], zone: ZoneInfo, quiet_days: Collection[str]
) -> frozenset[date]:
    """Which of the days the export lacks, or has in part; one that the zone skipped has no hour to miss."""
    whole = reading.days() - _torn_days(reading, days, quiet_days)
    return frozenset(
        day
        for day in days
        if day not in whole
        and WEEKDAYS[day.weekday()] not in quiet_days
        and len(set(day_bounds(day, zone))) > 1
    )


def _torn_days(reading: Reading, days: Sequence[date], quiet_days: Collection[str]) -> set[date]:
    """Local days that a table which is not there would have had events of.

    A table's day need not be the portal's: how far they lie apart shows in the tables that are there.
    """
    there = {table.day for table in reading.tables}
    shifts = {(day - table.day).days for table, found in reading.tables.items() for day in found}
    around = (days[0] - timedelta(days=1), *days, days[-1] + timedelta(days=1))
    lacking = [day for day in around if day not in there and WEEKDAYS[day.weekday()] not in quiet_days]
    return {day + timedelta(days=shift) for day in lacking for shift in {0, *shifts} & {-1, 0, 1}}


def _status(coverage: Coverage, unsettled: Sequence[Note]) -> Status:
    """That of the days; figures from a table that Google still replaces are not final."""
    return Status.PROVISIONAL if unsettled and coverage.status is Status.FINAL else coverage.status


def _figures(reading: Reading, owned: Mapping[str, frozenset[str]], export: Export) -> _Figures:
    figures = _Figures(
        portal=reading.portal,
        unattributed=reading.unattributed,
        plugins=reading.plugins,
        teams={team: TeamUsage(plugins, reading.team(team)) for team, plugins in owned.items()},
        pages=reading.pages,
    )
    if not reading.is_named:
        figures = _withhold_plugins(figures, export.plugin_parameter)
    return _say_users(figures, reading.anonymous, export.user)


def _withhold_plugins(figures: _Figures, parameter: str) -> _Figures:
    """Figures by plugin are unknown: no view names one, so that a zero would be wrong."""
    owned = frozenset[str]().union(*(team.plugins for team in figures.teams.values()))
    return replace(
        figures,
        plugins=dict.fromkeys(owned, NOT_TOLD),
        teams={name: replace(team, usage=NOT_TOLD) for name, team in figures.teams.items()},
        notes=(*figures.notes, unattributed_note(parameter)),
    )


def _say_users(figures: _Figures, anonymous: int, user: str) -> _Figures:
    views, users = figures.portal.views, figures.portal.users
    assert isinstance(views, int)
    if views and not users:
        text = f"no view has a {user}, so users are not available"
        return _withhold_users(figures, Note(NoteKind.NOT_AVAILABLE, text))
    if anonymous > views * _NOTABLE_SHARE:
        text = f"{anonymous:,} of {views:,} views came without a user: they count as views only"
        return replace(figures, notes=(*figures.notes, Note(NoteKind.OTHER, text)))
    return figures


def _withhold_users(figures: _Figures, note: Note) -> _Figures:
    gone = Absent.NOT_AVAILABLE

    def only_views(usage: Usage) -> Usage:
        return Usage(usage.views, gone)

    return _Figures(
        portal=only_views(figures.portal),
        unattributed=only_views(figures.unattributed),
        plugins={plugin: only_views(usage) for plugin, usage in figures.plugins.items()},
        teams={name: replace(team, usage=only_views(team.usage)) for name, team in figures.teams.items()},
        pages={
            plugin: tuple(replace(page, users=gone) for page in pages)
            for plugin, pages in figures.pages.items()
        },
        notes=(*figures.notes, note),
    )


def _without_new_users(figures: _Figures, reason: Absent) -> _Figures:
    """New users are not known, for that reason, where users are."""

    def changed(usage: Usage) -> Usage:
        return usage if isinstance(usage.users, Absent) else replace(usage, new_users=reason)

    return replace(
        figures,
        portal=changed(figures.portal),
        unattributed=changed(figures.unattributed),
        plugins={plugin: changed(usage) for plugin, usage in figures.plugins.items()},
        teams={name: replace(team, usage=changed(team.usage)) for name, team in figures.teams.items()},
    )


def _four_weeks(reading: Reading, week: Week, gaps: Collection[date]) -> Usage:
    """The portal's 28 days that end with the week, if the export reaches back over them."""
    if any(day >= week.first_day - timedelta(days=_RECENT_DAYS_BEFORE) for day in gaps):
        return Usage(Absent.NO_DATA, Absent.NO_DATA)
    views, users = reading.four_weeks.views, reading.four_weeks.users
    return Usage(views, users if users or not views else Absent.NOT_AVAILABLE)


def _unsettled(reading: Reading, days: Sequence[date]) -> list[Note]:
    """Says which days come from a table that Google still replaces."""
    found = sorted(table.day for table in _of_days(reading, days) if table.is_intraday)
    if not found:
        return []
    text = f"{list_days(found)} read from Google's intraday export, which its daily export replaces later"
    return [Note(NoteKind.NOT_SETTLED, text)]


def _of_days(reading: Reading, days: Sequence[date]) -> Iterator[DayTable]:
    return (table for table, found in reading.tables.items() if not found.isdisjoint(days))
