"""Inlining a template once is the same as inlining every mail."""

import lxml.html  # type: ignore[import-untyped]
import pytest
from lxml import etree

from plugin_digest.errors import RenderError
from plugin_digest.render.html import compile_html, html_environment, look, with_look
from plugin_digest.render.inline import inline, preinline
from plugin_digest.render.renderer import LIMITS, _Loader
from plugin_digest.render.words.portal import portal_view
from plugin_digest.render.words.team import team_view
from render_examples import (
    GOLDEN,
    TEMPLATES,
    incomplete,
    letterhead,
    many,
    ordinary,
    portal,
    renamed,
    without_users,
)

HEAD_OF_LETTERS = letterhead()
HEAD = '<!DOCTYPE html>\n<html lang="en"><head><title>t</title><style>{}</style></head><body>'
TEAMS = {
    "incomplete": incomplete,
    "without users": without_users,
    "corrected": lambda: ordinary(edition=2, pages=()),
    **GOLDEN,
    "300 plugins": lambda: many(300),
    "markup in names": lambda: renamed(ordinary(), '<a href="x">jx1x & {{ 7*7 }}'),
}


def canonical(html):
    return etree.tostring(lxml.html.document_fromstring(html), method="c14n")


def both_ways(name, view):
    brand = HEAD_OF_LETTERS.brand
    source = with_look(
        _Loader(TEMPLATES, HEAD_OF_LETTERS).read(name), look(brand.accent, brand.accent_dark, "ltr")
    )
    once = compile_html(source).render(view=view)
    each = inline(html_environment().from_string(source).render(view=view))
    return canonical(once), canonical(each)


@pytest.mark.parametrize("name", TEAMS)
def test_preinlined_and_rendered_equals_rendered_and_inlined(name):
    """The team template gives the same document whichever comes first."""
    once, each = both_ways("digest.html.j2", team_view(TEAMS[name](), HEAD_OF_LETTERS, LIMITS[0]))
    assert once == each
    assert b"style=" in once


def test_the_portal_template_as_well():
    """The portal template gives the same document whichever comes first."""
    once, each = both_ways("portal.html.j2", portal_view(portal(), HEAD_OF_LETTERS, LIMITS[0]))
    assert once == each


def test_expressions_survive_in_text_attributes_tables_and_titles():
    """Loops stay inside their table, links keep their expression, conditions keep their less-than."""
    source = HEAD.format(".c { color: #123456; }") + (
        '<table>{% for r in rows %}<tr><td class="c"><a href="{{ r.url }}">{{ r.n }}</a>'
        "{% if r.n < 3 %}<b>few</b>{% endif %}</td></tr>{% endfor %}</table></body></html>"
    )
    out = preinline(source)
    for kept in ("{% for r in rows %}<tr>", 'href="{{ r.url }}"', "{% if r.n < 3 %}", "</tr>{% endfor %}"):
        assert kept in out
    assert 'style="color:#123456"' in out


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("<!doctype html>\n<html></html>", "<!DOCTYPE html>"),
        (HEAD.format(".c { width: {{ w }}px; }") + "<p>x</p>", "{{ w }}"),
        (HEAD.format("") + "<p>jx12x</p>", "jx12x"),
    ],
)
def test_a_template_that_would_not_survive_is_refused(source, says):
    """A lost expression or doctype is found when the template is loaded, not in somebody's mail."""
    with pytest.raises(RenderError) as caught:
        preinline(source)
    assert says in str(caught.value)
