"""Which files an export consists of, and what is in each, told from its name and its first kilobytes.

Owns globbing, formats, compression and the checks that DuckDB leaves out. Does not count anything.
"""

import csv
import glob
import gzip
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import duckdb

from plugin_digest.errors import Malformed, Rejected, Unreachable
from plugin_digest.sources.sql import path_list, text_literal
from plugin_digest.sources.zstd_frames import is_whole

Format = Literal["auto", "ndjson", "json", "csv", "parquet"]

HEAD_BYTES = 65_536
_FIRST_RECORDS = 50
_FORMATS: dict[str, Format] = {
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}
_COMPRESSIONS = (".gz", ".zst")
_RECORD_START = re.compile(r"^[\s\[]*\{", re.MULTILINE)


@dataclass(frozen=True)
class EventFile:
    """One file of the export.

    ``format`` is ``ndjson`` where each line is a whole JSON value, ``json`` where one array spans the
    file. ``columns`` are the names at its top: the header, or the keys of the first records. ``is_flat``
    where these have no ``event`` object.
    """

    path: Path
    format: Format
    columns: tuple[str, ...]
    is_flat: bool
    delimiter: str = ","


def find_files(pattern: str, form: Format, connection: duckdb.DuckDBPyConnection) -> list[EventFile]:
    """The files that the glob matches, in the order of their names.

    Raises:
        Rejected: none matches, or a file's format cannot be told.
        Unreachable: a file cannot be opened.
        Malformed: a file is empty, or cut off, or not what its name says.
    """
    paths = [Path(name) for name in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207 - absolute
    files = [_look_into(path, form, connection) for path in paths if not path.is_dir()]
    if not files:
        raise Rejected(f"no file matches {pattern}: source.path must name the event files")
    return files


def _look_into(path: Path, form: Format, connection: duckdb.DuckDBPyConnection) -> EventFile:
    try:
        if path.stat().st_size == 0:
            raise Malformed(f"{path}: the file is empty; write the export again or remove it")
        if path.suffix == ".zst" and not is_whole(path):
            raise Malformed(f"{path}: the Zstandard stream is cut off or damaged; copy the file again")
        form = _format_of(path) if form == "auto" else form
        if form == "parquet":
            return _parquet_file(path, connection)
        head = _read_head(path, connection)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise Malformed(f"{path}: the gzip stream is cut off or damaged; copy the file again") from None
    except OSError as error:
        raise Unreachable(f"{path}: cannot be opened: {error.strerror}") from None
    return _csv_file(path, head) if form == "csv" else _json_file(path, form, head)


def _format_of(path: Path) -> Format:
    name = path.name.removesuffix(path.suffix) if path.suffix in _COMPRESSIONS else path.name
    try:
        return _FORMATS[Path(name).suffix.lower()]
    except KeyError:
        raise Rejected(
            f"{path}: the name does not tell the format; end it in .ndjson, .json, .csv or .parquet "
            "(before .gz or .zst), or set source.format"
        ) from None


def _parquet_file(path: Path, connection: duckdb.DuckDBPyConnection) -> EventFile:
    try:
        rows = connection.execute(f"DESCRIBE FROM read_parquet({path_list([path])})").fetchall()
    except duckdb.Error:
        raise Malformed(f"{path}: not a whole Parquet file; copy the file again") from None
    types = {name: str(kind) for name, kind, *_ in rows}
    is_flat = not types.get("event", "").startswith(("STRUCT", "JSON"))
    return EventFile(path, "parquet", tuple(types), is_flat)


def _read_head(path: Path, connection: duckdb.DuckDBPyConnection) -> str:
    if path.suffix == ".zst":
        return _zstd_head(path, connection)
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        return file.read(HEAD_BYTES).decode(errors="replace")


def _zstd_head(path: Path, connection: duckdb.DuckDBPyConnection) -> str:
    """Python 3.11 has no Zstandard, DuckDB has."""
    lines = (
        f"SELECT left(line, {HEAD_BYTES}) FROM read_csv({path_list([path])}, auto_detect = false, "  # noqa: S608
        f"columns = {{'line': 'VARCHAR'}}, header = false, delim = {text_literal(chr(1))}, "
        "quote = '', escape = '') LIMIT 50"
    )
    try:
        rows = connection.execute(lines).fetchall()
    except duckdb.Error:
        raise Malformed(f"{path}: cannot be decompressed, or its lines are too long") from None
    return "\n".join(row[0] or "" for row in rows)


def _csv_file(path: Path, head: str) -> EventFile:
    header = head.removeprefix("\ufeff").split("\n", 1)[0].rstrip("\r")
    delimiter = max(",;\t|", key=header.count)
    columns = tuple(next(csv.reader([header], delimiter=delimiter), ()))
    if len(set(columns)) < len(columns):
        raise Malformed(f"{path}: line 1: two columns have the same name: {', '.join(columns)}")
    return EventFile(path, "csv", columns, is_flat=True, delimiter=delimiter)


def _json_file(path: Path, form: Format, head: str) -> EventFile:
    if head.startswith("\ufeff"):
        raise Malformed(f"{path}: begins with a byte order mark; write it as UTF-8 without one")
    records = list(islice(_records(head), _FIRST_RECORDS))
    is_flat = bool(records) and not any(isinstance(record.get("event"), dict) for record in records)
    has_lines = form == "ndjson" or _has_whole_lines(head)
    names = dict.fromkeys(name for record in records for name in record)
    return EventFile(path, "ndjson" if has_lines else "json", tuple(names), is_flat)


def _has_whole_lines(head: str) -> bool:
    """Whether the first line is a JSON value of its own, rather than the beginning of a long array."""
    text = head.lstrip()
    if not text.startswith("["):
        return True
    try:
        json.loads(text.split("\n", 1)[0])
    except ValueError:
        return False
    return True


def _records(head: str) -> Iterator[dict[str, Any]]:
    """The objects that begin a line and lie whole within the head."""
    decoder = json.JSONDecoder()
    for match in _RECORD_START.finditer(head):
        try:
            record, _ = decoder.raw_decode(head, match.end() - 1)
        except ValueError:
            continue
        yield record
