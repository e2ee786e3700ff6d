"""The patterns of ``app.pluginOverrides``: a plain name, or a JavaScript regular expression between slashes.

Owns which expressions mean the same in Python and end in bounded time; everything else is refused. Names are
compared without case, as ids are everywhere here; Backstage minds it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

from plugin_digest.model import canonical_plugin

EXPECTED = (
    r"expected a plain id, or between slashes plain characters with . ^ $ | ( ) [ ] * + ? {n} \d \w \s \b, "
    "at most 200 of them, with few repetitions, none inside another, and alternatives inside one that begin "
    "with different characters"
)
_NO_LETTERS = frozenset(".^$")
_LONGEST_EXPRESSION = 200
_LONGEST_ID = 100
_MOST_WAYS = 10_000_000
"""In which an expression may at worst be tried at one place of an id: three repetitions, and a little."""
_TOKEN = re.compile(
    r"""(?P<set>\[\^?+(?:\\[dDwWsS]|\\[^A-Za-z0-9\s]|[^\]\[\\&~|\s])+\])
    |(?P<open>\((?:\?[:=!]|(?!\?)))
    |(?P<close>\))
    |(?P<optional>(?:\?|\{0,1\})\??)
    |(?P<repetition>(?:[*+]|\{[0-9]{1,3}(?:,[0-9]{0,3})?\})\??)
    |(?P<branch>\|)
    |(?P<escape>\\[dDwWsSbB]|\\[^A-Za-z0-9\s])
    |(?P<plain>[^\\\[\](){}*+?|])""",
    re.VERBOSE,
)


class NotUnderstood(ValueError):  # noqa: N818 - named for what it is, as those in errors
    """An expression that Backstage may well take, and that is not surely the same or bounded here."""


@dataclass(frozen=True)
class PluginPattern:
    """What an entry says of a plugin's id or package: a name, an expression, or nothing, which all fit."""

    plain: str = ""
    """In canonical form; empty if it is no plain name."""
    expression: re.Pattern[str] | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The pattern that ``text`` is.

        Raises:
            NotUnderstood: an expression that is not surely the same here.
            ValueError: one that is none at all.
        """
        if not is_expression(text):
            return cls(plain=canonical_plugin(text))
        return cls(expression=_compiled(text[1:-1]))

    def fits(self, plugin: str) -> bool:
        """Whether it holds for this canonical name. An expression never does for an absurdly long one."""
        if self.plain:
            return self.plain == plugin
        if self.expression is None:
            return True
        return len(plugin) <= _LONGEST_ID and self.expression.search(plugin) is not None


def is_expression(text: str) -> bool:
    """Whether Backstage takes ``text`` for a regular expression."""
    return len(text) > len("//") and text.startswith("/") and text.endswith("/")


def _compiled(source: str) -> re.Pattern[str]:
    if len(source) > _LONGEST_EXPRESSION:
        raise NotUnderstood(f"is too long; {EXPECTED}")
    _check(list(_tokens(source)))
    try:
        return re.compile(source, re.ASCII | re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error.msg}") from None


def _tokens(source: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each token. ``--`` in a set is none: Python may come to take it for a difference."""
    position = 0
    while position < len(source):
        token = _TOKEN.match(source, position)
        if token is None or token.lastgroup is None or "--" in token[0]:
            raise NotUnderstood(
                f"holds something at character {position + 1} that is not understood; {EXPECTED}"
            )
        yield token.lastgroup, token[0]
        position = token.end()


def _check(tokens: list[tuple[str, str]]) -> None:
    """Refuses what could take forever, and what JavaScript and Python read in different ways."""
    cost = 1
    groups = [_Group()]
    for (kind, text), (following, _) in zip(tokens, [*tokens[1:], ("", "")], strict=True):
        cost *= {"repetition": _LONGEST_ID, "optional": 2}.get(kind, 1)
        if kind == "open":
            groups.append(_Group())
        elif kind == "close" and len(groups) > 1:
            closed = groups.pop()
            cost *= closed.branches
            if following == "repetition" and not closed.is_met_in_one_way:
                raise NotUnderstood(f"repeats a group that repeats or branches itself; {EXPECTED}")
            groups[-1].add("group")
            groups[-1].is_open_ended |= closed.is_open_ended or closed.branches > 1
        else:
            groups[-1].add(kind, text)
            if kind in {"repetition", "optional"} and following in {"repetition", "optional"}:
                raise NotUnderstood(f"repeats a repetition; {EXPECTED}")
    if cost * groups[0].branches > _MOST_WAYS:
        raise NotUnderstood(f"could take too long; {EXPECTED}")


@dataclass
class _Group:
    """An open group: how its alternatives begin, and whether one of them can be met in more than one way."""

    beginnings: list[str] = field(default_factory=lambda: [""])
    is_open_ended: bool = False

    def add(self, kind: str, text: str = "") -> None:
        if kind == "branch":
            self.beginnings.append("")
            return
        self.is_open_ended |= kind in {"repetition", "optional"}
        if not self.beginnings[-1]:
            self.beginnings[-1] = text if kind == "plain" and text not in _NO_LETTERS else kind

    @property
    def branches(self) -> int:
        return len(self.beginnings)

    @property
    def is_met_in_one_way(self) -> bool:
        """Whether each character leaves at most one alternative, so that nothing is tried twice."""
        letters = {one.lower() for one in self.beginnings if len(one) == 1 and one.isascii()}
        return not self.is_open_ended and (self.branches == 1 or len(letters) == self.branches)
