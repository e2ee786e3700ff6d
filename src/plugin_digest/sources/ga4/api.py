"""The Google Analytics Data API over HTTP: reports in, answers out.

Owns addresses, paging, batches, how many requests run at once, and the quota. Knows nothing of plugins.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import datetime
from typing import Any, Self, TypeVar

from plugin_digest.errors import Malformed
from plugin_digest.sources.ga4 import refusals
from plugin_digest.sources.ga4.quota import Quota
from plugin_digest.sources.ga4.reports import Answer, Report, join_pages, join_spans, parse
from plugin_digest.sources.http import HttpSession, Reply

log = logging.getLogger(__name__)

MAX_CONCURRENT = 10
"""Requests that one property answers at the same time."""

BATCH = 5
"""Reports in one batch request."""

PAGE_ROWS = 100_000
"""Rows asked for at once: the API would give 250,000, which is some 50 MB of JSON."""

Told = Callable[[int, int], None]
"""Told how many of how many requests are done."""

T = TypeVar("T")


class Ga4Api:
    """One property, for the length of one pull or check."""

    def __init__(
        self,
        http: HttpSession,
        endpoint: str,
        property_id: str,
        *,
        account: str,
        clock: Callable[[], datetime],
        max_concurrent: int = 3,
        page_rows: int = PAGE_ROWS,
    ) -> None:
        self.account = account
        self.quota = Quota()
        self._http = http
        self._property = f"{endpoint.rstrip('/')}/v1beta/properties/{property_id}"
        self._property_id = property_id
        self._clock = clock
        self._max_concurrent = max(1, min(max_concurrent, MAX_CONCURRENT))
        self._page_rows = page_rows

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def dimensions(self) -> frozenset[str]:
        """The API names of all dimensions that the property knows, its custom ones included."""
        payload = self._checked(self._http.get(f"{self._property}/metadata"))
        try:
            return frozenset(dimension["apiName"] for dimension in payload["dimensions"])
        except (KeyError, TypeError) as error:
            raise Malformed(f"Google Analytics: unreadable metadata: {error}") from None

    def read(self, report: Report) -> Answer:
        """All rows of a report, over as many pages as it takes; only the first ones if it says ``top``."""
        first = self._page(report, 0)
        if first.is_whole or report.top:
            return first
        if len(report.spans) > 1:
            # how rows of several date ranges are ordered between pages is not documented
            return join_spans([self.read(single) for single in report.single()])
        return join_pages(report, [first, *self._further_pages(report, first)])

    def read_all(self, reports: Sequence[Report], told: Told) -> list[Answer]:
        """Each report's answer, several asked for at once."""
        return self._at_once(self.read, reports, self._max_concurrent, told)

    def read_batches(self, reports: Sequence[Report], told: Told) -> list[Answer]:
        """Each report's answer, five to a request; for reports of a few rows.

        A batch may count as five requests at once, so two of them are the most.
        """
        batches = [reports[start : start + BATCH] for start in range(0, len(reports), BATCH)]
        at_once = min(self._max_concurrent, MAX_CONCURRENT // BATCH)
        return [answer for some in self._at_once(self._batch, batches, at_once, told) for answer in some]

    def _at_once(self, work: Callable[[Any], T], jobs: Sequence[Any], at_once: int, told: Told) -> list[T]:
        """``work`` done on each job, results in the order of the jobs; the first error ends it."""
        with ThreadPoolExecutor(at_once, thread_name_prefix="ga4") as pool:
            futures: list[Future[T]] = [pool.submit(work, job) for job in jobs]
            try:
                for done, future in enumerate(as_completed(futures), 1):
                    future.result()
                    told(done, len(jobs))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
            return [future.result() for future in futures]

    def _page(self, report: Report, offset: int) -> Answer:
        return parse(report, self._ask("runReport", report.body(offset, self._page_rows)))

    def _further_pages(self, report: Report, first: Answer) -> Iterator[Answer]:
        read = len(first.rows)
        while read < first.row_count:
            page = self._page(report, read)
            if not page.rows or page.row_count != first.row_count:
                raise Malformed(
                    f"Google Analytics: the report on {report.subject} has {first.row_count:,} rows, but "
                    f"after {read:,} came a page of {len(page.rows):,} of {page.row_count:,}; pull again"
                )
            read += len(page.rows)
            yield page

    def _batch(self, reports: Sequence[Report]) -> list[Answer]:
        payload = self._ask("batchRunReports", {"requests": [report.body() for report in reports]})
        given = payload.get("reports", []) if isinstance(payload, dict) else []
        if len(given) != len(reports):
            raise Malformed(f"Google Analytics: {len(given)} answers to {len(reports)} reports")
        answers = [parse(report, one) for report, one in zip(reports, given, strict=True)]
        self._note_quota(given)
        return [self._whole(*pair) for pair in zip(reports, answers, strict=True)]

    def _whole(self, report: Report, answer: Answer) -> Answer:
        return answer if answer.is_whole else self.read(report)

    def _ask(self, method: str, body: dict[str, Any]) -> Any:
        payload = self._checked(self._http.post(f"{self._property}:{method}", json=body))
        self._note_quota([payload])
        return payload

    def _note_quota(self, payloads: Iterable[Any]) -> None:
        for payload in payloads:
            if isinstance(payload, dict) and "propertyQuota" in payload:
                self.quota = Quota.parse(payload["propertyQuota"])

    def _checked(self, reply: Reply) -> Any:
        if not reply.is_ok:
            raise refusals.explain(reply, self._property_id, self.account, self._clock())
        return reply.json()
