"""Inlines the CSS of an HTML template once, with premailer, so that no mail has to go through it.

The result is a template again: Jinja's expressions are hidden behind tokens that an HTML parser leaves
alone, words inside markup and comments in text, and put back afterwards. For that to work, a template opens
with ``<!DOCTYPE html>``, has no expression in a ``class``, and each branch holds whole elements.
"""

import logging
import re

from premailer import Premailer

from plugin_digest.errors import RenderError

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_MARKUP = re.compile(
    r"<!--.*?-->|<(style|title|script)\b.*?</\1\s*>|<(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*>",
    re.DOTALL | re.IGNORECASE,
)
_WORD = re.compile(r"jx\d+x")
_TOKEN = re.compile(r"<!--jx(\d+)x-->|jx(\d+)x")


def inline(html: str) -> str:
    """One HTML text with its CSS inlined. The style block with ``data-premailer="ignore"`` stays as it is.

    Widths and heights are written as attributes in the templates, for Outlook: premailer would replace a
    picture's by the ``100%`` and ``auto`` of its style.
    """
    return str(
        Premailer(
            html,
            disable_validation=True,
            allow_network=False,
            align_floating_images=False,
            disable_basic_attributes=["width", "height"],
            cssutils_logging_level=logging.CRITICAL,
        ).transform(pretty_print=False)
    )


def preinline(source: str) -> str:
    """A template's source with its CSS inlined.

    Raises:
        RenderError: the source breaks one of the rules above, or an expression got lost on the way.
    """
    if not source.startswith("<!DOCTYPE html>"):
        raise RenderError("the template must open with <!DOCTYPE html>, in exactly these letters")
    if _TOKEN.search(source):
        raise RenderError(f"the template holds {_TOKEN.search(source)}, which is used to hide expressions")
    hidden: list[str] = []

    def hide(match: re.Match[str]) -> str:
        hidden.append(match.group())
        return f"jx{len(hidden) - 1}x"

    html = inline(_comments_in_text(_JINJA.sub(hide, source)))
    found = [int(match[1] or match[2]) for match in _TOKEN.finditer(html)]
    if sorted(found) != list(range(len(hidden))):
        lost = [hidden[i] for i in sorted(set(range(len(hidden))) - set(found))]
        raise RenderError(f"inlining the template's CSS lost or doubled expressions: {lost}")
    return _TOKEN.sub(lambda match: hidden[int(match[1] or match[2])], html)


def _comments_in_text(flat: str) -> str:
    """Makes each token between tags a comment: loose words in a table would be moved out of it."""
    parts: list[str] = []
    position = 0
    for match in _MARKUP.finditer(flat):
        parts += [_WORD.sub(r"<!--\g<0>-->", flat[position : match.start()]), match.group()]
        position = match.end()
    parts.append(_WORD.sub(r"<!--\g<0>-->", flat[position:]))
    return "".join(parts)
