"""Processes that are killed, stopped and doubled, over the real store and a real SMTP server."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from deliver import driver
from deliver.letters import FROZEN_AT, delivery, letter
from deliver.servers import Do, Moment, ScriptedServer
from factories import W46
from plugin_digest.model import Delivery, DeliveryState, PlannedDelivery
from plugin_digest.store import Store, open_store

RECIPIENTS = [f"r{n}@acme.example" for n in range(1, 6)]
SENT, UNKNOWN, PLANNED = DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.PLANNED

PROCESSES = multiprocessing.get_context("forkserver")


@pytest.fixture(scope="module", autouse=True)
def _preloaded() -> None:
    """Processes are forked from one that has imported everything: a start takes 0.1 s and not 3."""
    tests = str(Path(__file__).parents[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", tests, prepend=os.pathsep)
        PROCESSES.set_forkserver_preload(["pytest", driver.__name__])
        forkserver.ensure_running()


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite, unless a test asks for ``postgresql``."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path}/digest.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A store with one frozen digest and a planned row for each recipient."""
    with open_store(url) as opened:
        frozen = opened.digests.freeze(W46, "ci", "CI Platform", 1, 1, letter(), FROZEN_AT)
        rows = [delivery(recipient=recipient) for recipient in RECIPIENTS]
        opened.deliveries.plan([_planned(row, frozen.id) for row in rows], FROZEN_AT)
        yield opened


def _planned(row: Delivery, digest_id: int) -> PlannedDelivery:
    return PlannedDelivery(
        row.week, row.team, row.edition, row.recipient, row.state, row.reason, row.message_id, digest_id
    )


def start(
    url: str, server: ScriptedServer, kill_before: str = "", *, has_lock: bool = True
) -> ForkServerProcess:
    process = PROCESSES.Process(
        target=driver.send, args=(url, server.port, kill_before), kwargs={"has_lock": has_lock}
    )
    process.start()
    return process


def run(url: str, server: ScriptedServer, kill_before: str = "") -> int | None:
    process = start(url, server, kill_before)
    process.join(30)
    return process.exitcode


def states(store: Store) -> list[DeliveryState]:
    return [row.state for row in store.deliveries.of_week(W46)]


@pytest.mark.parametrize("k", range(len(RECIPIENTS)))
def test_killed_between_two_mails(k, url, store):
    """Killed after k of n mails and started again: each recipient has one (getsentry/sentry#45470)."""
    with ScriptedServer() as server:
        assert run(url, server, kill_before=RECIPIENTS[k]) == -signal.SIGKILL
        assert server.recipients == RECIPIENTS[:k]
        assert run(url, server) == 0
        assert server.recipients == RECIPIENTS
        assert run(url, server) == 0
    assert server.recipients == RECIPIENTS
    assert states(store) == [SENT] * len(RECIPIENTS)


@pytest.mark.parametrize("k", range(len(RECIPIENTS)))
@pytest.mark.parametrize(
    ("step", "action"), [("MAIL", Do.DROP), ("DATA", Do.DROP), ("DOT", Do.DROP), ("DOT", Do.KEEP_AND_DROP)]
)
def test_killed_during_a_mail(k, step, action, url, store):
    """Killed during mail k of n and started again: k is in doubt and says so, the others have exactly one.

    Neither is anything lost nor anything doubled (getsentry/sentry#29853).
    """
    process = None

    def script(moment: Moment) -> Do | None:
        if (moment.step, moment.mail) != (step, k + 1) or moment.connection > 1:
            return None
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        return action

    with ScriptedServer(script) as server:
        process = start(url, server)
        process.join(30)
        assert process.exitcode == -signal.SIGKILL
        assert run(url, server) == 0
        assert run(url, server) == 0
    others = RECIPIENTS[:k] + RECIPIENTS[k + 1 :]
    is_kept = action is Do.KEEP_AND_DROP
    assert sorted(server.recipients) == (RECIPIENTS if is_kept else others)
    assert states(store) == [SENT] * k + [UNKNOWN] + [SENT] * (len(RECIPIENTS) - k - 1)
    assert store.deliveries.of_week(W46)[k].reason == "unknown: the sender stopped"


def test_a_resend_of_what_is_in_doubt_is_the_same_mail(url, store):
    """What a person opens again goes out with the same Message-ID, to the byte (getsentry/sentry#71855)."""
    with ScriptedServer(lambda m: Do.KEEP_AND_DROP if (m.step, m.mail) == ("DOT", 2) else None) as server:
        assert run(url, server) == 0
        doubtful = next(row for row in store.deliveries.of_week(W46) if row.state is UNKNOWN)
        store.deliveries.reopen(doubtful.id, "planned again on request")
        assert run(url, server) == 0
    first, second = (m.data for m in server.mails if m.recipient == doubtful.recipient)
    assert first == second
    assert states(store) == [SENT] * len(RECIPIENTS)


def test_sigterm_in_the_middle(url, store):
    """SIGTERM finishes the mail in hand and ends well; the rest is planned and sent by the next start.

    Others called the week finished with mails unsent (knadh/listmonk#2278, #2168).
    """
    process = None

    def script(moment: Moment) -> None:
        if (moment.step, moment.mail) == ("DOT", 2):
            assert process is not None
            os.kill(process.pid, signal.SIGTERM)
            time.sleep(0.2)

    with ScriptedServer(script) as server:
        process = start(url, server)
        process.join(30)
        assert process.exitcode == 0
        assert states(store) == [SENT, SENT, PLANNED, PLANNED, PLANNED]
        assert run(url, server) == 0
    assert server.recipients == RECIPIENTS
    assert states(store) == [SENT] * len(RECIPIENTS)


@pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("has_lock", [True, False])
def test_two_processes_at_once(has_lock, url, store):
    """Two processes that send the same week at once send each mail once, also by the claims alone.

    Two instances that took the same trigger sent everything twice (metabase/metabase#70474, #69577), as did
    two schedulers (apache/superset#22664).
    """

    def script(moment: Moment) -> None:
        if moment.step == "DATA":
            time.sleep(0.02)

    with ScriptedServer(script) as server:
        both = [start(url, server, has_lock=has_lock) for _ in range(2)]
        for process in both:
            process.join(30)
    assert [process.exitcode for process in both] == [0, 0]
    assert sorted(server.recipients) == RECIPIENTS
    assert states(store) == [SENT] * len(RECIPIENTS)
