"""`explain`: why somebody gets a digest, or does not."""

from typing import Annotated

import typer

from plugin_digest.cli.console import Invocation, write
from plugin_digest.cli.options import WeekOption


def explain(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(metavar="ADDRESS|TEAM|PLUGIN", help="A mail address, a team's key or a plugin's id."),
    ],
    week: WeekOption = None,
) -> None:
    """Say in sentences why an address, a team or a plugin is in the digests of a week, or is not."""
    from plugin_digest import explaining
    from plugin_digest.cli.wiring import load

    invocation: Invocation = context.obj
    setup = load(invocation)
    with setup.open_store() as store:
        planned = setup.draft(store, setup.week(week))
        rows = store.deliveries.of_week(planned.week, planned.edition)
    for sentence in explaining.explain(what, planned, rows):
        write(sentence)
    if planned.hold:
        write(f"The whole of {planned.week} is held: {planned.hold}.")
