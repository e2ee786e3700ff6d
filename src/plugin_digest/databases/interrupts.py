"""Ctrl-C, and a limit of time, for a database that works inside this process.

Such an engine gives Python no turn while it works, so that a signal would wait for its end; DuckDB looks for
one now and then, and makes an error of its own of it.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Event
from typing import Any, TypeVar

T = TypeVar("T")
_TOLD = "Query interrupted"
_AGAIN_S = 0.2


def in_time(work: Callable[[], T], interrupt: Callable[[], object], timeout_s: float, over: Event) -> T:
    """The result of ``work``, which is done in a thread, so that this one hears signals.

    After ``timeout_s``, ``over`` is set and the engine interrupted: what it raises then comes out.
    """
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(work)
        try:
            if not wait([running], timeout_s).done:
                over.set()
                _end(running, interrupt)
        except BaseException:
            _end(running, interrupt)
            raise
    return running.result()


def _end(running: "Future[Any]", interrupt: Callable[[], object]) -> None:
    """An interrupt that comes before the engine has begun is lost, and so there may be another."""
    while not running.done():
        interrupt()
        wait([running], _AGAIN_S)


@contextmanager
def interruptible(interrupt: Callable[[], object]) -> Iterator[None]:
    """Raises KeyboardInterrupt where DuckDB made a RuntimeError of it, for short work in this thread.

    ``interrupt`` is the connection's: DuckDB's own threads would go on with the query, and closing waits.
    """
    try:
        yield
    except RuntimeError as error:
        if str(error) != _TOLD:
            raise
        interrupt()
        raise KeyboardInterrupt from None
