"""A database that is only read from: one transaction, a limit on the statement, and what its errors mean.

No credential and no row leaves this module with an error. Knows no indicator.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError

from plugin_digest.errors import Malformed, Rejected, SourceError, Unreachable
from plugin_digest.indicators.rows import MOST_ROWS
from plugin_digest.interrupts import in_time

T = TypeVar("T")
CONNECT_TIMEOUT_S = 15
_SECRET_KEY = re.compile(r"pass|pwd|secret|token|key|credential|auth", re.IGNORECASE)
_QUOTED = re.compile(r"\n\s*(?:LINE \d+:|\[SQL:|CONTEXT:|DETAIL:|\(Background on)")
_CANCELLED = "57014"
_SHOWN_LENGTH = 300


class Database:
    """``name`` is for people, without user and password.

    Raises:
        Rejected: the URL is none.
    """

    def __init__(self, url: str, statement_timeout_s: float) -> None:
        self._url = _parsed(url)
        self._timeout_s = statement_timeout_s
        place = f" on {self._url.host}" if self._url.host else ""
        self.name = f"{self._url.get_backend_name()} database {self._url.database or '(default)'}{place}"

    def ask(
        self, statement: sa.TextClause, values: dict[str, Any]
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The names of the columns, in lower case, and all rows; nothing can be written.

        Raises:
            SourceError: the database cannot be reached, refuses, or takes longer than the limit.
        """
        engine = self._engine()
        try:
            with self._complaints(), engine.connect() as connection:
                for each in _preamble(connection.dialect, self._timeout_s):
                    connection.exec_driver_sql(each)
                names, rows = self._done(connection, lambda: self._read(connection, statement, values))
        finally:
            engine.dispose()
        if len(rows) > MOST_ROWS:
            raise Malformed(f"{self.name}: the query gives more than {MOST_ROWS:,} rows")
        return names, rows

    def _engine(self) -> sa.Engine:
        try:
            return sa.create_engine(
                _read_only(self._url),
                connect_args=_connect_args(self._url),
                poolclass=sa.NullPool,
                hide_parameters=True,
            )
        except (NoSuchModuleError, ImportError):
            raise Rejected(f"{self.name}: install the package of the driver {self._url.drivername}") from None
        except (SQLAlchemyError, TypeError, ValueError):
            raise Rejected(
                f"{self.name}: {self._url.drivername} does not take the URL's parameters"
            ) from None

    def _read(
        self, connection: sa.Connection, statement: sa.TextClause, values: dict[str, Any]
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        result = connection.execute(statement, values)
        if not result.returns_rows:
            raise Rejected(f"{self.name}: the query gives no rows at all; expected a SELECT")
        rows = [tuple(row) for row in result.fetchmany(MOST_ROWS + 1)]
        return [name.lower() for name in result.keys()], rows  # noqa: SIM118 - not a mapping

    def _done(self, connection: sa.Connection, work: Callable[[], T]) -> T:
        """Does the work, in an engine of this process within its limit; a server has one of its own."""
        over = threading.Event()
        interrupt = getattr(connection.connection.driver_connection, "interrupt", None)
        with self._complaints(over.is_set):
            return in_time(work, interrupt, self._timeout_s, over) if callable(interrupt) else work()

    @contextmanager
    def _complaints(self, is_over: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """Whatever the driver raises comes out as ours."""
        try:
            yield
        except SourceError:
            raise
        except SQLAlchemyError as error:
            raise (self._too_slow() if is_over() else self._meaning(error)) from None
        except Exception as error:  # noqa: BLE001 - drivers raise what they like
            raise Rejected(f"{self.name}: its driver fails with {type(error).__name__}") from None

    def _meaning(self, error: SQLAlchemyError) -> SourceError:
        if not isinstance(error, DBAPIError):
            return Rejected(f"{self.name}: {self._repeat(str(error))}")
        if getattr(error.orig, "sqlstate", None) == _CANCELLED:
            return self._too_slow()
        if isinstance(error, DataError):
            return Malformed(f"{self.name}: a value cannot be read as what the query takes it for")
        kind = Unreachable if isinstance(error, OperationalError) else Rejected
        return kind(f"{self.name}: {self._repeat(str(error.orig))}")

    def _too_slow(self) -> Unreachable:
        return Unreachable(
            f"{self.name}: the query took longer than {self._timeout_s:g} s (statement_timeout_s)"
        )

    def _repeat(self, said: str) -> str:
        """A database's words on one line, without the statement that it quotes and without secrets."""
        text = " ".join(_QUOTED.split(said, maxsplit=1)[0].split())
        for secret in sorted(_hidden_in(self._url), key=len, reverse=True):
            text = text.replace(secret, "***")
        return text[:_SHOWN_LENGTH]


def _parsed(url: str) -> sa.URL:
    try:
        return sa.make_url(url)
    except (SQLAlchemyError, ValueError):
        raise Rejected(
            "url is not a database URL: expected dialect://user:password@host:port/database, "
            "with special characters of the password written as %40 and the like"
        ) from None


def _hidden_in(url: sa.URL) -> set[str]:
    """Everything in the URL that must not be repeated, in each way it may be written."""
    secrets = {str(url.password)} if url.password else set()
    for key, values in url.normalized_query.items():
        if _SECRET_KEY.search(key):
            secrets.update(values)
    forms = (str, quote, quote_plus, lambda text: quote(text, safe=""))
    return {form(secret) for secret in secrets if secret for form in forms}


def _is_file(url: sa.URL) -> bool:
    return bool(url.database) and not str(url.database).startswith((":memory:", "md:", "motherduck:"))


def _read_only(url: sa.URL) -> sa.URL:
    """A SQLite file is opened read-only, so that a wrong path is an error and not a new, empty file."""
    if url.get_backend_name() != "sqlite" or not _is_file(url) or str(url.database).startswith("file:"):
        return url
    return url.set(database=f"file:{quote(str(url.database))}").update_query_dict(
        {"mode": "ro", "uri": "true"}
    )


def _connect_args(url: sa.URL) -> dict[str, Any]:
    if url.get_driver_name() in {"psycopg", "psycopg2"}:
        return {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_TIMEOUT_S}
    if url.get_backend_name() == "sqlite":
        return {"check_same_thread": False}  # one thread at a time, but not always the same one
    if url.get_backend_name() == "duckdb" and _is_file(url):
        return {"read_only": True}
    return {}


def _preamble(dialect: sa.Dialect, timeout_s: float) -> list[str]:
    """What the engine is told at the start of the transaction; nothing where it is not known."""
    milliseconds = int(timeout_s * 1000)
    match dialect.name:
        case "postgresql":
            return ["SET TRANSACTION READ ONLY", f"SET LOCAL statement_timeout = {milliseconds}"]
        case "sqlite":
            return ["PRAGMA query_only = ON", "BEGIN"]
        case "mysql":
            return ["SET SESSION TRANSACTION READ ONLY", f"SET SESSION max_execution_time = {milliseconds}"]
        case "mariadb":
            return ["SET SESSION TRANSACTION READ ONLY", f"SET SESSION max_statement_time = {timeout_s}"]
    return []
