"""The ``ga4_bigquery`` source: weeks of a GA4 property, from its export to BigQuery.

Owns which queries are run, and in which order, and what `check` says. What they look like, how they travel
and what follows from them is next door.
"""

import logging
import re
from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import requests

from plugin_digest.errors import NotCovered, Rejected
from plugin_digest.model import DAYS_PER_WEEK, Progress, PullRequest, Snapshot, Week, no_progress
from plugin_digest.sources.bigquery.query import Export, Query, User, count_days
from plugin_digest.sources.bigquery.reading import SOURCE, Reading, read, snapshot
from plugin_digest.sources.bigquery.refusals import SERVER
from plugin_digest.sources.bigquery.warehouse import SCOPE, Allowance, DayTables, Warehouse
from plugin_digest.sources.google_credentials import authorized_session
from plugin_digest.weeks import WEEKDAYS

log = logging.getLogger(__name__)

ENDPOINT = "https://bigquery.googleapis.com"
_PROJECT = re.compile(r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")
"""https://cloud.google.com/resource-manager/docs/creating-managing-projects; old ones have a domain."""
_DATASET = re.compile(r"[A-Za-z0-9_]{1,1024}")
_USERS = ("user_pseudo_id", "user_id")


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
        maximum_bytes_billed: above this, a week's query is not run.
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
        self._settling = timedelta(hours=settling_hours)
        self._quiet_days = frozenset(quiet_days)
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
            size_bytes = warehouse.estimate(self._count(week_long))
            rows = warehouse.run(self._count([newest]))
            who = warehouse.account or "the environment"
        return [
            f"{self._export.name}, read by {who}: {_describe(tables)}",
            self._describe_cost(size_bytes),
            *self._describe_day(newest, read(rows, SERVER)),
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
            queries = {week: self._count_week(week, request) for week in weeks}
            self._estimate(warehouse, queries)
            made = []
            for done, (week, query) in enumerate(queries.items()):
                progress(f"counting in {SERVER}", done, len(queries))
                made.append(self._snapshot(read(warehouse.run(query), SERVER), week, request))
            progress(f"counting in {SERVER}", len(queries), len(queries))
            snapshots = tuple(one for one in made if one is not None)
            if not snapshots:
                asked = f"{weeks[0]} to {weeks[-1]}" if len(weeks) > 1 else str(weeks[0])
                there = _describe(warehouse.tables())
                raise NotCovered(f"{self._export.name} has nothing for {asked}; it has {there}")
        return snapshots

    def _open(self) -> Warehouse:
        return Warehouse(
            self._session_factory(),
            self._export,
            self._allowance,
            job_project=self._job_project,
            location=self._location,
            endpoint=self._endpoint,
        )

    def _estimate(self, warehouse: Warehouse, queries: dict[Week, Query]) -> None:
        """Asks what each week would read before the first one is paid for."""
        for week, query in queries.items():
            size_bytes = warehouse.estimate(query)
            log.info("%s: the query of %s reads %s", self._export.name, week, _size(size_bytes))

    def _count_week(self, week: Week, request: PullRequest) -> Query:
        return count_days(
            self._export,
            week.days,
            request.timezone,
            teams=request.teams,
            aliases=request.aliases,
            pages=request.pages_per_plugin,
        )

    def _count(self, days: Sequence[date]) -> Query:
        return count_days(self._export, days, ZoneInfo("UTC"), teams={}, aliases={}, pages=0)

    def _snapshot(self, reading: Reading, week: Week, request: PullRequest) -> Snapshot | None:
        return snapshot(
            reading,
            week,
            request,
            self._export,
            quiet_days=self._quiet_days,
            settling=self._settling,
        )

    def _describe_cost(self, size_bytes: int) -> str:
        allowed = self._allowance.maximum_bytes
        limit = "nothing limits it" if allowed is None else f"it may read {_size(allowed)}"
        return f"a week's query reads {_size(size_bytes)}; {limit} (source.maximum_bytes_billed)"

    def _describe_day(self, day: date, found: Reading) -> list[str]:
        views, users = found.portal.views, found.portal.users
        if not views:
            return [f"{day} has no page_view or navigate event"]
        ranked = sorted(found.plugins.items(), key=lambda item: (-_number(item[1].views), item[0]))
        most = ", ".join(f"{plugin} {usage.views:,}" for plugin, usage in ranked[:5])
        text = (
            f"{day}: {views:,} views by {users:,} users ({self._export.user}) of {len(ranked):,} plugins "
            f"({self._export.plugin_parameter}); most viewed: {most or 'none'}"
        )
        lines = [text]
        if not ranked:
            lines.append(_UNNAMED.format(parameter=self._export.plugin_parameter))
        if not users:
            lines.append(f"no view has a {self._export.user}: users will not be available")
        return lines


_UNNAMED = (
    "no view names its plugin in {parameter}: in the portal's app-config put pluginId into "
    "app.analytics.ga4.allowedContexts for c_pluginId, or set app.analytics.ga4.contentGrouping: pluginId "
    "for content_group, and name the one in source.plugin_parameter"
)


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


def _describe(tables: DayTables) -> str:
    parts = [
        f"{len(days):,} {kind} table{'s' if len(days) > 1 else ''} of {days[0]} to {days[-1]}"
        for kind, days in (("daily", tables.daily), ("intraday", tables.intraday))
        if days
    ]
    missing = "" if tables.daily else "; switch the daily export on, the intraday one is never final"
    return " and ".join(parts) + missing


def _number(count: object) -> int:
    return count if isinstance(count, int) else 0


def _size(size_bytes: int) -> str:
    """In decimal units, in which Google bills."""
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1_000:  # noqa: PLR2004 - the units' own step
            return f"{size:,.4g} {unit}"
        size /= 1_000
    return f"{size:,.4g} TB"
