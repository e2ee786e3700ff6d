"""Writes letters: reads and compiles the templates once, then turns digests into subject, HTML and text.

The one class that puts the parts together. Safe to share between threads: nothing in it changes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Template, TemplateSyntaxError

from plugin_digest.errors import RenderError
from plugin_digest.model import Image, Letter, PortalDigest, Team, TeamDigest
from plugin_digest.render.check import check_letter
from plugin_digest.render.html import compile_html
from plugin_digest.render.names import clean
from plugin_digest.render.portal import portal_view
from plugin_digest.render.reason import reason
from plugin_digest.render.sparkline import draw
from plugin_digest.render.text import compile_text
from plugin_digest.render.view import Limits, Portal, View, team_view

BUDGET_BYTES = 80_000
"""Of HTML. Gmail clips at about 102 kB and hides the end of a letter, where it says who sends it and why."""

LIMITS = (Limits(30, 270), Limits(25, 150), Limits(20, 60), Limits(10, 20))
"""From the most generous to the one that fits whatever the names are."""

_INCLUDE = re.compile(r"\{% include \"([\w./-]+)\" %\}\n?")


@dataclass(frozen=True)
class Triple:
    """The three templates of one kind of letter."""

    subject: Template
    html: Template
    text: Template

    def write(self, view: View) -> Letter:
        """The letter, with its pictures drawn."""
        return Letter(
            subject=self.subject.render(view=view).strip(),
            html=self.html.render(view=view),
            text=self.text.render(view=view),
            images=tuple(Image(name, draw(sketch)) for name, sketch in view.sketches.items()),
        )


class Renderer:
    """Writes the letters of one portal."""

    def __init__(self, templates: Path, *, portal_name: str, portal_url: str, contact: str = "") -> None:
        """Reads every template from the directory ``templates``.

        Raises:
            RenderError: a template is missing or broken.
        """
        self._portal = Portal(clean(portal_name), portal_url, clean(contact, 200) if contact else "")
        self._team = _triple(templates, "subject.txt.j2", "digest.html.j2", "digest.txt.j2")
        self._whole = _triple(templates, "portal_subject.txt.j2", "portal.html.j2", "portal.txt.j2")

    def team(self, digest: TeamDigest) -> Letter:
        """One team's letter, checked.

        Raises:
            RenderError: it could not be written, or came out broken.
        """
        return _written(self._team, lambda limits: team_view(digest, self._portal, limits))

    def portal(self, digest: PortalDigest) -> Letter:
        """The central team's letter, checked.

        Raises:
            RenderError: it could not be written, or came out broken.
        """
        return _written(self._whole, lambda limits: portal_view(digest, self._portal, limits))

    def reason(self, team: Team, plugins: tuple[str, ...], origin: str) -> str:
        """Why a reader of the team, whose address was found at ``origin``, gets its digest."""
        return reason(team, plugins, origin)


def _written(templates: Triple, view: Callable[[Limits], View]) -> Letter:
    """The letter with as many plugins as its size allows."""
    try:
        letter = templates.write(view(LIMITS[0]))
        for limits in LIMITS[1:]:
            if len(letter.html.encode()) <= BUDGET_BYTES:
                break
            letter = templates.write(view(limits))
    except Exception as error:
        # Whatever breaks here, it is this one letter that cannot be written; the others can.
        raise RenderError(f"{type(error).__name__}: {error}") from error
    check_letter(letter)
    return letter


def _triple(folder: Path, subject: str, html: str, text: str) -> Triple:
    return Triple(
        subject=_compiled(folder, subject, compile_text),
        html=_compiled(folder, html, compile_html),
        text=_compiled(folder, text, compile_text),
    )


def _compiled(folder: Path, name: str, compile_source: Callable[[str], Template]) -> Template:
    try:
        return compile_source(_read(folder, name))
    except TemplateSyntaxError as error:
        raise RenderError(f"{folder / name}:{error.lineno}: {error.message}") from error
    except RenderError as error:
        raise RenderError(f"{folder / name}: {error}") from error


def _read(folder: Path, name: str) -> str:
    """A template with its parts put in place: premailer must see the letter whole."""
    try:
        source = (folder / name).read_text(encoding="utf-8")
    except OSError as error:
        raise RenderError(f"{folder / name}: {error.strerror}") from error
    return _INCLUDE.sub(lambda match: _read(folder, match[1]), source)
