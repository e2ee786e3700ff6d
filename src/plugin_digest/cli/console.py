"""What a person sees: results on stdout, logs and progress on stderr."""

import logging
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedWriter, FileIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

    from plugin_digest.model import Count, Progress


@dataclass
class Invocation:
    """The options before the command; filled in once they are parsed."""

    config: Path = Path("config/digest.yaml")
    verbose: bool = False
    quiet: bool = False


class _Unread(FileIO):
    """Throws away what nobody reads any more: whoever stops reading changes no exit code."""

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            return len(memoryview(data))


def lasting(stream: TextIO) -> TextIO:
    """The stream, so that neither a reader who goes away nor a letter that a terminal lacks is a failure."""
    if not isinstance(stream, TextIOWrapper):
        return stream
    stream.reconfigure(errors="replace")
    raw = getattr(stream.buffer, "raw", stream.buffer)  # Python's -u leaves out the buffer
    if not isinstance(raw, FileIO):
        return stream
    stream.flush()
    unread = _Unread(raw.fileno(), "wb", closefd=False)
    return TextIOWrapper(
        unread if raw is stream.buffer else BufferedWriter(unread),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def configure_logging(invocation: Invocation) -> None:
    level = logging.DEBUG if invocation.verbose else logging.WARNING if invocation.quiet else logging.INFO
    form = "%(message)s" if sys.stderr.isatty() else "%(asctime)s %(levelname)s %(message)s"
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format=form, force=True)
    logging.getLogger("plugin_digest").setLevel(level)


def report_error(text: str, invocation: Invocation) -> None:
    """One line on stderr (one per problem); the traceback only with ``--verbose``."""
    if invocation.verbose:
        traceback.print_exc()
    for line in text.splitlines():
        sys.stderr.write(f"plugin-digest: {line}\n")


def write(text: str) -> None:
    """A line of results."""
    sys.stdout.write(text + "\n")


def write_table(
    headings: Sequence[str], rows: Sequence[Sequence[object]], *, numbers: Sequence[int] = ()
) -> None:
    """Rows aligned under their headings; the columns in ``numbers`` to the right."""
    cells = [[str(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    for row in cells:
        aligned = (
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        write("  ".join(aligned).rstrip())


def count_words(count: "Count") -> str:
    """A count with thousands apart, or why there is none."""
    from plugin_digest.model import Absent

    return count.value if isinstance(count, Absent) else f"{count:,}"


@contextmanager
def progress(invocation: Invocation) -> Iterator["Progress"]:
    """A progress bar on a terminal, a log line for each new step elsewhere, nothing with ``--quiet``."""
    from plugin_digest.model import no_progress

    if invocation.quiet:
        yield no_progress
    elif sys.stderr.isatty():
        with _bar() as bar:
            yield bar
    else:
        yield _log_lines()


@contextmanager
def _bar() -> Iterator["Progress"]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def advance(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total or None)

        yield advance


def _log_lines() -> "Progress":
    log = logging.getLogger("plugin_digest.progress")
    said: set[str] = set()

    def advance(what: str, _done: int, total: int) -> None:
        step = what.split(" ", 1)[0]
        if step not in said:
            said.add(step)
            log.info("%s%s", what, f" ({total})" if total else "")

    return advance


def waiting() -> None:
    """Said once when another process is sending and this one waits for it."""
    logging.getLogger("plugin_digest").info("another process is sending; waiting for it to end")
