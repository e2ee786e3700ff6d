"""The section ``brand`` of ``digest.yaml``: how the mails look.

Owns the meaning of its keys, and which files of a directory of templates stand in for shipped ones; must not
compile any.
"""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from plugin_digest.documents import (
    Colour,
    ExistingDirectory,
    ExistingFile,
    Section,
    UrlPath,
    WebUrl,
    near,
)
from plugin_digest.resources import templates_dir

_INCLUDE = re.compile(r'\{% include "([\w./-]+)" %\}')
_TEMPLATES = frozenset({".j2", ".jinja", ".jinja2", ".html"})
"""How the names of files end that somebody means to be templates; others may lie beside them."""


def _with_plugin(path: str) -> str:
    if "{plugin}" not in path:
        raise ValueError("does not hold {plugin}, for which the plugin's id is put in")
    return path


PluginPath = Annotated[UrlPath, AfterValidator(_with_plugin)]


def _replacing(directory: Path) -> Path:
    """The directory, if every template in it stands in for a shipped one or is a part of one that does."""
    shipped = _names(templates_dir())
    own = _names(directory)
    parts = {part for name in own for part in _INCLUDE.findall(_text(directory / name))}
    if not own:
        raise ValueError(f"holds no template; the shipped ones are {', '.join(shipped)}")
    strays = [name for name in own if name not in shipped and name not in parts]
    if strays:
        raise ValueError(
            "; ".join(f"holds {name}, which stands in for none{near(name, shipped)}" for name in strays)
        )
    return directory


def _names(directory: Path) -> list[str]:
    """The templates in a directory and below it, by the names that an ``include`` has for them."""
    found = (path for path in directory.rglob("*") if path.suffix in _TEMPLATES and path.is_file())
    return sorted(path.relative_to(directory).as_posix() for path in found)


def _text(path: Path) -> str:
    """What cannot be read is told when it is compiled."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


TemplateDirectory = Annotated[ExistingDirectory, AfterValidator(_replacing)]


class BrandSettings(Section):
    """How the mails look."""

    accent: Colour = "#1c5da8"
    """The colour of links and of this week's bar; made lighter or darker where it would be hard to read."""
    logo: ExistingFile | None = None
    """A picture for the head of each mail (PNG, JPEG or GIF, at most 50 kB)."""
    templates: TemplateDirectory | None = None
    """A directory whose templates stand in for the shipped ones of the same names."""
    link_base: WebUrl | None = None
    """The address to which links to pages are joined; without it the portal's url."""
    plugin_path: PluginPath | None = None
    """The path of a plugin's own page below it, in which {plugin} stands for the id, like /docs/{plugin}."""
    docs: WebUrl | None = None
    """A page that explains the figures; the definitions link to it."""
    stop: WebUrl | None = None
    """A web page where readers stop the mails; without it they are asked to answer."""
