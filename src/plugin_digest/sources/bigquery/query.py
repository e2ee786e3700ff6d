# ruff: noqa: S608 - the statement is made of fixed text and of names that source.py has checked
"""The query that counts some days of the export, and its parameters. Pure: no request, no client.

Owns what a view, a user, a plugin and a page are in the export's nested rows. All counting is BigQuery's;
only figures come back, never a row and never a user.

A day table holds the days of the *property's* time zone, so ``event_date`` is not looked at: rows are put
to the portal's days by ``event_timestamp``, and one more table is read on each side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from plugin_digest.model import UNATTRIBUTED_IDS
from plugin_digest.sources.coverage import day_bounds

VIEW_EVENTS = ("page_view", "navigate")
"""Backstage's GA4 module sends ``navigate`` from the new frontend, ``page_view`` from the old one."""

INTRADAY = "intraday_"
"""What stands before the day in the name of a table that Google still writes to."""

User = Literal["user_pseudo_id", "user_id"]
Kind = Literal["STRING", "INT64", "BOOL"]


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


def _parameter(key: str) -> str:
    """An event parameter's value. GA4 puts what looks like a number into int_value.

    MAX, because a key that comes twice in one event would end the whole query.
    """
    return (
        "(SELECT MAX(COALESCE(parameter.value.string_value, CAST(parameter.value.int_value AS STRING))) "
        f"FROM UNNEST(event_params) AS parameter WHERE parameter.key = {key})"
    )


_TEXT = """\
WITH
  days AS (
    SELECT bordered.day AS day, bordered.starts_us AS starts_us, bordered.ends_us AS ends_us,
      bordered.is_asked AS is_asked
    FROM UNNEST(@days) AS bordered
  ),
  aliases AS (
    SELECT alias.reported AS reported, alias.meant AS meant FROM UNNEST(@aliases) AS alias
  ),
  members AS (
    SELECT member.team AS team, member.owned AS owned FROM UNNEST(@members) AS member
  ),
  -- a day that has its final table is not read from its intraday table too
  settled AS (
    SELECT DISTINCT CONCAT('intraday_', _TABLE_SUFFIX) AS intraday_table
    FROM `{tables}`
    WHERE _TABLE_SUFFIX BETWEEN @first_table AND @last_table
  ),
  fields AS (
    SELECT
      _TABLE_SUFFIX AS day_table,
      event_timestamp,
      event_name IN UNNEST(@view_events) AS is_view,
      LOWER(TRIM(COALESCE({plugin}, ''))) AS reported,
      {label} AS label,
      COALESCE({page_path}, {page_location}) AS address,
      NULLIF(TRIM({user}), '') AS user_key
    FROM `{tables}`
    WHERE _TABLE_SUFFIX BETWEEN @first_table AND @last_table
      OR _TABLE_SUFFIX BETWEEN @first_intraday AND @last_intraday
  ),
  views AS (
    SELECT
      fields.day_table AS day_table,
      days.day AS day,
      fields.is_view AND days.is_asked AS is_counted,
      COALESCE(aliases.meant, fields.reported) AS plugin,
      COALESCE(IF(STARTS_WITH(fields.label, '/'), fields.label, NULL), fields.address) AS address,
      fields.user_key AS user_key
    FROM fields
    JOIN days ON fields.event_timestamp >= days.starts_us AND fields.event_timestamp < days.ends_us
    LEFT JOIN aliases ON aliases.reported = fields.reported
    LEFT JOIN settled ON settled.intraday_table = fields.day_table
    WHERE settled.intraday_table IS NULL
  ),
  named AS (
    SELECT
      day_table,
      day,
      is_counted,
      IF(NOT is_counted OR plugin IN UNNEST(@unattributed), '', plugin) AS plugin,
      IF(is_counted, REGEXP_REPLACE(REGEXP_REPLACE(address, r'^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*', ''),
        r'(?s)[?#].*', ''), NULL) AS path,
      IF(is_counted, user_key, NULL) AS user_key
    FROM views
  ),
  tallies AS (
    SELECT day_table, day, is_counted, plugin, path, user_key, COUNT(*) AS events
    FROM named
    GROUP BY day_table, day, is_counted, plugin, path, user_key
  ),
  scoped AS (
    SELECT
      scope,
      CASE scope
        WHEN 'day' THEN tallies.day_table
        WHEN 'team' THEN members.team
        WHEN 'portal' THEN ''
        ELSE tallies.plugin
      END AS name,
      CASE scope
        WHEN 'day' THEN tallies.day
        WHEN 'page' THEN IF(tallies.path = '', '/', tallies.path)
        ELSE ''
      END AS detail,
      IF(scope = 'day', NULL, tallies.user_key) AS user_key,
      tallies.events AS events
    FROM tallies
    CROSS JOIN UNNEST(['day', 'portal', 'plugin', 'page', 'team']) AS scope
    LEFT JOIN members ON members.owned = tallies.plugin AND scope = 'team'
    WHERE scope = 'day'
      OR (tallies.is_counted
        AND (scope <> 'team' OR members.team IS NOT NULL)
        AND (scope <> 'page' OR (tallies.plugin <> '' AND tallies.path IS NOT NULL)))
  ),
  figures AS (
    SELECT
      scope,
      name,
      detail,
      SUM(events) AS events,
      COUNT(DISTINCT user_key) AS users,
      SUM(IF(user_key IS NULL, events, 0)) AS anonymous
    FROM scoped
    GROUP BY scope, name, detail
  ),
  ranked AS (
    SELECT scope, name, detail, events, users, anonymous,
      ROW_NUMBER() OVER (PARTITION BY scope, name ORDER BY events DESC, detail) AS place
    FROM figures
  )
SELECT scope, name, detail, events, users, anonymous
FROM ranked
WHERE scope <> 'page' OR place <= @pages
ORDER BY scope, name, place
"""
"""Every table is read once: on-demand prices and the time go by bytes read. `settled` reads no column."""


def count_days(
    export: Export,
    days: Sequence[date],
    zone: ZoneInfo,
    *,
    teams: Mapping[str, frozenset[str]],
    aliases: Mapping[str, str],
    pages: int,
) -> Query:
    """The query for a run of local days. Its rows are ``scope, name, detail, events, users, anonymous``.

    ``anonymous`` are the events without a user. By scope: ``portal``; ``plugin``, whose name is empty for
    views of no plugin; ``team``, none for a team without views; ``page`` with the path as detail; and
    ``day``, events of any kind by the name of the table and the local day, those around ``days`` included.
    """
    text = _TEXT.format(
        tables=f"{export.name}.events_*",
        user=export.user,
        plugin=_parameter("@plugin_parameter"),
        label=_parameter("'label'"),
        page_path=_parameter("'page_path'"),
        page_location=_parameter("'page_location'"),
    )
    around = _with_neighbours(days)
    first, last = f"{around[0]:%Y%m%d}", f"{around[-1]:%Y%m%d}"
    members = [(team, plugin) for team, plugins in teams.items() for plugin in sorted(plugins)]
    return Query(
        text,
        {
            "first_table": first,
            "last_table": last,
            "first_intraday": INTRADAY + first,
            "last_intraday": INTRADAY + last,
            "days": Records(
                {"day": "STRING", "starts_us": "INT64", "ends_us": "INT64", "is_asked": "BOOL"},
                [(f"{day}", *_bounds_us(day, zone), day in days) for day in around],
            ),
            "view_events": VIEW_EVENTS,
            "plugin_parameter": export.plugin_parameter,
            "aliases": Records({"reported": "STRING", "meant": "STRING"}, sorted(aliases.items())),
            "unattributed": tuple(sorted(UNATTRIBUTED_IDS)),
            "members": Records({"team": "STRING", "owned": "STRING"}, members),
            "pages": pages,
        },
    )


def _with_neighbours(days: Sequence[date]) -> tuple[date, ...]:
    one = timedelta(days=1)
    return (days[0] - one, *days, days[-1] + one)


def _bounds_us(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """Start and end of a local day in microseconds, as ``event_timestamp`` counts them."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    start, end = day_bounds(day, zone)
    return (start - epoch) // timedelta(microseconds=1), (end - epoch) // timedelta(microseconds=1)
