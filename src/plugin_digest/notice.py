"""Tells the portal team that a week's digests are held or that its run has failed: each reason once.

A notice goes through the ledger like a digest, so that no restart sends it again. Teams get none.
"""

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from plugin_digest.audience import Reader
from plugin_digest.deliver.message import message_id
from plugin_digest.errors import MailServerError, PluginDigestError, StoreError, UsageError
from plugin_digest.model import (
    NOTICE,
    PORTAL,
    DeliveryState,
    FrozenDigest,
    Hold,
    HoldState,
    Letter,
    PlannedDelivery,
    Team,
    Week,
    no_progress,
)
from plugin_digest.ports import DigestStore, HoldStore, Mailer, Renderer, Store

log = logging.getLogger(__name__)

EDITION = 9999
"""Of a week's first notice, so that none passes for a digest; those about other reasons follow."""
_MOST_NOTICES = 20
"""About one week: a reason that is another one every time must not fill a mailbox."""
_NUMBERS = re.compile(r"(?<![\d-])\d[\d.,]*(?![\d-])")
"""Counts, but no dates: another missing day is another reason."""
REVISION = 1
"""A notice is about no figures."""
PORTAL_TEAM = Team(PORTAL, PORTAL, (), frozenset(), "portal_team.recipients")


UNTOLD = (UsageError, MailServerError, StoreError)
"""What no mail is written about: who called knows, or there is no way to."""


@contextmanager
def telling(week: Week, holds: HoldStore, tell: Callable[[PluginDigestError], None]) -> Iterator[None]:
    """Whatever fails inside, and a person must do something about, ``tell`` is told; it goes on its way."""
    try:
        yield
    except PluginDigestError as error:
        if not (isinstance(error, UNTOLD) or _is_rejected(holds.of(week))):
            tell(error)
        raise
    except Exception as error:
        # Only its kind: what went wrong may quote data.
        tell(PluginDigestError(f"internal error: {type(error).__name__}; the run's log has it in full"))
        raise


def _is_rejected(hold: Hold | None) -> bool:
    """Whether a person knows already that nothing goes out."""
    return hold is not None and hold.state is HoldState.REJECTED


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
    """Mails the readers who are not left out, unless they were told of the same already.

    A reason whose numbers alone are others is the same one: each attempt counts a few views more. What goes
    wrong here is logged and no more: the run has failed for a reason of its own.
    """
    try:
        letter = renderer.notice(week, reason, is_held=is_held)
        edition = _edition(week, letter, store.digests)
        if edition is None:
            log.warning("%s: the portal team was told %d things and is told no more", week, _MOST_NOTICES)
            return
        frozen = store.digests.freeze(week, NOTICE, NOTICE, edition, REVISION, letter, at)
        rows = [
            _row(frozen, reader, mailer.domain, renderer.reason(((PORTAL_TEAM, ()),), reader.origin))
            for reader in readers
            if not reader.left_out
        ]
        store.deliveries.plan(rows, at)
        waiting = {DeliveryState.PLANNED, DeliveryState.DEFERRED}
        known = store.deliveries.of_week(week, edition)
        mailer.deliver([row for row in known if row.state in waiting], no_progress)
    except PluginDigestError as error:
        log.warning("%s: the portal team could not be told: %s", week, error)


def _edition(week: Week, letter: Letter, digests: DigestStore) -> int | None:
    """That of the notice that says the same, or else the next; None after too many."""
    for edition in range(EDITION, EDITION + _MOST_NOTICES):
        told = [one.letter for one in digests.of_week(week, edition) if one.team == NOTICE]
        if not told or _gist(told[0]) == _gist(letter):
            return edition
    return None


def _gist(letter: Letter) -> tuple[str, str]:
    return _NUMBERS.sub("#", letter.subject), _NUMBERS.sub("#", letter.text)


def _row(frozen: FrozenDigest, reader: Reader, domain: str, why: str) -> PlannedDelivery:
    return PlannedDelivery(
        frozen.week,
        NOTICE,
        frozen.edition,
        reader.address,
        DeliveryState.PLANNED,
        "planned",
        message_id(frozen.week, NOTICE, frozen.edition, reader.address, domain),
        frozen.id,
        why,
    )
