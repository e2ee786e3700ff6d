"""What users of a table searched right before they opened a page of a plugin.

The engine finds the views that a search led to and numbers their users; terms are compared here, where every
engine's are compared alike, and what fewer than `FEWEST_USERS` people searched is dropped.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from plugin_digest.databases import Reading
from plugin_digest.model import Search
from plugin_digest.sources.database.expressions import NAVIGATE, Events
from plugin_digest.sources.searches import FEWEST_USERS, SEARCH, WITHIN, normalise_term

Searches = Mapping[int, Mapping[str, tuple[Search, ...]]]
"""By the span's number and the plugin."""
_FIELDS = frozenset({"action", "path", "user"})


def read_searches(reading: Reading, events: Events, limit: int) -> Searches:
    """The most frequent terms of each plugin; nothing where the table does not say who searched what."""
    if limit == 0 or not events.layout.named.keys() >= _FIELDS:
        return {}
    searchers: dict[tuple[int, str, str], set[int]] = defaultdict(set)
    for span, plugin, searched, at, viewed_at, person in reading.rows(_leads(events, reading.dialect)):
        term = normalise_term(searched or "")
        if term and _is_soon(events, at, viewed_at):
            searchers[span, plugin, term].add(person)
    return _rank(searchers, limit)


def _is_soon(events: Events, searched_at: Any, viewed_at: Any) -> bool:
    before, after = events.clock.moment(searched_at), events.clock.moment(viewed_at)
    return before is not None and after is not None and timedelta(0) <= after - before <= WITHIN


def _rank(searchers: Mapping[tuple[int, str, str], set[int]], limit: int) -> Searches:
    found: dict[int, dict[str, tuple[Search, ...]]] = defaultdict(dict)
    for (span, plugin, term), people in sorted(searchers.items(), key=_by_frequency):
        terms = found[span].get(plugin, ())
        if len(people) >= FEWEST_USERS and len(terms) < limit:
            found[span][plugin] = (*terms, Search(term, len(people)))
    return found


def _by_frequency(item: tuple[tuple[int, str, str], set[int]]) -> tuple[Any, ...]:
    (span, plugin, term), people = item
    return span, plugin, -len(people), term


def _leads(events: Events, dialect: str) -> sa.Select[Any]:
    """(span, plugin, what was searched, when, when the view was, a number for the user).

    Of all that a user did in a session, the step before such a view is a search: pages of the search itself
    are no steps. Where two steps are of one moment, the search is the first.
    """
    asked = events.steps(NAVIGATE, SEARCH).cte("asked")
    searching = sa.select(asked.c.person).where(asked.c.action == sa.literal(SEARCH))
    is_search = sa.case((asked.c.action == sa.literal(SEARCH), 1), else_=0)

    def before(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return sa.func.max(column).over(
            partition_by=(asked.c.span, asked.c.person, asked.c.session),
            order_by=(asked.c.time, is_search.desc()),
            rows=(-1, -1),
        )

    steps = (
        sa.select(
            asked.c.span,
            asked.c.plugin,
            asked.c.person,
            is_search.label("is_search"),
            asked.c.time.label("viewed_at"),
            before(is_search).label("is_after_search"),
            before(asked.c.path).label("searched"),
            before(asked.c.time).label("searched_at"),
        )
        .where(
            asked.c.person.in_(searching),
            sa.or_(is_search == 1, asked.c.plugin.is_(None), asked.c.plugin != sa.literal(SEARCH)),
        )
        .subquery("steps")
    )
    times: list[sa.ColumnElement[Any]] = [steps.c.searched_at, steps.c.viewed_at]
    if dialect == "duckdb":
        times = [sa.cast(moment, sa.String) for moment in times]
    return sa.select(
        steps.c.span,
        steps.c.plugin,
        steps.c.searched,
        *times,
        sa.func.dense_rank().over(order_by=steps.c.person),
    ).where(steps.c.is_search == 0, steps.c.is_after_search == 1, steps.c.plugin.is_not(None))
