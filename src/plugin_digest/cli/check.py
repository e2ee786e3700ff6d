"""`check`: the configuration, then everything that it names, a line each."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import typer

from plugin_digest.cli.console import Invocation, write
from plugin_digest.errors import PluginDigestError

if TYPE_CHECKING:
    from plugin_digest.cli.wiring import Setup


def check(context: typer.Context) -> None:
    """Validate the configuration, then reach the source, the store, the ownership and the mail server."""
    from plugin_digest.cli.wiring import load

    invocation: Invocation = context.obj
    setup = load(invocation)
    write(f"ok      config     {invocation.config}: {setup.settings.portal.name}")
    codes = [_try(name, look) for name, look in _looks(setup)]
    raise typer.Exit(max(codes))


def _looks(setup: "Setup") -> Iterator[tuple[str, Callable[[], Iterable[str]]]]:
    yield "ownership", lambda: _ownership(setup)
    yield "source", lambda: setup.source().check()
    if setup.settings.indicators:
        yield "indicators", lambda: _indicators(setup)
    yield "store", lambda: _store(setup)
    yield "templates", lambda: _templates(setup)
    yield "mail", setup.check_mail


def _try(name: str, look: Callable[[], Iterable[str]]) -> int:
    """Says what was found, or what is wrong; returns the exit code that this part asks for."""
    try:
        for line in look():
            write(f"ok      {name:<10} {line}")
    except PluginDigestError as error:
        write(f"failed  {name:<10} {error}")
        return error.exit_code
    return 0


def _ownership(setup: "Setup") -> Iterator[str]:
    for provider in setup.providers:
        yield from provider.check()
    with setup.open_store() as store:
        owners = setup.ownership(store)
    teams, plugins = owners.teams, owners.owned_plugins()
    recipients = {address for team in teams for address in team.recipients}
    yield f"{len(teams)} teams own {len(plugins)} plugins; {len(recipients)} recipients"
    for team in teams:
        if not team.recipients:
            yield f"team {team.key} has no recipients: it gets no digest"
        if not team.plugins:
            yield f"team {team.key} owns no plugin: it gets no digest"
    for flaw in owners.flaws:
        yield f"{flaw.kind.value}: {flaw.sentence}"


def _indicators(setup: "Setup") -> list[str]:
    """Reads them and stores nothing.

    Raises:
        Rejected: what is wrong with any of them; a run would leave it out of the digests.
    """
    from plugin_digest.errors import Rejected

    with setup.open_store() as store:
        owners = setup.ownership_or_last(store)
        readings = setup.read_indicators(store, setup.finished_weeks(1)[-1], owners)
    lines = [line for reading in readings for line in reading.lines]
    if any(reading.troubles for reading in readings):
        raise Rejected("; ".join(lines))
    return lines


def _store(setup: "Setup") -> list[str]:
    with setup.open_store() as store:
        store.bind_instance(setup.settings.store.instance)
        weeks = store.snapshots.weeks()
    span = f"{len(weeks)} weeks stored, {weeks[0]} to {weeks[-1]}" if weeks else "no week stored yet"
    return [span]


def _templates(setup: "Setup") -> list[str]:
    setup.renderer()
    return ["read and inlined"]
