"""The ``adoption_insights`` source: the REST API of Red Hat's Adoption Insights plugin for Backstage.

Owns its parameters and what follows from the answers. The API knows views per plugin and no users per
plugin, and lets only signed-in users in; the ``sql`` source reads the same events from their table.

API: ``GET /api/adoption-insights/events?type=top_plugins`` and ``type=total_users`` of
``@red-hat-developer-hub/backstage-plugin-adoption-insights-backend`` 1.0.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain
from time import sleep as wait
from typing import Any
from zoneinfo import ZoneInfo

import requests

from plugin_digest.errors import Malformed, NotCovered, Rejected, SourceError
from plugin_digest.model import (
    Absent,
    Note,
    NoteKind,
    Period,
    PeriodUsage,
    Progress,
    PullRequest,
    Snapshot,
    TeamUsage,
    Usage,
    Week,
    no_progress,
)
from plugin_digest.sources.adoption_insights_answers import (
    SERVER,
    WAY_OUT,
    Row,
    explain,
    read_rows,
    read_users,
)
from plugin_digest.sources.attribution import attribute_id
from plugin_digest.sources.coverage import day_bounds, judge
from plugin_digest.sources.http import HttpSession, Patience
from plugin_digest.sources.period_coverage import days_of, judge_period
from plugin_digest.weeks import WEEKDAYS, bounds

MOST_PLUGINS = 100_000
"""How many are asked for; without a limit there would be three."""
_API = "/api/adoption-insights"
_EVER = ("2000-01-01", "2999-12-31")
_VIEWS_ONLY = (
    "users are not available: the API of Adoption Insights counts views only; "
    "the portal's views are those of all plugins and of none together"
)
_NO_PLUGIN_USERS = (
    "users of plugins and teams are not available: the API of Adoption Insights counts their views"
)
_ALL_USERS = "the portal's users are all who did anything there, as Adoption Insights counts them"


class _Bearer(requests.auth.AuthBase):
    """Not a header of the session: a ``.netrc`` would take its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class AdoptionInsightsSource:
    """Reads views per plugin with a signed-in user's token.

    Attributes:
        url: the address of the Backstage backend, like ``https://backstage.acme.example``.
        token: a Backstage *user* token. It lives for an hour.
        quiet_days: weekdays on which nobody may have used the portal, so that they are not missing.
        settling_hours: how long after its end a week may still get late events.
        timeout_s: how long the server may be silent.
        most_plugins: an answer of as many was cut, and is refused.
    """

    name = "adoption_insights"

    def __init__(
        self,
        url: str,
        token: str,
        *,
        quiet_days: Collection[str] = frozenset(),
        settling_hours: float = 2,
        timeout_s: float = 60,
        most_plugins: int = MOST_PLUGINS,
        sleep: Callable[[float], None] = wait,
    ) -> None:
        for day in quiet_days:
            if day not in WEEKDAYS:
                raise Rejected(f"source.quiet_days: {day!r} is no weekday; they are {', '.join(WEEKDAYS)}")
        if not token.strip() or any(not "!" <= character <= "~" for character in token.strip()):
            raise Rejected("source.token: expected a Backstage user token, and this is none")
        self._endpoint = f"{url.rstrip('/').removesuffix('/events').removesuffix(_API)}{_API}/events"
        self._token = token.strip()
        self._quiet_days = frozenset(quiet_days)
        self._settling = timedelta(hours=settling_hours)
        self._patience = Patience(read_s=timeout_s)
        self._most_plugins = most_plugins
        self._sleep = sleep

    def check(self) -> Sequence[str]:
        """Asks for all there is.

        Raises:
            SourceError: as `pull`.
        """
        with self._open() as http:
            rows = self._plugins(http, *_EVER, "UTC", "monthly")
        views = sum(row.views for row in rows)
        return [
            f"{SERVER}: {views:,} views of {len(rows):,} plugin ids; {_describe_span(rows)}",
            f"{SERVER} tells no users per plugin; to have them {WAY_OUT}",
        ]

    def pull(self, request: PullRequest, progress: Progress = no_progress) -> Sequence[Snapshot]:
        """One snapshot for each asked week that has any view.

        Raises:
            Rejected: the token or a setting is refused, or there is nothing for any of the weeks.
            Unreachable: there is no answer, not even after some attempts.
            Malformed: the answer is not what the API gives.
        """
        weeks = sorted({week for week in request.weeks if bounds(week, request.timezone)[0] < request.as_of})
        if not weeks:
            return ()
        snapshots = []
        with self._open() as http:
            for number, week in enumerate(weeks):
                progress(f"asking {SERVER} for {week}", number, len(weeks))
                if rows := self._rows(http, week.days, request.timezone):
                    snapshots.append(self._snapshot(week, rows, request))
            progress(f"asking {SERVER}", len(weeks), len(weeks))
            if not snapshots:
                raise NotCovered(self._has_nothing(http, weeks, request.timezone))
        return snapshots

    def pull_period(
        self, period: Period, request: PullRequest, progress: Progress = no_progress
    ) -> PeriodUsage:
        """The period's views, and the portal's users: Adoption Insights counts those of any span.

        Raises:
            SourceError: as `pull`.
        """
        zone = request.timezone
        has_begun = bounds(period.first, zone)[0] < request.as_of
        with self._open() as http:
            progress(f"asking {SERVER} for {period}", 0, 2)
            rows = self._rows(http, days_of(period), zone) if has_begun else []
            if not rows:
                raise NotCovered(self._has_nothing(http, period.weeks, zone))
            progress(f"asking {SERVER} for {period}", 1, 2)
            users = self._users(http, days_of(period), zone)
            progress(f"asking {SERVER} for {period}", 2, 2)
        return self._period_usage(period, rows, users, request)

    def _open(self) -> HttpSession:
        session = requests.Session()
        session.auth = _Bearer(self._token)
        session.headers["Accept"] = "application/json"
        return HttpSession(session, SERVER, patience=self._patience, sleep=self._sleep)

    def _rows(self, http: HttpSession, days: Sequence[date], zone: ZoneInfo) -> list[Row]:
        """The plugins that were viewed on any of the days, which are in a row."""
        rows = self._plugins(http, days[0].isoformat(), days[-1].isoformat(), zone.key, "daily")
        return [row for row in rows if row.views]

    def _users(self, http: HttpSession, days: Sequence[date], zone: ZoneInfo) -> int:
        """The distinct users of these days in a row, whatever they did."""
        span = {"start_date": days[0].isoformat(), "end_date": days[-1].isoformat(), "timezone": zone.key}
        return read_users(self._ask(http, {"type": "total_users", **span}))

    def _ask(self, http: HttpSession, params: Mapping[str, str]) -> Any:
        reply = http.get(self._endpoint, params=dict(params))
        if not reply.is_ok:
            raise explain(reply)
        return reply.json()

    def _plugins(self, http: HttpSession, start: str, end: str, zone: str, grouping: str) -> list[Row]:
        answer = self._ask(
            http,
            {
                "type": "top_plugins",
                "start_date": start,
                "end_date": end,
                "timezone": zone,
                "grouping": grouping,
                "limit": str(self._most_plugins),
            },
        )
        rows = read_rows(answer)
        if len(rows) >= self._most_plugins:
            raise Malformed(f"{SERVER} answered with {len(rows):,} plugins, as many as it was allowed to")
        return rows

    def _snapshot(self, week: Week, rows: Sequence[Row], request: PullRequest) -> Snapshot:
        coverage = judge(
            week,
            request.timezone,
            request.as_of,
            absent=self._absent(week.days, rows, request.timezone),
            settling=self._settling,
        )
        views = _tally(rows, request.aliases)
        return Snapshot(
            week=week,
            source=self.name,
            timezone=request.timezone.key,
            as_of=request.as_of,
            status=coverage.status,
            portal=_only_views(views.values()),
            unattributed=_only_views([views.get(None, 0)]),
            plugins=_of_plugins(views),
            teams=_of_teams(views, request.teams),
            missing_days=coverage.missing_days,
            notes=(*coverage.notes, Note(NoteKind.NOT_AVAILABLE, _VIEWS_ONLY)),
        )

    def _period_usage(
        self, period: Period, rows: Sequence[Row], users: int, request: PullRequest
    ) -> PeriodUsage:
        coverage = judge_period(
            period,
            request.timezone,
            request.as_of,
            absent=self._absent(days_of(period), rows, request.timezone),
            settling=self._settling,
        )
        views = _tally(rows, request.aliases)
        return PeriodUsage(
            period=period,
            source=self.name,
            timezone=request.timezone.key,
            as_of=request.as_of,
            status=coverage.status,
            portal=Usage(sum(views.values()), users or Absent.NOT_AVAILABLE),
            plugins=_of_plugins(views),
            teams=_of_teams(views, request.teams),
            missing_days=coverage.missing_days,
            notes=(
                *coverage.notes,
                Note(NoteKind.NOT_AVAILABLE, _NO_PLUGIN_USERS),
                Note(NoteKind.OTHER, _ALL_USERS),
            ),
        )

    def _absent(self, days: Sequence[date], rows: Sequence[Row], zone: ZoneInfo) -> set[date]:
        """Days without a view of anything; one that the zone skipped has no hour to miss."""
        seen = set(chain.from_iterable(row.dates for row in rows))
        return {
            day
            for day in days
            if day.isoformat() not in seen
            and WEEKDAYS[day.weekday()] not in self._quiet_days
            and len(set(day_bounds(day, zone))) > 1
        }

    def _has_nothing(self, http: HttpSession, weeks: Sequence[Week], zone: ZoneInfo) -> str:
        asked = f"{weeks[0]} to {weeks[-1]}" if len(weeks) > 1 else str(weeks[0])
        try:
            covered = _describe_span(self._plugins(http, *_EVER, zone.key, "monthly"))
        except SourceError:
            covered = "what it has could not be read"
        return f"{SERVER} has nothing for {asked}; {covered}"


def _tally(rows: Iterable[Row], aliases: Mapping[str, str]) -> dict[str | None, int]:
    """Views by plugin; None stands for views of no plugin."""
    views: dict[str | None, int] = {}
    for row in rows:
        plugin = attribute_id(row.plugin, aliases)
        views[plugin] = views.get(plugin, 0) + row.views
    return views


def _of_plugins(views: Mapping[str | None, int]) -> dict[str, Usage]:
    return {plugin: _only_views([count]) for plugin, count in views.items() if plugin is not None}


def _of_teams(views: Mapping[str | None, int], teams: Mapping[str, frozenset[str]]) -> dict[str, TeamUsage]:
    return {
        team: TeamUsage(owned, _only_views(views.get(plugin, 0) for plugin in owned))
        for team, owned in teams.items()
    }


def _only_views(counts: Iterable[int]) -> Usage:
    return Usage(sum(counts), Absent.NOT_AVAILABLE)


def _describe_span(rows: Sequence[Row]) -> str:
    months = sorted(day[:7] for row in rows for day in row.dates)
    return f"its views are of {months[0]} to {months[-1]}" if months else "it has no view at all"
