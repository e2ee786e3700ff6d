"""The bars of up to 12 weeks as a picture.

Owns the shape of a chart, not its words. The picture is a palette PNG on a transparent ground, at twice its
size on the screen; its tones must be seen on light and on dark grounds alike.
"""

import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from plugin_digest.model import HISTORY_WEEKS, Count, Point, Status, UsualRange, Week, is_known
from plugin_digest.render.palette import BAND_ALPHA


class Kind(StrEnum):
    """Where a chart stands, which gives its size."""

    ROW = "row"
    """In a line of a table."""
    CARD = "card"
    """With one plugin that needs a look."""
    PANEL = "panel"
    """Of the whole digest."""


@dataclass(frozen=True)
class Size:
    """Widths in units of 4 pixels, which is one byte while the picture is put together; heights in pixels.

    ``step`` is from one week to the next, ``bar`` and ``this_week`` are the widths of bars, ``foot`` is the
    room for marks below. Two pixels are one on the screen.
    """

    step: int
    bar: int
    this_week: int
    height: int
    foot: int
    dot: int
    line: int


SIZES = {
    Kind.ROW: Size(step=6, bar=3, this_week=5, height=48, foot=0, dot=1, line=0),
    Kind.CARD: Size(step=20, bar=11, this_week=17, height=128, foot=16, dot=2, line=2),
    Kind.PANEL: Size(step=22, bar=12, this_week=19, height=160, foot=16, dot=2, line=2),
}
_PIXELS = 4
_ZERO_PX = 4
_LEAST_PX = 6
_AIR_PX = 4
"""Above the highest bar or the band, so that neither is cut by the picture's edge."""

_EARLIER, _NOW, _BAND = b"\x55", b"\xaa", b"\xff"
"""Four pixels of one tone each."""
_EDGE_PX = 2
"""What marks the band, which itself is too pale to be seen by everybody: one pixel on the screen."""
_HATCH_PX = 8
_DASH_PX = 8
_TRIANGLE = ((0, 0x02, 0x80, 0), (0, 0x0A, 0xA0, 0), (0, 0x2A, 0xA8, 0), (0, 0xAA, 0xAA, 0),
             (0x02, 0xAA, 0xAA, 0x80), (0x0A, 0xAA, 0xAA, 0xA0))  # fmt: skip
_TRIANGLE_ROWS = 2


@dataclass(frozen=True)
class Drawing:
    """A chart before it is drawn: one figure of some weeks, this week last.

    ``usual`` is the range that is usual this week, ``marks`` the weeks with an annotation, ``break_week`` the
    first week that is measured in another way. ``figure`` is views or users.
    """

    history: tuple[Point, ...]
    kind: Kind
    usual: UsualRange | None = None
    marks: tuple[Week, ...] = ()
    break_week: Week | None = None
    figure: str = "views"

    @property
    def counts(self) -> list[Count]:
        return [p.usage.users if self.figure == "users" else p.usage.views for p in self.history]

    @property
    def size(self) -> Size:
        return SIZES[self.kind]

    @property
    def width_on_screen(self) -> int:
        return self.slots * self.size.step * _PIXELS // 2

    @property
    def height_on_screen(self) -> int:
        return self.height_px // 2

    @property
    def height_px(self) -> int:
        return self.size.height + (self.size.foot if self.marks else 0)

    @property
    def slots(self) -> int:
        """A short history stands to the right, so that the charts of a letter have one scale of time."""
        return max(len(self.history), HISTORY_WEEKS)


def draw(drawing: Drawing, now: tuple[int, int, int], earlier: tuple[int, int, int]) -> bytes:
    """The PNG, the same for the same drawing.

    ``now`` is the tone of this week's bar and of the usual range, as red, green and blue; ``earlier`` that of
    the weeks before.
    """
    columns = [_ground(drawing)] * (drawing.slots * drawing.size.step)
    _draw_bars(drawing, columns)
    if drawing.break_week:
        _draw_break(drawing, columns)
    height, width = drawing.height_px, len(columns)
    upright = b"".join(columns)
    rows = [bytearray(upright[y::height]) for y in range(height)]
    _draw_marks(drawing, rows)
    edges = _edges(drawing)
    packed = [_packed(row, is_edge=y in edges) for y, row in enumerate(rows)]
    return _png(packed, width * _PIXELS, _palette(earlier, now))


def _ground(drawing: Drawing) -> bytes:
    """An empty column from top to bottom: the line that bars stand on, and behind them what is usual."""
    column = bytearray(drawing.height_px)
    plot = drawing.size.height
    top, bottom = _band(drawing)
    column[top:bottom] = _BAND * (bottom - top)
    line = drawing.size.line
    column[plot - line : plot] = _EARLIER * line
    return bytes(column)


def _band(drawing: Drawing) -> tuple[int, int]:
    """The rows from the high end of what is usual to below the low one; none where that is not known."""
    if not drawing.usual:
        return 0, 0
    scale, plot = _scale(drawing), drawing.size.height
    top, bottom = (plot - round(count * scale) for count in (drawing.usual.high, drawing.usual.low))
    top = min(max(top, 0), plot - _EDGE_PX)
    return top, min(max(bottom, top + _EDGE_PX), plot)


def _edges(drawing: Drawing) -> frozenset[int]:
    """The rows in which the band is drawn in full; at the bottom, the line that bars stand on is enough."""
    top, bottom = _band(drawing)
    upper = range(top, min(top + _EDGE_PX, bottom))
    lower = range(max(bottom - _EDGE_PX, top), bottom) if bottom < drawing.size.height else ()
    return frozenset((*upper, *lower))


def _scale(drawing: Drawing) -> float:
    """Pixels for each count."""
    usual = drawing.usual.high if drawing.usual else 0
    top = max([usual, *filter(is_known, drawing.counts)])
    return (drawing.size.height - _AIR_PX) / max(top, 1)


def _draw_bars(drawing: Drawing, columns: list[bytes]) -> None:
    size, scale = drawing.size, _scale(drawing)
    first = drawing.slots - len(drawing.history)
    for n, (point, count) in enumerate(zip(drawing.history, drawing.counts, strict=True), first):
        is_last = n == drawing.slots - 1
        width, height, tone = size.this_week if is_last else size.bar, 0, _NOW if is_last else _EARLIER
        if is_known(count):
            height = max(round(count * scale), _LEAST_PX) if count else _ZERO_PX
        else:
            width, height = size.dot, size.dot * _PIXELS
        start = n * size.step + (size.step - width + 1) // 2
        is_hatched = is_known(count) and point.status is Status.INCOMPLETE
        lift = 0 if is_known(count) else size.line * 3
        for unit in range(start, start + width):
            ink = _hatched(tone, unit, height) if is_hatched else tone * height
            columns[unit] = _over(columns[unit], ink, size.height - height - lift)


def _over(column: bytes, ink: bytes, top: int) -> bytes:
    return column[:top] + ink + column[top + len(ink) :]


@cache
def _stripes(tone: int) -> bytes:
    """A column of slanted stripes, long enough for every bar and every place in it."""
    period = bytearray()
    for y in range(_HATCH_PX):
        pixels = [(x + y) % _HATCH_PX < _HATCH_PX // 2 for x in range(_PIXELS)]
        mask = sum(0b11 << 2 * (_PIXELS - 1 - x) for x, is_inked in enumerate(pixels) if is_inked)
        period.append(tone & mask)
    return bytes(period) * 32


def _hatched(tone: bytes, unit: int, height: int) -> bytes:
    cap = tone * min(height, 2)
    start = unit * _PIXELS % _HATCH_PX
    return cap + _stripes(tone[0])[start : start + height - len(cap)]


def _draw_break(drawing: Drawing, columns: list[bytes]) -> None:
    """A dashed line before the first week that is measured in another way, two pixels wide."""
    weeks = [point.week for point in drawing.history]
    if drawing.break_week not in weeks:
        return
    first = drawing.slots - len(weeks)
    unit = max((first + weeks.index(drawing.break_week)) * drawing.size.step - 1, 0)
    column, plot = bytearray(columns[unit]), drawing.size.height
    for y in range(plot):
        if y // _DASH_PX % 2 == 0:
            column[y] = column[y] & 0xF0 | 0x05
    columns[unit] = bytes(column)


def _draw_marks(drawing: Drawing, rows: list[bytearray]) -> None:
    """A triangle under the bar of each week with an annotation."""
    size = drawing.size
    if not (drawing.marks and size.foot):
        return
    weeks = [point.week for point in drawing.history]
    first = drawing.slots - len(weeks)
    for week in {*drawing.marks} & {*weeks}:
        start = (first + weeks.index(week)) * size.step + size.step // 2 - 2
        for n, line in enumerate(_TRIANGLE):
            for y in range(_TRIANGLE_ROWS):
                row = rows[size.height + 4 + n * _TRIANGLE_ROWS + y]
                row[start : start + len(line)] = bytes(line)


def _palette(earlier: tuple[int, int, int], now: tuple[int, int, int]) -> bytes:
    """The ground, earlier bars, this week's bar, the band and its edge."""
    return bytes((0xFF, 0xFF, 0xFF, *earlier, *now, *earlier, *now))


_TONES = range(4)
_EDGE = 4
"""The tone of the band where it has its edge."""


def _halves(edge: int) -> tuple[bytes, bytes]:
    """For each byte of four pixels the two bytes that they are in the file, two pixels each."""
    tone = [edge if code == _TONES[-1] else code for code in _TONES]
    pixels = [[tone[byte >> shift & 3] for shift in (6, 4, 2, 0)] for byte in range(256)]
    return bytes(a << 4 | b for a, b, _, _ in pixels), bytes(c << 4 | d for _, _, c, d in pixels)


_PLAIN_HALVES, _EDGE_HALVES = _halves(_TONES[-1]), _halves(_EDGE)


def _packed(row: bytearray, *, is_edge: bool) -> bytes:
    first, second = _EDGE_HALVES if is_edge else _PLAIN_HALVES
    packed = bytearray(2 * len(row))
    packed[::2], packed[1::2] = row.translate(first), row.translate(second)
    return bytes(packed)


def _png(rows: list[bytes], width: int, palette: bytes) -> bytes:
    packed = zlib.compressobj(9, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    raw = b"\0" + b"\0".join(rows)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, len(rows), 4, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette),
            _chunk(b"tRNS", bytes((0, 0xFF, 0xFF, BAND_ALPHA))),
            _chunk(b"IDAT", packed.compress(raw) + packed.flush()),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
