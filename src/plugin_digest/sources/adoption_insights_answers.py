"""What Adoption Insights answers, as values, and what it refuses with. Pure: no request.

Owns the shapes of its JSON; whatever does not have them is Malformed, never a zero.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from plugin_digest.errors import Malformed, Rejected, SourceError
from plugin_digest.sources.http import Reply, refusal

SERVER = "Adoption Insights"
WAY_OUT = "use source type sql with preset: adoption_insights, which reads its database"


@dataclass(frozen=True)
class Row:
    """A plugin as reported, its views, and the days (or the first days of longer spells) that have any."""

    plugin: str
    views: int
    dates: tuple[str, ...]


def read_users(answer: Any) -> int:
    """The count of ``{"data": [{"logged_in_users", "licensed_users"}]}``.

    Raises:
        Malformed: it is something else.
    """
    data = answer.get("data") if isinstance(answer, Mapping) else None
    if not isinstance(data, list) or len(data) != 1 or not isinstance(data[0], Mapping):
        raise _malformed("no count of users in it", "total_users")
    return _whole(data[0].get("logged_in_users"), "total_users")


def read_rows(answer: Any) -> list[Row]:
    """The rows of ``{"data": [{"plugin_id", "visit_count", "trend": [{"date", "count"}]}]}``.

    Raises:
        Malformed: it is something else.
    """
    data = answer.get("data") if isinstance(answer, Mapping) else None
    if not isinstance(data, list):
        raise _malformed("no list of plugins in it")
    return [_read_row(row) for row in data]


def _read_row(row: Any) -> Row:
    if not isinstance(row, Mapping) or not isinstance(row.get("plugin_id"), str):
        raise _malformed("a row without plugin_id")
    views = _whole(row.get("visit_count"))
    dates = tuple(_read_trend(row.get("trend")))
    if views and not dates:
        raise _malformed("a plugin with views but without a day on which they were (trend)")
    return Row(row["plugin_id"], views, dates)


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


def _whole(value: Any, asked: str = "top_plugins") -> int:
    """A count, which is a number in some versions and a text in others."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise _malformed("a count that is no whole number", asked)


def _malformed(what: str, asked: str = "top_plugins") -> Malformed:
    return Malformed(f"{SERVER} answered with something else than {asked}: {what}")


def explain(reply: Reply) -> SourceError:
    """The SourceError of a reply that is not OK, with what to do about it."""
    said = _said(reply)
    if reply.status == HTTPStatus.UNAUTHORIZED:
        return Rejected(
            f"{SERVER} did not accept source.token{said}; user tokens live for an hour. "
            f"For a weekly job {WAY_OUT}"
        )
    if reply.status == HTTPStatus.FORBIDDEN and "service" in said:
        return Rejected(f"{SERVER} lets in signed-in users only, and source.token is a service's; {WAY_OUT}")
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
