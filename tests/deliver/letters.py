"""Letters and rows for the tests of delivery: every argument has a default."""

from datetime import UTC, datetime
from typing import Any

from factories import W46
from plugin_digest.deliver.message import Letterhead, build, message_id
from plugin_digest.model import Delivery, DeliveryState, FrozenDigest, Image, Letter

FROZEN_AT = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d4944415478da63fcff9fa11e000782027f3dc848ef0000000049454e44ae426082"
)
LETTERHEAD = Letterhead(
    "Developer Portal <portal@acme.example>",
    "portal-team@acme.example",
    "Acme Developer Portal digest",
    "https://backstage.acme.example",
)


def letter(**changes: Any) -> Letter:
    values: dict[str, Any] = {
        "subject": "CI Platform: jenkins +31 % users",
        "html": '<!DOCTYPE html>\n<html lang="en"><body><img src="cid:spark-1" alt="">Växer</body></html>\n',
        "text": "Växer ▁▂▃\n.\n..dots\n",
        "images": (Image("spark-1", PIXEL),),
    }
    return Letter(**{**values, **changes})


def digest(**changes: Any) -> FrozenDigest:
    values: dict[str, Any] = {
        "id": 1,
        "week": W46,
        "team": "ci",
        "team_name": "CI Platform",
        "edition": 1,
        "revision": 1,
        "frozen_at": FROZEN_AT,
        "letter": letter(),
    }
    return FrozenDigest(**{**values, **changes})


def delivery(number: int = 1, recipient: str | None = None, **changes: Any) -> Delivery:
    address = f"r{number}@acme.example" if recipient is None else recipient
    values: dict[str, Any] = {
        "id": number,
        "week": W46,
        "team": "ci",
        "edition": 1,
        "recipient": address,
        "state": DeliveryState.PLANNED,
        "reason": "planned",
        "message_id": message_id(W46, "ci", 1, address, "acme.example"),
        "attempts": 0,
        "digest_id": 1,
        "planned_at": FROZEN_AT,
        "finished_at": None,
    }
    return Delivery(**{**values, **changes})


def mail(row: Delivery) -> bytes:
    return build(digest(), row, LETTERHEAD)
