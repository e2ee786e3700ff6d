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


class _Warning(str):
    """A line about something that is left out, and stops nothing."""

    __slots__ = ()


class _Failure(str):
    """A line about one of several things, of which the others are looked at all the same."""

    __slots__ = ()


def _try(name: str, look: Callable[[], Iterable[str]]) -> int:
    """Says what was found, or what is wrong; returns the exit code that this part asks for."""
    code = 0
    try:
        for line in look():
            write(f"{_verdict(line):<7} {name:<10} {line}")
            code = max(code, PluginDigestError.exit_code if isinstance(line, _Failure) else 0)
    except PluginDigestError as error:
        write(f"failed  {name:<10} {error}")
        return max(code, error.exit_code)
    return code


def _verdict(line: str) -> str:
    if isinstance(line, _Failure):
        return "failed"
    return "warning" if isinstance(line, _Warning) else "ok"


def _ownership(setup: "Setup") -> Iterator[str]:
    from plugin_digest.diff import unknown_teams

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
    for flaw in unknown_teams(owners, setup.settings.portal_team.teams):
        yield _Warning(flaw.sentence)
    for flaw in owners.flaws:
        yield f"{flaw.kind.value}: {flaw.sentence}"


def _indicators(setup: "Setup") -> Iterator[str]:
    """Reads them and stores nothing; a run leaves what is wrong out of the digests."""
    with setup.open_store() as store:
        owners = setup.ownership_or_last(store)
        readings = setup.read_indicators(store, setup.finished_weeks(1)[-1], owners)
    for reading in readings:
        found, *troubles = reading.lines
        if reading.is_failed:
            yield from map(_Failure, troubles)
        else:
            yield found
            yield from map(_Warning, troubles)


def _store(setup: "Setup") -> list[str]:
    with setup.open_store() as store:
        store.bind_instance(setup.settings.store.instance)
        weeks = store.snapshots.weeks()
    span = f"{len(weeks)} weeks stored, {weeks[0]} to {weeks[-1]}" if weeks else "no week stored yet"
    return [span]


def _templates(setup: "Setup") -> list[str]:
    setup.renderer().rehearse()
    return ["read and inlined; a made-up digest, portal digest and notice come out whole"]
