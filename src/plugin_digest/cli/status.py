"""`status`: the ledger of a week, with reasons."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plugin_digest.cli.console import Invocation, write, write_table
from plugin_digest.cli.options import WeekOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugin_digest.model import Delivery, Hold, Run, Week


def status(
    context: typer.Context,
    week: WeekOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list of ledger rows.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 unless every mail is sent or left out with a reason.")
    ] = False,
) -> None:
    """Show what became of every mail of a week, and why."""
    from plugin_digest.cli.wiring import load

    invocation: Invocation = context.obj
    setup = load(invocation)
    wanted = setup.week(week)
    with setup.open_store() as store:
        rows = store.deliveries.of_week(wanted)
        run = store.runs.newest(wanted)
        hold = store.holds.of(wanted)
    if as_json:
        write(json.dumps([_row(row) for row in rows], indent=2))
    else:
        _write(wanted, rows, run, hold)
    raise typer.Exit(1 if check and not is_settled(rows) else 0)


def is_settled(rows: "Sequence[Delivery]") -> bool:
    """Whether digests were planned, and nobody waits for one or may have missed one."""
    from plugin_digest.model import NOTICE, DeliveryState

    digests = [row for row in rows if row.team != NOTICE]
    return bool(digests) and all(row.state in {DeliveryState.SENT, DeliveryState.SKIPPED} for row in digests)


def _write(wanted: "Week", rows: "Sequence[Delivery]", run: "Run | None", hold: "Hold | None") -> None:
    if not rows:
        write(f"{wanted}: nothing is planned yet")
    else:
        write_rows(rows)
    if hold is not None:
        write(f"{wanted}: {hold.state.value}: {hold.reason}")
    if run is not None:
        write(f"{wanted}: {_ended(run)}")


def write_rows(rows: "Sequence[Delivery]") -> None:
    """The rows as a table, and how many there are of each state."""
    write_table(
        ("team", "recipient", "state", "attempts", "reason"),
        [(row.team, row.recipient or "-", row.state.value, row.attempts, row.reason) for row in rows],
        numbers=(3,),
    )
    write(f"{rows[0].week}: {counts(rows)}")


def counts(rows: "Sequence[Delivery]") -> str:
    """``63 sent, 1 refused``: states in the order of the ledger's life."""
    from plugin_digest.model import DeliveryState

    found = [(state, sum(1 for row in rows if row.state is state)) for state in DeliveryState]
    return ", ".join(f"{number} {state.value}" for state, number in found if number) or "nothing"


def _row(row: "Delivery") -> dict[str, Any]:
    return {
        "week": str(row.week),
        "team": row.team,
        "edition": row.edition,
        "recipient": row.recipient,
        "state": row.state.value,
        "reason": row.reason,
        "message_id": row.message_id,
        "attempts": row.attempts,
        "finished_at": None if row.finished_at is None else row.finished_at.isoformat(timespec="seconds"),
    }


def _ended(run: "Run") -> str:
    if run.finished_at is None:
        return f"a run started at {run.started_at:%Y-%m-%d %H:%M} UTC and has not ended"
    ended = f"{run.finished_at:%Y-%m-%d %H:%M} UTC with exit code {run.exit_code}"
    return f"last run ended at {ended}: {run.summary}"
