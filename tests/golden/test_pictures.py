"""What readers see: ten letters at the width of a desk and of a phone, by day and by night.

Chromium draws them; the pictures in ``pictures`` were looked at by a person. They are compared where the same
browser with the same fonts draws them again; everywhere else the layout alone is measured. To draw them anew:
``PLUGIN_DIGEST_GOLDEN=write pytest tests/golden``, then look at each that changed.
"""

import base64
import hashlib
import json
import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from golden.browser import browser, environment, is_there
from plugin_digest.render import Renderer
from plugin_digest.render.chart import EARLIER
from plugin_digest.render.palette import accents, bar_colour, channels, colours
from render_examples import GOLDEN, SENDER, TEMPLATES, letterhead, portal

PICTURES = Path(__file__).parent / "pictures"
RECORDED = PICTURES / "drawn-by.json"
IS_WRITING = os.environ.get("PLUGIN_DIGEST_GOLDEN") == "write"
WIDTHS = {"desk": 600, "phone": 360}
SCHEMES = ("light", "dark")
MOST_DIFFERENT = 0.002
"""Of all pixels; a word that moved is ten times as much."""
MOST_HIGH = 2_000
"""Of a longer letter the beginning is kept; the rest repeats it."""
VISIBLE = 48
"""A difference of fewer than so many steps of 255 is the rounding of an edge."""
GROUNDS, INKS = ("page", "sheet", "panel"), ("ink", "muted", "rule", "hair", "accent")
BAND = {"light": (208, 223, 240), "dark": (24, 47, 73)}

pytestmark = pytest.mark.skipif(
    not is_there() and os.environ.get("CI") != "true",
    reason="there is no chromium on this machine; where CI=true that is a failure",
)


@pytest.fixture(scope="module")
def letters():
    renderer = Renderer(TEMPLATES, **SENDER)
    return {name: with_images(renderer.team(digest())) for name, digest in GOLDEN.items()}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="module")
def is_same_browser():
    """Whether the pictures can be compared."""
    now = digest_of(environment())
    if IS_WRITING:
        PICTURES.mkdir(exist_ok=True)
        RECORDED.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    return bool(now == json.loads(RECORDED.read_text(encoding="utf-8")))


def digest_of(known):
    fonts = hashlib.sha256(known["fonts"].encode()).hexdigest()
    return {"browser": known["browser"], "fonts": fonts}


def with_images(letter):
    html = letter.html
    for image in letter.images:
        data = base64.b64encode(image.png).decode()
        html = html.replace(f"cid:{image.name}", f"data:image/png;base64,{data}")
    return html


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", GOLDEN)
def test_letters_look_as_they_were_reviewed(page, letters, is_same_browser, name, width, scheme):
    """Nothing is wider than the window; drawn by the same browser, hardly a pixel differs."""
    content_px, height = page.show(letters[name], WIDTHS[width], scheme)
    assert content_px == WIDTHS[width]
    ground = page.measure("getComputedStyle(document.querySelector('.sheet')).backgroundColor")
    assert (sum(map(int, ground[4:-1].split(","))) < 3 * 128) == (scheme == "dark")
    if not is_same_browser:
        return
    shot = Image.open(BytesIO(page.picture(WIDTHS[width], min(height, MOST_HIGH)))).convert("RGB")
    now = few_colours(shot, scheme)
    golden = PICTURES / f"{name}.{width}.{scheme}.png"
    if IS_WRITING:
        now.save(golden, optimize=True)
    assert_alike(now.convert("RGB"), Image.open(golden).convert("RGB"))


@pytest.mark.parametrize("language", ["de", "fr", "sv"])
def test_longer_languages_fit_a_phone(page, language):
    """Words of other languages are longer than English ones, and no letter is wider than the window."""
    renderer = Renderer(TEMPLATES, letterhead(language))
    letters = [
        *(renderer.team(GOLDEN[name]()) for name in ("suppressed", "long-names")),
        renderer.portal(portal()),
    ]
    for letter in letters:
        assert page.show(with_images(letter), WIDTHS["phone"], "light")[0] == WIDTHS["phone"]


def few_colours(picture, scheme):
    """With 16 colours: those of the scheme and the steps at the edges of its letters."""
    every = colours(*accents())
    own = {name: every[f"dark_{name}" if scheme == "dark" else name] for name in (*GROUNDS, *INKS)}
    ground, ink = channels(own["sheet"]), channels(own["ink"])
    steps = [tuple(round(g + (i - g) * n / 4) for g, i in zip(ground, ink, strict=True)) for n in (1, 2, 3)]
    bars = [channels(EARLIER), channels(bar_colour(own["accent"])), BAND[scheme]]
    palette = [*map(channels, own.values()), *steps, *bars]
    small = Image.new("P", (1, 1))
    small.putpalette([channel for colour in palette for channel in colour])
    return picture.quantize(palette=small, dither=Image.Dither.NONE)


def assert_alike(now, golden):
    assert now.size == golden.size
    difference = ImageChops.difference(now, golden).convert("L").point(lambda step: 255 * (step >= VISIBLE))
    different = difference.histogram()[255] / (now.width * now.height)
    assert different <= MOST_DIFFERENT


def test_a_word_that_moved_is_seen():
    """The comparison is strict enough to find one line of text in the wrong place."""
    golden = Image.new("RGB", (600, 2000), "#ffffff")
    now = golden.copy()
    now.paste("#18222d", (40, 300, 340, 312))
    with pytest.raises(AssertionError):
        assert_alike(now, golden)


def test_the_pictures_are_small():
    """Together they stay below what a repository carries easily, and none is left over."""
    there = {path.name for path in PICTURES.glob("*.png")}
    assert there == {
        f"{name}.{width}.{scheme}.png" for name in GOLDEN for width in WIDTHS for scheme in SCHEMES
    }
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < 1_500_000
