"""From digests to letters: wording, layout and pictures. Reads template files when loaded, then nothing."""

from plugin_digest.render.check import check_letter
from plugin_digest.render.renderer import Renderer

__all__ = ["Renderer", "check_letter"]
