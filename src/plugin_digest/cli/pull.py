"""`pull`: reads weeks from the source and stores them."""

import logging
from typing import TYPE_CHECKING, Annotated

import typer

from plugin_digest.cli.console import Invocation, count_words, progress, write, write_table
from plugin_digest.cli.options import OneWeekOption, WeeksOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugin_digest.cli.wiring import Setup
    from plugin_digest.model import Snapshot, Week
    from plugin_digest.store import Store

log = logging.getLogger(__name__)


def pull(
    context: typer.Context,
    week: OneWeekOption = None,
    weeks: WeeksOption = None,
    again: Annotated[
        bool, typer.Option("--again", help="With --weeks: read weeks anew that are stored and settled.")
    ] = False,
) -> None:
    """Read figures from the source and store them as snapshots.

    Without --week and --weeks: the last whole week, and what is missing or was not settled before it.
    With --weeks, what is stored and settled is not read again, so that a long pull can be called once more
    to go on where it stopped.
    """
    from plugin_digest import intake
    from plugin_digest.cli.wiring import load
    from plugin_digest.errors import NotCovered, UsageError

    invocation: Invocation = context.obj
    if week is not None and weeks is not None:
        raise UsageError("--week and --weeks exclude each other")
    setup = load(invocation)
    with setup.open_store() as store, progress(invocation) as report:
        if week is not None:
            wanted = [setup.week(week)]
        elif weeks is not None:
            wanted = _left(setup, store, weeks, again=again)
        else:
            wanted = intake.weeks_to_pull(setup.finished_weeks(1)[-1], store.snapshots)
        try:
            request = setup.request(wanted, setup.ownership_or_last(store))
            read = intake.pull(setup.source(), store.snapshots, request, report)
        except NotCovered as error:
            if weeks is None or len(wanted) == weeks:
                raise
            log.info("what is not stored is not in the source: %s", error)
            read = []
        if read:
            newest, owners = max(snapshot.week for snapshot in read), setup.ownership_or_last(store)
            periods = setup.periods(store, newest, owners)
            intake.pull_periods(setup.source(), store.periods, request, periods, report)
            setup.store_indicators(store, newest, owners)
    _write(read)


def _left(setup: "Setup", store: "Store", count: int, *, again: bool) -> "list[Week]":
    """Those of the last ``count`` weeks that are still to be read."""
    from plugin_digest.intake import unsettled

    weeks = setup.finished_weeks(count)
    if again:
        return weeks
    sets = setup.plugin_sets(setup.ownership_or_last(store))
    left = unsettled(weeks, store.snapshots, sets)
    if len(left) < len(weeks):
        log.info(
            "%d of %d weeks are stored and settled; --again reads them anew",
            len(weeks) - len(left),
            len(weeks),
        )
    return left


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
