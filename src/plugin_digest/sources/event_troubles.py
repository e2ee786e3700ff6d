"""DuckDB's complaints about event files in our words.

Its texts quote rows, and rows name users: only the file's name is taken from them.
"""

import glob

import duckdb

from plugin_digest.errors import Malformed, Rejected, SourceError, Unreachable

_TROUBLES: tuple[tuple[str, type[SourceError], str], ...] = (
    ("Unexpected end of GZIP", Malformed, "the gzip stream is cut off or damaged; copy the file again"),
    ("GZIP", Malformed, "the gzip stream is damaged; copy the file again"),
    ("ZSTD", Malformed, "the Zstandard stream is damaged; copy the file again"),
    ("Malformed JSON", Malformed, "is not whole JSON; write the export again"),
    ("maximum_object_size", Malformed, "holds a line of more than 16 MB; write one event a line"),
    ("No space left", Unreachable, "no space left to sort its events in; make room for temporary files"),
    ("max_temp_directory_size", Unreachable, "no space left to sort its events in"),
)
"""Words in DuckDB's error, and what to say instead."""


def own_error(error: duckdb.Error, pattern: str, memory_limit_mb: int) -> SourceError:
    """The error to raise instead, with the file that DuckDB names."""
    text = str(error)
    named = sorted((name for name in glob.glob(pattern, recursive=True) if name in text), key=len)  # noqa: PTH207
    file = named[-1] if named else pattern
    for words, kind, message in _TROUBLES:
        if words in text:
            return kind(f"{file}: {message}")
    if isinstance(error, duckdb.OutOfMemoryException):
        return Rejected(f"{file}: cannot be counted within memory_limit_mb: {memory_limit_mb}; allow more")
    if isinstance(error, duckdb.IOException):
        return Unreachable(f"{file}: cannot be read to its end")
    return Malformed(f"{file}: cannot be read as its format says ({type(error).__name__})")
