"""Opening a store, and what is said when that fails."""

import os
import sqlite3
import tempfile
import threading
import traceback
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from factories import AS_OF, W46, snapshot
from plugin_digest.errors import StoreError
from plugin_digest.model import (
    DeliveryState,
    HoldState,
    IndicatorValue,
    Letter,
    OptOut,
    Ownership,
    Period,
    PeriodUsage,
    PlannedDelivery,
    Scope,
    Status,
    Usage,
)
from plugin_digest.store import (
    Deliveries,
    Digests,
    Holds,
    Indicators,
    OptOuts,
    Ownerships,
    Periods,
    Runs,
    Snapshots,
    Store,
    open_store,
)
from plugin_digest.store.database import Database
from plugin_digest.store.tables import Row

SECRET = "hunter2hunter2"
PERIOD_USAGE = PeriodUsage(Period(W46, W46), "events", "UTC", AS_OF, Status.FINAL, Usage(1, 1), {})
PLAN = PlannedDelivery(W46, "ci", 1, "ci@acme.example", DeliveryState.PLANNED, "planned", "<1@x>")

CALLS = {
    (Snapshots, "add"): lambda store: store.snapshots.add(snapshot()),
    (Snapshots, "newest"): lambda store: store.snapshots.newest(W46),
    (Snapshots, "newest_of"): lambda store: store.snapshots.newest_of([W46]),
    (Snapshots, "revision"): lambda store: store.snapshots.revision(W46, 1),
    (Snapshots, "weeks"): lambda store: store.snapshots.weeks(),
    (Snapshots, "first_seen"): lambda store: store.snapshots.first_seen(),
    (Digests, "freeze"): lambda store: store.digests.freeze(
        W46, "ci", "CI", 1, 1, Letter("s", "h", "t"), AS_OF
    ),
    (Digests, "find"): lambda store: store.digests.find(W46, "ci"),
    (Digests, "get"): lambda store: store.digests.get(1),
    (Digests, "of_week"): lambda store: store.digests.of_week(W46),
    (Deliveries, "plan"): lambda store: store.deliveries.plan([PLAN], AS_OF),
    (Deliveries, "of_week"): lambda store: store.deliveries.of_week(W46),
    (Deliveries, "get"): lambda store: store.deliveries.get(1),
    (Deliveries, "claim"): lambda store: store.deliveries.claim(1, AS_OF),
    (Deliveries, "finish"): lambda store: store.deliveries.finish(1, DeliveryState.SENT, "sent", AS_OF),
    (Deliveries, "unclaim"): lambda store: store.deliveries.unclaim(1, "no"),
    (Deliveries, "strand"): lambda store: store.deliveries.strand(None, "unknown", AS_OF),
    (Deliveries, "reopen"): lambda store: store.deliveries.reopen(1, "again"),
    (Deliveries, "last_sent_week"): lambda store: store.deliveries.last_sent_week(),
    (Holds, "place"): lambda store: store.holds.place(W46, "why", AS_OF),
    (Holds, "of"): lambda store: store.holds.of(W46),
    (Holds, "decide"): lambda store: store.holds.decide(W46, HoldState.RELEASED, "why", AS_OF),
    (Runs, "start"): lambda store: store.runs.start(W46, AS_OF),
    (Runs, "finish"): lambda store: store.runs.finish(1, 0, "", AS_OF),
    (Runs, "newest"): lambda store: store.runs.newest(W46),
    (Runs, "of_week"): lambda store: store.runs.of_week(W46),
    (Deliveries, "last_week_of"): lambda store: store.deliveries.last_week_of("ci", W46),
    (Holds, "held_for"): lambda store: store.holds.held_for(W46),
    (Ownerships, "aliases_since"): lambda store: store.ownerships.aliases_since(W46),
    (Ownerships, "last_week"): lambda store: store.ownerships.last_week(),
    (Periods, "add"): lambda store: store.periods.add(PERIOD_USAGE),
    (Periods, "newest"): lambda store: store.periods.newest(PERIOD_USAGE.period),
    (Ownerships, "keep"): lambda store: store.ownerships.keep(W46, Ownership(()), AS_OF),
    (Ownerships, "of"): lambda store: store.ownerships.of(W46),
    (Ownerships, "before"): lambda store: store.ownerships.before(W46),
    (Ownerships, "newest"): lambda store: store.ownerships.newest(),
    (OptOuts, "add"): lambda store: store.opt_outs.add(OptOut("a@acme.example", "", "test"), AS_OF),
    (OptOuts, "remove"): lambda store: store.opt_outs.remove("a@acme.example", ""),
    (OptOuts, "all"): lambda store: store.opt_outs.all(),
    (Indicators, "put"): lambda store: store.indicators.put(
        [IndicatorValue("merges", W46, Scope.PORTAL, "", 1.0)]
    ),
    (Indicators, "take"): lambda store: store.indicators.take("merges", [], [W46]),
    (Indicators, "note"): lambda store: store.indicators.note("merges", W46, ["late"], AS_OF),
    (Indicators, "troubles"): lambda store: store.indicators.troubles(W46),
    (Indicators, "last_read"): lambda store: store.indicators.last_read(),
    (Indicators, "of"): lambda store: store.indicators.of([W46]),
    (Store, "bind_instance"): lambda store: store.bind_instance("acme"),
}
"""Every public method that goes to the database."""


def refused(url):
    """What `open_store` says; one line that holds no secret, nor does the traceback."""
    with pytest.raises(StoreError) as caught:
        open_store(url)
    said = str(caught.value)
    assert "\n" not in said
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    return said


@contextmanager
def without_rights():
    """Runs as nobody where the tests run as root, who may write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_the_directory_of_a_new_store_is_made(tmp_path):
    """A store can be named before there is a place for it."""
    path = tmp_path / "a" / "b" / "digest.db"
    open_store(f"sqlite:///{path}").close()
    assert path.is_file()


def test_sqlite_is_set_up_for_several_processes_and_power_failures(sqlite_store):
    """WAL, foreign keys, a busy timeout; a claim is on the disk before its mail is sent."""
    with sqlite_store._database.moving() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    assert settings == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 30_000, "synchronous": 2}


def test_only_the_end_of_an_attempt_does_not_wait_for_the_disk(store):
    """A claim is on the disk when it is made; how its mail ended may be there a moment later."""
    setting = "PRAGMA synchronous" if store._database.is_sqlite else "SHOW synchronous_commit"
    found = []
    for durable in (True, False, True):
        with store._database.moving(durable=durable) as connection:
            found.append(connection.exec_driver_sql(setting).scalar())
    assert found in ([2, 1, 2], ["on", "off", "on"])


def test_two_names_of_one_file_are_one_store(tmp_path):
    """A link to the database leads to the same locks, so that two senders still meet."""
    path, link = tmp_path / "digest.db", tmp_path / "link.db"
    open_store(f"sqlite:///{path}").close()
    link.symlink_to(path)
    with open_store(f"sqlite:///{link}") as store, store.sending(W46, lambda: None):
        pass
    assert (tmp_path / "digest.db.sending.lock").exists()
    assert not list(tmp_path.glob("link.db.*"))


def test_a_busy_sqlite_store_is_waited_for(sqlite_store, sqlite_url):
    """A writer waits for another program's transaction instead of failing."""
    path = sqlite_url.removeprefix("sqlite:///")
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    later = threading.Timer(0.3, other.execute, ["COMMIT"])
    later.start()
    assert sqlite_store.snapshots.add(snapshot()).revision == 1
    later.join()
    other.close()


def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path):
    """A store that is not SQLite is named with what to do about it."""
    path = tmp_path / "digest.db"
    path.write_text("week,plugin,views\n" * 200, encoding="utf-8")
    before = path.read_bytes()
    said = refused(f"sqlite:///{path}")
    assert f"store {path}: file is not a database; it is not a SQLite file" in said
    assert path.read_bytes() == before


def test_a_directory_is_not_a_store(tmp_path):
    """A path that is a directory is refused."""
    assert "unable to open database file" in refused(f"sqlite:///{tmp_path}")


def test_a_parent_that_is_a_file_is_refused(tmp_path):
    """A path through a file names that file's path."""
    (tmp_path / "file").touch()
    assert f"store {tmp_path}/file/digest.db: the directory cannot be made" in refused(
        f"sqlite:///{tmp_path}/file/digest.db"
    )


def test_a_directory_without_write_access_is_refused():
    """Where nothing may be written, the path and the reason are said."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o555)
        with without_rights():
            assert "digest.db.migration.lock cannot be used: Permission denied" in refused(
                f"sqlite:///{directory}/digest.db"
            )
            assert "the directory cannot be made" in refused(f"sqlite:///{directory}/new/digest.db")
        Path(directory).chmod(0o755)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a directory in which no file can be made")
def test_a_place_where_no_file_can_be_made_is_refused_at_once():
    """It is not taken for another process that is waited for without end."""
    assert "/proc/digest.db.migration.lock cannot be used" in refused("sqlite:////proc/digest.db")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "the url cannot be read"),
        (f"nonsense {SECRET}", "the url cannot be read"),
        (f"postgresql+psycopg://digest:p@{SECRET}:{SECRET}@db/digest", "the url cannot be read"),
        (f"mysql://digest:{SECRET}@db/digest", "unknown kind of url mysql:"),
        (f"postgresql://digest:{SECRET}@db/digest", "unknown kind of url postgresql:"),
        ("sqlite://", "names a file and nothing else"),
        ("sqlite:///:memory:", "names a file and nothing else"),
        ("sqlite:///digest.db?mode=ro", "names a file and nothing else"),
    ],
)
def test_an_address_of_no_store_is_refused(url, said):
    """A wrong address is one line with what would be right, without the password in it."""
    assert said in refused(url)
    assert "expected sqlite:///path/to/digest.db or postgresql+psycopg://" in refused(url)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://digest:{SECRET}@127.0.0.1:1/digest",
        f"postgresql+psycopg://digest@127.0.0.1:1/digest?password={SECRET}",
        f"postgresql+psycopg://digest:{SECRET}@no-such-host.invalid/digest",
        f"postgresql+psycopg://digest:{SECRET}@127.0.0.1:1/digest?no_such_option=1",
    ],
)
def test_an_unreachable_server_is_one_line(url):
    """A server that does not answer is named with its database, without the password."""
    assert refused(url).startswith("store PostgreSQL database digest at ")


def test_a_wrong_password_is_one_line_without_it(postgres_server, postgres_url):
    """The server's refusal is passed on, the password is not."""
    rules = Path(postgres_server.pgdata) / "pg_hba.conf"
    trusting = rules.read_text(encoding="utf-8")
    with open_store(postgres_url) as store, store._database.moving() as connection:
        connection.execute(text("DROP ROLE IF EXISTS watched"))
        connection.execute(text("CREATE ROLE watched LOGIN PASSWORD 'right'"))
        rules.write_text(f"local all watched scram-sha-256\n{trusting}", encoding="utf-8")
        connection.execute(text("SELECT pg_reload_conf()"))
    said = refused(postgres_url.replace("postgres@", f"watched:{SECRET}@"))
    rules.write_text(trusting, encoding="utf-8")
    assert 'password authentication failed for user "watched"' in said


def test_a_secret_that_an_error_quotes_is_masked(postgres_url):
    """Whatever a driver says, the password is not passed on: here it is the name of a missing role."""
    url = postgres_url.replace("postgres@", f"{SECRET}:{SECRET}@")
    assert 'role "***" does not exist' in refused(url)


def test_what_holds_the_password_does_not_show_it():
    """The repr of the database, as it stands in tracebacks and logs, names only the place."""
    database = Database(f"postgresql+psycopg://digest:{SECRET}@db.acme.example/digest")
    assert repr(database) == "<Database PostgreSQL database digest at db.acme.example:5432>"
    assert repr(Store(database)) == "<Store PostgreSQL database digest at db.acme.example:5432>"


@pytest.mark.parametrize(("of", "method"), CALLS, ids=lambda part: getattr(part, "__name__", part))
def test_every_database_error_is_a_store_error(store, of, method):
    """With the tables gone, each method raises StoreError and nothing else."""
    with store._database.moving() as connection:
        Row.metadata.drop_all(connection)
    with pytest.raises(StoreError, match=r"^store .*(no such table|does not exist)"):
        CALLS[of, method](store)


def test_no_method_is_left_out_of_the_error_test():
    """A new public method must be tried with the database gone as well."""
    found = {
        (of, name)
        for of in (
            Snapshots,
            Digests,
            Deliveries,
            Holds,
            Runs,
            Periods,
            Ownerships,
            OptOuts,
            Indicators,
            Store,
        )
        for name in vars(of)
        if not name.startswith("_")
    }
    assert found - {(Store, "close"), (Store, "sending")} == set(CALLS)


def test_words_that_a_database_cannot_hold_are_a_store_error(store):
    """Half a character (a lone surrogate) is refused by both drivers in their own ways."""
    with pytest.raises(StoreError):
        store.snapshots.add(snapshot(source="\ud800"))


def test_a_count_that_a_database_cannot_hold_is_a_store_error(store):
    """A number beyond 64 bits is refused by both drivers in their own ways."""
    with pytest.raises(StoreError):
        store.snapshots.add(snapshot(plugins={"jenkins": (2**64, 1)}))


def test_a_store_outlives_its_connections(postgres_url):
    """After the server has dropped every connection the next call connects again, also while sending."""
    with open_store(postgres_url) as store, open_store(postgres_url) as other:
        store.snapshots.weeks()
        with store.sending(W46, lambda: None):
            with other._database.moving() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            assert store.snapshots.weeks() == []
        assert store.snapshots.weeks() == []
