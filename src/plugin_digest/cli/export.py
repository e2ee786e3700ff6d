"""`export`: stored figures for other tools."""

import json
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plugin_digest.cli.console import Invocation
from plugin_digest.cli.options import WeekOption, WeeksOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugin_digest.figures import Figure

PARQUET_TYPES = {
    "week": "VARCHAR",
    "scope": "VARCHAR",
    "key": "VARCHAR",
    "views": "BIGINT",
    "users": "BIGINT",
    "status": "VARCHAR",
    "revision": "INTEGER",
    "as_of": "TIMESTAMPTZ",
}


class Format(StrEnum):
    """How figures are written."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def export(
    context: typer.Context,
    format: Annotated[Format, typer.Option("--format", help="How to write them.")],  # noqa: A002
    week: WeekOption = None,
    weeks: WeeksOption = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")] = None,
) -> None:
    """Write stored figures, a row per week and plugin, team or portal; all stored weeks by default."""
    from plugin_digest.cli.wiring import load
    from plugin_digest.errors import UsageError
    from plugin_digest.figures import figures

    invocation: Invocation = context.obj
    if week is not None and weeks is not None:
        raise UsageError("--week and --weeks exclude each other")
    setup = load(invocation)
    with setup.open_store() as store:
        stored = store.snapshots.weeks()
        wanted = [setup.week(week)] if week else stored if weeks is None else stored[-weeks:]
        rows = figures(store.snapshots.newest_of(wanted).values())
    if not rows:
        raise UsageError("no figures are stored for that; see: plugin-digest pull --help")
    content = WRITERS[format](rows)
    if output is None:
        sys.stdout.buffer.write(content)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise UsageError(f"{output}: cannot write there: {error.strerror}") from error


def as_csv(rows: "Sequence[Figure]") -> bytes:
    """A text that a spreadsheet would take for a formula begins with ``'``."""
    from plugin_digest import figures

    return figures.as_csv(rows).encode()


def as_json(rows: "Sequence[Figure]") -> bytes:
    return (json.dumps([asdict(row) for row in rows], indent=1) + "\n").encode()


def as_parquet(rows: "Sequence[Figure]") -> bytes:
    """Typed columns: whole numbers where there are counts, a moment in ``as_of``, text elsewhere."""
    import tempfile

    import duckdb

    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as engine:
        source, target = Path(scratch, "figures.json"), Path(scratch, "figures.parquet")
        source.write_bytes(as_json(rows))
        engine.read_json(str(source), columns=PARQUET_TYPES).write_parquet(str(target))
        return target.read_bytes()


WRITERS = {Format.CSV: as_csv, Format.JSON: as_json, Format.PARQUET: as_parquet}
