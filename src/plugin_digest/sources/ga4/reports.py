"""The Data API's reports: what is asked (`Report`) and what came back (`Answer`), without any HTTP.

Format: https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from plugin_digest.errors import Malformed
from plugin_digest.model import Week

VIEW_EVENTS = ("page_view", "navigate")
"""A view is either: Backstage's GA4 module sends the old frontend's views under one name, the new one's
under the other."""

VIEW_METRIC = "eventCount"
"""Not ``screenPageViews``: GA4 does not count ``navigate`` there."""

MAX_SPANS = 4
"""Date ranges in one report."""

MAX_ROWS = 250_000
"""Rows in one answer, whatever is asked."""

Filter = Mapping[str, Any]
"""A FilterExpression as JSON."""


@dataclass(frozen=True)
class Span:
    """First and last day, in the property's time zone, as the API takes them."""

    first: str
    last: str


_FOUR_WEEKS = timedelta(days=28)

FOUR_WEEKS_AGO = Span("28daysAgo", "yesterday")


def span_of(first: Week, last: Week) -> Span:
    """All days from the first week's first to the last week's last."""
    return Span(first.first_day.isoformat(), last.last_day.isoformat())


def four_weeks_to(week: Week) -> Span:
    """The 28 days that end with the week; spans of weeks in a row overlap, and each is counted whole."""
    first = week.plus(1).first_day - _FOUR_WEEKS
    return Span(first.isoformat(), week.last_day.isoformat())


@dataclass(frozen=True)
class Report:
    """A question: ``metrics`` of the view events by ``dimensions``, for each span.

    ``subject`` says for people what the figures are, ``only`` narrows the events further. Rows come in the
    order of their dimensions, the same on every page; a report of only the ``top`` rows comes with the
    highest counts first.
    """

    subject: str
    spans: tuple[Span, ...]
    metrics: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    only: Filter | None = None
    top: int | None = None

    def single(self) -> "list[Report]":
        """The same question about each span on its own."""
        return [replace(self, spans=(span,)) for span in self.spans]

    def body(self, offset: int = 0, limit: int = MAX_ROWS) -> dict[str, Any]:
        """The RunReportRequest."""
        views = in_list("eventName", VIEW_EVENTS)
        return {
            "dateRanges": [{"startDate": span.first, "endDate": span.last} for span in self.spans],
            "dimensions": [{"name": name} for name in self.dimensions],
            "metrics": [{"name": name} for name in self.metrics],
            "dimensionFilter": views if self.only is None else all_of([views, self.only]),
            "orderBys": self._order(),
            "offset": str(offset),
            "limit": str(min(limit, self.top or limit)),
            "returnPropertyQuota": True,
        }

    def _order(self) -> list[dict[str, Any]]:
        stable = [{"dimension": {"dimensionName": name}} for name in self.dimensions]
        return [{"metric": {"metricName": self.metrics[0]}, "desc": True}, *stable] if self.top else stable


def in_list(field: str, values: Sequence[str]) -> Filter:
    """Exactly these values, spelt so."""
    return {"filter": {"fieldName": field, "inListFilter": {"values": list(values), "caseSensitive": True}}}


def is_empty(field: str) -> Filter:
    """No value: ``(not set)`` and the empty one."""
    return {"filter": {"fieldName": field, "emptyFilter": {}}}


def matches(field: str, kind: str, value: str, *, with_case: bool = True) -> Filter:
    """``kind`` is EXACT or BEGINS_WITH."""
    string = {"matchType": kind, "value": value, "caseSensitive": with_case}
    return {"filter": {"fieldName": field, "stringFilter": string}}


def any_of(filters: Sequence[Filter]) -> Filter:
    return filters[0] if len(filters) == 1 else {"orGroup": {"expressions": list(filters)}}


def all_of(filters: Sequence[Filter]) -> Filter:
    return filters[0] if len(filters) == 1 else {"andGroup": {"expressions": list(filters)}}


def none_of(filters: Sequence[Filter]) -> Filter:
    return {"notExpression": any_of(filters)}


@dataclass(frozen=True)
class Row:
    """``span`` counts from 0 as in the report; ``values`` and ``counts`` as its dimensions and metrics."""

    span: int
    values: tuple[str, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Caveats:
    """What the API says of the trust in an answer. ``read_share``: per span, 1.0 where all was read."""

    timezone: str | None = None
    is_rolled_up: bool = False
    is_thresholded: bool = False
    read_share: tuple[float, ...] = ()
    truncated: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """One page of a report, or all of it. ``row_count`` is how many rows there are in all."""

    rows: tuple[Row, ...]
    row_count: int
    caveats: Caveats

    @property
    def is_whole(self) -> bool:
        return len(self.rows) >= self.row_count


def parse(report: Report, payload: Any) -> Answer:
    """A RunReportResponse.

    Raises:
        Malformed: it is none, or not the one to this report. An empty report still has its headers, so an
            answer without them is not taken for "nothing".
    """
    try:
        _check_headers(report, payload)
        rows = tuple(_row(report, row) for row in payload.get("rows", ()))
        row_count = int(payload.get("rowCount", 0))
        caveats = _caveats(report, payload.get("metadata", {}))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Malformed(
            f"Google Analytics: unreadable answer to the report on {report.subject}: {error}"
        ) from None
    if len(rows) > row_count:
        raise Malformed(f"Google Analytics: the report on {report.subject} has more rows than it says")
    return Answer(rows, row_count, caveats)


def _check_headers(report: Report, payload: Any) -> None:
    several = ["dateRange"] if len(report.spans) > 1 else []
    wanted = [*report.dimensions, *several], list(report.metrics)
    given = tuple(
        [header["name"] for header in payload.get(key, ())] for key in ("dimensionHeaders", "metricHeaders")
    )
    if given != wanted:
        raise ValueError(f"its columns are {given}, not {wanted}")


def _row(report: Report, row: Mapping[str, Any]) -> Row:
    values = tuple(value.get("value", "") for value in row.get("dimensionValues", ()))
    counts = tuple(int(value["value"]) for value in row["metricValues"])
    several = len(report.spans) > 1
    if len(counts) != len(report.metrics) or len(values) != len(report.dimensions) + several:
        raise ValueError("a row has not as many cells as there are columns")
    if min(counts) < 0:
        raise ValueError(f"a count is {min(counts)}")
    return Row(_span(report, values[-1]), values[:-1], counts) if several else Row(0, values, counts)


def _span(report: Report, name: str) -> int:
    """``date_range_2`` is the third: ranges that were given no name are numbered."""
    number = int(name.removeprefix("date_range_"))
    if not 0 <= number < len(report.spans):
        raise ValueError(f"a row is of {name}, which was not asked for")
    return number


def _caveats(report: Report, metadata: Mapping[str, Any]) -> Caveats:
    return Caveats(
        timezone=metadata.get("timeZone"),
        is_rolled_up=bool(metadata.get("dataLossFromOtherRow")),
        is_thresholded=bool(metadata.get("subjectToThresholding")),
        read_share=_read_shares(report, metadata.get("samplingMetadatas", ())),
        truncated=tuple(map(_truncation, metadata.get("dataTruncationReasons", ()))),
    )


def _read_shares(report: Report, samplings: Sequence[Mapping[str, Any]]) -> tuple[float, ...]:
    """Per span; absent in the answer where nothing was sampled."""
    shares = [
        int(s.get("samplesReadCount", 0)) / max(int(s.get("samplingSpaceSize", 0)), 1) for s in samplings
    ]
    if shares and len(shares) != len(report.spans):
        return (min(shares),) * len(report.spans)
    return tuple(shares) or (1.0,) * len(report.spans)


def _truncation(reason: Mapping[str, Any]) -> str:
    before = reason.get("dataTruncationDate")
    said = " ".join(str(reason.get("dataTruncationMessage", "")).split())[:200]
    return f"nothing before {before}" if before else said or "a part of the period"


def join_pages(report: Report, pages: Sequence[Answer]) -> Answer:
    """The pages of one report as one answer.

    Raises:
        Malformed: a row came twice, so that another one may be missing.
    """
    rows = tuple(row for page in pages for row in page.rows)
    if len({(row.span, row.values) for row in rows}) != len(rows):
        raise Malformed(f"Google Analytics: a row of the report on {report.subject} came twice; pull again")
    shares = tuple(map(min, zip(*(page.caveats.read_share for page in pages), strict=True)))
    return Answer(rows, len(rows), _join_caveats(pages, shares))


def join_spans(answers: Sequence[Answer]) -> Answer:
    """Answers about one span each as the answer about all of them, in this order."""
    rows = tuple(replace(row, span=number) for number, answer in enumerate(answers) for row in answer.rows)
    shares = tuple(share for answer in answers for share in answer.caveats.read_share)
    return Answer(rows, len(rows), _join_caveats(answers, shares))


def _join_caveats(answers: Sequence[Answer], read_share: tuple[float, ...]) -> Caveats:
    caveats = [answer.caveats for answer in answers]
    return Caveats(
        timezone=caveats[0].timezone,
        is_rolled_up=any(one.is_rolled_up for one in caveats),
        is_thresholded=any(one.is_thresholded for one in caveats),
        read_share=read_share,
        truncated=tuple(dict.fromkeys(text for one in caveats for text in one.truncated)),
    )
