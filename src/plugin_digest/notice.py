"""Tells the portal team, once for a week, that its digests are held or that its run has failed.

A notice goes through the ledger like a digest, so that no restart sends it again. Teams get none.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from plugin_digest.audience import Reader
from plugin_digest.deliver.message import message_id
from plugin_digest.errors import PluginDigestError
from plugin_digest.model import (
    NOTICE,
    PORTAL,
    DeliveryState,
    PlannedDelivery,
    Team,
    Week,
    no_progress,
)
from plugin_digest.ports import Mailer, Renderer, Store

log = logging.getLogger(__name__)

EDITION = 9999
"""Of notices, so that one never passes for a digest of its week."""
REVISION = 1
"""A notice is about no figures."""
PORTAL_TEAM = Team(PORTAL, PORTAL, (), frozenset(), "portal_team.recipients")


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
            _row(week, reader, frozen.id, mailer.domain, renderer.reason(((PORTAL_TEAM, ()),), reader.origin))
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
