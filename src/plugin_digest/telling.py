"""What each team has been told of already, also under another key, and so what it is still to be told."""

from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from itertools import pairwise

from plugin_digest.audience import JOINER
from plugin_digest.diff import moved_plugins, renamed_teams
from plugin_digest.model import NOTICE, Delivery, DeliveryState, Move, Ownership, Week
from plugin_digest.ports import Store

FIRST_EDITION = 1
PAST_PLANS = 12
"""So many planned weeks are looked through for a team that no digest is known of."""

HANDED_OVER = frozenset({DeliveryState.SENT, DeliveryState.CLAIMED, DeliveryState.UNKNOWN})
"""States in which a mail has gone out or may have."""


def handed_over(rows: Iterable[Delivery]) -> list[Delivery]:
    """Digests that have gone out, or may have."""
    return [row for row in rows if row.team != NOTICE and row.state in HANDED_OVER]


class Telling:
    """What the digests of one week have to tell of who owns what."""

    def __init__(self, week: Week, ownership: Ownership, records: Store) -> None:
        self.week = week
        self.ownership = ownership
        self.records = records
        self.planned_with = records.ownerships.of(week)
        self.last_planned = records.ownerships.before(week)
        newest = records.ownerships.last_week()
        self.is_of_the_past = newest is not None and week < newest
        self.last_week_of = cache(self._last_week_of)

    def owners_to_compare_with(self) -> Ownership | None:
        """Those that the week was planned with, or else those of the nearest week that was planned."""
        if self.planned_with is not None:
            return self.planned_with
        return self.last_planned[1] if self.last_planned else self.records.ownerships.newest()

    @cached_property
    def renamed(self) -> dict[str, str]:
        """Old key to new key of teams that were planned under another key than they have now."""
        before = self.owners_to_compare_with()
        return {} if before is None else renamed_teams(before, self.ownership)

    @cached_property
    def past(self) -> tuple[tuple[Week, Ownership], ...]:
        """What this week and those before were planned with, newest first."""
        found = [] if self.planned_with is None else [(self.week, self.planned_with)]
        older = self.last_planned
        while older is not None and len(found) < PAST_PLANS:
            found.append(older)
            older = self.records.ownerships.before(older[0])
        return tuple(found)

    @cached_property
    def _renamings(self) -> Sequence[dict[str, str]]:
        """New key to old key, from each past plan to the one after it, newest first."""
        plans = [self.ownership, *(ownership for _, ownership in self.past)]
        return [
            {new: old for old, new in renamed_teams(older, newer).items()} for newer, older in pairwise(plans)
        ]

    def former_keys(self, key: str) -> tuple[str, ...]:
        """The keys that the team had in the past plans, the last one first."""
        found: list[str] = []
        for renaming in self._renamings:
            if (old := renaming.get(found[-1] if found else key)) is not None:
                found.append(old)
        return tuple(found)

    def _last_week_of(self, key: str) -> Week | None:
        """The newest week before this one of which a digest of the team, alone or combined, went out."""
        parts = dict.fromkeys((key, *key.split(JOINER)))
        if (known := self._last_week_of_keys(parts)) is not None:
            return known
        return self._last_week_of_keys(old for part in parts for old in self.former_keys(part))

    def _last_week_of_keys(self, keys: Iterable[str]) -> Week | None:
        weeks = (self.records.deliveries.last_week_of(each, self.week) for each in keys)
        return max((week for week in weeks if week is not None), default=None)

    def later_week_of(self, key: str, weeks: int) -> Week | None:
        """The newest of so many weeks after this one of which a digest of the team went out."""
        found = self.records.deliveries.last_week_of(key, self.week.plus(weeks + 1))
        return found if found is not None and found > self.week else None

    def was_planned_before(self, key: str, week: Week) -> bool:
        """Whether the team, by any of its keys, was known to a plan of an earlier week than ``week``."""
        keys = {key, *self.former_keys(key)}
        return any(
            team.key in keys for planned, owners in self.past if planned < week for team in owners.teams
        )

    @property
    def base(self) -> tuple[Week, Ownership] | None:
        """What a plan of the week is compared with: the last one that was planned.

        That is this week's own, where mails of it have gone out and somebody else owns or reads since.
        """
        if self.planned_with is None or _gist(self.planned_with) == _gist(self.ownership):
            return self.last_planned
        rows = self.records.deliveries.of_week(self.week, FIRST_EDITION)
        has_gone_out = any(row.state in HANDED_OVER for row in rows)
        return (self.week, self.planned_with) if has_gone_out else self.last_planned

    def moves(self) -> tuple[Move, ...]:
        """What has changed hands since the last plan."""
        return self._since(self.base)

    def moves_untold(self, key: str, weeks: int = 1) -> tuple[Move, ...]:
        """What has changed hands since the team's last digest.

        Of a team without one, since the last plan, but for as many ``weeks`` as its digest is about.
        """
        last = self.last_week_of(key)
        if last is None and weeks > 1:
            return self._since(self.records.ownerships.before(self.week.plus(1 - weeks)))
        known = None if last is None else self.records.ownerships.of(last)
        return self._since(self.last_planned if last is None or known is None else (last, known))

    def _since(self, before: tuple[Week, Ownership] | None) -> tuple[Move, ...]:
        """An older week tells nothing of what a newer one has told."""
        if before is None or self.is_of_the_past:
            return ()
        return moved_plugins(before[1], self.ownership)


def _gist(ownership: Ownership) -> dict[str, tuple[frozenset[str], tuple[str, ...]]]:
    return {team.key: (team.plugins, team.recipients) for team in ownership.teams}
