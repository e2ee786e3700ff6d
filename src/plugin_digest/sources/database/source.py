"""The ``sql`` source itself: what it is told, what it checks and what it gives."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Literal

from plugin_digest.databases import Database
from plugin_digest.errors import Rejected
from plugin_digest.model import Period, PeriodUsage, Progress, PullRequest, Snapshot, no_progress
from plugin_digest.sources.database.expressions import Layout
from plugin_digest.sources.database.figures import freeze, freeze_period
from plugin_digest.sources.database.moments import TimeFormat
from plugin_digest.sources.database.own_queries import OwnQueries
from plugin_digest.sources.database.table import EventTable
from plugin_digest.weeks import WEEKDAYS

Preset = Literal["adoption_insights"]

_PRESETS: Mapping[Preset, tuple[str, Mapping[str, str]]] = {
    "adoption_insights": (
        "events",
        {
            "time": "created_at",
            "action": "action",
            "plugin": "plugin_id",
            "path": "subject",
            "user": "user_ref",
        },
    ),
}
"""Table and columns. Red Hat's Adoption Insights: migrations/20250227120154_init.js of its backend."""

_FOLDING_UP = frozenset({"oracle", "snowflake", "ibm_db_sa", "firebird"})
"""Dialects in which an unquoted ``events`` is ``EVENTS``."""


class SqlSource:
    """Counts the views in a database.

    Attributes:
        url: an SQLAlchemy URL.
        table: where the events are, one a row, in ``schema`` if given.
        columns: column names by field: ``time``, ``action`` (``=navigate`` if every row is a view),
            ``plugin``, and if there are such ``path``, ``user`` and ``session``.
        preset: table and columns of a known product; what is given beside it goes first.
        time_format: how ``time`` is written; recognised from the data where it is not given.
        queries: in place of a table, a query per figure; see `own_queries`.
        quiet_days: weekdays on which nobody may have used the portal, so that they are not missing.
        settling_hours: how long after its end a week may still get late events.
        statement_timeout_s: how long one statement may run.
        exclude_users: patterns like ``user:default/svc-*`` of users whose events are not counted.
        max_unreadable_share: above this share of rows without a valid time, the pull fails.
    """

    name = "sql"

    def __init__(
        self,
        url: str,
        *,
        table: str | None = None,
        schema: str | None = None,
        columns: Mapping[str, str] | None = None,
        preset: Preset | None = None,
        time_format: TimeFormat | None = None,
        queries: Mapping[str, str] | None = None,
        quiet_days: Collection[str] = frozenset(),
        settling_hours: float = 2,
        statement_timeout_s: float = 300,
        exclude_users: Sequence[str] = (),
        max_unreadable_share: float = 0.01,
    ) -> None:
        self._database = Database(url, statement_timeout_s=statement_timeout_s)
        self._figures: EventTable | OwnQueries
        if queries:
            if table or preset or columns or exclude_users:
                raise Rejected(
                    "source.queries: stands alone; table, preset, columns and exclude_users do not go with it"
                )
            self._figures = OwnQueries(queries, time_format)
        else:
            layout = _layout(table, schema, columns or {}, preset, self._database.dialect)
            self._figures = EventTable(layout, time_format, tuple(exclude_users), max_unreadable_share)
        self._quiet_days = _weekdays(quiet_days)
        self._settling = timedelta(hours=settling_hours)

    def check(self) -> Sequence[str]:
        """Reaches the database and looks at the table, or tries each query.

        Raises:
            SourceError: as `pull`.
        """
        with self._database.reading() as reading:
            return [
                f"{self._database.label}: reached, {self._database.guard}",
                *self._figures.describe(reading),
            ]

    def pull(self, request: PullRequest, progress: Progress = no_progress) -> Sequence[Snapshot]:
        """One snapshot for each asked week that the database has an event of.

        Raises:
            Rejected: the database refuses, a setting does not fit it, or it has nothing for any of the weeks.
            Unreachable: it does not answer, or not in time.
            Malformed: it answers with something that is no figure.
        """
        weeks = sorted(set(request.weeks))
        if not weeks:
            return ()
        with self._database.reading() as reading:
            counted = self._figures.count(reading, weeks, request, progress)
        return [
            freeze(figures, request, self.name, quiet_days=self._quiet_days, settling=self._settling)
            for figures in counted
        ]

    def pull_period(
        self, period: Period, request: PullRequest, progress: Progress = no_progress
    ) -> PeriodUsage:
        """The figures of a period as a whole; ``request.weeks`` are not looked at.

        Raises:
            SourceError: as `pull`.
        """
        with self._database.reading() as reading:
            counted = self._figures.count_period(reading, period, request, progress)
        return freeze_period(
            counted, request, self.name, quiet_days=self._quiet_days, settling=self._settling
        )


def _layout(
    table: str | None,
    schema: str | None,
    columns: Mapping[str, str],
    preset: Preset | None,
    dialect: str,
) -> Layout:
    if preset is not None and preset not in _PRESETS:
        raise Rejected(f"source.preset: {preset!r} is not known; there is {', '.join(_PRESETS)}")
    known_table, known_columns = _PRESETS[preset] if preset else (None, {})
    if not (table or known_table):
        raise Rejected("source: name a table, a preset or queries")
    is_quoted = dialect not in _FOLDING_UP
    return Layout(str(table or known_table), schema, {**known_columns, **columns}, is_quoted)


def _weekdays(names: Collection[str]) -> frozenset[str]:
    for name in names:
        if name not in WEEKDAYS:
            raise Rejected(f"source.quiet_days: {name!r} is no weekday; they are {', '.join(WEEKDAYS)}")
    return frozenset(names)
