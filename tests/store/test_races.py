"""What several processes do to one store at the same time."""

import json
import os
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest
from sqlalchemy import text

from factories import AS_OF, W46
from plugin_digest.model import DeliveryState, PlannedDelivery
from plugin_digest.store import open_store

TESTS = Path(__file__).parents[1]
RACER = Path(__file__).parent / "racer.py"
ROWS = 60


class Racer:
    """One process, for one race after the other: it takes long to start."""

    def __init__(self):
        path = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", str(RACER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )

    def hears(self):
        line = self.process.stdout.readline()
        assert line, "the process died; what it said is above"
        return json.loads(line)

    def tell(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def stable():
    """Racers that have run their race and can run another."""
    idle = []
    yield idle
    for racer in idle:
        racer.kill()


@pytest.fixture
def racer(store_url):
    """Starts a process with a word to do; killed at the end of the test."""
    started = []

    def start(word):
        started.append(Racer())
        started[-1].tell(f"{word} {store_url}")
        return started[-1]

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def race(stable, store_url):
    """What each of ``count`` processes says after all have started together."""

    def start(word, count):
        started = [stable.pop() if stable else Racer() for _ in range(count)]
        for one in started:
            one.tell(f"{word} {store_url}")
        assert [one.hears() for one in started] == ["ready"] * count
        for one in started:
            one.tell("go")
        said = [one.hears() for one in started]
        stable.extend(started)
        return said

    return start


def planned(store, count=ROWS):
    rows = [
        PlannedDelivery(W46, "ci", 1, f"{n}@x", DeliveryState.PLANNED, "planned", f"<{n}@x>")
        for n in range(count)
    ]
    store.deliveries.plan(rows, AS_OF)
    return [row.id for row in store.deliveries.of_week(W46)]


def test_a_row_is_claimed_by_one_of_several_processes(store, race):
    """Three processes claim the same rows at once; each row has one winner (metabase/metabase#70474)."""
    ids = planned(store)
    won = race("claim", 3)
    assert sorted(chain.from_iterable(won)) == sorted(ids)
    assert {row.attempts for row in store.deliveries.of_week(W46)} == {1}


def test_a_week_planned_by_two_processes_is_planned_once(store, race):
    """Two schedulers that plan the same week at once write one row for each (apache/superset#22664)."""
    assert race("plan", 2) == ["planned", "planned"]
    assert len(store.deliveries.of_week(W46)) == 30


def test_pulls_at_the_same_time_get_revisions_of_their_own(store, race):
    """Two processes that store the same week at once take turns at its revisions."""
    revisions = race("add", 2)
    assert sorted(revisions[0] + revisions[1]) == list(range(1, 21))
    assert store.snapshots.newest(W46).revision == 20


def test_a_digest_frozen_by_two_processes_is_one_letter(store, race):
    """Whichever froze it first, both go on with the same letter (getsentry/sentry#71855)."""
    first, second = race("freeze", 2)
    assert first == second
    assert len(store.digests.of_week(W46)) == 10


def test_a_new_store_is_opened_by_several_processes_at_once(store_url, race):
    """The tables are made once, by one of them; the others wait and go on (metabase/metabase#54478)."""
    assert race("open", 3) == ["opened"] * 3
    with open_store(store_url) as store:
        assert store.snapshots.weeks() == []


def test_one_process_sends_at_a_time(store, racer):
    """A second sender is told, waits, and goes on when the first is done (apache/superset#36264)."""
    other, told = racer("hold"), []
    assert other.hears() == "holding"

    def on_wait():
        told.append("waiting")
        other.tell("go")

    with store.sending(W46.plus(1), on_wait):
        assert told == ["waiting"]


def test_a_killed_sender_keeps_nobody_waiting(store, racer):
    """SIGKILL frees the lock; what the dead process had claimed is found (apache/superset#39779)."""
    planned(store, 2)
    other, told = racer("claim_and_hold"), []
    assert other.hears() == "holding"

    def on_wait():
        told.append("waiting")
        other.kill()

    with store.sending(W46, on_wait):
        stranded = store.deliveries.strand(W46, "unknown: the sender died", AS_OF)
    assert told == ["waiting"]
    assert [row.state for row in stranded] == [DeliveryState.UNKNOWN]


def test_waiting_for_the_lock_can_be_given_up(store, racer):
    """An error raised while waiting, as by a signal, ends the wait."""
    assert racer("hold").hears() == "holding"

    def on_wait():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), store.sending(W46, on_wait):
        pytest.fail("two senders at once")


def test_an_error_while_sending_frees_the_lock(store):
    """The lock does not outlive the block, however it ends, and the error comes through as it was."""
    with pytest.raises(RuntimeError, match="mail server"), store.sending(W46, lambda: None):
        raise RuntimeError("mail server on fire")
    with store.sending(W46, lambda: pytest.fail("nobody holds the lock")):
        pass


def test_a_sender_keeps_no_transaction_open(postgres_url):
    """The lock is held for as long as the mails take, and holds up no clean-up of the server meanwhile."""
    states = text("SELECT state FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE locktype = 'advisory'")
    with (
        open_store(postgres_url) as store,
        store.sending(W46, lambda: None),
        store._database.reading() as session,
    ):
        assert session.connection().execute(states).scalars().all() == ["idle"]
