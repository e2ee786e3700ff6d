"""The colours of every letter, and the two that a portal may choose by its accent.

Owns which colour stands on which ground, and that each can be read there: 4.5 to 1 for words, 3 to 1 for bars
(WCAG 2.2, 1.4.3 and 1.4.11). Knows no template: those name a colour as ``$ink`` or ``$dark_ink``.
"""

import colorsys
import re
from collections.abc import Callable, Mapping
from functools import cache

from plugin_digest.errors import RenderError

ACCENT = "#1c5da8"
WORDS_RATIO = 4.5
BARS_RATIO = 3.0

LIGHT = {"page": "#f2f4f6", "sheet": "#ffffff", "panel": "#f6f8fa"}
"""The grounds of a light letter: around it, its own, and a card's."""
DARK = {"page": "#0e141a", "sheet": "#151d25", "panel": "#1a232c"}

_LIGHT_INKS = {"ink": "#18222d", "muted": "#535f6c", "rule": "#8a96a3", "hair": "#e1e6eb"}
_DARK_INKS = {"ink": "#e9edf1", "muted": "#a8b4c0", "rule": "#6f7d8b", "hair": "#303c48"}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_STEPS = 400
EARLIER = "#7c8a99"
"""The bars of the weeks before, and thinly the band of what is usual."""
BAND_ALPHA = 0x10
APART_RATIO = 1.3
"""Between this week's bar and those before, which differ in width as well."""
NEUTRAL = "#687786"
"""This week's bar where no shade of the accent is seen everywhere and told from those before."""


def colours(accent: str, accent_dark: str) -> Mapping[str, str]:
    """Every colour by the name that templates use."""
    light = {**LIGHT, **_LIGHT_INKS, "accent": accent}
    dark = {**DARK, **_DARK_INKS, "accent": accent_dark}
    return {**light, **{f"dark_{name}": colour for name, colour in dark.items()}}


def accents(colour: str = ACCENT) -> tuple[str, str]:
    """The accent as it is read on light and on dark grounds: its hue, lighter or darker where it must be.

    Raises:
        RenderError: it is not written like ``#1c5da8``.
    """
    _checked(colour)
    return (
        _nearest(colour, lambda each: _on_all(each, LIGHT, WORDS_RATIO)),
        _nearest(colour, lambda each: _on_all(each, DARK, WORDS_RATIO)),
    )


def bar_colour(accent: str) -> str:
    """The accent as this week's bar is painted in it.

    It is seen on light and on dark grounds and on the band there, and is not taken for an earlier week's.
    """
    _checked(accent)
    return _nearest(accent, _is_bar, NEUTRAL)


def bar_grounds() -> tuple[str, ...]:
    """What bars stand on: each ground, with the band on it and without."""
    plain = (*LIGHT.values(), *DARK.values())
    return (*plain, *(blended(EARLIER, ground, BAND_ALPHA / 0xFF) for ground in plain))


def blended(colour: str, ground: str, alpha: float) -> str:
    """What is seen where the colour lies thinly on the ground."""
    pairs = zip(channels(colour), channels(ground), strict=True)
    return "#" + "".join(f"{round(over * alpha + under * (1 - alpha)):02x}" for over, under in pairs)


@cache
def _is_bar(colour: str) -> bool:
    seen = all(contrast(colour, ground) >= BARS_RATIO for ground in bar_grounds())
    return seen and contrast(colour, EARLIER) >= APART_RATIO


def contrast(one: str, other: str) -> float:
    """How well one colour is seen on the other: from 1, not at all, to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255 each."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _checked(colour: str) -> None:
    if not _COLOUR.fullmatch(colour):
        raise RenderError(f"the accent {colour!r} is no colour; write it like {ACCENT}")


def _on_all(colour: str, grounds: Mapping[str, str], ratio: float) -> bool:
    return all(contrast(colour, ground) >= ratio for ground in grounds.values())


def _nearest(colour: str, is_readable: Callable[[str], bool], otherwise: str = "") -> str:
    """The colour, or the one of its hue that is readable with the smallest step of lightness, or another."""
    colour = colour.lower()
    if is_readable(colour):
        return colour
    hue, lightness, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in channels(colour)))
    steps = sorted((step / _STEPS for step in range(_STEPS + 1)), key=lambda step: abs(step - lightness))
    candidates = (_hex(colorsys.hls_to_rgb(hue, step, saturation)) for step in steps)
    return next(filter(is_readable, candidates), otherwise)


def _hex(rgb: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in rgb)


def _luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    red, green, blue = (_linear(channel / 255) for channel in channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - by WCAG
