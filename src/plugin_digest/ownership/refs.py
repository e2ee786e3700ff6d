"""Owners' names as catalogs and code hosts write them, and the keys that they have here."""

import re
from dataclasses import dataclass
from typing import Self

DEFAULT_NAMESPACE = "default"
_REF = re.compile(r"(?:(?P<kind>[^:/\s]+):)?(?:(?P<namespace>[^:/\s]+)/)?(?P<name>[^:/\s]+)")
_UNFIT = re.compile(r"[^a-z0-9._-]+")
_MOST = 64


@dataclass(frozen=True)
class EntityRef:
    """``group:default/ci-platform``, in lower case: Backstage compares references without it."""

    kind: str
    namespace: str
    name: str

    @classmethod
    def parse(cls, text: str, kind: str = "group", namespace: str = DEFAULT_NAMESPACE) -> Self:
        """The reference that ``text`` is, with what it leaves out.

        Raises:
            ValueError: it is none.
        """
        found = _REF.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is no entity reference; expected one like group:default/ci-platform")
        parts = (found["kind"] or kind, found["namespace"] or namespace, found["name"])
        return cls(*(part.lower() for part in parts))

    @property
    def key(self) -> str:
        """The team's key: the bare name of a group in the default namespace, else with what differs."""
        space = "" if self.namespace == DEFAULT_NAMESPACE else f"{self.namespace}."
        kind = "" if self.kind == "group" else f"{self.kind}."
        return plain_key(f"{kind}{space}{self.name}")

    def __str__(self) -> str:
        return f"{self.kind}:{self.namespace}/{self.name}"


def plain_key(text: str) -> str:
    """``text`` as a key that may be part of a command, a file's name and a Message-ID."""
    return _UNFIT.sub("-", text.lower()).strip("-._")[:_MOST] or "unnamed"


def refs_with_key(key: str) -> tuple[EntityRef, ...]:
    """Every group and user that would have this key, whether or not it exists: `EntityRef.key` inverted."""
    head, _, tail = key.partition(".")
    first, _, rest = tail.partition(".")
    possible = (
        EntityRef("group", DEFAULT_NAMESPACE, key),
        EntityRef("group", head, tail),
        EntityRef("user", DEFAULT_NAMESPACE, tail),
        EntityRef("user", first, rest),
    )
    return tuple(ref for ref in dict.fromkeys(possible) if ref.namespace and ref.name and ref.key == key)
