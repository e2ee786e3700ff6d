"""What sources say about their own data, in the reader's language where it is one of the usual things.

A source's note is stored as an English sentence, with its numbers in it. The sentences below are known by
their shape; any other note stays as it is. Knows no source.
"""

import re
from collections.abc import Iterator
from fractions import Fraction

from plugin_digest.model import Note, NoteKind, PortalDigest, Provenance, Status
from plugin_digest.render.names import clean
from plugin_digest.render.words.catalogue import mark
from plugin_digest.render.words.particulars import Digest
from plugin_digest.render.words.writer import Writer

_NOTE_MOST = 300
_FEW = Fraction(1, 1000)
"""What could not be read of so small a part is told to the central team alone."""
_KNOWN = (
    mark("{n} of {all} lines of the export could not be read"),
    mark("{n} of {all} events have no valid time and are left out"),
    mark("{n} of {all} views came without a user: they count as views only"),
    mark("{n} of {all} views are in no row by plugin; they count as unattributed"),
    mark("Matomo could not say the distinct users of {n} of {all} teams"),
    mark("Matomo could not say the distinct users of {n} of {all} plugins"),
    mark("the events name no users"),
    mark("users are not available from this export"),
    mark("a report by page does not say how many users a plugin with several pages had"),
    mark("the portal's distinct users are not known: its own queries do not count them"),
)
_NUMBER = r"(?P<{}>\d[\d,]*)"
_SHAPES = tuple(
    (
        re.compile(
            re.escape(known).replace(r"\{n\}", _NUMBER.format("n")).replace(r"\{all\}", _NUMBER.format("all"))
        ),
        known,
    )
    for known in _KNOWN
)


def source_notes(digest: Digest, writer: Writer) -> Iterator[str]:
    """The source's own notes, except where this letter says the same in its own words."""
    said = _said(digest.provenance)
    for note in digest.provenance.notes:
        if note.kind in said or (_is_trifle(note) and not isinstance(digest, PortalDigest)):
            continue
        yield writer.sentence(_worded(note.text, writer))


def _said(provenance: Provenance) -> set[NoteKind]:
    said = set()
    if provenance.missing_days:
        said.add(NoteKind.MISSING_DAYS)
    if provenance.status is Status.PROVISIONAL:
        said.add(NoteKind.NOT_SETTLED)
    return said


def _is_trifle(note: Note) -> bool:
    _, numbers = _read(note.text)
    lost, every = numbers.get("n", 0), numbers.get("all", 0)
    return note.kind is NoteKind.UNREADABLE and every > 0 and Fraction(lost, every) < _FEW


def _worded(text: str, writer: Writer) -> str:
    known, numbers = _read(text)
    if not known:
        return clean(text, _NOTE_MOST)
    return writer.say(known, **{name: writer.numbers.number(value) for name, value in numbers.items()})


def _read(text: str) -> tuple[str, dict[str, int]]:
    """The known sentence that a note is, and the numbers in it; empty for any other."""
    for shape, known in _SHAPES:
        if match := shape.fullmatch(text):
            return known, {name: int(value.replace(",", "")) for name, value in match.groupdict().items()}
    return "", {}
