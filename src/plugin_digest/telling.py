"""What each team has been told of already, and so which plugins it is told have changed hands."""

from plugin_digest.audience import JOINER
from plugin_digest.diff import moved_plugins
from plugin_digest.model import Move, Ownership, Team, Week
from plugin_digest.ports import Store


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

    def owners_to_compare_with(self) -> Ownership | None:
        """Those that the week was planned with, or else those of the nearest week that was planned."""
        if self.planned_with is not None:
            return self.planned_with
        return self.last_planned[1] if self.last_planned else self.records.ownerships.newest()

    def former_key(self, team: Team) -> str | None:
        """The key under which the week was planned with the plugins of the team, if it is another one now."""
        now = {each.key for each in self.ownership.teams}
        before = self.planned_with.teams if self.planned_with and team.plugins else ()
        return next((t.key for t in before if t.key not in now and t.plugins == team.plugins), None)

    def last_week_of(self, key: str) -> Week | None:
        """The newest week before this one of which a digest of the team, alone or combined, went out."""
        keys = dict.fromkeys((key, *key.split(JOINER)))
        weeks = (self.records.deliveries.last_week_of(each, self.week) for each in keys)
        return max((week for week in weeks if week is not None), default=None)

    def moves(self) -> tuple[Move, ...]:
        """What has changed hands since the last plan."""
        return self._since(self.last_planned)

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
