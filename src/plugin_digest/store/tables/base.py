"""What all tables share: names of constraints, a metadata of their own, and counts with their reasons."""

from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    MetaData,
)
from sqlmodel import Field, SQLModel

from plugin_digest.model import Absent, Usage
from plugin_digest.store.columns import (
    AbsentWord,
    one_of,
)

NAMES = {  # SQLite can only change a constraint that has a name
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


STORED = (Absent.NO_DATA, Absent.NOT_AVAILABLE, Absent.HIDDEN)
"""What a source can say; what a digest leaves out besides is never stored."""


class Row(SQLModel):
    """Keeps the tables out of the metadata that every user of SQLModel shares."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)


class Figures(Row):
    """Two counts; each is a number or the reason why there is none, never both and never neither."""

    views: int | None = Field(sa_type=BigInteger)
    views_absent: Absent | None = Field(sa_type=AbsentWord)
    users: int | None = Field(sa_type=BigInteger)
    users_absent: Absent | None = Field(sa_type=AbsentWord)

    def to_usage(self) -> Usage:
        return Usage(
            self.views_absent if self.views is None else self.views,  # type: ignore[arg-type]  # the CHECKs
            self.users_absent if self.users is None else self.users,  # type: ignore[arg-type]
        )


def figure_checks(*counts: str) -> tuple[CheckConstraint, ...]:
    return tuple(
        check
        for count in counts or ("views", "users")
        for check in (
            CheckConstraint(f"({count} IS NULL) <> ({count}_absent IS NULL)", name=f"{count}_or_reason"),
            CheckConstraint(f"{count} >= 0", name=f"{count}_not_negative"),
            one_of(f"{count}_absent", STORED),
        )
    )
