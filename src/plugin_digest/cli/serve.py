"""`serve`: the scheduler, until it is asked to stop."""

import logging
from typing import TYPE_CHECKING

import typer

from plugin_digest.cli.console import Invocation

if TYPE_CHECKING:
    from plugin_digest.cli.wiring import Setup
    from plugin_digest.store import Store
    from plugin_digest.weeks import Slot

log = logging.getLogger(__name__)


def serve(context: typer.Context) -> None:
    """Run the weekly job at every slot, until SIGTERM; a slot missed while down is made up for once."""
    from plugin_digest import schedule
    from plugin_digest.cli.wiring import load

    invocation: Invocation = context.obj
    setup = load(invocation)
    with setup.open_store() as store, setup.stopping():
        store.bind_instance(setup.settings.store.instance)
        schedule.serve(
            setup.settings.timetable,
            run=lambda slot: attend(invocation, setup, slot),
            is_done=lambda slot: is_done(store, slot),
            clock=setup.clock,
            late_limit=setup.late_limit,
            stop=setup.stop,
        )


def attend(invocation: Invocation, started: "Setup", slot: "Slot") -> bool:
    """One attempt at a slot, with the configuration as it is now; whether the slot needs no other one."""
    from dataclasses import replace

    from plugin_digest.cli.wiring import load
    from plugin_digest.errors import Held, PluginDigestError

    try:
        setup = replace(load(invocation, started.clock), stop=started.stop)
        with setup.open_store() as store:
            report = setup.run(store, slot.week)
    except Held as error:
        log.error("%s", error)  # noqa: TRY400 - a line for the operator, not a traceback
        return True
    except PluginDigestError as error:
        log.error("%s: %s", slot.week, error)  # noqa: TRY400
        return False
    log.info("%s: %d mails sent", slot.week, report.outcome.sent)
    if report.exit_code:
        log.warning("%s: not all is delivered; see: plugin-digest status --week %s", slot.week, slot.week)
    return not (report.outcome.deferred or report.outcome.left or report.outcome.stopped)


def is_done(store: "Store", slot: "Slot") -> bool:
    """Whether the slot's week was run to an end: nothing is left to try."""
    from plugin_digest.model import OPEN_STATES, DeliveryState

    run = store.runs.newest(slot.week)
    if run is None or run.exit_code is None or run.exit_code not in (0, 1, 4):
        return False
    waiting = OPEN_STATES | {DeliveryState.CLAIMED}
    return not any(row.state in waiting for row in store.deliveries.of_week(slot.week))
