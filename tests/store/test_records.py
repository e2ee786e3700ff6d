"""Holds, runs and the instance that a store belongs to."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from factories import AS_OF, W46
from plugin_digest.errors import StoreError
from plugin_digest.model import Hold, HoldState, Run
from plugin_digest.store import open_store

LATER = AS_OF + timedelta(hours=1)


def test_the_newest_word_on_a_week_counts(store):
    """A hold is placed, released and placed again; each time the last word is given."""
    assert store.holds.of(W46) is None
    store.holds.place(W46, "views fell by 80 %", AS_OF)
    assert store.holds.of(W46) == Hold(W46, HoldState.HELD, "views fell by 80 %", AS_OF)
    store.holds.decide(W46, HoldState.RELEASED, "holidays", LATER)
    assert store.holds.of(W46) == Hold(W46, HoldState.RELEASED, "holidays", LATER)
    store.holds.decide(W46, HoldState.REJECTED, "bad export", AS_OF)
    assert store.holds.of(W46).state is HoldState.REJECTED
    assert store.holds.of(W46.plus(1)) is None


def test_every_word_on_a_week_is_kept(store):
    """A decision does not overwrite what it decides on."""
    store.holds.place(W46, "views fell by 80 %", AS_OF)
    store.holds.decide(W46, HoldState.RELEASED, "holidays", LATER)
    with store._database.reading() as session:
        reasons = session.connection().execute(text("SELECT reason FROM hold ORDER BY id")).scalars().all()
    assert reasons == ["views fell by 80 %", "holidays"]


def test_a_run_has_no_end_until_it_ends(store):
    """A killed run stays without an exit code; a finished one says how it ended."""
    first = store.runs.start(W46, AS_OF)
    assert first == Run(first.id, W46, AS_OF, None, None, "")
    second = store.runs.start(W46, AS_OF)
    store.runs.finish(second.id, 1, "3 sent, 1 refused", LATER)
    ended = Run(second.id, W46, AS_OF, LATER, 1, "3 sent, 1 refused")
    assert store.runs.of_week(W46) == [first, ended]
    assert store.runs.newest(W46) == ended
    assert store.runs.newest(W46.plus(1)) is None


def test_a_run_that_was_not_started_cannot_end(store):
    """Finishing an unknown run is an error, not a silent nothing."""
    with pytest.raises(StoreError, match="no run 7 was started"):
        store.runs.finish(7, 0, "", AS_OF)


def test_a_store_belongs_to_its_first_instance(store, store_url):
    """A copied database under another configuration sends nothing and says why (knadh/listmonk#1801)."""
    store.bind_instance("acme-production")
    store.bind_instance("acme-production")
    with open_store(store_url) as copy:
        with pytest.raises(StoreError) as caught:
            copy.bind_instance("acme-staging")
        copy.bind_instance("acme-production")
    assert "belongs to instance 'acme-production'" in str(caught.value)
    assert "the configuration says 'acme-staging', so nothing is sent" in str(caught.value)


def test_what_a_week_was_held_for_outlives_the_decision(store):
    """A release lets through what it was about, which must be known afterwards."""
    assert store.holds.held_for(W46) == ""
    store.holds.place(W46, "views fell by 80 %", AS_OF)
    store.holds.place(W46, "a day is missing", LATER)
    store.holds.decide(W46, HoldState.RELEASED, "holidays", LATER)
    assert store.holds.held_for(W46) == "a day is missing"
    assert store.holds.held_for(W46.plus(1)) == ""
