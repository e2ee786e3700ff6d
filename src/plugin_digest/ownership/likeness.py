"""How alike two plugin ids are: the one that analytics reports and the one that a place writes.

Owns the comparison of two ids and how it is worded; must not know who owns what. Likeness is a hint for a
person: nothing here says that two ids are one plugin.
"""

import re
from dataclasses import dataclass
from enum import IntEnum

from plugin_digest.model import canonical_plugin

FILLERS = frozenset({"backstage", "plugin", "frontend"})
"""Words that say what a thing is, not which one."""

BACKSTAGE_PLUGINS = frozenset({
    "api-docs", "app", "app-visualizer", "auth", "catalog", "catalog-graph", "catalog-import",
    "catalog-unprocessed-entities", "devtools", "home", "kubernetes", "kubernetes-cluster", "mui-to-bui",
    "notifications", "org", "scaffolder", "search", "signals", "techdocs", "user-settings",
})  # fmt: skip
"""Backstage's own frontend plugins: known by exactly these ids, and none is a part of another."""

_SCOPE = re.compile(r"@[^/]*/")
_BREAK = re.compile(r"[\W_]+")
_SQUASHED = re.compile(r"(?P<between_numbers>(?<=\d)[\W_]+(?=\d))|[\W_]+")


class Strength(IntEnum):
    """How much a likeness says."""

    PART = 1
    """One id begins or ends with the other."""
    FILLERS = 2
    """Only words like ``plugin`` are more."""
    PUNCTUATION = 3
    """Only case, hyphens and the like differ."""


@dataclass(frozen=True)
class Likeness:
    """How alike two ids are, and in words why."""

    strength: Strength
    text: str


def compare(seen: str, written: str) -> Likeness | None:
    """How an id that analytics has ``seen`` is like one ``written`` elsewhere; None if not, or if equal."""
    one, other = canonical_plugin(seen), canonical_plugin(written)
    if one == other:
        return None
    if _squashed(one) and _squashed(one) == _squashed(other):
        return Likeness(Strength.PUNCTUATION, "the same but for punctuation")
    left, right = _telling(one), _telling(other)
    if not left or not right:
        return None
    if left == right:
        return Likeness(Strength.FILLERS, f"the same but for {_fillers(one, other)}")
    if not BACKSTAGE_PLUGINS.isdisjoint((one, other)):
        return None
    return _part(left, right)


def _squashed(plugin: str) -> str:
    """Letters and digits alone; numbers stay apart, so that ``v1-2`` is not ``v12``."""
    return _SQUASHED.sub(lambda found: "." if found["between_numbers"] else "", plugin)


def _words(plugin: str) -> list[str]:
    """An npm package's scope is no word of the plugin's."""
    return [word for word in _BREAK.split(_SCOPE.sub("", plugin)) if word]


def _telling(plugin: str) -> list[str]:
    return [word for word in _words(plugin) if word not in FILLERS]


def _fillers(one: str, other: str) -> str:
    scopes = [scope for plugin in (one, other) for scope in _SCOPE.findall(plugin)]
    words = sorted(FILLERS & ({*_words(one)} ^ {*_words(other)}))
    return " and ".join(repr(word) for word in (*scopes, *words)) or "the order of its words"


def _part(one: list[str], other: list[str]) -> Likeness | None:
    short, long = sorted((one, other), key=len)
    if long[: len(short)] == short:
        verb = "begins"
    elif long[-len(short) :] == short:
        verb = "ends"
    else:
        return None
    return Likeness(Strength.PART, f"{'-'.join(long)} {verb} with {'-'.join(short)}")
