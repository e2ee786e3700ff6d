"""`optout`: who wants no mail."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from plugin_digest.cli.console import Invocation, write, write_table

if TYPE_CHECKING:
    from plugin_digest.cli.wiring import Setup
    from plugin_digest.model import OptOut
    from plugin_digest.store import Store

BY = "optout add"
EVERY_TEAM = "every team"
EVERYBODY = "everybody"

WhoArgument = Annotated[str, typer.Argument(metavar="ADDRESS|TEAM", help="A mail address, or a team's key.")]
OfTeamOption = Annotated[
    str | None, typer.Option("--team", metavar="T", help="Only this team's digest (its key, or portal).")
]


def add(
    context: typer.Context,
    who: WhoArgument,
    team: OfTeamOption = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept with it and shown by plan.")] = "",
) -> None:
    """Write no more to an address, or to a whole team; what is planned already is not sent either."""
    setup = _load(context)
    with setup.open_store() as store:
        opt_out = _named(setup, store, who, team, reason)
        is_new = store.opt_outs.add(opt_out, setup.clock())
    write(f"{_words(opt_out)} {'gets no more mail' if is_new else 'has left already'}")


def remove(context: typer.Context, who: WhoArgument, team: OfTeamOption = None) -> None:
    """Write again to an address or a team that had left."""
    from plugin_digest.errors import UsageError

    setup = _load(context)
    with setup.open_store() as store:
        opt_out = _found(store, who, team)
        if opt_out is None or not store.opt_outs.remove(opt_out.address, opt_out.team):
            raise UsageError(
                f"{who} has not left{f' team {team}' if team else ''}; see: plugin-digest optout list"
            )
    write(f"{_words(opt_out)} gets mail again")


def show(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list.")] = False,
) -> None:
    """Show who has left, and how."""
    from dataclasses import asdict

    with _load(context).open_store() as store:
        found = store.opt_outs.all()
    if as_json:
        write(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
        return
    write_table(
        ("address", "team", "by", "reason"),
        [(one.address or EVERYBODY, one.team or EVERY_TEAM, one.by, one.reason) for one in found],
    )
    write(f"{len(found)} opt-outs")


def _load(context: typer.Context) -> "Setup":
    from plugin_digest.cli.wiring import load

    invocation: Invocation = context.obj
    return load(invocation)


def _named(setup: "Setup", store: "Store", who: str, team: str | None, reason: str) -> "OptOut":
    """Raises UsageError if there is no such team; an address need not be known yet."""
    from plugin_digest.model import OptOut, canonical_address

    if "@" in who:
        (key,) = setup.teams(store, [team]) if team else ("",)
        return OptOut(canonical_address(_address(who)), key, BY, reason)
    _refuse_option(team)
    (key,) = setup.teams(store, [who])
    return OptOut("", key, BY, reason)


def _found(store: "Store", who: str, team: str | None) -> "OptOut | None":
    """The stored one, whether the team still exists or not."""
    from plugin_digest.model import canonical_address

    if "@" not in who:
        _refuse_option(team)
    address, key = (canonical_address(who), (team or "").lower()) if "@" in who else ("", who.lower())
    return next((one for one in store.opt_outs.all() if (one.address, one.team) == (address, key)), None)


def _refuse_option(team: str | None) -> None:
    from plugin_digest.errors import UsageError

    if team is not None:
        raise UsageError("--team goes with an address: a whole team leaves by its key alone")


def _address(text: str) -> str:
    from plugin_digest.deliver.address import addr_spec
    from plugin_digest.errors import Refused, UsageError

    try:
        return addr_spec(text)
    except Refused as error:
        raise UsageError(str(error)) from error


def _words(opt_out: "OptOut") -> str:
    if not opt_out.address:
        return f"the team {opt_out.team}"
    return f"{opt_out.address}, as a reader of {opt_out.team}," if opt_out.team else opt_out.address
