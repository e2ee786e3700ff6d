"""The text part: its own, 72 columns, aligned, readable aloud."""

import re
from dataclasses import replace
from html import unescape

import lxml.html  # type: ignore[import-untyped]
import pytest

from plugin_digest.render import Renderer
from plugin_digest.render.layout import Cell, DataTable, Figure, Item, Row
from plugin_digest.render.text import (
    COLUMNS,
    data_table,
    figures,
    headed,
    item,
    paragraph,
    table,
    underline,
    width,
    wrap,
)
from render_examples import (
    GOLDEN_LETTERS,
    TEMPLATES,
    incomplete,
    letterhead,
    many,
    noted,
    ordinary,
    portal,
    renamed,
    without_users,
)

LETTERS = {
    "ordinary": lambda renderer: renderer.team(ordinary()),
    "incomplete": lambda renderer: renderer.team(incomplete()),
    "without users": lambda renderer: renderer.team(without_users()),
    "300 plugins": lambda renderer: renderer.team(many(300)),
    "wide characters": lambda renderer: renderer.team(renamed(ordinary(), "日本語のプラグイン")),
    "portal": lambda renderer: renderer.portal(portal()),
    **GOLDEN_LETTERS,
}


@pytest.fixture(params=LETTERS)
def letter(request, renderer):
    return LETTERS[request.param](renderer)


def test_no_line_is_wider_than_72_columns(letter):
    """Terminals and quoting programs show each line whole; only a web address is not broken."""
    lines = [line for line in letter.text.splitlines() if "https://" not in line]
    assert max(map(width, lines)) <= COLUMNS


def test_the_text_is_tidy(letter):
    """No blank at a line's end, never more than two empty lines, one line break at the end."""
    lines = letter.text.splitlines()
    assert all(line == line.rstrip(" ") for line in lines)
    assert "\n\n\n\n" not in letter.text
    assert letter.text.endswith("\n")
    assert not letter.text.endswith("\n\n")


def test_text_and_html_say_the_same(letter):
    """Every line of the HTML that carries words stands in the text part too."""
    text = " ".join(unescape(letter.text).split())
    root = lxml.html.document_fromstring(letter.html)
    for element in root.xpath(
        "//li[not(a)] | //p[@class='summary' or @class='said'] | //h1 | //h2 | //caption"
    ):
        assert " ".join(element.text_content().replace("\u2060", "").split()) in text


def test_nothing_is_escaped_in_plain_text(renderer):
    """An ampersand is an ampersand."""
    text = renderer.team(renamed(ordinary(), "R&D <beta>")).text
    assert "R&D <beta>" in text
    assert "&amp;" not in text


def test_marks_have_the_blanks_of_the_language():
    """French has a no-break space before a semicolon and a colon, also between figures and before links."""
    letter = Renderer(TEMPLATES, letterhead("fr")).team(noted())
    assert re.search(r"[^\s]; ", letter.text) is None
    assert re.search(r"[^\s]:\s+https", letter.text) is None
    assert re.search("\u00a0:\\s+https", letter.text)


def test_columns_stand_under_their_heads():
    """Names to the left, figures to the right, a line under the heads."""
    rows = [("Plugin", "Views", "Change"), ("Jenkins", "1,520", "+31\u00a0%"), ("日本", "0", "no change")]
    assert headed(rows) == (
        "Plugin   Views     Change\n"
        "-------------------------\n"
        "Jenkins  1,520      +31\u00a0%\n"
        "日本         0  no change"
    )


def test_a_name_without_room_takes_its_own_line():
    """The figures stay in their columns, one line below."""
    lines = table([("x" * 80, "1,520"), ("y", "3")], right=(1,)).split("\n")
    assert lines[0] == "x" * 80
    assert [len(line) for line in lines[1:]] == [72, 72]
    assert lines[1].strip() == "1,520"


def test_wrapping_keeps_figures_with_their_sign():
    """A no-break space is not a place to break; a word longer than a line stays whole."""
    assert wrap("x" * 68 + " 31\u00a0% more") == "x" * 68 + "\n31\u00a0% more"
    assert wrap("y" * 90) == "y" * 90
    assert item("word " * 20).split("\n")[1].startswith("  word")


def test_an_absent_figure_is_a_word_in_text_too(renderer):
    """Not available is not an empty cell (matomo-org/matomo#20463)."""
    text = renderer.team(without_users()).text
    assert "Not available from this source: users." in " ".join(text.split())
    assert "Users " not in text


def test_a_section_without_entries_is_left_out(renderer):
    """No pages, no heading for them."""
    text = renderer.team(replace(ordinary(), pages=())).text
    assert "Most viewed pages" not in text


def test_a_cells_second_line_has_a_column_of_its_own():
    """Changes stand beside their figures; where nothing changed there is no empty column."""
    rows = (
        Row("Jenkins", (Cell("1,520", "+31\u00a0%"), Cell("380")), about="new"),
        Row("Flux", (Cell("14"), Cell("4"))),
    )
    assert data_table(DataTable("Plugins", "Plugin", ("Views", "Users"), rows)) == (
        "Plugin         Views         Users\n"
        "----------------------------------\n"
        "Jenkins (new)  1,520  +31\u00a0%    380\n"
        "Flux              14             4"
    )


def test_figures_stand_under_each_other():
    """Labels to the left, values to the right, and what is said of them behind."""
    shown = (
        Figure("Views", "1,520", is_number=True, change="360 more", usual="usual: 934 to 1,458"),
        Figure("Users", "not available", is_number=False),
    )
    assert figures(shown) == "Views          1,520  360 more; usual: 934 to 1,458\nUsers  not available"


def test_a_figure_with_much_to_say_goes_on_below():
    """A long label leaves no narrow column of words at the right edge."""
    shown = (Figure("Plugins from outside the central team", "12 of 40", is_number=True, about="30 % " * 9),)
    first, *rest = figures(shown).split("\n")
    assert first == "Plugins from outside the central team  12 of 40"
    assert all(line.startswith("  ") for line in rest)


def test_links_are_written_out_where_their_words_do_not_hold_them():
    """An address is printed once, and a mail address without what a program adds to it."""
    assert paragraph((Item("Stop", "mailto:a@x.example?subject=stop"),)) == "Stop: a@x.example"
    assert paragraph((Item("Ask"), Item("a@x.example", "mailto:a@x.example"))) == "Ask a@x.example"
    assert paragraph((Item("Docs", "https://x.example/d"),)) == "Docs: https://x.example/d"


def test_a_long_heading_is_broken_and_underlined_as_wide_as_it_is():
    """No line of a heading is wider than the page."""
    lines = underline("plugin " * 14 + "end").split("\n")
    assert max(map(len, lines)) <= COLUMNS
    assert lines[-1] == "-" * max(map(len, lines[:-1]))
