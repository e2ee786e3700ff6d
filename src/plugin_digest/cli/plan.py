"""`plan`: who would get what, and why; freezes and sends nothing."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from plugin_digest.cli.console import Invocation, write, write_table
from plugin_digest.cli.options import WeekOption

if TYPE_CHECKING:
    from plugin_digest.cli.wiring import Setup
    from plugin_digest.forecast import Forecast, Line
    from plugin_digest.model import Week
    from plugin_digest.plan import Plan
    from plugin_digest.store import Store


def plan(
    context: typer.Context,
    week: WeekOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as one JSON object.")] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Exit with 1 if a plugin has no owner, a team nobody to write to, or an owner is none.",
        ),
    ] = False,
) -> None:
    """Show who would get what for a week, where every owner and address comes from, and who is left out.

    Nothing is frozen and nothing is sent. What is new since the digests before is listed as well.
    """
    from plugin_digest.cli.wiring import load
    from plugin_digest.errors import Held
    from plugin_digest.forecast import forecast

    invocation: Invocation = context.obj
    setup = load(invocation)
    with setup.open_store() as store:
        planned = setup.draft(store, setup.week(week) if week else _next(setup, store))
        expected = forecast(planned, store.deliveries)
    if as_json:
        write(json.dumps(expected.as_json(), indent=2, ensure_ascii=False))
    else:
        write_forecast(expected)
    if check and expected.faults:
        raise typer.Exit(1)
    if planned.hold:
        raise Held(f"{planned.week} would be held: {planned.hold}")


def _next(setup: "Setup", store: "Store") -> "Week":
    """The week that is over and read but whose slot is still to come; else that of the latest slot."""
    ended = setup.finished_weeks(1)[-1]
    return ended if store.snapshots.newest(ended) is not None else setup.week(None)


def show(planned: "Plan", store: "Store") -> None:
    """As `plan` without options.

    Raises:
        Held: the plan is held; shown first, so that a person sees what waits.
    """
    from plugin_digest.errors import Held
    from plugin_digest.forecast import forecast

    write_forecast(forecast(planned, store.deliveries))
    if planned.hold:
        raise Held(f"{planned.week} would be held: {planned.hold}")


def write_forecast(expected: "Forecast") -> None:
    """The recipients, the plugins, what has changed, and what is wrong; each part only if there is any."""
    write_table(
        ("team", "recipient", "what happens", "subject", "address from"),
        [_row(line) for line in expected.lines],
    )
    mails = [line for line in expected.lines if line.would_be_sent]
    teams = len({line.team for line in mails})
    write(f"{expected.week}: {len(mails)} mails would be sent, to {teams} teams")
    if expected.plugins:
        write("")
        write_table(("plugin", "team", "owner from"), [(p.name, p.team, p.origin) for p in expected.plugins])
    for title, lines in expected.remarks.items():
        if lines:
            write("")
            write(f"{title}:")
            for line in lines:
                write(f"  {line}")


def _row(line: "Line") -> tuple[str, str, str, str, str]:
    return (line.team, line.recipient or "-", line.fate, line.subject, line.origin)
