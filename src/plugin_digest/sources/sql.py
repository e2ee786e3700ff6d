"""Text for SQL statements that DuckDB cannot take as prepared parameters: escaped literals and names."""

import glob
from collections.abc import Iterable
from pathlib import Path


def text_literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def name_literal(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def path_list(paths: Iterable[Path]) -> str:
    """A list of file names; DuckDB would take a ``*`` or ``[`` in them for a glob."""
    return f"[{', '.join(text_literal(glob.escape(str(path))) for path in paths)}]"
