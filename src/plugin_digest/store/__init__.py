"""The store: snapshots, frozen digests and the ledger, in SQLite or PostgreSQL.

Owns every table and every SQL statement. Knows neither sources nor mail nor the configuration; takes and
returns values of `plugin_digest.model`, and raises nothing but `plugin_digest.errors.StoreError`.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from sqlmodel import select

from plugin_digest.model import Week
from plugin_digest.store.database import Database, insert_absent
from plugin_digest.store.deliveries import Deliveries
from plugin_digest.store.digests import Digests
from plugin_digest.store.holds import Holds
from plugin_digest.store.indicators import Indicators
from plugin_digest.store.locks import exclusively
from plugin_digest.store.owners import OptOuts, Ownerships
from plugin_digest.store.periods import Periods
from plugin_digest.store.runs import Runs
from plugin_digest.store.schema import bring_up_to_date
from plugin_digest.store.snapshots import Snapshots
from plugin_digest.store.tables import InstanceRow

__all__ = [
    "Deliveries",
    "Digests",
    "Holds",
    "Indicators",
    "OptOuts",
    "Ownerships",
    "Periods",
    "Runs",
    "Snapshots",
    "Store",
    "open_store",
]

log = logging.getLogger(__name__)


class Store:
    """Everything that is kept between runs; made by `open_store`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.snapshots = Snapshots(database)
        self.digests = Digests(database)
        self.deliveries = Deliveries(database)
        self.holds = Holds(database)
        self.runs = Runs(database)
        self.periods = Periods(database)
        self.ownerships = Ownerships(database)
        self.opt_outs = OptOuts(database)
        self.indicators = Indicators(database)

    def __repr__(self) -> str:
        return f"<Store {self._database.name}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    def bind_instance(self, name: str) -> None:
        """Makes the store this instance's own, for ever.

        Raises:
            StoreError: it belongs to another instance, so it may be a copy that must not mail real people.
        """
        with self._database.moving() as connection:
            insert_absent(connection, InstanceRow, [{"id": 1, "name": name}], ("id",))
            owner = connection.execute(select(InstanceRow.name)).scalar_one()
        if owner != name:
            raise self._database.failure(
                f"it belongs to instance {owner!r} and the configuration says {name!r}, so nothing is sent; "
                f"name another store, or the instance that this one belongs to"
            )

    def sending(
        self, week: Week, on_wait: Callable[[], None], is_stopped: Callable[[], bool] = lambda: False
    ) -> AbstractContextManager[None]:
        """Held by one process at a time, whatever the week, over all that share the database.

        ``on_wait`` is called once if another process has to finish first; ``is_stopped`` ends the wait with
        a StoreError. Freed when the process dies.
        """
        log.debug("store %s: asking for the sending lock for %s", self._database.name, week)
        return exclusively(self._database, "sending", on_wait, is_stopped=is_stopped)


def open_store(url: str, *, on_wait: Callable[[str], None] = log.info) -> Store:
    """Opens ``sqlite:///path`` (made if absent) or ``postgresql+psycopg://…``, with its tables up to date.

    ``on_wait`` is told why, if another process is at the tables.

    Raises:
        StoreError: the database cannot be used or is too new; the text holds no password.
    """
    database = Database(url)
    try:
        bring_up_to_date(database, on_wait)
    except BaseException:
        database.close()
        raise
    return Store(database)
