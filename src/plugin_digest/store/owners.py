"""Who owned what in each week, and who wants no mail."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import col, func, select

from plugin_digest.model import Cadence, Flaw, FlawKind, OptOut, Ownership, Recipient, Team, Week
from plugin_digest.store.database import Database, insert_absent
from plugin_digest.store.tables import OptOutRow, OwnershipRow


class Ownerships:
    """The ownership that each week was planned with."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, week: Week, ownership: Ownership, at: datetime) -> None:
        """Stores what the week is planned with, unless the newest of the week says the same."""
        document = json.dumps(_plain(ownership), ensure_ascii=False, sort_keys=True)
        with self._database.writing() as session:
            newest = select(OwnershipRow).where(OwnershipRow.week == week).order_by(_newest_first()).limit(1)
            known = session.exec(newest).first()
            if known is None or known.document != document:
                session.add(OwnershipRow(week=week, at=at, document=document))

    def of(self, week: Week, by: datetime | None = None) -> Ownership | None:
        """What the week was last planned with, or was ``by`` a moment."""
        wanted = [col(OwnershipRow.week) == week]
        if by is not None:
            wanted.append(col(OwnershipRow.at) <= by)
        return self._first(*wanted)

    def before(self, week: Week) -> tuple[Week, Ownership] | None:
        """The newest week before ``week`` that was planned, with its ownership."""
        row = self._row(col(OwnershipRow.week) < week)
        return None if row is None else (row.week, _ownership(json.loads(row.document)))

    def aliases_since(self, week: Week) -> list[Mapping[str, str]]:
        """The aliases that each week from this one on was planned with, every reading of them."""
        documents = (
            select(OwnershipRow.document).where(col(OwnershipRow.week) >= week).order_by(col(OwnershipRow.id))
        )
        with self._database.reading() as session:
            return [json.loads(document)["aliases"] for document in session.exec(documents).all()]

    def last_week(self) -> Week | None:
        """The newest week that was planned."""
        with self._database.reading() as session:
            return session.exec(select(func.max(OwnershipRow.week))).one()

    def newest(self) -> Ownership | None:
        """The last ownership that any week was planned with."""
        return self._first()

    def _first(self, *wanted: Any) -> Ownership | None:
        row = self._row(*wanted)
        return None if row is None else _ownership(json.loads(row.document))

    def _row(self, *wanted: Any) -> OwnershipRow | None:
        newest = (
            select(OwnershipRow)
            .where(*wanted)
            .order_by(col(OwnershipRow.week).desc(), _newest_first())
            .limit(1)
        )
        with self._database.reading() as session:
            return session.exec(newest).first()


class OptOuts:
    """Who has left, for ever or until they come back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, opt_out: OptOut, at: datetime) -> bool:
        """Whether it is new; who has left already stays so, with the first reason."""
        values = {**asdict(opt_out), "at": at}
        with self._database.moving() as connection:
            known = connection.execute(_of(opt_out.address, opt_out.team)).first()
            insert_absent(connection, OptOutRow, [values], ("address", "team"))
        return known is None

    def remove(self, address: str, team: str) -> bool:
        """Whether there was one."""
        gone = delete(OptOutRow).where(col(OptOutRow.address) == address, col(OptOutRow.team) == team)
        with self._database.moving() as connection:
            return connection.execute(gone).rowcount > 0

    def all(self) -> list[OptOut]:
        """Everybody, teams first."""
        with self._database.reading() as session:
            rows = session.exec(select(OptOutRow)).all()
        found = (OptOut(row.address, row.team, row.by, row.reason) for row in rows)
        return sorted(found, key=lambda opt_out: (opt_out.address, opt_out.team))


def _of(address: str, team: str) -> Any:
    return select(OptOutRow).where(OptOutRow.address == address, OptOutRow.team == team)


def _newest_first() -> Any:
    return col(OwnershipRow.id).desc()


def _plain(ownership: Ownership) -> dict[str, Any]:
    return {
        "teams": [{**asdict(team), "plugins": sorted(team.plugins)} for team in ownership.teams],
        "aliases": dict(ownership.aliases),
        "spellings": dict(ownership.spellings),
        "flaws": [asdict(flaw) for flaw in ownership.flaws],
    }


def _ownership(plain: dict[str, Any]) -> Ownership:
    return Ownership(
        tuple(_team(team) for team in plain["teams"]),
        plain["aliases"],
        plain["spellings"],
        tuple(_flaw(flaw) for flaw in plain["flaws"]),
    )


def _flaw(plain: dict[str, Any]) -> Flaw:
    return Flaw(
        **{**plain, "kind": FlawKind(plain["kind"]), "plugins": tuple(plain.get("plugins", ()))},
    )


def _team(plain: dict[str, Any]) -> Team:
    values = {
        **plain,
        "recipients": tuple(plain["recipients"]),
        "plugins": frozenset(plain["plugins"]),
        "cadence": Cadence(plain["cadence"]) if plain["cadence"] else None,
        "left_out": tuple(Recipient(**one) for one in plain.get("left_out", ())),
    }
    return Team(**values)
