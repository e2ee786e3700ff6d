"""Whole letters, read by a person when they change.

The HTML is kept as its body without styles, one element a line: what a letter says and how it is built.
To write the files anew: ``PLUGIN_DIGEST_GOLDEN=write pytest tests/golden``, then read the difference.
"""

import os
import re
from pathlib import Path

import pytest

from plugin_digest.render import Renderer
from render_examples import GOLDEN_LETTERS, SENDER, TEMPLATES, incomplete, portal, without_users

HERE = Path(__file__).parent
LETTERS = {
    **GOLDEN_LETTERS,
    "incomplete-week": lambda renderer: renderer.team(incomplete()),
    "users-not-available": lambda renderer: renderer.team(without_users()),
    "portal": lambda renderer: renderer.portal(portal()),
}


@pytest.fixture(scope="module")
def renderer():
    return Renderer(TEMPLATES, **SENDER)


def readable(html):
    body = html[html.index("<body") :]
    plain = re.sub(
        r' (?:style|class|cellpadding|cellspacing|border|align|valign|bgcolor)=(?:"[^"]*"|\'[^\']*\')',
        "",
        body,
    )
    lines = re.sub(
        r"(</(?:tr|p|h1|h2|li|div|caption|thead|table)>|<tr>|<t[dh][ >])", r"\n\1", plain
    ).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip()) + "\n"


@pytest.mark.parametrize("name", LETTERS)
def test_letters_are_as_they_were(renderer, name):
    """Subject and text to the letter, HTML in content and structure."""
    letter = LETTERS[name](renderer)
    for suffix, now in (
        ("txt", f"Subject: {letter.subject}\n\n{letter.text}"),
        ("html", readable(letter.html)),
    ):
        golden = HERE / f"{name}.{suffix}"
        if os.environ.get("PLUGIN_DIGEST_GOLDEN") == "write":
            golden.write_text(now, encoding="utf-8")
        assert now == golden.read_text(encoding="utf-8"), f"{golden.name} differs"
