"""Letters as they are frozen, and what became of each mail, hold and run."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from plugin_digest.model.figures import Week


@dataclass(frozen=True)
class Image:
    """A picture that the HTML refers to as ``cid:`` + ``name``; ``name`` is ASCII without blanks."""

    name: str
    png: bytes


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a letter; ``name`` is ASCII without blanks."""

    name: str
    media_type: str
    content: bytes


READER_MARK = "[[why-you-get-this]]"
"""Stands in a letter's HTML and text where each recipient's own reason is put in when the mail is built."""


@dataclass(frozen=True)
class Letter:
    """A rendered digest: what is frozen, and the same bytes for every recipient and every resend.

    Only `READER_MARK` is replaced, by the ``why`` of the ledger's row, which is fixed with the plan.
    """

    subject: str
    html: str
    text: str
    images: tuple[Image, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class FrozenDigest:
    """A letter as stored. ``team`` is a team's key or ``PORTAL``; ``revision`` is the snapshot's."""

    id: int
    week: Week
    team: str
    team_name: str
    edition: int
    revision: int
    frozen_at: datetime
    letter: Letter


class DeliveryState(StrEnum):
    PLANNED = "planned"
    CLAIMED = "claimed"
    SENT = "sent"
    REFUSED = "refused"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    HELD = "held"


OPEN_STATES = frozenset({DeliveryState.PLANNED, DeliveryState.DEFERRED})
"""States from which a delivery may be claimed."""


@dataclass(frozen=True)
class Delivery:
    """One digest to one recipient: a row of the ledger.

    ``recipient`` is empty where a whole team is left out. ``digest_id`` is None while nothing is frozen
    (skipped, held). ``message_id`` keeps its value over every attempt.
    """

    id: int
    week: Week
    team: str
    edition: int
    recipient: str
    state: DeliveryState
    reason: str
    message_id: str
    attempts: int
    digest_id: int | None
    planned_at: datetime
    finished_at: datetime | None
    why: str = ""
    """Why this recipient gets this digest, a sentence for the end of the mail."""


@dataclass(frozen=True)
class Outcome:
    """What a run did. ``left``: rows that it did not touch; ``unsent``: what is not sent, and why."""

    sent: int = 0
    refused: int = 0
    deferred: int = 0
    unknown: int = 0
    skipped: int = 0
    left: int = 0
    stopped: bool = False
    unsent: tuple[Delivery, ...] = ()

    def and_then(self, later: Self) -> Self:
        """Both as one: what the later one did not touch is left."""
        counts = {
            name: getattr(self, name) + getattr(later, name)
            for name in ("sent", "refused", "deferred", "unknown", "skipped")
        }
        unsent = {row.id: row for row in (*self.unsent, *later.unsent)}
        return replace(later, **counts, unsent=tuple(unsent.values()))


@dataclass(frozen=True)
class PlannedDelivery:
    """What the plan wants in the ledger for one recipient: ``state`` is PLANNED, SKIPPED or HELD."""

    week: Week
    team: str
    edition: int
    recipient: str
    state: DeliveryState
    reason: str
    message_id: str
    digest_id: int | None = None
    why: str = ""


class HoldState(StrEnum):
    HELD = "held"
    RELEASED = "released"
    REJECTED = "rejected"


REJECTED = f"{HoldState.REJECTED}: "
"""How the reason of a plan begins that is held because a person said so."""


@dataclass(frozen=True)
class Hold:
    """The newest word on whether a week may be sent although its data look wrong."""

    week: Week
    state: HoldState
    reason: str
    at: datetime


@dataclass(frozen=True)
class Run:
    """One weekly run; ``finished_at`` and ``exit_code`` are None while it runs or after it was killed."""

    id: int
    week: Week
    started_at: datetime
    finished_at: datetime | None
    exit_code: int | None
    summary: str
