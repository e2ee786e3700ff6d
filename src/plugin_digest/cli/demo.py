"""`demo`: a made-up portal's export through the whole job."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plugin_digest.cli.console import Invocation, progress, write
from plugin_digest.errors import UsageError

if TYPE_CHECKING:
    from plugin_digest.cli.wiring import Setup
    from plugin_digest.model import Progress
    from plugin_digest.pipeline import Report

MARKER = ".plugin-digest-demo"


def demo(
    context: typer.Context,
    directory: Annotated[Path, typer.Option("--dir", metavar="DIR", help="Where.")] = Path("demo"),
) -> None:
    """Send a made-up portal's export through the whole job; DIR gets the mails and a page to see them."""
    from plugin_digest.demo import write_page, write_portal

    invocation: Invocation = context.obj
    _clear(directory)
    with progress(invocation) as advance:
        write_portal(directory, advance)
        setup, report = _work(directory, advance)
        page = directory / "index.html"
        mails = write_page(directory / "outbox", page, setup.settings.portal.name)
    write(f"{report.plan.week}: {mails} mails, one of them the portal digest")
    write(f"mails:  {directory / 'outbox'}/*.eml")
    write(f"config: {directory / 'digest.yaml'}")
    write(f"look:   {page.resolve().as_uri()}")
    raise typer.Exit(report.exit_code)


def _work(directory: Path, advance: "Progress") -> "tuple[Setup, Report]":
    """Pulls all weeks of the export, plans the last one and sends it, as if it were its slot now."""
    from plugin_digest.cli.wiring import load_file
    from plugin_digest.demo import LAST_WEEK

    moment = load_file(directory / "digest.yaml").settings.timetable.slot(LAST_WEEK).moment
    setup = load_file(directory / "digest.yaml", lambda: moment)
    with setup.open_store() as store:
        return setup, setup.run(store, LAST_WEEK, progress=advance)


def _clear(directory: Path) -> None:
    """Takes away an earlier demo; anything else that stands there is left alone.

    Raises:
        UsageError: the directory holds something that no demo made.
    """
    try:
        if directory.exists() and any(directory.iterdir()):
            if not (directory / MARKER).exists():
                raise UsageError(f"{directory} is not empty and no earlier demo; name another with --dir")
            shutil.rmtree(directory)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / MARKER).touch()
    except OSError as error:
        raise UsageError(f"{directory}: cannot make the demo there: {error.strerror}") from error
