"""The ``file`` provider: ``teams.yaml``, written by hand.

Owns what that file may say and what in it contradicts itself; knows no other place that has owners.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
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
from plugin_digest.model import PORTAL, UNATTRIBUTED_IDS, Cadence, Recipient, canonical_plugin
from plugin_digest.ownership.answer import Answer, Claim, Group
from plugin_digest.ownership.packages import Package

PluginId = Annotated[Line, WithJsonSchema({"type": ["string", "number"], "minLength": 1})]


class TeamEntry(Section):
    """A group that owns plugins."""

    name: Line | None = None
    """The team's name as it stands in its digest; without it the key."""
    recipients: Recipients = ()
    """Mail addresses; the team's own list is best. Without any, the portal team is told."""
    plugins: tuple[PluginId, ...] = ()
    """The plugin ids, as analytics reports them; case does not matter."""
    cadence: Cadence | None = None
    """How often it gets its digest: weekly, monthly or unusual; without it digest.cadence."""
    opt_out: bool = False
    """Whether it wants no mail; it stays the owner. false leaves in place what another place says."""


class TeamsFile(Section):
    """All of ``teams.yaml``."""

    teams: dict[str, TeamEntry] = Field(examples=["teams: {ci-platform: {plugins: [jenkins]}}"])
    """The teams, each under a key of its own."""
    aliases: dict[str, PluginId] = Field(default_factory=dict)
    """An id that analytics reports: the id that is used for it here."""


class FileProvider:
    """A file like ``teams.yaml``, read once: what is changed in it later counts from the next start on."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        """Reads the file.

        Raises:
            ConfigError: everything that is wrong with it.
        """
        self.name = path.name
        self._answer = read(path, environ)

    def packages(self) -> Sequence[Package]:
        return ()

    def read(self, seen: Collection[str], packages: Sequence[Package] = ()) -> Answer:  # noqa: ARG002
        """What it knows, whatever was seen."""
        return self._answer

    def groups(self, owners: Collection[str]) -> Answer:
        """A file knows the teams that it has been read for, and no others."""
        wanted = {owner.lower() for owner in owners}
        return Answer(groups=tuple(g for g in self._answer.groups if g.key.lower() in wanted))

    def check(self) -> Sequence[str]:
        claims, groups = len(self._answer.claims), len(self._answer.groups)
        return [f"{self.name}: {groups} teams, {claims} plugins"]


def read(path: Path, environ: Mapping[str, str]) -> Answer:
    """Who owns what, from the file at ``path``.

    Raises:
        ConfigError: everything that is wrong with it.
    """
    document = read_document(path, environ)
    entries = validate(document, TeamsFile, more=_contradictions(document))
    aliases = {canonical_plugin(alias): used for alias, used in entries.aliases.items()}
    return Answer(
        tuple(_claims(document, entries, path.name)),
        tuple(_group(document, key, entry, path.name) for key, entry in entries.teams.items()),
        aliases,
    )


def schema() -> dict[str, Any]:
    """The JSON Schema of ``teams.yaml``, for editors."""
    return json_schema(TeamsFile, "Plugin Digest: teams.yaml")


def _claims(document: Document, entries: TeamsFile, name: str) -> Iterator[Claim]:
    for key, entry in entries.teams.items():
        for index, plugin in enumerate(entry.plugins):
            line = document.lines["teams", key, "plugins", index]
            yield Claim(plugin, key, f"{name} line {line}")


def _group(document: Document, key: str, entry: TeamEntry, name: str) -> Group:
    recipients = tuple(Recipient(address, name) for address in entry.recipients)
    opted_out = f"{name} line {document.lines['teams', key, 'opt_out']}" if entry.opt_out else ""
    return Group(key, entry.name or "", recipients, name, opted_out, entry.cadence)


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
