"""What Matomo's Reporting API answers, as values. Pure: no request.

Owns the shapes of its JSON; whatever does not have them is Malformed, never a zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Never

from plugin_digest.errors import Malformed

_OTHERS = ("Others", "-1")
"""What the row is called that holds all pages beyond Matomo's limit of rows (``-1`` where unlabelled)."""


@dataclass(frozen=True)
class Site:
    """``timezone`` is as Matomo writes it: an IANA name, or ``UTC+5.5``."""

    name: str
    url: str
    timezone: str


@dataclass(frozen=True)
class Row:
    """One page of the flat report; ``url`` is empty for pages without one, and for those put together."""

    label: str
    url: str
    views: int

    @property
    def is_others(self) -> bool:
        """Whether these are pages that Matomo put together, of the site or of a folder."""
        return self.folder is not None or (not self.url and self.label.endswith(_OTHERS))

    @property
    def folder(self) -> str | None:
        """``/docs/`` for the row ``docs/ - Others`` (``core/API/DataTableManipulator/Flattener.php``)."""
        folder, _, rest = self.label.rpartition("/ - Others")
        return f"/{folder.lstrip('/')}/" if folder and not rest else None


def read_site(payload: Any) -> Site:
    """The site; versions differ in whether it comes in a list."""
    site = payload[0] if isinstance(payload, list) and payload else payload
    if not isinstance(site, dict) or "idsite" not in site:
        _fail("is no site", payload)
    return Site(*(str(site.get(key) or "") for key in ("name", "main_url", "timezone")))


def read_days(payload: Any, days: Sequence[date]) -> dict[date, int]:
    """Page views of each of the days; an empty list is Matomo's way to say that a day has none."""
    if not isinstance(payload, dict):
        _fail("is no list of days", payload)
    return {day: _views_of_day(payload.get(day.isoformat()), day) for day in days}


def _views_of_day(value: Any, day: date) -> int:
    if value == []:
        return 0
    if not isinstance(value, dict):
        _fail(f"says nothing about {day}", value)
    return _count(value.get("nb_pageviews"), "nb_pageviews")


def read_rows(payload: Any) -> tuple[Row, ...]:
    if not isinstance(payload, list):
        _fail("is no list of pages", payload)
    return tuple(_row(one) for one in payload)


def _row(value: Any) -> Row:
    if not isinstance(value, dict) or "label" not in value:
        _fail("has a row that is no page", value)
    row = Row(str(value["label"]), str(value.get("url") or ""), 0)
    if row.is_others and "nb_hits" not in value:
        return row  # may come empty: matomo-org/matomo#20397
    return Row(row.label, row.url, _count(value.get("nb_hits"), "nb_hits"))


def read_users(payload: Any) -> int:
    return _count(payload.get("value") if isinstance(payload, Mapping) else payload, "nb_uniq_visitors")


def _count(value: Any, what: str) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        _fail(f"has no number as {what}", value)
    return value


def _fail(what: str, value: Any) -> Never:
    raise Malformed(f"Matomo's answer {what} (it begins {str(value)[:60]!r})")
