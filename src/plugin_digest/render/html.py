"""The HTML templates: escaped, strict about what they are given, and inlined before the first letter."""

import re
from collections.abc import Mapping

from jinja2 import Environment, StrictUndefined, Template
from jinja2.runtime import Undefined

from plugin_digest.errors import RenderError
from plugin_digest.render.inline import preinline
from plugin_digest.render.palette import colours

_DASH = "\u2013"
_RANGE = re.compile(rf"(?<=\d){_DASH}(?=\d)")
_JOINED = f"\u2060{_DASH}\u2060"
_NAMED = re.compile(r"\$([a-z][a-z_]*)")


def only_text(value: object) -> object:
    """Lets nothing but text into a letter: a number or a None here is a mistake of the view."""
    if isinstance(value, str | Undefined):
        return value
    raise TypeError(f"a template may print text only, and was given {value!r}")


def unbroken(value: object) -> object:
    """As `only_text`, with every range among words kept on one line: browsers break behind a dash.

    One that stands alone is a cell of a table, and may break where the table would be wider than a phone.
    """
    text = only_text(value)
    if not isinstance(text, str) or _DASH not in text or not any(map(str.isalpha, text)):
        return text
    return _RANGE.sub(_JOINED, text)


class Unknown(StrictUndefined):
    """A name that a template uses and nobody knows; the message says which there are."""

    @property
    def _undefined_message(self) -> str:
        known = getattr(self._undefined_obj, "__dataclass_fields__", None)
        if known is None:
            return super()._undefined_message
        kind = type(self._undefined_obj).__name__.lower()
        return f"a {kind} has no {self._undefined_name!r}; it has {', '.join(known)}"


def html_environment() -> Environment:
    return Environment(
        autoescape=True,
        undefined=Unknown,
        finalize=unbroken,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def compile_html(source: str) -> Template:
    """A template that renders letters with inlined CSS.

    Raises:
        RenderError: the source does not survive inlining.
        jinja2.TemplateSyntaxError: the source is no template.
    """
    return html_environment().from_string(preinline(source))


def look(accent: str, accent_dark: str, direction: str) -> Mapping[str, str]:
    """What a template names with a ``$``: the colours, and the sides where a line starts and ends."""
    start, end = ("right", "left") if direction == "rtl" else ("left", "right")
    return {**colours(accent, accent_dark), "start": start, "end": end}


def with_look(source: str, values: Mapping[str, str]) -> str:
    """A template's source with each ``$name`` replaced by its value.

    Raises:
        RenderError: there is no such name.
    """

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise RenderError(f"there is no {match[0]}; there are ${', $'.join(values)}")
        return values[match[1]]

    return _NAMED.sub(value, source)
