"""Periods: several weeks read as a whole; written whole, never changed."""

from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from plugin_digest.model import Note, Period, PeriodUsage, Scope, TeamUsage, Usage
from plugin_digest.store.columns import count_columns
from plugin_digest.store.database import Database
from plugin_digest.store.tables import (
    PeriodMissingDayRow,
    PeriodNoteRow,
    PeriodRow,
    PeriodTeamPluginRow,
    PeriodUsageRow,
)


class Periods:
    """Every reading of every period."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, usage: PeriodUsage) -> None:
        """Stores one more reading of the period."""
        with self._database.writing() as session:
            _write(session, usage)

    def newest(self, period: Period) -> PeriodUsage | None:
        """The last reading of exactly this period."""
        wanted = (
            select(PeriodRow)
            .where(PeriodRow.first == period.first, PeriodRow.last == period.last)
            .order_by(col(PeriodRow.id).desc())
            .limit(1)
        )
        with self._database.reading() as session:
            header = session.exec(wanted).first()
            return None if header is None else _read(session, header)


def _write(session: Session, usage: PeriodUsage) -> None:
    header = PeriodRow(
        first=usage.period.first,
        last=usage.period.last,
        source=usage.source,
        timezone=usage.timezone,
        as_of=usage.as_of,
        status=usage.status,
    )
    session.add(header)
    session.flush()
    for row, values in _parts(usage).items():
        if values:
            session.execute(insert(row), [{"period_id": header.id, **value} for value in values])


def _parts(usage: PeriodUsage) -> dict[Any, list[dict[str, Any]]]:
    figures = [
        (Scope.PORTAL, "", usage.portal),
        *((Scope.PLUGIN, key, of) for key, of in usage.plugins.items()),
        *((Scope.TEAM, key, team.usage) for key, team in usage.teams.items()),
    ]
    return {
        PeriodUsageRow: [
            {
                "scope": scope,
                "key": key,
                **count_columns("views", of.views),
                **count_columns("users", of.users),
            }
            for scope, key, of in figures
        ],
        PeriodTeamPluginRow: [
            {"team": key, "plugin": plugin}
            for key, team in usage.teams.items()
            for plugin in sorted(team.plugins)
        ],
        PeriodMissingDayRow: [{"day": day} for day in usage.missing_days],
        PeriodNoteRow: [
            {"position": position, "kind": note.kind, "text": note.text}
            for position, note in enumerate(usage.notes)
        ],
    }


def _read(session: Session, header: PeriodRow) -> PeriodUsage:
    def rows(row: Any, *order: str) -> list[Any]:
        columns = [getattr(row, name) for name in order]
        return list(session.exec(select(row).where(row.period_id == header.id).order_by(*columns)))

    usages = {(row.scope, row.key): row.to_usage() for row in rows(PeriodUsageRow, "key")}
    return PeriodUsage(
        period=Period(header.first, header.last),
        source=header.source,
        timezone=header.timezone,
        as_of=header.as_of,
        status=header.status,
        portal=usages[Scope.PORTAL, ""],
        plugins={key: usage for (scope, key), usage in usages.items() if scope is Scope.PLUGIN},
        teams=_teams(usages, rows(PeriodTeamPluginRow, "team", "plugin")),
        missing_days=tuple(row.day for row in rows(PeriodMissingDayRow, "day")),
        notes=tuple(Note(row.kind, row.text) for row in rows(PeriodNoteRow, "position")),
    )


def _teams(usages: dict[tuple[Scope, str], Usage], members: list[Any]) -> dict[str, TeamUsage]:
    return {
        key: TeamUsage(frozenset(row.plugin for row in members if row.team == key), usage)
        for (scope, key), usage in usages.items()
        if scope is Scope.TEAM
    }
