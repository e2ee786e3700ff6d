"""Readings of weeks, with everything that a source says of them, and values of indicators."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKeyConstraint,
    UniqueConstraint,
)
from sqlmodel import Field

from plugin_digest.model import Absent, NoteKind, Scope, Status, Week
from plugin_digest.store.columns import (
    AbsentWord,
    FirstDay,
    Moment,
    NoteWord,
    ScopeWord,
    StatusWord,
    one_of,
)
from plugin_digest.store.tables.base import Figures, Row, figure_checks


class SnapshotRow(Row, table=True):
    """``anonymous``: views without a user; none where the source does not say."""

    __tablename__ = "snapshot"
    __table_args__ = (
        UniqueConstraint("week", "revision"),
        CheckConstraint("revision >= 1", name="revision"),
        one_of("status", Status),
    )

    id: int | None = Field(default=None, primary_key=True)
    week: Week = Field(sa_type=FirstDay)
    revision: int
    source: str
    timezone: str
    as_of: datetime = Field(sa_type=Moment)
    status: Status = Field(sa_type=StatusWord)
    anonymous: int | None = Field(sa_type=BigInteger)


class PortalUsageRow(Figures, table=True):
    """``scope``: ``portal`` (everything), ``unattributed`` (of no plugin), ``four weeks`` (everything)."""

    __tablename__ = "portal_usage"
    __table_args__ = (
        *figure_checks(),
        CheckConstraint("scope IN ('portal', 'unattributed', 'four weeks')", name="scope"),
    )

    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id")
    scope: str = Field(primary_key=True)


class PluginUsageRow(Figures, table=True):
    __tablename__ = "plugin_usage"
    __table_args__ = figure_checks()

    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id")
    plugin: str = Field(primary_key=True)


class TeamUsageRow(Figures, table=True):
    __tablename__ = "team_usage"
    __table_args__ = figure_checks()

    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id")
    team: str = Field(primary_key=True)


class TeamPluginRow(Row, table=True):
    """One plugin of the set that a team's figures are valid for."""

    __tablename__ = "team_plugin"
    __table_args__ = (
        ForeignKeyConstraint(["snapshot_id", "team"], ["team_usage.snapshot_id", "team_usage.team"]),
    )

    snapshot_id: int = Field(primary_key=True)
    team: str = Field(primary_key=True)
    plugin: str = Field(primary_key=True)


class PageUsageRow(Figures, table=True):
    """``position`` counts a plugin's pages from 0, in the order of the source: most viewed first."""

    __tablename__ = "page_usage"
    __table_args__ = figure_checks()

    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id")
    plugin: str = Field(primary_key=True)
    position: int = Field(primary_key=True)
    path: str


class MissingDayRow(Row, table=True):
    __tablename__ = "missing_day"

    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id")
    position: int = Field(primary_key=True)
    day: date


class NoteRow(Row, table=True):
    __tablename__ = "note"
    __table_args__ = (one_of("kind", NoteKind),)

    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id")
    position: int = Field(primary_key=True)
    kind: NoteKind = Field(sa_type=NoteWord)
    text: str


class NewUsersRow(Row, table=True):
    """How many users were new; no row where the source does not say. ``key`` is empty for the portal."""

    __tablename__ = "new_users"
    __table_args__ = (*figure_checks("users"), one_of("scope", Scope))

    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id")
    scope: Scope = Field(primary_key=True, sa_type=ScopeWord)
    key: str = Field(primary_key=True)
    users: int | None = Field(sa_type=BigInteger)
    users_absent: Absent | None = Field(sa_type=AbsentWord)


class SearchUsageRow(Row, table=True):
    """``position`` counts a plugin's search terms from 0, most users first."""

    __tablename__ = "search_usage"
    __table_args__ = figure_checks("users")

    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id")
    plugin: str = Field(primary_key=True)
    position: int = Field(primary_key=True)
    term: str
    users: int | None = Field(sa_type=BigInteger)
    users_absent: Absent | None = Field(sa_type=AbsentWord)


class IndicatorReadingRow(Row, table=True):
    """What the last attempt to read an indicator came to; ``troubles`` are lines."""

    __tablename__ = "indicator_reading"

    indicator: str = Field(primary_key=True)
    week: Week = Field(sa_type=FirstDay)
    troubles: str
    as_of: datetime = Field(sa_type=Moment)


class IndicatorValueRow(Row, table=True):
    """``key`` is a plugin or a team, empty for the portal; a later reading replaces the value."""

    __tablename__ = "indicator_value"
    __table_args__ = (one_of("scope", Scope),)

    week: Week = Field(primary_key=True, sa_type=FirstDay)
    indicator: str = Field(primary_key=True)
    scope: Scope = Field(primary_key=True, sa_type=ScopeWord)
    key: str = Field(primary_key=True)
    value: float = Field(sa_type=Double)
    out_of: float | None = Field(sa_type=Double)
    as_of: datetime | None = Field(sa_type=Moment)
