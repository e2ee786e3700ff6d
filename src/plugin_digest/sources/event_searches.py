# ruff: noqa: S608 - statements are made of numbers and of names that are written here
"""Searches: the terms that users searched right before they opened a page of a plugin.

A search and the view that it led to are of one user, one session and one week.
"""

from collections.abc import Sequence
from datetime import timedelta

from plugin_digest.model import DAYS_PER_WEEK, Search
from plugin_digest.sources.event_names import write_pairs
from plugin_digest.sources.event_stage import Stage
from plugin_digest.sources.searches import FEWEST_USERS, SEARCH, WITHIN, normalise_term

_WITHIN_US = WITHIN // timedelta(microseconds=1)
Searches = dict[int, dict[str, tuple[Search, ...]]]
"""By the week's number and the plugin."""


def count_searches(stage: Stage, weeks: Sequence[int], limit: int) -> Searches:
    """For some of the asked weeks, by their numbers, the most frequent terms of each plugin."""
    searches: Searches = {}
    if limit == 0 or not _write_leads(stage, weeks[0], weeks[-1]):
        return searches
    most_searched = f"""
        SELECT week, plugin, term, count(DISTINCT user_hash) AS users
        FROM leads JOIN terms USING (searched)
        WHERE term <> ''
        GROUP BY week, plugin, term
        HAVING users >= {FEWEST_USERS}
        QUALIFY row_number() OVER (PARTITION BY week, plugin ORDER BY users DESC, term) <= {limit}
        ORDER BY week, plugin, users DESC, term"""
    for week, plugin, term, users in stage.connection.execute(most_searched).fetchall():
        found = searches.setdefault(week, {})
        found[plugin] = (*found.get(plugin, ()), Search(term, users))
    return searches


def _write_leads(stage: Stage, first: int, last: int) -> bool:
    """``leads``: the views to which a search led, and ``terms``: what is searched, normalised; False: none.

    Of all that its visit did, the step before such a view is a search: pages of the search itself are no
    steps. Where two steps are of one moment, the search is the first.
    """
    stage.connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE leads AS
        WITH asked AS (
          SELECT day // {DAYS_PER_WEEK} AS week, visit, moment, searched, plugin AS reported, user_hash
          FROM {stage.rows}
          WHERE visit IS NOT NULL
            AND day BETWEEN {first * DAYS_PER_WEEK} AND {(last + 1) * DAYS_PER_WEEK - 1}
        ), steps AS (
          SELECT week, plugin_names.plugin AS plugin, user_hash,
            lag(searched) OVER visits AS searched, moment - lag(moment) OVER visits AS since
          FROM asked LEFT JOIN plugin_names USING (reported)
          WHERE visit IN (SELECT visit FROM asked WHERE searched IS NOT NULL)
            AND (searched IS NOT NULL OR plugin_names.plugin IS DISTINCT FROM '{SEARCH}')
          WINDOW visits AS (PARTITION BY week, visit ORDER BY moment, searched IS NULL, searched, reported)
        )
        SELECT DISTINCT week, plugin, user_hash, searched FROM steps
        WHERE plugin IS NOT NULL AND searched IS NOT NULL AND since <= {_WITHIN_US}"""
    )
    terms = "SELECT DISTINCT searched FROM leads"
    searched = [row[0] for row in stage.connection.execute(terms).fetchall()]
    normal = [normalise_term(term) for term in searched]
    write_pairs(stage.connection, "terms", ("searched", "term"), searched, normal)
    return bool(searched)
