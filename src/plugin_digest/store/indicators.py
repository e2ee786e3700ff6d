"""Values of indicators, week by week."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, func, or_, select

from plugin_digest.model import IndicatorValue, Week
from plugin_digest.store.database import Database
from plugin_digest.store.tables import IndicatorReadingRow, IndicatorValueRow

KEY = ("week", "indicator", "scope", "key")


class Indicators:
    """The newest value of each indicator, week and key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, values: Sequence[IndicatorValue]) -> None:
        """Stores the values, in place of earlier readings of the same weeks and keys."""
        if values:
            with self._database.moving() as connection:
                self._put(connection, values)

    def take(
        self,
        indicator: str,
        values: Sequence[IndicatorValue],
        whole: Collection[Week],
        keys: Collection[str] | None = None,
    ) -> None:
        """Stores a reading of one indicator, all or nothing, and drops what it takes back.

        Of the weeks in ``whole`` only its ``values`` stay; where ``keys`` are given, only those of these keys
        do, in all weeks.
        """
        with self._database.moving() as connection:
            taken_back = [col(IndicatorValueRow.week).in_(list(whole))]
            if keys is not None:
                taken_back.append(col(IndicatorValueRow.key).not_in(list(keys)))
            own = col(IndicatorValueRow.indicator) == indicator
            connection.execute(delete(IndicatorValueRow).where(own, or_(*taken_back)))
            if values:
                self._put(connection, values)

    def _put(self, connection: Connection, values: Sequence[IndicatorValue]) -> None:
        rows = {tuple(row[name] for name in KEY): row for row in map(_row, values)}
        upsert: Any = (sqlite if self._database.is_sqlite else postgresql).insert(IndicatorValueRow)
        changed = {name: upsert.excluded[name] for name in ("value", "out_of", "as_of")}
        connection.execute(
            upsert.on_conflict_do_update(index_elements=KEY, set_=changed), list(rows.values())
        )

    def note(self, indicator: str, week: Week, troubles: Sequence[str], at: datetime) -> None:
        """Keeps what was wrong when the indicator was read for the week, in place of the last time's."""
        row = {"indicator": indicator, "week": week, "troubles": "\n".join(troubles), "as_of": at}
        with self._database.moving() as connection:
            connection.execute(
                delete(IndicatorReadingRow).where(col(IndicatorReadingRow.indicator) == indicator)
            )
            connection.execute(insert(IndicatorReadingRow), [row])

    def troubles(self, week: Week) -> dict[str, tuple[str, ...]]:
        """What was wrong with each indicator, where it was last read for the week."""
        wanted = select(IndicatorReadingRow).where(IndicatorReadingRow.week == week)
        with self._database.reading() as session:
            return {row.indicator: tuple(row.troubles.splitlines()) for row in session.exec(wanted)}

    def last_read(self) -> dict[str, datetime]:
        """When the newest value of each indicator was read."""
        newest = select(IndicatorValueRow.indicator, func.max(IndicatorValueRow.as_of)).group_by(
            col(IndicatorValueRow.indicator)
        )
        with self._database.reading() as session:
            return {name: at for name, at in session.exec(newest) if at is not None}

    def of(self, weeks: Iterable[Week]) -> list[IndicatorValue]:
        """Every value of the weeks, oldest first."""
        wanted = select(IndicatorValueRow).where(col(IndicatorValueRow.week).in_(list(weeks)))
        with self._database.reading() as session:
            values = [_value(row) for row in session.exec(wanted)]
        return sorted(values, key=lambda value: (value.week, value.indicator, value.scope, value.key))


def _row(value: IndicatorValue) -> dict[str, Any]:
    return {name: getattr(value, name) for name in (*KEY, "value", "out_of", "as_of")}


def _value(row: IndicatorValueRow) -> IndicatorValue:
    return IndicatorValue(row.indicator, row.week, row.scope, row.key, row.value, row.out_of, row.as_of)
