"""Runs: which weekly runs were started, and how they ended."""

from datetime import datetime

from sqlmodel import col, select

from plugin_digest.model import Run, Week
from plugin_digest.store.database import Database
from plugin_digest.store.tables import RunRow


class Runs:
    """A run without an end is running, or was killed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, week: Week, at: datetime) -> Run:
        with self._database.writing() as session:
            row = RunRow(week=week, started_at=at, finished_at=None, exit_code=None, summary="")
            session.add(row)
            session.flush()
            return _run(row)

    def finish(self, id: int, exit_code: int, summary: str, at: datetime) -> None:  # noqa: A002 - the field's name
        """Raises StoreError if no such run was started."""
        with self._database.writing() as session:
            row = session.get(RunRow, id)
            if row is None:
                raise self._database.failure(f"no run {id} was started")
            row.exit_code, row.summary, row.finished_at = exit_code, summary, at

    def newest(self, week: Week) -> Run | None:
        return next(iter(reversed(self.of_week(week))), None)

    def of_week(self, week: Week) -> list[Run]:
        """The week's runs in the order in which they were started."""
        with self._database.reading() as session:
            rows = session.exec(select(RunRow).where(RunRow.week == week).order_by(col(RunRow.id)))
            return [_run(row) for row in rows]


def _run(row: RunRow) -> Run:
    assert row.id is not None
    return Run(row.id, row.week, row.started_at, row.finished_at, row.exit_code, row.summary)
