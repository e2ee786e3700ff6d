"""`preview`: one digest as it would be sent."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plugin_digest.cli.console import Invocation, write
from plugin_digest.cli.options import WeekOption

if TYPE_CHECKING:
    from collections.abc import Callable

    from plugin_digest.cli.mailing import LedgerMailer
    from plugin_digest.model import Letter
    from plugin_digest.plan import Draft, Owners, Plan


class Format(StrEnum):
    """What a preview shows of a mail."""

    HTML = "html"
    TEXT = "text"
    EML = "eml"


def preview(
    context: typer.Context,
    team: Annotated[
        str,
        typer.Argument(
            metavar="TEAM",
            help="A team's key, portal, or keys of teams that somebody gets as one, joined by +.",
        ),
    ],
    week: WeekOption = None,
    format: Annotated[Format, typer.Option("--format", help="What to show.")] = Format.TEXT,  # noqa: A002
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it to this file.")] = None,
) -> None:
    """Show one team's digest as it would be sent; pictures stand inside the HTML."""
    from plugin_digest.cli.wiring import load
    from plugin_digest.errors import Held, UsageError

    invocation: Invocation = context.obj
    setup = load(invocation)
    with setup.open_store() as store:
        wanted = setup.week(week)
        (key,) = setup.digests(store, wanted, [team])
        planned = setup.draft(store, wanted, (key,))
        mailer = setup.mailer(store)
    one = next((draft for draft in planned.drafts if draft.team.key == key), None)
    if one is None:
        raise Held(f"{planned.week}: nobody gets the digest of {key}")
    if one.letter is None:
        raise Held(f"{planned.week}: team {key} gets no digest: {one.reason}")
    content = _content(mailer, planned, one, format, setup.renderer().reason)
    if output is None:
        sys.stdout.buffer.write(content)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise UsageError(f"{output}: cannot write there: {error.strerror}") from error
    write(f"{output}: {one.letter.subject}")


def _content(
    mailer: "LedgerMailer",
    planned: "Plan",
    one: "Draft",
    format: Format,  # noqa: A002
    why: "Callable[[Owners, str, Letter | None], str]",
) -> bytes:
    """As its first reader would get it."""
    from plugin_digest.deliver.message import for_reader

    assert one.letter is not None
    reader = next((reader for reader in one.readers if not reader.left_out), one.readers[0])
    reason = why(planned.owners_in(one), reader.origin, one.letter)
    letter = for_reader(one.letter, reason)
    if format is Format.TEXT:
        return f"Subject: {letter.subject}\n\n{letter.text}".encode()
    if format is Format.HTML:
        return with_pictures(letter).encode()
    return mailer.message(planned, one, reader, reason)


def with_pictures(letter: "Letter") -> str:
    """The HTML with each ``cid:`` picture inside, so that a browser shows it."""
    from base64 import b64encode

    html = letter.html
    for image in letter.images:
        html = html.replace(f'"cid:{image.name}"', f'"data:image/png;base64,{b64encode(image.png).decode()}"')
    return html
