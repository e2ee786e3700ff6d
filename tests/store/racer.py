"""A process of its own for the race tests.

Reads lines ``WORD URL`` and does what `WORDS` has under the word. It says ``ready`` when it is as near to the
race as it can be, and starts when another line comes in.
"""

import json
import os
import sys
from datetime import UTC, date, datetime

from factories import snapshot
from plugin_digest.model import DeliveryState, Letter, PlannedDelivery, Week
from plugin_digest.store import Store, open_store

WEEK = Week(date(2026, 11, 9))
AT = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


def say(what) -> None:
    print(json.dumps(what), flush=True)


def start() -> None:
    say("ready")
    sys.stdin.readline()


def claim(store: Store) -> None:
    rows = store.deliveries.of_week(WEEK)
    start()
    say([row.id for row in rows if store.deliveries.claim(row.id, AT) is not None])


def plan(store: Store) -> None:
    start()
    for attempt in range(10):
        rows = [
            PlannedDelivery(WEEK, "ci", 1, f"{n}@x", DeliveryState.PLANNED, f"plan {attempt}", f"<{n}@x>")
            for n in range(30)
        ]
        store.deliveries.plan(rows if attempt % 2 else rows[::-1], AT)
    say("planned")


def add(store: Store) -> None:
    start()
    say([store.snapshots.add(snapshot(WEEK)).revision for _ in range(10)])


def freeze(store: Store) -> None:
    start()
    letter = Letter(f"subject of process {os.getpid()}", "h", "t")
    say([store.digests.freeze(WEEK, f"team-{n}", "T", 1, 1, letter, AT).letter.subject for n in range(10)])


def hold(store: Store) -> None:
    with store.sending(WEEK, lambda: say("waiting")):
        say("holding")
        sys.stdin.readline()


def claim_and_hold(store: Store) -> None:
    """Dies with a claimed row in its hands, if it is killed."""
    with store.sending(WEEK, lambda: say("waiting")):
        store.deliveries.claim(store.deliveries.of_week(WEEK)[0].id, AT)
        say("holding")
        sys.stdin.readline()


WORDS = {word.__name__: word for word in (claim, plan, add, freeze, hold, claim_and_hold)}


def main() -> None:
    for line in iter(sys.stdin.readline, ""):
        word, url = line.split()
        if word == "open":
            start()
            open_store(url).close()
            say("opened")
            continue
        with open_store(url) as store:
            WORDS[word](store)


if __name__ == "__main__":
    main()
