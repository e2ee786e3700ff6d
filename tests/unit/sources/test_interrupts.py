"""Ctrl-C while DuckDB works."""

import signal
import threading

import duckdb
import pytest
import sqlalchemy as sa

from plugin_digest.sources.database.access import Database
from plugin_digest.sources.interrupts import interruptible

SLOW = "SELECT sum(hash(range) % 7) FROM range(20000000000)"


@pytest.fixture
def press():
    """Presses Ctrl-C a moment after it is called."""
    main = threading.main_thread().ident
    timer = threading.Timer(1, lambda: signal.pthread_kill(main, signal.SIGINT))
    yield timer.start
    timer.cancel()
    timer.join()


def test_an_interrupt_that_duckdb_swallows_comes_out(press):
    """DuckDB raises an error of its own, which nobody would take for Ctrl-C."""
    with duckdb.connect() as engine:
        press()
        with pytest.raises(KeyboardInterrupt), interruptible(engine.interrupt):
            engine.execute(SLOW)


def test_an_interrupted_query_of_a_duckdb_file_is_no_failure_of_its_driver(tmp_path, press):
    """A database that is read through SQLAlchemy lets it through as well."""
    duckdb.connect(str(tmp_path / "x.duckdb")).close()
    database = Database(f"duckdb:///{tmp_path}/x.duckdb", statement_timeout_s=20)
    with database.reading() as reading:
        press()
        with pytest.raises(KeyboardInterrupt):
            reading.rows(sa.text(SLOW))


def test_another_error_stays_what_it_is():
    """Only DuckDB's own words are an interrupt."""
    with pytest.raises(RuntimeError, match="else"), interruptible(lambda: None):
        raise RuntimeError("something else")
