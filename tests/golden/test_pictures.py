"""What readers see: thirteen letters at the width of a desk and of a phone, by day and night.

Chromium draws them with two fonts, whatever else is installed; the pictures were looked at by a
person. Where the same browser draws them again hardly a pixel may differ; another version may draw
letters a little differently, but nothing elsewhere. To draw them anew:
``PLUGIN_DIGEST_GOLDEN=write pytest tests/golden``, then look at each that changed.
"""

import base64
import json
import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from golden.browser import browser, environment, fonts_missing, is_there
from plugin_digest.model import READER_MARK
from plugin_digest.render import Renderer
from plugin_digest.render.palette import (
    ACCENT,
    BAND_ALPHA,
    EARLIER,
    accents,
    bar_colour,
    blended,
    channels,
    colours,
)
from render_examples import (
    CI,
    GOLDEN,
    GOLDEN_LETTERS,
    SENDER,
    SPELLINGS,
    TEMPLATES,
    all_new,
    letterhead,
    logo,
    portal,
)

BRAND = "#0a7d4f"
LETTERS = {
    **GOLDEN_LETTERS,
    "portal": lambda renderer: renderer.portal(portal()),
    "brand": lambda _: Renderer(TEMPLATES, letterhead(accent=BRAND, logo=logo())).team(all_new()),
}
PICTURES = Path(__file__).parent / "pictures"
DOCUMENTED = Path(__file__).parents[2] / "docs" / "images" / "digest-looks.png"
MARGIN, SHOWN_PX = 24, 1320
RECORDED = PICTURES / "drawn-by.json"
IS_WRITING = os.environ.get("PLUGIN_DIGEST_GOLDEN") == "write"
WIDTHS = {"desk": 600, "phone": 360}
SCHEMES = ("light", "dark")
MOST_DIFFERENT = 0.002
"""Of all pixels; a word that moved is ten times as much."""
MOST_BLOCKS = 0.03
"""Of all squares of `BLOCK` pixels, where another version of the browser draws."""
BLOCK = 4
VISIBLE = 48
"""A difference of fewer than so many steps of 255 is the rounding of an edge."""
GROUNDS, INKS = ("page", "sheet", "panel"), ("ink", "muted", "rule", "hair", "accent")

pytestmark = pytest.mark.skipif(
    not is_there() and os.environ.get("CI") != "true",
    reason="there is no chromium on this machine; where CI=true that is a failure",
)


@pytest.fixture(scope="module")
def letters():
    renderer = Renderer(TEMPLATES, **SENDER)
    return {name: with_images(write(renderer)) for name, write in LETTERS.items()}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="module")
def is_same_browser():
    """Whether the very version that drew the pictures draws again; the test is skipped where fonts differ."""
    missing = fonts_missing()
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"fonts are not installed: {', '.join(missing)} (fonts-liberation, fonts-dejavu-core)")
    if missing:
        pytest.skip(f"these fonts, with which the pictures are drawn, are not here: {', '.join(missing)}")
    now = environment()
    if IS_WRITING:
        PICTURES.mkdir(exist_ok=True)
        RECORDED.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
    drawn = json.loads(RECORDED.read_text(encoding="utf-8"))
    if now["fonts"] != drawn["fonts"]:
        pytest.skip("the fonts here are of another release than those that drew the pictures")
    return now["browser"] == drawn["browser"]


def with_images(letter):
    plugins = tuple(sorted(SPELLINGS.values()))
    reason = Renderer(TEMPLATES, **SENDER).reason([(CI, plugins)], "group:default/ci-platform")
    html = letter.html.replace(READER_MARK, reason)
    for image in letter.images:
        data = base64.b64encode(image.png).decode()
        html = html.replace(f"cid:{image.name}", f"data:image/png;base64,{data}")
    return html


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", LETTERS)
def test_letters_fit_the_window(page, letters, name, width, scheme):
    """Nothing is wider than the window, and the sheet is light by day and dark by night."""
    content_px, _ = page.show(letters[name], WIDTHS[width], scheme)
    assert content_px == WIDTHS[width]
    ground = page.measure("getComputedStyle(document.querySelector('.sheet')).backgroundColor")
    assert (sum(map(int, ground[4:-1].split(","))) < 3 * 128) == (scheme == "dark")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", LETTERS)
def test_letters_look_as_they_were_reviewed(page, letters, is_same_browser, name, width, scheme):
    """The picture is the one that a person looked at."""
    _, height = page.show(letters[name], WIDTHS[width], scheme)
    shot = Image.open(BytesIO(page.picture(WIDTHS[width], height))).convert("RGB")
    now = few_colours(shot, scheme, BRAND if name == "brand" else ACCENT)
    golden = PICTURES / f"{name}.{width}.{scheme}.png"
    if IS_WRITING:
        now.save(golden, optimize=True)
    compare = assert_same if is_same_browser else assert_alike
    compare(now.convert("RGB"), Image.open(golden).convert("RGB"))


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


def few_colours(picture, scheme, accent):
    """With 16 colours: those of the scheme and the steps at the edges of its letters and of what is usual."""
    every = colours(*accents(accent))
    own = {name: every[f"dark_{name}" if scheme == "dark" else name] for name in (*GROUNDS, *INKS)}
    ground, ink = channels(own["sheet"]), channels(own["ink"])
    steps = [tuple(round(g + (i - g) * n / 4) for g, i in zip(ground, ink, strict=True)) for n in (1, 2, 3)]
    bar = bar_colour(every["accent"])
    band = [blended(EARLIER, own[ground], BAND_ALPHA / 0xFF) for ground in ("sheet", "panel")]
    charts = (EARLIER, bar, blended(bar, own["sheet"], 0.5), *band)
    palette = [*map(channels, (*own.values(), *charts)), *steps]
    small = Image.new("P", (1, 1))
    small.putpalette([channel for colour in palette for channel in colour])
    return picture.quantize(palette=small, dither=Image.Dither.NONE)


def assert_same(now, golden):
    assert now.size == golden.size
    assert different(now, golden) <= MOST_DIFFERENT


def assert_alike(now, golden):
    """But for how letters are drawn: what is averaged over small squares stays."""
    assert now.size == golden.size
    assert different(now.reduce(BLOCK), golden.reduce(BLOCK)) <= MOST_BLOCKS


def different(one, other):
    """The part of all pixels that differ visibly."""
    steps = ImageChops.difference(one, other).convert("L").point(lambda step: 255 * (step >= VISIBLE))
    return steps.histogram()[255] / (one.width * one.height)


def test_the_picture_in_the_documentation_is_of_this_look():
    """It is put together from two of the pictures here."""
    shown = Image.new("RGB", (MARGIN + 600 + MARGIN + 360 + MARGIN, MARGIN + SHOWN_PX + MARGIN), "#d8dde5")
    for left, name in ((MARGIN, "ordinary.desk.light"), (MARGIN + 600 + MARGIN, "ordinary.phone.dark")):
        letter = Image.open(PICTURES / f"{name}.png").convert("RGB")
        shown.paste(letter.crop((0, 0, letter.width, SHOWN_PX)), (left, MARGIN))
    if IS_WRITING:
        shown.quantize(64, dither=Image.Dither.NONE).save(DOCUMENTED, optimize=True)
    assert different(shown, Image.open(DOCUMENTED).convert("RGB")) == 0


def test_a_word_that_moved_is_seen():
    """The comparison is strict enough to find one line of text in the wrong place."""
    golden = Image.new("RGB", (600, 2000), "#ffffff")
    now = golden.copy()
    now.paste("#18222d", (40, 300, 340, 312))
    with pytest.raises(AssertionError):
        assert_same(now, golden)


def test_a_chart_that_moved_is_seen_in_any_browser():
    """Another version of the browser may draw letters differently, but no chart and no card elsewhere."""
    golden = Image.open(PICTURES / "ordinary.desk.light.png").convert("RGB")
    now = golden.copy()
    now.paste(golden.crop((0, 400, 600, golden.height - 16)), (0, 416))
    with pytest.raises(AssertionError):
        assert_alike(now, golden)


def test_the_pictures_are_small():
    """Together they stay below what a repository carries easily, and none is left over."""
    there = {path.name for path in PICTURES.glob("*.png")}
    assert there == {
        f"{name}.{width}.{scheme}.png" for name in LETTERS for width in WIDTHS for scheme in SCHEMES
    }
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < 2_500_000
