"""Who gets what in a week, and why not: the values of a plan. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from plugin_digest.audience import JOINER, Reader, Rules
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
    OptOut,
    Ownership,
    PlannedDelivery,
    Team,
    Week,
)
from plugin_digest.weeks import Month

Owners = tuple[tuple[Team, tuple[str, ...]], ...]
"""Teams with the names of their plugins."""


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
    work_days: Mapping[Week, float] = field(default_factory=dict)
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
    month: Month | None = None
    """That of the week's slot; without it no monthly digest is due."""
    edition: int = 1


@dataclass(frozen=True)
class Draft:
    """One team's part of the plan: a letter, or the reason why there is none.

    ``letter`` is the frozen one where the week's digest of this team is frozen already; ``is_broken`` if
    there should be one and it could not be written, ``is_uncounted`` if the source counts users and was not
    asked for those of just these plugins, ``unread`` says so if its figures are not read yet and
    it may come. ``parts`` are the teams of a combined digest, ``frozen_with`` is who owned what when the
    letter was frozen.
    """

    team: Team
    readers: tuple[Reader, ...]
    letter: Letter | None = None
    reason: str = ""
    frozen: FrozenDigest | None = None
    is_broken: bool = False
    is_uncounted: bool = False
    unread: str = ""
    parts: tuple[Team, ...] = ()
    frozen_with: Ownership | None = None

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everybody whom the digest is written to."""
        return tuple(reader.address for reader in self.readers if not reader.left_out)


@dataclass(frozen=True)
class Plan:
    """A week's drafts; ``hold`` is why nothing may be sent, empty if it may.

    ``orphans`` are the plugins viewed in the week that no team owns, by name; ``viewed_in`` is the week, or
    the last one read where its own figures are not there yet. ``moves`` is what has changed
    hands since ``compared_with``, the last week that was planned; ``renamed`` maps the key that a team had
    then to its key now. ``stray_opt_outs`` are those of teams that nobody knows.
    """

    week: Week
    edition: int
    revision: int
    drafts: tuple[Draft, ...]
    ownership: Ownership
    hold: str = ""
    orphans: tuple[str, ...] = ()
    viewed_in: Week | None = None
    moves: tuple[Move, ...] = ()
    compared_with: Week | None = None

    renamed: Mapping[str, str] = field(default_factory=dict)
    stray_opt_outs: tuple[OptOut, ...] = ()

    def owners_in(self, draft: Draft) -> Owners:
        """The teams that a draft's letter is about, and their plugins as people write them.

        Of a frozen letter as they were when it was frozen, whoever owns the plugins now.
        """
        told = draft.frozen_with or self.ownership
        known = {team.key: team for team in told.teams}
        teams = [known.get(key) for key in draft.team.key.split(JOINER)]
        return tuple(
            (team, tuple(sorted(told.spellings.get(plugin, plugin) for plugin in team.plugins)))
            for team in (teams if all(teams) else draft.parts or (draft.team,))
            if team is not None
        )


def planned_deliveries(
    plan: Plan,
    digest_ids: Mapping[str, int],
    message_id: Callable[[Week, str, int, str], str],
    why: Callable[[Owners, str, Letter | None], str],
) -> list[PlannedDelivery]:
    """The rows that the plan wants in the ledger; ``digest_ids`` are the frozen digests' by team.

    ``why`` says why the digest of teams with plugins comes to an address that was found at an origin; that is
    to stand in the letter.
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
                    why(plan.owners_in(draft), reader.origin, draft.letter) if is_planned else "",
                )
            )
    return rows


NOTHING = "nothing"
"""Begins the reasons for no digest that only the week's figures give."""

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
