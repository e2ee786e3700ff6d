"""A request to stop: from a signal to an event that a run looks at."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic
from types import FrameType


@contextmanager
def stopping(stop: Event, insist_s: float = 1.0) -> Iterator[None]:
    """SIGTERM and SIGINT set ``stop``: the mail in hand is finished and nothing new is begun.

    Asked again later than ``insist_s``, it ends at once: whoever insists does not want to wait for a mail
    server. Sooner it is the same request: ``timeout`` and other parents send each signal twice.
    """
    asked: list[float] = []

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.append(monotonic())
        if asked[-1] - asked[0] > insist_s:
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
