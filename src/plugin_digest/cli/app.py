"""The command line's shape: the options before the command, and the list of commands."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from plugin_digest import __version__
from plugin_digest.cli import (
    check,
    demo,
    explain,
    export,
    hold,
    init,
    optout,
    owners,
    plan,
    preview,
    pull,
    run,
    send,
    serve,
    status,
)
from plugin_digest.cli.console import Invocation, configure_logging

HELP_OPTIONS = ["-h", "--help"]


class HelpFirst(TyperGroup):
    """Answers `COMMAND --help` before any option is looked at.

    Looking at options makes typer import pydantic, which takes longer than all of the help.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        name = next((word for word in args if word in self.commands), None)
        rest = args[args.index(name) + 1 :] if name is not None else []
        if name is not None and not set(HELP_OPTIONS).isdisjoint(rest):
            command = self.commands[name]
            command.make_context(name, rest if isinstance(command, HelpFirst) else ["--help"], parent=ctx)
        return super().parse_args(ctx, args)


app = typer.Typer(
    name="plugin-digest",
    cls=HelpFirst,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": HELP_OPTIONS},
)


@dataclass(frozen=True)
class Command:
    """How a command stands in the list of commands, and a call of it that works."""

    call: Callable[..., None]
    summary: str
    example: str


COMMANDS = {
    "demo": Command(demo.demo, "A made-up portal through the whole job.", "plugin-digest demo --dir demo"),
    "init": Command(init.init, "Write the example configuration.", "plugin-digest init /etc/plugin-digest"),
    "check": Command(
        check.check,
        "Validate the configuration and reach what it names.",
        "plugin-digest --config /etc/plugin-digest/digest.yaml check",
    ),
    "pull": Command(pull.pull, "Read figures from the source.", "plugin-digest pull --weeks 12"),
    "plan": Command(
        plan.plan, "Who would get what, and why; sends nothing.", "plugin-digest plan --week 2026-W46"
    ),
    "explain": Command(
        explain.explain,
        "Why somebody gets a digest, or does not.",
        "plugin-digest explain jane@acme.example",
    ),
    "preview": Command(
        preview.preview,
        "One digest as it would be sent.",
        "plugin-digest preview ci-platform --format html --output digest.html",
    ),
    "send": Command(
        send.send,
        "Deliver what is not delivered yet.",
        "plugin-digest send --week 2026-W46 --team ci-platform --to me@acme.example",
    ),
    "run": Command(run.run, "pull + send once, for cron and Kubernetes.", "plugin-digest --quiet run"),
    "serve": Command(serve.serve, "Run the weekly job at every slot.", "plugin-digest serve"),
    "status": Command(
        status.status, "The ledger, with reasons.", "plugin-digest status --week 2026-W46 --json"
    ),
    "export": Command(
        export.export,
        "Stored figures for other tools.",
        "plugin-digest export --weeks 12 --format csv > figures.csv",
    ),
    "release": Command(
        hold.release,
        "Let a held week be sent.",
        'plugin-digest release --week 2026-W46 --reason "the outage is known"',
    ),
    "reject": Command(
        hold.reject,
        "Let nothing be sent for a week.",
        'plugin-digest reject --week 2026-W46 --reason "half of the events are lost"',
    ),
}


@dataclass(frozen=True)
class Group:
    """Commands under a common word."""

    summary: str
    commands: dict[str, Command]


GROUPS = {
    "owners": Group(
        "Who owns the plugins that were used.",
        {
            "discover": Command(
                owners.discover,
                "Look for owners, for a teams.yaml to start from.",
                "plugin-digest owners discover --weeks 12 --output teams.new.yaml",
            )
        },
    ),
    "optout": Group(
        "Who wants no mail.",
        {
            "add": Command(
                optout.add,
                "Write no more to an address or a team.",
                'plugin-digest optout add jane@acme.example --reason "has left the company"',
            ),
            "remove": Command(
                optout.remove, "Write to it again.", "plugin-digest optout remove jane@acme.example"
            ),
            "list": Command(optout.show, "Who has left, and how.", "plugin-digest optout list --json"),
        },
    ),
}


EVERY_COMMAND = {
    **COMMANDS,
    **{f"{group} {name}": command for group in GROUPS for name, command in GROUPS[group].commands.items()},
}
"""By all of its words."""


def _add(home: typer.Typer, commands: dict[str, Command]) -> None:
    for name, command in commands.items():
        home.command(name, short_help=command.summary, epilog=f"Example: {command.example}")(command.call)


_add(app, COMMANDS)
for _name, _group in GROUPS.items():
    _inner = typer.Typer(cls=HelpFirst, help=_group.summary, no_args_is_help=True)
    _inner.callback()(lambda: None)  # keeps a group with one command a group
    _add(_inner, _group.commands)
    app.add_typer(_inner, name=_name)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"plugin-digest {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path,
        typer.Option(envvar="PLUGIN_DIGEST_CONFIG", help="The configuration file.", show_default=True),
    ] = Path("config/digest.yaml"),
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more; show tracebacks.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Log warnings and errors only.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Weekly usage digests for the teams that own Backstage plugins."""
    invocation: Invocation = context.obj
    if verbose and quiet:
        raise typer.BadParameter("--verbose and --quiet exclude each other")
    invocation.config, invocation.verbose, invocation.quiet = config, verbose, quiet
    configure_logging(invocation)
