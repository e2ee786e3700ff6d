"""What Google's refusals mean, in the words of the person who can do something about them.

Owns the texts of errors and nothing else; the messages they are told by are the real service's.
"""

import json
import re
from datetime import datetime, timedelta
from http import HTTPStatus
from zoneinfo import ZoneInfo

from plugin_digest.errors import Rejected, SourceError, Unreachable
from plugin_digest.sources.http import PASSING_STATUSES, Reply, refusal

_QUOTA_DAY = ZoneInfo("America/Los_Angeles")
"""Daily quotas come back at midnight there."""

_WAIT = re.compile(r"in under (?:an?|(\d+)) (minute|hour)", re.IGNORECASE)
_PROJECT = re.compile(r"project[ /=](\d+)")
_FIELD = re.compile(r"Field (\S+) is not a valid (?:dimension|metric)")


def said(reply: Reply) -> str:
    """The message of an error body on one line, empty where there is none (a page of a proxy, say)."""
    try:
        message = json.loads(reply.body)["error"]["message"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return " ".join(str(message).split())[:400]


def is_passing(reply: Reply) -> bool:
    """Whether it is worth asking again in a moment: of the 429s only "too many requests at once" is."""
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return "concurrent" in said(reply).lower()
    return reply.status in PASSING_STATUSES


def explain(reply: Reply, property_id: str, account: str, at: datetime) -> SourceError:
    """The SourceError for a reply that is not OK. ``account`` is the service account's e-mail, or empty."""
    message = said(reply)
    if not message:
        return refusal(reply)
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return _exhausted(message, property_id, at)
    if reply.status == HTTPStatus.UNAUTHORIZED:
        who = account or "the credentials"
        return Rejected(f"Google did not accept {who} ({message}); has the key been deleted or disabled?")
    if reply.status == HTTPStatus.FORBIDDEN:
        return Rejected(_forbidden(message, property_id, account))
    if reply.status == HTTPStatus.BAD_REQUEST:
        return Rejected(_bad_request(message, property_id))
    kind = Unreachable if is_passing(reply) else Rejected
    return kind(f"Google Analytics answered {reply.status}: {message}")


def _exhausted(message: str, property_id: str, at: datetime) -> Unreachable:
    if "concurrent" in message.lower():
        return Unreachable(
            f"property {property_id}: too many requests at once, ours and those of other reports on it; "
            "again in a minute, or lower source.max_concurrent"
        )
    back = _back_at(message, at)
    when = f"{back:%Y-%m-%d %H:%M} UTC" if back else "an hour"
    return Unreachable(f"property {property_id}: the quota is used up: again after {when} ({message})")


def _back_at(message: str, at: datetime) -> datetime | None:
    """When the quota is back at the latest, None where the message does not say."""
    if "per day" in message or "24 hours" in message:
        tomorrow = at.astimezone(_QUOTA_DAY).date() + timedelta(days=1)
        midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=_QUOTA_DAY)
        return midnight.astimezone(at.tzinfo)
    if match := _WAIT.search(message):
        return at + timedelta(**{f"{match[2].lower()}s": int(match[1] or 1)})
    return None


def _forbidden(message: str, property_id: str, account: str) -> str:
    who = account or "the account of these credentials"
    if "quota project" in message:
        return (
            "these are a person's gcloud credentials and need a project for the quota: gcloud auth "
            f"application-default set-quota-project PROJECT, or use a service account ({message})"
        )
    if "has not been used" in message or "disabled" in message:
        project = _PROJECT.search(message)
        query = f"?project={project[1]}" if project else ""
        return (
            "the Google Analytics Data API is not enabled in the credentials' Google Cloud project: enable "
            f"it at https://console.cloud.google.com/apis/library/analyticsdata.googleapis.com{query} and "
            "wait a few minutes"
        )
    if "scope" in message:
        return (
            "the credentials may not read Analytics: they lack the scope analytics.readonly; with gcloud, "
            "log in again and name it in --scopes, or use a service account's key"
        )
    if "property ID" in message and "Invalid" in message:
        return not_a_property(property_id)
    return (
        f"{who} may not read property {property_id}: add it as a Viewer in Google Analytics under Admin > "
        f"Property access management (a role in Google Cloud does not do it), and check the id ({message})"
    )


def not_a_property(property_id: str) -> str:
    """What to say of an id that is not a number."""
    kind = "a measurement id" if property_id.upper().startswith("G-") else "not a property id"
    return (
        f"source.property_id: {property_id!r} is {kind}; the Data API wants the number that Google Analytics "
        "shows under Admin > Property details"
    )


def _bad_request(message: str, property_id: str) -> str:
    field = _FIELD.search(message)
    if field is None:
        return f"property {property_id}: Google Analytics refused the report: {message}"
    name = field[1]
    if not name.startswith("customEvent:"):
        return f"property {property_id} has no field {name!r}: source.dimension wants an API name ({message})"
    return (
        f"property {property_id} has no dimension {name!r}: register it in Google Analytics under Admin > "
        f"Custom definitions, scope Event, event parameter {name.removeprefix('customEvent:')}; it holds "
        "events from then on"
    )
