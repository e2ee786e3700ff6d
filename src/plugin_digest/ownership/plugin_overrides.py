"""The entries of ``app.pluginOverrides`` in one ``app-config.yaml``.

Owns the shape that Backstage gives them; looks at nothing else in the file, which holds everything else of a
portal. ``${NAME}`` stays as it is: only the portal has its environment.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from plugin_digest.documents import one_line
from plugin_digest.errors import ConfigError, Problem
from plugin_digest.ownership import foreign_yaml
from plugin_digest.ownership.foreign_yaml import Unreadable, child, is_section, items, line_of, word
from plugin_digest.ownership.plugin_patterns import NotUnderstood, PluginPattern
from plugin_digest.ownership.refs import EntityRef

KEY = "app.pluginOverrides"
_ELSEWHERE = ("$include", "$file", "$env")


@dataclass(frozen=True)
class Override:
    """An entry that says something of owners; no owners where it says that there are none."""

    plugin: PluginPattern | None
    """None where it cannot be told whether an id fits."""
    plugin_id: str
    """As written; empty if any id will do."""
    package: PluginPattern | None
    """None where it cannot be told whether a name fits."""
    package_name: str
    """What it asks of the package's name, as written; empty if nothing."""
    owners: tuple[EntityRef, ...]
    unfilled: str
    """The first owner as written, where it is a ``${NAME}`` that only the portal can fill in; else empty."""
    key: str
    origin: str

    unclear: str = ""
    """Why one of the two cannot be told; else empty."""

    @property
    def plain_id(self) -> str:
        """The one canonical id that it is about; empty if there is none such."""
        return self.plugin.plain if self.plugin else ""

    def fits(self, plugin: str, packages: Collection[str] | None) -> bool | None:
        """Whether it is about this plugin of these packages; None if that cannot be told.

        ``plugin`` is a canonical id, ``packages`` are names in lower case, or None where none is known.
        """
        by_id = self.plugin.fits(plugin) if self.plugin else None
        if by_id is False or not self.package_name:
            return by_id
        if self.package is None or not packages:
            return None
        by_name = {self.package.fits(name) for name in packages}
        if by_name == {False}:
            return False
        return by_id if by_name == {True} else None


def read(path: Path) -> tuple[Override, ...] | None:
    """The entries that say something of owners, in the file's order; None if the file has no such key.

    Raises:
        ConfigError: everything that is wrong in it.
    """
    shown = _shown(path)
    try:
        roots = foreign_yaml.documents(foreign_yaml.text_of(path))
        entries = _entries(roots)
    except Unreadable as error:
        raise ConfigError([Problem(shown, error.line, "", str(error))]) from None
    except _Wrong as error:
        raise ConfigError([error.problem(shown)]) from None
    if entries is None:
        return None
    overrides: list[Override] = []
    problems: list[Problem] = []
    for index, entry in enumerate(entries):
        try:
            overrides += _override(entry, f"{KEY}[{index}]", path.name)
        except _Wrong as error:
            problems.append(error.problem(shown))
    if problems:
        raise ConfigError(problems)
    return tuple(overrides)


class _Wrong(Exception):  # noqa: N818 - becomes a problem
    """A value has not the shape that it must have."""

    def __init__(self, node: yaml.Node, key: str, message: str) -> None:
        self.node = node
        self.key = key
        super().__init__(message)

    def problem(self, file: str) -> Problem:
        return Problem(file, line_of(self.node), self.key, str(self))


def _shown(path: Path) -> str:
    """The path as people would write it here."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _entries(roots: list[yaml.Node]) -> list[yaml.Node] | None:
    if len(roots) > 1:
        raise _Wrong(roots[1], "", "a second YAML document begins here; expected one")
    node = roots[0] if roots else None
    for key, below in (("", "app"), ("app", "pluginOverrides")):
        if node is None:
            return None
        _require_section(node, key)
        node = child(node, below)
    if node is None:
        return None
    _refuse_elsewhere(node, KEY)
    entries = items(node)
    if entries is None:
        raise _Wrong(node, KEY, "expected a list of entries with match and info")
    return entries


def _require_section(node: yaml.Node, key: str) -> None:
    _refuse_elsewhere(node, key)
    if not is_section(node):
        raise _Wrong(node, key, "expected keys and values")


def _refuse_elsewhere(node: yaml.Node, key: str) -> None:
    for word_elsewhere in _ELSEWHERE:
        if child(node, word_elsewhere) is not None:
            message = f"is taken from elsewhere by {word_elsewhere}, which is not followed; write it out here"
            raise _Wrong(node, key, message)


def _override(entry: yaml.Node, key: str, file: str) -> Iterator[Override]:
    """The entry, unless it leaves the owners alone."""
    for part, place in (
        (entry, key),
        (child(entry, "match"), f"{key}.match"),
        (child(entry, "info"), f"{key}.info"),
    ):
        if part is not None:
            _require_section(part, place)
    listed = child(entry, "info", "ownerEntityRefs")
    if listed is None:
        return
    plugin_id, package = _condition(entry, "pluginId", key), _condition(entry, "packageName", key)
    troubles: list[str] = []
    written = list(_written_owners(listed, f"{key}.info.ownerEntityRefs"))
    unfilled = written[0] if written and "${" in written[0] else ""
    yield Override(
        plugin=_pattern(entry, "pluginId", plugin_id, key, troubles),
        plugin_id=plugin_id,
        package=_pattern(entry, "packageName", package, key, troubles),
        package_name=package,
        owners=() if unfilled else tuple(EntityRef.parse(owner) for owner in written if "${" not in owner),
        unfilled=unfilled,
        key=key,
        origin=f"{file} line {line_of(entry)}",
        unclear="; ".join(troubles),
    )


def _condition(entry: yaml.Node, name: str, key: str) -> str:
    """The text of a condition, empty where there is none."""
    node = child(entry, "match", name)
    if node is None:
        return ""
    text = _line(node, f"{key}.match.{name}", "a text")
    if "${" in text:
        raise _Wrong(node, f"{key}.match.{name}", "holds ${…}, which only the portal can fill in")
    return text


def _pattern(entry: yaml.Node, name: str, text: str, key: str, troubles: list[str]) -> PluginPattern | None:
    """None, and a trouble, for an expression that only Backstage understands."""
    try:
        return PluginPattern.parse(text) if text else PluginPattern()
    except NotUnderstood as error:
        troubles.append(f"its {name} {text!r} {error}")
        return None
    except ValueError as error:
        node = child(entry, "match", name) or entry
        raise _Wrong(node, f"{key}.match.{name}", f"{text!r} {error}") from None


def _written_owners(listed: yaml.Node, key: str) -> Iterator[str]:
    nodes = items(listed)
    if nodes is None:
        raise _Wrong(listed, key, "expected a list of entity references like group:default/ci-platform")
    for index, node in enumerate(nodes):
        text = _line(node, f"{key}[{index}]", "an entity reference like group:default/ci-platform")
        if "${" not in text:
            _check_reference(node, text, f"{key}[{index}]")
        yield text


def _line(node: yaml.Node, key: str, expected: str) -> str:
    try:
        return one_line(word(node) or "")
    except ValueError as error:
        raise _Wrong(node, key, f"{error}; expected {expected}") from None


def _check_reference(node: yaml.Node, text: str, key: str) -> None:
    try:
        EntityRef.parse(text)
    except ValueError as error:
        raise _Wrong(node, key, str(error)) from None
