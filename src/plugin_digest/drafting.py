"""Drafts a week's digests: reads the store through ports, compares, renders; writes nothing."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from plugin_digest.audience import Audience, audiences, portal_readers
from plugin_digest.diff import (
    is_empty,
    is_unusual,
    moves_of,
    orphans_of,
    portal_digest,
    suppress,
    team_digest,
)
from plugin_digest.errors import RenderError
from plugin_digest.figures import csv_attachment
from plugin_digest.guards import ownership_reasons
from plugin_digest.inspection import reasons_to_hold
from plugin_digest.model import (
    PORTAL,
    Cadence,
    DeliveryState,
    Hold,
    HoldState,
    Letter,
    MailStatistics,
    Ownership,
    Period,
    PortalDigest,
    Scope,
    Team,
    TeamDigest,
    Week,
    canonical_address,
)
from plugin_digest.plan import Choices, Draft, Plan
from plugin_digest.ports import Renderer, Store
from plugin_digest.reading import read_series
from plugin_digest.telling import Telling

SIGN_OF_LIFE_WEEKS = 8
"""A team that only wants to hear of what is unusual hears at least this often that there was nothing."""

HANDED_OVER = frozenset({DeliveryState.SENT, DeliveryState.CLAIMED, DeliveryState.UNKNOWN})
"""States in which a mail has gone out or may have."""


def draft(
    week: Week,
    ownership: Ownership,
    choices: Choices,
    *,
    records: Store,
    renderer: Renderer,
    teams: Sequence[str] = (),
) -> Plan:
    """The plan of a week, for the named ``teams`` or for all.

    A named team's combined digests are drafted with it.

    Raises:
        Held: no figures of the week are stored.
    """
    desk = _Desk(week, ownership, choices, records, renderer)
    drafts = tuple(desk.drafts(teams))
    is_new = not all(d.frozen for d in drafts if d.letter)
    return Plan(
        week,
        choices.edition,
        desk.series.current.revision,
        drafts,
        ownership,
        _hold(desk, records.holds.of(week), is_new=is_new),
        orphans_of(desk.series, ownership),
        desk.telling.moves(),
        desk.telling.last_planned[0] if desk.telling.last_planned else None,
    )


def _hold(desk: "_Desk", decision: Hold | None, *, is_new: bool) -> str:
    """Why nothing may be sent. A release lets through what was held, and nothing that came up since.

    Of a week that is frozen the data are judged no more; who owns what is, by what it was frozen with.
    """
    if decision is not None and decision.state is HoldState.REJECTED:
        return f"rejected: {decision.reason}"
    limits = desk.choices.ownership_limits
    reasons = ownership_reasons(desk.ownership, desk.telling.owners_to_compare_with(), limits)
    if is_new:
        data = reasons_to_hold(desk.series, desk.choices.limits, desk.choices.work_share)
        reasons = [*data, *reasons]
    if decision is not None and decision.state is HoldState.RELEASED:
        held_for = desk.records.holds.held_for(desk.week)
        reasons = [reason for reason in reasons if reason not in held_for]
    return "; ".join(reasons)


@dataclass
class _Desk:
    """Where the digests of one week are drafted."""

    week: Week
    ownership: Ownership
    choices: Choices
    records: Store
    renderer: Renderer

    def __post_init__(self) -> None:
        self.series = read_series(self.week, self.ownership, self.choices, self.records)
        self.frozen = {d.team: d for d in self.records.digests.of_week(self.week, self.choices.edition)}
        self.opt_outs = self.records.opt_outs.all()
        self.telling = Telling(self.week, self.ownership, self.records)

    def drafts(self, teams: Sequence[str]) -> Iterator[Draft]:
        """The portal's first."""
        if not teams or PORTAL in teams:
            yield self.portal()
        had = self._had()
        for one in audiences(self.ownership, self.choices.rules, self.opt_outs, had):
            if not teams or one.team.key in teams or any(part.key in teams for part in one.parts):
                yield self.team(self._without_those_served(one, had))

    def _had(self) -> set[tuple[str, str]]:
        rows = self.records.deliveries.of_week(self.week, self.choices.edition)
        return {(row.team, canonical_address(row.recipient)) for row in rows if row.state in HANDED_OVER}

    def _without_those_served(self, one: Audience, had: Collection[tuple[str, str]]) -> Audience:
        """Nobody gets a digest again because its team has another key since it was sent this week."""
        old = self.telling.former_key(one.team)
        if old is None:
            return one
        reason = f"has had it as the digest of {old}"
        served = (
            replace(reader, left_out=reader.left_out or reason)
            if (old, canonical_address(reader.address)) in had
            else reader
            for reader in one.readers
        )
        return replace(one, readers=tuple(served))

    def portal(self) -> Draft:
        choices = self.choices
        readers = portal_readers(choices.portal_recipients, choices.rules, self.opt_outs)
        team = Team(PORTAL, choices.portal_team_name, (), frozenset(), "portal_team.recipients")
        empty = Draft(team, readers)
        if not readers:
            return replace(empty, reason="no recipients: portal_team.recipients is empty")
        if (frozen := self.frozen.get(PORTAL)) is not None:
            return replace(empty, letter=frozen.letter, frozen=frozen)
        if not empty.recipients:
            return replace(empty, reason="nobody is left to read it")
        digest = self.portal_digest(empty.recipients)
        return _written(empty, lambda: self._with_figures(self.renderer.portal(digest), digest))

    def portal_digest(self, recipients: tuple[str, ...]) -> PortalDigest:
        choices = self.choices
        decision = self.records.holds.of(self.week)
        is_released = decision is not None and decision.state is HoldState.RELEASED
        digest = portal_digest(
            self.series,
            self.ownership,
            recipients,
            edition=choices.edition,
            moves=self.telling.moves_untold(PORTAL),
            head_count=choices.head_count or self._people(),
            central_teams=choices.central_teams,
            mail=self._mail(),
            hold_reason=decision.reason if decision is not None and is_released else "",
        )
        return suppress(digest, choices.privacy)

    def _people(self) -> int | None:
        """How many people the indicator of all people knows of, as last read."""
        found = (
            change.value
            for change in self.series.indicator_changes
            if change.indicator.name == self.choices.people and change.scope is Scope.PORTAL
        )
        return next((round(value) for value in found), None)

    def _mail(self) -> MailStatistics | None:
        """What became of the digests of the week before; None if there were none."""
        before = self.week.plus(-1)
        rows = self.records.deliveries.of_week(before, self.choices.edition)
        if not any(row.attempts for row in rows):
            return None
        states = Counter(row.state for row in rows)
        return MailStatistics(
            before,
            sent=states[DeliveryState.SENT],
            refused=states[DeliveryState.REFUSED],
            deferred=states[DeliveryState.DEFERRED],
            unknown=states[DeliveryState.UNKNOWN],
            opted_out=sum(1 for row in rows if "opted out" in row.reason),
        )

    def team(self, audience: Audience) -> Draft:
        """One team's part; the reasons come in the order in which they can be done something about."""
        team, empty = audience.team, Draft(audience.team, audience.readers, parts=audience.parts)
        if not audience.readers:
            return replace(empty, reason="no recipients")
        if (frozen := self.frozen.get(team.key)) is not None:
            return replace(empty, letter=frozen.letter, frozen=frozen)
        if not team.plugins:
            return replace(empty, reason="owns no plugin")
        if not empty.recipients:
            return replace(empty, reason="nobody is left to read it")
        return self._timely(empty, team.cadence or self.choices.rules.cadence)

    def _timely(self, empty: Draft, cadence: Cadence) -> Draft:
        """The digest, if the team's cadence has one this week."""
        if cadence is Cadence.MONTHLY and not self.choices.month_weeks:
            return replace(empty, reason="monthly: the next digest comes at the first slot of a month")
        digest = self._team_digest(empty.team, cadence)
        if is_empty(digest) and not self.choices.send_empty:
            return replace(empty, reason="nothing to report: no view of its plugins in the last 12 weeks")
        if cadence is Cadence.UNUSUAL and not is_unusual(digest):
            last = self.telling.last_week_of(empty.team.key)
            quiet = 0 if last is None else weeks_between(last, self.week)
            if last is not None and quiet < SIGN_OF_LIFE_WEEKS:
                return replace(empty, reason=f"nothing unusual; the last digest was about {last}")
            digest = replace(digest, quiet_weeks=quiet)
        return _written(empty, lambda: self._with_figures(self.renderer.team(digest), digest))

    def _with_figures(self, letter: Letter, digest: TeamDigest | PortalDigest) -> Letter:
        """The letter, with its figures as a file where that is set."""
        if not self.choices.attaches_csv:
            return letter
        return replace(letter, attachments=(csv_attachment(digest, self.series.snapshots),))

    def _team_digest(self, team: Team, cadence: Cadence) -> TeamDigest:
        weeks = self.choices.month_weeks if cadence is Cadence.MONTHLY else 1
        digest = team_digest(
            self.series,
            team,
            edition=self.choices.edition,
            pages=self.choices.pages,
            weeks=weeks,
            moves=moves_of(self.telling.moves_untold(team.key, weeks), team),
        )
        return suppress(replace(digest, cadence=cadence), self.choices.privacy)


def weeks_between(first: Week, last: Week) -> int:
    return Period(first, last).length - 1


def _written(draft: Draft, write: Callable[[], Letter]) -> Draft:
    try:
        return replace(draft, letter=write())
    except RenderError as error:
        return replace(draft, reason=f"could not be written: {error}", is_broken=True)
