"""Fixtures that several kinds of tests share: stores on SQLite and on a real PostgreSQL."""

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest

from plugin_digest.store import Store, open_store


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """A PostgreSQL server from a wheel, on a socket of its own; runs as another user where we are root."""
    directory = Path(tempfile.mkdtemp(prefix="pg-"))  # short, because socket paths must be
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pgserver's, about a missing XDG_RUNTIME_DIR
            import pgserver  # noqa: PLC0415 - it has no wheel for every Python

            server = pgserver.get_server(directory / "data", cleanup_mode="stop")
    except Exception as error:  # noqa: BLE001 - whatever it is, the reason is told
        shutil.rmtree(directory, ignore_errors=True)
        _do_without_postgres(f"{type(error).__name__}: {error}")
    with _connection(server) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


def _do_without_postgres(reason: str) -> NoReturn:
    """Skips at a desk; in CI nobody would notice that."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"PostgreSQL could not be started: {reason}")
    pytest.skip(f"PostgreSQL could not be started: {reason}")


def _connection(server: Any) -> psycopg.Connection:
    return psycopg.connect(server.get_uri(), autocommit=True)


@pytest.fixture
def postgres_url(postgres_server: Any) -> Iterator[str]:
    """The address of a new, empty database."""
    name = f"digest_{uuid.uuid4().hex}"
    with _connection(postgres_server) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"postgresql+psycopg://postgres@/{name}?host={postgres_server.get_postmaster_info().socket_dir}"
    with _connection(postgres_server) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'data' / 'digest.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The same test, on both databases."""
    fixture = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return str(request.getfixturevalue(fixture))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with open_store(store_url) as opened:
        yield opened


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    with open_store(sqlite_url) as opened:
        yield opened
