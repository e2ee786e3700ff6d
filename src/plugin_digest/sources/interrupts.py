"""Ctrl-C while DuckDB works: it swallows the interrupt and raises an error of its own in its place."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_TOLD = "Query interrupted"


@contextmanager
def interruptible(interrupt: Callable[[], object]) -> Iterator[None]:
    """Raises KeyboardInterrupt where DuckDB made a RuntimeError of it.

    ``interrupt`` is the connection's: DuckDB's own threads would go on with the query, and closing waits.
    """
    try:
        yield
    except RuntimeError as error:
        if str(error) != _TOLD:
            raise
        interrupt()
        raise KeyboardInterrupt from None
