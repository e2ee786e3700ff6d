"""Sending: `deliver` over a real ledger against a bare smtplib loop that reuses its connection.

Run as ``python tests/bench/bench_send.py``. The sink has a process of its own and answers at once or after
10 ms. Both senders hand over the same prepared bytes, so that only the sending is compared. The second line
of each pair leaves the store out: what is between the two is the price of knowing after a crash who has mail.
"""

import asyncio
import multiprocessing
import smtplib
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from plugin_digest.deliver.message import Letterhead, build, message_id
from plugin_digest.deliver.pace import Pace, RetryPolicy
from plugin_digest.deliver.send import deliver
from plugin_digest.deliver.smtp import SmtpTransport
from plugin_digest.model import Delivery, DeliveryState, FrozenDigest, Image, Letter, PlannedDelivery, Week
from plugin_digest.store import Store, open_store

WEEK = Week(date(2026, 11, 9))
AT = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
ROUNDS = 5
LETTERHEAD = Letterhead(
    "Developer Portal <portal@acme.example>", "portal@acme.example", "Digest", "https://acme.example"
)
LETTER = Letter(
    "CI Platform: jenkins +31 % users",
    "<!DOCTYPE html><html>" + '<tr><td class="n">jenkins</td><td>1 234</td></tr>\n' * 440 + "</html>",
    "jenkins 1 234 +31 %\n" * 40,
    tuple(Image(f"spark-{n}", bytes(range(210))) for n in range(20)),
)


async def _serve(delay_s: float, ready: Any) -> None:
    async def answer(writer: asyncio.StreamWriter, text: bytes) -> None:
        if delay_s:
            await asyncio.sleep(delay_s)
        writer.write(text + b"\r\n")

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(writer, b"220 sink")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                await answer(writer, b"354 go on")
                await reader.readuntil(b"\r\n.\r\n")
            await answer(writer, b"221 bye" if verb == b"QUIT" else b"250 ok")
        writer.close()

    server = await asyncio.start_server(session, "127.0.0.1", 0, limit=2**22)
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _sink(delay_s: float, ready: Any) -> None:
    asyncio.run(_serve(delay_s, ready))


@contextmanager
def sink(delay_s: float) -> Iterator[int]:
    """The port of a server that takes everything."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_sink, args=(delay_s, there), daemon=True)
    process.start()
    yield here.recv()
    process.terminate()
    process.join()


def recipient(number: int) -> str:
    return f"team-{number}@acme.example"


def identifier(number: int) -> str:
    return message_id(WEEK, "ci", 1, recipient(number), "acme.example")


def written() -> bytes:
    """The mail that everybody gets here."""
    frozen = FrozenDigest(1, WEEK, "ci", "CI", 1, 1, AT, LETTER)
    state = DeliveryState.CLAIMED
    row = Delivery(1, WEEK, "ci", 1, recipient(0), state, "", identifier(0), 1, 1, AT, None)
    return build(frozen, row, LETTERHEAD)


def bare(port: int, count: int) -> float:
    """Seconds for ``count`` mails with smtplib alone."""
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port, "localhost") as client:
        for number in range(count):
            client.sendmail("portal@acme.example", [recipient(number)], PREPARED)
    return time.perf_counter() - began


class Forgetful:
    """A ledger that keeps nothing."""

    def __init__(self, rows: Sequence[Delivery]) -> None:
        self._rows = {row.id: row for row in rows}

    def get(self, id: int) -> Delivery | None:  # noqa: A002 - as the port names it
        return self._rows.get(id)

    def claim(self, id: int, at: datetime) -> Delivery | None:  # noqa: A002
        return self._rows[id]

    def unclaim(self, id: int, reason: str) -> None:  # noqa: A002
        pass

    def finish(self, id: int, state: DeliveryState, reason: str, at: datetime) -> bool:  # noqa: A002
        return True


class Timed:
    """Passes calls on and adds up the time that they take, by name."""

    def __init__(self, inner: Any, spent: dict[str, float]) -> None:
        self._inner = inner
        self._spent = spent

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def timed(*args: Any) -> Any:
            began = time.perf_counter()
            try:
                return method(*args)
            finally:
                self._spent[name] = self._spent.get(name, 0.0) + time.perf_counter() - began

        return timed


@contextmanager
def planned(count: int) -> Iterator[tuple[Store, list[Delivery]]]:
    """A new SQLite store with so many rows to send."""
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{folder}/digest.db") as store:
        frozen = store.digests.freeze(WEEK, "ci", "CI", 1, 1, LETTER, AT)
        rows = [
            PlannedDelivery(
                WEEK, "ci", 1, recipient(n), DeliveryState.PLANNED, "planned", identifier(n), frozen.id
            )
            for n in range(count)
        ]
        store.deliveries.plan(rows, AT)
        yield store, store.deliveries.of_week(WEEK)


def ours(port: int, count: int, spent: dict[str, float], *, has_store: bool) -> float:
    """Seconds for ``count`` mails with `deliver`; ``spent`` says where."""
    with planned(count) as (store, rows):
        began = time.perf_counter()
        with SmtpTransport("127.0.0.1", port, security="none") as transport:
            outcome = deliver(
                Timed(store.deliveries if has_store else Forgetful(rows), spent),
                rows,
                lambda row: PREPARED,
                Timed(transport, spent),
                sender="portal@acme.example",
                clock=lambda: datetime.now(UTC),
                retry=RetryPolicy(()),
                pace=Pace(),
                stop=threading.Event(),
            )
        took = time.perf_counter() - began
        assert outcome.sent == count
        return took


def compare(port: int, count: int, *, has_store: bool) -> None:
    """Both senders in turns, against drift of the machine; the median of each."""
    spent: dict[str, float] = {}
    pairs = [(bare(port, count), ours(port, count, spent, has_store=has_store)) for _ in range(ROUNDS)]
    theirs_s, ours_s = (statistics.median(times) for times in zip(*pairs, strict=True))
    parts = ", ".join(f"{name} {total / ROUNDS / count * 1e3:.2f}" for name, total in spent.items())
    print(
        f"  {'SQLite' if has_store else 'no store'}: smtplib {count / theirs_s:5.0f}/s,"
        f" deliver {count / ours_s:5.0f}/s, ratio {theirs_s / ours_s:.2f}; ms per mail: {parts}"
    )


def main() -> None:
    print(f"sending {len(PREPARED) / 1000:.1f} kB mails over one connection; aim: a ratio of at least 0.8")
    for delay_s, count in ((0.0, 400), (0.010, 40)):
        print(f" {delay_s * 1e3:.0f} ms per reply")
        with sink(delay_s) as port:
            for has_store in (True, False):
                compare(port, count, has_store=has_store)


PREPARED = written()

if __name__ == "__main__":
    main()
