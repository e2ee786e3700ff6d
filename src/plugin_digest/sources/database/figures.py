"""What was counted of one week, before it is a snapshot."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from plugin_digest.model import (
    Absent,
    Note,
    NoteKind,
    Page,
    PullRequest,
    Snapshot,
    TeamUsage,
    Usage,
    Week,
)
from plugin_digest.sources.coverage import day_bounds, judge
from plugin_digest.weeks import WEEKDAYS

_NOTHING = Usage(0, 0)


@dataclass
class WeekFigures:
    """One week's figures while they are gathered.

    ``days`` holds the local days with an event of any kind, ``anonymous`` the views without a user.
    """

    week: Week
    days: set[date] = field(default_factory=set)
    portal: Usage = _NOTHING
    unattributed: Usage = _NOTHING
    anonymous: int = 0
    plugins: dict[str, Usage] = field(default_factory=dict)
    teams: dict[str, TeamUsage] = field(default_factory=dict)
    pages: dict[str, tuple[Page, ...]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def freeze(
    figures: WeekFigures,
    request: PullRequest,
    source: str,
    *,
    quiet_days: Collection[str],
    settling: timedelta,
) -> Snapshot:
    """The snapshot of a week's figures.

    ``quiet_days`` are weekdays on which a portal may well be without any event.
    """
    zone = request.timezone
    absent = {day for day in figures.week.days if not _is_there(day, figures, request, quiet_days)}
    coverage = judge(figures.week, zone, request.as_of, absent=absent, settling=settling)
    return Snapshot(
        week=figures.week,
        source=source,
        timezone=zone.key,
        as_of=request.as_of,
        status=coverage.status,
        portal=figures.portal,
        unattributed=figures.unattributed,
        plugins=figures.plugins,
        teams=figures.teams,
        pages=figures.pages,
        missing_days=coverage.missing_days,
        notes=(*coverage.notes, *figures.notes),
    )


def _is_there(day: date, figures: WeekFigures, request: PullRequest, quiet_days: Collection[str]) -> bool:
    """Whether nothing is missing on that day; a day that the zone skipped has no hour to miss."""
    start, end = day_bounds(day, request.timezone)
    return day in figures.days or WEEKDAYS[day.weekday()] in quiet_days or start == end


def withhold_users(figures: WeekFigures, reason: str) -> None:
    """Makes the users of a week unknown everywhere, where zero would be wrong."""
    gone = Absent.NOT_AVAILABLE
    figures.portal = replace(figures.portal, users=gone)
    figures.unattributed = replace(figures.unattributed, users=gone)
    figures.plugins = {plugin: replace(usage, users=gone) for plugin, usage in figures.plugins.items()}
    figures.teams = {
        team: replace(together, usage=replace(together.usage, users=gone))
        for team, together in figures.teams.items()
    }
    figures.pages = {
        plugin: tuple(replace(page, users=gone) for page in pages) for plugin, pages in figures.pages.items()
    }
    figures.notes.append(Note(NoteKind.NOT_AVAILABLE, reason))
