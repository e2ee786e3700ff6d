"""`plan`: who would get what, and why; freezes and sends nothing."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from plugin_digest.cli.console import Invocation, write, write_table
from plugin_digest.cli.options import OneWeekOption

if TYPE_CHECKING:
    from plugin_digest.cli.wiring import Setup
    from plugin_digest.forecast import Forecast, Line
    from plugin_digest.model import Week
    from plugin_digest.plan import Plan
    from plugin_digest.store import Store


def plan(
    context: typer.Context,
    week: OneWeekOption = None,
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

    Nothing is frozen and nothing is sent. What is new since the last digests is listed as well. Without
    --week it is the week that is mailed next; one that is not read yet is planned without subjects.
    """
    from plugin_digest.cli.wiring import load
    from plugin_digest.errors import Held
    from plugin_digest.forecast import forecast

    invocation: Invocation = context.obj
    setup = load(invocation)
    with setup.open_store() as store:
        planned = setup.outlook(store, setup.week(week) if week else _next(setup, store))
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
    """The week that is mailed next: that of the latest slot, or once nothing of it is left the one after.

    A week that is over and read comes before its slot, too.
    """
    ended, week = setup.finished_weeks(1)[-1], setup.week(None)
    if store.snapshots.newest(ended) is not None and not _is_settled(ended, store):
        return ended
    while _is_settled(week, store):
        week = week.plus(1)
    return week


def _is_settled(week: "Week", store: "Store") -> bool:
    """Whether nothing of the week is to be sent any more."""
    from plugin_digest.model import DeliveryState, HoldState

    hold = store.holds.of(week)
    if hold is not None and hold.state is HoldState.REJECTED:
        return True
    ended = {DeliveryState.SENT, DeliveryState.SKIPPED, DeliveryState.REFUSED, DeliveryState.UNKNOWN}
    rows = store.deliveries.of_week(week, 1)
    return bool(store.digests.of_week(week)) and all(row.state in ended for row in rows)


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
    if not expected.is_read:
        write(f"{expected.week} is not read yet: who would get a digest, not what it would say")
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
