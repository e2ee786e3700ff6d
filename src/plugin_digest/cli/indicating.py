"""The indicators of a configuration: read from their places, and kept in the store."""

import logging
from collections.abc import Sequence
from datetime import datetime

from plugin_digest import indicators
from plugin_digest.config import Settings
from plugin_digest.model import Ownership, Week, last_weeks
from plugin_digest.reading import SERIES_WEEKS
from plugin_digest.store import Store

log = logging.getLogger(__name__)


def read(
    settings: Settings, store: Store, week: Week, owners: Ownership, at: datetime
) -> Sequence[indicators.Reading]:
    """What the places say of the indicators of the week and those before."""
    if not settings.indicators:
        return ()
    asked = last_weeks(week, SERIES_WEEKS)
    return indicators.read(
        (indicators.make_source(one) for one in settings.indicators),
        indicators.Request(
            weeks=asked,
            timezone=settings.zone,
            as_of=at,
            plugins=owners.owned_plugins() | store.snapshots.first_seen().keys(),
            teams=frozenset(team.key for team in owners.teams),
            aliases=owners.aliases,
            known=store.indicators.of(asked),
        ),
    )


def keep(readings: Sequence[indicators.Reading], store: Store, week: Week, at: datetime) -> None:
    """Stores what was read; an indicator that cannot be read is left out of the digests, and stops none."""
    for reading in readings:
        store.indicators.take(reading.indicator.name, reading.values, reading.whole, reading.keys)
        store.indicators.note(reading.indicator.name, week, reading.troubles, at)
        for trouble in reading.troubles:
            log.warning("indicator %s: %s", reading.indicator.name, trouble)
