"""Mail addresses as they may stand in a header and in an SMTP envelope: one mailbox, pure ASCII.

Whatever needs SMTPUTF8 (RFC 6531) along the whole way is refused here, before a server sees it.
"""

import re
from email.headerregistry import Address

from plugin_digest.errors import Refused

_MAILBOX = re.compile(r"\s*(?:[^<>]*<(?P<named>[^<>]*)>|(?P<bare>[^<>]*))\s*")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_AMBIGUOUS = re.compile("[ßςẞ\u200c\u200d]")
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_MAX_LOCAL = 64
_MAX_SPEC = 254


def one_line(text: str) -> str:
    """The text without anything that a header must not hold: control characters, line ends, surrogates."""
    return _BREAKS.sub(" ", text).strip()


def mailbox(text: str) -> Address:
    """One mailbox, ``Name <local@domain>`` or ``local@domain``, as a header holds it.

    Raises:
        Refused: as `addr_spec` does.
    """
    spec = addr_spec(text)
    name, bracket, _ = text.partition("<")
    return Address(_unquoted(one_line(name)) if bracket else "", addr_spec=spec)


def addr_spec(text: str) -> str:
    """The bare address of one mailbox, as an envelope holds it; the domain in its ASCII form.

    Raises:
        Refused: it is not exactly one address, or one that only SMTPUTF8 could carry.
    """
    match = _MAILBOX.fullmatch(text)
    written = (match["bare"] if match["named"] is None else match["named"]).strip() if match else ""
    local, at, domain = written.rpartition("@")
    if not at or not domain:
        raise Refused(f"address {text!r}: expected one address like team@example.com")
    if not _LOCAL.fullmatch(local) or len(local) > _MAX_LOCAL:
        raise Refused(f"address {text!r}: before @ stand up to {_MAX_LOCAL} ASCII characters, no blanks")
    try:
        spec = f"{local}@{ascii_domain(domain)}"
    except ValueError as error:
        raise Refused(f"address {text!r}: {error}") from None
    if len(spec) > _MAX_SPEC:
        raise Refused(f"address {text!r}: longer than {_MAX_SPEC} characters")
    return spec


def ascii_domain(domain: str) -> str:
    """The domain as the mail system knows it: ``bücher.example`` is ``xn--bcher-kva.example``.

    Raises:
        ValueError: it is no domain, or the two IDNA standards disagree on its ASCII form.
    """
    if _AMBIGUOUS.search(domain):
        raise ValueError(f"write the domain {domain!r} in its ASCII form, xn--…")
    try:
        name = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise ValueError(f"{domain!r} is not a domain") from None
    if not _DOMAIN.fullmatch(name):
        raise ValueError(f"{domain!r} is not a domain")
    return name


def _unquoted(name: str) -> str:
    if len(name) > 1 and name[0] == name[-1] == '"':
        return re.sub(r"\\(.)", r"\1", name[1:-1])
    return name
