"""Names, paths and notes as they come from data, made fit to be printed.

Owns what a foreign text may hold. Escaping for HTML is not done here: the template engine does it.
"""

import re

MISSING = "(?)"
ELLIPSIS = "…"
NAME_MOST = 160
"""Where a name stands for itself, it is whole: plugins of one family differ in their last words."""
ISOLATE, END_ISOLATE = "\u2068", "\u2069"
"""Around a text whose direction may differ from that of its sentence: FSI and PDI of UAX 9."""

_BLANKS = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_MARKUP = re.compile(r"(?<=\[)(?=\[)|(?<=\{)(?=[{%#])|(?<=[}%#])(?=\})|(?<=Absent)(?=\.)")
_GAP_WORD = re.compile(r"""(?<![^\s>"'(])(None|nan|NaN)(?![^\s<"'),;:.])""")
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""The blocks of characters that are written from right to left."""
_LOOSE = " ,;:-"
_DIGITS = re.compile(r"(\d+)")
_SUSPECT = re.compile(r"\[\[|[^ -z|~\u00a1-\u058f]|  |^ | $|None|nan|NaN|Absent")
"""Most names hold none of what `clean` is about, and are only looked at once."""


def clean(text: str, most: int = NAME_MOST) -> str:
    """A foreign text on one line, without control characters, at most ``most`` characters long.

    Bidirectional controls go, they would turn the rest of the line around, and a text that is written from
    right to left is set apart from what stands around it; other controls become U+FFFD. ``{{`` and a bare
    ``None`` are kept apart from what a broken template leaves behind (see ``check``), so that no plugin's
    name can stop its team's letter: ``{ {`` and ``“None”``.
    """
    if not _SUSPECT.search(text):
        return shorten(text, most) or MISSING
    text = _BLANKS.sub(" ", _BIDI.sub("", text))
    text = _CONTROLS.sub("\ufffd", text).strip()
    text = _MARKUP.sub(" ", text)
    text = _GAP_WORD.sub(r"“\1”", text)
    if _RIGHT_TO_LEFT.search(text):
        return f"{ISOLATE}{shorten(text, most - 2)}{END_ISOLATE}"
    return shorten(text, most) or MISSING


def shorten(text: str, most: int) -> str:
    """``text``, cut with an ellipsis where it is longer than ``most`` characters.

    A name from right to left that is cut stays set apart from the rest.
    """
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    if kept.count(ISOLATE) > kept.count(END_ISOLATE):
        return text[: most - 2].rstrip() + ELLIPSIS + END_ISOLATE
    return kept.rstrip() + ELLIPSIS


def shorten_middle(name: str, most: int) -> str:
    """``Kubernetes Cluster…EU North 3``: the first and the last of a cleaned name."""
    if len(name) <= most:
        return name
    if name.startswith(ISOLATE):
        return f"{ISOLATE}{shorten_middle(name[1:-1], most - 2)}{END_ISOLATE}"
    room = (most - 1) * 2 // 5
    tail = name[len(name) - room :]
    _, blank, words = tail.partition(" ")
    if blank and 2 * len(words) >= room:
        tail = words
    return f"{name[: most - 1 - room].rstrip(_LOOSE)}{ELLIPSIS}{tail.lstrip()}"


def in_order(text: str) -> tuple[tuple[int, str, int], ...]:
    """Sorts as people count: ``Path 9`` before ``Path 10``, in capitals or not."""
    parts = _DIGITS.split(text.casefold())
    return tuple((1, "", int(part)) if n % 2 else (0, part, 0) for n, part in enumerate(parts))
