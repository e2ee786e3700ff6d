"""Draws docs/images/is-it-news.png: the same plugin beside two portals, and what is usual of it in each.

python tests/bench/_news_picture.py
"""

from collections.abc import Sequence
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, ImageFont

from plugin_digest.diff.news import USERS, judge
from plugin_digest.model import HISTORY_WEEKS, Judgement

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "images" / "is-it-news.png"
SEED, WEEKS, SHOWN = 46, 25, 12
LEVEL, PORTAL, FALL = 200, 2000, 0.65
INK, GREY, LINE = (0x1F, 0x29, 0x33), (0x52, 0x60, 0x6D), (0xC4, 0xCD, 0xD6)
BAR, THIS_WEEK, BAND, EDGE = (0x78, 0x8B, 0xA3), (0x2F, 0x74, 0xC0), (0xDD, 0xE8, 0xF5), (0x8F, 0xB4, 0xDE)
SIZE, PANEL_WIDTH, MARGIN = (1600, 900), 700, 60
STEP, BAR_WIDTH = 56, 30
PLUGIN_FOOT, PLUGIN_HEIGHT, PORTAL_FOOT, PORTAL_HEIGHT = 560, 360, 800, 140


def series() -> tuple[list[int], list[int]]:
    """Users of a plugin and of its portal, a holiday four weeks ago; this week both are a third down."""
    random = Random(SEED)
    calm = [0.7 if week == WEEKS - 5 else 1.0 for week in range(WEEKS - 1)] + [FALL]
    plugin = [round(random.gauss(LEVEL * factor, 9)) for factor in calm]
    return plugin, [round(random.gauss(PORTAL * factor, 30)) for factor in calm]


def judged(plugin: Sequence[int], portal: Sequence[int]) -> list[Judgement]:
    """Each of the weeks that are shown, against the twelve before it."""
    return [
        judge(
            plugin[now],
            plugin[now - HISTORY_WEEKS : now],
            portal[now],
            portal[now - HISTORY_WEEKS : now],
            figure=USERS,
        )
        for now in range(WEEKS - SHOWN, WEEKS)
    ]


def main() -> None:
    plugin, portal = series()
    image = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(image)
    _panel(draw, MARGIN, plugin, portal)
    _panel(draw, SIZE[0] - MARGIN - PANEL_WIDTH, plugin, [*portal[:-1], PORTAL])
    PICTURE.parent.mkdir(exist_ok=True)
    image.quantize(32, dither=Image.Dither.NONE).save(PICTURE, optimize=True)
    print(PICTURE)


def _panel(draw: ImageDraw.ImageDraw, left: int, plugin: Sequence[int], portal: Sequence[int]) -> None:
    weeks = judged(plugin, portal)
    this_week, usual = plugin[-1], weeks[-1].usual
    assert usual is not None
    is_news = weeks[-1].is_news
    _text(draw, (left, 30), "Unusual" if is_news else "Usual", 38, INK)
    portal_does = "while the portal is as always" if is_news else "and so is the whole portal"
    _text(draw, (left, 82), f"A third down, {portal_does}.", 26, GREY)
    _text(draw, (left, 118), f"{this_week} users, usual: {usual.low} to {usual.high}", 26, THIS_WEEK)
    top = 1.1 * max(week.usual.high for week in weeks if week.usual)
    for number, week in enumerate(weeks):
        if week.usual:
            ends = [PLUGIN_FOOT - end * PLUGIN_HEIGHT / top for end in (week.usual.high, week.usual.low)]
            x = left + number * STEP
            draw.rectangle((x, ends[0], x + STEP - 1, ends[1]), fill=BAND)
            for end in ends:
                draw.line((x, end, x + STEP - 1, end), fill=EDGE, width=3)
    _bars(draw, left, (PLUGIN_FOOT, PLUGIN_HEIGHT / top), plugin[-SHOWN:])
    _bars(draw, left, (PORTAL_FOOT, PORTAL_HEIGHT / (1.1 * PORTAL)), portal[-SHOWN:])
    _text(
        draw,
        (left, PLUGIN_FOOT + 12),
        "the plugin's users, twelve weeks, and the usual range of each",
        24,
        GREY,
    )
    _text(draw, (left, PORTAL_FOOT + 12), "the portal's users in the same weeks", 24, GREY)


def _bars(
    draw: ImageDraw.ImageDraw, left: int, foot_and_scale: tuple[int, float], counts: Sequence[int]
) -> None:
    foot, scale = foot_and_scale
    gap = (STEP - BAR_WIDTH) // 2
    for number, count in enumerate(counts):
        x = left + number * STEP + gap
        tone = THIS_WEEK if number == len(counts) - 1 else BAR
        draw.rectangle((x, foot - count * scale, x + BAR_WIDTH - 1, foot), fill=tone)
    draw.line((left, foot, left + SHOWN * STEP, foot), fill=LINE, width=2)


def _text(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], words: str, size: int, tone: tuple[int, int, int]
) -> None:
    draw.text(at, words, fill=tone, font=ImageFont.load_default(size))


if __name__ == "__main__":
    main()
