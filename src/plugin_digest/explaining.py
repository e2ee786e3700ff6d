"""Why somebody gets a digest or does not, in sentences: from the plan and the ledger. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from plugin_digest.audience import Reader
from plugin_digest.errors import UsageError
from plugin_digest.model import PORTAL, Delivery, DeliveryState, Team, canonical_address, canonical_plugin
from plugin_digest.plan import NOBODY, Draft, Plan, fate


def explain(what: str, plan: Plan, rows: Sequence[Delivery]) -> list[str]:
    """What the plan has in store for an address, a team or a plugin, and what the week's ledger says of it.

    Raises:
        UsageError: nothing of that name is known; the text names what is near.
    """
    if "@" in what:
        return list(_address(what, plan, rows))
    drafts = [draft for draft in plan.drafts if draft.team.key.lower() == what.lower()]
    if drafts:
        return list(_team(drafts[0], plan, rows))
    plugin = canonical_plugin(what)
    plugin = plan.ownership.aliases.get(plugin, plugin)
    if plugin in _known_plugins(plan):
        return list(_plugin(plugin, what, plan))
    raise UsageError(_unknown(what, plan))


def _address(what: str, plan: Plan, rows: Sequence[Delivery]) -> Iterator[str]:
    who = canonical_address(what)
    found = [
        (draft, reader)
        for draft in plan.drafts
        for reader in draft.readers
        if canonical_address(reader.address) == who
    ]
    for draft, reader in found:
        yield from _reads(draft, reader, plan, rows)
    told = {draft.team.key for draft, _ in found}
    for row in rows:
        if canonical_address(row.recipient) == who and row.team not in told:
            yield f"Earlier in {plan.week} it was planned for the digest of {row.team}: {row.reason}."
    if not found:
        yield f"{what} is no recipient of any team, nor of the portal digest, so it gets nothing."


def _reads(draft: Draft, reader: Reader, plan: Plan, rows: Sequence[Delivery]) -> Iterator[str]:
    yield f"{reader.address} reads the {_digest_of(draft)}: the address comes from {reader.origin}."
    if draft.team.plugins:
        yield f"{draft.team.name} owns {_owned(draft.team, plan)}."
    yield f"In {plan.week}: {_outcome(draft, reader, plan, rows)}."


def _team(draft: Draft, plan: Plan, rows: Sequence[Delivery]) -> Iterator[str]:
    team = draft.team
    if team.key == PORTAL:
        yield f"The portal digest goes to those in {team.origin}."
    elif team.plugins:
        yield f"{team.name} owns {_owned(team, plan)}."
    else:
        yield f"{team.name} ({team.origin}) owns no plugin, and a team without plugins gets nothing."
    for part in draft.parts:
        yield f"This digest is the one of {part.name} and others together."
    if not draft.readers:
        yield f"Nobody is written to: no place gives {team.name} an address."
    for reader in draft.readers or (NOBODY,):
        who = f"{reader.address} (from {reader.origin})" if reader.address else "The digest"
        yield f"{who}: {_outcome(draft, reader, plan, rows)}."


def _plugin(plugin: str, what: str, plan: Plan) -> Iterator[str]:
    name = plan.ownership.spellings.get(plugin, plugin)
    if canonical_plugin(what) != plugin:
        yield f"{what} is an alias of {name}."
    team = plan.ownership.owner_of(plugin)
    if team is None:
        yield f"{name} is viewed and has no owner: it stands in the portal digest and in no team's."
    else:
        where = team.plugin_origins.get(plugin, team.origin)
        yield f"{name} belongs to {team.name} ({team.key}), by {where}."
        yield from _readers_of(team, plan)
    for move in plan.moves:
        if move.plugin == plugin:
            yield (
                f"It changed hands after {plan.compared_with}: from {move.from_team or 'nobody'} "
                f"to {move.to_team or 'nobody'}."
            )
    for flaw in plan.ownership.flaws:
        if canonical_plugin(flaw.subject) == plugin or plugin in re.split(r"[\s,;]+", flaw.text.lower()):
            yield f"Something is wrong: {flaw.subject} {flaw.text} ({flaw.origin})."


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


def _outcome(draft: Draft, reader: Reader, plan: Plan, rows: Iterable[Delivery]) -> str:
    who = canonical_address(reader.address)
    row = next((r for r in rows if r.team == draft.team.key and canonical_address(r.recipient) == who), None)
    if row is not None and row.attempts:
        return f"{row.reason}, Message-ID {row.message_id}"
    state, reason = fate(plan, draft, reader)
    return "it would be sent" if state is DeliveryState.PLANNED else reason


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
    return f"{what!r} is no address, no team and no plugin that is owned or viewed in {plan.week}{hint}"
