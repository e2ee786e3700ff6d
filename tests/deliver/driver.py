"""A sending process for the tests that kill it: the real store and transport, the real order of steps."""

import os
import signal
import threading
from contextlib import nullcontext

from deliver.letters import LETTERHEAD
from factories import W46
from plugin_digest.deliver.message import build
from plugin_digest.deliver.pace import Pace, RetryPolicy
from plugin_digest.deliver.send import deliver
from plugin_digest.deliver.smtp import SmtpTransport
from plugin_digest.model import Delivery
from plugin_digest.store import Store, open_store
from plugin_digest.weeks import now


def send(url: str, port: int, kill_before: str = "", *, has_lock: bool = True) -> None:
    """Sends the week; dies right before it would claim the row of the recipient ``kill_before``."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    smtp = SmtpTransport("127.0.0.1", port, security="none", timeout_s=10, final_timeout_s=10)
    with open_store(url) as store, smtp, store.sending(W46, lambda: None) if has_lock else nullcontext():
        if has_lock:
            store.deliveries.strand(W46, "unknown: the sender stopped", now())
        _work_off(store, smtp, stop, kill_before)


def _work_off(store: Store, smtp: SmtpTransport, stop: threading.Event, kill_before: str) -> None:
    digests = {digest.id: digest for digest in store.digests.of_week(W46)}

    def compose(row: Delivery) -> bytes:
        assert row.digest_id is not None
        return build(digests[row.digest_id], row, LETTERHEAD)

    def check_before(row: Delivery) -> None:
        if row.recipient == kill_before:
            os.kill(os.getpid(), signal.SIGKILL)

    deliver(
        store.deliveries,
        store.deliveries.of_week(W46),
        compose,
        smtp,
        sender=LETTERHEAD.sender,
        clock=now,
        retry=RetryPolicy((0.05,)),
        pace=Pace(),
        stop=stop,
        check_before=check_before,
    )
