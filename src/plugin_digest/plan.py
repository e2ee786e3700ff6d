"""Who gets what in a week, and why not: the plan, before anything is frozen or sent.

Reads the store through ports and renders; writes nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from plugin_digest.diff import Series, is_empty, portal_digest, team_digest
from plugin_digest.errors import Held, RenderError
from plugin_digest.inspection import Limits, reasons_to_hold
from plugin_digest.model import (
    HISTORY_WEEKS,
    PORTAL,
    DeliveryState,
    FrozenDigest,
    Hold,
    HoldState,
    Letter,
    Ownership,
    PlannedDelivery,
    PortalDigest,
    Snapshot,
    Team,
    TeamDigest,
    Week,
    canonical_address,
    last_weeks,
)


class SnapshotStore(Protocol):
    """Readings of weeks; a snapshot is never changed."""

    def add(self, snapshot: Snapshot) -> Snapshot: ...
    def newest_of(self, weeks: Iterable[Week]) -> dict[Week, Snapshot]: ...
    def revision(self, week: Week, n: int) -> Snapshot | None: ...
    def first_seen(self) -> dict[str, Week]: ...


class DigestStore(Protocol):
    """Frozen digests by week."""

    def of_week(self, week: Week, edition: int = 1) -> list[FrozenDigest]: ...


class HoldStore(Protocol):
    """What was held and decided."""

    def of(self, week: Week) -> Hold | None: ...


class Renderer(Protocol):
    """Writes a digest."""

    def team(self, digest: TeamDigest) -> Letter: ...
    def portal(self, digest: PortalDigest) -> Letter: ...


@dataclass(frozen=True)
class Choices:
    """What the operator has set about digests."""

    portal_recipients: tuple[str, ...] = ()
    portal_team_name: str = "Portal team"
    min_base: int = 20
    restated_share: float = 0.02
    pages: int = 5
    send_empty: bool = False
    limits: Limits = field(default_factory=Limits)
    edition: int = 1


@dataclass(frozen=True)
class Draft:
    """One team's part of the plan: a letter, or the reason why there is none.

    ``letter`` is the frozen one where the week's digest of this team is frozen already; ``is_broken`` if
    there should be one and it could not be written.
    """

    team: str
    name: str
    plugins: tuple[str, ...]
    origin: str
    recipients: tuple[str, ...]
    letter: Letter | None
    reason: str = ""
    frozen: FrozenDigest | None = None
    is_broken: bool = False


@dataclass(frozen=True)
class Plan:
    """A week's drafts; ``hold`` is why nothing may be sent, empty if it may."""

    week: Week
    edition: int
    revision: int
    drafts: tuple[Draft, ...]
    hold: str = ""


def read_series(
    week: Week,
    ownership: Ownership,
    choices: Choices,
    snapshots: SnapshotStore,
    digests: DigestStore,
) -> Series:
    """The week and what is stored of the weeks before, each as last read.

    Where digests of the week are frozen, the reading that they were made from counts, not a later one.

    Raises:
        Held: no figures of the week are stored.
    """
    before = week.plus(-1)
    found = snapshots.newest_of(last_weeks(week, HISTORY_WEEKS + 1))
    if (frozen := _as_frozen(week, choices.edition, snapshots, digests)) is not None:
        found[week] = frozen
    if week not in found:
        raise Held(f"no figures of {week} are stored; read them with: plugin-digest pull --week {week}")
    return Series(
        week,
        found,
        snapshots.first_seen(),
        ownership.spellings,
        choices.min_base,
        _as_frozen(before, choices.edition, snapshots, digests),
        choices.restated_share,
    )


def _as_frozen(week: Week, edition: int, snapshots: SnapshotStore, digests: DigestStore) -> Snapshot | None:
    """The reading that the week's digests were made from, if any was."""
    revision = next((digest.revision for digest in digests.of_week(week, edition)), None)
    return None if revision is None else snapshots.revision(week, revision)


def draft(
    week: Week,
    ownership: Ownership,
    choices: Choices,
    *,
    snapshots: SnapshotStore,
    digests: DigestStore,
    holds: HoldStore,
    renderer: Renderer,
    teams: Sequence[str] = (),
) -> Plan:
    """The plan of a week, for the named ``teams`` or for all.

    Raises:
        Held: no figures of the week are stored.
    """
    frozen = {digest.team: digest for digest in digests.of_week(week, choices.edition)}
    series = read_series(week, ownership, choices, snapshots, digests)
    drafts = tuple(
        make()
        for key, make in _makers(series, ownership, choices, renderer, frozen).items()
        if not teams or key in teams
    )
    is_new = not all(d.frozen for d in drafts if d.letter)
    hold = _hold(series, choices, holds.of(week), is_new=is_new)
    return Plan(week, choices.edition, series.current.revision, drafts, hold)


def planned_deliveries(
    plan: Plan, digest_ids: Mapping[str, int], message_id: Callable[[Week, str, int, str], str]
) -> list[PlannedDelivery]:
    """The rows that the plan wants in the ledger; ``digest_ids`` are the frozen digests' by team."""
    return [
        PlannedDelivery(
            plan.week,
            draft.team,
            plan.edition,
            recipient,
            state,
            reason,
            message_id(plan.week, draft.team, plan.edition, recipient),
            digest_ids.get(draft.team) if state is DeliveryState.PLANNED else None,
        )
        for draft in plan.drafts
        for state, reason in (fate(plan, draft),)
        for recipient in draft.recipients or ("",)
    ]


def fate(plan: Plan, draft: Draft) -> tuple[DeliveryState, str]:
    """What the plan wants for each recipient of a draft, and why."""
    if draft.is_broken:
        return DeliveryState.HELD, f"held: {draft.reason}"
    if draft.reason:
        return DeliveryState.SKIPPED, f"skipped: {draft.reason}"
    if plan.hold:
        return DeliveryState.HELD, f"held: {plan.hold}"
    return DeliveryState.PLANNED, "planned"


def _hold(series: Series, choices: Choices, decision: Hold | None, *, is_new: bool) -> str:
    """A person's no holds what is frozen too: some of it may be waiting; the data are only judged before."""
    if decision is not None and decision.state is HoldState.REJECTED:
        return f"rejected: {decision.reason}"
    if not is_new or (decision is not None and decision.state is HoldState.RELEASED):
        return ""
    return "; ".join(reasons_to_hold(series, choices.limits))


def _makers(
    series: Series,
    ownership: Ownership,
    choices: Choices,
    renderer: Renderer,
    frozen: Mapping[str, FrozenDigest],
) -> dict[str, Callable[[], Draft]]:
    """How to draft each digest, the portal's first; a function each, so that only asked ones are made."""

    def portal() -> Draft:
        return _portal_draft(series, ownership, choices, renderer, frozen.get(PORTAL))

    def team(one: Team) -> Callable[[], Draft]:
        return lambda: _team_draft(series, one, choices, renderer, frozen.get(one.key))

    return {PORTAL: portal, **{one.key: team(one) for one in ownership.teams}}


def _portal_draft(
    series: Series,
    ownership: Ownership,
    choices: Choices,
    renderer: Renderer,
    frozen: FrozenDigest | None,
) -> Draft:
    recipients = _distinct(choices.portal_recipients)
    empty = Draft(PORTAL, choices.portal_team_name, (), "portal_team", recipients, None)
    if not recipients:
        return replace(empty, reason="no recipients: portal_team.recipients is empty")
    if frozen is not None:
        return replace(empty, letter=frozen.letter, frozen=frozen)
    digest = portal_digest(series, ownership, recipients, edition=choices.edition)
    return _written(empty, lambda: renderer.portal(digest))


def _team_draft(
    series: Series, team: Team, choices: Choices, renderer: Renderer, frozen: FrozenDigest | None
) -> Draft:
    names = tuple(sorted(series.spellings.get(plugin, plugin) for plugin in team.plugins))
    empty = Draft(team.key, team.name, names, team.origin, _distinct(team.recipients), None)
    if not empty.recipients:
        return replace(empty, reason="no recipients")
    if frozen is not None:
        return replace(empty, letter=frozen.letter, frozen=frozen)
    if not team.plugins:
        return replace(empty, reason="owns no plugin")
    digest = team_digest(series, team, edition=choices.edition, pages=choices.pages)
    if is_empty(digest) and not choices.send_empty:
        return replace(empty, reason="nothing to report: no view of its plugins in the last 12 weeks")
    return _written(empty, lambda: renderer.team(digest))


def _written(draft: Draft, write: Callable[[], Letter]) -> Draft:
    try:
        return replace(draft, letter=write())
    except RenderError as error:
        return replace(draft, reason=f"could not be written: {error}", is_broken=True)


def _distinct(recipients: Iterable[str]) -> tuple[str, ...]:
    """Each address once, as it was first written, whatever its case and blanks."""
    return tuple({canonical_address(r): r.strip() for r in reversed(tuple(recipients))}.values())[::-1]
