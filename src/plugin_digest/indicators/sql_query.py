"""An indicator that a query to a database gives: a row per week and key.

Owns what the query may use and must give. Must not know how a database is reached.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from plugin_digest.databases import Database
from plugin_digest.errors import Rejected
from plugin_digest.indicators.reading import Reading, Request
from plugin_digest.indicators.rows import MOST_ROWS, Row, values_of
from plugin_digest.model import Indicator, Scope

_FIELDS = ("week", "key", "value", "out_of")
_PARAMETERS = frozenset({"from", "to"})


@dataclass(frozen=True)
class SqlSource:
    """``url`` is an SQLAlchemy URL; ``query`` may use ``:from`` and ``:to``, between which the weeks lie.

    ``:from`` is the first day that is asked for, ``:to`` the first one that is not any more.
    """

    indicator: Indicator
    scope: Scope
    url: str = field(repr=False)
    query: str
    statement_timeout_s: float = 60

    def read(self, request: Request) -> Reading:
        """As `Source.read`.

        Raises:
            Unreachable: the database does not answer in time.
            Rejected: it refuses, the query cannot be run, or lacks a column.
            Malformed: it gives more rows than are believed.
        """
        database = Database(self.url, statement_timeout_s=self.statement_timeout_s, section="")
        statement, values = self._statement(database.label, request)
        with database.reading() as reading:
            names, rows = reading.table(statement, values, MOST_ROWS)
        return values_of(self._rows(database.label, names, rows), self.indicator, self.scope, request)

    def _statement(self, database: str, request: Request) -> tuple[sa.TextClause, dict[str, Any]]:
        statement = sa.text(self.query)
        named = set(statement.compile().params)
        if unknown := sorted(named - _PARAMETERS):
            raise Rejected(
                f"{database}: the query has a parameter :{unknown[0]}; known are :from and :to "
                "(write \\: for a colon that begins none)"
            )
        days = {"from": request.weeks[0].first_day, "to": request.weeks[-1].plus(1).first_day}
        parameters = (sa.bindparam(name, type_=sa.Date()) for name in named)
        return statement.bindparams(*parameters), {name: days[name] for name in named}

    def _rows(self, database: str, names: list[str], rows: list[tuple[Any, ...]]) -> Iterator[Row]:
        wanted = [name for name in _FIELDS if name != "key" or self.scope is not Scope.PORTAL]
        for name in wanted:
            if names.count(name) != 1 and (name != "out_of" or name in names):
                given = ", ".join(names)
                raise Rejected(f"{database}: the query must give one column {name!r}; it gives: {given}")
        places = {name: names.index(name) for name in wanted if name in names}
        for number, row in enumerate(rows, 1):
            yield Row(f"{database}: row {number}", **{name: row[place] for name, place in places.items()})
