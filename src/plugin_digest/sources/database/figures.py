"""What was counted of one span, a week or a period, before it is a snapshot or a period's usage."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from plugin_digest.model import (
    NOT_TOLD,
    Absent,
    Note,
    NoteKind,
    Page,
    Period,
    PeriodUsage,
    PullRequest,
    Search,
    Snapshot,
    TeamUsage,
    Usage,
    Week,
    is_known,
)
from plugin_digest.sources.coverage import day_bounds, judge
from plugin_digest.sources.period_coverage import days_of, judge_period
from plugin_digest.weeks import WEEKDAYS

_NOTHING = Usage(0, 0)


@dataclass
class Figures:
    """The figures of a span while they are gathered.

    ``days`` holds the local days with an event of any kind, ``anonymous`` the views without a user;
    ``is_nameless`` where no view has one. Of the weeks just ``before`` only their days and that are known.
    """

    span: Week | Period
    days: set[date] = field(default_factory=set)
    portal: Usage = _NOTHING
    unattributed: Usage = _NOTHING
    anonymous: int = 0
    plugins: dict[str, Usage] = field(default_factory=dict)
    teams: dict[str, TeamUsage] = field(default_factory=dict)
    pages: dict[str, tuple[Page, ...]] = field(default_factory=dict)
    searches: dict[str, tuple[Search, ...]] = field(default_factory=dict)
    four_weeks: Usage = NOT_TOLD
    notes: list[Note] = field(default_factory=list)
    before: "Sequence[Figures]" = ()
    is_nameless: bool = False

    @property
    def asked_days(self) -> tuple[date, ...]:
        return self.span.days if isinstance(self.span, Week) else days_of(self.span)


def freeze(
    figures: Figures,
    request: PullRequest,
    source: str,
    *,
    quiet_days: Collection[str],
    settling: timedelta,
) -> Snapshot:
    """The snapshot of a week's figures.

    ``quiet_days`` are weekdays on which a portal may well be without any event.
    """
    week = figures.span
    assert isinstance(week, Week)
    _withhold_loyalty(figures, request, quiet_days)
    absent = _absent_days(figures, request, quiet_days)
    coverage = judge(week, request.timezone, request.as_of, absent=absent, settling=settling)
    return Snapshot(
        week=week,
        source=source,
        timezone=request.timezone.key,
        as_of=request.as_of,
        status=coverage.status,
        portal=figures.portal,
        unattributed=figures.unattributed,
        plugins=figures.plugins,
        teams=figures.teams,
        pages=figures.pages,
        missing_days=coverage.missing_days,
        notes=(*coverage.notes, *figures.notes),
        four_weeks=figures.four_weeks,
        searches=figures.searches,
        anonymous=figures.anonymous,
    )


def freeze_period(
    figures: Figures,
    request: PullRequest,
    source: str,
    *,
    quiet_days: Collection[str],
    settling: timedelta,
) -> PeriodUsage:
    """The usage of a period from its figures; the rest as `freeze`."""
    period = figures.span
    assert isinstance(period, Period)
    absent = _absent_days(figures, request, quiet_days)
    coverage = judge_period(period, request.timezone, request.as_of, absent=absent, settling=settling)
    return PeriodUsage(
        period=period,
        source=source,
        timezone=request.timezone.key,
        as_of=request.as_of,
        status=coverage.status,
        portal=figures.portal,
        plugins=figures.plugins,
        teams=figures.teams,
        missing_days=coverage.missing_days,
        notes=(*coverage.notes, *figures.notes),
    )


def _absent_days(figures: Figures, request: PullRequest, quiet_days: Collection[str]) -> set[date]:
    """Days on which something is missing; a day that the zone skipped has no hour to miss."""

    def is_there(day: date) -> bool:
        start, end = day_bounds(day, request.timezone)
        return day in figures.days or WEEKDAYS[day.weekday()] in quiet_days or start == end

    return {day for day in figures.asked_days if not is_there(day)}


def withhold_users(figures: Figures, reason: str) -> None:
    """Makes the users of a span unknown everywhere, where zero would be wrong."""
    gone = Absent.NOT_AVAILABLE
    _change_usages(figures, lambda usage: replace(usage, users=gone, new_users=gone))
    figures.unattributed = replace(figures.unattributed, users=gone)
    figures.pages = {
        plugin: tuple(replace(page, users=gone) for page in pages) for plugin, pages in figures.pages.items()
    }
    figures.four_weeks = NOT_TOLD
    figures.notes.append(Note(NoteKind.NOT_AVAILABLE, reason))


def _withhold_loyalty(figures: Figures, request: PullRequest, quiet_days: Collection[str]) -> None:
    """Says "no data" in place of new users and users of four weeks where a week before is not whole."""
    gone = Absent.NO_DATA
    whole = [not week.is_nameless and not _absent_days(week, request, quiet_days) for week in figures.before]
    if not all(whole):
        _change_usages(
            figures, lambda usage: replace(usage, new_users=gone) if is_known(usage.new_users) else usage
        )
    if not all(whole[1:]) and is_known(figures.four_weeks.users):
        figures.four_weeks = replace(figures.four_weeks, users=gone)


def _change_usages(figures: Figures, change: Callable[[Usage], Usage]) -> None:
    figures.portal = change(figures.portal)
    figures.plugins = {plugin: change(usage) for plugin, usage in figures.plugins.items()}
    figures.teams = {
        team: replace(together, usage=change(together.usage)) for team, together in figures.teams.items()
    }
