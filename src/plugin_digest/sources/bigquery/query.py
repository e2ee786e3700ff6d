"""The query that counts some days of the export: its parameters. Pure: no request, no client.

Owns which tables and days are read, and what is asked of them; the statement is next door. All counting is
BigQuery's; only figures come back, never a row and never a user.

A day table holds the days of the *property's* time zone, so ``event_date`` is not looked at: rows are put
to the portal's days by ``event_timestamp``, and one more table is read on each side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from plugin_digest.model import UNATTRIBUTED_IDS
from plugin_digest.sources.bigquery.statement import write_statement
from plugin_digest.sources.coverage import day_bounds
from plugin_digest.sources.searches import FEWEST_USERS, SEARCH

VIEW_EVENTS = ("page_view", "navigate")
"""Backstage's GA4 module sends ``navigate`` from the new frontend, ``page_view`` from the old one."""

INTRADAY = "intraday_"
"""What stands before the day in the name of a table that Google still writes to."""

User = Literal["user_pseudo_id", "user_id"]
Kind = Literal["STRING", "INT64", "BOOL"]

_US = timedelta(microseconds=1)
_RECENT_DAYS = 28


@dataclass(frozen=True)
class Records:
    """The value of a parameter that is a small table: an ARRAY of STRUCTs. ``kinds`` are its columns."""

    kinds: Mapping[str, Kind]
    rows: Sequence[tuple[str | int | bool, ...]]


Value = str | int | Sequence[str] | Records


@dataclass(frozen=True)
class Query:
    """A statement and the values of its parameters."""

    text: str
    parameters: Mapping[str, Value]


@dataclass(frozen=True)
class Export:
    """Where one property's events are, and which of their fields name plugins and users.

    ``project`` and ``dataset`` become part of the statement and must have been checked before.
    """

    project: str
    dataset: str
    plugin_parameter: str
    user: User

    @property
    def name(self) -> str:
        return f"{self.project}.{self.dataset}"


def count_days(
    export: Export,
    days: Sequence[date],
    zone: ZoneInfo,
    *,
    teams: Mapping[str, frozenset[str]],
    aliases: Mapping[str, str],
    days_before: int = 0,
    pages: int = 0,
    searches: int = 0,
) -> Query:
    """The query for a run of local days.

    Its rows are ``scope, name, detail, events, users, anonymous, new_users``: ``anonymous`` are the events
    without a user, ``new_users`` those without a view in the same group in the ``days_before``. By scope:
    ``portal``; ``plugin``, whose name is empty for views of no plugin; ``team``, none for a team without
    views; ``page`` with the path as detail; ``search`` with the term; ``four_weeks``, the portal's 28 days
    that end with the last one, as far as they are read; and ``day``, events of any kind by the name of the
    table and the local day, of all days that are read.
    """
    before = [days[0] - timedelta(days=back) for back in range(days_before, 0, -1)]
    recent = {*before, *days} & {days[-1] - timedelta(days=back) for back in range(_RECENT_DAYS)}
    around = _with_neighbours([*before, *days])
    first, last = f"{around[0]:%Y%m%d}", f"{around[-1]:%Y%m%d}"
    members = [(team, plugin) for team, plugins in teams.items() for plugin in sorted(plugins)]
    return Query(
        write_statement(f"{export.name}.events_*", export.user),
        {
            "first_table": first,
            "last_table": last,
            "first_intraday": INTRADAY + first,
            "last_intraday": INTRADAY + last,
            "days": Records(
                {
                    "day": "STRING",
                    "starts_us": "INT64",
                    "ends_us": "INT64",
                    "is_asked": "BOOL",
                    "is_before": "BOOL",
                    "is_recent": "BOOL",
                },
                [
                    (f"{day}", *_bounds_us(day, zone), day in days, day in before, day in recent)
                    for day in around
                ],
            ),
            "view_events": VIEW_EVENTS,
            "search": SEARCH,
            "fewest_searchers": FEWEST_USERS,
            "plugin_parameter": export.plugin_parameter,
            "aliases": Records({"reported": "STRING", "meant": "STRING"}, sorted(aliases.items())),
            "unattributed": tuple(sorted(UNATTRIBUTED_IDS)),
            "members": Records({"team": "STRING", "owned": "STRING"}, members),
            "pages": pages,
            "searches": searches,
        },
    )


def _with_neighbours(days: Sequence[date]) -> tuple[date, ...]:
    one = timedelta(days=1)
    return (days[0] - one, *days, days[-1] + one)


def _bounds_us(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """Start and end of a local day in microseconds, as ``event_timestamp`` counts them."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    start, end = day_bounds(day, zone)
    return (start - epoch) // _US, (end - epoch) // _US
