"""Drafts a week's digests: reads the store through ports, compares, renders; writes nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property

from plugin_digest.audience import HAS_HAD_IT, JOINER, Audience, Reader, audiences, carried, portal_readers
from plugin_digest.diff import (
    Series,
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
    REJECTED,
    Absent,
    Cadence,
    Hold,
    HoldState,
    Letter,
    Ownership,
    PortalDigest,
    Team,
    TeamDigest,
    Week,
    canonical_address,
    is_known,
    last_weeks,
)
from plugin_digest.monthly import MOST_WEEKS, Turn, lengths_of, turn_of, weeks_between
from plugin_digest.plan import NOTHING, Choices, Draft, Plan
from plugin_digest.ports import Renderer, Store
from plugin_digest.reading import (
    SERIES_WEEKS,
    indicator_troubles,
    mail_statistics,
    people_in,
    read_series,
)
from plugin_digest.telling import HANDED_OVER, Telling

SIGN_OF_LIFE_WEEKS = 8
"""A team that only wants to hear of what is unusual hears at least this often that there was nothing."""

NOT_READ = "not read yet"
ONLY_UNUSUAL = "not read yet; only if something is unusual"
"""In place of a digest's subject."""


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
    revision = desk.series.current.revision
    drafts = tuple(desk.drafts(teams))
    is_new = not all(d.frozen for d in drafts if d.letter)
    return replace(
        _plan(desk, drafts),
        revision=revision,
        hold=_hold(desk, records.holds.of(week), is_new=is_new),
        orphans=orphans_of(desk.series, ownership),
        viewed_in=week,
    )


def outline(
    week: Week, ownership: Ownership, choices: Choices, *, records: Store, renderer: Renderer
) -> Plan:
    """The plan of a week whose figures are not read yet: who would get a digest, and no digest.

    What is viewed and has no owner is told by the last week that was read.
    """
    desk = _Desk(week, ownership, choices, records, renderer, is_unread=True)
    hold = _hold(desk, records.holds.of(week), is_new=False)
    planned = replace(_plan(desk, tuple(desk.drafts(()))), hold=hold)
    read = max(records.snapshots.newest_of(last_weeks(week, SERIES_WEEKS)), default=None)
    if read is None:
        return planned
    series = read_series(read, ownership, choices, records, span=1)
    return replace(planned, orphans=orphans_of(series, ownership), viewed_in=read)


def _plan(desk: "_Desk", drafts: tuple[Draft, ...]) -> Plan:
    """What does not need the week's figures."""
    telling = desk.telling
    known = {PORTAL, "", *(team.key for team in desk.ownership.teams)}
    return Plan(
        desk.week,
        desk.choices.edition,
        0,
        drafts,
        desk.ownership,
        moves=telling.moves(),
        compared_with=telling.base[0] if telling.base else None,
        renamed=telling.renamed,
        stray_opt_outs=tuple(one for one in desk.opt_outs if one.team not in known),
    )


def _hold(desk: "_Desk", decision: Hold | None, *, is_new: bool) -> str:
    """Why nothing may be sent. A release lets through what was held, and nothing that came up since.

    Of a week that is frozen the data are judged no more; who owns what is, by what it was frozen with.
    """
    if decision is not None and decision.state is HoldState.REJECTED:
        return f"{REJECTED}{decision.reason}"
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
    is_unread: bool = False
    """Whether the week's figures are not to be asked for."""

    def __post_init__(self) -> None:
        self.frozen = {d.team: d for d in self.records.digests.of_week(self.week, self.choices.edition)}
        self.telling = Telling(self.week, self.ownership, self.records)
        self.opt_outs = carried(self.records.opt_outs.all(), self.telling.renamed)
        self.had = self._had()
        self.audiences = audiences(self.ownership, self.choices.rules, self.opt_outs, self.had)
        self.as_frozen = cache(self._as_frozen)

    @cached_property
    def series(self) -> Series:
        """Raises Held if no figures of the week are stored."""
        return self._read(SERIES_WEEKS)

    @cached_property
    def long_series(self) -> Series:
        """With as many weeks before as the longest digest is about: what is drawn and judged needs fewer."""
        return self._read(2 * MOST_WEEKS)

    def _read(self, span: int) -> Series:
        month = self.choices.month
        lengths = lengths_of(self.audiences, month, self.telling) if month else ()
        return read_series(self.week, self.ownership, self.choices, self.records, lengths=lengths, span=span)

    def drafts(self, teams: Sequence[str]) -> Iterator[Draft]:
        """The portal's first."""
        if not teams or PORTAL in teams:
            yield self.portal()
        for one in self.audiences:
            if not teams or one.team.key in teams or any(part.key in teams for part in one.parts):
                yield self.team(self._without_those_served(one))

    def _had(self) -> dict[tuple[str, str], str]:
        """Each digest's team, by the key that it has now, and reader; to the key that it was sent under."""
        rows = self.records.deliveries.of_week(self.week, self.choices.edition)
        return {
            (self._key_now(row.team), canonical_address(row.recipient)): row.team
            for row in rows
            if row.state in HANDED_OVER
        }

    def _key_now(self, key: str) -> str:
        return JOINER.join(self.telling.renamed.get(part, part) for part in key.split(JOINER))

    def _without_those_served(self, one: Audience) -> Audience:
        """Nobody gets a digest again because its team has another key since it was sent this week."""
        key = one.team.key

        def adapted(reader: Reader) -> Reader:
            old = self.had.get((key, canonical_address(reader.address)), key)
            if reader.left_out or old == key:
                return reader
            return replace(reader, left_out=f"{HAS_HAD_IT} as the digest of {old}")

        return replace(one, readers=tuple(adapted(reader) for reader in one.readers))

    def _as_frozen(self, at: datetime) -> Ownership | None:
        """Who owned what when something of the week was frozen."""
        return self.records.ownerships.of(self.week, at)

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
        if self.is_unread:
            return replace(empty, unread=NOT_READ)
        digest = self.portal_digest(empty.recipients)
        return _written(empty, lambda: self._with_figures(self.renderer.portal(digest), digest))

    def portal_digest(self, recipients: tuple[str, ...]) -> PortalDigest:
        choices = self.choices
        held_for, hold_reason = self._release()
        digest = portal_digest(
            self.series,
            self.ownership,
            recipients,
            edition=choices.edition,
            moves=self.telling.moves_untold(PORTAL),
            head_count=choices.head_count or people_in(self.series, choices.people),
            central_teams=choices.central_teams,
            mail=mail_statistics(self.week.plus(-1), choices.edition, self.records),
            indicator_troubles=indicator_troubles(self.week, choices.indicators, self.records),
            held_for=held_for,
            hold_reason=hold_reason,
        )
        return suppress(digest, choices.privacy)

    def team(self, audience: Audience) -> Draft:
        """One team's part; the reasons come in the order in which they can be done something about."""
        team, empty = audience.team, Draft(audience.team, audience.readers, parts=audience.parts)
        if not audience.readers:
            return replace(empty, reason="no recipients")
        if (frozen := self.frozen.get(team.key)) is not None:
            told = self.as_frozen(frozen.frozen_at)
            return replace(empty, letter=frozen.letter, frozen=frozen, frozen_with=told)
        if not team.plugins:
            return replace(empty, reason="owns no plugin")
        if not empty.recipients:
            return replace(empty, reason="nobody is left to read it")
        return self._timely(empty, audience.cadence)

    def _timely(self, empty: Draft, cadence: Cadence) -> Draft:
        """The digest, if the team's cadence has one this week."""
        turn = Turn(1)
        if cadence is Cadence.MONTHLY:
            month = self.choices.month
            turn = turn_of(empty.team, month, self.telling) if month else Turn(0, "monthly")
        if turn.reason:
            return replace(empty, reason=turn.reason)
        if self.is_unread:
            return replace(empty, unread=ONLY_UNUSUAL if cadence is Cadence.UNUSUAL else NOT_READ)
        digest = self._team_digest(empty, cadence, turn.weeks)
        if is_empty(digest) and not self.choices.send_empty:
            return replace(empty, reason=f"{NOTHING} to report: no view of its plugins in the last 12 weeks")
        if cadence is Cadence.UNUSUAL and not is_unusual(digest):
            last = self.telling.last_week_of(empty.team.key)
            quiet = 0 if last is None else weeks_between(last, self.week)
            if last is not None and quiet < SIGN_OF_LIFE_WEEKS:
                return replace(empty, reason=f"{NOTHING} unusual; the last digest was about {last}")
            digest = replace(digest, quiet_weeks=quiet)
        written = replace(empty, is_uncounted=self._is_uncounted(digest))
        return _written(written, lambda: self._with_figures(self.renderer.team(digest), digest))

    def _is_uncounted(self, digest: TeamDigest) -> bool:
        """Whether the team has other plugins than when the week was read, and so no users."""
        current = self.series.current
        has_gap = digest.users.current is Absent.NO_DATA and is_known(digest.views.current)
        return has_gap and current.is_complete and is_known(current.portal.users)

    def _with_figures(self, letter: Letter, digest: TeamDigest | PortalDigest) -> Letter:
        """The letter, with its figures as a file where that is set."""
        if not self.choices.attaches_csv:
            return letter
        return replace(letter, attachments=(csv_attachment(digest, self.series.snapshots),))

    def _team_digest(self, empty: Draft, cadence: Cadence, weeks: int) -> TeamDigest:
        team = empty.team
        digest = team_digest(
            self.series if 2 * weeks <= SERIES_WEEKS else self.long_series,
            team,
            edition=self.choices.edition,
            pages=self.choices.pages,
            weeks=weeks,
            moves=moves_of(self.telling.moves_untold(team.key, weeks), team),
            parts=empty.parts,
        )
        held_for, said = self._release()
        digest = replace(digest, cadence=cadence, held_for=held_for, hold_reason=said)
        return suppress(digest, self.choices.privacy)

    def _release(self) -> tuple[str, str]:
        """Why the week was held and what was said when it was released; nothing where it was not."""
        decision = self.records.holds.of(self.week)
        if decision is None or decision.state is not HoldState.RELEASED:
            return "", ""
        return self.records.holds.held_for(self.week), decision.reason


def _written(draft: Draft, write: Callable[[], Letter]) -> Draft:
    try:
        return replace(draft, letter=write())
    except RenderError as error:
        return replace(draft, reason=f"could not be written: {error}", is_broken=True)
