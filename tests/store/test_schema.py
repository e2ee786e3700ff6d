"""The tables: what the migrations make, and what they may hold."""

import logging
import subprocess
import sys
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from plugin_digest.errors import StoreError
from plugin_digest.store import migrations, open_store
from plugin_digest.store.database import Database
from plugin_digest.store.locks import exclusively
from plugin_digest.store.schema import NEWEST, VERSION_TABLE
from plugin_digest.store.tables import Row

COLUMNS = {
    "delivery": "address attempts claimed_at digest_id edition finished_at id message_id planned_at reason "
    "recipient state team week why",
    "digest": "edition frozen_at html id revision subject team team_name text week",
    "digest_image": "digest_id name png position",
    "digest_attachment": "content digest_id media_type name position",
    "hold": "at id reason state week",
    "indicator_reading": "as_of indicator troubles week",
    "indicator_value": "as_of indicator key out_of scope value week",
    "instance": "id name",
    "missing_day": "day position snapshot_id",
    "new_users": "key scope snapshot_id users users_absent",
    "note": "kind position snapshot_id text",
    "opt_out": "address at by reason team",
    "ownership": "at document id week",
    "page_usage": "path plugin position snapshot_id users users_absent views views_absent",
    "period": "as_of first id last source status timezone",
    "period_missing_day": "day period_id",
    "period_note": "kind period_id position text",
    "period_team_plugin": "period_id plugin team",
    "period_usage": "key period_id scope users users_absent views views_absent",
    "plugin_usage": "plugin snapshot_id users users_absent views views_absent",
    "portal_usage": "scope snapshot_id users users_absent views views_absent",
    "run": "exit_code finished_at id started_at summary week",
    "search_usage": "plugin position snapshot_id term users users_absent",
    "snapshot": "anonymous as_of id revision source status timezone week",
    "team_plugin": "plugin snapshot_id team",
    "team_usage": "snapshot_id team users users_absent views views_absent",
    VERSION_TABLE: "version_num",
}


FIRST_ROWS = (
    (
        "INSERT INTO snapshot (id, week, revision, source, timezone, as_of, status) "
        "VALUES (1, '2026-11-09', 1, 'events', 'UTC', '2026-11-16 08:00:00', 'final')"
    ),
    "INSERT INTO note (snapshot_id, position, kind, text) VALUES (1, 0, 'other', 'two lines')",
    (
        "INSERT INTO delivery (id, week, team, edition, recipient, address, state, reason, message_id, "
        "attempts, planned_at) VALUES (1, '2026-11-09', 'ci', 1, 'a@acme.example', 'a@acme.example', "
        "'planned', 'planned', '<1@x>', 0, '2026-11-16 08:00:00')"
    ),
)


def checks(connection):
    """Every CHECK of every table: its name and its condition as the database gives it back."""
    return {
        (table, check["name"], check["sqltext"])
        for table in Row.metadata.tables
        for check in inspect(connection).get_check_constraints(table)
    }


def version(store):
    with store._database.reading() as session:
        return session.connection().execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars().all()


def test_migrations_make_exactly_the_tables(store):
    """Alembic finds no difference between what the migrations made and what the rows say."""
    with store._database.moving() as connection:
        options = {"compare_type": True, "compare_server_default": True, "version_table": VERSION_TABLE}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Row.metadata) == []


def test_migrations_make_exactly_the_checks(store):
    """Alembic does not compare CHECK constraints: tables made from the rows have the same ones."""
    with store._database.moving() as connection:
        migrated = checks(connection)
        Row.metadata.drop_all(connection)
        Row.metadata.create_all(connection)
        assert checks(connection) == migrated
        assert len(migrated) > 20


def test_no_table_has_room_for_who_viewed(store):
    """Every column is named here, and none of them is a user's identity; the ledger knows recipients."""
    with store._database.reading() as session:
        found = inspect(session.connection())
        columns = {
            table: " ".join(sorted(column["name"] for column in found.get_columns(table)))
            for table in found.get_table_names()
        }
    assert columns == COLUMNS


def test_opening_again_changes_nothing(store, store_url):
    """Migrations that have run are not run again (metabase/metabase#54478)."""
    before = version(store)
    store.bind_instance("acme")
    for _ in range(2):
        with open_store(store_url) as again:
            assert version(again) == before
            again.bind_instance("acme")


def test_the_newest_step_is_the_one_written_down(store):
    """The steps are one line, its end is what `schema` calls the newest, and every store is at it."""
    assert migrations.steps().get_heads() == [NEWEST] == version(store)


def test_a_store_with_its_tables_opens_without_alembic(store, store_url):
    """Alembic takes long to import and is left alone when there is nothing to do."""
    program = (
        "import sys; from plugin_digest.store import open_store; open_store(sys.argv[1]).close(); "
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program, store_url], check=False).returncode == 0


def test_a_store_of_a_newer_version_is_refused(store, store_url):
    """An old program does not touch tables that it does not know, and says what to do."""
    with store._database.moving() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(StoreError) as caught:
        open_store(store_url)
    assert "written by a newer version of Plugin Digest (its tables are at 9999" in str(caught.value)
    assert version(store) == ["9999"]


def test_a_failed_migration_leaves_the_database_as_it_was(store_url):
    """In a database where another program has a table of the same name nothing is made at all."""
    database = Database(store_url)
    with database.moving() as connection:
        connection.execute(text("CREATE TABLE instance (theirs INTEGER)"))
    with pytest.raises(StoreError, match=r"instance.* already exists"):
        open_store(store_url)
    with database.reading() as session:
        assert inspect(session.connection()).get_table_names() == ["instance"]
    database.close()


def test_alembic_is_not_heard(store_url, caplog):
    """Making the tables tells one line of our own, none of Alembic's, and leaves its logger as it was."""
    caplog.set_level(logging.DEBUG)
    logger = logging.getLogger("alembic")
    level = logger.level
    open_store(store_url).close()
    assert {record.name for record in caplog.records if record.levelno >= logging.INFO} == {
        "plugin_digest.store.schema"
    }
    assert not [record for record in caplog.records if record.name.startswith("alembic")]
    assert logger.level == level


def test_who_has_to_wait_for_the_migrations_is_told(store_url):
    """While another process prepares the store, the caller hears why nothing happens."""
    other, held, release, told = Database(store_url), threading.Event(), threading.Event(), []

    def hold():
        with exclusively(other, "migration", lambda: None):
            held.set()
            release.wait(30)

    def on_wait(why):
        told.append(why)
        release.set()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(30)
    open_store(store_url, on_wait=on_wait).close()
    holder.join()
    other.close()
    assert len(told) == 1
    assert "another process is preparing it" in told[0]


def test_a_store_of_the_first_version_keeps_what_it_holds(store_url):
    """The second step leaves rows and the rule that nothing is changed as they were."""
    database = Database(store_url)
    with database.connected_alone(writes=True, migrates=True) as connection, connection.begin():
        migrations.upgrade(connection, VERSION_TABLE, "0001")
        connection.execute(text(FIRST_ROWS[0]))
        connection.execute(text(FIRST_ROWS[1]))
        connection.execute(text(FIRST_ROWS[2]))
    database.close()
    with open_store(store_url) as store:
        assert version(store) == [NEWEST]
        with store._database.reading() as session:
            connection = session.connection()
            assert connection.execute(text("SELECT text FROM note")).scalars().all() == ["two lines"]
            assert connection.execute(text("SELECT why FROM delivery")).scalars().all() == [""]
        with (
            pytest.raises(StoreError, match="rows of note are never changed"),
            store._database.moving() as connection,
        ):
            connection.execute(text("UPDATE note SET text = 'other'"))
