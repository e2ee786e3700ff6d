"""Indicators that a query gives, on real databases."""

import traceback
from datetime import date, datetime

import pytest
import sqlalchemy as sa

from plugin_digest.errors import Malformed, Rejected, SourceError, Unreachable
from plugin_digest.indicators import sql_query
from plugin_digest.indicators.sql_query import SqlSource
from plugin_digest.model import Scope
from unit.indicators.series import DAYS, found, request

DIALECTS = ["postgresql", "sqlite", "duckdb"]
ROWS = [
    ("2026-10-18", "ci", 9),
    ("2026-10-19", "ci", 4.5),
    ("2026-11-14", "Cloud", 7),
    ("2026-11-15", "Cloud", 8),
    ("2026-11-16", "ci", 9),
]
QUERY = "SELECT day AS week, team AS key, days AS value FROM onboarding WHERE day >= :from AND day < :to"
PASSWORD, QUOTED = "hunter2/ü@?#", "hunter2%2F%C3%BC%40%3F%23"


@pytest.fixture
def databases(request, tmp_path):
    """The URL of a database of the dialect that is asked for, with a table of values."""

    def url_of(dialect):
        url = (
            request.getfixturevalue("postgres_url")
            if dialect == "postgresql"
            else f"{dialect}:///{tmp_path / f'metrics.{dialect}'}"
        )
        table = sa.Table(
            "onboarding",
            sa.MetaData(),
            sa.Column("day", sa.Date),
            sa.Column("team", sa.String),
            sa.Column("days", sa.Numeric(8, 2, asdecimal=False)),
        )
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            table.create(connection)
            rows = [{"day": date.fromisoformat(day), "team": team, "days": n} for day, team, n in ROWS]
            connection.execute(table.insert(), rows)
        engine.dispose()
        return url

    return url_of


@pytest.fixture
def sqlite(databases):
    return databases("sqlite")


def ask(url, query=QUERY, scope=Scope.TEAM, **limits):
    return SqlSource(DAYS, scope, url, query, **limits).read(request())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_asked_weeks_are_read(databases, dialect):
    """From the first day of the first week to the last of the last; of two in a week the later one."""
    read = ask(databases(dialect))
    assert found(read) == [("2026-W43", "ci", 4.5), ("2026-W46", "Cloud", 8)]
    assert read.troubles == ()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_databases_give_is_understood(databases, dialect):
    """Timestamps, decimals and whole numbers; a query need not be bounded, and names have no case."""
    query = """
        SELECT CAST('2026-11-15 23:30:00' AS TIMESTAMP) AS "Week", CAST(1.5 AS NUMERIC) AS "VALUE",
               10 AS out_of, 'x' AS note
        """
    if dialect == "sqlite":
        query = query.replace("CAST('2026-11-15 23:30:00' AS TIMESTAMP)", "'2026-11-15 23:30:00'")
    read = ask(databases(dialect), query, Scope.PORTAL)
    assert found(read) == [("2026-W46", "", 1.5)]
    assert read.values[0].out_of == 10


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nothing_can_be_written(databases, dialect):
    """A query that writes is refused by the engine itself."""
    url = databases(dialect)
    gone = "DELETE FROM onboarding RETURNING day AS week, team AS key, days AS value"
    with pytest.raises(SourceError, match=r"(?i)read-?only"):
        ask(url, gone)
    assert len(ask(url).values) == 2


def test_a_trouble_names_the_row(sqlite, tmp_path):
    """Counted from 1, with the database."""
    query = "SELECT 'soon' AS week, 'ci' AS key, 1 AS value UNION ALL SELECT '2026-W46', 'gone', 1"
    name = f"sqlite database {tmp_path}/metrics.sqlite"
    assert ask(sqlite, query).troubles == (
        f"{name}: row 1: 'soon' is neither a week like 2026-W46 nor a date like 2026-11-09",
        f"{name}: row 2: 'gone' is not the key of a team",
    )


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT 1 AS week, 2 AS value", "must give one column 'key'; it gives: week, value"),
        ("SELECT 1 AS week, 2 AS key, 3 AS value, 4 AS value", "must give one column 'value'; it gives: "),
        ("SELECT 1 AS week WHERE 1 = :since", "has a parameter :since; known are :from and :to"),
        ("SELECT * FROM nowhere", "no such table: nowhere"),
        ("SELEKT", 'near "SELEKT": syntax error'),
        ("PRAGMA query_only = ON", "the query gives no rows at all; expected a SELECT"),
    ],
)
def test_a_query_that_does_not_fit_is_told(sqlite, query, told):
    """One line with the database and what would be right."""
    with pytest.raises(SourceError) as caught:
        ask(sqlite, query)
    (line,) = str(caught.value).splitlines()
    assert line.startswith("sqlite database /")
    assert told in line


@pytest.mark.parametrize(
    ("dialect", "endless"),
    [
        ("postgresql", "SELECT pg_sleep(60)"),
        ("sqlite", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"),
        ("duckdb", "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range = 7"),
    ],
)
def test_a_query_without_end_is_stopped(databases, dialect, endless):
    """By the server, or by us where the engine is part of this process."""
    with pytest.raises(Unreachable, match=r"took longer than 0\.2 s \(statement_timeout_s\)"):
        ask(databases(dialect), endless, statement_timeout_s=0.2)


def test_too_many_rows_are_not_believed(sqlite, monkeypatch):
    """A query without its bounds would fill the memory."""
    monkeypatch.setattr(sql_query, "MOST_ROWS", 1)
    with pytest.raises(Malformed, match="more than 1 rows"):
        ask(sqlite)


def test_a_wrong_path_makes_no_new_file(tmp_path):
    """SQLite would create it."""
    with pytest.raises(Rejected, match="unable to open database file"):
        ask(f"sqlite:///{tmp_path}/no.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"postgresql://reader:{QUOTED}@127.0.0.1:1/metrics", "postgresql database metrics on 127.0.0.1: "),
        (f"postgresql+psycopg://reader@127.0.0.1:1/m?password={QUOTED}", "postgresql database m on 127.0."),
        (f"oracle+nosuch://reader:{QUOTED}@db/metrics", "url: SQLAlchemy cannot speak 'oracle' yet"),
        (f"nosuch://reader:{QUOTED}@db/metrics", "url: SQLAlchemy cannot speak 'nosuch' yet"),
        (f"://reader:{PASSWORD}", "url is not a database URL"),
    ],
)
def test_no_error_holds_the_password(url, told):
    """In whatever form it was written; also not in the traceback."""
    with pytest.raises(SourceError) as caught:
        ask(url)
    assert told in str(caught.value)
    shown = "".join(traceback.format_exception(caught.value)) + repr(
        SqlSource(DAYS, Scope.PORTAL, url, QUERY)
    )
    assert PASSWORD not in shown
    assert QUOTED not in shown


def test_a_value_is_not_quoted_by_the_database(databases):
    """PostgreSQL would show it in its error, whosever it is."""
    query = "SELECT day AS week, team AS key, CAST(team AS INTEGER) AS value FROM onboarding"
    with pytest.raises(Malformed) as caught:
        ask(databases("postgresql"), query)
    assert str(caught.value).endswith("a value cannot be read as what the query takes it for")


def test_moments_are_those_of_the_portal(databases):
    """23:30 UTC on Sunday is Monday in Stockholm."""
    query = "SELECT TIMESTAMPTZ '2026-11-08 23:30:00+00' AS week, 3 AS value"
    assert found(ask(databases("postgresql"), query, Scope.PORTAL)) == [("2026-W46", "", 3)]
    assert datetime.fromisoformat("2026-11-08T23:30:00+00:00").isocalendar().week == 45
