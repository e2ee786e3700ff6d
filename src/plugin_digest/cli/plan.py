"""`plan`: who would get what, and why; freezes and sends nothing."""

from typing import TYPE_CHECKING

import typer

from plugin_digest.cli.console import Invocation, write, write_table
from plugin_digest.cli.options import WeekOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugin_digest.model import Delivery
    from plugin_digest.plan import Draft, Plan

WOULD_BE_SENT = "would be sent"


def plan(context: typer.Context, week: WeekOption = None) -> None:
    """Show who would get what for a week, and why; nothing is frozen and nothing is sent."""
    from plugin_digest.cli.wiring import load

    invocation: Invocation = context.obj
    setup = load(invocation)
    with setup.open_store() as store:
        planned = setup.draft(store, setup.week(week))
        ledger = store.deliveries.of_week(planned.week, planned.edition)
    show(planned, ledger)


def show(planned: "Plan", ledger: "Sequence[Delivery]") -> None:
    """A row per recipient, with what the ledger says of it already.

    Raises:
        Held: the plan is held; shown first, so that a person sees what waits.
    """
    from plugin_digest.errors import Held
    from plugin_digest.model import canonical_address

    known = {(row.team, canonical_address(row.recipient)): row for row in ledger}
    rows = [
        (draft.team, recipient or "-", _fate(draft, planned, row), _subject(draft), draft.origin)
        for draft in planned.drafts
        for recipient in draft.recipients or ("",)
        for row in (known.get((draft.team, canonical_address(recipient))),)
    ]
    write_table(("team", "recipient", "what happens", "subject", "set in"), rows)
    mails = [row for row in rows if row[2] == WOULD_BE_SENT]
    write(f"{planned.week}: {len(mails)} mails would be sent, to {len({row[0] for row in mails})} teams")
    if planned.hold:
        raise Held(f"{planned.week} would be held: {planned.hold}")


def _fate(draft: "Draft", planned: "Plan", row: "Delivery | None") -> str:
    from plugin_digest.model import DeliveryState
    from plugin_digest.plan import fate

    if row is not None and row.state is DeliveryState.SENT:
        return "sent already"
    if row is not None and row.state in {DeliveryState.REFUSED, DeliveryState.UNKNOWN, DeliveryState.CLAIMED}:
        return row.reason
    state, reason = fate(planned, draft)
    if state is DeliveryState.PLANNED:
        return WOULD_BE_SENT
    return "held" if planned.hold and state is DeliveryState.HELD else reason


def _subject(draft: "Draft") -> str:
    return draft.letter.subject if draft.letter else ""
