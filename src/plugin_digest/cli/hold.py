"""`release` and `reject`: a person's word on a week that is held."""

from typing import TYPE_CHECKING

import typer

from plugin_digest.cli.console import Invocation, write
from plugin_digest.cli.options import ReasonOption, WeekOption

if TYPE_CHECKING:
    from plugin_digest.cli.wiring import Setup
    from plugin_digest.model import HoldState, Week
    from plugin_digest.store import Store


def release(context: typer.Context, week: WeekOption = None, reason: ReasonOption = "") -> None:
    """Let a held week be sent although its data look wrong."""
    from plugin_digest.model import HoldState

    _decide(context.obj, week, HoldState.RELEASED, reason)


def reject(context: typer.Context, week: WeekOption = None, reason: ReasonOption = "") -> None:
    """Let nothing be sent for a week."""
    from plugin_digest.model import HoldState

    _decide(context.obj, week, HoldState.REJECTED, reason)


def _is_held(setup: "Setup", store: "Store", week: "Week") -> bool:
    """Whether anything holds the week; what does so now is written down.

    A release lets that through, and nothing that comes up later.

    Raises:
        Held: it is not known who owns what, or there are no figures: nothing can be let through.
    """
    from plugin_digest.model import HoldState

    planned = setup.draft(store, week)
    known = store.holds.of(week)
    is_rejected = known is not None and known.state is HoldState.REJECTED
    if planned.hold and not is_rejected and (known is None or known.reason != planned.hold):
        store.holds.place(week, planned.hold, setup.clock())
    return bool(planned.hold) or (known is not None and known.state is HoldState.HELD)


def _decide(invocation: Invocation, text: str | None, state: "HoldState", reason: str) -> None:
    from plugin_digest.cli.wiring import load
    from plugin_digest.intake import refuse_unfinished
    from plugin_digest.telling import handed_over

    setup = load(invocation)
    week = setup.week(text)
    is_release = state.value == "released"
    if is_release:  # a word given in advance would let through whatever is wrong then
        refuse_unfinished(week, setup.request([week]))
    with setup.open_store() as store:
        if is_release and not _is_held(setup, store, week):
            write(f"{week}: nothing holds it; no word is needed, and none was kept")
            return
        store.holds.decide(week, state, reason or "no reason was given", setup.clock())
        gone = len(handed_over(store.deliveries.of_week(week)))
    if is_release:
        further = f"; next: plugin-digest send --week {week}"
    else:
        further = f"; {gone:,} of its mails had gone out before, no other will" if gone else ""
    write(f"{week}: {state.value}{further}")
