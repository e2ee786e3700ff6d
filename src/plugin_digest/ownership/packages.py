"""What a checkout says of each plugin package, for the places that join it with what analytics reports."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from plugin_digest.model import UNATTRIBUTED_IDS, canonical_plugin

FRONTEND_ROLE = "frontend-plugin"
BACKEND_ROLE = "backend-plugin"


@dataclass(frozen=True)
class Package:
    """A package whose ``package.json`` has a ``backstage.pluginId``."""

    plugin: str
    """The id as it is written there; the one that analytics reports may differ."""
    name: str
    """The npm name, such as ``@backstage-community/plugin-tech-radar``; empty if there is none."""
    role: str
    """``frontend-plugin``, ``backend-plugin``, ``frontend-plugin-module`` …; empty if there is none."""
    folder: str
    """From the checkout's root, with ``/``; empty for the root itself."""
    owner: str = ""
    """The owner's key; empty where nobody is named."""
    origin: str = ""
    """Where the owner was found, for people: ``workspaces/x/plugins/y/catalog-info.yaml``."""
    catalog_owner: str = ""
    """The owner as a catalog file writes it, whatever became of it; empty if none does."""
    codeowners_owner: str = ""
    """The owner as CODEOWNERS writes it, whatever became of it; empty if none is there."""

    @property
    def is_frontend(self) -> bool:
        return self.role == FRONTEND_ROLE

    @property
    def is_module(self) -> bool:
        """Whether it extends the plugin whose id it carries, and may have an owner of its own."""
        return self.role.endswith("-module")


def speakers(packages: Iterable[Package]) -> Iterator[list[Package]]:
    """For each plugin the packages that speak for it: frontends, else backends, else libraries.

    Modules never: they carry the id of the plugin that they extend, and have owners of their own.
    """
    by_plugin: defaultdict[str, list[Package]] = defaultdict(list)
    for package in packages:
        if not package.is_module:
            by_plugin[canonical_plugin(package.plugin)].append(package)
    for plugin in sorted(by_plugin.keys() - UNATTRIBUTED_IDS):
        of_plugin = by_plugin[plugin]
        frontends = [package for package in of_plugin if package.is_frontend]
        backends = [package for package in of_plugin if package.role == BACKEND_ROLE]
        yield frontends or backends or of_plugin


def plugins_by_name(packages: Iterable[Package]) -> dict[str, str]:
    """The plugin's id, as it is written, by the name in lower case of each package that speaks for it."""
    named = [package for of_plugin in speakers(packages) for package in of_plugin if package.name]
    return {package.name.lower(): package.plugin for package in reversed(named)}


def names_by_plugin(packages: Iterable[Package]) -> dict[str, frozenset[str]]:
    """The names of each plugin's frontend packages, by its canonical id."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for package in packages:
        if package.is_frontend and package.name:
            names[canonical_plugin(package.plugin)].add(package.name)
    return {plugin: frozenset(found) for plugin, found in names.items()}
