"""Readings of several weeks as a whole."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
)
from sqlmodel import Field

from plugin_digest.model import NoteKind, Scope, Status, Week
from plugin_digest.store.columns import (
    FirstDay,
    Moment,
    NoteWord,
    ScopeWord,
    StatusWord,
    one_of,
)
from plugin_digest.store.tables.base import Figures, Row, figure_checks


class PeriodRow(Row, table=True):
    """One reading of several weeks as a whole; the newest of a period counts."""

    __tablename__ = "period"
    __table_args__ = (CheckConstraint("first <= last", name="order"), one_of("status", Status))

    id: int | None = Field(default=None, primary_key=True)
    first: Week = Field(sa_type=FirstDay)
    last: Week = Field(sa_type=FirstDay, index=True)
    source: str
    timezone: str
    as_of: datetime = Field(sa_type=Moment)
    status: Status = Field(sa_type=StatusWord)


class PeriodUsageRow(Figures, table=True):
    """``key`` is a plugin or a team, empty for the portal."""

    __tablename__ = "period_usage"
    __table_args__ = (*figure_checks(), one_of("scope", Scope))

    period_id: int = Field(primary_key=True, foreign_key="period.id")
    scope: Scope = Field(primary_key=True, sa_type=ScopeWord)
    key: str = Field(primary_key=True)


class PeriodTeamPluginRow(Row, table=True):
    """One plugin of the set that a team's figures are valid for."""

    __tablename__ = "period_team_plugin"

    period_id: int = Field(primary_key=True, foreign_key="period.id")
    team: str = Field(primary_key=True)
    plugin: str = Field(primary_key=True)


class PeriodMissingDayRow(Row, table=True):
    __tablename__ = "period_missing_day"

    period_id: int = Field(primary_key=True, foreign_key="period.id")
    day: date = Field(primary_key=True)


class PeriodNoteRow(Row, table=True):
    __tablename__ = "period_note"
    __table_args__ = (one_of("kind", NoteKind),)

    period_id: int = Field(primary_key=True, foreign_key="period.id")
    position: int = Field(primary_key=True)
    kind: NoteKind = Field(sa_type=NoteWord)
    text: str
