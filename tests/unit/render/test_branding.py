"""Name, accent and logo of a portal."""

from io import BytesIO

import pytest
from PIL import Image

from plugin_digest.errors import RenderError
from plugin_digest.render import Renderer
from plugin_digest.render.branding import MOST_BYTES, make_brand
from plugin_digest.render.check import check_letter
from plugin_digest.render.palette import accents, bar_colour, channels
from render_examples import TEMPLATES, letterhead, ordinary


def logo(kind="PNG", size=(120, 40), colour="#e4002b"):
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_a_logo_is_mailed_as_a_png_of_its_size(kind):
    """Whatever it was, it is shown at half its pixels, crisp on a fine screen."""
    brand, png = make_brand("Acme", logo=logo(kind))
    image = Image.open(BytesIO(png))
    assert (image.format, image.size) == ("PNG", (120, 40))
    assert (brand.logo.width, brand.logo.height, brand.logo.alt) == ("60", "20", "Acme")


def test_a_large_logo_is_made_smaller():
    """It fits its room in the head and keeps its proportions."""
    brand, png = make_brand("Acme", logo=logo(size=(1600, 400)))
    assert (brand.logo.width, brand.logo.height) == ("192", "48")
    assert Image.open(BytesIO(png)).size == (384, 96)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no PNG, JPEG or GIF"),
        (logo() + b"\0" * MOST_BYTES, "at most 50,000"),
        (logo(size=(2001, 1)), "at most 2000 x 2000"),
        (logo()[:-30], "damaged"),
    ],
)
def test_a_logo_that_cannot_be_used_is_refused_in_one_line(content, says):
    """What is wrong with it and what would be right."""
    with pytest.raises(RenderError, match=says) as caught:
        make_brand("Acme", logo=content)
    assert "\n" not in str(caught.value)


def test_a_branded_letter_is_sound():
    """Logo, name and accent are in the letter; the logo is a picture of the mail, and its words the name."""
    letter = Renderer(TEMPLATES, letterhead(name="Hooli R&D", accent="#ffdd00", logo=logo())).team(ordinary())
    check_letter(letter)
    assert letter.images[0].name in letter.html
    assert 'alt="Hooli R&amp;D"' in letter.html
    assert "#806e00" in letter.html
    assert "#1c5da8" not in letter.html


def test_this_weeks_bar_wears_the_accent():
    """The charts of a red portal are not blue."""
    letter = Renderer(TEMPLATES, letterhead(accent="#00aa00")).team(ordinary())
    image = Image.open(BytesIO(letter.images[0].png)).convert("RGBA")
    tone = channels(bar_colour(accents("#00aa00")[0]))
    assert (*tone, 0xFF) in {colour for _, colour in image.getcolors()}
    assert tone[1] > tone[0] + tone[2]
