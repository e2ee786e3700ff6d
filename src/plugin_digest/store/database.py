"""The database behind the store: its address, its connections, its transactions and its errors.

Owns everything in which SQLite and PostgreSQL differ, except the locks; knows no table. What SQLAlchemy
and the drivers raise ends here as one line of `StoreError`, without the password.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlmodel import Session, SQLModel

from plugin_digest.errors import StoreError

SQLITE = "sqlite"
POSTGRESQL = "postgresql+psycopg"
EXPECTED = f"expected {SQLITE}:///path/to/digest.db or {POSTGRESQL}://user:password@host/database"

BUSY_TIMEOUT_S = 30
CONNECT_TIMEOUT_S = 10
LOCK_NAMESPACE = 0x706C6467
"""The first half of every advisory lock's key: "pldg", so that other users of the server do not meet ours."""

HINTS = {
    "file is not a database": "; it is not a SQLite file, name another file or a new one",
    "unable to open database file": "; is the directory writable?",
}


class Database:
    """One database; connects when first used, and then keeps its connections until `close`."""

    def __init__(self, url: str) -> None:
        parsed = _parse(url)
        self._secrets = _secrets(parsed)
        self.path = _sqlite_path(parsed) if parsed.drivername == SQLITE else None
        self.name = str(self.path) if self.path else _postgres_name(parsed)
        with self.errors_mapped():
            self._engine = _sqlite_engine(self.path) if self.path else _postgres_engine(parsed)

    def __repr__(self) -> str:
        return f"<Database {self.name}>"

    @property
    def is_sqlite(self) -> bool:
        return self.path is not None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads; on SQLite it sees one state of the database throughout."""
        with self.errors_mapped(), Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction, committed at the end, rolled back by an exception."""
        engine = self._engine.execution_options(writes=True)
        with self.errors_mapped(), Session(engine) as session, session.begin():
            yield session

    @contextmanager
    def moving(self, *, durable: bool = True) -> Iterator[Connection]:
        """As `writing`, without the ORM, in half the time: every mail waits for it twice.

        ``durable=False`` lets a power failure (not the death of the process) take back the transaction, if
        nothing durable was written after it; nobody waits for the disk then.
        """
        engine = self._engine.execution_options(writes=True, durable=durable)
        with self.errors_mapped(), engine.begin() as connection:
            if not durable and not self.is_sqlite:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield connection

    @contextmanager
    def connected_alone(self, **options: Any) -> Iterator[Connection]:
        """A connection outside the pool: closing it ends all that the server remembers of it.

        ``options`` are SQLAlchemy's execution options. A connection that broke is closed without a word.
        """
        with self.errors_mapped():
            connection = self._engine.connect().execution_options(**options)
            connection.detach()
        try:
            yield connection
        finally:
            with suppress(SQLAlchemyError):
                connection.close()

    @contextmanager
    def errors_mapped(self) -> Iterator[None]:
        """Unicode and overflow errors are what sqlite3 raises, unwrapped, for values that it cannot bind."""
        try:
            yield
        except (SQLAlchemyError, UnicodeError, OverflowError) as error:
            raise self.failure(_reason(error)) from None

    def failure(self, reason: str) -> StoreError:
        """A StoreError of one line that names this database and holds no secret."""
        line = " ".join(reason.split())
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return StoreError(f"store {self.name}: {line}")

    def close(self) -> None:
        self._engine.dispose()


def insert_absent(
    connection: Connection, row: type[SQLModel], values: Sequence[Mapping[str, Any]], key: Sequence[str]
) -> None:
    """Inserts the rows whose ``key`` is not there yet; the others stay as they are."""
    if values:
        insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        connection.execute(insert(row).on_conflict_do_nothing(index_elements=key), list(values))


def serialise(session: Session, what: int) -> None:
    """Until the transaction ends, makes every other one that serialises on ``what`` wait.

    SQLite has one writer at a time anyway (BEGIN IMMEDIATE).
    """
    if session.get_bind().dialect.name != "sqlite":
        lock = text("SELECT pg_advisory_xact_lock(:space, :what)")
        session.connection().execute(lock, {"space": LOCK_NAMESPACE, "what": what})


def _parse(url: str) -> URL:
    """Errors never quote the address: a password with an unescaped ``@`` or ``/`` can be anywhere in it."""
    try:
        parsed = make_url(url)
    except (SQLAlchemyError, ValueError):
        raise StoreError(f"store: the url cannot be read; {EXPECTED}") from None
    if parsed.drivername not in (SQLITE, POSTGRESQL):
        raise StoreError(f"store: unknown kind of url {parsed.drivername}:; {EXPECTED}")
    return parsed


def _secrets(url: URL) -> tuple[str, ...]:
    queried = [url.query.get(key) for key in ("password", "sslpassword")]
    found = [str(url.password or ""), *(secret for secret in queried if isinstance(secret, str))]
    return tuple(secret for secret in found if secret)


def _sqlite_path(url: URL) -> Path:
    if url.query or not url.database or url.database == ":memory:":
        raise StoreError(f"store: a sqlite url names a file and nothing else; {EXPECTED}")
    path = Path(url.database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.resolve()  # two names of one file share its locks
    except (OSError, RuntimeError) as error:
        raise StoreError(f"store {path}: the directory cannot be made: {error}") from None


def _postgres_name(url: URL) -> str:
    host = url.host or url.query.get("host") or "localhost"
    return f"PostgreSQL database {url.database or url.username or ''} at {host}:{url.port or 5432}"


def _sqlite_engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create(SQLITE, database=str(path)),
        hide_parameters=True,
        connect_args={"timeout": BUSY_TIMEOUT_S},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # sqlite3 would begin late, and never for a SELECT
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the write lock at once: one that upgrades later can fail instead of waiting.

    FULL, because in WAL mode the default of many builds lets a power failure take back a claim.
    """
    options = connection.get_execution_options()
    if options.get("migrates"):
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")  # a table is changed by making it anew
    if options.get("writes"):
        level = "FULL" if options.get("durable", True) else "NORMAL"
        connection.exec_driver_sql(f"PRAGMA synchronous = {level}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("BEGIN")


def _postgres_engine(url: URL) -> Engine:
    defaults = {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "plugin-digest"}
    return create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={key: value for key, value in defaults.items() if key not in url.query},
    )


def _reason(error: Exception) -> str:
    if not isinstance(error, DBAPIError):
        return str(error)
    primary = getattr(getattr(error.orig, "diag", None), "message_primary", None)
    said = str(primary or error.orig)
    return said + HINTS.get(said, "")
