"""BigQuery as it is used here: what a query would read, its rows, and the tables of a dataset.

Owns the client library (the extra ``bigquery``, imported when it is used), time limits, retries and the
limit on what a query may cost. Knows nothing of plugins and weeks.
"""

import importlib
import logging
import re
from dataclasses import dataclass
from datetime import date
from types import TracebackType
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter

from plugin_digest.errors import Malformed, Rejected
from plugin_digest.sources.bigquery.query import INTRADAY, Export, Query, Records, Value
from plugin_digest.sources.bigquery.refusals import SERVER, Refusals
from plugin_digest.sources.google_credentials import account_of

log = logging.getLogger(__name__)

SCOPE = "https://www.googleapis.com/auth/bigquery"
"""Running a query needs it; there is no narrower scope that may."""

_CONNECT_S = 10.0
_READ_S = 60.0
_LABELS = {"application": "plugin-digest"}
_TABLE = re.compile(rf"events_({INTRADAY})?(\d{{8}})")


@dataclass(frozen=True)
class Allowance:
    """What one query may take. ``page_rows`` None leaves the size of a page to BigQuery."""

    maximum_bytes: int | None
    timeout_s: float
    retry_s: float
    page_rows: int | None


@dataclass(frozen=True)
class DayTables:
    """The days that have a table, of each kind, oldest first."""

    daily: tuple[date, ...]
    intraday: tuple[date, ...]


class Warehouse:
    """One dataset, for the length of one pull or check. Close it, or use it in a ``with``."""

    def __init__(
        self,
        session: requests.Session,
        export: Export,
        allowance: Allowance,
        *,
        job_project: str,
        location: str | None,
        endpoint: str,
    ) -> None:
        self.account = account_of(session)
        self.refusals = Refusals(export.name, job_project, self.account, allowance.timeout_s)
        self._export = export
        self._allowance = allowance
        self._location = location
        self._library = _import_library()
        _limit_waits(session, min(_READ_S, allowance.timeout_s))
        self._session = session
        self._client = self._library.Client(
            project=job_project, _http=session, client_options={"api_endpoint": endpoint}
        )
        self._retry = self._library.DEFAULT_RETRY.with_timeout(allowance.retry_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def tables(self) -> DayTables:
        """The day tables of the dataset.

        Raises:
            SourceError: it cannot be read, or has none.
        """
        dataset = self._library.DatasetReference(self._export.project, self._export.dataset)
        with self.refusals.heard():
            listed = self._client.list_tables(
                dataset, page_size=1_000, retry=self._retry, timeout=self._allowance.timeout_s
            )
            matches = [match for table in listed if (match := _TABLE.fullmatch(table.table_id))]
            found = sorted((bool(match[1]), date.fromisoformat(match[2])) for match in matches)
        if not found:
            raise self.refusals.no_tables()
        daily = tuple(day for is_intraday, day in found if not is_intraday)
        return DayTables(daily, tuple(day for is_intraday, day in found if is_intraday))

    def allows(self, size_bytes: int) -> bool:
        """Whether a query may read so much."""
        maximum = self._allowance.maximum_bytes
        return maximum is None or size_bytes <= maximum

    def estimate(self, query: Query, what: str) -> int:
        """The bytes that the query of ``what`` would read; costs nothing.

        Raises:
            SourceError: it would not run, or reads more than it may.
        """
        size_bytes = self.measure(query)
        maximum = self._allowance.maximum_bytes
        if maximum is not None and size_bytes > maximum:
            raise self.refusals.too_dear(what, size_bytes, maximum)
        return size_bytes

    def measure(self, query: Query) -> int:
        """The bytes that a query would read, whether it may or not; costs nothing.

        Raises:
            SourceError: it would not run.
        """
        with self.refusals.heard():
            size_bytes = self._start(query, dry_run=True).total_bytes_processed
        if not isinstance(size_bytes, int):
            raise Malformed(f"{SERVER} does not say how many bytes the query would read")
        return size_bytes

    def run(self, query: Query) -> list[dict[str, Any]]:
        """All rows of a query.

        Raises:
            SourceError: it failed, or some of its rows are lacking.
        """
        with self.refusals.heard():
            job = self._start(query, dry_run=False)
            result = job.result(
                page_size=self._allowance.page_rows,
                retry=self._retry,
                timeout=self._allowance.timeout_s,
                job_retry=None,
            )
            total = result.total_rows
            rows = [dict(row.items()) for row in result]
            is_answer = bool(result.schema)
            log.info("%s: %s bytes billed", self._export.name, job.total_bytes_billed)
        if not is_answer:
            raise Malformed(f"{SERVER} answered without saying what columns and how many rows there are")
        if len(rows) != total:
            raise Malformed(f"{SERVER} answered {len(rows):,} of {total:,} rows; pull again")
        return rows

    def _start(self, query: Query, *, dry_run: bool) -> Any:
        """A job. Not started again if it fails: the next pull does that, and this one may be billed."""
        allowance = self._allowance
        config = self._library.QueryJobConfig(
            query_parameters=[self._parameter(name, value) for name, value in query.parameters.items()],
            labels=_LABELS,
            dry_run=dry_run,
        )
        if not dry_run:
            config.job_timeout_ms = int(allowance.timeout_s * 1_000)
            if allowance.maximum_bytes is not None:
                config.maximum_bytes_billed = allowance.maximum_bytes
        return self._client.query(
            query.text,
            job_config=config,
            location=self._location,
            retry=self._retry,
            timeout=allowance.timeout_s,
            job_retry=None,
        )

    def _parameter(self, name: str, value: Value) -> Any:
        library = self._library
        if isinstance(value, int):
            return library.ScalarQueryParameter(name, "INT64", value)
        if isinstance(value, str):
            return library.ScalarQueryParameter(name, "STRING", value)
        if not isinstance(value, Records):
            return library.ArrayQueryParameter(name, "STRING", list(value))
        kinds = value.kinds.items()
        columns = [library.ScalarQueryParameterType(kind, name=column) for column, kind in kinds]
        rows = [
            library.StructQueryParameter(
                None,
                *(
                    library.ScalarQueryParameter(column, kind, cell)
                    for (column, kind), cell in zip(kinds, row, strict=True)
                ),
            )
            for row in value.rows
        ]
        return library.ArrayQueryParameter(name, library.StructQueryParameterType(*columns), rows)


def _import_library() -> Any:
    try:
        return importlib.import_module("google.cloud.bigquery")
    except ImportError:
        raise Rejected(
            "source.type ga4_bigquery needs the BigQuery client: pip install 'plugin-digest[bigquery]'"
        ) from None


class _Patient(HTTPAdapter):
    """Waits so long and no longer: the client asks for two minutes at least, and for ever by default."""

    def __init__(self, read_s: float) -> None:
        super().__init__()
        self._read_s = read_s

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        return super().send(request, *args, **{**options, "timeout": (_CONNECT_S, self._read_s)})


def _limit_waits(session: requests.Session, read_s: float) -> None:
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Patient(read_s))
