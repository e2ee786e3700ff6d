"""The ``ga4_bigquery`` source: weeks of a GA4 property, from its export to BigQuery.

Owns which queries are run, and in which order, and what `check` says. What they look like, how they travel
and what follows from them is next door.
"""

import logging
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import requests

from plugin_digest.errors import NotCovered, Rejected
from plugin_digest.model import (
    DAYS_PER_WEEK,
    LOOKBACK_WEEKS,
    Period,
    PeriodUsage,
    Progress,
    PullRequest,
    Snapshot,
    Week,
    no_progress,
)
from plugin_digest.sources.bigquery.figures import SOURCE, Rules, period_usage, snapshot
from plugin_digest.sources.bigquery.findings import (
    describe_cost,
    describe_day,
    describe_size,
    describe_tables,
)
from plugin_digest.sources.bigquery.query import Export, Query, User, count_days
from plugin_digest.sources.bigquery.reading import read
from plugin_digest.sources.bigquery.refusals import SERVER
from plugin_digest.sources.bigquery.warehouse import SCOPE, Allowance, Warehouse
from plugin_digest.sources.coverage import name_weeks
from plugin_digest.sources.google_credentials import authorized_session
from plugin_digest.sources.period_coverage import days_of
from plugin_digest.weeks import WEEKDAYS

log = logging.getLogger(__name__)

ENDPOINT = "https://bigquery.googleapis.com"
_PROJECT = re.compile(r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")
"""https://cloud.google.com/resource-manager/docs/creating-managing-projects; old ones have a domain."""
_DATASET = re.compile(r"[A-Za-z0-9_]{1,1024}")
_USERS = ("user_pseudo_id", "user_id")
_LEAST_BYTES_TO_LOOK_BACK = 500_000_000
"""What a week with the four weeks before may be billed however small it is: 10 MiB for each table."""
_DAYS_BEFORE = LOOKBACK_WEEKS * DAYS_PER_WEEK


@dataclass(frozen=True)
class _Plan:
    """How a week is read; ``looks_back``: with the four weeks before it, which tell new users."""

    query: Query
    size_bytes: int
    looks_back: bool


class BigQuerySource:
    """A dataset that a GA4 property exports to.

    Args:
        project: the Google Cloud project that the dataset is in.
        dataset: ``analytics_`` and the property id.
        plugin_parameter: the event parameter that names the plugin: ``c_pluginId``, ``content_group``, or
            what a portal's own module sends.
        user: what a user is told by: ``user_pseudo_id`` is a browser, ``user_id`` a person where the portal
            sends identities.
        settling_hours: how long after the week's end Google may still change its tables.
        quiet_days: weekdays on which nobody may have used the portal, so that they are not missing.
        maximum_bytes_billed: above this, a week's query is not run; where only the four weeks before it
            would exceed it, they are left out, and new users are not available.
        timeout_s: how long one query may take.
        job_project: the project that queries run in and are billed to, if not ``project``.
        location: where the dataset is; BigQuery finds it where it is not given.
    """

    name = SOURCE
    weeks_at_once = 4

    def __init__(
        self,
        project: str,
        dataset: str,
        *,
        plugin_parameter: str = "c_pluginId",
        user: User = "user_pseudo_id",
        settling_hours: float = 72,
        quiet_days: Collection[str] = frozenset(),
        maximum_bytes_billed: int | None = None,
        timeout_s: float = 300,
        job_project: str | None = None,
        location: str | None = None,
        credentials_file: Path | None = None,
        endpoint: str = ENDPOINT,
        retry_s: float = 60,
        page_rows: int | None = None,
        session_factory: Callable[[], requests.Session] | None = None,
    ) -> None:
        _validate(project, dataset, job_project, user, quiet_days)
        self._export = Export(project, dataset, plugin_parameter, user)
        self._rules = Rules(self._export, frozenset(quiet_days), timedelta(hours=settling_hours))
        self._allowance = Allowance(maximum_bytes_billed, timeout_s, retry_s, page_rows)
        self._job_project = job_project or project
        self._location = location
        self._endpoint = endpoint
        self._session_factory = session_factory or (lambda: authorized_session(credentials_file, SCOPE))

    def check(self) -> Sequence[str]:
        """Which days the dataset has, what a week's query reads, and what the newest whole day holds.

        Raises:
            SourceError: it cannot be read, has no events, or a week would read more than it may.
        """
        with self._open() as warehouse:
            tables = warehouse.tables()
            newest = (tables.daily or tables.intraday)[-1]
            week_long = [newest - timedelta(days=back) for back in reversed(range(DAYS_PER_WEEK))]
            plan = _plan(warehouse, lambda days_before: self._count(week_long, days_before))
            rows = warehouse.run(self._count([newest]))
            who = warehouse.account or "the environment"
        return [
            f"{self._export.name}, read by {who}: {describe_tables(tables)}",
            describe_cost(plan.size_bytes, self._allowance.maximum_bytes, looks_back=plan.looks_back),
            *describe_day(newest, read(rows, SERVER), self._export),
        ]

    def pull(self, request: PullRequest, progress: Progress = no_progress) -> Sequence[Snapshot]:
        """One snapshot for each asked week that the export has an event of.

        Raises:
            Rejected: BigQuery refuses, a week would read too much, or there is nothing for any of the weeks.
            Unreachable: it does not answer, or not in time.
            Malformed: its answer cannot be read in full.
        """
        weeks = sorted(set(request.weeks))
        if not weeks:
            return ()
        with self._open() as warehouse:
            plans = {week: self._plan_week(warehouse, week, request) for week in weeks}
            made = []
            for done, (week, plan) in enumerate(plans.items()):
                progress(f"counting in {SERVER}", done, len(plans))
                reading = read(warehouse.run(plan.query), SERVER)
                made.append(snapshot(reading, week, request, self._rules, looks_back=plan.looks_back))
            progress(f"counting in {SERVER}", len(plans), len(plans))
            snapshots = tuple(one for one in made if one is not None)
            if not snapshots:
                raise self._not_covered(warehouse, name_weeks(weeks))
        return snapshots

    def pull_period(
        self, period: Period, request: PullRequest, progress: Progress = no_progress
    ) -> PeriodUsage:
        """The period in one query; its new users are not available.

        Raises:
            SourceError: as `pull`.
        """
        what = f"counting in {SERVER}"
        with self._open() as warehouse:
            query = count_days(
                self._export, days_of(period), request.timezone, teams=request.teams, aliases=request.aliases
            )
            self._log_size(period, warehouse.estimate(query, str(period)))
            progress(what, 0, 1)
            usage = period_usage(read(warehouse.run(query), SERVER), period, request, self._rules)
            progress(what, 1, 1)
            if usage is None:
                raise self._not_covered(warehouse, str(period))
        return usage

    def _not_covered(self, warehouse: Warehouse, asked: str) -> NotCovered:
        there = describe_tables(warehouse.tables())
        return NotCovered(f"{self._export.name} has nothing for {asked}; it has {there}")

    def _open(self) -> Warehouse:
        return Warehouse(
            self._session_factory(),
            self._export,
            self._allowance,
            job_project=self._job_project,
            location=self._location,
            endpoint=self._endpoint,
        )

    def _plan_week(self, warehouse: Warehouse, week: Week, request: PullRequest) -> _Plan:
        plan = _plan(warehouse, lambda days_before: self._count_week(week, request, days_before))
        self._log_size(week, plan.size_bytes)
        if not plan.looks_back:
            text = "%s: %s has no new users: source.maximum_bytes_billed allows no look at the weeks before"
            log.warning(text, self._export.name, week)
        return plan

    def _log_size(self, what: Week | Period, size_bytes: int) -> None:
        log.info("%s: the query of %s reads %s", self._export.name, what, describe_size(size_bytes))

    def _count_week(self, week: Week, request: PullRequest, days_before: int) -> Query:
        return count_days(
            self._export,
            week.days,
            request.timezone,
            teams=request.teams,
            aliases=request.aliases,
            days_before=days_before,
            pages=request.pages_per_plugin,
            searches=request.searches_per_plugin,
        )

    def _count(self, days: Sequence[date], days_before: int = 0) -> Query:
        return count_days(self._export, days, ZoneInfo("UTC"), teams={}, aliases={}, days_before=days_before)


def _plan(warehouse: Warehouse, make: Callable[[int], Query]) -> _Plan:
    """A week's query, which ``make`` writes for so many days before it: with the four weeks if it may.

    What it would read is asked before anything is paid for.
    """
    if warehouse.allows(_LEAST_BYTES_TO_LOOK_BACK):
        query = make(_DAYS_BEFORE)
        size_bytes = warehouse.measure(query)
        if warehouse.allows(size_bytes):
            return _Plan(query, size_bytes, looks_back=True)
    query = make(0)
    return _Plan(query, warehouse.estimate(query, "a week"), looks_back=False)


def _validate(
    project: str, dataset: str, job_project: str | None, user: str, quiet_days: Collection[str]
) -> None:
    """Refuses what would become part of a statement or an address and is no name."""
    for key, value in (("project", project), ("job_project", job_project)):
        if value is not None and not _PROJECT.fullmatch(value):
            raise Rejected(
                f"source.{key}: {value!r} is no project id; it looks like acme-analytics, and is not the name"
            )
    if not _DATASET.fullmatch(dataset):
        raise Rejected(
            f"source.dataset: {dataset!r} is no dataset; GA4 names it analytics_ and the property id, like "
            "analytics_123456789, without the project"
        )
    if user not in _USERS:
        raise Rejected(f"source.user: {user!r} is not known; there is {' and '.join(_USERS)}")
    for day in quiet_days:
        if day not in WEEKDAYS:
            raise Rejected(f"source.quiet_days: {day!r} is no weekday; they are {', '.join(WEEKDAYS)}")
