"""Owners as a repository's files write them, and who that is here.

Owns the reading of an owner's name against the settings: whose key it is, whether it is nobody, or everybody.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from plugin_digest.documents.texts import address
from plugin_digest.ownership.codeowners import CodeOwner
from plugin_digest.ownership.refs import DEFAULT_NAMESPACE, EntityRef, plain_key


@dataclass(frozen=True)
class Owner:
    """Somebody who owns something. ``address`` is set where the name is one."""

    key: str
    written: str
    is_generic: bool = False
    address: str = ""


class Nobody(Exception):  # noqa: N818 - named for what it is, as those in errors
    """The name is a placeholder."""


class OwnerNames:
    """How owners are called, by the settings: case never matters.

    ``owners`` leads from a name as it is written in the repository to a key; ``placeholders`` are nobody and
    ``generic`` own everything. A group or user may be named as in the catalog, ``group:default/ci``, or
    shorter; a CODEOWNERS team also by its last part.
    """

    def __init__(
        self, owners: Mapping[str, str], placeholders: Collection[str], generic: Collection[str]
    ) -> None:
        self._keys = {_plain(name): key for name, key in owners.items()}
        self._placeholders = frozenset(map(_plain, placeholders))
        self._generic = frozenset(map(_plain, generic))

    def in_catalog(self, written: str, namespace: str = "") -> Owner:
        """Whom a catalog file means by ``written``, a group of its namespace if nothing else is said.

        Raises:
            Nobody: a placeholder.
            ValueError: neither an entity reference nor an address that can be written to.
        """
        if "{{" in written or "${" in written:
            raise Nobody
        ref = _reference(written, namespace or DEFAULT_NAMESPACE)
        names = {_plain(written)} | (_names(ref) if ref else set())
        return self._owner(written, names, ref.key if ref else "")

    def in_codeowners(self, owner: CodeOwner) -> Owner:
        """Whom CODEOWNERS means.

        Raises:
            Nobody: a placeholder.
            ValueError: an address that cannot be written to.
        """
        written = owner.written
        if owner.is_address:
            return self._owner(written, {_plain(written)}, "")
        if owner.is_team:
            team = written.rpartition("/")[2]
            return self._owner(
                written, {_plain(name) for name in (written, written[1:], team)}, plain_key(team)
            )
        ref = EntityRef("user", DEFAULT_NAMESPACE, written[1:].lower())
        return self._owner(written, {_plain(written)} | _names(ref), ref.key)

    def _owner(self, written: str, names: set[str], key: str) -> Owner:
        """Without a ``key``, ``written`` must be an address."""
        is_generic = not names.isdisjoint(self._generic)
        mapped = self._mapped(names)
        if mapped is not None:
            return Owner(mapped, written, is_generic)
        if not names.isdisjoint(self._placeholders):
            raise Nobody
        if key:
            return Owner(key, written, is_generic)
        return Owner(plain_key(written), written, is_generic, address(written))

    def _mapped(self, names: set[str]) -> str | None:
        return next((key for name, key in self._keys.items() if name in names), None)


def _plain(name: str) -> str:
    return name.strip().lower()


def _reference(written: str, namespace: str) -> EntityRef | None:
    if "@" in written:
        return None
    try:
        return EntityRef.parse(written, namespace=namespace)
    except ValueError:
        return None


def _names(ref: EntityRef) -> set[str]:
    """The ways in which the catalog may write the reference."""
    names = {str(ref)}
    if ref.namespace == DEFAULT_NAMESPACE:
        names.add(f"{ref.kind}:{ref.name}")
        if ref.kind == "group":
            names.add(ref.name)
    return names
