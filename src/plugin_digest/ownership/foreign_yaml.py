"""YAML files that others write and this program only looks into: any documents, tags and anchors.

Owns their reading as nodes, never as values: an alias stays one node however often it is used, so anchors
that multiply a file cost nothing. Must not know what a key is for. The parser is the one written in Python:
libyaml's crashes on a deep nesting.
"""

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import yaml

SIZE_LIMIT_BYTES = 1_000_000
_QUOTED = re.compile(r"""\s*['"].*['"]""")
"""What the parser quotes of a file may be a secret."""
_TAG = "tag:yaml.org,2002:"
_NULL, _MERGE = f"{_TAG}null", f"{_TAG}merge"


class Unreadable(Exception):  # noqa: N818 - named for what is wrong, as those in errors
    """A file that cannot be looked into; ``line`` counts from 1, None if no line is to blame."""

    def __init__(self, message: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(message)


def text_of(path: Path, limit_bytes: int = SIZE_LIMIT_BYTES) -> str:
    """The file's text, without a byte order mark.

    Raises:
        Unreadable: it is missing, larger, no regular file, or not UTF-8.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Unreadable("is not a file")
        with path.open("rb") as file:
            data = file.read(limit_bytes + 1)
    except FileNotFoundError:
        raise Unreadable("there is no such file") from None
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from None
    if len(data) > limit_bytes:
        raise Unreadable(f"is larger than {limit_bytes:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("is not UTF-8 text", data.count(b"\n", 0, error.start) + 1) from None


def documents(text: str) -> list[yaml.Node]:
    """The root of every document in the text of a file.

    Raises:
        Unreadable: it is not YAML.
    """
    try:
        return [root for root in yaml.compose_all(text, yaml.SafeLoader) if root is not None]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise Unreadable(
            f"is not valid YAML: {_QUOTED.sub('', error.problem or '')}".rstrip(": "), line
        ) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Unreadable("holds a character that YAML does not allow", line) from None
    except RecursionError:
        raise Unreadable("is nested too deeply") from None


def line_of(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def child(node: yaml.Node | None, *keys: str) -> yaml.Node | None:
    """What stands below ``keys``, None if nothing does; merge keys (``<<``) are followed."""
    for key in keys:
        node = next((value for name, value in _pairs(node) if name == key), None)
    return None if node is not None and node.tag == _NULL else node


def word(node: yaml.Node | None) -> str | None:
    """The text of a single value without blanks around it, None for a list, a section or nothing."""
    return node.value.strip() if isinstance(node, yaml.ScalarNode) and node.tag != _NULL else None


def items(node: yaml.Node | None) -> list[yaml.Node] | None:
    """The items of a list, None for anything else."""
    return list(node.value) if isinstance(node, yaml.SequenceNode) else None


def is_section(node: yaml.Node | None) -> bool:
    return isinstance(node, yaml.MappingNode)


def _pairs(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    """The keys and values of a section: its own, the last of a key first, then those merged into it.

    Each section is looked through once: what merges it again, or itself, cannot add anything.
    """
    sections, known = [node], set()
    while sections:
        section = sections.pop(0)
        if not isinstance(section, yaml.MappingNode) or id(section) in known:
            continue
        known.add(id(section))
        for key, value in reversed(section.value):
            if key.tag == _MERGE:
                sections += value.value if isinstance(value, yaml.SequenceNode) else [value]
            elif isinstance(key, yaml.ScalarNode):
                yield key.value, value
