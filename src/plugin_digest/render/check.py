"""Whether a letter may be sent: the last look at what was written, before anything goes out.

Knows what breaks in mail programs and what a broken template leaves behind; does not know what the letter
should say. It searches and does not parse: well under a millisecond for an ordinary letter.
"""

import html as html_entities
import re
from collections.abc import Iterable, Iterator

from plugin_digest.errors import RenderError
from plugin_digest.model import READER_MARK, Letter
from plugin_digest.render.names import END_ISOLATE, ISOLATE

MOST_BYTES = 95_000
MOST_STYLE_BYTES = 16_000
MOST_SUBJECT = 70

_DOCTYPE = "<!DOCTYPE html>\n<html "
_IMAGE = re.compile(r"<img\b[^>]*>")
_ATTRIBUTE = re.compile(r'\b(alt|width|height|src)="([^"]*)"')
_DEAD_MARKUP = re.compile(r"<(?:svg|script|form|iframe|link)\b|<!--jx\d+x")
_DEAD_LINK = re.compile(
    r"""=(?:(?<=\shref=)|(?<=\ssrc=)|(?<=\saction=)|(?<=\sbackground=))["'](?:data|javascript|vbscript):""",
    re.IGNORECASE,
)
"""Only where an address stands: a team may be called data, and ``alt="data: 3 plugins"`` is a caption."""
_LEFTOVERS = (
    re.compile(r"\{[{%#]"),
    re.compile(r"Absent\."),
    re.compile(r"""N(?:one|aN)(?![^\s<"'),;:.])(?<![^\s>"'(]N..)(?<![^\s>"'(]None)"""),
    re.compile(r"""nan(?![^\s<"'),;:.])(?<![^\s>"'(]nan)"""),
)
"""Each begins with a letter that is searched for at full speed: twelve times as quick as one alternation."""

_PLAIN_BYTES = bytes(set(range(0x20, 0x100)) - {0x7F} | {0x09, 0x0A})
_CONTROLS_IN_UTF8 = (
    re.compile(rb"\xc2[\x80-\x9f]"),
    re.compile(rb"\xe2(?:\x80[\xa8-\xae]|\x81[\xa6-\xa7])"),
)
"""Names may be set apart (U+2068 and U+2069), but only in pairs."""


def check_letter(letter: Letter, forbidden: Iterable[str] = ()) -> None:
    """Refuses a letter that would arrive broken, or that names what is not its reader's.

    Args:
        letter: what was written.
        forbidden: names that must not occur, as whole words, such as those of other teams.

    Raises:
        RenderError: names everything that is wrong.
    """
    problems = [*_of_subject(letter.subject), *_of_text(letter.text), *_of_html(letter.html)]
    problems += [*_of_mark(letter), *_of_images(letter), *_of_names(letter, tuple(forbidden))]
    if problems:
        raise RenderError(f"the letter is broken: {'; '.join(problems)}")


def _of_subject(subject: str) -> Iterator[str]:
    if not subject.strip():
        yield "the subject is empty"
    if len(subject) > MOST_SUBJECT:
        yield f"the subject has {len(subject)} characters, at most {MOST_SUBJECT} are shown"
    if "\n" in subject or "\t" in subject:
        yield "the subject has more than one line"
    yield from _common("subject", subject, _encoded(subject))


def _of_text(text: str) -> Iterator[str]:
    if not text.strip():
        yield "the text part is empty"
    yield from _common("text part", text, _encoded(text))


def _of_html(html: str) -> Iterator[str]:
    encoded = _encoded(html)
    if not html.startswith(_DOCTYPE):
        yield f"the HTML does not begin with {_DOCTYPE.splitlines()[0]}"
    if not html.rstrip().endswith("</html>"):
        yield "the HTML has no end"
    if len(encoded) > MOST_BYTES:
        yield f"the HTML has {len(encoded):,} bytes, mail programs cut it off beyond {MOST_BYTES:,}"
    outside, *styles = html.split("<style")
    for block in styles:
        css, _, rest = block.partition("</style>")
        if "data-premailer" in css.partition(">")[0]:
            yield "a style block was not seen by premailer"
        outside += rest
        if (size := len(_encoded(css))) >= MOST_STYLE_BYTES:
            yield f"a style block has {size:,} bytes, Gmail drops it from {MOST_STYLE_BYTES:,}"
    for dead in (_DEAD_MARKUP, _DEAD_LINK):
        if match := dead.search(outside):
            yield f"the HTML holds {match.group()}, which mail programs drop or refuse"
    yield from _common("HTML", outside, encoded)


def _encoded(text: str) -> bytes:
    """In UTF-8; a lone surrogate, which has no such form, as a NUL that is found as a control character."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return b"\0"


def _common(part: str, content: str, encoded: bytes) -> Iterator[str]:
    """What nothing may hold: control characters, and traces of a template that did not do its work."""
    if encoded.translate(None, _PLAIN_BYTES) or any(each.search(encoded) for each in _CONTROLS_IN_UTF8):
        yield f"the {part} holds control characters"
    if content.count(ISOLATE) != content.count(END_ISOLATE):
        yield f"the {part} sets a name apart and does not end it"
    for leftover in _LEFTOVERS:
        if match := leftover.search(content):
            yield f"the {part} holds {match.group()}, the trace of a value that was not there"


def _of_mark(letter: Letter) -> Iterator[str]:
    """The place for the reader's own reason: one in each part, or some reader is told nothing or twice."""
    for part, content in (("HTML", letter.html), ("text part", letter.text)):
        if (count := content.count(READER_MARK)) != 1:
            yield f"the {part} holds {READER_MARK} {count} times, and not once"


def _of_images(letter: Letter) -> Iterator[str]:
    names = [image.name for image in letter.images]
    if len(set(names)) < len(names):
        yield "two images have the same name"
    used = set()
    for tag in _IMAGE.findall(letter.html):
        attributes = dict(_ATTRIBUTE.findall(tag))
        if missing := [key for key in ("alt", "width", "height", "src") if not attributes.get(key)]:
            yield f"an image has no {', '.join(missing)}"
        kind, _, name = attributes.get("src", "").partition(":")
        if kind != "cid":
            yield f"image {attributes.get('src', '')!r} is not in the mail"
        used.add(name)
    yield from (f"image {name!r} is shown but not there" for name in sorted(used - set(names)))
    yield from (f"image {name!r} is there but not shown" for name in sorted(set(names) - used))


def _of_names(letter: Letter, forbidden: tuple[str, ...]) -> Iterator[str]:
    if not forbidden:
        return
    every = "\n".join((letter.subject, letter.text, html_entities.unescape(letter.html)))
    for name in forbidden:
        if name in every and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", every):
            yield f"it names {name!r}, which is not this reader's"
