"""How questions to Matomo's Reporting API travel: by POST, the token in the body, long reports in pages.

Owns the names of methods and parameters (developer.matomo.org/api-reference/reporting-api). Knows nothing of
plugins and teams.
"""

from collections.abc import Sequence
from datetime import date
from types import TracebackType
from typing import Any, Self

from plugin_digest.errors import Malformed
from plugin_digest.model import Period, Week
from plugin_digest.sources.http import HttpSession, Reply
from plugin_digest.sources.matomo.answers import Row, Site, read_days, read_rows, read_site, read_users
from plugin_digest.sources.matomo.refusals import complaint, explain, is_not_processed

PAGE_ROWS = 10_000


class MatomoApi:
    """One site. Close it, or use it in a ``with``."""

    def __init__(self, http: HttpSession, endpoint: str, site_id: int, token: str, page_rows: int) -> None:
        self._http = http
        self._endpoint = endpoint
        self._site_id = site_id
        self._token = token
        self._page_rows = max(page_rows, 2)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def site(self) -> Site:
        return read_site(self._ask("SitesManager.getSiteFromId"))

    def views_by_day(self, days: Sequence[date]) -> dict[date, int]:
        """Page views of each day of a span, which must not lie in the future."""
        span = f"{days[0]},{days[-1]}"
        return read_days(self._ask("Actions.get", period="day", date=span), days)

    def pages(self, span: Week | Period) -> tuple[Row, ...]:
        """Every page of the week or the period.

        Each further part begins with the last row of the one before, so that a gap between them shows.

        Raises:
            Malformed: the parts do not fit together.
        """
        rows = list(self._part(span, 0))
        size = len(rows)
        while size == self._page_rows:
            part = self._part(span, len(rows) - 1)
            if part[:1] != tuple(rows[-1:]):
                raise Malformed(
                    f"Matomo: the report on pages of {span} has a gap after {len(rows):,} rows; pull again"
                )
            rows += part[1:]
            size = len(part)
        return tuple(rows)

    def _part(self, span: Week | Period, offset: int) -> tuple[Row, ...]:
        payload = self._ask(
            "Actions.getPageUrls",
            **_period(span),
            flat="1",
            filter_sort_column="label",
            filter_sort_order="asc",
            filter_limit=str(self._page_rows),
            filter_offset=str(offset),
        )
        return read_rows(payload)

    def users(self, span: Week | Period, segment: str = "") -> int | None:
        """Unique visitors of the whole span, None where this Matomo does not count them for such a one."""
        only = {"segment": segment} if segment else {}
        reply = self._post("VisitsSummary.getUniqueVisitors", **_period(span), **only)
        if is_not_processed(complaint(reply) or ""):
            return None
        return read_users(self._payload(reply))

    def _ask(self, method: str, **parameters: str) -> Any:
        return self._payload(self._post(method, **parameters))

    def _post(self, method: str, **parameters: str) -> Reply:
        form = {
            "module": "API",
            "method": method,
            "format": "JSON",
            "language": "en",
            "idSite": str(self._site_id),
            "token_auth": self._token,
            **parameters,
        }
        return self._http.post(self._endpoint, form=form)

    def _payload(self, reply: Reply) -> Any:
        if error := explain(reply, self._site_id, self._token):
            raise error
        return reply.json()


def _period(span: Week | Period) -> dict[str, str]:
    """Matomo's own week begins on Monday; all else is a range to it."""
    first, last = (span.first, span.last) if isinstance(span, Period) else (span, span)
    if first == last and first.is_iso:
        return {"period": "week", "date": str(first.first_day)}
    return {"period": "range", "date": f"{first.first_day},{last.last_day}"}
