"""The HTML templates: escaped, strict about what they are given, and inlined before the first letter."""

from jinja2 import Environment, StrictUndefined, Template
from jinja2.runtime import Undefined

from plugin_digest.render.inline import preinline


def only_text(value: object) -> object:
    """Lets nothing but text into a letter: a number or a None here is a mistake of the view."""
    if isinstance(value, str | Undefined):
        return value
    raise TypeError(f"a template may print text only, and was given {value!r}")


def html_environment() -> Environment:
    return Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=only_text,
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
