"""The HTML part as mail programs take it: structure, colours, size, and nothing foreign in it."""

import re
from dataclasses import replace
from itertools import pairwise

import lxml.html  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_digest.model import READER_MARK
from plugin_digest.render.check import check_letter
from plugin_digest.render.names import clean
from plugin_digest.render.palette import accents, colours, contrast
from render_examples import (
    GOLDEN_LETTERS,
    TEMPLATES,
    incomplete,
    many,
    of_series,
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
    "portal": lambda renderer: renderer.portal(portal()),
    **GOLDEN_LETTERS,
}


@pytest.fixture(params=LETTERS)
def letter(request, renderer):
    return LETTERS[request.param](renderer)


def parsed(letter):
    return lxml.html.document_fromstring(letter.html)


def layout_and_data(root):
    tables = root.findall(".//table")
    return [t for t in tables if t.get("role") == "presentation"], [
        t for t in tables if t.get("role") is None
    ]


# Structure


def test_the_document_says_what_it_is(letter):
    """Exact doctype, language, direction, title, both colour schemes, one level of pixels in Outlook."""
    assert letter.html.startswith("<!DOCTYPE html>\n<html ")
    root = parsed(letter)
    assert (root.get("lang"), root.get("dir")) == ("en", "ltr")
    assert root.findtext(".//title").strip()
    metas = {meta.get("name"): meta.get("content") for meta in root.iter("meta")}
    assert metas["color-scheme"] == metas["supported-color-schemes"] == "light dark"
    assert "<o:PixelsPerInch>96</o:PixelsPerInch>" in letter.html


def test_outlook_gets_fixed_widths_and_no_tricks(letter):
    """600 px ghost table, width attributes, no nested div or background as bars (metabase/metabase#6874)."""
    assert letter.html.count("<!--[if mso]><table") == letter.html.count("</table><![endif]-->") == 1
    for picture in parsed(letter).iter("img"):
        assert int(picture.get("width")) <= 536
        assert int(picture.get("height")) <= 96
    body = letter.html.partition("<body")[2]
    for dead in ("flex", "grid", "position:", "background-image", "rgba(", "calc(", "var("):
        assert dead not in body
    assert all(
        div.get("style") is None or "width" not in div.get("style") for div in parsed(letter).iter("div")
    )


def test_layout_tables_are_silent_and_data_tables_speak(letter):
    """Only layout has role=presentation; data has a caption and a head for each column and row."""
    layout, data = layout_and_data(parsed(letter))
    assert len(data) == letter.html.count("<caption")
    for table in layout:
        assert [table.get(key) for key in ("cellpadding", "cellspacing", "border")] == ["0", "0", "0"]
        assert not table.findall("./tr/th")
    for table in data:
        assert table.findtext("caption").strip()
        assert {th.get("scope") for th in table.findall("thead//th")} == {"col"}
        columns = len(table.findall("thead//th"))
        for row in table.findall("tbody/tr"):
            assert row[0].tag == "th"
            assert row[0].get("scope") == "row"
            assert len(row) == columns


def test_the_preheader_comes_first_and_is_hidden(letter):
    """The first words of the body are the preheader, hidden in every program."""
    first = parsed(letter).body[0]
    assert re.search("views|users|figures", first.text)
    assert first.text.endswith("\u034f\u200c\u00a0" * 90)
    for rule in ("display:none", "max-height:0", "overflow:hidden", "mso-hide:all"):
        assert rule in first.get("style")


def test_the_stylesheet_survives_for_those_who_read_it(letter):
    """Media queries and Outlook's dark hooks keep their !important; the block is small enough for Gmail."""
    styles = [style.text for style in parsed(letter).iter("style")]
    assert len(styles) == 1
    assert len(styles[0].encode()) < 8_000
    for rule in (
        "(max-width: 480px)",
        "(prefers-color-scheme: dark)",
        "[data-ogsc] .title",
        "[data-ogsb] .sheet",
    ):
        assert rule in styles[0]
    for declaration in re.findall(r"[\w-]+: [^;{}]+;", styles[0].partition("@media")[2]):
        assert declaration.endswith(" !important;")


def test_without_a_stylesheet_nothing_is_wider_than_a_phone(letter):
    """Gmail without media queries: no fixed width above 340 px except pictures that may shrink."""
    for element in parsed(letter).body.iter():
        if not isinstance(element.tag, str):
            continue
        style = element.get("style") or ""
        assert "min-width" not in style
        assert "nowrap" not in style
        width = element.get("width") or ""
        if element.tag == "img" and int(width) > 144:
            assert "width:100%" in style
        elif element.tag != "img":
            assert width in ("", "50%", "100%")


def test_pictures_are_in_the_mail(letter):
    """No remote picture, no data URI; each has numbers as its alt text (matomo-org/matomo#20183)."""
    names = [image.name for image in letter.images]
    shown = [picture.get("src") for picture in parsed(letter).iter("img")]
    assert shown == [f"cid:{name}" for name in names]
    assert all(re.fullmatch(r"[A-Za-z0-9.@-]{1,60}", name) for name in names)
    assert all(
        re.search(r"from [\d,]+(?: \(W\d+\))? to (?:[\d,]+|not shown)", picture.get("alt"))
        for picture in parsed(letter).iter("img")
    )


def test_no_two_letters_share_a_picture_name(renderer):
    """In a thread of mails each shows its own pictures."""
    digest = ordinary()
    letters = [
        renderer.team(digest),
        renderer.team(replace(digest, edition=2)),
        renderer.team(replace(digest, team=replace(digest.team, key="other"))),
        renderer.team(incomplete()),
        renderer.portal(portal()),
    ]
    names = [image.name for each in letters for image in each.images]
    assert len(names) == len(set(names))


# Colours


def inverted(colour):
    return "#" + "".join(f"{255 - int(colour[i : i + 2], 16):02x}" for i in (1, 3, 5))


def long_form(colour):
    return "#" + "".join(c * 2 for c in colour[1:]) if len(colour) == 4 else colour


def declared(style, key):
    found = re.search(rf"(?:^|[;\s]){key}:\s*(#[0-9a-f]+)", style or "")
    return long_form(found[1]) if found else None


def dark_rules(css, key):
    """Class to colour, from the dark media query."""
    block = css.partition("(prefers-color-scheme: dark) {")[2].partition("\n}\n")[0]
    rules = {}
    for selectors, style in re.findall(r"([^{}]+)\{([^{}]*)\}", block):
        if colour := declared(style.replace(" !important", ""), key):
            rules.update(dict.fromkeys((each.strip().lstrip(".") for each in selectors.split(",")), colour))
    return rules


def effective(element, key, rules):
    """What is inherited or set, with the dark rules on top."""
    while element is not None:
        for name in (element.get("class"), element.tag):
            if name in rules:
                return rules[name]
        if colour := declared(element.get("style"), key):
            return colour
        element = element.getparent()
    raise AssertionError(f"no {key}")


def texts(root):
    for element in root.body.iter():
        if isinstance(element.tag, str) and (element.text or "").strip():
            yield element


@pytest.mark.parametrize("scheme", ["light", "dark", "inverted"])
def test_every_text_can_be_read(letter, scheme):
    """4.5 to 1 for each text on its ground: light, dark, and inverted by the mail program
    (Tautulli/Tautulli-Issues#252, buttondown/roadmap#1688, getsentry/sentry#9372).
    """
    root = parsed(letter)
    css = next(root.iter("style")).text
    words, grounds = (
        dark_rules(css, key) if scheme == "dark" else {} for key in ("color", "background-color")
    )
    seen = set()
    for element in texts(root):
        pair = effective(element, "color", words), effective(element, "background-color", grounds)
        seen.add(tuple(map(inverted, pair)) if scheme == "inverted" else pair)
    assert len(seen) >= 3
    assert {pair: contrast(*pair) for pair in seen if contrast(*pair) < 4.5} == {}


def test_every_coloured_class_has_a_dark_colour(letter):
    """No text keeps its light-mode ink, neither in Apple Mail nor in Outlook's own dark mode."""
    root = parsed(letter)
    css = next(root.iter("style")).text
    used = {each.get("class") for each in root.body.iter() if declared(each.get("style"), "color")}
    assert used <= set(dark_rules(css, "color"))
    for name in used - {"preheader"}:
        assert f"[data-ogsc] .{name}" in css


def test_templates_hold_no_colour_of_their_own():
    """Every colour has a name and stands in the palette, where its contrast is known."""
    for path in TEMPLATES[0].rglob("*.html.j2"):
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b", path.read_text(encoding="utf-8")), path


def test_every_colour_of_the_palette_is_used():
    """None is left over from an earlier look."""
    style = (TEMPLATES[0] / "parts/style.html.j2").read_text(encoding="utf-8")
    assert set(re.findall(r"\$([a-z_]+)", style)) == {*colours(*accents()), "start", "end"}


def test_headings_are_in_order(letter):
    """One of the first level, then no level is left out."""
    levels = [int(each.tag[1]) for each in parsed(letter).iter("h1", "h2", "h3")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(deeper <= level + 1 for level, deeper in pairwise(levels))


def test_direction_has_no_colour_of_its_own(renderer):
    """A rise and a fall look the same but for sign and word (matomo-org/matomo#23887)."""

    def inks(last):
        letter = renderer.team(of_series({"jenkins": (*[100] * 11, last)}))
        return set(re.findall(r"color:#[0-9a-f]{6}", letter.html))

    assert inks(300) == inks(30)
    texts_of = [renderer.team(of_series({"jenkins": (*[100] * 11, last)})).html for last in (300, 30)]
    assert "+200\u00a0%" in texts_of[0]
    assert "more" in texts_of[0]
    assert "\u221270\u00a0%" in texts_of[1]
    assert "fewer" in texts_of[1]


# Size


@pytest.mark.parametrize("count", [1, 6, 60, 300])
def test_a_letter_stays_below_gmails_limit(renderer, count):
    """However many plugins a team has, nothing is clipped (gitcoinco/web#7183)."""
    for name in (
        "p{n}",
        "plugin {n} of a long name " * 4,
        "日本語のプラグイン{n}" * 8,
        "&<>\"'" * 20 + "{n}",
    ):
        letter = renderer.team(many(count, name))
        assert len(letter.html.encode()) <= 80_000
        assert letter.html.rstrip().endswith("</html>")
        assert READER_MARK in letter.html


def test_the_portal_letter_stays_below_it_too(renderer):
    """A thousand plugins and as many orphans fit, because most stand in a list that is cut."""
    digest = portal()
    plugins = tuple(
        replace(digest.plugins[n % 8], plugin=f"p{n}", name=f"a plugin of some length & more {n}")
        for n in range(1000)
    )
    letter = renderer.portal(replace(digest, plugins=plugins, orphans=plugins, new=plugins, silent=plugins))
    assert len(letter.html.encode()) <= 80_000
    assert "All 1,000 plugins" in letter.html


# Foreign text


def tags(letter):
    return [each.tag for each in parsed(letter).iter() if isinstance(each.tag, str)]


NASTY = [
    '<a href="https://evil.example">click</a>',
    "\"><img src=x onerror='alert(1)'>",
    "</td></tr></table><h1>x",
    "{{ 7*7 }}{% for x in y %}{# #}",
    "<!--[if mso]><b>x</b><![endif]-->",
    "</style><script>alert(1)</script>",
    "jx1x <!--jx2x-->",
    "None",
    "&amp;&#34;&lt;",
    "a\u202eb\x00c\x85",
]


@pytest.mark.parametrize("name", NASTY)
def test_markup_in_names_is_only_text(renderer, name):
    """A plugin named <a href=…> is shown under that name and does nothing (google/ggrc-core#9154)."""
    letter = renderer.team(renamed(ordinary(), name))
    assert tags(letter) == tags(renderer.team(renamed(ordinary(), "plain")))
    assert clean(name) in parsed(letter).body.text_content()
    assert "49" not in letter.subject
    check_letter(letter)


@given(st.text(st.characters(), max_size=70))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_any_name_is_only_text(renderer, name):
    """The same for whatever else a name may be: same elements, same attributes, a sound letter."""
    letter = renderer.team(renamed(ordinary(), name))
    assert tags(letter) == tags(renderer.team(renamed(ordinary(), "plain")))
    for element in parsed(letter).iter("a", "img"):
        assert (element.get("href") or element.get("src")).startswith(
            ("https://backstage", "mailto:", "cid:")
        )
    assert all(ord(c) >= 32 and c != "\x7f" for c in letter.subject)


def test_no_expression_in_a_name_is_evaluated(renderer):
    """Seven times seven stays unsolved."""
    letter = renderer.team(renamed(ordinary(), "{{ 7*7 }}"))
    assert "{ { 7*7 } }" in letter.html
    assert "{ { 7*7 } }" in letter.text
