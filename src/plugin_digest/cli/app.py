"""The command line's shape: the options before the command, and the list of commands."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from plugin_digest import __version__
from plugin_digest.cli import check, demo, export, hold, init, plan, preview, pull, run, send, serve, status
from plugin_digest.cli.console import Invocation, configure_logging

HELP_OPTIONS = ["-h", "--help"]


class HelpFirst(TyperGroup):
    """Answers `COMMAND --help` before any option is looked at.

    Looking at options makes typer import pydantic, which takes longer than all of the help.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        name = next((word for word in args if word in self.commands), None)
        if name is not None and not set(HELP_OPTIONS).isdisjoint(args[args.index(name) + 1 :]):
            self.commands[name].make_context(name, ["--help"], parent=ctx)
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

for _name, _command in COMMANDS.items():
    app.command(_name, short_help=_command.summary, epilog=f"Example: {_command.example}")(_command.call)


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
