"""Brings the tables up to date when a store is opened, under a lock."""

import logging
from collections.abc import Callable

from sqlalchemy import Connection, inspect, text

from plugin_digest.store.database import Database
from plugin_digest.store.locks import exclusively

NEWEST = "0003"
"""The last of the steps in ``migrations/versions``, written down so that Alembic need not look."""

VERSION_TABLE = "plugin_digest_schema"
"""Not Alembic's default: a database shared with another program may hold that program's versions there."""

PATIENCE_S = 1.0
log = logging.getLogger(__name__)


def bring_up_to_date(database: Database, on_wait: Callable[[str], None]) -> None:
    """Runs the migrations that the database lacks; one process at a time, the others wait and find none.

    Raises:
        StoreError: the database cannot be used, or was written by a newer version of the program.
    """

    def told() -> None:
        on_wait(f"store {database.name}: another process is preparing it, waiting")

    with (
        exclusively(database, "migration", told, PATIENCE_S),
        database.connected_alone(writes=True, migrates=True) as connection,
        database.errors_mapped(),
        connection.begin(),
    ):
        current = current_version(connection)
        if current != NEWEST:
            _upgrade(database, connection, current)


def current_version(connection: Connection) -> str | None:
    """The last step that the database has seen, None if it is empty."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - ours


def _upgrade(database: Database, connection: Connection, current: str | None) -> None:
    from plugin_digest.store import migrations  # noqa: PLC0415 - Alembic takes 0.3 s; most starts have no use for it

    if current is not None and not migrations.is_known(current):
        raise database.failure(
            f"it was written by a newer version of Plugin Digest (its tables are at {current}, "
            f"this version knows them up to {NEWEST}); install that version or a newer one"
        )
    migrations.upgrade(connection, VERSION_TABLE)
    log.info("store %s: tables brought from %s to %s", database.name, current or "nothing", NEWEST)
