"""What a checkout says of each plugin package, for the places that join it with what analytics reports."""

from dataclasses import dataclass

FRONTEND_ROLE = "frontend-plugin"


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
