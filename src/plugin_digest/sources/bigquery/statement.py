# ruff: noqa: S608 - the statement is made of fixed text and of names that source.py has checked
"""The statement that BigQuery runs.

Owns what a view, a user, a plugin, a page and a search are in the export's nested rows.
"""

from datetime import timedelta

from plugin_digest.sources.searches import LONGEST_TERM, WITHIN


def _parameter(key: str) -> str:
    """An event parameter's value. GA4 puts what looks like a number into int_value.

    MAX, because a key that comes twice in one event would end the whole query.
    """
    return (
        "(SELECT MAX(COALESCE(parameter.value.string_value, CAST(parameter.value.int_value AS STRING))) "
        f"FROM UNNEST(event_params) AS parameter WHERE parameter.key = {key})"
    )


_SEARCH_TERM = "'search_term'"


def _term() -> str:
    """The term of a search without case and surplus blanks, NULL if there is nothing in it."""
    folded = f"NORMALIZE_AND_CASEFOLD({_parameter(_SEARCH_TERM)})"
    single = f"TRIM(REGEXP_REPLACE({folded}, r'[\\s\\p{{Z}}\\p{{C}}]+', ' '))"
    return f"NULLIF(RTRIM(SUBSTR({single}, 1, {LONGEST_TERM})), '')"


def write_statement(tables: str, user: str) -> str:
    """The statement over these ``tables``, users told by the column ``user``; all else is a parameter."""
    return _TEXT.format(
        tables=tables,
        user=user,
        plugin=_parameter("@plugin_parameter"),
        term=_term(),
        label=_parameter("'label'"),
        page_path=_parameter("'page_path'"),
        page_location=_parameter("'page_location'"),
        within_us=WITHIN // timedelta(microseconds=1),
    )


_TEXT = """\
WITH
  days AS (
    SELECT bordered.day AS day, bordered.starts_us AS starts_us, bordered.ends_us AS ends_us,
      bordered.is_asked AS is_asked, bordered.is_before AS is_before, bordered.is_recent AS is_recent
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
      IF(event_name = @search, {term}, NULL) AS term,
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
      fields.is_view AND days.is_before AS is_before,
      fields.is_view AND days.is_recent AS is_recent,
      COALESCE(aliases.meant, fields.reported) AS plugin,
      COALESCE(IF(STARTS_WITH(fields.label, '/'), fields.label, NULL), fields.address) AS address,
      fields.user_key AS user_key,
      -- the user's last search of the minutes before, behind its moment; nobody's rows are apart
      MAX(CONCAT(LPAD(CAST(fields.event_timestamp AS STRING), 20, '0'), fields.term)) OVER (
        PARTITION BY fields.user_key, IF(fields.user_key IS NULL, fields.event_timestamp, NULL)
        ORDER BY fields.event_timestamp RANGE BETWEEN {within_us} PRECEDING AND CURRENT ROW
      ) AS last_search
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
      is_before,
      is_recent,
      IF(NOT (is_counted OR is_before) OR plugin IN UNNEST(@unattributed), '', plugin) AS plugin,
      IF(is_counted, REGEXP_REPLACE(REGEXP_REPLACE(address, r'^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*', ''),
        r'(?s)[?#].*', ''), NULL) AS path,
      IF(is_counted AND user_key IS NOT NULL, SUBSTR(last_search, 21), NULL) AS searched,
      IF(is_counted OR is_before, user_key, NULL) AS user_key
    FROM views
  ),
  tallies AS (
    SELECT day_table, day, is_counted, is_before, is_recent, plugin, path, searched, user_key,
      COUNT(*) AS events
    FROM named
    GROUP BY day_table, day, is_counted, is_before, is_recent, plugin, path, searched, user_key
  ),
  scoped AS (
    SELECT
      scope,
      CASE scope
        WHEN 'day' THEN tallies.day_table
        WHEN 'team' THEN members.team
        WHEN 'portal' THEN ''
        WHEN 'four_weeks' THEN ''
        ELSE tallies.plugin
      END AS name,
      CASE scope
        WHEN 'day' THEN tallies.day
        WHEN 'page' THEN IF(tallies.path = '', '/', tallies.path)
        WHEN 'search' THEN tallies.searched
        ELSE ''
      END AS detail,
      IF(scope = 'day', NULL, tallies.user_key) AS user_key,
      (scope IN ('day', 'four_weeks') OR tallies.is_counted) AS is_counted,
      tallies.events AS events
    FROM tallies
    CROSS JOIN UNNEST(['day', 'portal', 'plugin', 'page', 'search', 'team', 'four_weeks']) AS scope
    LEFT JOIN members ON members.owned = tallies.plugin AND scope = 'team'
    WHERE CASE scope
      WHEN 'day' THEN TRUE
      WHEN 'four_weeks' THEN tallies.is_recent
      WHEN 'page' THEN tallies.is_counted AND tallies.plugin <> '' AND tallies.path IS NOT NULL
      WHEN 'search' THEN tallies.is_counted AND tallies.plugin NOT IN ('', @search)
        AND tallies.searched IS NOT NULL
      WHEN 'team' THEN (tallies.is_counted OR tallies.is_before) AND members.team IS NOT NULL
      ELSE tallies.is_counted OR tallies.is_before
    END
  ),
  -- a row for each user of each group: whether there were views that count, and whether any before them
  people AS (
    SELECT scope, name, detail, user_key,
      SUM(IF(is_counted, events, 0)) AS events,
      LOGICAL_OR(NOT is_counted) AS was_there
    FROM scoped
    GROUP BY scope, name, detail, user_key
  ),
  figures AS (
    SELECT
      scope,
      name,
      detail,
      SUM(events) AS events,
      COUNT(DISTINCT IF(events > 0, user_key, NULL)) AS users,
      SUM(IF(user_key IS NULL, events, 0)) AS anonymous,
      COUNT(DISTINCT IF(events > 0 AND NOT was_there, user_key, NULL)) AS new_users
    FROM people
    GROUP BY scope, name, detail
  ),
  ranked AS (
    SELECT scope, name, detail, events, users, anonymous, new_users,
      ROW_NUMBER() OVER (
        PARTITION BY scope, name ORDER BY IF(scope = 'search', users, events) DESC, detail
      ) AS place
    FROM figures
    WHERE events > 0 AND (scope <> 'search' OR users >= @fewest_searchers)
  )
SELECT scope, name, detail, events, users, anonymous, new_users
FROM ranked
WHERE CASE scope WHEN 'page' THEN place <= @pages WHEN 'search' THEN place <= @searches ELSE TRUE END
ORDER BY scope, name, place
"""
"""Every table is read once: on-demand prices and the time go by bytes read. `settled` reads no column."""
