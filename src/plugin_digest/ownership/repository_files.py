"""What a checkout holds: its plugin packages, the components of its catalog files, and its CODEOWNERS.

Owns the walk and how each kind of file is read; must not judge who owns what. A file that cannot be read is a
flaw and ends nothing.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plugin_digest.documents import one_line
from plugin_digest.errors import OwnershipError
from plugin_digest.model import Flaw, FlawKind
from plugin_digest.ownership import foreign_yaml
from plugin_digest.ownership.codeowners import CODEOWNERS_LIMIT_BYTES, CODEOWNERS_PLACES, CodeOwnersFile
from plugin_digest.ownership.foreign_yaml import Unreadable, child, line_of, word
from plugin_digest.ownership.packages import Package

SKIPPED_DIRECTORIES = frozenset({
    "__fixtures__", "__mocks__", "__tests__", "dist", "dist-dynamic", "dist-types", "examples", "fixtures",
    "mocks", "node_modules", "skeleton", "templates", "testdata",
})  # fmt: skip
"""What lies in these is a sample, or made from what lies elsewhere; so is all in one like ``.yarn``."""
PACKAGE_FILE = "package.json"
CATALOG_FILES = ("catalog-info.yaml", "catalog-info.yml")


@dataclass(frozen=True)
class Component:
    """One Component of a catalog file."""

    title: str
    """By the convention of Backstage's own generator the npm name of a package."""
    type: str
    owner: str
    """As written; empty if there is none."""
    namespace: str
    file: str
    """From the checkout's root, with ``/``."""

    @property
    def folder(self) -> str:
        return self.file.rpartition("/")[0]


@dataclass
class Checkout:
    """All that was found, in the order of the paths."""

    packages: list[Package] = field(default_factory=list)
    components: list[Component] = field(default_factory=list)
    codeowners: CodeOwnersFile = field(default_factory=lambda: CodeOwnersFile.parse(""))
    codeowners_path: str = ""
    """Empty where there is none that counts."""
    flaws: list[Flaw] = field(default_factory=list)

    def note(self, path: str, message: str, line: int | None = None) -> None:
        origin = path if line is None else f"{path} line {line}"
        self.flaws.append(Flaw(FlawKind.UNREADABLE, path, message, origin))


def read(root: Path, *, codeowners: bool = True) -> Checkout:
    """The checkout at ``root``.

    Raises:
        OwnershipError: there is no such directory, it cannot be read, or it holds no plugin package.
    """
    if not os.path.isdir(root):  # noqa: PTH112 - is_dir raises where it must not look
        raise OwnershipError(
            f"{root}: there is no such directory; expected a checkout of a Backstage repository"
        )
    checkout = Checkout()
    for path in _files(root, checkout):
        _read_file(root, path, checkout)
    if not checkout.packages:
        message = (
            "no package.json in it has a backstage.pluginId; expected a checkout of a Backstage repository"
        )
        raise OwnershipError(f"{root}: {message}")
    if codeowners:
        _read_codeowners(root, checkout)
    return checkout


def _files(root: Path, checkout: Checkout) -> Iterator[str]:
    """Every package.json and catalog file, from the root; links are not followed."""

    def failed(error: OSError) -> None:
        where = Path(error.filename)
        if where == root:
            raise OwnershipError(f"{root}: cannot be read: {error.strerror}")
        checkout.note(where.relative_to(root).as_posix(), f"cannot be read: {error.strerror}")

    for directory, below, names in os.walk(root, onerror=failed):
        below[:] = sorted(name for name in below if not _is_skipped(name))
        for name in (PACKAGE_FILE, *CATALOG_FILES):
            if name in names:
                yield (Path(directory) / name).relative_to(root).as_posix()


def _is_skipped(name: str) -> bool:
    """Whether a directory is passed by; also one whose name could not stand in a line."""
    return name in SKIPPED_DIRECTORIES or name.startswith(".") or not _line(name)


def _read_file(root: Path, path: str, checkout: Checkout) -> None:
    try:
        text = _text(root / path)
        if path.endswith(PACKAGE_FILE):
            checkout.packages += _packages(path, text)
        else:
            checkout.components += _components(path, text, checkout)
    except Unreadable as error:
        checkout.note(path, str(error), error.line)


def _text(path: Path, limit_bytes: int = foreign_yaml.SIZE_LIMIT_BYTES) -> str:
    if os.path.islink(path):  # noqa: PTH114 - is_symlink raises where it must not look
        raise Unreadable("is a link, and links are not followed")
    return foreign_yaml.text_of(path, limit_bytes)


def _packages(path: str, text: str) -> Iterator[Package]:
    """The package if it belongs to a plugin."""
    content = _json(text)
    backstage = content.get("backstage")
    if backstage is None:
        return
    if not isinstance(backstage, dict):
        raise Unreadable("has a field backstage that is no section")
    plugin = backstage.get("pluginId")
    if plugin is None:
        return
    if not _line(plugin):
        raise Unreadable("has a backstage.pluginId that is not one line of text")
    folder = path.removesuffix(PACKAGE_FILE).rstrip("/")
    yield Package(plugin.strip(), _line(content.get("name")), _line(backstage.get("role")), folder)


def _json(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable("is not valid JSON", error.lineno) from None
    except (ValueError, RecursionError):
        raise Unreadable("holds JSON that no package would") from None
    if not isinstance(content, dict):
        raise Unreadable("is not a JSON object")
    return content


def _line(value: Any) -> str:
    """The text if it is one line, else nothing."""
    try:
        return one_line(value).strip() if isinstance(value, str) else ""
    except ValueError:
        return ""


def _components(path: str, text: str, checkout: Checkout) -> Iterator[Component]:
    for root in foreign_yaml.documents(text):
        if word(child(root, "kind")) != "Component":
            continue
        owner = child(root, "spec", "owner")
        if owner is not None and not _line(word(owner)):
            checkout.note(path, "has a spec.owner that is not one line of text", line_of(owner))
        yield Component(
            title=_line(word(child(root, "metadata", "title"))),
            type=_line(word(child(root, "spec", "type"))),
            owner=_line(word(owner)),
            namespace=_line(word(child(root, "metadata", "namespace"))),
            file=path,
        )


def _read_codeowners(root: Path, checkout: Checkout) -> None:
    path = next((path for path in CODEOWNERS_PLACES if os.path.lexists(root / path)), None)
    if path is None:
        return
    try:
        checkout.codeowners = CodeOwnersFile.parse(_text(root / path, CODEOWNERS_LIMIT_BYTES))
        checkout.codeowners_path = path
    except Unreadable as error:
        checkout.note(path, str(error), error.line)
    for skipped in checkout.codeowners.skipped:
        checkout.note(path, skipped)
