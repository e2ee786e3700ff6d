"""One HTML page that shows every mail of an outbox: for looking at, without a mail client.

Knows `.eml` files and nothing of where they come from. Whatever stands in a mail is data here: it
reaches the page as JSON, and the reader's eyes through ``textContent`` or a frame without any right.
"""

import base64
import hashlib
import html
import json
import os
import re
from collections.abc import Iterable, Mapping
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from plugin_digest.model import PORTAL

_CID = re.compile(r"cid:([^\s\"'()<>]+)", re.IGNORECASE)
_TEAM = re.compile(r"<[^.@<>]+\.([^.@<>]+)\.")
"""The team's key, second in a Message-ID."""

_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_PLACE = re.compile(r"%(SCRIPT_HASH|TITLE|MAILS)%")
_TEMPLATE = "page.html"


def write_page(outbox: Path, target: Path, title: str) -> int:
    """Writes the page of all ``.eml`` files in ``outbox`` to ``target``; returns how many there are."""
    mails = sorted((_read(path) for path in outbox.glob("*.eml")), key=_order)
    folder = quote(Path(os.path.relpath(outbox, target.parent)).as_posix())
    template = Path(__file__).with_name(_TEMPLATE).read_text(encoding="utf-8")
    values = {
        "SCRIPT_HASH": _script_hash(template),
        "TITLE": html.escape(title),
        "MAILS": _inert_json({"folder": folder, "mails": mails}),
    }
    page = _PLACE.sub(lambda match: values[match[1]], template)
    target.write_bytes(page.encode("utf-8", "replace"))
    return len(mails)


def _order(mail: Mapping[str, Any]) -> tuple[bool, str, str, str]:
    """The portal digest comes first, then the teams by name."""
    return mail["team"] != PORTAL, mail["team"] or mail["to"], mail["to"], mail["file"]


def _read(path: Path) -> dict[str, Any]:
    raw = path.read_bytes()
    message = message_from_bytes(raw, _class=EmailMessage, policy=default)
    written = message.get_body(("html",))
    return {
        "file": path.name,
        "team": _team(str(message.get("Message-ID", ""))),
        "subject": str(message.get("Subject", "")),
        "from": str(message.get("From", "")),
        "to": str(message.get("To", "")),
        "date": str(message.get("Date", "")),
        "html": _with_images(_content(written), message.walk()) if written else "",
        "text": _content(message.get_body(("plain",))),
        "source": _headers(raw),
    }


def _team(message_id: str) -> str:
    match = _TEAM.match(message_id)
    return match[1] if match else ""


def _content(part: MIMEPart | None) -> str:
    return "" if part is None else str(part.get_content())


def _headers(raw: bytes) -> str:
    """The message's own header lines, as they stand in the file."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    return head.decode("utf-8", "replace").replace("\r\n", "\n")


def _with_images(source: str, parts: Iterable[Any]) -> str:
    """The HTML with each picture that the mail brings along in place of its ``cid:`` address."""
    pictures = {
        part["Content-ID"].strip("<> \t"): _data_uri(part)
        for part in parts
        if part["Content-ID"] and part.get_content_maintype() == "image"
    }
    return _CID.sub(lambda match: pictures.get(unquote(match[1]), match[0]), source)


def _data_uri(part: Any) -> str:
    picture = base64.b64encode(part.get_content()).decode("ascii")
    return f"data:{part.get_content_type()};base64,{picture}"


def _inert_json(value: Any) -> str:
    """JSON that cannot end the script element it stands in, nor open a comment there."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _script_hash(template: str) -> str:
    """What a Content-Security-Policy names the page's one script by, so that no other can run."""
    match = _SCRIPT.search(template)
    if match is None:
        raise ValueError(f"{_TEMPLATE} has no script")
    return base64.b64encode(hashlib.sha256(match[1].encode()).digest()).decode("ascii")
