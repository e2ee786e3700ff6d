"""The text and subject templates, and the layout of plain text: 72 columns, real tables, readable aloud."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from jinja2 import Environment, StrictUndefined, Template

from plugin_digest.render.html import only_text
from plugin_digest.render.view import PageRow, Row, View

COLUMNS = 72
_GAP = 2
_WIDE_OR_NONE = re.compile("[^\x00-\u02ff\u2010-\u22ff]")
"""Outside of these, a character may take another room than one column."""


def compile_text(source: str) -> Template:
    """A template without escaping: what it makes is never read as HTML.

    Raises:
        jinja2.TemplateSyntaxError: the source is no template.
    """
    environment = Environment(
        autoescape=False,  # noqa: S701 - plain text; names are cleaned, and escaping would show as &amp;
        undefined=StrictUndefined,
        finalize=only_text,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        wrap=wrap,
        item=item,
        underline=underline,
        full_stop=full_stop,
        totals_table=totals_table,
        plugin_table=plugin_table,
        page_table=page_table,
    )
    return environment.from_string(source)


def wrap(text: str, indent: str = "", first: str = "") -> str:
    """Broken at blanks, never at no-break spaces; a word longer than a line stays whole."""
    lines: list[str] = []
    line = first or indent
    empty = True
    for word in text.split(" "):
        if not empty and width(line) + 1 + width(word) > COLUMNS:
            lines.append(line)
            line, empty = indent, True
        line += word if empty else f" {word}"
        empty = False
    return "\n".join([*lines, line])


def item(text: str) -> str:
    """One entry of a list."""
    return wrap(text, indent="  ", first="- ")


def full_stop(text: str) -> str:
    """A phrase that stands alone, as the sentence that it is read as."""
    return f"{text}."


def underline(text: str) -> str:
    """A heading with its line."""
    return f"{text}\n{'-' * width(text)}"


def width(text: str) -> int:
    """How many columns a terminal gives it: wide East Asian characters take two, combining ones none."""
    if not _WIDE_OR_NONE.search(text):
        return len(text)
    return sum(map(_columns_of, text))


def _columns_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def totals_table(view: View) -> str:
    return table([(total.label, total.value, total.change) for total in view.totals], right=(1,))


def plugin_table(view: View) -> str:
    """The plugins with their heads; users and changes only where the view has them."""
    shown = _columns(view)
    rows = [_cells(row) for row in view.plugins]
    heads = ("Plugin", "Views", "Change", "Users", "Change")
    return headed([[cells[i] for i in shown] for cells in [heads, *rows]])


def _columns(view: View) -> list[int]:
    users = [3, 4] if view.has_users else []
    return [i for i in (0, 1, 2, *users) if view.has_changes or i not in (2, 4)]


def _cells(row: Row) -> tuple[str, ...]:
    name = f"{row.name} ({row.about})" if row.about else row.name
    return (name, row.views, row.views_change, row.users, row.users_change)


def page_table(view: View) -> str:
    """The pages most viewed with their heads."""
    last = 4 if view.has_users else 3
    rows = [("Page", "Plugin", "Views", "Users"), *map(_page_cells, view.pages)]
    return headed([row[:last] for row in rows], right=range(2, last))


def _page_cells(page: PageRow) -> tuple[str, ...]:
    return (page.path, page.plugin, page.views, page.users)


def headed(rows: Sequence[Sequence[str]], right: Iterable[int] | None = None) -> str:
    """A table whose first row is its heads, with a line under them."""
    lines = table(rows, range(1, len(rows[0])) if right is None else right).split("\n")
    return "\n".join([lines[0], "-" * max(map(width, lines)), *lines[1:]])


def table(rows: Sequence[Sequence[str]], right: Iterable[int]) -> str:
    """Aligned columns, those in ``right`` to the right.

    Where the first cell of a row has no room, it takes a line of its own and the figures follow below.
    """
    numbers = set(right)
    widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))]
    room = COLUMNS - sum(widths[1:]) - _GAP * (len(widths) - 1)
    widths[0] = min(widths[0], max(room, _GAP))
    return "\n".join(_line(row, widths, numbers) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int], right: set[int]) -> str:
    cells = list(row)
    above = ""
    if width(cells[0]) > widths[0]:
        above, cells[0] = cells[0] + "\n", ""
    pads = [" " * max(size - width(cell), 0) for cell, size in zip(cells, widths, strict=True)]
    line = (" " * _GAP).join(
        pad + cell if i in right else cell + pad
        for i, (cell, pad) in enumerate(zip(cells, pads, strict=True))
    )
    return above + line.rstrip()
