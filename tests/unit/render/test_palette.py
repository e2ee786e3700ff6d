"""The colours: each can be read where it stands, whatever accent a portal chooses."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import plugin_digest.demo
from plugin_digest.errors import RenderError
from plugin_digest.render.palette import (
    ACCENT,
    APART_RATIO,
    BARS_RATIO,
    DARK,
    EARLIER,
    LIGHT,
    NEUTRAL,
    WORDS_RATIO,
    accents,
    bar_colour,
    bar_grounds,
    channels,
    colours,
    contrast,
)

GROUNDS = (*LIGHT.values(), *DARK.values())
ANY_COLOUR = st.tuples(*[st.integers(0, 255)] * 3).map(lambda rgb: "#{:02x}{:02x}{:02x}".format(*rgb))


def test_contrast_is_that_of_wcag():
    """Black on white is 21 to 1, and a grey that is known to pass just does."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast("#ffffff", "#767676") == contrast("#767676", "#ffffff")


def test_words_can_be_read_on_every_ground():
    """4.5 to 1 for ink and muted words, by day and by night."""
    every = colours(*accents())
    for prefix in ("", "dark_"):
        for ink in ("ink", "muted", "accent"):
            for ground in ("page", "sheet", "panel"):
                assert contrast(every[prefix + ink], every[prefix + ground]) >= WORDS_RATIO


def test_the_default_accent_is_used_as_it_is():
    """What reads well is not touched."""
    assert accents(ACCENT)[0] == ACCENT


@given(ANY_COLOUR)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_accent_can_be_read(colour):
    """Yellow on white and navy on black are made darker and lighter; nothing is refused."""
    light, dark = accents(colour)
    assert all(contrast(light, ground) >= WORDS_RATIO for ground in LIGHT.values())
    assert all(contrast(dark, ground) >= WORDS_RATIO for ground in DARK.values())


@given(ANY_COLOUR)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_this_weeks_bar_is_seen_everywhere_and_told_from_the_others(colour):
    """3 to 1 on each ground and on the band there, and a shade of its own beside the earlier weeks."""
    bar = bar_colour(accents(colour)[0])
    assert all(contrast(bar, ground) >= BARS_RATIO for ground in bar_grounds())
    assert contrast(bar, EARLIER) >= APART_RATIO


def test_an_accent_keeps_its_hue():
    """A yellow portal gets a dark yellow, not a blue."""
    red, green, blue = channels(accents("#ffdd00")[0])
    assert red > blue
    assert green > blue


def test_the_bars_of_earlier_weeks_are_seen_on_every_ground():
    """3 to 1 for what carries meaning without words, on the band too."""
    assert {*GROUNDS} < {*bar_grounds()}
    assert all(contrast(EARLIER, ground) >= BARS_RATIO for ground in bar_grounds())


def test_the_neutral_bar_is_as_good_as_any():
    """It stands in where an accent has no shade that is."""
    assert bar_colour(NEUTRAL) == NEUTRAL


@pytest.mark.parametrize("colour", ["blue", "#fff", "#12345g", "", "#1c5da8 "])
def test_what_is_no_colour_is_said_to_be_none(colour):
    """The message shows how a colour is written."""
    with pytest.raises(RenderError, match="#1c5da8"):
        accents(colour)


def test_the_demo_page_wears_the_same_colours():
    """One visual system: the page that shows the mails has their grounds, inks and accent."""
    page = Path(plugin_digest.demo.__file__).with_name("page.html").read_text(encoding="utf-8")
    light, dark = re.findall(r":root(?:\[.*?\])? \{(.*?)\n\}", page, re.DOTALL)
    every = colours(*accents())
    same = {"ground": "page", "surface": "sheet", "raised": "panel", "line": "hair"}
    for block, prefix in ((light, ""), (dark, "dark_")):
        own = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block))
        for name in ("ground", "surface", "raised", "line", "ink", "muted", "accent"):
            assert own[name] == every[prefix + same.get(name, name)]
        assert contrast(own["onaccent"], own["accent"]) >= WORDS_RATIO
        assert contrast(own["ink"], own["chosen"]) >= WORDS_RATIO
        assert contrast(own["muted"], own["chosen"]) >= WORDS_RATIO
