"""Which component of a catalog is which plugin: by annotation, by its package, by title, by name.

Owns the rules and their order; must not know how the catalog is asked or who reads mail. Docs:
``docs/ownership/catalog.md``.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from plugin_digest.model import UNATTRIBUTED_IDS, canonical_plugin
from plugin_digest.ownership.catalog_api import OWNED_BY, Entity
from plugin_digest.ownership.catalog_http import one_line
from plugin_digest.ownership.refs import EntityRef

COMPONENT_FIELDS = (
    "kind",
    "metadata.name",
    "metadata.namespace",
    "metadata.title",
    "metadata.annotations",
    "spec.type",
    "spec.owner",
    "relations",
)
_PACKAGE = re.compile(r"(?:@[^@/\s]+/)?(?:backstage-)?plugin-(?P<id>[^@/\s]+)")
_NAME = re.compile(r"(?:.+?-)?plugin-(?P<id>.+)")
_FRONTEND = "-frontend"


class Strength(IntEnum):
    """How well a component is known to be a plugin; the lower one counts."""

    ANNOTATION = 0
    PACKAGE = 1
    TITLE = 2
    TITLE_WITHOUT_ROLE = 3
    NAME = 4


@dataclass(frozen=True)
class Match:
    """A component that is a plugin, and how that is known, for people."""

    plugin: str
    """As it is written there."""
    strength: Strength
    component: Entity
    how: str


def filters(annotation: str, types: Collection[str]) -> tuple[str, ...]:
    """What the catalog is asked for: components of these types, and annotated ones of any."""
    by_type = (f"kind=component,spec.type={one}" for one in types)
    return (f"kind=component,metadata.annotations.{annotation}", *by_type)


def matches(
    components: Iterable[Entity],
    annotation: str,
    types: Collection[str],
    seen: Collection[str],
    packages: Mapping[str, str],
) -> Iterator[Match]:
    """Every component's plugins. ``seen`` are canonical ids that decide where a text has several readings.

    ``packages`` are plugins' ids by their packages' names in lower case: what a package says of itself is not
    read out of its name.
    """
    known_types = {one.lower() for one in types}
    for component in components:
        if component.annotation(annotation):
            yield from _annotated(component, annotation)
        elif component.type.lower() in known_types:
            plugin = packages.get(component.title.lower())
            yield from _named(component, seen) if plugin is None else _packaged(component, plugin)


def strongest(found: Iterable[Match]) -> dict[str, list[Match]]:
    """The strongest matches of each plugin, by its canonical id, in the order of the catalog."""
    best: dict[str, list[Match]] = {}
    for match in found:
        plugin = canonical_plugin(match.plugin)
        rivals = best.setdefault(plugin, [])
        if rivals and match.strength < rivals[0].strength:
            rivals.clear()
        if not rivals or match.strength == rivals[0].strength:
            rivals.append(match)
    return best


def owners(component: Entity) -> tuple[EntityRef | str, ...]:
    """Who the component says its owner is; a text where that is no reference.

    Several only where a processor of the portal's own has added relations and none is ``spec.owner``.
    """
    related = tuple(_reference(target) for target in component.targets(OWNED_BY))
    if len(related) == 1 or not component.owner:
        return related
    owner = _reference(component.owner, component.ref.namespace)
    return related if related and owner not in related else (owner,)


def _reference(text: str, namespace: str = "default") -> EntityRef | str:
    try:
        return EntityRef.parse(text, namespace=namespace)
    except ValueError:
        return one_line(text)


def _annotated(component: Entity, annotation: str) -> Iterator[Match]:
    ids = [one_line(part) for part in component.annotation(annotation).split(",")]
    for plugin in {canonical_plugin(one): one for one in reversed(ids) if one}.values():
        yield Match(plugin, Strength.ANNOTATION, component, f"its annotation {annotation}")


def _packaged(component: Entity, plugin: str) -> Iterator[Match]:
    how = f"its title {one_line(component.title)}, whose package.json says {one_line(plugin)}"
    yield Match(plugin, Strength.PACKAGE, component, how)


def _named(component: Entity, seen: Collection[str]) -> Iterator[Match]:
    """At most one match: a reading that analytics has seen, else the title's plain one, else the name's."""
    title, name = tuple(_readings_of_title(component)), tuple(_readings_of_name(component))
    plain = (title or name)[-1]
    match = next((one for one in (*title, *name) if one.plugin in seen), plain)
    if match.plugin not in UNATTRIBUTED_IDS:
        yield match


def _readings_of_title(component: Entity) -> Iterator[Match]:
    """The ids that an npm name as the title may stand for, the plain one last; none if it is no such name."""
    title = canonical_plugin(component.title)
    package = _PACKAGE.fullmatch(title)
    if package is None:
        return
    how = f"its title {one_line(title)}"
    yield Match(title, Strength.TITLE, component, how)
    yield Match(package["id"], Strength.TITLE, component, how)
    if package["id"].endswith(_FRONTEND):
        plugin = package["id"].removesuffix(_FRONTEND)
        yield Match(plugin, Strength.TITLE_WITHOUT_ROLE, component, how)


def _readings_of_name(component: Entity) -> Iterator[Match]:
    """The ids that the name may stand for, the plain one last."""
    name = component.ref.name
    prefixed = _NAME.fullmatch(name)
    bare = prefixed["id"] if prefixed else name
    for plugin in dict.fromkeys((name, bare, bare.removesuffix(_FRONTEND))):
        yield Match(plugin, Strength.NAME, component, "its name")
