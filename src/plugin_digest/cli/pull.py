"""`pull`: reads weeks from the source and stores them."""

from typing import TYPE_CHECKING

import typer

from plugin_digest.cli.console import Invocation, count_words, progress, write, write_table
from plugin_digest.cli.options import WeekOption, WeeksOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugin_digest.model import Snapshot


def pull(context: typer.Context, week: WeekOption = None, weeks: WeeksOption = None) -> None:
    """Read figures from the source and store them as snapshots.

    Without --week and --weeks: the last whole week, and what is missing or was not settled before it.
    """
    from plugin_digest import pipeline
    from plugin_digest.cli.wiring import load
    from plugin_digest.errors import UsageError

    invocation: Invocation = context.obj
    if week is not None and weeks is not None:
        raise UsageError("--week and --weeks exclude each other")
    setup = load(invocation)
    with setup.open_store() as store, progress(invocation) as report:
        if week is not None:
            wanted = [setup.week(week)]
        elif weeks is not None:
            wanted = setup.finished_weeks(weeks)
        else:
            wanted = pipeline.weeks_to_pull(setup.finished_weeks(1)[-1], store.snapshots)
        read = pipeline.pull(setup.source(), store.snapshots, setup.request(wanted), report)
    _write(read)


def _write(read: "Sequence[Snapshot]") -> None:
    write_table(
        ("week", "views", "users", "plugins", "status", "revision"),
        [
            (
                snapshot.week,
                count_words(snapshot.portal.views),
                count_words(snapshot.portal.users),
                len(snapshot.plugins),
                snapshot.status.value,
                snapshot.revision,
            )
            for snapshot in read
        ],
        numbers=(1, 2, 3, 5),
    )
    for snapshot in read:
        for note in snapshot.notes:
            write(f"{snapshot.week}: {note.text}")
