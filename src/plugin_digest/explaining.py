"""Why somebody gets a digest or does not, in sentences: from the plan and the ledger. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from plugin_digest.audience import HAS_HAD_IT, Reader
from plugin_digest.diff import moved_plugins, renamed_teams
from plugin_digest.errors import UsageError
from plugin_digest.model import (
    PORTAL,
    Delivery,
    DeliveryState,
    Move,
    Ownership,
    Team,
    Week,
    canonical_address,
    canonical_plugin,
)
from plugin_digest.plan import NOBODY, Draft, Plan, fate

Past = Sequence[tuple[Week, Ownership]]
"""What weeks were planned with, newest first."""


@dataclass(frozen=True)
class Ground:
    """What is known: a plan, the ledger's rows of its week, and what earlier weeks were planned with."""

    plan: Plan
    rows: Sequence[Delivery] = ()
    past: Past = ()
    is_record: bool = False
    """Whether it is of what was, so that the ledger's word comes before the plan's."""
    is_update: bool = False
    """Whether what was is told already."""
    seen: Mapping[str, Week] = field(default_factory=dict)
    """The first week of every plugin that was ever viewed."""


def explain(what: str, ground: Ground) -> list[str]:
    """What the plan has in store for an address, a team or a plugin, and what the week's ledger says of it.

    A team is known by its key or its name, also if only the ledger or the past knows it.

    Raises:
        UsageError: nothing of that name is known; the text names what is near.
    """
    plan = ground.plan
    if (draft := _draft_of(what, plan)) is not None:
        return list(_team(draft, ground))
    if "@" in what:
        return list(_address(what, ground))
    plugin = canonical_plugin(what)
    plugin = plan.ownership.aliases.get(plugin, plugin)
    if plugin in _known_plugins(plan) or plugin in ground.seen:
        return list(_plugin(plugin, what, ground))
    if found := list(_gone(what, ground)):
        return found
    raise UsageError(_unknown(what, plan))


def explain_twice(what: str, then: Ground, now: Plan) -> list[str]:
    """As `explain`, by what a week was planned with; after that whatever is otherwise ``now``.

    Raises:
        UsageError: nothing of that name was or is known.
    """
    update = replace(then, plan=now, is_record=False, is_update=True)
    try:
        found = explain(what, then)
    except UsageError:
        return [
            f"{what} was not known when {then.plan.week} was planned.",
            *_as_now(explain(what, update)),
        ]
    try:
        return [*found, *_as_now(sentence for sentence in explain(what, update) if sentence not in found)]
    except UsageError:
        return [*found, f"Now: {what} is not known any more."]


def _as_now(sentences: Iterable[str]) -> list[str]:
    return [f"Now: {sentence}" for sentence in sentences]


def _draft_of(what: str, plan: Plan) -> Draft | None:
    """By its key, else by its name."""
    wanted = what.strip().casefold()
    keys = {draft.team.key.casefold(): draft for draft in plan.drafts}
    names = {draft.team.name.casefold(): draft for draft in reversed(plan.drafts)}
    return keys.get(wanted) or names.get(wanted)


def _address(what: str, ground: Ground) -> Iterator[str]:
    who = canonical_address(what)
    found = [
        (draft, reader)
        for draft in ground.plan.drafts
        for reader in draft.readers
        if canonical_address(reader.address) == who
    ]
    for draft, reader in found:
        yield from _reads(draft, reader, ground)
    told = {draft.team.key for draft, _ in found}
    for row in () if ground.is_update else ground.rows:
        if canonical_address(row.recipient) == who and row.team not in told:
            yield f"Earlier in {row.week} it was planned for the digest of {row.team}: {row.reason}."
    if not found:
        yield f"{what.strip()} is no recipient of any team, nor of the portal digest, so it gets nothing."


def _reads(draft: Draft, reader: Reader, ground: Ground) -> Iterator[str]:
    yield f"{reader.address} reads the {_digest_of(draft)}: the address comes from {reader.origin}."
    if draft.team.plugins:
        yield f"{draft.team.name} owns {_owned(draft.team, ground.plan)}."
    yield f"In {ground.plan.week}: {_outcome(draft, reader, ground)}."
    row = _row(draft, reader, ground.rows)
    if row is not None and row.attempts and row.why:
        yield f"The mail says: {row.why}"


def _team(draft: Draft, ground: Ground) -> Iterator[str]:
    team = draft.team
    if team.key == PORTAL:
        yield f"The portal digest goes to those in {team.origin}."
    elif team.plugins:
        yield f"{team.name} owns {_owned(team, ground.plan)}."
    else:
        yield f"{team.name} ({team.origin}) owns no plugin, and a team without plugins gets nothing."
        yield from _lost(team, ground)
    if draft.parts:
        yield f"This digest is that of {' and '.join(part.name for part in draft.parts)} together."
    if not draft.readers:
        yield f"Nobody is written to: no place gives {team.name} an address."
    for reader in draft.readers or (NOBODY,):
        who = f"{reader.address} (from {reader.origin})" if reader.address else "The digest"
        yield f"{who}: {_outcome(draft, reader, ground)}."


def _lost(team: Team, ground: Ground) -> Iterator[str]:
    """Where the last plugins of the team went."""
    ownership_now = ground.plan.ownership
    for week, ownership in ground.past:
        owned = next((each.plugins for each in ownership.teams if each.key == team.key), frozenset())
        for plugin in sorted(ownership_now.aliases.get(each, each) for each in owned):
            to = ownership_now.owner_of(plugin)
            name = ownership_now.spellings.get(plugin, plugin)
            yield f"{name} went to {to.name if to else 'nobody'} after {week}."
        if owned:
            return


def _gone(what: str, ground: Ground) -> Iterator[str]:
    """What is left of a team that the plan does not know."""
    key = what.strip().lower()
    theirs = [row for row in ground.rows if row.team == key and row.recipient]
    newer = ground.plan.ownership
    for week, ownership in ground.past:
        if any(team.key == key for team in ownership.teams):
            to = renamed_teams(ownership, newer).get(key)
            became = f"it is {to} since" if to else "it is no team any more"
            yield f"{key} was last planned for {week}; {became}."
            break
        newer = ownership
    else:
        if theirs:
            yield f"{key} is no team that {ground.plan.week} would be planned with; the ledger knows it."
    for row in () if ground.is_update else theirs:
        yield f"{row.recipient} in {row.week}: {row.reason}."


def _plugin(plugin: str, what: str, ground: Ground) -> Iterator[str]:
    plan = ground.plan
    name = plan.ownership.spellings.get(plugin, plugin)
    if canonical_plugin(what) != plugin:
        yield f"{what} is an alias of {name}."
    team = plan.ownership.owner_of(plugin)
    if team is None and plugin in map(canonical_plugin, plan.orphans):
        yield f"{name} is viewed and has no owner: it stands in the portal digest and in no team's."
    elif team is None:
        week = plan.viewed_in or plan.week
        yield f"{name} has no owner and no views in {week}; they began in {ground.seen[plugin]}."
    else:
        where = team.plugin_origins.get(plugin, team.origin)
        yield f"{name} belongs to {team.name} ({team.key}), by {where}."
        yield from _readers_of(team, plan)
    if (change := _last_change(plugin, ground)) is not None:
        week, move = change
        yield (
            f"It changed hands after {week}: from {move.from_team or 'nobody'} to {move.to_team or 'nobody'}."
        )
    for flaw in plan.ownership.flaws:
        if plugin in map(canonical_plugin, (flaw.subject, *flaw.plugins)):
            yield f"Something is wrong: {flaw.sentence}."


def _last_change(plugin: str, ground: Ground) -> tuple[Week, Move] | None:
    """The newest change of its owner, and the last week that was planned with the former one."""
    newer = ground.plan.ownership
    for week, ownership in ground.past:
        for move in moved_plugins(ownership, newer):
            if move.plugin == plugin:
                return week, move
        newer = ownership
    return None


def _readers_of(team: Team, plan: Plan) -> Iterator[str]:
    readers = [reader for draft in plan.drafts if draft.team.key == team.key for reader in draft.readers]
    reached = [reader.address for reader in readers if not reader.left_out]
    if reached:
        yield f"Its digest goes to {', '.join(reached)}."
    for reader in readers:
        if reader.left_out:
            yield f"Not to {reader.address}: {reader.left_out}."
    if not readers:
        yield f"{team.name} has no readers."


def _outcome(draft: Draft, reader: Reader, ground: Ground) -> str:
    row = _row(draft, reader, ground.rows)
    if row is not None and row.attempts:
        return f"{row.reason}, Message-ID {row.message_id}"
    is_settled = ground.is_record or reader.left_out.startswith(HAS_HAD_IT)
    if row is not None and is_settled and row.state is DeliveryState.SKIPPED:
        return row.reason
    state, reason = fate(ground.plan, draft, reader)
    if state is not DeliveryState.PLANNED:
        return reason
    return f"it would be sent ({draft.unread})" if draft.unread else "it would be sent"


def _row(draft: Draft, reader: Reader, rows: Iterable[Delivery]) -> Delivery | None:
    if reader.is_duplicate:
        return None
    who = canonical_address(reader.address)
    return next((r for r in rows if r.team == draft.team.key and canonical_address(r.recipient) == who), None)


def _digest_of(draft: Draft) -> str:
    return "portal digest" if draft.team.key == PORTAL else f"digest of {draft.team.name} ({draft.team.key})"


def _owned(team: Team, plan: Plan) -> str:
    names = plan.ownership.spellings
    return ", ".join(
        f"{names.get(plugin, plugin)} (by {team.plugin_origins.get(plugin, team.origin)})"
        for plugin in sorted(team.plugins)
    )


def _known_plugins(plan: Plan) -> frozenset[str]:
    return plan.ownership.owned_plugins() | {canonical_plugin(name) for name in plan.orphans}


def _unknown(what: str, plan: Plan) -> str:
    known = [*(draft.team.key for draft in plan.drafts), *sorted(_known_plugins(plan))]
    near = get_close_matches(what.lower(), known, n=3)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    return f"{what!r} is no address, no team and no plugin that is owned or was ever viewed{hint}"
