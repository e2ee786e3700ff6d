"""Snapshots: whole, exact, never changed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from factories import AS_OF, W46, snapshot
from plugin_digest.errors import StoreError
from plugin_digest.model import (
    Absent,
    Note,
    NoteKind,
    Page,
    Search,
    Snapshot,
    Status,
    TeamUsage,
    Usage,
    Week,
    last_weeks,
)
from plugin_digest.store.tables import STORED

SUNDAY_WEEK = Week(date(2021, 12, 12))

counts = st.one_of(st.integers(0, 2**62), st.sampled_from(STORED))
usages = st.builds(Usage, counts, counts, counts)
plain_usages = st.builds(Usage, counts, counts)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
snapshots = st.builds(
    Snapshot,
    week=st.sampled_from([W46, SUNDAY_WEEK]),
    source=words,
    timezone=st.sampled_from(["Europe/Stockholm", "UTC"]),
    as_of=st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=14))])).filter(
        lambda moment: 1 < moment.year < 9999
    ),
    status=st.sampled_from(Status),
    portal=usages,
    unattributed=plain_usages,
    four_weeks=plain_usages,
    plugins=st.dictionaries(words, usages, max_size=4),
    teams=st.dictionaries(words, st.builds(TeamUsage, st.frozensets(words, max_size=3), usages), max_size=3),
    pages=st.dictionaries(
        words,
        st.lists(st.builds(Page, words, counts, counts), min_size=1, max_size=3).map(tuple),
        max_size=3,
    ),
    searches=st.dictionaries(
        words, st.lists(st.builds(Search, words, counts), min_size=1, max_size=3).map(tuple), max_size=2
    ),
    anonymous=st.one_of(st.integers(0, 2**62), st.just(Absent.NOT_AVAILABLE)),
    missing_days=st.lists(st.dates(), max_size=7).map(tuple),
    notes=st.lists(st.builds(Note, st.sampled_from(NoteKind), words), max_size=3).map(tuple),
)


def counted(store, call):
    """How many statements the call sends to the database."""
    sent = []
    listen = (store._database._engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
    event.listen(*listen)
    call()
    event.remove(*listen)
    return len(sent)


def portal(plugins):
    """A week as large as a big portal's."""
    return snapshot(
        plugins={f"plugin-{n}": (n, 3) for n in range(plugins)},
        pages={f"plugin-{n}": tuple(Page(f"/{n}/{m}", 5, 4) for m in range(5)) for n in range(plugins)},
    )


def test_what_is_read_is_what_was_stored(store):
    """Every snapshot comes back equal, with every kind of absence, whatever its words are."""

    @settings(max_examples=40, deadline=None, derandomize=True, database=None)
    @given(snapshots)
    def check(one):
        stored = store.snapshots.add(one)
        assert stored == replace(one, revision=stored.revision)
        assert store.snapshots.newest(one.week) == stored

    check()


def test_no_count_is_not_zero(store):
    """Zero, no data, not available and hidden are four values (matomo-org/matomo#20463)."""
    four = {
        "zero": (0, 0),
        "none": (Absent.NO_DATA, Absent.NO_DATA),
        "unavailable": (12, Absent.NOT_AVAILABLE),
        "hidden": (12, Absent.HIDDEN),
    }
    store.snapshots.add(snapshot(plugins=four))
    loaded = store.snapshots.newest(W46)
    assert {key: (usage.views, usage.users) for key, usage in loaded.plugins.items()} == four


def test_a_plugin_without_pages_has_no_entry(store):
    """An empty tuple of pages says the same as none, and `add` returns what will be read."""
    stored = store.snapshots.add(snapshot(pages={"jenkins": ()}))
    assert stored.pages == {}
    assert store.snapshots.newest(W46) == stored


def test_a_moment_comes_back_in_utc(store):
    """The time of the pull is the same moment, aware, wherever it was taken."""
    taken = datetime(2026, 11, 16, 9, 30, 15, 123456, tzinfo=timezone(timedelta(hours=-11)))
    store.snapshots.add(snapshot(as_of=taken))
    loaded = store.snapshots.newest(W46).as_of
    assert (loaded, loaded.tzinfo) == (taken, UTC)


def test_a_naive_moment_is_refused(store):
    """A datetime without a zone is an error, not a guess."""
    with pytest.raises(StoreError, match="no time zone"):
        store.snapshots.add(snapshot(as_of=AS_OF.replace(tzinfo=None)))


def test_a_later_reading_is_a_new_revision(store):
    """The first reading stays readable beside the restated one (getsentry/sentry#71855)."""
    first = store.snapshots.add(snapshot(plugins={"jenkins": (412, 40)}))
    second = store.snapshots.add(snapshot(plugins={"jenkins": (431, 41)}, revision=7))
    assert (first.revision, second.revision) == (1, 2)
    assert store.snapshots.newest(W46) == second
    assert store.snapshots.revision(W46, 1) == first


def test_what_is_not_stored_is_none(store):
    """An unknown week or revision is None, never an empty snapshot."""
    store.snapshots.add(snapshot())
    assert store.snapshots.newest(W46.plus(1)) is None
    assert store.snapshots.revision(W46, 2) is None
    assert store.snapshots.newest_of([]) == {}


def test_newest_of_gives_the_newest_of_each_stored_week(store):
    """Of many weeks, those that are stored, each in its newest revision, and no other week."""
    for back in (0, 1, 1, 3):
        store.snapshots.add(snapshot(W46.plus(-back)))
    found = store.snapshots.newest_of([W46, W46.plus(-1), W46.plus(-2)])
    assert {week: one.revision for week, one in found.items()} == {W46: 1, W46.plus(-1): 2}
    assert all(week == one.week for week, one in found.items())


def test_reading_many_weeks_takes_as_many_queries_as_one(store):
    """Twelve weeks of a portal are read with one query for each table."""
    for week in last_weeks(W46):
        store.snapshots.add(snapshot(week))
    one = counted(store, lambda: store.snapshots.newest(W46))
    assert counted(store, lambda: store.snapshots.newest_of(last_weeks(W46))) == one < 12


def test_writing_takes_as_many_statements_for_a_large_portal(store):
    """135 plugins with five pages each go in as few statements as two plugins."""
    small = counted(store, lambda: store.snapshots.add(portal(2)))
    assert counted(store, lambda: store.snapshots.add(portal(135))) == small < 15


def test_weeks_are_listed_oldest_first(store):
    """Each stored week once, oldest first, whatever the order of the pulls."""
    for back in (0, 3, 1, 1):
        store.snapshots.add(snapshot(W46.plus(-back)))
    assert store.snapshots.weeks() == [W46.plus(-3), W46.plus(-1), W46]


def test_first_seen_counts_views_in_the_newest_readings(store):
    """A plugin is first seen in the first week whose newest reading has a view of it."""
    w44, w45 = W46.plus(-2), W46.plus(-1)
    store.snapshots.add(snapshot(w44, {"misread": (5, 1), "old": (1, 1), "silent": (0, 0)}))
    store.snapshots.add(snapshot(w44, {"old": (1, 1), "absent": (Absent.NO_DATA, Absent.NO_DATA)}))
    store.snapshots.add(snapshot(w45, {"old": (2, 1), "misread": (3, 1)}))
    store.snapshots.add(snapshot(W46, {"silent": (4, Absent.NOT_AVAILABLE), "old": (3, 1)}))
    assert store.snapshots.first_seen() == {"misread": w45, "old": w44, "silent": W46}


def test_a_failed_write_leaves_nothing(store):
    """A snapshot is stored whole or not at all."""
    with pytest.raises(StoreError):
        store.snapshots.add(snapshot(plugins={"jenkins": (5, 2), "broken": (-1, 2)}))
    assert store.snapshots.weeks() == []
    assert store.snapshots.add(snapshot()).revision == 1


@pytest.mark.parametrize("column", ["views", "users"])
def test_a_count_has_a_number_or_a_reason(store, column):
    """The database itself refuses a count that is neither a number nor absent for a reason."""
    store.snapshots.add(snapshot())
    absent = text(
        f"INSERT INTO plugin_usage (snapshot_id, plugin, views, users) "
        f"SELECT id, 'x', {'NULL, 1' if column == 'views' else '1, NULL'} FROM snapshot"
    )
    with pytest.raises(StoreError, match="or_reason"), store._database.moving() as connection:
        connection.execute(absent)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("snapshot", "source"),
        ("portal_usage", "users"),
        ("plugin_usage", "views"),
        ("team_usage", "users"),
        ("team_plugin", "plugin"),
        ("page_usage", "path"),
        ("missing_day", "day"),
        ("note", "text"),
    ],
)
def test_a_stored_snapshot_cannot_be_changed(store, table, column):
    """An UPDATE of any part of a snapshot is refused by the database."""
    store.snapshots.add(snapshot(status=Status.INCOMPLETE, missing_days=(W46.last_day,)))
    with pytest.raises(StoreError, match="never changed"), store._database.moving() as connection:
        connection.execute(text(f"UPDATE {table} SET {column} = {column}"))
