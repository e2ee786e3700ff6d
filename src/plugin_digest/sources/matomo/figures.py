"""From what Matomo said about a week or a period to its figures. Pure: no request, no clock.

Owns what a missing figure means, and the notes on Matomo's data.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from plugin_digest.errors import Malformed
from plugin_digest.model import (
    Absent,
    Count,
    Note,
    NoteKind,
    Period,
    PeriodUsage,
    PullRequest,
    Snapshot,
    TeamUsage,
    Usage,
    Week,
)
from plugin_digest.sources.coverage import day_bounds, judge
from plugin_digest.sources.matomo.pages import SeenPages
from plugin_digest.sources.period_coverage import judge_period
from plugin_digest.weeks import WEEKDAYS, bounds

SOURCE = "matomo"


@dataclass(frozen=True)
class Reading:
    """All that was asked about one week or period.

    ``users`` holds distinct visitors by set of plugins; None where Matomo could not be asked for the set.
    A set that is not in it was not asked for.
    """

    span: Week | Period
    days: Mapping[date, int]
    pages: SeenPages
    portal_users: int | None
    users: Mapping[frozenset[str], int | None]

    @property
    def views(self) -> int:
        """Views of the portal; the days may have been counted before a late view."""
        return max(sum(self.days.values()), self.pages.views)

    def usage(self, plugins: Collection[str]) -> Usage:
        seen = {plugin: views for plugin, views in self.pages.plugins.items() if plugin in plugins}
        if self.pages.has_hidden and not seen:
            return Usage(Absent.NOT_AVAILABLE, Absent.NOT_AVAILABLE)  # its pages may be among the hidden
        views = sum(seen.values())
        return Usage(views, _users(views, self.users.get(frozenset(seen))))

    def portal(self) -> Usage:
        return Usage(self.views, _users(self.views, self.portal_users))

    def plugins(self, teams: Mapping[str, frozenset[str]]) -> dict[str, Usage]:
        """Usage of each plugin with a page; of the owned ones too where their pages may be hidden."""
        owned = frozenset[str]().union(*teams.values()) if self.pages.has_hidden else frozenset[str]()
        return {plugin: self.usage({plugin}) for plugin in sorted(owned.union(self.pages.plugins))}

    def unattributed(self) -> Usage:
        views = self.views - sum(self.pages.plugins.values())
        return Usage(views, _users(views, None))


def _users(views: int, users: int | None) -> Count:
    """Somebody viewed what was viewed: nobody then means that they were not counted.

    Where segments are processed by a timer only, Matomo answers 0 for a new one (matomo-org/matomo#12255).
    """
    if views == 0:
        return 0
    return users or Absent.NOT_AVAILABLE


def site_zone(timezone: str, portal_zone: ZoneInfo) -> ZoneInfo:
    """The zone whose days Matomo counted, the portal's for an offset like ``UTC+5.5``, which has no rules."""
    try:
        return ZoneInfo(timezone) if timezone else portal_zone
    except (KeyError, ValueError, OSError):
        return portal_zone


def refuse_gaps(reading: Reading, *, is_over: bool) -> None:
    """The two reports on a span that is over must count the same views.

    Raises:
        Malformed: the pages are fewer, as with a weekly report that lacks days (matomo-org/matomo#14123).
    """
    counted, listed = sum(reading.days.values()), reading.pages.views
    if is_over and listed < counted and not reading.pages.is_truncated:
        what = "the period" if isinstance(reading.span, Period) else "the week"
        raise Malformed(
            f"Matomo: the pages of {reading.span} have {listed:,} views, its days {counted:,}: the report of "
            f"{what} is not whole; pull again, or let Matomo process it anew (core:invalidate-report-data)"
        )


@dataclass(frozen=True)
class Rules:
    """How far a site is trusted. On ``quiet_days``, weekdays by name, there may be no view at all.

    ``wants_plugin_users``: whether Matomo was asked for the users of single plugins.
    """

    settling: timedelta
    quiet_days: frozenset[str]
    wants_plugin_users: bool


def snapshot(reading: Reading, week: Week, request: PullRequest, timezone: str, rules: Rules) -> Snapshot:
    """The week's snapshot; ``timezone`` is the site's, as Matomo writes it."""
    zone = site_zone(timezone, request.timezone)
    absent = _absent(reading, zone, rules.quiet_days)
    coverage = judge(week, zone, request.as_of, absent=absent, settling=rules.settling)
    teams = {team: TeamUsage(owned, reading.usage(owned)) for team, owned in request.teams.items()}
    return Snapshot(
        week=week,
        source=SOURCE,
        timezone=str(zone),
        as_of=request.as_of,
        status=coverage.status,
        portal=reading.portal(),
        unattributed=reading.unattributed(),
        plugins=reading.plugins(request.teams),
        teams=teams,
        pages={
            plugin: reading.pages.top(plugin, request.pages_per_plugin)
            for plugin in sorted(reading.pages.plugins)
        },
        missing_days=coverage.missing_days,
        notes=(
            *coverage.notes,
            *_views_notes(reading),
            *_users_notes(reading, teams, rules),
            *_zone_notes([week], timezone, request.timezone),
        ),
    )


def period_usage(
    reading: Reading, period: Period, request: PullRequest, timezone: str, rules: Rules
) -> PeriodUsage:
    """The period's figures; ``timezone`` is the site's, as Matomo writes it."""
    zone = site_zone(timezone, request.timezone)
    absent = _absent(reading, zone, rules.quiet_days)
    coverage = judge_period(period, zone, request.as_of, absent=absent, settling=rules.settling)
    teams = {team: TeamUsage(owned, reading.usage(owned)) for team, owned in request.teams.items()}
    return PeriodUsage(
        period=period,
        source=SOURCE,
        timezone=str(zone),
        as_of=request.as_of,
        status=coverage.status,
        portal=reading.portal(),
        plugins=reading.plugins(request.teams),
        teams=teams,
        missing_days=coverage.missing_days,
        notes=(
            *coverage.notes,
            *_views_notes(reading),
            *_users_notes(reading, teams, rules),
            *_zone_notes(period.weeks, timezone, request.timezone),
        ),
    )


def _absent(reading: Reading, zone: ZoneInfo, quiet_days: Collection[str]) -> set[date]:
    """Days that lack views and should not; one that the zone skipped has no hour to miss."""
    return {
        day
        for day, views in reading.days.items()
        if not views and WEEKDAYS[day.weekday()] not in quiet_days and len(set(day_bounds(day, zone))) > 1
    }


def _views_notes(reading: Reading) -> Iterator[Note]:
    hidden = reading.views - sum(page.views for page in reading.pages.pages)
    if hidden or reading.pages.has_hidden:
        yield Note(
            NoteKind.OTHER,
            f"Matomo lists {hidden:,} of {reading.views:,} views under “Others” only; they count as "
            "unattributed, and figures of plugins with rarely viewed pages may be low",
        )


def _users_notes(reading: Reading, teams: Mapping[str, TeamUsage], rules: Rules) -> Iterator[Note]:
    if reading.portal_users is None:
        what = "several weeks" if isinstance(reading.span, Period) else "such a week"
        yield _not_available(f"Matomo does not count distinct users of {what}: users are not available")
        return
    without = sum(team.usage.users is Absent.NOT_AVAILABLE for team in teams.values())
    if without:
        yield _not_available(
            f"Matomo could not say the distinct users of {without:,} of {len(teams):,} teams"
        )
    if not rules.wants_plugin_users:
        yield _not_available("Matomo is not asked for users of single plugins")
        return
    asked = reading.pages.plugins.keys()
    missing = sum(reading.usage({plugin}).users is Absent.NOT_AVAILABLE for plugin in asked)
    if missing:
        yield _not_available(
            f"Matomo could not say the distinct users of {missing:,} of {len(asked):,} plugins"
        )


def _not_available(text: str) -> Note:
    return Note(NoteKind.NOT_AVAILABLE, text)


def _zone_notes(weeks: Sequence[Week], timezone: str, portal_zone: ZoneInfo) -> Iterator[Note]:
    """Says so where the site's weeks are not, or may not be, the portal's; of several the first one."""
    zone = site_zone(timezone, portal_zone)
    counts = "Matomo counts days of"
    if timezone and str(zone) != timezone:
        yield Note(NoteKind.OTHER, f"{counts} {timezone}, not of {portal_zone}")
        return
    for week in weeks:
        if bounds(week, zone) != bounds(week, portal_zone):
            start = bounds(week, zone)[0].astimezone(portal_zone)
            begins = f"its week begins on {start:%A at %H:%M} there"
            yield Note(NoteKind.OTHER, f"{counts} {zone}, not of {portal_zone}: {begins}")
            return
