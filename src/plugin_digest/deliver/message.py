"""Writes the message of one delivery: header policy, Message-ID and MIME tree; always the same bytes.

Owns everything between a frozen digest and the octets that a transport carries. Must not know how they are
carried, who decided that they are, and what time it is.
"""

import base64
import binascii
import hashlib
import html
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.header import Header
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy, Policy
from email.utils import format_datetime, quote
from functools import cached_property
from typing import Any
from urllib.parse import quote as percent_encoded
from urllib.parse import urlsplit

from plugin_digest.deliver.address import addr_spec, ascii_domain, mailbox, one_line
from plugin_digest.errors import MailServerError, Refused, RenderError
from plugin_digest.model import (
    READER_MARK,
    Attachment,
    Delivery,
    FrozenDigest,
    Image,
    Letter,
    Week,
    canonical_address,
)

_LINE_LENGTH = 76
_TEAM_CHARACTERS = 24
_HASH_CHARACTERS = 16
_SPECIALS = re.compile(r"[^A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]")
_CONTENT_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]{1,60}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+(; charset=utf-8)?")
TEXT_COLUMNS = 72


class Verbatim(UnstructuredHeader, BaseHeader):
    """A header whose text means itself: the library decodes ``=?…?=`` in it, line ends included."""

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        super().parse(value, kwds)
        kwds["decoded"] = value

    def fold(self, *, policy: Policy) -> str:
        if not self.isascii() or not self.isprintable():
            raise ValueError(f"{self.name} must be one line of ASCII")
        return f"{self.name}: {self}{policy.linesep}"


class UriList(Verbatim):
    """``<uri>, <uri>``: folded between items only, never RFC 2047-encoded (an encoded URI is a dead one)."""

    def fold(self, *, policy: Policy) -> str:
        items = re.findall(r"<[^<>\s]+>", self)
        if not items or not self.isascii():
            raise ValueError(f"{self.name} must hold ASCII <uri> items")
        return f"{self.name}: " + f",{policy.linesep} ".join(items) + policy.linesep


class Named(Verbatim):
    """``Name <address or id>``: the name is quoted or encoded as need be, what it names never."""

    def fold(self, *, policy: Policy) -> str:
        name, _, named = self.rpartition(" ")
        if not re.fullmatch(r"<[!-;=?-~]+>", named):
            raise ValueError(f"{self.name} must end with an ASCII <word>")
        phrase = _phrase(name, self.name, policy.linesep)
        is_short = len(f"{self.name}: {phrase} {named}") <= _LINE_LENGTH
        blank = " " if is_short else f"{policy.linesep} "
        return f"{self.name}: {phrase}{blank if phrase else ''}{named}{policy.linesep}"


class Subject(Verbatim):
    """Plain where it may be, else encoded from end to end: the library's own mixture loses blanks."""

    def fold(self, *, policy: Policy) -> str:
        is_short = len(f"{self.name}: {self}") <= _LINE_LENGTH
        is_plain = self.isascii() and is_short and "=?" not in self
        text = str(self) if is_plain else _encoded(self, self.name, policy.linesep)
        return f"{self.name}: {text}{policy.linesep}"


def _phrase(text: str, header: str, linesep: str) -> str:
    is_short = len(text) < _LINE_LENGTH - len(header) - len(": ")
    if not text.isascii() or not is_short or "=?" in text:
        return _encoded(text, header, linesep)
    return f'"{quote(text)}"' if _SPECIALS.search(text) else text


def _encoded(text: str, header: str, linesep: str) -> str:
    return Header(text, "utf-8", maxlinelen=_LINE_LENGTH, header_name=header).encode(linesep=linesep)


_REGISTRY = HeaderRegistry()
for _name, _kind in {
    "from": Named,
    "to": Verbatim,
    "reply-to": Named,
    "subject": Subject,
    "message-id": Verbatim,
    "list-id": Named,
    "list-unsubscribe": UriList,
}.items():
    _REGISTRY.map_to_type(_name, _kind)
_POLICY = EmailPolicy(linesep="\r\n", cte_type="7bit", max_line_length=_LINE_LENGTH, header_factory=_REGISTRY)


@dataclass(frozen=True)
class Letterhead:
    """What is the same on every mail. ``from_`` and ``reply_to``: ``Name <address>`` or the bare address.

    Raises:
        MailServerError: an address or the portal's URL cannot stand in a mail; so none can be sent.
    """

    from_: str
    reply_to: str
    list_name: str
    portal_url: str

    def __post_init__(self) -> None:
        for key, value in (("mail.from", self.from_), ("mail.reply_to", self.reply_to)):
            try:
                mailbox(value)
            except Refused as error:
                raise MailServerError(f"{key}: {error}") from None
        try:
            ascii_domain(_host(self.portal_url))
        except ValueError as error:
            raise MailServerError(f"portal.url: {error}") from None

    @cached_property
    def author(self) -> Address:
        return mailbox(self.from_)

    @cached_property
    def replies(self) -> Address:
        return mailbox(self.reply_to)

    @property
    def sender(self) -> str:
        """The bare address for the SMTP envelope."""
        return self.author.addr_spec

    @property
    def domain(self) -> str:
        """The domain that Message-IDs end with: the sender's own, and no host's name."""
        return self.author.domain

    @cached_property
    def list_id(self) -> str:
        return f"{one_line(self.list_name)} <digest.{ascii_domain(_host(self.portal_url))}>"


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


def message_id(week: Week, team: str, edition: int, recipient: str, domain: str) -> str:
    """``<2026-W46.ci-platform.1.0f3a…@domain>``: one per week, team, edition and recipient, for ever.

    It follows from these four alone: a salt, once rotated, would make every mail a new one.
    """
    key = "\0".join((str(week), team, str(edition), canonical_address(recipient)))
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_CHARACTERS]
    return f"<{week}.{_atom(team)}.{edition}.{digest}@{domain}>"


def _atom(team: str) -> str:
    """The team's key as far as a Message-ID may hold it; the hash tells apart what this makes equal."""
    return re.sub(r"[^a-z0-9-]+", "-", team.lower())[:_TEAM_CHARACTERS].strip("-") or "team"


def build(frozen: FrozenDigest, delivery: Delivery, letterhead: Letterhead) -> bytes:
    """The whole message as it goes over the wire: pure ASCII, CRLF, no line beyond 998 octets.

    Raises:
        Refused: the recipient is no address that mail can reach.
        RenderError: the letter holds what no mail can.
    """
    head = EmailMessage(policy=_POLICY)
    head["From"] = _named(letterhead.author)
    head["To"] = addr_spec(delivery.recipient)
    head["Reply-To"] = _named(letterhead.replies)
    head["Subject"] = one_line(frozen.letter.subject)
    head["Date"] = format_datetime(frozen.frozen_at)
    head["Message-ID"] = delivery.message_id
    head["List-Id"] = letterhead.list_id
    head["List-Unsubscribe"] = _unsubscribe(letterhead, frozen.team)
    head["Auto-Submitted"] = "auto-generated"
    head["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    head["Precedence"] = "bulk"
    head["MIME-Version"] = "1.0"
    try:
        return head.as_bytes().removesuffix(b"\r\n") + _body(for_reader(frozen.letter, delivery.why))
    except ValueError as error:
        raise RenderError(
            f"{frozen.week} {frozen.team}: the letter cannot stand in a mail: {error}"
        ) from error


def for_reader(letter: Letter, why: str) -> Letter:
    """The letter with the reader's own reason in the place that is kept for it."""
    if READER_MARK not in letter.html and READER_MARK not in letter.text:
        return letter
    lines = textwrap.fill(why, TEXT_COLUMNS, break_long_words=False, break_on_hyphens=False)
    return replace(
        letter,
        html=letter.html.replace(READER_MARK, html.escape(why)),
        text=letter.text.replace(READER_MARK, lines),
    )


def _named(address: Address) -> str:
    return f"{address.display_name} <{address.addr_spec}>".lstrip()


def _unsubscribe(letterhead: Letterhead, team: str) -> str:
    """A mail to those who can take the reader off the list; a link with one click needs a web side."""
    subject = percent_encoded(f"unsubscribe {_atom(team)}", safe="")
    return f"<mailto:{percent_encoded(letterhead.replies.addr_spec, safe='@')}?subject={subject}>"


def _body(letter: Letter) -> bytes:
    """``mixed[alternative[text, related[html, image …]], file …]``; a part that would stand alone is bare.

    Joined by hand: every header line in it is a constant, and the library, which parses and folds each of
    them anew, took 10 ms for a mail with 20 pictures. The boundaries follow from the content; ``=_`` occurs
    in neither quoted-printable nor base64, so no line of a part can be one.
    """
    seed = hashlib.sha256(f"{letter.text}\0{letter.html}".encode()).hexdigest()[:24]
    rich = _text_part(letter.html, "html")
    if letter.images:
        rich = _multipart("related", f"=_r{seed}", [rich, *map(_image_part, letter.images)])
    both = _multipart("alternative", f"=_a{seed}", [_text_part(letter.text, "plain"), rich])
    if not letter.attachments:
        return both
    return _multipart("mixed", f"=_m{seed}", [both, *map(_attachment_part, letter.attachments)])


def _text_part(text: str, subtype: str) -> bytes:
    lines = re.sub(r"\r\n?|\n", "\r\n", text.rstrip()) + "\r\n"
    return _part(
        [f'Content-Type: text/{subtype}; charset="utf-8"', "Content-Transfer-Encoding: quoted-printable"],
        binascii.b2a_qp(lines.encode("utf-8")),
    )


def _image_part(image: Image) -> bytes:
    """A picture that the HTML names as ``cid:`` + its name."""
    if not _CONTENT_ID.fullmatch(image.name):
        raise RenderError(f"image {image.name!r}: a name is up to 60 ASCII characters without blanks and <>")
    return _part(
        [
            "Content-Type: image/png",
            "Content-Transfer-Encoding: base64",
            f"Content-ID: <{image.name}>",
            "Content-Disposition: inline",
        ],
        base64.encodebytes(image.png).replace(b"\n", b"\r\n"),
    )


def _attachment_part(file: Attachment) -> bytes:
    """A file beside the letter."""
    if not _FILE_NAME.fullmatch(file.name) or not _MEDIA_TYPE.fullmatch(file.media_type):
        raise RenderError(f"attachment {file.name!r}: a name is up to 100 ASCII letters, digits, . _ + and -")
    return _part(
        [
            f"Content-Type: {file.media_type}",
            "Content-Transfer-Encoding: base64",
            f'Content-Disposition: attachment; filename="{file.name}"',
        ],
        base64.encodebytes(file.content).replace(b"\n", b"\r\n"),
    )


def _multipart(subtype: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    line = f"--{boundary}".encode("ascii")
    content = b"\r\n".join(line + b"\r\n" + part for part in parts)
    header = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"'
    return _part([header], content + b"\r\n" + line + b"--\r\n")


def _part(headers: Sequence[str], content: bytes) -> bytes:
    return "\r\n".join(headers).encode("ascii") + b"\r\n\r\n" + content
