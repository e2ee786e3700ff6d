"""The ``file`` provider: ``teams.yaml``, written by hand.

Owns what that file may say and what in it contradicts itself; knows no other place that has owners.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from plugin_digest.documents import (
    Document,
    Line,
    Place,
    Recipients,
    Section,
    identifier,
    json_schema,
    validate,
)
from plugin_digest.documents import read as read_document
from plugin_digest.errors import Problem
from plugin_digest.model import PORTAL, UNATTRIBUTED_IDS, Ownership, Team, canonical_plugin

PluginId = Annotated[Line, WithJsonSchema({"type": ["string", "number"], "minLength": 1})]


class TeamEntry(Section):
    """A group that owns plugins."""

    name: Line | None = None
    """The team's name as it stands in its digest; without it the key."""
    recipients: Recipients = ()
    """Mail addresses; the team's own list is best. Without any, the portal team is told."""
    plugins: tuple[PluginId, ...] = ()
    """The plugin ids, as analytics reports them; case does not matter."""


class TeamsFile(Section):
    """All of ``teams.yaml``."""

    teams: dict[str, TeamEntry] = Field(examples=["teams: {ci-platform: {plugins: [jenkins]}}"])
    """The teams, each under a key of its own."""
    aliases: dict[str, PluginId] = Field(default_factory=dict)
    """An id that analytics reports: the id that is used for it here."""


def read(path: Path, environ: Mapping[str, str]) -> Ownership:
    """Who owns what, from the file at ``path``.

    Raises:
        ConfigError: everything that is wrong with it.
    """
    document = read_document(path, environ)
    entries = validate(document, TeamsFile, more=_contradictions(document))
    teams = tuple(_team(key, entry, path.name) for key, entry in entries.teams.items())
    aliases = {canonical_plugin(alias): canonical_plugin(used) for alias, used in entries.aliases.items()}
    written = [
        *entries.aliases.values(),
        *(plugin for entry in entries.teams.values() for plugin in entry.plugins),
    ]
    return Ownership(teams, aliases, {canonical_plugin(plugin): plugin for plugin in written})


def schema() -> dict[str, Any]:
    """The JSON Schema of ``teams.yaml``, for editors."""
    return json_schema(TeamsFile, "Plugin Digest: teams.yaml")


def _team(key: str, entry: TeamEntry, origin: str) -> Team:
    plugins = frozenset(canonical_plugin(plugin) for plugin in entry.plugins)
    return Team(key, entry.name or key, entry.recipients, plugins, origin)


def _contradictions(document: Document) -> Iterator[Problem]:
    """What no model sees: keys, and plugins and aliases against each other. Any shape is looked through."""
    yield from _wrong_keys(document)
    aliases = _aliases(document)
    yield from _wrong_aliases(document, aliases)
    yield from _wrong_plugins(document, aliases)


def _section(document: Document, key: str) -> dict[str, Any]:
    content = document.content.get(key)
    return content if isinstance(content, dict) else {}


def _wrong_keys(document: Document) -> Iterator[Problem]:
    seen: dict[str, Place] = {}
    for key in _section(document, "teams"):
        place: Place = ("teams", key)
        if key.lower() == PORTAL:
            yield document.problem(
                place, "is the portal team's own key; choose another, and name as you like"
            )
            continue
        try:
            identifier(key)
        except ValueError as error:
            yield document.problem(place, f"{key!r} {error}; a name with other letters goes under name:")
        other = seen.setdefault(key.lower(), place)
        if other != place:
            message = (
                f"differs from {other[-1]} (line {document.lines[other]}) in case only; choose another key"
            )
            yield document.problem(place, message)


def _aliases(document: Document) -> dict[str, Place]:
    """Where each alias stands, by its canonical id."""
    places: dict[str, Place] = {}
    for alias in _section(document, "aliases"):
        places.setdefault(canonical_plugin(alias), ("aliases", alias))
    return places


def _wrong_aliases(document: Document, aliases: Mapping[str, Place]) -> Iterator[Problem]:
    for alias, target in _section(document, "aliases").items():
        place: Place = ("aliases", alias)
        used = canonical_plugin(target) if isinstance(target, str) else ""
        message = _alias_fault(document, aliases, place, used)
        if message:
            yield document.problem(place, message)


def _alias_fault(document: Document, aliases: Mapping[str, Place], place: Place, target: str) -> str:
    alias = canonical_plugin(str(place[-1]))
    first = aliases[alias]
    if first != place:
        return f"is the same id as {first[-1]} on line {document.lines[first]}: ids are compared without case"
    if alias == target:
        return "stands for itself: ids are compared without case, so no alias is needed"
    if target in aliases:
        return (
            f"leads to {target}, itself an alias on line {document.lines[aliases[target]]}; name the final id"
        )
    return f"leads to {target}, which is no plugin" if target in UNATTRIBUTED_IDS - {""} else ""


def _plugins(document: Document) -> Iterator[tuple[str, Place]]:
    """Every plugin that some team lists, in canonical form, with where that is."""
    for key, entry in _section(document, "teams").items():
        listed = entry.get("plugins") if isinstance(entry, dict) else None
        for index, plugin in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(plugin, str) and plugin.strip():
                yield canonical_plugin(plugin), ("teams", key, "plugins", index)


def _wrong_plugins(document: Document, aliases: Mapping[str, Place]) -> Iterator[Problem]:
    owned: dict[str, Place] = {}
    for plugin, place in _plugins(document):
        message = _plugin_fault(document, aliases, plugin, place, owned.setdefault(plugin, place))
        if message:
            yield document.problem(place, message)


def _plugin_fault(
    document: Document, aliases: Mapping[str, Place], plugin: str, place: Place, first: Place
) -> str:
    if first[:2] != place[:2]:
        return (
            f"{plugin} belongs to {first[1]} already (line {document.lines[first]}); a plugin has one owner"
        )
    if first != place:
        return f"{plugin} stands twice in this team; the first is on line {document.lines[first]}"
    if plugin in aliases:
        line = document.lines[aliases[plugin]]
        return f"{plugin} is an alias (line {line}); list the id that it stands for"
    if plugin in UNATTRIBUTED_IDS:
        return f"{plugin} is no plugin: analytics reports views under it that belong to none"
    return ""
