"""Who gets what in a week, and why not: the values of a plan. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from plugin_digest.audience import Reader, Rules
from plugin_digest.diff import PrivacyLimits
from plugin_digest.guards import OwnershipLimits
from plugin_digest.inspection import Limits
from plugin_digest.model import (
    Annotation,
    DeliveryState,
    FrozenDigest,
    Holiday,
    Indicator,
    Letter,
    Move,
    Ownership,
    PlannedDelivery,
    Team,
    Week,
)


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
    rules: Rules = field(default_factory=Rules)
    ownership_limits: OwnershipLimits = field(default_factory=OwnershipLimits)
    annotations: tuple[Annotation, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    """Of the planned week."""
    work_days: Mapping[Week, int] = field(default_factory=dict)
    """Of the planned week and those before it, where the calendar is known."""
    work_share: float = 1.0
    """How much of a usual week's work the planned week's holidays leave."""
    indicators: tuple[Indicator, ...] = ()
    head_count: int | None = None
    people: str = ""
    """The indicator that counts all people, where none is set."""
    attaches_csv: bool = False
    central_teams: tuple[str, ...] = ()
    privacy: PrivacyLimits = field(default_factory=PrivacyLimits)
    month_weeks: int = 0
    """How many weeks a monthly digest is about, if the week's slot is the first of a month; else 0."""
    edition: int = 1


@dataclass(frozen=True)
class Draft:
    """One team's part of the plan: a letter, or the reason why there is none.

    ``letter`` is the frozen one where the week's digest of this team is frozen already; ``is_broken`` if
    there should be one and it could not be written. ``parts`` are the teams of a combined digest.
    """

    team: Team
    readers: tuple[Reader, ...]
    letter: Letter | None = None
    reason: str = ""
    frozen: FrozenDigest | None = None
    is_broken: bool = False
    parts: tuple[Team, ...] = ()

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everybody whom the digest is written to."""
        return tuple(reader.address for reader in self.readers if not reader.left_out)


@dataclass(frozen=True)
class Plan:
    """A week's drafts; ``hold`` is why nothing may be sent, empty if it may.

    ``orphans`` are the plugins viewed in the week that no team owns, by name; ``moves`` what has changed
    hands since ``compared_with``, the last week that was planned before.
    """

    week: Week
    edition: int
    revision: int
    drafts: tuple[Draft, ...]
    ownership: Ownership
    hold: str = ""
    orphans: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    compared_with: Week | None = None

    def names_of(self, team: Team) -> tuple[str, ...]:
        """The team's plugins as people write them."""
        return tuple(sorted(self.ownership.spellings.get(plugin, plugin) for plugin in team.plugins))


def planned_deliveries(
    plan: Plan,
    digest_ids: Mapping[str, int],
    message_id: Callable[[Week, str, int, str], str],
    why: Callable[[Team, tuple[str, ...], str], str],
) -> list[PlannedDelivery]:
    """The rows that the plan wants in the ledger; ``digest_ids`` are the frozen digests' by team.

    ``why`` says why the digest of a team with plugins comes to an address that was found at an origin.
    """
    rows = []
    for draft in plan.drafts:
        key = draft.team.key
        for reader in draft.readers or (NOBODY,):
            state, reason = fate(plan, draft, reader)
            is_planned = state is DeliveryState.PLANNED
            rows.append(
                PlannedDelivery(
                    plan.week,
                    key,
                    plan.edition,
                    reader.address,
                    state,
                    reason,
                    message_id(plan.week, key, plan.edition, reader.address),
                    digest_ids.get(key) if is_planned else None,
                    why(draft.team, plan.names_of(draft.team), reader.origin) if is_planned else "",
                )
            )
    return rows


NOBODY = Reader("", "")
"""Stands for the readers of a team that has none, so that the ledger has a row and a reason."""


def fate(plan: Plan, draft: Draft, reader: Reader = NOBODY) -> tuple[DeliveryState, str]:
    """What the plan wants for a reader of a draft, and why."""
    if reader.left_out:
        return DeliveryState.SKIPPED, f"skipped: {reader.left_out}"
    if draft.is_broken:
        return DeliveryState.HELD, f"held: {draft.reason}"
    if draft.reason:
        return DeliveryState.SKIPPED, f"skipped: {draft.reason}"
    if plan.hold:
        return DeliveryState.HELD, f"held: {plan.hold}"
    return DeliveryState.PLANNED, "planned"
