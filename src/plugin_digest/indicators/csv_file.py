"""An indicator in a CSV file: a header, then a row per week and key.

Owns the reading of CSV and what its errors mean. Commas, semicolons and tabs are told apart by the header.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from plugin_digest.errors import Malformed, Rejected
from plugin_digest.indicators.reading import Reading, Request
from plugin_digest.indicators.rows import MOST_ROWS, Row, values_of
from plugin_digest.model import Indicator, Scope

MOST_BYTES = 64 * 2**20
_DELIMITERS = ",;\t"


@dataclass(frozen=True)
class CsvSource:
    """``columns`` maps the fields of a `Row` to the names of the file's columns.

    ``optional`` are fields whose column need not be there.
    """

    indicator: Indicator
    scope: Scope
    path: Path
    columns: Mapping[str, str]
    optional: frozenset[str] = frozenset()

    def read(self, request: Request) -> Reading:
        """As `Source.read`.

        Raises:
            Rejected: there is no such file, or a column is missing.
            Malformed: it is no CSV in UTF-8, or too large.
        """
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                if self.path.stat().st_size > MOST_BYTES:
                    raise Malformed(f"{self.path} is larger than {MOST_BYTES // 2**20} MB")
                return values_of(self._rows(file), self.indicator, self.scope, request)
        except UnicodeDecodeError:
            raise Malformed(f"{self.path} is not UTF-8 text; save it as UTF-8") from None
        except OSError as error:
            raise Rejected(f"{self.path} cannot be read: {error.strerror}") from None

    def _rows(self, file: TextIO) -> Iterator[Row]:
        first = file.readline()
        file.seek(0)
        reader = csv.reader(file, delimiter=self._delimiter(first), strict=True)
        line = 1
        try:
            header = [name.strip() for name in next(reader, [])]
            places = self._places(header)
            line = reader.line_num + 1
            for number, cells in enumerate(reader):
                if number == MOST_ROWS:
                    raise Malformed(f"{self.path} has more than {MOST_ROWS:,} rows")
                if any(cell.strip() for cell in cells):
                    yield self._row(f"{self.path}:{line}", cells, header, places)
                line = reader.line_num + 1
        except csv.Error as error:
            raise Malformed(f"{self.path}:{line}: is no CSV: {error}") from None

    def _delimiter(self, header: str) -> str:
        """The one by which the header gives the most of the wanted columns."""
        wanted = set(self.columns.values())
        return max(_DELIMITERS, key=lambda sign: len(wanted & {_bare(name) for name in header.split(sign)}))

    def _places(self, header: Sequence[str]) -> dict[str, int]:
        """Where each field's column is.

        Raises:
            Rejected: one is missing, or there twice.
        """
        places = {}
        for name, column in self.columns.items():
            if (count := header.count(column)) == 1:
                places[name] = header.index(column)
            elif count or name not in self.optional:
                found = ", ".join(header) or "nothing"
                what = "two columns" if count else "no column"
                raise Rejected(f"{self.path}:1: has {what} {column!r}; its header has: {found}")
        return places

    def _row(self, where: str, cells: Sequence[str], header: Sequence[str], places: Mapping[str, int]) -> Row:
        if len(cells) != len(header):
            return Row(where, flaw=f"has {len(cells)} cells where the header has {len(header)}")
        return Row(where, **{name: cells[place] for name, place in places.items()})


def _bare(name: str) -> str:
    return name.strip().strip('"').strip()
