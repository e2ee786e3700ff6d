"""What is counted of a table's views: one statement for all figures of all spans, for any engine.

Owns how views and distinct users of portal, plugins, teams and pages follow from the views of persons, and
who of them is new. Knows no connection and not how a row of the table becomes a view.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from plugin_digest.model import LOOKBACK_WEEKS
from plugin_digest.sources.database.expressions import Events

PORTAL, PLUGIN, TEAM, PAGE, FOUR_WEEKS = "portal", "plugin", "team", "page", "four weeks"
"""The kinds of figures."""
_ZERO = sa.literal_column("0", sa.Integer)
_NO_TEXT: sa.ColumnElement[Any] = sa.cast(sa.null(), sa.String)


def select_figures(
    events: Events,
    before: Events | None,
    owners: Sequence[Mapping[str, str]],
    pages: int,
    collation: str | None = None,
) -> sa.CompoundSelect[Any]:
    """(kind, span, name, path, views, users, new users, views without a user, place), of all kinds.

    One statement, so that the distinct views are made once and all figures are of one moment. ``before`` are
    the weeks before the first, which get negative numbers and of which only the portal is told; without it
    everybody is new. ``owners`` give the team of a plugin; ``pages`` is how many of each plugin's pages are
    wanted.
    """
    tallies = events.tallies()
    columns = (tallies.c.span, tallies.c.plugin, tallies.c.person)
    by_person = sa.select(*columns, sa.func.sum(tallies.c.views).label("views")).group_by(*columns)
    earlier = [] if before is None else [_earlier(before)]
    persons = sa.union_all(by_person, *earlier).cte("persons")
    parts = [_total(PORTAL, persons), _total(PLUGIN, persons, persons.c.plugin)]
    for number, teams in enumerate(owners):
        parts.append(_total(TEAM, *_owned(persons, teams, f"owned_{number}")))
    if pages and "path" in events.layout.columns:
        parts.append(_top_pages(tallies, pages, collation))
    if before is not None:
        parts.append(_four_weeks(persons, len(events.spans) - 2))
    return sa.union_all(*parts).order_by("place")


def _earlier(before: Events) -> sa.Select[Any]:
    visits = before.visits()
    span = visits.c.span - sa.literal_column(str(len(before.spans) - 1), sa.Integer)
    return sa.select(span, visits.c.plugin, visits.c.person, _ZERO)


def _total(kind: str, views: sa.FromClause, name: sa.ColumnElement[Any] | None = None) -> sa.Select[Any]:
    """One row per span, and per name if there is one."""
    named = (_NO_TEXT if name is None else name).label("name")
    keys = [views.c.span, views.c.person] if name is None else [views.c.span, name, views.c.person]
    once = (
        sa.select(views.c.span, named, views.c.person, sa.func.sum(views.c.views).label("views"))
        .group_by(*keys)
        .subquery("once")
    )
    last_before = sa.func.max(once.c.span).over(
        partition_by=(once.c.name, once.c.person), order_by=once.c.span, rows=(None, -1)
    )
    seen = sa.select(once, last_before.label("last")).subquery("seen")
    is_away = sa.or_(seen.c.last.is_(None), seen.c.last < seen.c.span - LOOKBACK_WEEKS)
    is_new = sa.case((sa.and_(seen.c.person.is_not(None), is_away), 1), else_=0)
    anonymous = sa.case((seen.c.person.is_(None), seen.c.views), else_=0)
    total = sa.select(
        sa.literal_column(f"'{kind}'", sa.String).label("kind"),
        seen.c.span,
        seen.c.name,
        _NO_TEXT.label("path"),
        sa.func.sum(seen.c.views).label("views"),
        sa.func.count(seen.c.person).label("users"),
        sa.func.sum(is_new).label("new_users"),
        sa.func.sum(anonymous).label("anonymous"),
        _ZERO.label("place"),
    ).group_by(seen.c.span, seen.c.name)
    return total if name is None else total.where(seen.c.span >= 0)


def _owned(
    persons: sa.CTE, teams: Mapping[str, str], alias: str
) -> tuple[sa.FromClause, sa.ColumnElement[Any]]:
    """The views of owned plugins, and the column that names their teams."""
    known = sa.select(persons.c.plugin).distinct().subquery()
    team = sa.case(teams, value=known.c.plugin, else_=sa.null())
    owners = sa.select(known.c.plugin, team.label("team")).cte(f"{alias}_by")
    owned = (
        sa.select(persons.c.span, persons.c.person, persons.c.views, owners.c.team)
        .join_from(persons, owners, persons.c.plugin == owners.c.plugin)
        .where(owners.c.team.is_not(None))
        .subquery(alias)
    )
    return owned, owned.c.team


def _top_pages(tallies: sa.CTE, limit: int, collation: str | None) -> sa.Select[Any]:
    """The most viewed pages of each plugin and span."""
    keys = (tallies.c.span, tallies.c.plugin, tallies.c.path)
    counted = (
        sa.select(
            *keys,
            sa.func.sum(tallies.c.views).label("views"),
            sa.func.count(tallies.c.person.distinct()).label("users"),
        )
        .where(tallies.c.plugin.is_not(None), tallies.c.path.is_not(None))
        .group_by(*keys)
        .subquery("counted")
    )
    path = counted.c.path.collate(collation) if collation else counted.c.path
    place = sa.func.row_number().over(
        partition_by=(counted.c.span, counted.c.plugin), order_by=(counted.c.views.desc(), path)
    )
    placed = sa.select(counted, place.label("place")).subquery("placed")
    return sa.select(
        sa.literal_column(f"'{PAGE}'", sa.String).label("kind"),
        placed.c.span,
        placed.c.plugin.label("name"),
        placed.c.path,
        placed.c.views,
        placed.c.users,
        _ZERO.label("new_users"),
        _ZERO.label("anonymous"),
        placed.c.place,
    ).where(placed.c.place <= limit)


def _four_weeks(persons: sa.CTE, last: int) -> sa.Select[Any]:
    """The portal's users of each week and the three before: a person counts for the three weeks after too."""
    later = sa.union_all(
        *(sa.select(sa.literal_column(str(n), sa.Integer).label("weeks")) for n in range(LOOKBACK_WEEKS))
    ).subquery("later")
    week = (persons.c.span + later.c.weeks).label("span")
    there = (
        sa.select(week, persons.c.person)
        .select_from(persons.join(later, sa.true()))
        .where(persons.c.person.is_not(None))
        .distinct()
        .subquery("there")
    )
    return (
        sa.select(
            sa.literal_column(f"'{FOUR_WEEKS}'", sa.String).label("kind"),
            there.c.span,
            _NO_TEXT.label("name"),
            _NO_TEXT.label("path"),
            _ZERO.label("views"),
            sa.func.count(there.c.person).label("users"),
            _ZERO.label("new_users"),
            _ZERO.label("anonymous"),
            _ZERO.label("place"),
        )
        .where(there.c.span.between(0, last))
        .group_by(there.c.span)
    )
