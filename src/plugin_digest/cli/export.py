"""`export`: stored figures for other tools."""

import json
import sys
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plugin_digest.cli.console import Invocation
from plugin_digest.cli.options import OneWeekOption, WeeksOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugin_digest.figures import Figure, OtherFigure
    from plugin_digest.model import Week
    from plugin_digest.store import Store

PARQUET_TYPES = {
    "figure": "VARCHAR",
    "value": "DOUBLE",
    "out_of": "DOUBLE",
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


class Kind(StrEnum):
    """Which figures are written; the columns differ."""

    USAGE = "usage"
    OTHER = "other"


def export(
    context: typer.Context,
    format: Annotated[Format, typer.Option("--format", help="How to write them.")],  # noqa: A002
    week: OneWeekOption = None,
    weeks: WeeksOption = None,
    figures: Annotated[
        Kind,
        typer.Option(
            "--figures",
            help="Views and users; or the others: indicators, users of 28 days, views of no plugin.",
        ),
    ] = Kind.USAGE,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")] = None,
) -> None:
    """Write stored figures, a row per week and plugin, team or portal; all stored weeks by default."""
    from plugin_digest.cli.wiring import load
    from plugin_digest.errors import UsageError

    invocation: Invocation = context.obj
    if week is not None and weeks is not None:
        raise UsageError("--week and --weeks exclude each other")
    setup = load(invocation)
    with setup.open_store() as store:
        stored = store.snapshots.weeks()
        wanted = [setup.week(week)] if week else stored if weeks is None else stored[-weeks:]
        table = _table(figures, store, wanted)
    if not table.rows:
        raise UsageError("no figures are stored for that; see: plugin-digest pull --help")
    content = WRITERS[format](table)
    if output is None:
        sys.stdout.buffer.write(content)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise UsageError(f"{output}: cannot write there: {error.strerror}") from error


@dataclass(frozen=True)
class Table:
    """Rows, all of one kind, and their columns."""

    columns: tuple[str, ...]
    rows: "Sequence[Figure] | Sequence[OtherFigure]"


def _table(kind: Kind, store: "Store", weeks: "Sequence[Week]") -> Table:
    """As the digests have it: under the aliases of the last plan, and with the plugins that it knew."""
    from plugin_digest import figures
    from plugin_digest.diff import aliases_of_stored, under_aliases
    from plugin_digest.model import Ownership

    snapshots = store.snapshots.newest_of(weeks).values()
    if kind is Kind.OTHER:
        return Table(figures.OTHER_COLUMNS, figures.other_figures(snapshots, store.indicators.of(weeks)))
    owners = store.ownerships.newest() or Ownership(())
    former = store.ownerships.aliases_since(min(weeks)) if weeks else ()
    aliases = aliases_of_stored(owners.aliases, former, owners.owned_plugins())
    known = owners.owned_plugins() | {aliases.get(one, one) for one in store.snapshots.first_seen()}
    return Table(figures.COLUMNS, figures.figures((under_aliases(one, aliases) for one in snapshots), known))


def as_csv(table: Table) -> bytes:
    """A text that a spreadsheet would take for a formula begins with ``'``."""
    from plugin_digest import figures

    return figures.as_csv(table.rows, table.columns).encode()


def as_json(table: Table) -> bytes:
    return (json.dumps([asdict(row) for row in table.rows], indent=1) + "\n").encode()


def as_parquet(table: Table) -> bytes:
    """Typed columns: numbers where there are figures, a moment in ``as_of``, text elsewhere."""
    import tempfile

    import duckdb

    types = {name: PARQUET_TYPES[name] for name in table.columns}
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as engine:
        source, target = Path(scratch, "figures.json"), Path(scratch, "figures.parquet")
        source.write_bytes(as_json(table))
        engine.read_json(str(source), columns=types).write_parquet(str(target))
        return target.read_bytes()


WRITERS = {Format.CSV: as_csv, Format.JSON: as_json, Format.PARQUET: as_parquet}
