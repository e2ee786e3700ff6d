"""Column types: model values that a database column holds as something simpler."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Date, DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator

from plugin_digest.model import Absent, Count, DeliveryState, HoldState, NoteKind, Scope, Status, Week


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC; SQLite has no type for it, so the zone is left out there."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class FirstDay(TypeDecorator[Week]):
    """A week as the date of its first day, so that SQL can order and compare it."""

    impl = Date
    cache_ok = True

    def process_bind_param(self, value: Week | None, dialect: Dialect) -> date | None:  # noqa: ARG002
        return None if value is None else value.first_day

    def process_result_value(self, value: date | None, dialect: Dialect) -> Week | None:  # noqa: ARG002
        return None if value is None else Week(value)


class Word(TypeDecorator[Enum]):
    """An enum member as the word that is its value; which words are allowed is a CHECK of the table."""

    impl = String
    cache_ok = True  # SQLAlchemy wants it said again in each subclass
    words: ClassVar[type[Enum]]

    def process_bind_param(self, value: Enum | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else str(self.words(value).value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Enum | None:  # noqa: ARG002
        return None if value is None else self.words(value)


class AbsentWord(Word):
    words = Absent
    cache_ok = True


class StatusWord(Word):
    words = Status
    cache_ok = True


class NoteWord(Word):
    words = NoteKind
    cache_ok = True


class DeliveryWord(Word):
    words = DeliveryState
    cache_ok = True


class ScopeWord(Word):
    words = Scope
    cache_ok = True


class HoldWord(Word):
    words = HoldState
    cache_ok = True


def one_of(column: str, words: Iterable[Enum]) -> CheckConstraint:
    allowed = ", ".join(f"'{member.value}'" for member in words)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


def count_columns(name: str, count: Count) -> dict[str, Any]:
    """A count as its two columns: the number, or the reason why there is none."""
    is_absent = isinstance(count, Absent)
    return {name: None if is_absent else count, f"{name}_absent": count if is_absent else None}
