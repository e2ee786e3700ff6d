"""One CODEOWNERS file: who owns a path, by the rules that GitHub documents.

Owns what of a file GitHub reads; what a pattern matches, and which of them comes last, are the library's. The
library takes the words of a comment behind a rule for owners, a blank in a path for a border, and fails on a
single ``[``: so it is only given lines that GitHub would read, blanks covered.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from codeowners import CodeOwners

CODEOWNERS_PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks; the first one that is there counts."""
CODEOWNERS_LIMIT_BYTES = 3 * 2**20
"""GitHub does not load a larger one."""

_WORD = re.compile(r"(?:\\ |\\\S|[^\s\\])+")
_OWNER = re.compile(r"@[\w.-]+(?:/[\w.-]+)?|[^@\s]+@[^@\s]+\.[^@\s]+")
_UNREAD = {
    r"^\\#": r"a pattern cannot begin with \#",
    r"^!": "! is not understood in CODEOWNERS",
    r"(?<!\\)[\[\]]": "[ ] is not understood in CODEOWNERS",
    r"\*\*\*": "*** is no pattern",
}
"""What GitHub does not read in a pattern, and why."""
_EVERYTHING = frozenset({"*", "**", "/**", "**/*"})
_BLANK = "\ue000"
"""Stands for a blank inside a path, at which the library would split."""
_MOST_STARS = 3
_TOLD_LINES = 3


@dataclass(frozen=True)
class CodeOwner:
    """``@org/team``, ``@login`` or a mail address, as written."""

    written: str

    @property
    def is_team(self) -> bool:
        return self.written.startswith("@") and "/" in self.written

    @property
    def is_address(self) -> bool:
        return not self.written.startswith("@")


@dataclass(frozen=True)
class Ruling:
    """The line that decides about a path; no owners where it leaves them out."""

    line: int
    owners: tuple[CodeOwner, ...]


@dataclass(frozen=True)
class CodeOwnersFile:
    """A file that was read."""

    library: CodeOwners
    default_owners: frozenset[CodeOwner]
    """Those of the lines that hold for every path."""
    skipped: tuple[str, ...] = ()
    """Which lines count for nothing, and why."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The file with this content; never fails."""
        rules: list[str] = []
        default_owners: set[CodeOwner] = set()
        faults: defaultdict[str, list[int]] = defaultdict(list)
        for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
            pattern, *owners = [*_words(line)] or [""]
            fault = _fault(pattern, owners)
            if fault:
                faults[fault].append(number)
            elif pattern in _EVERYTHING:
                default_owners |= {CodeOwner(owner) for owner in owners}
            rules.append("" if fault else " ".join((_covered(pattern), *owners)))
        skipped = tuple(f"{_lines(numbers)} skipped: {fault}" for fault, numbers in faults.items())
        return cls(CodeOwners("\n".join(rules)), frozenset(default_owners), skipped)

    def ruling(self, path: str) -> Ruling | None:
        """What decides about ``path``, from the root with ``/``; None if no line matches it."""
        owners, line, _, _ = self.library.matching_line(path.replace(" ", _BLANK))
        return None if line is None else Ruling(line, tuple(CodeOwner(written) for _, written in owners))


def _words(line: str) -> Iterator[str]:
    """The pattern and the owners, up to a comment."""
    for word in _WORD.findall(line):
        if word.startswith("#"):
            return
        yield word


def _covered(pattern: str) -> str:
    return re.sub(r"\\(.)", lambda found: _BLANK if found[1] == " " else found[0], pattern)


def _fault(pattern: str, owners: list[str]) -> str:
    """Why GitHub does not read this line, or why it is not safe to; empty for one that is fine."""
    for unread, why in _UNREAD.items():
        if re.search(unread, pattern):
            return why
    if _stars(pattern) > _MOST_STARS:
        return "the pattern has too many * to be matched in bounded time"
    if not all(_OWNER.fullmatch(owner) and owner.isprintable() for owner in owners):
        return "an owner is none of @login, @org/team and an address"
    return ""


def _stars(pattern: str) -> int:
    """How many ``*`` there are beyond the first of each name, and ``**`` beyond the first of all."""
    names = pattern.strip("/").split("/")
    anywhere = max(0, names.count("**") - 1)
    return anywhere + sum(max(0, name.count("*") - 1) for name in names if name != "**")


def _lines(numbers: list[int]) -> str:
    told = ", ".join(str(number) for number in numbers[:_TOLD_LINES])
    more = len(numbers) - _TOLD_LINES
    rest = f" and {more:,} more" if more > 0 else ""
    return f"line{'s' if len(numbers) > 1 else ''} {told}{rest}"
