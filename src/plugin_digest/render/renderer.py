"""Writes letters: reads and compiles the templates once, then turns digests into subject, HTML and text.

The one class that puts the parts together. Safe to share between threads: nothing in it changes.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from jinja2 import Template, TemplateSyntaxError

from plugin_digest.errors import RenderError
from plugin_digest.model import Image, Letter, PortalDigest, Team, TeamDigest, Week
from plugin_digest.render.chart import draw
from plugin_digest.render.check import MOST_SUBJECT, check_letter
from plugin_digest.render.html import compile_html, html_environment, look, with_look
from plugin_digest.render.layout import View
from plugin_digest.render.letterhead import Letterhead
from plugin_digest.render.names import shorten
from plugin_digest.render.palette import EARLIER, bar_colour, channels
from plugin_digest.render.rehearsal import place_of_failure
from plugin_digest.render.sample import WEEK, sample_alone, sample_portal, sample_team
from plugin_digest.render.text import compile_text, text_environment
from plugin_digest.render.words.language import Language, load_language
from plugin_digest.render.words.limits import Limits
from plugin_digest.render.words.notice import notice_view
from plugin_digest.render.words.portal import portal_view
from plugin_digest.render.words.team import team_view
from plugin_digest.render.words.why import why

BUDGET_BYTES = 80_000
"""Of HTML. Gmail clips at about 102 kB and hides the end of a letter, where it says who sends it and why."""

LIMITS = (Limits(8, 30, 240), Limits(6, 22, 150), Limits(5, 14, 60), Limits(3, 8, 20))
"""From the most generous to the one that fits whatever the names are."""

_TEAM = ("subject.txt.j2", "digest.html.j2", "digest.txt.j2")
_PORTAL = ("portal_subject.txt.j2", "portal.html.j2", "portal.txt.j2")
_INCLUDE = re.compile(r"\{% include \"([\w./-]+)\" %\}\n?")
_MOST_DEEP = 8
_LANGUAGE = re.compile(r"<html[^>]* lang=\"([\w-]+)\"")


def _language_of(letter: Letter | None) -> Language | None:
    tag = _LANGUAGE.search(letter.html) if letter else None
    return _language(tag[1]) if tag else None


@cache
def _language(tag: str) -> Language | None:
    with suppress(RenderError):
        return load_language(tag)
    return None


@dataclass(frozen=True)
class Triple:
    """The three templates of one kind of letter, and the tone of this week's bars."""

    subject: Template
    html: Template
    text: Template
    tone: tuple[int, int, int]

    def write(self, view: View) -> Letter:
        """The letter, with its pictures drawn."""
        return Letter(
            subject=shorten(self.subject.render(view=view).strip(), MOST_SUBJECT),
            html=self.html.render(view=view),
            text=self.text.render(view=view),
            images=(*self._logo(view), *self._charts(view)),
        )

    def _logo(self, view: View) -> tuple[Image, ...]:
        return (Image(view.brand.logo.name, view.logo_png),) if view.brand.logo else ()

    def _charts(self, view: View) -> tuple[Image, ...]:
        earlier = channels(EARLIER)
        return tuple(
            Image(name, draw(drawing, self.tone, earlier)) for name, drawing in view.drawings.items()
        )


class Renderer:
    """Writes the letters of one portal."""

    def __init__(self, template_dirs: Sequence[Path], letterhead: Letterhead) -> None:
        """Reads every template, and each part of one, from the first of the directories that has it.

        Raises:
            RenderError: a template is missing or broken.
        """
        self._letterhead = letterhead
        self._folders = tuple(template_dirs)
        loader = _Loader(self._folders, letterhead)
        self._team, self._whole = loader.triple(*_TEAM), loader.triple(*_PORTAL)

    def team(self, digest: TeamDigest) -> Letter:
        """One team's letter, checked.

        Raises:
            RenderError: it could not be written, or came out broken.
        """
        return _written(self._team, lambda limits: team_view(digest, self._letterhead, limits))

    def portal(self, digest: PortalDigest) -> Letter:
        """The central team's letter, checked.

        Raises:
            RenderError: it could not be written, or came out broken.
        """
        return _written(self._whole, lambda limits: portal_view(digest, self._letterhead, limits))

    def reason(
        self, owners: Sequence[tuple[Team, tuple[str, ...]]], origin: str, letter: Letter | None = None
    ) -> str:
        """Why a reader whose address was found at ``origin`` gets a digest about these teams' plugins.

        In the language of its ``letter``, which may have been frozen before another one was set.
        """
        return why(owners, origin, _language_of(letter) or self._letterhead.language)

    def notice(self, week: Week, reason: str, *, is_held: bool) -> Letter:
        """What the portal team is told of a week that is held, or of a run that has failed.

        Raises:
            RenderError: it could not be written, or came out broken.
        """
        view = notice_view(week, reason, self._letterhead, is_held=is_held)
        return _written(self._team, lambda _: view)

    def rehearse(self) -> None:
        """Writes a made-up letter of each kind, so that a template fails before there is a real one.

        Raises:
            RenderError: with the file and line of what is wrong, where it is a template's fault.
        """
        head, limits = self._letterhead, LIMITS[0]
        notice = notice_view(WEEK, "a sample", head, is_held=True)
        samples = (
            (_TEAM, self._team, team_view(sample_team(), head, limits)),
            (_TEAM, self._team, team_view(sample_alone(), head, limits)),
            (_TEAM, self._team, notice),
            (_PORTAL, self._whole, portal_view(sample_portal(), head, limits)),
        )
        for names, triple, view in samples:
            try:
                _written(triple, lambda _, view=view: view)  # type: ignore[misc]
            except RenderError as error:
                raise self._placed(error, names, view) from error

    def _placed(self, error: RenderError, names: Sequence[str], view: View) -> RenderError:
        for name in names:
            environment = html_environment() if ".html." in name else text_environment()
            if found := place_of_failure(self._folders, name, environment, view):
                return RenderError(f"{found[0]}: {found[1]}")
        return error


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


@dataclass(frozen=True)
class _Loader:
    """Reads templates from directories of which the first that has a file wins."""

    folders: tuple[Path, ...]
    letterhead: Letterhead

    def triple(self, subject: str, html: str, text: str) -> Triple:
        brand = self.letterhead.brand
        say = self.letterhead.language.catalogue.say
        as_text = partial(compile_text, semicolon=say("; "), colon=say(": "))
        values = look(brand.accent, brand.accent_dark, self.letterhead.language.direction)
        return Triple(
            subject=self._compiled(subject, as_text),
            html=self._compiled(html, lambda source: compile_html(with_look(source, values))),
            text=self._compiled(text, as_text),
            tone=channels(bar_colour(brand.accent)),
        )

    def _compiled(self, name: str, compile_source: Callable[[str], Template]) -> Template:
        source = self.read(name)
        try:
            return compile_source(source)
        except TemplateSyntaxError as error:
            raise RenderError(self._of_syntax(name, error)) from error
        except RenderError as error:
            raise RenderError(f"{self._place(name)}: {error}") from error

    def read(self, name: str, depth: int = 0) -> str:
        """A template with its parts put in place: premailer must see the letter whole."""
        path = self.path(name)
        if depth > _MOST_DEEP:
            raise RenderError(f"{path} is a part of itself")
        try:
            source = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RenderError(f"{path} cannot be read: {error}") from error
        return _INCLUDE.sub(lambda match: self.read(match[1], depth + 1), source)

    def path(self, name: str) -> Path:
        for folder in self.folders:
            if (folder / name).is_file():
                return folder / name
        places = " and ".join(map(str, self.folders))
        raise RenderError(f"{name} is missing; looked for it in {places}")

    def _of_syntax(self, name: str, error: TemplateSyntaxError) -> str:
        """The line as it is counted in the file, where the file holds it all."""
        if not self._parts(name):
            return f"{self.path(name)}:{error.lineno}: {error.message}"
        return f"{self._place(name)} put in place, line {error.lineno}: {error.message}"

    def _place(self, name: str) -> str:
        """The file, and which of its parts are the portal's own."""
        path, parts = self.path(name), self._parts(name)
        own = [str(part) for part in parts if not part.is_relative_to(self.folders[-1])]
        if own:
            return f"{path} with its parts (own: {', '.join(own)})"
        return f"{path} with its parts" if parts else str(path)

    def _parts(self, name: str) -> list[Path]:
        """The files of a template's parts and of their parts, each once; the template was read before."""
        found: dict[Path, None] = {}
        for part in _INCLUDE.findall(self.path(name).read_text(encoding="utf-8")):
            found |= dict.fromkeys((self.path(part), *self._parts(part)))
        return list(found)
