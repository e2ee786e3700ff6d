"""`explain`: why somebody gets a digest, or does not."""

from typing import Annotated

import typer

from plugin_digest.cli.console import Invocation, write
from plugin_digest.cli.options import WeekOption


def explain(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            metavar="ADDRESS|TEAM|PLUGIN", help="A mail address, a team's key or name, or a plugin's id."
        ),
    ],
    week: WeekOption = None,
) -> None:
    """Say in sentences why an address, a team or a plugin is in the digests of a week, or is not.

    A week that was planned is explained by what it was planned with, and then what is otherwise now.
    """
    from plugin_digest import explaining
    from plugin_digest.cli.wiring import load
    from plugin_digest.model import REJECTED
    from plugin_digest.telling import Telling

    invocation: Invocation = context.obj
    setup = load(invocation)
    with setup.open_store() as store:
        wanted = setup.week(week)
        known, planned_with = setup.known_owners(store), store.ownerships.of(wanted)
        now = None
        if planned_with is None:
            then = setup.outlook(store, wanted)
        else:
            then = setup.draft_with(planned_with, store, wanted)
            now = None if known.hold else setup.outlook(store, wanted)
        past = Telling(wanted, then.ownership, store).past
        rows = store.deliveries.of_week(wanted, then.edition)
        seen = store.snapshots.first_seen()
    ground = explaining.Ground(then, rows, past, is_record=planned_with is not None, seen=seen)
    who = _bare(what)
    for sentence in (
        explaining.explain(who, ground) if now is None else explaining.explain_twice(who, ground, now)
    ):
        write(sentence)
    if then.hold.startswith(REJECTED):
        write(f"Nothing more is sent of {then.week}, {then.hold}.")
    elif then.hold:
        write(f"The whole of {then.week} is held: {then.hold}.")
    if known.hold:
        write(f"It could not be asked again: {known.hold}.")


def _bare(what: str) -> str:
    """The address of ``Name <address>``; anything else as it is."""
    from plugin_digest.deliver.address import addr_spec
    from plugin_digest.errors import Refused

    try:
        return addr_spec(what)
    except Refused:
        return what
