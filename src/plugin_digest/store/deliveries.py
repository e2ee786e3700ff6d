"""The ledger: one row per digest and recipient.

Every move of a row is one conditional UPDATE, so that of several processes one makes it:

    planned ─► claimed ─► sent | refused | deferred | unknown
    deferred ─► claimed          claimed ─► planned        nothing was handed over
    unknown ─► sent              unknown, refused ─► planned    a person's word
    planned, held, skipped ─► each other                   the plan; it also skips what is deferred
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Update, bindparam, update
from sqlmodel import and_, col, func, or_, select

from plugin_digest.model import (
    OPEN_STATES,
    Delivery,
    DeliveryState,
    PlannedDelivery,
    Week,
    canonical_address,
)
from plugin_digest.store.columns import DeliveryWord
from plugin_digest.store.database import Database, insert_absent
from plugin_digest.store.tables import DeliveryRow

KEY = ("week", "team", "edition", "address")
PLANNED_COLUMNS = ("state", "reason", "digest_id", "recipient", "why")
"""What a later plan may change in a row that has not been tried."""

HANDED_OVER = frozenset({DeliveryState.SENT, DeliveryState.CLAIMED, DeliveryState.UNKNOWN})
"""States in which a mail has gone out or may have."""

UNTRIED = frozenset({DeliveryState.PLANNED, DeliveryState.HELD, DeliveryState.SKIPPED})


class Deliveries:
    """Who gets which digest, and what became of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def plan(self, rows: Sequence[PlannedDelivery], at: datetime) -> None:
        """Brings the ledger in line with the plan, all or nothing; what was tried already stays as it is.

        A row keeps its Message-ID. If the plan names an address twice for one digest, the first one counts.
        """
        values = _by_key(rows, at)
        with self._database.moving() as connection:
            insert_absent(connection, DeliveryRow, values, KEY)
            if values:
                connection.execute(REPLAN, [_bound(value) for value in values])

    def of_week(self, week: Week, edition: int | None = None) -> list[Delivery]:
        """The week's rows by team, recipient and edition."""
        wanted = [col(DeliveryRow.week) == week]
        if edition is not None:
            wanted.append(col(DeliveryRow.edition) == edition)
        with self._database.reading() as session:
            return _read(session.connection(), *wanted)

    def get(self, id: int) -> Delivery | None:  # noqa: A002 - the field's name
        with self._database.reading() as session:
            return next(iter(_read(session.connection(), col(DeliveryRow.id) == id)), None)

    def claim(self, id: int, at: datetime) -> Delivery | None:  # noqa: A002
        """Makes the row this process's own; None if it is not open or somebody else has it."""
        with self._database.moving() as connection:
            if not _moved(connection, CLAIM, key=id, at=at):
                return None
            return _delivery(connection.execute(CLAIMED_ROW, {"key": id}).one())

    def finish(self, id: int, state: DeliveryState, reason: str, at: datetime) -> bool:  # noqa: A002
        """Records how an attempt ended; False if the row was not claimed.

        A row that another process has meanwhile called unknown may still become sent. Not durable against a
        power failure until the next claim: the row would then be found claimed, and called unknown.
        """
        with self._database.moving(durable=False) as connection:
            return _moved(connection, FINISH, key=id, new_state=state, said=reason, at=at)

    def unclaim(self, id: int, reason: str) -> None:  # noqa: A002
        """Gives a claimed row back: nothing was handed over, so the attempt does not count."""
        with self._database.moving() as connection:
            _moved(connection, UNCLAIM, key=id, said=reason)

    def strand(self, week: Week | None, reason: str, at: datetime) -> list[Delivery]:
        """Calls unknown what a dead process left claimed, in one week or in all; returns those rows.

        Only for the holder of the sending lock: everybody else's claims may be alive.
        """
        claimed = col(DeliveryRow.state) == DeliveryState.CLAIMED
        wanted = claimed if week is None else and_(claimed, col(DeliveryRow.week) == week)
        with self._database.moving() as connection:
            left = select(col(DeliveryRow.id)).where(wanted).with_for_update()
            rows = col(DeliveryRow.id).in_(connection.execute(left).scalars().all())
            lost = {"state": DeliveryState.UNKNOWN, "reason": reason, "finished_at": at}
            connection.execute(update(DeliveryRow).where(rows).values(lost))
            return _read(connection, rows)

    def reopen(self, id: int, reason: str) -> bool:  # noqa: A002
        """Plans an unknown or refused row again, because a person says so; it keeps its Message-ID."""
        with self._database.moving() as connection:
            return _moved(connection, REOPEN, key=id, said=reason)

    def last_week_of(self, team: str, before: Week) -> Week | None:
        """The newest week before ``before`` whose digest of the team, alone or combined, went to somebody."""
        name = col(DeliveryRow.team)
        is_teams = or_(
            name == team,
            name.startswith(f"{team}+", autoescape=True),
            name.endswith(f"+{team}", autoescape=True),
            name.contains(f"+{team}+", autoescape=True),
        )
        weeks = select(func.max(DeliveryRow.week)).where(
            is_teams, _is_in(HANDED_OVER), col(DeliveryRow.week) < before
        )
        with self._database.reading() as session:
            return session.exec(weeks).one()

    def last_sent_week(self) -> Week | None:
        sent = col(DeliveryRow.state) == DeliveryState.SENT
        with self._database.reading() as session:
            return session.exec(select(func.max(DeliveryRow.week)).where(sent)).one()


def _is_in(states: Iterable[DeliveryState]) -> ColumnElement[bool]:
    """Not IN, which cannot be prepared once and executed for many rows."""
    return or_(*(col(DeliveryRow.state) == state for state in sorted(states)))


_NEW_STATE = bindparam("new_state", type_=DeliveryWord())
_ROW = update(DeliveryRow).where(col(DeliveryRow.id) == bindparam("key"))

CLAIM = _ROW.where(_is_in(OPEN_STATES)).values(
    state=DeliveryState.CLAIMED,
    reason="claimed: being handed to the mail server",
    attempts=col(DeliveryRow.attempts) + 1,
    claimed_at=bindparam("at"),
    finished_at=None,
)
CLAIMED_ROW = select(DeliveryRow).where(col(DeliveryRow.id) == bindparam("key"))
FINISH = _ROW.where(
    or_(
        _is_in({DeliveryState.CLAIMED}),
        and_(_is_in({DeliveryState.UNKNOWN}), _NEW_STATE == DeliveryState.SENT),
    )
).values(state=_NEW_STATE, reason=bindparam("said"), finished_at=bindparam("at"))
UNCLAIM = _ROW.where(_is_in({DeliveryState.CLAIMED})).values(
    state=DeliveryState.PLANNED,
    reason=bindparam("said"),
    attempts=col(DeliveryRow.attempts) - 1,
    claimed_at=None,
)
REOPEN = _ROW.where(_is_in({DeliveryState.UNKNOWN, DeliveryState.REFUSED})).values(
    state=DeliveryState.PLANNED, reason=bindparam("said"), claimed_at=None, finished_at=None
)
REPLAN = (
    update(DeliveryRow)
    .where(
        *(col(getattr(DeliveryRow, name)) == bindparam(f"key_{name}") for name in KEY),
        or_(
            _is_in(UNTRIED),
            and_(_is_in({DeliveryState.DEFERRED}), _NEW_STATE == DeliveryState.SKIPPED),
        ),
    )
    .values({name: bindparam(f"new_{name}") for name in PLANNED_COLUMNS})
)


def _by_key(rows: Sequence[PlannedDelivery], at: datetime) -> list[dict[str, Any]]:
    """Rows to insert, each address once, in an order in which two planners cannot lock each other out."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        values = _values(row, at)
        found.setdefault(tuple(values[name] for name in KEY), values)
    return [found[key] for key in sorted(found)]


def _values(row: PlannedDelivery, at: datetime) -> dict[str, Any]:
    return {
        "week": row.week,
        "team": row.team,
        "edition": row.edition,
        "recipient": row.recipient.strip(),
        "address": canonical_address(row.recipient),
        "state": row.state,
        "reason": row.reason,
        "message_id": row.message_id,
        "attempts": 0,
        "digest_id": row.digest_id,
        "planned_at": at,
        "claimed_at": None,
        "finished_at": None,
        "why": row.why,
    }


def _bound(values: dict[str, Any]) -> dict[str, Any]:
    keys = {f"key_{name}": values[name] for name in KEY}
    return keys | {f"new_{name}": values[name] for name in PLANNED_COLUMNS}


def _moved(connection: Connection, move: Update, **values: Any) -> bool:
    """Whether the conditional UPDATE found its row in the state that it asks for."""
    return connection.execute(move, values).rowcount > 0


def _read(connection: Connection, *wanted: ColumnElement[bool]) -> list[Delivery]:
    """Sorted here and not by SQL: databases disagree on the order of words."""
    rows = connection.execute(select(DeliveryRow).where(*wanted))
    return sorted((_delivery(row) for row in rows), key=lambda row: (row.team, row.recipient, row.edition))


def _delivery(row: Any) -> Delivery:
    return Delivery(**{field.name: getattr(row, field.name) for field in fields(Delivery)})
