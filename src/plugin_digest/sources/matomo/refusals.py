"""What Matomo's complaints mean, in the words of the person who set the source up. Pure.

Matomo sends them as ``{"result": "error", "message": …}``, most of them with HTTP 200. Their wording is that
of ``core/Access.php``, ``core/Site.php`` and ``plugins/VisitsSummary/API.php``.
"""

import json
from typing import Any

from plugin_digest.errors import Rejected, SourceError, Unreachable
from plugin_digest.sources.http import Reply, is_passing, refusal

_MOST = 300
"""Characters of a complaint that are repeated."""

_UNKNOWN = (
    "Matomo does not know source.token, or it has expired: create one under Personal > Security > Auth tokens"
)
_NO_VIEW = "give its user View access under Administration > System > Users, or correct source.site_id"

_MEANINGS: tuple[tuple[str, str], ...] = (
    ("unable to authenticate", _UNKNOWN),
    ("token_auth", _UNKNOWN),
    ("must be logged in", _UNKNOWN),
    ("too many failed logins", "Matomo has locked this address out after wrong tokens: wait an hour"),
    ("access for the website", f"the token's user may not view site {{site}}: {_NO_VIEW}"),
    ("requires 'view' access", f"the token's user may not view site {{site}}: {_NO_VIEW}"),
    ("unexpected website", "Matomo has no site {site}: source.site_id is its number under Websites > Manage"),
)

_NOT_PROCESSED = ("is not enabled for the requested period", "not yet been processed", "pre-processed")


def complaint(reply: Reply) -> str | None:
    """What Matomo says went wrong, None if it says nothing of the kind."""
    try:
        payload: Any = json.loads(reply.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(payload, dict) or payload.get("result") != "error":
        return None
    return " ".join(str(payload.get("message", "no reason given")).split())


def is_not_processed(text: str) -> bool:
    """Whether Matomo is set up not to count unique visitors of this period or segment."""
    return any(part in text for part in _NOT_PROCESSED)


def may_pass(reply: Reply) -> bool:
    """Whether the same request may well be answered in a moment; not so where Matomo gives a reason."""
    return is_passing(reply) and complaint(reply) is None


def explain(reply: Reply, site_id: int, token: str) -> SourceError | None:
    """The error that a reply means, None for an answer. The token is never repeated."""
    text = complaint(reply)
    if text is None:
        return None if reply.is_ok else refusal(reply)
    for part, meaning in _MEANINGS:
        if part in text.lower():
            return Rejected(f"{reply.server}: {meaning.format(site=site_id)}")
    said = (text.replace(token, "…") if token else text)[:_MOST]
    kind = Unreachable if is_passing(reply) else Rejected
    return kind(f"{reply.server} refused: {said}")
