"""Ctrl-C, and a limit of time, while a database of this process works."""

import signal
import sqlite3
import threading
import time

import duckdb
import pytest
import sqlalchemy as sa

from plugin_digest.databases import Database
from plugin_digest.databases.interrupts import in_time, interruptible

SLOW = "SELECT sum(hash(range) % 7) FROM range(20000000000)"


@pytest.fixture
def press():
    """Presses Ctrl-C a moment after it is called."""
    main = threading.main_thread().ident
    timer = threading.Timer(1, lambda: signal.pthread_kill(main, signal.SIGINT))
    yield timer.start
    timer.cancel()
    timer.join()


def test_an_interrupt_that_duckdb_swallows_comes_out():
    """It raises an error of its own, which nobody would take for Ctrl-C, and the query goes on."""
    asked = []
    with pytest.raises(KeyboardInterrupt), interruptible(lambda: asked.append("stop")):
        raise RuntimeError("Query interrupted")
    assert asked == ["stop"]


def test_work_that_takes_too_long_is_interrupted_until_it_ends():
    """The first interrupt comes too early to be heard; whatever the engine raises then comes out."""
    asked, over = [], threading.Event()

    def work():
        while len(asked) < 2:
            time.sleep(0.01)
        raise ValueError("interrupted")

    with pytest.raises(ValueError, match="interrupted"):
        in_time(work, lambda: asked.append("stop"), 0.05, over)
    assert over.is_set()
    assert in_time(lambda: 7, asked.clear, 10, over) == 7


def test_an_interrupted_query_of_a_duckdb_file_is_no_failure_of_its_driver(tmp_path, press):
    """Ctrl-C is heard also while all of DuckDB's threads, this one too, would be at work."""
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


SLOW_IN_SQLITE = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)
SELECT sum(i) AS value FROM n
"""


def test_an_interrupted_query_of_a_sqlite_file_ends_at_once(tmp_path, press):
    """SQLite itself would hear of it after the last row."""
    sqlite3.connect(tmp_path / "x.db").close()
    with Database(f"sqlite:///{tmp_path}/x.db", statement_timeout_s=60).reading() as reading:
        press()
        with pytest.raises(KeyboardInterrupt):
            reading.table(sa.text(SLOW_IN_SQLITE), {}, 1)
