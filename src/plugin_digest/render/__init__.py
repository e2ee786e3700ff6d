"""Writes digests: all wording and number formats, HTML, text and pictures. Pure but for reading templates."""

from plugin_digest.render.branding import make_brand
from plugin_digest.render.letterhead import Letterhead
from plugin_digest.render.renderer import Renderer
from plugin_digest.render.words.language import load_language

__all__ = ["Letterhead", "Renderer", "load_language", "make_brand"]
