"""What a text in the configuration must look like: one line, one address, a list of recipients.

A check's ValueError goes on after the value: ``'team' has no domain: …``.
"""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

IDENTIFIER_RULE = (
    "expected ASCII letters, digits, dots, hyphens and underscores, at most 64, a letter or digit first"
)
_IDENTIFIER_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_IDENTIFIER = re.compile(_IDENTIFIER_PATTERN)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?:{_LABEL})|localhost")
_MAILBOX = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")
_AMBIGUOUS_IN_IDNA = re.compile("[ßςẞ\u200c\u200d]")
_MAX_LOCAL = 64
_MAX_ADDRESS = 254
_LIKE = "expected an address like team@acme.example"

_ADDRESS_SCHEMA = {"type": "string", "pattern": r"^\s*[^@\s,;<>]+@[^@\s,;<>]+\s*$|\$\{"}
_MAILBOX_SCHEMA = {
    "type": "string",
    "pattern": r"^[^@<>]*<[^@\s<>]+@[^@\s<>]+>\s*$|^[^@\s<>]+@[^@\s<>]+$|\$\{",
}


def one_line(text: str) -> str:
    """The text, if it may stand in a header and in a list: not blank and without control characters."""
    if not text.strip():
        raise ValueError("is empty")
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in text):
        raise ValueError("holds a line break or another control character")
    return text


def identifier(text: str) -> str:
    """A name that may also be part of a file's name and of a Message-ID."""
    if not _IDENTIFIER.fullmatch(text):
        raise ValueError(f"is not a plain name: {IDENTIFIER_RULE}")
    return text


def url_path(text: str) -> str:
    """The path of a page in the portal, or how one begins."""
    if not one_line(text).startswith("/"):
        raise ValueError("does not begin with /")
    return text


def address(text: str) -> str:
    """One bare mail address that needs no SMTPUTF8 (RFC 6531) on its way."""
    if not text.strip():
        raise ValueError(f"is empty: {_LIKE}")
    one_line(text)
    if text.count("@") > 1 or re.search("[,;]", text):
        raise ValueError("holds more than one address: write each as an item of its own")
    if re.search("[<>]", text):
        raise ValueError("holds more than an address: write it without a name and without < >")
    local, _, domain = text.partition("@")
    if not domain:
        raise ValueError(f"has no domain: {_LIKE}")
    _check_local(local)
    _check_domain(domain)
    if len(text) > _MAX_ADDRESS:
        raise ValueError(f"is longer than {_MAX_ADDRESS} characters")
    return text


def mailbox(text: str) -> str:
    """One address, with or without a name: ``Developer Portal <portal@acme.example>``."""
    match = _MAILBOX.fullmatch(text)
    if not match:
        return address(text)
    one_line(text)
    if "@" in match["name"]:
        raise ValueError("holds more than one address: expected one")
    address(match["address"].strip())
    return text


def _check_local(local: str) -> None:
    if not local.isascii():
        raise ValueError("has a letter outside ASCII before the @, which most mail servers refuse")
    if not _LOCAL.fullmatch(local) or len(local) > _MAX_LOCAL:
        raise ValueError(f"has an impossible part before the @: {_LIKE}")


def _check_domain(domain: str) -> None:
    if _AMBIGUOUS_IN_IDNA.search(domain):
        raise ValueError("has a domain with more than one ASCII form: write that form, xn--…")
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise ValueError(f"has an impossible domain: {_LIKE}") from None
    if "." not in ascii_domain and ascii_domain != "localhost":
        raise ValueError(f"has no full domain: {_LIKE}")
    if not _DOMAIN.fullmatch(ascii_domain):
        raise ValueError(f"has an impossible domain: {_LIKE}")


def mail_domain(text: str) -> str:
    """A domain of mail addresses, or ``*.`` and a domain for every one below it; in lower case."""
    domain = one_line(text).strip().lower()
    if "@" in domain:
        raise ValueError("is an address: expected a domain like acme.example or *.acme.example")
    _check_domain(domain.removeprefix("*."))
    return domain


_COLOUR_PATTERN = "#[0-9A-Fa-f]{6}"


def colour(text: str) -> str:
    """A colour as it is written in HTML, in lower case."""
    if not re.fullmatch(_COLOUR_PATTERN, text.strip()):
        raise ValueError("is no colour: expected one like #1c5da8")
    return text.strip().lower()


Identifier = Annotated[
    str,
    AfterValidator(identifier),
    WithJsonSchema({"type": "string", "pattern": rf"^\s*{_IDENTIFIER_PATTERN}\s*$|\$\{{"}),
]
UrlPath = Annotated[str, AfterValidator(url_path)]
Line = Annotated[str, AfterValidator(one_line)]
Address = Annotated[str, AfterValidator(address), WithJsonSchema(_ADDRESS_SCHEMA)]
Mailbox = Annotated[str, AfterValidator(mailbox), WithJsonSchema(_MAILBOX_SCHEMA)]
Colour = Annotated[
    str,
    AfterValidator(colour),
    WithJsonSchema({"type": "string", "pattern": rf"^\s*{_COLOUR_PATTERN}\s*$|\$\{{"}),
]
MailDomain = Annotated[str, AfterValidator(mail_domain)]
Recipients = tuple[Address, ...]
SomeRecipients = Annotated[tuple[Address, ...], Field(min_length=1)]
