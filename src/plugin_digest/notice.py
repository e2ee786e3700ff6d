"""Tells the portal team, once for a week, that its digests are held or that its run has failed.

A notice goes through the ledger like a digest, so that no restart sends it again. Teams get none.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from plugin_digest.audience import Reader
from plugin_digest.deliver.message import message_id
from plugin_digest.deliver.send import Outcome
from plugin_digest.errors import PluginDigestError
from plugin_digest.model import (
    NOTICE,
    PORTAL,
    Delivery,
    DeliveryState,
    FrozenDigest,
    Letter,
    PlannedDelivery,
    Progress,
    Team,
    Week,
    no_progress,
)

log = logging.getLogger(__name__)

EDITION = 9999
"""Of notices, so that one never passes for a digest of its week."""
REVISION = 1
"""A notice is about no figures."""
PORTAL_TEAM = Team(PORTAL, PORTAL, (), frozenset(), "portal_team.recipients")


class DigestStore(Protocol):
    """Frozen letters."""

    def freeze(
        self,
        week: Week,
        team: str,
        team_name: str,
        edition: int,
        revision: int,
        letter: Letter,
        frozen_at: datetime,
    ) -> FrozenDigest: ...


class DeliveryStore(Protocol):
    """The ledger."""

    def plan(self, rows: Sequence[PlannedDelivery], at: datetime) -> None: ...
    def of_week(self, week: Week, edition: int | None = None) -> list[Delivery]: ...


class Store(Protocol):
    """What a notice is kept in."""

    @property
    def digests(self) -> DigestStore: ...
    @property
    def deliveries(self) -> DeliveryStore: ...


class Renderer(Protocol):
    """Writes a notice."""

    def notice(self, week: Week, reason: str, *, is_held: bool) -> Letter: ...
    def reason(self, team: Team, plugins: tuple[str, ...], origin: str) -> str: ...


class Mailer(Protocol):
    """Hands rows of the ledger over."""

    @property
    def domain(self) -> str: ...
    def deliver(self, deliveries: Sequence[Delivery], progress: Progress) -> Outcome: ...


def tell(
    week: Week,
    reason: str,
    *,
    is_held: bool,
    readers: Sequence[Reader],
    store: Store,
    renderer: Renderer,
    mailer: Mailer,
    at: datetime,
) -> None:
    """Mails the readers who are not left out, unless they were told of this week already.

    What goes wrong here is logged and no more: the run has failed for a reason of its own.
    """
    try:
        letter = renderer.notice(week, reason, is_held=is_held)
        frozen = store.digests.freeze(week, NOTICE, NOTICE, EDITION, REVISION, letter, at)
        rows = [
            _row(week, reader, frozen.id, mailer.domain, renderer.reason(PORTAL_TEAM, (), reader.origin))
            for reader in readers
            if not reader.left_out
        ]
        store.deliveries.plan(rows, at)
        waiting = {DeliveryState.PLANNED, DeliveryState.DEFERRED}
        known = store.deliveries.of_week(week, EDITION)
        mailer.deliver([row for row in known if row.state in waiting], no_progress)
    except PluginDigestError as error:
        log.warning("%s: the portal team could not be told: %s", week, error)


def _row(week: Week, reader: Reader, digest_id: int, domain: str, why: str) -> PlannedDelivery:
    return PlannedDelivery(
        week,
        NOTICE,
        EDITION,
        reader.address,
        DeliveryState.PLANNED,
        "planned",
        message_id(week, NOTICE, EDITION, reader.address, domain),
        digest_id,
        why,
    )
