"""Reaching a database to read from it: the engine, one read-only transaction, a limit on each statement.

Owns what differs between engines in this, and how foreign errors become ours. Knows no events. No credential
and no parameter's value leaves this module: a database's own words are repeated without them.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TypeVar
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from plugin_digest.databases.complaints import Complaints, hidden_in
from plugin_digest.databases.interrupts import in_time
from plugin_digest.errors import Malformed, Rejected

T = TypeVar("T")
CONNECT_TIMEOUT_S = 15
_PACKAGES = {
    "awsathena": "pyathena",
    "bigquery": "sqlalchemy-bigquery",
    "clickhouse": "clickhouse-sqlalchemy",
    "clickhousedb": "clickhouse-connect",
    "databricks": "databricks-sqlalchemy",
    "duckdb": "duckdb-engine",
    "redshift": "sqlalchemy-redshift",
    "snowflake": "snowflake-sqlalchemy",
    "trino": "trino",
}
"""The package that brings a dialect which SQLAlchemy does not have itself."""
_DRIVER_PACKAGES = {"MySQLdb": "mysqlclient", "psycopg": "psycopg[binary]"}
_READ_ONLY = frozenset({"postgresql", "sqlite", "duckdb", "mysql", "mariadb"})
_LIBPQ_DRIVERS = frozenset({"psycopg", "psycopg2"})
_LIBPQ: Mapping[str, Any] = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    "application_name": "plugin-digest",
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
"""With these a server that vanished is noticed after a minute, not after the system's two hours."""


def parse_url(url: str, key: str) -> sa.URL:
    """A database URL; plain ``postgresql`` means the driver that is installed with this package.

    ``key`` is where it was written.

    Raises:
        Rejected: it is not a URL. Its text is not repeated, since a password may be anywhere in it.
    """
    try:
        parsed = sa.make_url(url)
    except (SQLAlchemyError, ValueError):
        raise Rejected(
            f"{key} is not a database URL: expected dialect://user:password@host:port/database, "
            "with special characters of the password written as %40 and the like"
        ) from None
    if parsed.drivername in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


class Database:
    """A database that is only read from. ``label`` names it for people, without user and password.

    ``section`` is where its settings stand, ending in a dot if it has a name.
    """

    def __init__(self, url: str, *, statement_timeout_s: float, section: str = "source.") -> None:
        self._key = f"{section}url"
        self._url = parse_url(url, self._key)
        self._timeout_s = statement_timeout_s
        self.label = _label(self._url)
        self._complaints = Complaints(self.label, hidden_in(self._url), statement_timeout_s, section)

    @property
    def dialect(self) -> str:
        return self._url.get_backend_name()

    @property
    def guard(self) -> str:
        """How writing is kept out, for people."""
        if self.dialect in _READ_ONLY:
            return "reading only"
        return "reading only as far as the account's rights go"

    @contextmanager
    def reading(self) -> Iterator["Reading"]:
        """One transaction: everything read in it is of one moment, where the engine can do that.

        Raises:
            SourceError: the database cannot be reached, or refuses, here or while it is read.
        """
        engine = self._engine()
        try:
            connection = self._connect(engine)
            try:
                yield Reading(connection, self.label, self._timeout_s, self._complaints)
            finally:
                with suppress(SQLAlchemyError):
                    connection.close()
        finally:
            engine.dispose()

    def _connect(self, engine: sa.Engine) -> sa.Connection:
        with self._complaints.heard():
            connection = engine.connect()
            for statement in self._preamble(connection.dialect):
                connection.exec_driver_sql(statement)
            return connection

    def _engine(self) -> sa.Engine:
        try:
            return sa.create_engine(
                _address(self._url),
                connect_args=self._connect_args(),
                poolclass=sa.NullPool,
                hide_parameters=True,
            )
        except NoSuchModuleError:
            package = _PACKAGES.get(self.dialect)
            hint = f"install the package {package}" if package else "install the package of its dialect"
            raise Rejected(f"{self._key}: SQLAlchemy cannot speak {self.dialect!r} yet: {hint}") from None
        except ImportError as error:
            module = (error.name or "").split(".")[0]
            package = _DRIVER_PACKAGES.get(module, module) or "of its driver"
            raise Rejected(
                f"{self._key}: the driver of {self._url.drivername} is missing: install the package {package}"
            ) from None
        except (SQLAlchemyError, TypeError, ValueError):
            raise Rejected(
                f"{self._key}: {self._url.drivername} does not take the URL's parameters"
            ) from None

    def _connect_args(self) -> dict[str, Any]:
        driver = self._url.get_driver_name()
        if driver in _LIBPQ_DRIVERS:
            wanted = {key: value for key, value in _LIBPQ.items() if key not in self._url.query}
            # poolers that hand each transaction to another session know no prepared statement
            return wanted | ({"prepare_threshold": None} if driver == "psycopg" else {})
        if self.dialect == "sqlite":
            wait = {} if "timeout" in self._url.query else {"timeout": CONNECT_TIMEOUT_S}
            return {"check_same_thread": False, **wait}  # one thread at a time, but not always the same one
        if self.dialect == "duckdb" and _is_file(self._url):
            return {"read_only": True}
        return {}

    def _preamble(self, dialect: sa.Dialect) -> list[str]:
        """What the engine is told at the start of the transaction; nothing where it is not known."""
        milliseconds = int(self._timeout_s * 1000)
        match dialect.name:
            case "postgresql":
                return [
                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
                    f"SET LOCAL statement_timeout = {milliseconds}",
                    "SET LOCAL TIME ZONE 'UTC'",
                ]
            case "sqlite":
                return ["PRAGMA query_only = ON", "BEGIN"]
            case "duckdb":
                return ["SET TimeZone = 'UTC'"]
            case "mysql" | "mariadb":
                limit = (
                    f"max_statement_time = {self._timeout_s}"
                    if getattr(dialect, "is_mariadb", False)
                    else f"max_execution_time = {milliseconds}"
                )
                return [
                    "SET SESSION TRANSACTION READ ONLY",
                    f"SET SESSION {limit}",
                    "SET time_zone = '+00:00'",
                ]
        return []


class Reading:
    """An open transaction."""

    def __init__(
        self, connection: sa.Connection, label: str, timeout_s: float, complaints: Complaints
    ) -> None:
        self._connection = connection
        self._label = label
        self._timeout_s = timeout_s
        self._complaints = complaints
        self.dialect = connection.dialect.name

    def rows(
        self, statement: sa.Executable, values: Mapping[str, Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """All rows of a statement.

        Raises:
            SourceError: the engine refuses it, breaks off, or takes longer than the limit.
        """
        return self._done(lambda: [tuple(row) for row in self._connection.execute(statement, values or {})])

    def table(
        self, statement: sa.Executable, values: Mapping[str, Any], most: int
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The columns' names, in lower case, and the rows of a statement.

        Raises:
            SourceError: as `rows`; or there are more than ``most`` rows, or none could be.
        """

        def read() -> tuple[list[str], list[tuple[Any, ...]]]:
            result = self._connection.execute(statement, values)
            if not result.returns_rows:
                raise Rejected(f"{self._label}: the query gives no rows at all; expected a SELECT")
            rows = [tuple(row) for row in result.fetchmany(most + 1)]
            return [name.lower() for name in result.keys()], rows  # noqa: SIM118 - not a mapping

        names, rows = self._done(read)
        if len(rows) > most:
            raise Malformed(f"{self._label}: the query gives more than {most:,} rows")
        return names, rows

    def names(self, statement: sa.Executable, values: Mapping[str, Any] | None = None) -> list[str]:
        """The names of a statement's columns, in lower case."""
        keys = self._done(lambda: tuple(self._connection.execute(statement, values or {}).keys()))
        return [name.lower() for name in keys]

    def records(self, statement: sa.Executable, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """All rows of a statement, by the names of its columns in lower case."""
        found = self._done(lambda: self._connection.execute(statement, values).mappings().all())
        return [{str(name).lower(): value for name, value in row.items()} for row in found]

    def _done(self, work: Callable[[], T]) -> T:
        """Does the work, in an engine that is part of this process for so long as is allowed.

        A server has its own limit, set at the start of the transaction.
        """
        over = threading.Event()
        interrupt = getattr(self._connection.connection.driver_connection, "interrupt", None)
        with self._complaints.heard(over.is_set):
            return in_time(work, interrupt, self._timeout_s, over) if callable(interrupt) else work()


def _label(url: sa.URL) -> str:
    place = f" on {url.host}" if url.host else ""
    return f"{url.get_backend_name()} database {url.database or '(default)'}{place}"


def _is_file(url: sa.URL) -> bool:
    return bool(url.database) and not str(url.database).startswith((":memory:", "md:", "motherduck:"))


def _address(url: sa.URL) -> sa.URL:
    """A SQLite file is opened read-only, so that a wrong path is an error and not a new, empty file."""
    database = url.database or ""
    if url.get_backend_name() != "sqlite" or not _is_file(url) or database.startswith("file:"):
        return url
    return url.set(database=f"file:{quote(database)}").update_query_dict({"mode": "ro", "uri": "true"})
