"""`serve`: the scheduler, until it is asked to stop."""

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import typer

from plugin_digest.cli.console import Invocation
from plugin_digest.cli.stopping import stopping

if TYPE_CHECKING:
    from plugin_digest.cli.wiring import Setup
    from plugin_digest.errors import PluginDigestError
    from plugin_digest.pipeline import Report
    from plugin_digest.store import Store
    from plugin_digest.weeks import Slot

log = logging.getLogger(__name__)


def serve(context: typer.Context) -> None:
    """Run the weekly job at every slot, until SIGTERM; a slot missed while down is made up for once."""
    from plugin_digest import schedule
    from plugin_digest.cli.wiring import load

    invocation: Invocation = context.obj
    setup = load(invocation)
    with setup.open_store() as store, stopping(setup.stop):
        store.bind_instance(setup.settings.store.instance)
        attendant = Attendant(invocation, setup)
        schedule.serve(
            setup.settings.timetable,
            run=attendant.run,
            is_done=lambda slot: is_done(store, slot),
            clock=setup.clock,
            late_limit=setup.late_limit,
            stop=setup.stop,
            tell=attendant.tell,
        )


@dataclass
class Attendant:
    """Runs slots as ``started``, with the configuration as it is then.

    What another attempt may mend is not mailed to the portal team at once: it is kept for `tell`.
    """

    invocation: Invocation
    started: "Setup"
    trouble: "PluginDigestError | None" = None

    def run(self, slot: "Slot") -> bool:
        """One attempt at a slot; whether it needs no other one."""
        from plugin_digest.errors import Held, OwnersUnknown, PluginDigestError

        self.trouble = None
        try:
            return self._attempt(slot)
        except Held as error:
            log.error("%s", error)  # noqa: TRY400 - a line for the operator, not a traceback
            return not isinstance(error, OwnersUnknown)
        except PluginDigestError as error:
            log.error("%s: %s", slot.week, error)  # noqa: TRY400
            return False

    def tell(self, slot: "Slot") -> None:
        """Mails the portal team what the last attempt failed with."""
        if self.trouble is not None:
            with self.started.open_store() as store:
                self.started.tell(store, slot.week, self.trouble)

    def _attempt(self, slot: "Slot") -> bool:
        from plugin_digest.cli.wiring import load

        setup = replace(load(self.invocation, self.started.clock), stop=self.started.stop)
        with setup.open_store() as store:

            def hear(error: "PluginDigestError") -> None:
                if is_passing(error):
                    self.trouble = error
                else:
                    setup.tell(store, slot.week, error)

            return is_complete(slot, setup.run(store, slot.week, tell=hear))


def is_passing(error: "PluginDigestError") -> bool:
    """Whether another attempt may well end otherwise."""
    from plugin_digest.errors import OwnersUnknown, SourceError

    return isinstance(error, OwnersUnknown | SourceError)


def is_complete(slot: "Slot", report: "Report") -> bool:
    """Whether nothing is left to send; says what became of the slot."""
    log.info("%s: %d mails sent", slot.week, report.outcome.sent)
    if report.exit_code:
        log.warning("%s: not all is delivered; see: plugin-digest status --week %s", slot.week, slot.week)
    return not (report.outcome.deferred or report.outcome.left or report.outcome.stopped)


def is_done(store: "Store", slot: "Slot") -> bool:
    """Whether the slot's week was run to an end: nothing is left to try."""
    from plugin_digest.asking import waits_for_owners
    from plugin_digest.errors import Held
    from plugin_digest.model import OPEN_STATES, DeliveryState

    run = store.runs.newest(slot.week)
    if run is None or run.exit_code is None or run.exit_code not in (0, 1, 4):
        return False
    if run.exit_code == Held.exit_code and waits_for_owners(store.holds.of(slot.week)):
        return False
    waiting = OPEN_STATES | {DeliveryState.CLAIMED}
    return not any(row.state in waiting for row in store.deliveries.of_week(slot.week))
