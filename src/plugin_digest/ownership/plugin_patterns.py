"""The patterns of ``app.pluginOverrides``: a plain id, or a JavaScript regular expression between slashes.

Owns which expressions mean the same in Python and end in bounded time; everything else is refused. Ids are
compared without case, as everywhere here; Backstage minds it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from plugin_digest.model import canonical_plugin

EXPECTED = (
    r"expected a plain id, or between slashes plain characters with . ^ $ | ( ) [ ] * + ? {n} \d \w \s \b, "
    "at most 200 of them, with few repetitions and none inside another"
)
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


@dataclass(frozen=True)
class PluginPattern:
    """What an entry says of the plugin id: one id, an expression, or nothing, which every id fits."""

    plain: str = ""
    """In canonical form; empty if it is no plain id."""
    expression: re.Pattern[str] | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The pattern that ``text`` is.

        Raises:
            ValueError: an expression that is not understood.
        """
        if not is_expression(text):
            return cls(plain=canonical_plugin(text))
        return cls(expression=_compiled(text[1:-1]))

    def fits(self, plugin: str) -> bool:
        """Whether it holds for this canonical id. An expression never does for an absurdly long one."""
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
        raise ValueError(f"is too long; {EXPECTED}")
    _check(list(_tokens(source)))
    try:
        return re.compile(source, re.ASCII | re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error.msg}") from None


def _tokens(source: str) -> Iterator[str]:
    """The kind of each token. ``--`` in a set is none: Python may come to take it for a difference."""
    position = 0
    while position < len(source):
        token = _TOKEN.match(source, position)
        if token is None or token.lastgroup is None or "--" in token[0]:
            raise ValueError(
                f"holds something at character {position + 1} that is not understood; {EXPECTED}"
            )
        yield token.lastgroup
        position = token.end()


def _check(kinds: list[str]) -> None:
    """Refuses what could take forever, and what JavaScript and Python read in different ways."""
    cost = 1
    groups = [_Group()]
    for kind, following in zip(kinds, [*kinds[1:], ""], strict=True):
        cost *= {"repetition": _LONGEST_ID, "optional": 2}.get(kind, 1)
        if kind == "open":
            groups.append(_Group())
        elif kind == "close" and len(groups) > 1:
            closed = groups.pop()
            cost *= closed.branches
            if closed.is_open_ended and following == "repetition":
                raise ValueError(f"repeats a group that repeats or branches itself; {EXPECTED}")
            groups[-1].is_open_ended |= closed.is_open_ended
        elif kind == "branch":
            groups[-1].branches += 1
            groups[-1].is_open_ended = True
        elif kind in {"repetition", "optional"}:
            groups[-1].is_open_ended = True
            if following in {"repetition", "optional"}:
                raise ValueError(f"repeats a repetition; {EXPECTED}")
    if cost * groups[0].branches > _MOST_WAYS:
        raise ValueError(f"could take too long; {EXPECTED}")


@dataclass
class _Group:
    """An open group: how many alternatives it has, and whether it can be met in more than one way."""

    branches: int = 1
    is_open_ended: bool = False
