"""The events of a table as SQLAlchemy Core expressions, for any engine.

Owns what makes a row a view, which views are one and the same, and whose plugin, span and page a view is.
Knows no connection. Weeks and local days reach the engine as moments, so it needs no time zones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from plugin_digest.errors import Rejected
from plugin_digest.model import UNATTRIBUTED_IDS
from plugin_digest.sources.database.moments import Clock

NAVIGATE = "navigate"
FIELDS = ("time", "action", "plugin", "path", "user", "session")
_REQUIRED = ("time", "action", "plugin")
_CONSTANT = "="
"""``action: =navigate``: not a column; every row is that."""


@dataclass(frozen=True)
class Layout:
    """Where the table is and which of its columns hold which field.

    ``is_quoted`` puts every name in quotes, for engines to which ``Events`` and ``events`` in quotes are not
    different things from the same without; others quote what they know they must.
    """

    table: str
    schema: str | None
    columns: Mapping[str, str]
    is_quoted: bool = True

    def __post_init__(self) -> None:
        for field in self.columns:
            if field not in FIELDS:
                raise Rejected(f"source.columns: {field!r} is no field; the fields are {', '.join(FIELDS)}")
        lacking = [field for field in _REQUIRED if not self.columns.get(field)]
        if lacking:
            hint = "; if every row is a view, set action: '=navigate'" if "action" in lacking else ""
            raise Rejected(f"source.columns: name the column that holds {' and '.join(lacking)}{hint}")
        for field, column in self.columns.items():
            if column.startswith(_CONSTANT) and (field, column) != ("action", _CONSTANT + NAVIGATE):
                raise Rejected(
                    f"source.columns.{field}: {column!r} names no column; only action can be a constant, "
                    f"and that is '={NAVIGATE}'"
                )

    @property
    def is_all_views(self) -> bool:
        """Whether no column says what a row is."""
        return self.columns["action"].startswith(_CONSTANT)

    @property
    def named(self) -> dict[str, str]:
        """Fields that are columns."""
        return {field: name for field, name in self.columns.items() if not name.startswith(_CONSTANT)}

    def relation(self) -> sa.TableClause:
        names = dict.fromkeys(self.named.values())
        columns: list[sa.ColumnClause[Any]] = [sa.column(self._name(name)) for name in names]
        return sa.table(self._name(self.table), *columns, schema=self.schema and self._name(self.schema))

    def _name(self, name: str) -> str:
        return sa.quoted_name(name, quote=True if self.is_quoted else None)

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}" if self.schema else self.table


class position_of(GenericFunction[int]):  # noqa: N801 - named as it is in SQL
    """Where a text begins in another, from 1; 0 if it is not there."""

    type = sa.Integer()
    inherit_cache = True


@compiles(position_of)
def _position(element: position_of, compiler: SQLCompiler, **options: Any) -> str:
    text, part = (compiler.process(clause, **options) for clause in element.clauses)
    return f"POSITION({part} IN {text})"


@compiles(position_of, "sqlite")
@compiles(position_of, "oracle")
def _instr(element: position_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


def number_spans(
    moment: sa.ColumnElement[Any], borders: Sequence[datetime], clock: Clock
) -> sa.ColumnElement[int]:
    """Between which borders a moment lies: 0 before ``borders[1]``, 1 before ``borders[2]`` and so on.

    A tree of CASEs, so that a row costs log2 of the number of borders comparisons.
    """

    def between(first: int, last: int) -> sa.ColumnElement[int]:
        if first == last:
            return sa.literal_column(str(first), sa.Integer)
        middle = (first + last + 1) // 2
        is_before = moment < clock.bound(borders[middle])
        return sa.case((is_before, between(first, middle - 1)), else_=between(middle, last))

    return between(0, len(borders) - 2)


def strip_query(path: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """A page's path: without query string and fragment."""
    for mark in ("#", "?"):
        found = position_of(path, sa.literal(mark))
        path = sa.case((found > 0, sa.func.substr(path, 1, found - 1)), else_=path)
    return path


def escape_like(pattern: str) -> str:
    """The LIKE pattern, with ``~`` as escape, for one with ``*`` and ``?``."""
    literal = pattern.replace("~", "~~").replace("%", "~%").replace("_", "~_")
    return literal.replace("*", "%").replace("?", "_")


@dataclass(frozen=True)
class Events:
    """The events of a table between the first and the last of ``days``, the starts of local days and the end.

    Views are counted in spans, weeks or one whole period, between each two of ``spans``, some of the same
    moments. Days and spans are numbered from 0.
    """

    layout: Layout
    clock: Clock
    days: Sequence[datetime]
    spans: Sequence[datetime]
    aliases: Mapping[str, str]
    exclude_users: Sequence[str] = ()

    @property
    def has_users(self) -> bool:
        return "user" in self.layout.columns

    def by_day(self) -> sa.Select[Any]:
        """(day, rows, rows with a valid time), of any action."""
        relation = self.layout.relation()
        time = relation.c[self.layout.columns["time"]]
        is_readable = sa.case((self.clock.is_readable(time), 1), else_=0)
        numbered = (
            sa.select(number_spans(time, self.days, self.clock).label("day"), is_readable.label("readable"))
            .where(*self._is_asked(time))
            .subquery("numbered")
        )
        figures = sa.func.count().label("total"), sa.func.sum(numbered.c.readable).label("readable")
        return sa.select(numbered.c.day, *figures).group_by(numbered.c.day)

    def _is_asked(self, time: sa.ColumnElement[Any]) -> list[sa.ColumnElement[bool]]:
        return [time >= self.clock.bound(self.days[0]), time < self.clock.bound(self.days[-1])]

    def tallies(self) -> sa.CTE:
        """(span, plugin, path, person, views): each view once, however often it was delivered.

        The plugin's name is worked out once per reported id, not once per view.
        """
        distinct = self._distinct_views()
        path = strip_query(distinct.c.path) if "path" in distinct.c else sa.null()
        marked = sa.select(
            number_spans(distinct.c.time, self.spans, self.clock).label("span"),
            sa.func.coalesce(distinct.c.plugin, "").label("reported"),
            sa.cast(path, sa.String).label("path"),
            _person(dict(distinct.c)).label("person"),
        ).subquery("marked")
        keys = (marked.c.span, marked.c.reported, marked.c.path, marked.c.person)
        reported = sa.select(*keys, sa.func.count().label("views")).group_by(*keys).cte("reported_views")
        ids = sa.select(reported.c.reported).distinct().subquery("ids")
        names = sa.select(ids.c.reported, self._plugin(ids.c.reported).label("plugin")).cte("names")
        columns = (reported.c.span, names.c.plugin, reported.c.path, reported.c.person, reported.c.views)
        return (
            sa.select(*columns)
            .join_from(reported, names, reported.c.reported == names.c.reported)
            .cte("tallies")
        )

    def visits(self) -> sa.Subquery:
        """(span, plugin, person): who viewed which plugin; NULL where there is none, and for no person."""
        column = self._columns()
        seen = (
            sa.select(
                number_spans(column["time"], self.spans, self.clock).label("span"),
                sa.func.coalesce(column["plugin"], "").label("reported"),
                _person(column).label("person"),
            )
            .where(*self._are_wanted(column, (NAVIGATE,)))
            .distinct()
            .subquery("seen")
        )
        return sa.select(seen.c.span, self._plugin(seen.c.reported).label("plugin"), seen.c.person).subquery(
            "visits"
        )

    def steps(self, *actions: str) -> sa.Select[Any]:
        """(span, time, action, plugin, path, person, session) of the events of known users."""
        column = self._columns()
        person = _person(column)
        return sa.select(
            number_spans(column["time"], self.spans, self.clock).label("span"),
            column["time"].label("time"),
            column["action"].label("action"),
            self._plugin(sa.func.coalesce(column["plugin"], "")).label("plugin"),
            column["path"].label("path"),
            person.label("person"),
            column.get("session", sa.cast(sa.null(), sa.String)).label("session"),
        ).where(*self._are_wanted(column, actions), person.is_not(None))

    def _distinct_views(self) -> sa.Subquery:
        """Without users, two of them on one page at one moment cannot be told from a repeated event."""
        column = self._columns()
        fields = [column[field].label(field) for field in column]
        selected = sa.select(*fields).where(*self._are_wanted(column, (NAVIGATE,)))
        return (selected.distinct() if {"user", "session"} & column.keys() else selected).subquery("events")

    def _columns(self) -> dict[str, sa.ColumnElement[Any]]:
        relation = self.layout.relation()
        return {field: relation.c[name] for field, name in self.layout.named.items()}

    def _are_wanted(
        self, column: Mapping[str, sa.ColumnElement[Any]], actions: Sequence[str]
    ) -> list[sa.ColumnElement[bool]]:
        conditions = [*self._is_asked(column["time"]), self.clock.is_readable(column["time"])]
        if not self.layout.is_all_views:
            conditions.append(column["action"].in_([sa.literal(action) for action in actions]))
        if self.exclude_users and "user" in column:
            conditions.append(self._is_included(column["user"]))
        return conditions

    def _is_included(self, user: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        name = sa.func.lower(sa.cast(user, sa.String))
        patterns = [escape_like(pattern.lower()) for pattern in self.exclude_users]
        is_excluded = sa.or_(*(name.like(sa.literal(pattern), escape="~") for pattern in patterns))
        return sa.or_(user.is_(None), sa.not_(is_excluded))

    def _plugin(self, reported: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """As `attribute_id`: without case and blanks, an alias first, then what is no plugin."""
        plugin: sa.ColumnElement[Any] = sa.func.lower(sa.func.trim(reported))
        if self.aliases:
            plugin = sa.case(self.aliases, value=plugin, else_=plugin)
        return sa.case((plugin.in_(sorted(UNATTRIBUTED_IDS)), sa.null()), else_=plugin)


def _person(column: Mapping[str, sa.ColumnElement[Any]]) -> sa.ColumnElement[Any]:
    if "user" not in column:
        return sa.cast(sa.null(), sa.String)
    user = sa.cast(column["user"], sa.String)
    return sa.case((user == "", sa.null()), else_=user)
