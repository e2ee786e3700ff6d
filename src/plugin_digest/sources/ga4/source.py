"""The ``ga4`` source: weeks and periods of a Google Analytics 4 property, through its Data API.

Owns the order of asking; which reports there are, what they look like, how they travel and what follows from
them is next door.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import requests

from plugin_digest.errors import NotCovered, Rejected
from plugin_digest.model import (
    Period,
    PeriodUsage,
    Progress,
    PullRequest,
    Snapshot,
    Week,
    no_progress,
)
from plugin_digest.sources.attribution import PluginFrom
from plugin_digest.sources.coverage import name_weeks
from plugin_digest.sources.ga4.api import PAGE_ROWS, Ga4Api
from plugin_digest.sources.ga4.dimension import (
    CUSTOM,
    GROUP,
    PATH,
    Finding,
    PluginDimension,
    choose,
    make_dimension,
)
from plugin_digest.sources.ga4.figures import Figures, Reading, Units, sets_to_ask, tally
from plugin_digest.sources.ga4.findings import describe
from plugin_digest.sources.ga4.questions import (
    ask_about_weeks,
    ask_by_row,
    ask_users_of,
    ask_views_by,
)
from plugin_digest.sources.ga4.refusals import is_passing, not_a_property
from plugin_digest.sources.ga4.reports import (
    FOUR_WEEKS_AGO,
    MAX_SPANS,
    Answer,
    Report,
    Span,
    span_of,
)
from plugin_digest.sources.ga4.snapshots import SOURCE, period_usage, snapshot
from plugin_digest.sources.google_credentials import account_of, authorized_session
from plugin_digest.sources.http import Backoff, HttpSession, Patience
from plugin_digest.weeks import WEEKDAYS, bounds, now

log = logging.getLogger(__name__)

ENDPOINT = "https://analyticsdata.googleapis.com"
_PROBED = 1_000
"""Values that are looked at to find the plugin dimension: the most viewed ones."""

_BACKOFF = Backoff(failures=4)
"""A property that fails ten times in an hour answers nobody for the rest of it, the portal team's own
dashboards included: six reports at the most are under way at first, and four may be asked again."""


class Ga4Source:
    """A GA4 property.

    Args:
        property_id: the number that GA4 shows under Admin > Property details.
        credentials_file: a service account's key or a workload identity configuration; without it,
            application default credentials.
        dimension: the API name of the dimension that tells plugins apart; None finds it.
        plugin_from: how a value names its plugin. ``dimension`` takes it for an id; the others read paths,
            of the ``dimension`` that is set, else of ``pagePath`` where the property has no ids.
        user_metric: ``totalUsers`` or ``activeUsers``.
        quiet_days: weekdays on which nobody may have used the portal, so that they are not missing.
        settling_hours: how long after the week's end GA4 may still change its figures.
        max_concurrent: requests at once, ten at most.
    """

    name = SOURCE
    weeks_at_once = MAX_SPANS

    def __init__(
        self,
        property_id: str,
        *,
        credentials_file: Path | None = None,
        endpoint: str = ENDPOINT,
        dimension: str | None = None,
        plugin_from: PluginFrom = "dimension",
        user_metric: str = "totalUsers",
        quiet_days: Collection[str] = frozenset(),
        settling_hours: float = 72,
        max_concurrent: int = 3,
        timeout_s: float = 60,
        page_rows: int = PAGE_ROWS,
        session_factory: Callable[[], requests.Session] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._property_id = property_id.strip()
        self._endpoint = endpoint
        self._dimension = dimension
        self._plugin_from = plugin_from
        self._user_metric = user_metric
        self._quiet_days = frozenset(quiet_days)
        self._settling = timedelta(hours=settling_hours)
        self._max_concurrent = max_concurrent
        self._patience = Patience(read_s=timeout_s)
        self._page_rows = page_rows
        self._session_factory = session_factory or (lambda: authorized_session(credentials_file))
        self._sleep = sleep
        self._clock = clock

    def check(self) -> list[str]:
        """What the property of the last 28 days holds, where plugins are read from, and what would be better.

        Raises:
            SourceError: it cannot be read, holds no views or nothing that names plugins.
        """
        with self._open() as api:
            events = api.read(ask_views_by("eventName", (FOUR_WEEKS_AGO,)))
            findings = self._probe(api, FOUR_WEEKS_AGO)
            dimension = self._taken(findings, {}) if events.rows else None
            if dimension is None:
                raise Rejected(
                    f"property {self._property_id} has no page_view or navigate event of the last 28 days: "
                    "is app.analytics.ga4.measurementId in the portal's app-config that of this property?"
                )
            if dimension.name not in {finding.dimension for finding in findings}:
                findings.append(_look(api, FOUR_WEEKS_AGO, dimension.name))
            zone = events.caveats.timezone or "not said"
            return [
                f"property {self._property_id}, time zone {zone}, read by {api.account or 'the environment'}",
                *describe(dimension, findings, events),
                str(api.quota),
            ]

    def pull(self, request: PullRequest, progress: Progress = no_progress) -> list[Snapshot]:
        """The snapshots of the weeks that have any view.

        Raises:
            SourceError: a report could not be read in full; no week is returned then.
        """
        weeks = sorted({week for week in request.weeks if bounds(week, request.timezone)[0] < request.as_of})
        if not weeks:
            return []
        with self._open() as api:
            dimension = self._find(api, span_of(weeks[0], weeks[-1]), request.aliases)
            chunks = [tuple(weeks[start : start + MAX_SPANS]) for start in range(0, len(weeks), MAX_SPANS)]
            read = [self._read(api, dimension, some, request, progress) for some in chunks if dimension]
            _log_quota(api)
        return [snapshot for some in read for snapshot in some]

    def pull_period(
        self, period: Period, request: PullRequest, progress: Progress = no_progress
    ) -> PeriodUsage:
        """The period as one date range: as many reports as for a week, whatever its length.

        Raises:
            NotCovered: it has no view, or has not begun.
            SourceError: a report could not be read in full.
        """
        usage = None
        if bounds(period.first, request.timezone)[0] < request.as_of:
            with self._open() as api:
                usage = self._read_period(api, period, request, progress)
                _log_quota(api)
        if usage is None:
            raise NotCovered(f"property {self._property_id} has no view in {period}")
        return usage

    def _open(self) -> Ga4Api:
        if not (self._property_id.isascii() and self._property_id.isdecimal()):
            raise Rejected(not_a_property(self._property_id))
        for day in self._quiet_days.difference(WEEKDAYS):
            raise Rejected(f"source.quiet_days: {day!r} is no weekday; they are {', '.join(WEEKDAYS)}")
        session = self._session_factory()
        http = HttpSession(
            session,
            "Google Analytics",
            backoff=_BACKOFF,
            patience=self._patience,
            passing=is_passing,
            sleep=self._sleep,
        )
        return Ga4Api(
            http,
            self._endpoint,
            self._property_id,
            account=account_of(session),
            clock=self._clock,
            max_concurrent=self._max_concurrent,
            page_rows=self._page_rows,
        )

    def _find(self, api: Ga4Api, span: Span, aliases: Mapping[str, str]) -> PluginDimension | None:
        """The dimension that is set, else the one that names the most views; None if there are no views."""
        if self._dimension:
            return make_dimension(self._dimension, self._plugin_from, aliases)
        findings = self._probe(api, span)
        if not any(finding.views for finding in findings):
            return None
        dimension = self._taken(findings, aliases)
        log.info("ga4: plugins are told apart by %s", dimension.name)
        return dimension

    def _probe(self, api: Ga4Api, span: Span) -> list[Finding]:
        known = api.dimensions()
        named = [self._dimension] if self._dimension else []
        names = dict.fromkeys([*named, *([CUSTOM] if CUSTOM in known else []), GROUP])
        return [_look(api, span, name) for name in names]

    def _taken(self, findings: Sequence[Finding], aliases: Mapping[str, str]) -> PluginDimension:
        if self._dimension:
            return make_dimension(self._dimension, self._plugin_from, aliases)
        name = choose(findings, self._plugin_from)
        return make_dimension(name, self._plugin_from if name == PATH else "dimension", aliases)

    def _read(
        self,
        api: Ga4Api,
        dimension: PluginDimension,
        weeks: tuple[Week, ...],
        request: PullRequest,
        progress: Progress,
    ) -> list[Snapshot]:
        """The snapshots of up to four weeks."""
        asked = ask_about_weeks(dimension, weeks, self._user_metric, with_pages=request.pages_per_plugin > 0)
        found = self._figures(api, dimension, asked, request, name_weeks(weeks), progress)
        made = [
            snapshot(figures, week, request, settling=self._settling, quiet_days=self._quiet_days)
            for week, figures in zip(weeks, found, strict=True)
        ]
        return [one for one in made if one is not None]

    def _read_period(
        self, api: Ga4Api, period: Period, request: PullRequest, progress: Progress
    ) -> PeriodUsage | None:
        span = span_of(period.first, period.last)
        dimension = self._find(api, span, request.aliases)
        if dimension is None:
            return None
        asked = ask_by_row(dimension, (span,), self._user_metric)
        [figures] = self._figures(api, dimension, asked, request, str(period), progress)
        return period_usage(figures, period, request, settling=self._settling, quiet_days=self._quiet_days)

    def _figures(
        self,
        api: Ga4Api,
        dimension: PluginDimension,
        asked: Mapping[str, Report],
        request: PullRequest,
        what: str,
        progress: Progress,
    ) -> list[Figures]:
        """Those of each span: first all figures by row, then the users of sets of plugins."""
        spans = asked["views"].spans
        answers = dict(
            zip(asked, api.read_all(list(asked.values()), _told(progress, f"{what}: reports")), strict=True)
        )
        counted = tally(answers["views"], dimension, len(spans))
        sets = sets_to_ask(counted, dimension, request.teams)
        reports = [ask_users_of(dimension, units, spans, self._user_metric) for units in sets]
        users = api.read_batches(reports, _told(progress, f"{what}: distinct users"))
        reading = _reading(answers, dict(zip(sets, users, strict=True)))
        return [Figures(reading, counted, dimension, span) for span in range(len(spans))]


def _log_quota(api: Ga4Api) -> None:
    log.log(logging.WARNING if api.quota.is_scarce else logging.INFO, "ga4: %s", api.quota)


def _look(api: Ga4Api, span: Span, dimension: str) -> Finding:
    return Finding.of(dimension, api.read(ask_views_by(dimension, (span,), top=_PROBED)))


def _told(progress: Progress, what: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(what, done, total)


def _reading(answers: Mapping[str, Answer], sets: Mapping[Units, Answer]) -> Reading:
    return Reading(
        days=answers["days"],
        portal_users=answers["portal_users"],
        views=answers["views"],
        four_weeks=answers.get("four_weeks"),
        users=answers.get("users"),
        pages=answers.get("pages"),
        sets=sets,
    )
