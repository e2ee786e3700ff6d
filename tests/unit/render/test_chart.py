"""The bars: what they show to the eye."""

from io import BytesIO
from time import process_time

import pytest
from PIL import Image

from factories import W46
from plugin_digest.model import Absent, Point, Status, Usage, UsualRange, last_weeks
from plugin_digest.render.chart import SIZES, Drawing, Kind, draw
from plugin_digest.render.palette import BAND_ALPHA

VIEWS = (1200, 1100, 1500, Absent.NO_DATA, 1700, 3000, 2500, 0, 1900, 900, 1800, 2300)
NOW, EARLIER = (34, 111, 201), (124, 138, 153)


def history(views=VIEWS, incomplete=(), users=Absent.NOT_AVAILABLE):
    return tuple(
        Point(each, Usage(count, users), Status.INCOMPLETE if n in incomplete else Status.FINAL)
        for n, (each, count) in enumerate(zip(last_weeks(W46, len(views)), views, strict=True))
    )


def drawn(drawing):
    return Image.open(BytesIO(draw(drawing, NOW, EARLIER))).convert("RGBA")


def step_px(drawing):
    return drawing.size.step * 4


def bar(drawing, n):
    """The part of the picture that belongs to one week, without the foot and the line."""
    step = step_px(drawing)
    return drawn(drawing).crop((n * step, 0, (n + 1) * step, drawing.size.height - drawing.size.line))


def ink(image):
    """Per opaque colour how many pixels have it."""
    return {colour[:3]: count for count, colour in image.getcolors() if colour[3] == 255}


def height_of(image, tone=None):
    if tone:
        rows = [y for y in range(image.height) if image.getpixel((20, y)) == (*tone, 255)]
        return len(rows)
    box = image.getchannel("A").point(lambda alpha: 255 * (alpha == 255)).getbbox()
    return box[3] - box[1] if box else 0


@pytest.mark.parametrize("kind", Kind)
def test_heights_follow_the_figures(kind):
    """Half the views are half as high; this week has a colour and a width of its own."""
    drawing = Drawing(history((10, 20, 5, *[1] * 8, 20)), kind)
    heights = [height_of(bar(drawing, n)) for n in (0, 1, 2, 11)]
    line = drawing.size.line
    assert heights[1] == heights[3] == pytest.approx(drawing.size.height - 4 - line, abs=1)
    assert heights[0] + line == pytest.approx((heights[1] + line) / 2, abs=1)
    assert heights[2] + line == pytest.approx((heights[1] + line) / 4, abs=1)
    this, best = ink(bar(drawing, 11)), ink(bar(drawing, 1))
    assert (set(this), set(best)) == ({NOW}, {EARLIER})
    assert this[NOW] > 1.4 * best[EARLIER]


def test_nothing_zero_and_a_little_look_different():
    """A week without data is a dot, a zero a line, one view a visible bar (matomo-org/matomo#20463)."""
    gap, zero, little = (first_bar(each) for each in (Absent.NO_DATA, 0, 1))
    assert (gap, zero, little) == ((4, 4), (12, 4), (12, 6))


def first_bar(views):
    drawing = Drawing(history((views, *[1000] * 11)), Kind.ROW)
    left, top, right, bottom = bar(drawing, 0).getchannel("A").getbbox()
    return right - left, bottom - top


@pytest.mark.parametrize("kind", Kind)
def test_an_incomplete_week_is_hatched(kind):
    """Five days of seven are no solid bar, but as high as their figure."""
    whole, hatched = (bar(Drawing(history([100] * 12, incomplete=i), kind), 4) for i in ((), (4,)))
    assert height_of(hatched) == height_of(whole)
    assert ink(hatched)[EARLIER] == pytest.approx(ink(whole)[EARLIER] / 2, rel=0.1)


@pytest.mark.parametrize("kind", Kind)
def test_the_band_shows_what_is_usual(kind):
    """Behind the bars, from the low end to the high one: faint, and with an edge in this week's tone."""
    drawing = Drawing(history([40, *[Absent.NO_DATA] * 10, 100]), kind, usual=UsualRange(50, 75))
    between = drawn(drawing).crop((step_px(drawing), 0, step_px(drawing) + 1, drawing.size.height))
    column = [between.getpixel((0, y)) for y in range(between.height)]
    scale = (drawing.size.height - 4) / 100
    top, bottom = (drawing.size.height - round(count * scale) for count in (75, 50))
    assert [y for y, pixel in enumerate(column) if pixel == (*NOW, 255)] == [
        top, top + 1, bottom - 2, bottom - 1
    ]  # fmt: skip
    assert set(column[top + 2 : bottom - 2]) == {(*EARLIER, BAND_ALPHA)}
    assert not any(alpha for *_, alpha in column[:top])


def test_a_band_from_zero_has_an_edge_on_top_only():
    """The line that bars stand on is its lower one."""
    drawing = Drawing(history([40, *[Absent.NO_DATA] * 10, 100]), Kind.CARD, usual=UsualRange(0, 50))
    between = drawn(drawing).crop((step_px(drawing), 0, step_px(drawing) + 1, drawing.size.height))
    assert ink(between) == {NOW: 2, EARLIER: 2}


def test_a_band_above_every_bar_is_not_cut():
    """The picture is scaled to what is usual where that is more than anything seen."""
    drawing = Drawing(history([10] * 12), Kind.CARD, usual=UsualRange(20, 40))
    assert height_of(bar(drawing, 0), EARLIER) < drawing.size.height / 3
    assert drawn(drawing).getpixel((0, 0))[3] == 0


def test_marks_stand_below_their_weeks():
    """A triangle under the bar of a week with a note, and none under the others."""
    drawing = Drawing(history(), Kind.CARD, marks=(W46.plus(-3),))
    foot = drawn(drawing).crop((0, drawing.size.height, 2 * drawing.width_on_screen, drawing.height_px))
    left, _, right, _ = foot.getchannel("A").getbbox()
    middle = 8 * step_px(drawing) + step_px(drawing) // 2
    assert (left + right) / 2 == pytest.approx(middle, abs=2)
    assert right - left == 12
    assert drawing.height_on_screen == SIZES[Kind.CARD].height // 2 + 8


def test_a_break_is_a_dashed_line_before_its_first_week():
    """Dashes and gaps between the old and the new way of measuring."""
    plain, broken = (Drawing(history(), Kind.PANEL, break_week=week) for week in (None, W46.plus(-5)))
    x = 6 * step_px(broken) - 2
    before, after = (
        each.crop((x, 0, x + 1, each.height)).getchannel("A").tobytes()
        for each in map(drawn, (plain, broken))
    )
    dashes = [new for old, new in zip(before, after, strict=True) if old != new]
    assert set(dashes) == {255}
    assert len(dashes) == pytest.approx(SIZES[Kind.PANEL].height / 2, abs=8)


def test_a_short_history_stands_to_the_right():
    """Four weeks have the same scale of time as twelve."""
    drawing = Drawing(history((4, 4, 4, 4)), Kind.CARD)
    assert drawing.width_on_screen == Drawing(history(), Kind.CARD).width_on_screen
    assert not ink(bar(drawing, 7))
    assert ink(bar(drawing, 8))


def test_users_are_drawn_where_they_are_the_figure():
    """A chart of users does not show views."""
    points = history((9, *[1] * 11), users=5)
    assert draw(Drawing(points, Kind.ROW, figure="users"), NOW, EARLIER) == draw(
        Drawing(history([5] * 12), Kind.ROW), NOW, EARLIER
    )


@pytest.mark.parametrize("kind", Kind)
def test_the_picture_is_small_twice_its_size_and_always_the_same(kind):
    """The same figures give the same bytes, at two pixels for each on the screen."""
    drawing = Drawing(history(incomplete=(4,)), kind, UsualRange(900, 1500), (W46,), W46.plus(-3))
    png = draw(drawing, NOW, EARLIER)
    assert png == draw(drawing, NOW, EARLIER)
    assert len(png) < 4_000
    assert Image.open(BytesIO(png)).size == (2 * drawing.width_on_screen, 2 * drawing.height_on_screen)


def test_any_history_can_be_drawn():
    """Extremes, and weeks of which nothing is known, do not fail."""
    for views in ([0] * 12, [Absent.HIDDEN] * 12, [10**12, *[1] * 11], [7]):
        for kind in Kind:
            for usual in (None, UsualRange(0, 0), UsualRange(5, 5)):
                assert drawn(Drawing(history(views), kind, usual, (W46,), W46)).width


@pytest.mark.parametrize(("kind", "most_s"), [(Kind.ROW, 0.001), (Kind.CARD, 0.003), (Kind.PANEL, 0.003)])
def test_drawing_is_quick(kind, most_s):
    """Thirty charts take a few milliseconds; the bounds are ten times what was measured."""
    drawing = Drawing(history(), kind, UsualRange(900, 1500))
    assert min(_seconds(drawing) for _ in range(20)) < most_s


def _seconds(drawing):
    started = process_time()
    draw(drawing, NOW, EARLIER)
    return process_time() - started
