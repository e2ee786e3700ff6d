"""The ``adoption_insights`` source: the REST API of Red Hat's Adoption Insights plugin for Backstage.

Owns its parameters, payloads and refusals. The API knows views per plugin and no users per plugin, and lets
only signed-in users in; the ``sql`` source reads the same events from their table.

API: ``GET /api/adoption-insights/events?type=top_plugins`` of
``@red-hat-developer-hub/backstage-plugin-adoption-insights-backend`` 1.0.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
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
    Progress,
    PullRequest,
    Snapshot,
    TeamUsage,
    Usage,
    Week,
    no_progress,
)
from plugin_digest.sources.attribution import attribute_id
from plugin_digest.sources.coverage import day_bounds, judge
from plugin_digest.sources.http import HttpSession, Patience, Reply, refusal
from plugin_digest.weeks import WEEKDAYS, bounds

SERVER = "Adoption Insights"
MOST_PLUGINS = 100_000
"""How many are asked for; without a limit there would be three."""
_API = "/api/adoption-insights"
_EVER = ("2000-01-01", "2999-12-31")
_WAY_OUT = "use source type sql with preset: adoption_insights, which reads its database"
_VIEWS_ONLY = (
    "users are not available: the API of Adoption Insights counts views only; "
    "the portal's views are those of all plugins and of none together"
)


@dataclass(frozen=True)
class _Row:
    """A plugin as reported, its views, and the days (or the first days of longer spells) that have any."""

    plugin: str
    views: int
    dates: tuple[str, ...]


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
            rows = self._ask(http, *_EVER, "UTC", "monthly")
        views = sum(row.views for row in rows)
        return [
            f"{SERVER}: {views:,} views of {len(rows):,} plugin ids; {_describe_span(rows)}",
            f"{SERVER} tells no users per plugin; to have them {_WAY_OUT}",
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
                if rows := self._week(http, week, request.timezone):
                    snapshots.append(self._snapshot(week, rows, request))
            progress(f"asking {SERVER}", len(weeks), len(weeks))
            if not snapshots:
                raise NotCovered(self._has_nothing(http, weeks, request.timezone))
        return snapshots

    def _open(self) -> HttpSession:
        session = requests.Session()
        session.auth = _Bearer(self._token)
        session.headers["Accept"] = "application/json"
        return HttpSession(session, SERVER, patience=self._patience, sleep=self._sleep)

    def _week(self, http: HttpSession, week: Week, zone: ZoneInfo) -> list[_Row]:
        span = week.first_day.isoformat(), week.last_day.isoformat()
        return [row for row in self._ask(http, *span, zone.key, "daily") if row.views]

    def _ask(self, http: HttpSession, start: str, end: str, zone: str, grouping: str) -> list[_Row]:
        reply = http.get(
            self._endpoint,
            params={
                "type": "top_plugins",
                "start_date": start,
                "end_date": end,
                "timezone": zone,
                "grouping": grouping,
                "limit": str(self._most_plugins),
            },
        )
        if not reply.is_ok:
            raise _explain(reply)
        rows = _read_rows(reply.json())
        if len(rows) >= self._most_plugins:
            raise Malformed(f"{SERVER} answered with {len(rows):,} plugins, as many as it was allowed to")
        return rows

    def _snapshot(self, week: Week, rows: Sequence[_Row], request: PullRequest) -> Snapshot:
        coverage = judge(
            week,
            request.timezone,
            request.as_of,
            absent=self._absent(week, rows, request.timezone),
            settling=self._settling,
        )
        views: dict[str | None, int] = {}
        for row in rows:
            plugin = attribute_id(row.plugin, request.aliases)
            views[plugin] = views.get(plugin, 0) + row.views
        unattributed = views.pop(None, 0)
        plugins = {plugin: count for plugin, count in views.items() if plugin is not None}
        return Snapshot(
            week=week,
            source=self.name,
            timezone=request.timezone.key,
            as_of=request.as_of,
            status=coverage.status,
            portal=_only_views([*plugins.values(), unattributed]),
            unattributed=_only_views([unattributed]),
            plugins={plugin: _only_views([count]) for plugin, count in plugins.items()},
            teams={
                team: TeamUsage(owned, _only_views(plugins.get(plugin, 0) for plugin in owned))
                for team, owned in request.teams.items()
            },
            missing_days=coverage.missing_days,
            notes=(*coverage.notes, Note(NoteKind.NOT_AVAILABLE, _VIEWS_ONLY)),
        )

    def _absent(self, week: Week, rows: Sequence[_Row], zone: ZoneInfo) -> set[date]:
        """Days without a view of anything; one that the zone skipped has no hour to miss."""
        seen = set(chain.from_iterable(row.dates for row in rows))
        return {
            day
            for day in week.days
            if day.isoformat() not in seen
            and WEEKDAYS[day.weekday()] not in self._quiet_days
            and len(set(day_bounds(day, zone))) > 1
        }

    def _has_nothing(self, http: HttpSession, weeks: Sequence[Week], zone: ZoneInfo) -> str:
        asked = f"{weeks[0]} to {weeks[-1]}" if len(weeks) > 1 else str(weeks[0])
        try:
            covered = _describe_span(self._ask(http, *_EVER, zone.key, "monthly"))
        except SourceError:
            covered = "what it has could not be read"
        return f"{SERVER} has nothing for {asked}; {covered}"


def _only_views(counts: Iterable[int]) -> Usage:
    return Usage(sum(counts), Absent.NOT_AVAILABLE)


def _describe_span(rows: Sequence[_Row]) -> str:
    months = sorted(day[:7] for row in rows for day in row.dates)
    return f"its views are of {months[0]} to {months[-1]}" if months else "it has no view at all"


def _read_rows(answer: Any) -> list[_Row]:
    """The rows of ``{"data": [{"plugin_id", "visit_count", "trend": [{"date", "count"}]}]}``.

    Raises:
        Malformed: it is something else.
    """
    data = answer.get("data") if isinstance(answer, Mapping) else None
    if not isinstance(data, list):
        raise _malformed("no list of plugins in it")
    return [_read_row(row) for row in data]


def _read_row(row: Any) -> _Row:
    if not isinstance(row, Mapping) or not isinstance(row.get("plugin_id"), str):
        raise _malformed("a row without plugin_id")
    views = _whole(row.get("visit_count"))
    dates = tuple(_read_trend(row.get("trend")))
    if views and not dates:
        raise _malformed("a plugin with views but without a day on which they were (trend)")
    return _Row(row["plugin_id"], views, dates)


def _read_trend(trend: Any) -> Iterable[str]:
    """The days with views; some databases give the list as a text."""
    if isinstance(trend, str):
        try:
            trend = json.loads(trend)
        except ValueError:
            raise _malformed("a trend that is not JSON") from None
    for point in trend if isinstance(trend, list) else ():
        if not isinstance(point, Mapping) or not isinstance(point.get("date"), str):
            raise _malformed("a trend without dates")
        if _whole(point.get("count")):
            yield point["date"][:10]


def _whole(value: Any) -> int:
    """A count, which is a number in some versions and a text in others."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise _malformed("a count that is no whole number")


def _malformed(what: str) -> Malformed:
    return Malformed(f"{SERVER} answered with something else than top_plugins: {what}")


def _explain(reply: Reply) -> SourceError:
    """The SourceError of a reply that is not OK, with what to do about it."""
    said = _said(reply)
    if reply.status == HTTPStatus.UNAUTHORIZED:
        return Rejected(
            f"{SERVER} did not accept source.token{said}; user tokens live for an hour. "
            f"For a weekly job {_WAY_OUT}"
        )
    if reply.status == HTTPStatus.FORBIDDEN and "service" in said:
        return Rejected(f"{SERVER} lets in signed-in users only, and source.token is a service's; {_WAY_OUT}")
    if reply.status == HTTPStatus.FORBIDDEN:
        return Rejected(
            f"{SERVER} refused the user of source.token{said}: "
            "the permission adoption-insights.events.read is needed"
        )
    if reply.status == HTTPStatus.NOT_FOUND:
        return Rejected(
            f"there is no {SERVER} at source.url: expected the backend's address, "
            "like https://backstage.acme.example, with the plugin installed"
        )
    if reply.status == HTTPStatus.BAD_REQUEST:
        return Rejected(f"{SERVER} does not understand the question{said}; is the plugin older than 1.0?")
    return refusal(reply)


def _said(reply: Reply) -> str:
    """What the error body says, in brackets; both Backstage's form and the plugin's own."""
    try:
        body = json.loads(reply.body)
        error = body.get("error")
        message = error["message"] if isinstance(error, Mapping) else body["message"]
        details = "; ".join(f"{key}: {', '.join(map(str, texts))}" for key, texts in _fields(body))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""
    text = " ".join(f"{message} {details}".split())
    return f" ({text[:300]})"


def _fields(body: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    errors = body.get("errors")
    return errors.items() if isinstance(errors, Mapping) else ()
