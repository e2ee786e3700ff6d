"""The preset for the table of Red Hat's Adoption Insights, as its migration makes it."""

import json

import pytest
import sqlalchemy as sa

from plugin_digest.errors import Rejected
from plugin_digest.sources.database import SqlSource
from unit.sources.sql.portal_events import (
    WEEKS,
    count_by_hand,
    figures_of,
    make_events,
    request,
    stored_time,
)

POSTGRES = """
CREATE TABLE {0}events (
  id uuid NOT NULL DEFAULT gen_random_uuid(), action text NOT NULL, subject text NOT NULL, value text,
  plugin_id text NOT NULL, user_ref text NOT NULL, attributes jsonb NOT NULL, context jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE {0}events_2026_10 PARTITION OF {0}events FOR VALUES FROM ('2026-10-01') TO ('2026-11-01');
CREATE TABLE {0}events_2026_11 PARTITION OF {0}events FOR VALUES FROM ('2026-11-01') TO ('2026-12-01');
"""
SQLITE = """
CREATE TABLE events (
  id integer NOT NULL PRIMARY KEY AUTOINCREMENT, action text NOT NULL, subject text NOT NULL, value text,
  plugin_id text NOT NULL, user_ref text NOT NULL, attributes text NOT NULL, context text NOT NULL,
  created_at {0} NOT NULL
);
"""


def _events():
    """Adoption Insights has no empty column: what is not known is an empty text."""
    return [e for e in make_events() if None not in (e.plugin, e.path, e.user)]


def _fill(url, ddl, events, prefix=""):
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in ddl.split(";\n")[:-1]:
            connection.exec_driver_sql(statement)
        is_postgres = engine.dialect.name == "postgresql"
        empty = "CAST(:context AS jsonb)" if is_postgres else ":context"
        insert = sa.text(
            f"INSERT INTO {prefix}events "
            "(action, subject, plugin_id, user_ref, attributes, context, created_at) "
            f"VALUES (:action, :path, :plugin, :user, {empty}, {empty}, :time)"
        )
        form = "timestamptz" if is_postgres else "iso_text"
        rows = [
            {
                "action": e.action,
                "path": e.path,
                "plugin": e.plugin,
                "user": e.user,
                "context": json.dumps({"timestamp": stored_time(e.time, "iso_text")}),
                "time": stored_time(e.time, form),
            }
            for e in events
        ]
        connection.execute(insert, rows)
    engine.dispose()


def _expected(events, asked):
    return list(count_by_hand([_without_session(e) for e in events], asked).values())


def _without_session(event):
    return type(event)(event.time, event.action, event.plugin, event.path, event.user, "")


@pytest.mark.parametrize("declared", ["text", "datetime"])
def test_sqlite_is_read_with_its_times_as_text(tmp_path, declared):
    """Times are compared in the format in which the backend writes them."""
    url, events, asked = f"sqlite:///{tmp_path / 'adoption-insights.sqlite'}", _events(), request()
    _fill(url, SQLITE.format(declared), events)
    source = SqlSource(url, preset="adoption_insights")
    assert "time is iso_text" in source.check()[1]
    assert [figures_of(s) for s in source.pull(asked)] == _expected(events, asked)


def test_postgresql_is_read_by_partitions(insights_url):
    """A database of its own whose name has a hyphen, with a partitioned table."""
    events, asked = _events(), request()
    _fill(insights_url, POSTGRES.format(""), events)
    source = SqlSource(insights_url, preset="adoption_insights")
    assert "database backstage_plugin_adoption-insights" in source.check()[0]
    assert [figures_of(s) for s in source.pull(asked)] == _expected(events, asked)


def test_postgresql_is_read_from_a_schema(insights_url):
    """With ``pluginDivisionMode: schema`` the tables are in a schema whose name has a hyphen."""
    events, asked = _events(), request(WEEKS[:1])
    prefix = '"adoption-insights".'
    _fill(insights_url, f'CREATE SCHEMA "adoption-insights";\n{POSTGRES.format(prefix)}', events, prefix)
    source = SqlSource(insights_url, preset="adoption_insights", schema="adoption-insights")
    assert "table adoption-insights.events:" in source.check()[1]
    assert [figures_of(s) for s in source.pull(asked)] == _expected(events, asked)
    with pytest.raises(Rejected, match='relation "events" does not exist'):
        SqlSource(insights_url, preset="adoption_insights").check()


def test_what_is_given_beside_the_preset_goes_first(tmp_path):
    """A copy of the table under another name and with another column is still the preset's."""
    url, events = f"sqlite:///{tmp_path / 'copy.db'}", _events()
    _fill(url, SQLITE.format("text"), events)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE events RENAME TO usage")
        connection.exec_driver_sql("ALTER TABLE usage RENAME COLUMN user_ref TO who")
    engine.dispose()
    source = SqlSource(url, preset="adoption_insights", table="usage", columns={"user": "who"})
    asked = request(WEEKS[:1])
    assert [figures_of(s) for s in source.pull(asked)] == _expected(events, asked)
