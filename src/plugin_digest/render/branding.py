"""Whose letter it is: the name, the accent colour and the logo that a portal chooses.

Owns what a logo may be and how large it is shown. Reads no file: it is given the logo's bytes.
"""

import warnings
from hashlib import blake2b
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from plugin_digest.errors import RenderError
from plugin_digest.render.layout import Brand, Picture
from plugin_digest.render.names import clean
from plugin_digest.render.palette import ACCENT, accents

MOST_BYTES = 50_000
MOST_PX = 2_000
_TYPES = ("PNG", "JPEG", "GIF")
_BOX = (200, 48)
"""The logo's room on the screen, width and height; the picture has twice as many pixels."""


def make_brand(
    name: str, url: str = "", accent: str = ACCENT, logo: bytes = b"", logo_alt: str = ""
) -> tuple[Brand, bytes]:
    """The brand, and the logo as a PNG that is no larger than it is shown; no bytes without a logo.

    Raises:
        RenderError: the accent is no colour, or the logo cannot be used.
    """
    name = clean(name)
    light, dark = accents(accent)
    png, picture = _logo(logo, clean(logo_alt) if logo_alt else name) if logo else (b"", None)
    return Brand(name, url, light, dark, picture), png


def _logo(content: bytes, alt: str) -> tuple[bytes, Picture]:
    if len(content) > MOST_BYTES:
        raise RenderError(f"the logo has {len(content):,} bytes, at most {MOST_BYTES:,} are mailed each time")
    image = _opened(content)
    width, height = image.size
    if max(width, height) > MOST_PX:
        raise RenderError(f"the logo has {width} x {height} pixels, at most {MOST_PX} x {MOST_PX} are read")
    shrink = min(1.0, 2 * _BOX[0] / width, 2 * _BOX[1] / height)
    png = _as_png(image, shrink)
    shown = [max(round(side * shrink / 2), 1) for side in (width, height)]
    name = f"logo.{blake2b(png, digest_size=6).hexdigest()}@plugin-digest"
    return png, Picture(name, alt, str(shown[0]), str(shown[1]))


def _opened(content: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(content), formats=_TYPES)
    except UnidentifiedImageError:
        raise RenderError("the logo is no PNG, JPEG or GIF") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RenderError(f"the logo has too many pixels: {error}") from error
    return image


def _as_png(image: Image.Image, shrink: float) -> bytes:
    """Whatever it was: mail programs show a PNG, and its ground stays transparent."""
    out = BytesIO()
    try:
        drawn = image.convert("RGBA")
        if shrink < 1:
            size = (max(round(image.width * shrink), 1), max(round(image.height * shrink), 1))
            drawn = drawn.resize(size, Image.Resampling.LANCZOS)
        drawn.save(out, "PNG", optimize=True)
    except (OSError, SyntaxError, ValueError) as error:
        raise RenderError(f"the logo is damaged: {error}") from error
    return out.getvalue()
