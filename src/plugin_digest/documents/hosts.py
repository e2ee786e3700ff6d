"""Hosts and web addresses that a configuration names."""

import re
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, WithJsonSchema

from plugin_digest.documents.misfit import Misfit

_LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_WEB_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_WEB_NAME = re.compile(rf"{_WEB_LABEL}(?:\.{_WEB_LABEL})*")


def is_loopback(host: str) -> bool:
    """Whether what is said to this host stays on this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def _host(text: str) -> str:
    """A name or an IP address. The text is not shown: a URL with a password may stand here by mistake."""
    if _NAME.fullmatch(text) and not text.rpartition(".")[2].isdigit():
        return text
    try:
        return str(ip_address(text))
    except ValueError:
        message = "expected only a host name like smtp.acme.example, without scheme, port and user"
        raise Misfit.here(message) from None


def _web_url(text: str) -> str:
    """The start of the portal's URLs. The text is not shown: it may hold a password."""
    wrong = Misfit.here("expected a URL like https://backstage.acme.example")
    try:
        url = urlsplit(text)
        _ = url.port
        host = (url.hostname or "").encode("idna").decode("ascii")
    except ValueError:
        raise wrong from None
    if url.scheme not in {"http", "https"} or not _WEB_NAME.fullmatch(host):
        raise wrong
    if not text.isprintable() or " " in text:
        raise wrong
    if url.username is not None:
        raise Misfit.here("holds a user name, which would be mailed to every recipient")
    if url.query or url.fragment:
        raise Misfit.here("ends in a ? or # part; expected only the start of the portal's URLs")
    return text.rstrip("/")


Host = Annotated[str, AfterValidator(_host)]
WebUrl = Annotated[
    str, AfterValidator(_web_url), WithJsonSchema({"type": "string", "pattern": r"^\s*https?://|\$\{"})
]
