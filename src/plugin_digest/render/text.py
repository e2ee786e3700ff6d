"""The text and subject templates, and the layout of plain text: 72 columns, real tables, readable aloud."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import partial

from jinja2 import Environment, Template

from plugin_digest.render.html import Unknown, only_text
from plugin_digest.render.layout import Card, DataTable, Figure, Item, Row

COLUMNS = 72
_GAP = 2
_WIDE_OR_NONE = re.compile("[^\x00-\u02ff\u2010-\u2027\u2030-\u205f\u2070-\u22ff]")
"""Outside of these, a character may take another room than one column."""


def compile_text(source: str, semicolon: str = "; ", colon: str = ": ") -> Template:
    """A template of plain text; the marks as `text_environment` takes them.

    Raises:
        jinja2.TemplateSyntaxError: the source is no template.
    """
    return text_environment(semicolon, colon).from_string(source)


def text_environment(semicolon: str = "; ", colon: str = ": ") -> Environment:
    """Without escaping: what its templates make is never read as HTML.

    ``semicolon`` and ``colon`` are the marks between two remarks and before an address, with their blanks.
    """
    environment = Environment(
        autoescape=False,  # noqa: S701 - plain text; names are cleaned, and escaping would show as &amp;
        undefined=Unknown,
        finalize=only_text,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        wrap=wrap,
        item=item,
        underline=underline,
        full_stop=full_stop,
        figures=partial(figures, semicolon=semicolon),
        card_head=card_head,
        data_table=data_table,
        with_link=partial(with_link, colon=colon),
        paragraph=partial(paragraph, colon=colon),
    )
    return environment


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
    wrapped = wrap(text)
    return f"{wrapped}\n{'-' * max(map(width, wrapped.splitlines()))}"


def with_link(linked: Item, colon: str = ": ") -> str:
    """Its text, and behind it the address that it leads to where the text does not hold it."""
    address = linked.link.removeprefix("mailto:").partition("?")[0] if _is_mail(linked.link) else linked.link
    return linked.text if not address or address in linked.text else f"{linked.text}{colon}{address}"


def _is_mail(link: str) -> bool:
    return link.startswith("mailto:")


def paragraph(items: Iterable[Item], colon: str = ": ") -> str:
    """Items that run on."""
    return wrap(" ".join(with_link(each, colon) for each in items))


def card_head(card: Card) -> str:
    """The plugin's name, as it opens what is said of it."""
    return _named(card.name, card.about)


def _named(name: str, about: str) -> str:
    return f"{name} ({about})" if about else name


def width(text: str) -> int:
    """How many columns a terminal gives it: wide East Asian ones take two, invisible ones none."""
    if not _WIDE_OR_NONE.search(text):
        return len(text)
    return sum(map(_columns_of, text))


def _columns_of(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def figures(shown: Sequence[Figure], semicolon: str = "; ") -> str:
    """A line for each figure: label, value and what is said of it, or that below where there is no room."""
    labels = max(width(each.label) for each in shown)
    values = max(width(_value(each)) for each in shown)
    return "\n".join(_figure(each, labels, values, semicolon) for each in shown)


def _figure(shown: Figure, labels: int, values: int, semicolon: str) -> str:
    told = semicolon.join(filter(None, (shown.change, shown.usual, shown.about)))
    value = _value(shown)
    head = shown.label + " " * (labels - width(shown.label) + _GAP + values - width(value)) + value
    if not told:
        return head
    indent = " " * (width(head) + _GAP)
    if width(indent) > COLUMNS // 2:
        return f"{head}\n{wrap(told, indent='  ')}"
    return wrap(told, indent=indent, first=head + " " * _GAP)


def _value(shown: Figure) -> str:
    return f"{shown.value} {shown.unit}" if shown.unit else shown.value


def data_table(shown: DataTable) -> str:
    """The table with its heads; a cell's second line stands in a column of its own, right of the first."""
    columns = range(len(shown.heads))
    has_under = [any(row.cells[n].under for row in shown.rows) for n in columns]
    heads = [shown.name_head]
    for head, is_double in zip(shown.heads, has_under, strict=True):
        heads += [head, ""] if is_double else [head]
    return headed([heads, *(_cells(row, has_under) for row in shown.rows)])


def _cells(row: Row, has_under: Sequence[bool]) -> list[str]:
    cells = [_named(row.name, row.about)]
    for cell, is_double in zip(row.cells, has_under, strict=True):
        cells += [cell.value, cell.under] if is_double else [cell.value]
    return cells


def headed(rows: Sequence[Sequence[str]]) -> str:
    """A table whose first row is its heads, with a line under them; all but the first column are figures."""
    lines = table(rows, range(1, len(rows[0]))).split("\n")
    return "\n".join([lines[0], "-" * min(max(map(width, lines)), COLUMNS), *lines[1:]])


def table(rows: Sequence[Sequence[str]], right: Iterable[int]) -> str:
    """Aligned columns, those in ``right`` to the right.

    Where the first cell of a row has no room, it takes lines of its own and the figures follow below.
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
        above, cells[0] = wrap(cells[0]) + "\n", ""
    pads = [" " * max(size - width(cell), 0) for cell, size in zip(cells, widths, strict=True)]
    line = (" " * _GAP).join(
        pad + cell if i in right else cell + pad
        for i, (cell, pad) in enumerate(zip(cells, pads, strict=True))
    )
    return above + line.rstrip()
