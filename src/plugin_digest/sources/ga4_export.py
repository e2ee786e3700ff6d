"""One file of Google Analytics 4's "Download CSV": what days it covers and the rows of its table.

Owns the layouts (detail report, exploration) and the names that metrics have had over time and in the
languages of the interface. Numbers and dates are the same in all of them. Knows nothing of plugins.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from plugin_digest.errors import Malformed, Rejected, Unreachable

VIEWS = (
    "Views",
    "Screen views",
    "Aufrufe",
    "Vues",
    "Vistas",
    "Visualizaciones",
    "Visualizações",
    "Visualizzazioni",
    "Weergaven",
    "Visningar",
    "Wyświetlenia",
    "Просмотры",
    "表示回数",
    "조회수",
    "浏览次数",
    "瀏覽次數",
    "觀看次數",
)
USERS = (
    "Active users",
    "Users",
    "Total users",
    "Aktive Nutzer",
    "Nutzer",
    "Utilisateurs actifs",
    "Utilisateurs",
    "Usuarios activos",
    "Usuarios",
    "Usuários ativos",
    "Usuários",
    "Utenti attivi",
    "Utenti",
    "Actieve gebruikers",
    "Gebruikers",
    "Aktiva användare",
    "Användare",
    "Aktywni użytkownicy",
    "Активные пользователи",
    "アクティブ ユーザー",
    "활성 사용자",
    "活跃用户",
    "活躍使用者",
)
"""Names of one metric each, over time and in the languages of the interface. Of users, the first that a file
has is taken."""

_DATE = re.compile(r"[:\uff1a]\s*(\d{8})\s*$")
_RANGE = re.compile(r"^#\s*(\d{8})\s*-\s*(\d{8})\s*$")
_WHOLE_NUMBER = re.compile(r"(\d+)(\.0+)?")
_DIGIT_SPACES = dict.fromkeys(map(ord, " \u00a0\u2009\u202f"))


@dataclass(frozen=True)
class Span:
    """The days that a file says it covers, both included."""

    first_day: date
    last_day: date

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}"


@dataclass(frozen=True)
class Row:
    """``value`` is the first dimension's; ``users`` is None where the file has no such column."""

    value: str
    views: int
    users: int | None


@dataclass(frozen=True)
class Export:
    """A file's table. ``total`` is the exploration's own total row, if it has one."""

    span: Span
    rows: tuple[Row, ...]
    total: Row | None

    @property
    def has_users(self) -> bool:
        return any(row.users is not None for row in self.rows)


@dataclass(frozen=True)
class _Table:
    """One table as text; ``line`` is its header's, counted from 1."""

    span: Span | None
    line: int
    lines: tuple[str, ...]

    @property
    def delimiter(self) -> str:
        return max(",;\t", key=self.lines[0].count)

    @property
    def header(self) -> list[str]:
        return [name.strip() for name in next(csv.reader(self.lines[:1], delimiter=self.delimiter))]

    def column(self, names: Sequence[str]) -> int | None:
        """Where the first of ``names`` stands that the table has."""
        header = [_fold(name) for name in self.header]
        return next((header.index(_fold(name)) for name in names if _fold(name) in header), None)


def read_span(path: Path) -> Span:
    """The days that the file covers.

    Raises:
        Malformed: it does not say so.
    """
    return _span_of(path, _split_tables(path, _read_text(path)))


def read_export(path: Path, *, wants_users: bool) -> Export:
    """The file's figures; ``wants_users`` prefers a table with users, should it have several.

    Raises:
        Rejected: the file is an overview, or its columns are unknown.
        Malformed: a line cannot be read, or the figures contradict each other.
    """
    tables = _split_tables(path, _read_text(path))
    span = _span_of(path, tables)
    readings = [
        _read_rows(path, table)
        for table in _same_report(path, tables, span)
        if table.column(VIEWS) is not None
    ]
    if not readings:
        raise Rejected(_lacks_views(path, tables[0]))
    sums = {sum(row.views for row in rows) for rows, _ in readings}
    if len(sums) > 1:
        raise Malformed(f"{path}: its tables do not agree on the views: {sorted(sums)}; download it again")
    with_users = [reading for reading in readings if reading[0][0].users is not None]
    rows, total = with_users[0] if wants_users and with_users else readings[0]
    return Export(span, rows, total)


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed(f"{path}: is not UTF-8 text; download it again as CSV") from None
    except OSError as error:
        raise Unreachable(f"{path}: cannot be opened: {error.strerror}") from None


def _split_tables(path: Path, text: str) -> list[_Table]:
    """Tables end at a blank line; the comments before a table are its own."""
    tables, comments, start = [], list[str](), 0
    lines = [*text.split("\n"), ""]
    for number, line in enumerate(lines):
        if start and not line.strip():
            tables.append(_Table(_parse_span(path, comments), start, tuple(lines[start - 1 : number])))
            comments, start = [], 0
        elif not start and line.startswith("#"):
            comments.append(line)
        elif not start and line.strip():
            start = number + 1
    if not tables:
        raise Malformed(f"{path}: holds no table; download the report again")
    return tables


def _parse_span(path: Path, comments: Sequence[str]) -> Span | None:
    days = [match[1] for line in comments if (match := _DATE.search(line))]
    days = next((list(match.groups()) for line in comments if (match := _RANGE.match(line))), days)
    if len(days) < 2:  # noqa: PLR2004 - a first and a last day
        return None
    try:
        first, last = (datetime.strptime(day, "%Y%m%d").date() for day in days[:2])  # noqa: DTZ007 - days
    except ValueError:
        raise Malformed(f"{path}: {days[0]} to {days[1]} are no dates") from None
    return Span(first, last)


def _span_of(path: Path, tables: Sequence[_Table]) -> Span:
    span = tables[0].span
    if span is None or span.first_day > span.last_day:
        raise Malformed(f"{path}: does not say in its first lines which days it covers, as '# Start date:'")
    return span


def _same_report(path: Path, tables: Sequence[_Table], span: Span) -> Sequence[_Table]:
    """Reports of 2021 hold the same figures three times, the later tables with more columns."""
    dimensions = list(dict.fromkeys(table.header[0] for table in tables))
    if len(dimensions) > 1 or any(table.span not in (span, None) for table in tables):
        raise Rejected(
            f"{path}: holds {len(tables)} different tables (by {', '.join(dimensions)}); "
            "download a detail report such as 'Pages and screens', not an overview"
        )
    return tables


def _lacks_views(path: Path, table: _Table) -> str:
    return (
        f"{path}: line {table.line}: no column of views: found {', '.join(table.header)}; "
        f"known are {', '.join(VIEWS)}; download it with the interface in one of these languages"
    )


def _read_rows(path: Path, table: _Table) -> tuple[tuple[Row, ...], Row | None]:
    """The rows, and apart from them the total that an exploration puts first, with one field more."""
    views, users = table.column(VIEWS), table.column(USERS)
    assert views is not None
    width = len(table.header)
    rows: list[Row] = []
    total: Row | None = None
    for line, fields in _fields(path, table):
        is_total = not rows and total is None and len(fields) == width + 1 and not fields[0].strip()
        if len(fields) != width and not is_total:
            raise Malformed(f"{path}: line {line}: {len(fields)} fields where the header has {width}")
        known = None if users is None else _number(path, line, fields[users])
        row = Row(fields[0].strip(), _number(path, line, fields[views]), known)
        if is_total:
            total = row
        else:
            rows.append(row)
    _refuse_short(path, rows, total)
    return tuple(rows), total


def _fields(path: Path, table: _Table) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader((f"{line}\n" for line in table.lines[1:]), delimiter=table.delimiter, strict=True)
    try:
        for fields in reader:
            yield table.line + reader.line_num, fields
    except csv.Error as error:
        raise Malformed(f"{path}: line {table.line + reader.line_num}: {error}") from None


def _refuse_short(path: Path, rows: Sequence[Row], total: Row | None) -> None:
    if not rows:
        raise Malformed(f"{path}: has a header and no rows; download the report again")
    found = sum(row.views for row in rows)
    if total is not None and found != total.views:
        raise Malformed(
            f"{path}: its rows have {found:,} views together and its total says {total.views:,}; "
            "show all rows of the exploration, then download it again"
        )


def _number(path: Path, line: int, text: str) -> int:
    match = _WHOLE_NUMBER.fullmatch(text.translate(_DIGIT_SPACES))
    if match is None:
        raise Malformed(f"{path}: line {line}: {text[:40]!r} where a whole number belongs")
    return int(match[1])


def _fold(name: str) -> str:
    return " ".join(name.split()).casefold()
