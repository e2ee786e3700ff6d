"""Asks who owns what, and what to go by where nobody can say."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from plugin_digest.errors import OwnershipError
from plugin_digest.model import Flaw, FlawKind, Hold, HoldState, Ownership
from plugin_digest.ports import Store

log = logging.getLogger(__name__)

NOT_KNOWN = "who owns what is not known"
"""Begins the reason of a hold that another attempt may lift."""


@dataclass(frozen=True)
class Known:
    """Who owns what, None if nobody can say; ``hold`` is why nobody may be written to, empty if all may."""

    ownership: Ownership | None
    hold: str = ""


def known_owners(owners: Callable[[], Ownership], store: Store, *, reuses: bool) -> Known:
    """Who owns what, asked anew; or as of the last plan, if nothing else is to be had.

    Then the run is held, unless it ``reuses`` that.
    """
    try:
        return Known(owners())
    except OwnershipError as error:
        last = last_known(store, error)
        if last is None or not reuses:
            return Known(last, f"{NOT_KNOWN}: {error}")
        log.warning("the ownership of the last plan is used: %s", error)
        return Known(last)


def waits_for_owners(hold: Hold | None) -> bool:
    """Whether a week is held only until the places that know owners answer again."""
    return hold is not None and hold.state is HoldState.HELD and hold.reason.startswith(NOT_KNOWN)


def last_known(store: Store, error: OwnershipError) -> Ownership | None:
    """The ownership of the last plan, with the reason why it is not a newer one; None before the first."""
    last, week = store.ownerships.newest(), store.ownerships.last_week()
    if last is None:
        return None
    flaws = [flaw for flaw in last.flaws if flaw.kind is not FlawKind.NOT_ASKED]
    old = Flaw(FlawKind.NOT_ASKED, "", str(error), f"who owned what in {week} is used")
    return replace(last, flaws=(*flaws, old))
