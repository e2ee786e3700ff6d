"""Names, paths and notes as they come from data, made fit to be printed.

Owns what a foreign text may hold. Escaping for HTML is not done here: the template engine does it.
"""

import re

MISSING = "(?)"
ELLIPSIS = "…"

_BLANKS = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_MARKUP = re.compile(r"(?<=\[)(?=\[)|(?<=\{)(?=[{%#])|(?<=[}%#])(?=\})|(?<=Absent)(?=\.)")
_GAP_WORD = re.compile(r"""(?<![^\s>"'(])(None|nan|NaN)(?![^\s<"'),;:.])""")
_SUSPECT = re.compile(r"\[\[|[^ -z|~\u00a1-\u060b]|  |^ | $|None|nan|NaN|Absent")
"""Most names hold none of what `clean` is about, and are only looked at once."""


def clean(text: str, most: int = 60) -> str:
    """A foreign text on one line, without control characters, at most ``most`` characters long.

    Bidirectional controls go, they would turn the rest of the line around; other controls become U+FFFD.
    ``{{`` and a bare ``None`` are kept apart from what a broken template leaves behind (see ``check``),
    so that no plugin's name can stop its team's letter: ``{ {`` and ``“None”``.
    """
    if _SUSPECT.search(text):
        text = _BLANKS.sub(" ", _BIDI.sub("", text))
        text = _CONTROLS.sub("\ufffd", text).strip()
        text = _MARKUP.sub(" ", text)
        text = _GAP_WORD.sub(r"“\1”", text)
    return shorten(text, most) or MISSING


def shorten(text: str, most: int) -> str:
    """``text``, cut with an ellipsis where it is longer than ``most`` characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + ELLIPSIS
