"""`run`: pull and send once, for cron and Kubernetes."""

import typer

from plugin_digest.cli.console import Invocation, progress, waiting
from plugin_digest.cli.options import WeekOption
from plugin_digest.cli.send import finish
from plugin_digest.cli.stopping import stopping


def run(context: typer.Context, week: WeekOption = None) -> None:
    """Pull and send once: the latest slot's week, or the named one; for cron and Kubernetes."""
    from plugin_digest import intake
    from plugin_digest.cli.wiring import load

    invocation: Invocation = context.obj
    setup = load(invocation)
    wanted = setup.week(week)
    if week is None:
        intake.refuse_late(setup.settings.timetable.slot(wanted), setup.clock(), setup.late_limit)
    with setup.open_store() as store, progress(invocation) as advance, stopping(setup.stop):
        report = setup.run(store, wanted, waiting, advance)
    finish(report)
