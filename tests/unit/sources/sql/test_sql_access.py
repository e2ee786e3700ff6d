"""How the ``sql`` source reaches a database, and what it says when it cannot."""

import logging
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
from contextlib import closing
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from plugin_digest.errors import Malformed, Rejected, SourceError, Unreachable
from plugin_digest.sources.database import SqlSource
from unit.sources.sql.portal_events import COLUMNS, WEEKS, Event, make_events, request, write_table
from unit.sources.sql.wire import listening, relay, say_garbage, say_nothing

DIALECTS = ["postgresql", "sqlite", "duckdb"]
EVENTS = [
    Event(datetime(2026, 10, 21, 11, tzinfo=UTC), "navigate", "jenkins", "/ci", "user:default/u1", "s1")
]
PASSWORD = "hunter2/ü@?#"
QUOTED = "hunter2%2F%C3%BC%40%3F%23"


def _source(url, **settings):
    return SqlSource(url, **{"table": "events", "columns": COLUMNS, **settings})


def _counting(url, query, **settings):
    return SqlSource(url, queries={"plugins": query}, time_format="iso_text", **settings)


def _rows(url):
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT count(*) FROM events")).scalar_one()
    engine.dispose()
    return found


@pytest.mark.parametrize("dialect", DIALECTS)
def test_check_names_the_database_the_table_and_its_span(engines, dialect):
    """What was found, in lines, without user and password."""
    url = engines(dialect)
    write_table(url, EVENTS, "iso_text")
    lines = _source(url).check()
    assert lines[0].startswith(f"{dialect} database ")
    assert lines[0].endswith(": reached, reading only")
    assert list(lines[1:]) == [
        "table events: views are rows with action navigate; time is iso_text",
        "table events: events from 2026-10-21 11:00 to 2026-10-21 11:00 UTC",
    ]


WRITES = {
    "postgresql": (
        "WITH gone AS (DELETE FROM events WHERE :from < :to RETURNING 1) "
        "SELECT 'x' AS plugin, count(*) AS views FROM gone"
    ),
    "sqlite": "DELETE FROM events WHERE :from < :to RETURNING plugin_id AS plugin, 1 AS views",
    "duckdb": "DELETE FROM events WHERE :from < :to RETURNING plugin_id AS plugin, 1 AS views",
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nothing_can_be_written(engines, dialect):
    """A query that writes is refused by the engine itself."""
    url = engines(dialect)
    write_table(url, EVENTS, "iso_text")
    with pytest.raises(Rejected, match=r"(?i)read-?only"):
        _counting(url, WRITES[dialect]).pull(request())
    assert _rows(url) == 1


SLOW = {
    "postgresql": "SELECT 'x' AS plugin, 1 AS views FROM pg_sleep(20) WHERE :from < :to",
    "sqlite": (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT 'x' AS plugin, count(*) AS views FROM n WHERE :from < :to"
    ),
    "duckdb": (
        "SELECT 'x' AS plugin, count(*) AS views FROM range(100000000) a, range(1000000) b "
        "WHERE (a.range * b.range) % 7 = 3 AND :from < :to"
    ),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_statement_that_takes_too_long_is_broken_off(engines, dialect):
    """A hanging statement is an error within its limit, and no zero (matomo-org/matomo#21315)."""
    url = engines(dialect)
    write_table(url, EVENTS, "iso_text")
    started = time.monotonic()
    with pytest.raises(
        Unreachable, match=r"a statement took longer than 0.3 s \(source.statement_timeout_s\)"
    ):
        _counting(url, SLOW[dialect], statement_timeout_s=0.3).pull(request())
    assert time.monotonic() - started < 10


def test_a_wrong_path_is_refused_and_no_file_is_made(tmp_path):
    """SQLite would make a new, empty database, and the week would look empty."""
    with pytest.raises(Rejected, match="unable to open database file"):
        _source(f"sqlite:///{tmp_path / 'nö such.db'}").pull(request())
    with pytest.raises(Rejected, match="database does not exist"):
        _source(f"duckdb:///{tmp_path / 'no.duckdb'}").pull(request())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "settings", [{"table": "evnts"}, {"columns": {**COLUMNS, "user": "nobody"}}], ids=["table", "column"]
)
def test_a_wrong_name_is_refused_in_the_databases_words(engines, dialect, settings):
    """The missing table or column is named, without the statement it was looked for with."""
    url = engines(dialect)
    write_table(url, EVENTS, "iso_text")
    for ask in (_source(url, **settings).check, lambda: _source(url, **settings).pull(request())):
        with pytest.raises(Rejected, match=r"evnts|nobody") as refused:
            ask()
        assert "SELECT" not in str(refused.value)
        assert "\n" not in str(refused.value)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    """A wrong file is told apart from a broken one."""
    (tmp_path / "notes.db").write_text("not a database, " * 500)
    with pytest.raises(Rejected, match="not a database"):
        _source(f"sqlite:///{tmp_path / 'notes.db'}").pull(request())
    with pytest.raises(Rejected, match="notes"):
        _source(f"duckdb:///{tmp_path / 'notes.db'}").pull(request())


def test_a_broken_file_gives_no_figures(engines, tmp_path):
    """A SQLite file with pages overwritten is malformed, not small."""
    url = engines("sqlite")
    write_table(url, make_events(count=2_000), "iso_text")
    file = tmp_path / "portal.sqlite"
    data = bytearray(file.read_bytes())
    data[8192:-4096] = b"\x07" * len(data[8192:-4096])
    file.write_bytes(data)
    with pytest.raises(Malformed, match="malformed"):
        _source(url).pull(request())


def test_a_database_that_another_process_writes_to_can_be_tried_later(engines):
    """DuckDB lets one process write and nobody read meanwhile."""
    url = engines("duckdb")
    write_table(url, EVENTS, "iso_text")
    path = sa.make_url(url).database
    code = f"import duckdb, sys; c = duckdb.connect({path!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(Unreachable, match="lock"):
            _source(url).pull(request())
        other.communicate("")


def test_a_locked_sqlite_file_can_be_tried_later(engines, tmp_path):
    """A writer that holds the file longer than we wait is no reason to ask the operator."""
    url = engines("sqlite")
    write_table(url, EVENTS, "iso_text")
    with closing(sqlite3.connect(tmp_path / "portal.sqlite")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Unreachable, match="database is locked"):
            _source(f"{url}?timeout=0.1").pull(request())


def test_wrong_rights_are_refused(postgres_url):
    """A role that may connect but not read gets no zeros."""
    write_table(postgres_url, EVENTS, "timestamptz")
    _as_admin(postgres_url, "DROP ROLE IF EXISTS stranger", "CREATE ROLE stranger LOGIN")
    with pytest.raises(Rejected, match="permission denied for table events"):
        _source(_changed(postgres_url, username="stranger")).pull(request())


def test_a_role_or_database_that_is_not_there_is_refused(postgres_url):
    """What the operator must correct is not tried again."""
    with pytest.raises(Rejected, match='role "nobody" does not exist'):
        _source(_changed(postgres_url, username="nobody")).pull(request())
    with pytest.raises(Rejected, match='database "nothing" does not exist'):
        _source(_changed(postgres_url, database="nothing")).pull(request())


def _as_admin(url, *statements):
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


def _changed(url, **changes):
    return sa.make_url(url).set(**changes).render_as_string(hide_password=False)


def test_a_server_that_goes_away_in_the_middle_can_be_tried_later(postgres_url):
    """A connection that is cut while a statement runs is an error, not an empty answer."""
    source = _counting(postgres_url, SLOW["postgresql"])
    ending = threading.Thread(target=_end_session, args=(postgres_url,))
    ending.start()
    with pytest.raises(Unreachable, match="terminating connection"):
        source.pull(request())
    ending.join()


def _end_session(url):
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    ours = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'plugin-digest' AND query LIKE '%pg_sleep%'"
    )
    with engine.connect() as connection:
        until = time.monotonic() + 20
        while not connection.execute(ours).all() and time.monotonic() < until:
            time.sleep(0.02)
    engine.dispose()


@pytest.mark.parametrize("answer", [say_nothing, say_garbage])
def test_a_server_that_does_not_answer_as_one_is_unreachable(answer):
    """Silence and garbage end in an error within the time limit (getsentry/sentry#95299)."""
    with listening(answer) as port:
        url = f"postgresql://digest:{QUOTED}@127.0.0.1:{port}/portal?connect_timeout=2"
        with pytest.raises(Unreachable, match=r"postgresql database portal on 127\.0\.0\.1: ") as failed:
            _source(url).pull(request())
    assert PASSWORD not in str(failed.value)


def test_an_answer_that_is_cut_off_anywhere_gives_no_figures(postgres_url):
    """Whichever byte is the last to arrive: an error, never a smaller week (PostHog/posthog#72105)."""
    write_table(postgres_url, make_events(count=400), "timestamptz")
    directory = sa.make_url(postgres_url).query["host"]
    expected = _source(postgres_url).pull(request())
    received = []

    def through(limit):
        with listening(lambda client: relay(client, f"{directory}/.s.PGSQL.5432", limit, received)) as port:
            url = _changed(postgres_url, query={"host": "127.0.0.1", "port": str(port), "sslmode": "disable"})
            return _source(url).pull(request())

    assert through(10**9) == expected
    total = max(received)
    for limit in (1, 100, *range(400, total - 400, total // 12)):
        with pytest.raises(SourceError):
            through(limit)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("trino://h/c", "install the package trino"),
        ("snowflake://u:p@h/d", "install the package snowflake-sqlalchemy"),
        ("clickhouse://h/d", "install the package clickhouse-sqlalchemy"),
        ("nonsense://h/d", "cannot speak 'nonsense' yet: install the package of its dialect"),
        ("mysql+pymysql://h/d", "install the package pymysql"),
        ("mysql://h/d", "install the package mysqlclient"),
        ("postgresql+asyncpg://h/d", "install the package asyncpg"),
        ("not a url", "source.url is not a database URL"),
        ("", "source.url is not a database URL"),
    ],
)
def test_what_is_missing_is_named(url, expected):
    """A dialect or driver that is not installed is one clear line."""
    with pytest.raises(Rejected, match=r"source\.url") as refused:
        _source(url).check()
    assert expected in str(refused.value)
    assert "\n" not in str(refused.value)


FAILING_URLS = [
    f"postgresql://digest:{QUOTED}@127.0.0.1:1/portal",
    f"postgresql://digest:{PASSWORD}@127.0.0.1:1/portal",
    f"postgresql://127.0.0.1:1/portal?user=digest&password={QUOTED}",
    f"postgresql://127.0.0.1:1/portal?sslpassword={QUOTED}&{QUOTED}=1",
    f"sqlite:////no/such/dir/x.db?password={QUOTED}",
    f"duckdb:////no/such/dir/x.duckdb?motherduck_token={QUOTED}",
    f"trino://digest:{QUOTED}@h/c",
    f"mysql+pymysql://digest:{QUOTED}@h/c",
    f"postgresql://digest:x@h:{PASSWORD}/c",
    f"{PASSWORD}",
]


@pytest.mark.parametrize("url", FAILING_URLS)
def test_no_credential_is_repeated_anywhere(url, caplog):
    """Not in the error, its traceback, the log at its most talkative, nor the source's own repr."""
    caplog.set_level(logging.DEBUG)
    told = ""
    try:
        source = _source(url)
        told += repr(source)
        source.check()
    except SourceError as error:
        told += "".join(traceback.format_exception(error))
    assert "SourceError" in told or "Rejected" in told or "Unreachable" in told
    for secret in ("hunter2", PASSWORD, QUOTED):
        assert secret not in told
        assert secret not in caplog.text


def test_the_log_of_a_pull_names_no_user(postgres_url, caplog):
    """The users that are left out are parameters, and parameters are not logged."""
    caplog.set_level(logging.DEBUG)
    write_table(postgres_url, EVENTS, "timestamptz")
    caplog.clear()
    logging.getLogger("sqlalchemy.engine").setLevel(logging.DEBUG)
    try:
        _source(postgres_url, exclude_users=["user:default/boss"]).pull(request(WEEKS[:1]))
    finally:
        logging.getLogger("sqlalchemy.engine").setLevel(logging.NOTSET)
    assert "SELECT" in caplog.text
    assert "user:default" not in caplog.text


def test_an_error_over_a_value_does_not_quote_it(postgres_url):
    """PostgreSQL names the value that it cannot convert, which may be a user."""
    write_table(postgres_url, EVENTS, "timestamptz")
    query = "SELECT plugin_id AS plugin, sum(user_ref::int) AS views FROM events WHERE :from < :to GROUP BY 1"
    with pytest.raises(Malformed, match="a value cannot be read") as failed:
        _counting(postgres_url, query).pull(request())
    assert "default/u1" not in "".join(traceback.format_exception(failed.value))


def test_nothing_stays_open(engines):
    """After a pull, and after a failed one, the file can be opened for writing again."""
    url = engines("duckdb")
    write_table(url, EVENTS, "iso_text")
    _source(url).pull(request(WEEKS[:1]))
    write_table(url, EVENTS, "iso_text")
    with pytest.raises(Rejected):
        _source(url, table="evnts").pull(request())
    write_table(url, EVENTS, "iso_text")
