"""A small, faithful Google Analytics 4: it counts made-up events and answers as the Data API does.

Requests are read and answers written with Google's own types (``google-analytics-data``), unknown fields
refused; what they do not tell (error texts, order, caps) follows the recorded behaviour of the service.
"""

import json
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from google.analytics.data_v1beta import types
from google.protobuf import json_format  # type: ignore[import-untyped]

PROPERTY = "123456789"
ACCOUNT = "digest@acme.iam.gserviceaccount.com"
NOT_SET = "(not set)"
SCOPE = "https://www.googleapis.com/auth/analytics.readonly"


@dataclass(frozen=True)
class Event:
    """``plugin`` is the parameter c_pluginId, ``group`` content_group; None: not sent."""

    at: datetime
    user: str
    plugin: str | None = None
    path: str = "/"
    name: str = "page_view"
    group: str | None = None
    is_active: bool = True


Cells = tuple[tuple[str, ...], tuple[int, ...]]
"""A row: the values of its dimensions and of its metrics."""


class Refused(Exception):  # noqa: N818 - as the sources call it
    """A request that the API answers with an error."""

    def __init__(self, status: int, word: str, message: str) -> None:
        self.status = status
        self.body = error_body(status, word, message)
        super().__init__(message)


def error_body(status: int, word: str, message: str) -> bytes:
    return json.dumps({"error": {"code": status, "message": message, "status": word}}).encode()


@dataclass(frozen=True)
class Call:
    """One request as it came: ``method`` is runReport, batchRunReports or metadata."""

    method: str
    reports: tuple[Any, ...] = ()


class FakeGa4:
    """The property. ``custom`` are registered event parameters, ``metadata`` goes into every answer's."""

    def __init__(
        self,
        events: Iterable[Event] = (),
        *,
        timezone: str = "Europe/Stockholm",
        today: date = date(2026, 11, 20),
        custom: Sequence[str] = ("c_pluginId",),
        metadata: Mapping[str, Any] | None = None,
        max_rows: int = 250_000,
    ) -> None:
        self.events = list(events)
        self.zone = ZoneInfo(timezone)
        self.today = today
        self.custom = custom
        self.metadata = dict(metadata or {})
        self.max_rows = max_rows
        self.calls: list[Call] = []
        self._random = random.Random(7)

    @property
    def reports(self) -> list[Any]:
        """Every RunReportRequest that came, those in batches too."""
        return [report for call in self.calls for report in call.reports]

    def metadata_answer(self) -> dict[str, Any]:
        self.calls.append(Call("metadata"))
        names = ["date", "eventName", "pagePath", "contentGroup"]
        given = types.Metadata(
            name=f"properties/{PROPERTY}/metadata",
            dimensions=[types.DimensionMetadata(api_name=name) for name in names]
            + [
                types.DimensionMetadata(api_name=f"customEvent:{name}", custom_definition=True)
                for name in self.custom
            ],
        )
        return to_json(given)

    def run_report(self, body: bytes) -> dict[str, Any]:
        request = parse(body, types.RunReportRequest)
        self.calls.append(Call("runReport", (request,)))
        return to_json(self._report(request))

    def batch_run_reports(self, body: bytes) -> dict[str, Any]:
        batch = parse(body, types.BatchRunReportsRequest)
        self.calls.append(Call("batchRunReports", tuple(batch.requests)))
        if len(batch.requests) > 5:
            raise Refused(400, "INVALID_ARGUMENT", "Batch requests are limited to 5 requests.")
        reports = [self._report(request) for request in batch.requests]
        return to_json(types.BatchRunReportsResponse(reports=reports, kind="analyticsData#batchRunReports"))

    def _report(self, request: Any) -> Any:
        ranges = [self._range(one) for one in self._checked(request).date_ranges]
        names = [dimension.name for dimension in request.dimensions]
        several = ["dateRange"] if len(ranges) > 1 else []
        rows = [
            ((*values, f"date_range_{number}") if several else values, counts)
            for number, days in enumerate(ranges)
            for values, counts in self._rows(request, days, names)
        ]
        self._random.shuffle(rows)  # the order of ties is the server's own affair
        self._sort(rows, request, names)
        size = min(request.limit or 10_000, self.max_rows)
        return types.RunReportResponse(
            dimension_headers=[types.DimensionHeader(name=name) for name in [*names, *several]],
            metric_headers=[
                types.MetricHeader(name=metric.name, type_=types.MetricType.TYPE_INTEGER)
                for metric in request.metrics
            ],
            rows=[
                types.Row(
                    dimension_values=[types.DimensionValue(value=value) for value in values],
                    metric_values=[types.MetricValue(value=str(count)) for count in counts],
                )
                for values, counts in rows[request.offset : request.offset + size]
            ],
            row_count=len(rows),
            metadata=types.ResponseMetaData(currency_code="SEK", time_zone=str(self.zone), **self.metadata),
            property_quota=quota() if request.return_property_quota else None,
            kind="analyticsData#runReport",
        )

    def _checked(self, request: Any) -> Any:
        if not request.date_ranges:
            raise Refused(400, "INVALID_ARGUMENT", "A dateRange is required.")
        if len(request.date_ranges) > 4:
            raise Refused(400, "INVALID_ARGUMENT", "Requests are limited to 4 dateRanges.")
        if len(request.dimensions) > 9 or len(request.metrics) > 10:
            raise Refused(400, "INVALID_ARGUMENT", "Requests are limited to 9 dimensions, 10 metrics.")
        if not request.dimensions and not request.metrics:
            raise Refused(400, "INVALID_ARGUMENT", "Requests require dimensions and/or metrics.")
        if request.limit < 0:
            raise Refused(
                400, "INVALID_ARGUMENT", f"limit must be positive. The API received limit = {request.limit}"
            )
        nowhere = Event(datetime.now(UTC), "nobody")
        for name in [
            *(dimension.name for dimension in request.dimensions),
            *fields(request.dimension_filter),
        ]:
            self._value(nowhere, name)
        return request

    def _range(self, one: Any) -> tuple[date, date]:
        first, last = self._day(one.start_date), self._day(one.end_date)
        if first > last:
            raise Refused(400, "INVALID_ARGUMENT", "start_date must be less than or equal to end_date.")
        return first, last

    def _day(self, text: str) -> date:
        ago = {"today": 0, "yesterday": 1}.get(text)
        if match := re.fullmatch(r"(\d+)daysAgo", text):
            ago = int(match[1])
        return date.fromisoformat(text) if ago is None else self.today - timedelta(days=ago)

    def _rows(self, request: Any, days: tuple[date, date], names: Sequence[str]) -> list[Cells]:
        groups: dict[tuple[str, ...], list[Event]] = {}
        passes = self._predicate(request.dimension_filter)
        for event in self.events:
            if days[0] <= event.at.astimezone(self.zone).date() <= days[1] and passes(event):
                groups.setdefault(tuple(self._value(event, name) for name in names), []).append(event)
        counted = [
            (values, tuple(self._metric(events, metric.name) for metric in request.metrics))
            for values, events in groups.items()
        ]
        return [row for row in counted if request.keep_empty_rows or any(row[1])]

    @staticmethod
    def _sort(rows: list[Cells], request: Any, names: Sequence[str]) -> None:
        metrics = [metric.name for metric in request.metrics]
        if not request.order_bys:
            rows.sort(key=lambda row: -row[1][0])
        for order in reversed(request.order_bys):
            if "metric" in order:
                at = metrics.index(order.metric.metric_name)
                rows.sort(key=lambda row, at=at: row[1][at], reverse=order.desc)  # type: ignore[misc]
            else:
                at = names.index(order.dimension.dimension_name)
                rows.sort(key=lambda row, at=at: row[0][at], reverse=order.desc)  # type: ignore[misc]

    def _value(self, event: Event, name: str) -> str:
        parameter = name.removeprefix("customEvent:")
        if name != parameter and parameter in self.custom:
            return event.plugin or NOT_SET
        if name == "date":
            return f"{event.at.astimezone(self.zone):%Y%m%d}"
        if name == "eventName":
            return event.name
        if name == "pagePath":
            return event.path.split("?")[0].split("#")[0]
        if name == "contentGroup":
            return event.group or NOT_SET
        raise Refused(
            400,
            "INVALID_ARGUMENT",
            f"Field {name} is not a valid dimension. For a list of valid dimensions and metrics, see "
            "https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema ",
        )

    @staticmethod
    def _metric(events: Sequence[Event], name: str) -> int:
        if name == "eventCount":
            return len(events)
        if name == "totalUsers":
            return len({event.user for event in events})
        if name == "activeUsers":
            return len({event.user for event in events if event.is_active})
        raise Refused(400, "INVALID_ARGUMENT", f"Field {name} is not a valid metric.  For a list")

    def _predicate(self, expression: Any) -> Callable[[Event], bool]:
        """A FilterExpression as a function, read once and not once per event."""
        if "and_group" in expression:
            parts = [self._predicate(one) for one in expression.and_group.expressions]
            return lambda event: all(part(event) for part in parts)
        if "or_group" in expression:
            parts = [self._predicate(one) for one in expression.or_group.expressions]
            return lambda event: any(part(event) for part in parts)
        if "not_expression" in expression:
            inner = self._predicate(expression.not_expression)
            return lambda event: not inner(event)
        if "filter" in expression:
            name, test = expression.filter.field_name, matcher(expression.filter)
            return lambda event: test(self._value(event, name))
        return lambda event: True


def fields(expression: Any) -> list[str]:
    """The dimensions that a FilterExpression names."""
    if "filter" in expression:
        return [expression.filter.field_name]
    if "not_expression" in expression:
        return fields(expression.not_expression)
    group = expression.and_group if "and_group" in expression else expression.or_group
    return [name for one in group.expressions for name in fields(one)]


def matcher(given: Any) -> Callable[[str], bool]:
    """A Filter as a test of a dimension's value."""
    if "empty_filter" in given:
        return lambda value: value in ("", NOT_SET)
    if "in_list_filter" in given:
        if not given.in_list_filter.values:
            raise Refused(400, "INVALID_ARGUMENT", "inListFilter needs values")
        fold = str if given.in_list_filter.case_sensitive else str.lower
        values = {fold(one) for one in given.in_list_filter.values}
        return lambda value: fold(value) in values
    fold = str if given.string_filter.case_sensitive else str.lower
    wanted = fold(given.string_filter.value)
    if given.string_filter.match_type == types.Filter.StringFilter.MatchType.EXACT:
        return lambda value: fold(value) == wanted
    assert given.string_filter.match_type == types.Filter.StringFilter.MatchType.BEGINS_WITH
    return lambda value: fold(value).startswith(wanted)


def quota() -> Any:
    def status(left: int) -> Any:
        return types.QuotaStatus(consumed=1, remaining=left)

    return types.PropertyQuota(
        tokens_per_day=status(199_900),
        tokens_per_hour=status(39_990),
        concurrent_requests=status(10),
        server_errors_per_project_per_hour=status(10),
        potentially_thresholded_requests_per_hour=status(120),
        tokens_per_project_per_hour=status(13_990),
    )


def parse(body: bytes, kind: Any) -> Any:
    """A request as Google's type; a field that it does not know is an error, as in the service."""
    try:
        return kind.wrap(json_format.Parse(body, kind.pb(kind()), ignore_unknown_fields=False))
    except json_format.ParseError as error:
        raise Refused(400, "INVALID_ARGUMENT", f"Invalid JSON payload received. {error}") from None


def to_json(message: Any) -> dict[str, Any]:
    """As the service writes it: camel case, no zeros and no empty lists, int64 as strings."""
    answer: dict[str, Any] = json_format.MessageToDict(type(message).pb(message))
    return answer


def moment(text: str, zone: str = "Europe/Stockholm") -> datetime:
    """``2026-11-09 08:00`` on the clocks of a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
