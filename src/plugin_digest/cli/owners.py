"""`owners discover`: what analytics reported beside what the places know, and a teams.yaml made of it."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plugin_digest.cli.console import Invocation, count_words, write, write_table

if TYPE_CHECKING:
    from plugin_digest.cli.wiring import Setup
    from plugin_digest.ownership import Provider
    from plugin_digest.ownership.findings import Discovery, Finding

SCHEMA = "teams.schema.json"


class Format(StrEnum):
    """How findings are shown."""

    TABLE = "table"
    YAML = "yaml"
    JSON = "json"


def discover(
    context: typer.Context,
    weeks: Annotated[
        int | None,
        typer.Option(
            "--weeks", metavar="N", min=1, max=520, help="The last N stored weeks; else all of them."
        ),
    ] = None,
    repository: Annotated[
        Path | None,
        typer.Option(
            "--repository",
            metavar="DIR",
            exists=True,
            file_okay=False,
            help="A checkout of the plugins' repository, asked after all places of the configuration.",
        ),
    ] = None,
    format: Annotated[  # noqa: A002
        Format | None,
        typer.Option(
            "--format", help="How to show it: a table, or with --output a teams.yaml, if not given."
        ),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it to this new file.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Look for the owner of every plugin that analytics reported, and write a teams.yaml to start from.

    Every place of the configuration is asked. Ids that differ in punctuation only become aliases in the
    file, to be checked; ids that are less alike are offered in comments.
    """
    from plugin_digest.cli.wiring import load
    from plugin_digest.errors import UsageError

    invocation: Invocation = context.obj
    if output is not None and format is Format.TABLE:
        raise UsageError("a table is for the terminal; --output takes --format yaml or json")
    if output is not None and output.exists() and not force:
        raise UsageError(f"{output}: exists already; name a new file, or replace it with --force")
    found = _discovery(load(invocation), weeks, repository)
    if output is not None:
        _save(found, output, format or Format.YAML, force=force)
        write(f"{output}: {_summary(found)}")
        return
    WRITERS[format or Format.TABLE](found)


def _discovery(setup: "Setup", weeks: int | None, repository: Path | None) -> "Discovery":
    from plugin_digest.ownership.discover import discover, seen_in
    from plugin_digest.ownership.joining import ask

    with setup.open_store() as store:
        stored = store.snapshots.weeks()
        wanted = stored if weeks is None else stored[-weeks:]
        seen = seen_in(store.snapshots.newest_of(wanted).values())
    providers = (*setup.providers, *_checkout(repository))
    packages = [package for provider in providers for package in provider.packages()]
    return discover(seen, ask(providers, seen, with_co_owners=True), packages, wanted)


def _checkout(directory: Path | None) -> "tuple[Provider, ...]":
    from plugin_digest.ownership.places import make_provider
    from plugin_digest.ownership_settings import RepositoryOwnership

    if directory is None:
        return ()
    return (make_provider(RepositoryOwnership(type="repository", path=directory.absolute()), {}),)


def _save(found: "Discovery", output: Path, format: Format, *, force: bool) -> None:  # noqa: A002
    from plugin_digest.errors import UsageError
    from plugin_digest.ownership.teams_file import teams_yaml

    schema = f"./{SCHEMA}" if (output.parent / SCHEMA).is_file() else ""
    content = _as_json(found) if format is Format.JSON else teams_yaml(found, schema)
    try:
        with output.open("w" if force else "x", encoding="utf-8") as file:
            file.write(content)
    except OSError as error:
        raise UsageError(f"{output}: cannot write there: {error.strerror}") from error


def _write_table(found: "Discovery") -> None:
    rows = [row for finding in found.findings for row in _rows(found, finding)]
    if rows:
        write_table(("plugin", "found", "owner", "views", "weeks", "evidence"), rows, numbers=(3, 4))
    write(_summary(found))
    if found.ownership.flaws:
        write(f"faults in what the places say: {len(found.ownership.flaws)}; --format json lists them")
    if not found.weeks:
        write("no week is stored yet, so no plugin was seen; next: plugin-digest pull --weeks 12")
    write("next: plugin-digest owners discover --output teams.new.yaml")


def _rows(found: "Discovery", finding: "Finding") -> "Iterator[tuple[object, ...]]":
    """A row for a finding, or one for each of its candidates."""
    from plugin_digest.ownership.wording import finding_words, likely_words

    owner = found.team(finding.owner).key if finding.owner else "-"
    seen = finding.seen
    start = found.spelling(finding.plugin), finding.kind.value
    numbers = (count_words(seen.views), seen.weeks) if seen else ("-", "-")
    for likely in finding.candidates:
        yield (*start, f"{likely.evidence[0].owner}?", *numbers, likely_words(likely))
    if not finding.candidates:
        yield (*start, owner, *numbers, finding_words(finding))


def _summary(found: "Discovery") -> str:
    from plugin_digest.ownership.findings import Kind
    from plugin_digest.ownership.wording import weeks_words

    counts = ", ".join(f"{len(found.of(kind))} {kind.value}" for kind in Kind)
    return f"{len(found.findings)} plugins: {counts} ({weeks_words(found)})"


def _as_json(found: "Discovery") -> str:
    content = {
        "weeks": [str(week) for week in found.weeks],
        "places": found.places,
        "plugins": [_plugin(found, finding) for finding in found.findings],
        "flaws": [asdict(flaw) for flaw in found.ownership.flaws],
    }
    return json.dumps(content, indent=1) + "\n"


def _plugin(found: "Discovery", finding: "Finding") -> dict[str, Any]:
    from plugin_digest.model import is_known

    seen = finding.seen
    return {
        "plugin": finding.plugin,
        "found": finding.kind.value,
        "owner": found.team(finding.owner).key if finding.owner else None,
        "weeks": seen.weeks if seen else 0,
        "last_week": str(seen.last) if seen else None,
        "views": seen.views if seen and is_known(seen.views) else None,
        "alias_of": finding.alias_of or None,
        "how": finding.how or None,
        "evidence": [asdict(evidence) for evidence in finding.evidence],
        "candidates": [asdict(likely) for likely in finding.candidates],
        "remark": finding.remark or None,
    }


def _write_yaml(found: "Discovery") -> None:
    from plugin_digest.ownership.teams_file import teams_yaml

    sys.stdout.buffer.write(teams_yaml(found).encode())


def _write_json(found: "Discovery") -> None:
    sys.stdout.buffer.write(_as_json(found).encode())


WRITERS = {Format.TABLE: _write_table, Format.YAML: _write_yaml, Format.JSON: _write_json}
