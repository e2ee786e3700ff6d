"""The bars: what they show, to eyes and to ears."""

from datetime import date
from io import BytesIO

import pytest
from PIL import Image

from factories import W46
from plugin_digest.model import Absent, Point, Status, Usage, Week, last_weeks
from plugin_digest.render.sparkline import PANEL, ROW, THIS_WEEK, USUAL, Sketch, describe, draw

VIEWS = (1200, 1100, 1500, Absent.NO_DATA, 1700, 3000, 2500, 0, 1900, 900, 1800, 2300)


def history(views=VIEWS, week=W46, incomplete=()):
    return tuple(
        Point(
            each, Usage(count, Absent.NOT_AVAILABLE), Status.INCOMPLETE if n in incomplete else Status.FINAL
        )
        for n, (each, count) in enumerate(zip(last_weeks(week, len(views)), views, strict=True))
    )


def columns(png):
    """Per bar the colours that occur in it, and how many of its pixels are coloured."""
    image = Image.open(BytesIO(png)).convert("RGBA")
    step = image.width // 12
    bars = []
    for n in range(12):
        box = image.crop((n * step, 0, (n + 1) * step, image.height))
        shown = [colour[:3] for _, colour in box.getcolors() if colour[3]]
        bars.append((set(shown), sum(count for count, colour in box.getcolors() if colour[3])))
    return bars


@pytest.mark.parametrize("size", [ROW, PANEL])
def test_heights_follow_the_figures(size):
    """The highest week fills the picture, half of it is half as high, this week alone is darker."""
    bars = columns(draw(Sketch(history((10, 20, 5, *[1] * 8, 20)), size)))
    full = size.height * size.bar * 8
    assert [area for _, area in bars[:3]] == [full // 2, full, full // 4]
    assert bars[-1] == ({THIS_WEEK}, full)
    assert all(colours == {USUAL} for colours, _ in bars[:-1])


def test_nothing_zero_and_a_little_look_different():
    """A week without data is a dot, a zero a line, one view a visible bar (matomo-org/matomo#20463)."""
    gap, zero, little = (first_bar_px(each) for each in (Absent.NO_DATA, 0, 1))
    assert (gap, zero, little) == ((8, 4), (16, 2), (16, 6))


def first_bar_px(views):
    """Width and height of what is drawn for it, next to weeks of a thousand."""
    image = Image.open(BytesIO(draw(Sketch(history((views, *[1000] * 11)), ROW)))).convert("RGBA")
    left, top, right, bottom = image.crop((0, 0, 24, 48)).getchannel("A").getbbox()
    return right - left, bottom - top


def test_an_incomplete_week_is_lighter():
    """Five days of seven are no solid bar."""
    whole, striped = (columns(draw(Sketch(history([100] * 12, incomplete=i), ROW)))[4] for i in ((), (4,)))
    assert striped[0] == whole[0] == {USUAL}
    assert striped[1] == whole[1] // 2


def test_the_picture_is_small_twice_its_size_and_always_the_same():
    """The same figures give the same bytes; a picture weighs less than its alt text in a mail would."""
    sketch = Sketch(history(), ROW)
    png = draw(sketch)
    assert png == draw(sketch)
    assert len(png) < 350
    assert Image.open(BytesIO(png)).size == (2 * sketch.width_on_screen, 2 * sketch.height_on_screen)


def test_any_history_can_be_drawn():
    """Extremes, and weeks of which nothing is known, do not fail."""
    for views in ([0] * 12, [Absent.HIDDEN] * 12, [10**12, *[1] * 11], [7]):
        assert draw(Sketch(history(views), ROW)).startswith(b"\x89PNG")


def test_the_alt_text_gives_the_numbers():
    """Who does not see the picture hears its first, last and highest figure, and what is missing."""
    assert describe(history(incomplete=(9,))) == (
        "Views over 12 weeks, W35 to W46: from 1,200 to 2,300, highest 3,000 in W40; "
        "one week without data; incomplete: W44"
    )
    sunday = history([5] * 11 + [9], Week(date(2021, 12, 12)))
    assert describe(sunday).endswith("26 Sep to 12 Dec: from 5 to 9, highest 9 in the week of 12 Dec")


def test_a_history_without_views_is_not_drawn():
    """A flat line says no more than a word, so there is no picture and no alt text."""
    assert describe(history([0] * 12)) == describe(history([Absent.NO_DATA] * 12)) == ""
