"""Small checkouts of repositories that hold plugins."""

import json
from pathlib import Path
from typing import Any

from plugin_digest.ownership.answer import Answer
from plugin_digest.ownership.repository import RepositoryProvider

PLACEHOLDERS = ("guest", "user:guest", "owner-unknown", "unknown", "john@example.com")


def package(plugin: str, name: str = "", role: str = "frontend-plugin") -> str:
    backstage = {"role": role, "pluginId": plugin}
    return json.dumps({"name": name or f"@acme/plugin-{plugin}", "backstage": backstage})


def component(owner: str, title: str = "", kind: str = "backstage-frontend-plugin", name: str = "x") -> str:
    return (
        "apiVersion: backstage.io/v1alpha1\nkind: Component\n"
        f"metadata:\n  name: {name}\n  title: {json.dumps(title or 'A plugin')}\n"
        f"spec:\n  type: {kind}\n  owner: {owner}\n"
    )


def write(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def provider(root: Path, **settings: Any) -> RepositoryProvider:
    return RepositoryProvider(root, **{"placeholders": PLACEHOLDERS, "generic": ("maintainers",)} | settings)


def read(root: Path, files: dict[str, str], **settings: Any) -> Answer:
    return provider(write(root, files), **settings).read(())


def owners(answer: Answer) -> dict[str, str]:
    return {claim.plugin: claim.owner for claim in answer.claims}
