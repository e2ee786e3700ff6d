"""Holds: weeks that were stopped before sending, and what a person decided about them."""

from datetime import datetime

from sqlmodel import col, select

from plugin_digest.model import Hold, HoldState, Week
from plugin_digest.store.database import Database
from plugin_digest.store.tables import HoldRow


class Holds:
    """Every word said about a week stays; the newest one counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def place(self, week: Week, reason: str, at: datetime) -> None:
        self._say(week, HoldState.HELD, reason, at)

    def decide(self, week: Week, state: HoldState, reason: str, at: datetime) -> None:
        self._say(week, state, reason, at)

    def of(self, week: Week) -> Hold | None:
        newest = select(HoldRow).where(HoldRow.week == week).order_by(col(HoldRow.id).desc()).limit(1)
        with self._database.reading() as session:
            row = session.exec(newest).first()
            return Hold(row.week, row.state, row.reason, row.at) if row else None

    def held_for(self, week: Week) -> str:
        """Why the week was last held; empty if it never was."""
        newest = (
            select(HoldRow.reason)
            .where(HoldRow.week == week, col(HoldRow.state) == HoldState.HELD)
            .order_by(col(HoldRow.id).desc())
            .limit(1)
        )
        with self._database.reading() as session:
            return session.exec(newest).first() or ""

    def _say(self, week: Week, state: HoldState, reason: str, at: datetime) -> None:
        with self._database.writing() as session:
            session.add(HoldRow(week=week, state=state, reason=reason, at=at))
