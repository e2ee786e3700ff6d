"""Locks that are freed when their holder dies, however it dies.

For SQLite a lock on a file beside the database, freed by the kernel; for PostgreSQL an advisory lock of a
connection of its own, freed by the server. Both are asked for again and again instead of waited for inside
the driver, so that a signal handler that raises ends the wait.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, text

from plugin_digest.errors import StoreError
from plugin_digest.store.database import LOCK_NAMESPACE, Database

POLL_S = 0.1
KEYS = {"migration": 1, "sending": 2}
"""The second half of each advisory lock's key; weeks, which are locked too, have much larger numbers."""

LOST_PEER = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"
"""Lets the server notice within a minute, not two hours, that the holder's host is gone."""


@dataclass(frozen=True)
class Wait:
    """How to wait for another process: who is told, after how long, and what ends it."""

    on_wait: Callable[[], None]
    patience_s: float
    is_stopped: Callable[[], bool]


def exclusively(
    database: Database,
    name: str,
    on_wait: Callable[[], None],
    patience_s: float = 0.0,
    is_stopped: Callable[[], bool] = lambda: False,
) -> AbstractContextManager[None]:
    """Holds the lock called ``name`` over all processes that share the database.

    ``on_wait`` is called once if another process has had the lock for ``patience_s``; ``is_stopped`` ends
    the wait with a StoreError.
    """
    wait = Wait(on_wait, patience_s, is_stopped)
    if database.path is None:
        return _advisory_lock(database, KEYS[name], wait)
    return _file_lock(database.path.with_name(f"{database.path.name}.{name}.lock"), wait)


@contextmanager
def _file_lock(path: Path, wait: Wait) -> Iterator[None]:
    _make(path)
    lock = FileLock(path)
    _acquire(lambda: _try_file(lock, path), wait)
    try:
        yield
    finally:
        lock.release()


def _make(path: Path) -> None:
    """Where no file can be made, filelock would wait without end: it takes that for another process."""
    try:
        if not path.exists():
            path.touch()
    except OSError as error:
        raise _unusable(path, error) from None


def _unusable(path: Path, error: OSError) -> StoreError:
    return StoreError(f"store: the lock file {path} cannot be used: {error.strerror}")


def _try_file(lock: FileLock, path: Path) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    except OSError as error:
        raise _unusable(path, error) from None
    return True


@contextmanager
def _advisory_lock(database: Database, key: int, wait: Wait) -> Iterator[None]:
    with database.connected_alone(isolation_level="AUTOCOMMIT") as connection:
        with database.errors_mapped():
            connection.exec_driver_sql(LOST_PEER)
        _acquire(lambda: _try_advisory(database, connection, key), wait)
        yield


def _try_advisory(database: Database, connection: Connection, key: int) -> bool:
    with database.errors_mapped():
        attempt = text("SELECT pg_try_advisory_lock(:space, :key)")
        return bool(connection.execute(attempt, {"space": LOCK_NAMESPACE, "key": key}).scalar())


def _acquire(attempt: Callable[[], bool], wait: Wait) -> None:
    waited_since = time.monotonic()
    is_told = False
    while not attempt():
        if wait.is_stopped():
            raise StoreError("store: asked to stop while another process was using it; nothing was done")
        if not is_told and time.monotonic() - waited_since >= wait.patience_s:
            wait.on_wait()
            is_told = True
        time.sleep(POLL_S)
