"""Holds, runs, and whose store it is."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
)
from sqlmodel import Field

from plugin_digest.model import HoldState, Week
from plugin_digest.store.columns import (
    FirstDay,
    HoldWord,
    Moment,
    one_of,
)
from plugin_digest.store.tables.base import Row


class HoldRow(Row, table=True):
    """One word about a week; the newest row of the week counts, the others are its history."""

    __tablename__ = "hold"
    __table_args__ = (one_of("state", HoldState),)

    id: int | None = Field(default=None, primary_key=True)
    week: Week = Field(sa_type=FirstDay, index=True)
    state: HoldState = Field(sa_type=HoldWord)
    reason: str
    at: datetime = Field(sa_type=Moment)


class RunRow(Row, table=True):
    __tablename__ = "run"

    id: int | None = Field(default=None, primary_key=True)
    week: Week = Field(sa_type=FirstDay, index=True)
    started_at: datetime = Field(sa_type=Moment)
    finished_at: datetime | None = Field(sa_type=Moment)
    exit_code: int | None
    summary: str


class InstanceRow(Row, table=True):
    """Whose store this is: one row, so that a copied database mails nobody."""

    __tablename__ = "instance"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str
