"""One YAML file as plain values, with the line of every key and item.

Owns YAML and ``${NAME}``; must not know what a value is for. Every scalar stays the text that was written, so
``09:00`` is no number of minutes, ``no`` no boolean and ``404`` no integer: what it is meant to be is for the
model to say. A key without a value is None.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from plugin_digest.documents.streams import STREAM, is_stream
from plugin_digest.errors import ConfigError, Problem

Place = tuple[str | int, ...]
"""Where a value stands: the keys and list indices that lead to it."""

SIZE_LIMIT_BYTES = 1_000_000
VALUE_LIMIT = 100_000

_FILLED = r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^{}\n]*))?\}"
_PLACEHOLDER = re.compile(rf"(?P<escaped>\$\$\{{)|{_FILLED}|\$\{{")
_WHOLE_PLACEHOLDER = re.compile(rf"\$?{_FILLED}")
_PRIVATE_USE = range(0xE000, 0xF900)
_ODD_START = re.compile(r"found character '(.)' that cannot start any token")
_TOLD = {
    r"found character '\t'": "a tab stands where YAML wants blanks",
    "found undefined alias": "an alias (*) without its anchor (&); a text that starts with * goes in quotes",
    "mapping values are not allowed": "a second colon in one line, or a wrong indent; "
    "a text that holds ': ' goes in quotes",
    "but found another document": "a second YAML document begins here; expected one",
}
"""What the parser's commonest words mean, by how they begin."""
_YAML = "tag:yaml.org,2002:"
_MERGE, _NULL = f"{_YAML}merge", f"{_YAML}null"
_KNOWN_TAGS = frozenset(
    f"{_YAML}{name}"
    for name in ("str", "null", "bool", "int", "float", "timestamp", "value", "merge", "seq", "map")
)


@dataclass(frozen=True)
class Document:
    """A file's content. ``written`` has the scalars before ``${NAME}`` was filled in, fit to be shown.

    ``problems`` are those that reading alone found.
    """

    name: str
    content: dict[str, Any] = field(repr=False)
    lines: Mapping[Place, int] = field(repr=False)
    written: Mapping[Place, str] = field(repr=False)
    problems: tuple[Problem, ...] = ()

    def problem(self, place: Place, message: str) -> Problem:
        """The problem at ``place``, or at the nearest section around it where the file has no such line."""
        around = (place[:end] for end in range(len(place), 0, -1))
        line = next((self.lines[part] for part in around if part in self.lines), None)
        return Problem(self.name, line, dotted(place), message)


def dotted(place: Place) -> str:
    """``ownership[0].path``; a key that would be hard to read so is quoted."""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            word = step if re.fullmatch(r"[\w-]+", step) else repr(step)
            text += f".{word}" if text else word
    return text


def read(path: Path, environ: Mapping[str, str]) -> Document:
    """Reads the file once, whole; ``environ`` is where ``${NAME}`` comes from.

    Raises:
        ConfigError: the file cannot be read, or is not one YAML mapping.
    """
    name = _shown(path)
    text = _text(path, name)
    covered, placeholders = _covered(text)
    root = _compose(covered, name)
    walk = _Walk(name, environ, placeholders)
    try:
        content = walk.value(root, ())
    except _Unbounded as error:
        raise ConfigError([Problem(name, error.line, "", str(error))]) from None
    if content is None and not walk.problems:
        raise ConfigError([Problem(name, None, "", "is empty")])
    if not isinstance(content, dict):
        raise ConfigError([Problem(name, root.start_mark.line + 1, "", _not_a_mapping(content))])
    return Document(name, content, walk.lines, walk.written, tuple(walk.problems))


def _shown(path: Path) -> str:
    """The path as people would write it here."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _not_a_mapping(content: Any) -> str:
    return f"expected keys and values, not {'a list' if isinstance(content, list) else 'a single text'}"


def _text(path: Path, name: str) -> str:
    def refuse(message: str, line: int | None = None) -> ConfigError:
        return ConfigError([Problem(name, line, "", message)])

    try:
        if is_stream(path):
            raise refuse(f"{STREAM}; expected a YAML file")
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT_BYTES + 1)
    except FileNotFoundError:
        raise refuse("there is no such file") from None
    except IsADirectoryError:
        raise refuse("is a directory; expected a YAML file") from None
    except (OSError, ValueError) as error:
        raise refuse(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > SIZE_LIMIT_BYTES:
        raise refuse(f"is larger than {SIZE_LIMIT_BYTES // 1_000_000} MB, too large for a configuration")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refuse("is not UTF-8 text; save it as UTF-8", line) from None


def _covered(text: str) -> tuple[str, "_Placeholders"]:
    """The text with a token for each ``${NAME}``, whose braces mean something else in ``{key: value}``."""
    mark = next(chr(code) for code in _PRIVATE_USE if chr(code) not in text)
    found: list[str] = []

    def cover(match: re.Match[str]) -> str:
        found.append(match[0])
        return f"{mark}{len(found) - 1}{mark}"

    covered = _WHOLE_PLACEHOLDER.sub(cover, text)
    return covered, _Placeholders(re.compile(f"{mark}([0-9]+){mark}"), tuple(found))


def _compose(text: str, name: str) -> yaml.Node:
    """The tree of nodes, by the parser written in Python: libyaml's crashes on a deep nesting."""
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise ConfigError([Problem(name, line, "", _syntax(error))]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"holds the character U+{ord(text[error.position]):04X}, which YAML does not allow"
        raise ConfigError([Problem(name, line, "", message)]) from None
    except RecursionError:
        raise ConfigError([Problem(name, None, "", "is nested too deeply for a configuration")]) from None
    if root is None:
        raise ConfigError([Problem(name, None, "", "is empty")])
    return root


def _syntax(error: yaml.MarkedYAMLError) -> str:
    """What is wrong with the YAML, without quoting the file: the text may be a password."""
    problem = error.problem or "it cannot be parsed"
    if odd := _ODD_START.match(problem):
        return f"a text that starts with {odd[1]} goes in quotes"
    if told := next((told for start, told in _TOLD.items() if problem.startswith(start)), None):
        return told
    begun = error.context_mark
    if begun and error.context and error.problem_mark and begun.line != error.problem_mark.line:
        return f"is not valid YAML: {problem} ({error.context} that begins on line {begun.line + 1})"
    return f"is not valid YAML: {problem}"


class _Unbounded(Exception):  # noqa: N818 - ends the walk, and is reported as a problem
    """Aliases that multiply the file, or lead back into themselves."""

    def __init__(self, node: yaml.Node, message: str) -> None:
        self.line = node.start_mark.line + 1
        super().__init__(message)


@dataclass(frozen=True)
class _Placeholders:
    """What the tokens in a covered text stand for."""

    token: re.Pattern[str]
    found: tuple[str, ...]

    def uncover(self, text: str) -> str:
        return self.token.sub(lambda match: self.found[int(match[1])], text)


@dataclass
class _Walk:
    """Turns nodes into plain values and notes lines, texts and problems on the way."""

    name: str
    environ: Mapping[str, str]
    placeholders: _Placeholders
    lines: dict[Place, int] = field(default_factory=dict)
    written: dict[Place, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    count: int = 0
    around: list[yaml.Node] = field(default_factory=list)

    def value(self, node: yaml.Node, place: Place) -> Any:
        self.count += 1
        if self.count > VALUE_LIMIT:
            raise _Unbounded(node, f"holds more than {VALUE_LIMIT:,} values once its aliases are followed")
        if any(node is outer for outer in self.around):
            raise _Unbounded(node, "an anchor's own alias stands inside it")
        if node.tag not in _KNOWN_TAGS:
            message = "a tag (!) is not understood; a text that starts with ! goes in quotes"
            self._note(node, place, message)
            return None
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, place)
        self.around.append(node)
        try:
            return (
                self._mapping(node, place) if isinstance(node, yaml.MappingNode) else self._list(node, place)
            )
        finally:
            self.around.pop()

    def _note(self, node: yaml.Node, place: Place, message: str) -> None:
        """A problem with the value at ``place``: on the line of its key, as all others with it."""
        line = self.lines.get(place, node.start_mark.line + 1)
        self.problems.append(Problem(self.name, line, dotted(place), message))

    def _list(self, node: yaml.Node, place: Place) -> list[Any]:
        items = []
        for index, item in enumerate(node.value):
            here = (*place, index)
            self.lines[here] = item.start_mark.line + 1
            items.append(self.value(item, here))
        return items

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
                self._note(key, place, "expected a plain key here; merge keys (<<) are not understood")
                continue
            word = self.placeholders.uncover(key.value)
            here = (*place, word)
            if word in content:
                message = f"stands twice; the first is on line {self.lines[here]}"
                self.problems.append(Problem(self.name, key.start_mark.line + 1, dotted(here), message))
                continue
            self.lines[here] = key.start_mark.line + 1
            content[word] = self.value(value, here)
        return content

    def _scalar(self, node: yaml.ScalarNode, place: Place) -> str | None:
        is_plain = node.style is None
        if is_plain and node.tag == _NULL:
            return None
        text = self.written[place] = self.placeholders.uncover(node.value)
        return _PLACEHOLDER.sub(lambda match: self._filled(match, node, place), text)

    def _filled(self, match: re.Match[str], node: yaml.Node, place: Place) -> str:
        if match["escaped"]:
            return "${"
        if not match["name"]:
            message = "expected ${NAME} or ${NAME:-default}; a plain ${ is written $${"
            self._note(node, place, message)
            return match[0]
        value = self.environ.get(match["name"])
        if match["default"] is not None:
            return value or match["default"]
        if value is None:
            self._note(node, place, f"the environment variable {match['name']} is not set")
            return match[0]
        return value
