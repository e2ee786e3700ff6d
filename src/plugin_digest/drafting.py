"""Drafts a week's digests: reads the store through ports, compares, renders; writes nothing."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from plugin_digest.audience import JOINER, Audience, audiences, portal_readers
from plugin_digest.diff import (
    FRESH_WEEKS,
    Series,
    find_breaks,
    first_weeks,
    indicator_changes,
    is_empty,
    is_unusual,
    moved_plugins,
    moves_of,
    orphans_of,
    period_under_aliases,
    periods_of,
    portal_digest,
    suppress,
    team_digest,
    under_aliases,
)
from plugin_digest.errors import Held, RenderError
from plugin_digest.figures import csv_attachment
from plugin_digest.guards import ownership_reasons
from plugin_digest.inspection import reasons_to_hold
from plugin_digest.model import (
    HISTORY_WEEKS,
    PORTAL,
    Cadence,
    DeliveryState,
    Hold,
    HoldState,
    Letter,
    MailStatistics,
    Move,
    Ownership,
    Period,
    PeriodUsage,
    PortalDigest,
    Scope,
    Snapshot,
    Team,
    TeamDigest,
    Week,
    canonical_address,
    last_weeks,
)
from plugin_digest.plan import Choices, Draft, PeriodStore, Plan, Records, Renderer

SERIES_WEEKS = HISTORY_WEEKS + 1
"""The history that is drawn, and the week before it."""

SIGN_OF_LIFE_WEEKS = 8
"""A team that only wants to hear of what is unusual hears at least this often that there was nothing."""

HANDED_OVER = frozenset({DeliveryState.SENT, DeliveryState.CLAIMED, DeliveryState.UNKNOWN})
"""States in which a mail has gone out or may have."""


def draft(
    week: Week,
    ownership: Ownership,
    choices: Choices,
    *,
    records: Records,
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
        desk.moves(desk.last_planned),
        desk.last_planned[0] if desk.last_planned else None,
    )


def read_series(week: Week, ownership: Ownership, choices: Choices, records: Records) -> Series:
    """The week and what is stored of the weeks before, each as last read.

    Where digests of the week are frozen, the reading that they were made from counts, not a later one.

    Raises:
        Held: no figures of the week are stored.
    """
    before = week.plus(-1)
    found = records.snapshots.newest_of(last_weeks(week, SERIES_WEEKS))
    if (frozen := _as_frozen(week, choices.edition, records)) is not None:
        found[week] = frozen
    if week not in found:
        raise Held(f"no figures of {week} are stored; read them with: plugin-digest pull --week {week}")
    mailed = _as_frozen(before, choices.edition, records)
    aliases = ownership.aliases
    series = Series(
        week,
        {each: under_aliases(snapshot, aliases) for each, snapshot in found.items()},
        first_weeks(records.snapshots.first_seen(), aliases),
        ownership.spellings,
        choices.min_base,
        None if mailed is None else under_aliases(mailed, aliases),
        choices.restated_share,
        periods={
            period: period_under_aliases(usage, aliases)
            for period, usage in _periods(week, choices.month_weeks, records.periods).items()
        },
        annotations=tuple(
            replace(one, plugin=aliases.get(one.plugin, one.plugin)) for one in choices.annotations
        ),
        holidays=choices.holidays,
        work_days=choices.work_days,
        indicator_changes=indicator_changes(
            choices.indicators, records.indicators.of(last_weeks(week, SERIES_WEEKS + FRESH_WEEKS)), week
        ),
    )
    return replace(series, breaks=find_breaks(series))


def _periods(week: Week, month_weeks: int, periods: PeriodStore) -> dict[Period, PeriodUsage]:
    """What is stored of the periods that the week's digests may speak of."""
    wanted = periods_of(week, month_weeks)
    read = {period: periods.newest(period) for period in wanted}
    return {period: usage for period, usage in read.items() if usage is not None}


def _as_frozen(week: Week, edition: int, records: Records) -> Snapshot | None:
    """The reading that the week's digests were made from, if any was."""
    revision = next((digest.revision for digest in records.digests.of_week(week, edition)), None)
    return None if revision is None else records.snapshots.revision(week, revision)


def _hold(desk: "_Desk", decision: Hold | None, *, is_new: bool) -> str:
    """Why nothing may be sent. A release lets through what was held, and nothing that came up since.

    Of a week that is frozen the data are judged no more; who owns what is, by what it was frozen with.
    """
    if decision is not None and decision.state is HoldState.REJECTED:
        return f"rejected: {decision.reason}"
    limits = desk.choices.ownership_limits
    reasons = ownership_reasons(desk.ownership, desk.owners_to_compare_with(), limits)
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
    records: Records
    renderer: Renderer

    def __post_init__(self) -> None:
        self.series = read_series(self.week, self.ownership, self.choices, self.records)
        self.frozen = {d.team: d for d in self.records.digests.of_week(self.week, self.choices.edition)}
        self.opt_outs = self.records.opt_outs.all()
        self.planned_with = self.records.ownerships.of(self.week)
        self.last_planned = self.records.ownerships.before(self.week)
        newest = self.records.ownerships.last_week()
        self.is_of_the_past = newest is not None and self.week < newest

    def owners_to_compare_with(self) -> Ownership | None:
        """Those that the week was planned with, or else those of the nearest week that was planned."""
        if self.planned_with is not None:
            return self.planned_with
        return self.last_planned[1] if self.last_planned else self.records.ownerships.newest()

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
        now = {team.key for team in self.ownership.teams}
        before = self.planned_with.teams if self.planned_with else ()
        old = next((t.key for t in before if t.key not in now and t.plugins == one.team.plugins), None)
        if old is None or not one.team.plugins:
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
            moves=self.moves(self._told_last(PORTAL)),
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
            last = self._last_week_of(empty.team.key)
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
        digest = team_digest(
            self.series,
            team,
            edition=self.choices.edition,
            pages=self.choices.pages,
            weeks=self.choices.month_weeks if cadence is Cadence.MONTHLY else 1,
            moves=moves_of(self.moves(self._told_last(team.key, cadence)), team),
        )
        return suppress(replace(digest, cadence=cadence), self.choices.privacy)

    def _last_week_of(self, key: str) -> Week | None:
        """The newest week before this one of which a digest of the team, alone or combined, went out."""
        keys = dict.fromkeys((key, *key.split(JOINER)))
        weeks = (self.records.deliveries.last_week_of(each, self.week) for each in keys)
        return max((week for week in weeks if week is not None), default=None)

    def _told_last(self, key: str, cadence: Cadence = Cadence.WEEKLY) -> tuple[Week, Ownership] | None:
        """The ownership that the team's last digest spoke of.

        Of a team without one, that of the last plan; a monthly team looks back over its month.
        """
        last = self._last_week_of(key)
        if last is None and cadence is Cadence.MONTHLY:
            return self.records.ownerships.before(self.week.plus(1 - max(self.choices.month_weeks, 1)))
        known = None if last is None else self.records.ownerships.of(last)
        return self.last_planned if last is None or known is None else (last, known)

    def moves(self, before: tuple[Week, Ownership] | None) -> tuple[Move, ...]:
        """What changed hands since; an older week tells nothing of what a newer one has told."""
        if before is None or self.is_of_the_past:
            return ()
        return moved_plugins(before[1], self.ownership)


def weeks_between(first: Week, last: Week) -> int:
    return Period(first, last).length - 1


def _written(draft: Draft, write: Callable[[], Letter]) -> Draft:
    try:
        return replace(draft, letter=write())
    except RenderError as error:
        return replace(draft, reason=f"could not be written: {error}", is_broken=True)
