"""Who reads each team's digest of a week, and who is left out and why. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from plugin_digest.guards import is_allowed
from plugin_digest.model import PORTAL, Cadence, OptOut, Ownership, Recipient, Team, canonical_address

JOINER = "+"
"""Between the keys of the teams of one combined digest; no team's own key holds it."""


HAS_HAD_IT = "has had it"
"""Begins the reasons of those who are left out because they were served under another key."""

DUPLICATE = "duplicate of"
"""Begins the reasons of addresses that stand there before."""


@dataclass(frozen=True)
class Reader:
    """Somebody who would get a digest; ``left_out`` is why not, empty if so."""

    address: str
    origin: str
    left_out: str = ""

    @property
    def is_duplicate(self) -> bool:
        """Whether what is sent to the address is another reader's mail."""
        return self.left_out.startswith(DUPLICATE)


@dataclass(frozen=True)
class Rules:
    """What the operator has set about who gets what."""

    allowed_domains: tuple[str, ...] = ()
    combine: bool = False
    cadence: Cadence = Cadence.WEEKLY


@dataclass(frozen=True)
class Audience:
    """A team and its readers; ``parts`` are the teams of a combined digest, whose ``team`` is made up."""

    team: Team
    readers: tuple[Reader, ...]
    cadence: Cadence = Cadence.WEEKLY
    parts: tuple[Team, ...] = ()


Had = Collection[tuple[str, str]]
"""Team and canonical address of every digest of the week that was handed over, or may have been."""


def audiences(
    ownership: Ownership, rules: Rules, opt_outs: Iterable[OptOut], had: Had = ()
) -> list[Audience]:
    """Every team's readers, and after them the combined digests of those who read several teams' ones.

    Whoever has had a digest of one of the teams this week gets the others singly, and whoever has had a
    combined one gets none of its parts again.
    """
    left = OptOutBook(opt_outs)
    alone = [
        Audience(team, readers(team, rules, left), team.cadence or rules.cadence) for team in ownership.teams
    ]
    singly = [replace(one, readers=_without_those_served(one, had)) for one in alone]
    together = _together(singly, had) if rules.combine else {}
    return [_without_combined(one, together) for one in singly] + _combined(alone, together, had)


def carried(opt_outs: Iterable[OptOut], renamed: Mapping[str, str]) -> list[OptOut]:
    """The opt-outs with the keys that their teams have now; ``renamed`` maps an old key to a new one."""
    return [replace(one, team=renamed.get(one.team, one.team)) for one in opt_outs]


class OptOutBook:
    """Looks up who has left."""

    def __init__(self, opt_outs: Iterable[OptOut]) -> None:
        self._by_key: Mapping[tuple[str, str], OptOut] = {
            (each.address, each.team): each for each in opt_outs
        }

    def reason(self, address: str, team: str) -> str:
        """Why the address gets no digest of the team; empty if it does. ``team`` may be a combined one."""
        person = canonical_address(address)
        parts = team.split(JOINER)
        for key in ((person, ""), *((person, part) for part in parts), *(("", part) for part in parts)):
            if found := self._by_key.get(key):
                why = f": {found.reason}" if found.reason else ""
                who = f"the team {found.team} has" if not found.address else ""
                return f"{who} opted out by {found.by}{why}".strip()
        return ""


def readers(team: Team, rules: Rules, left: OptOutBook) -> tuple[Reader, ...]:
    """All who were found for the team, each address once to be written to, whatever its case and blanks."""
    first: dict[str, str] = {}
    found: list[Reader] = []
    for one in (*_recipients(team), *team.left_out):
        address = one.address.strip()
        known = first.get(canonical_address(address))
        first.setdefault(canonical_address(address), address)
        repeated = "" if known is None else f"{DUPLICATE} {known}"
        reason = one.left_out or repeated or _left_out(address, team, rules, left)
        found.append(Reader(address, one.origin, reason))
    return tuple(found)


def _recipients(team: Team) -> Iterable[Recipient]:
    for address in team.recipients:
        yield Recipient(address, team.recipient_origins.get(canonical_address(address), team.origin))


def _left_out(address: str, team: Team, rules: Rules, left: OptOutBook) -> str:
    if team.opted_out:
        return f"the team has opted out: {team.opted_out}"
    if reason := left.reason(address, team.key):
        return reason
    if not is_allowed(address, rules.allowed_domains):
        return "its domain is not one of mail.allowed_domains"
    return ""


def _without_those_served(one: Audience, had: Had) -> tuple[Reader, ...]:
    """A combined digest that was sent holds its parts."""
    return tuple(
        reader
        if reader.left_out or not (key := _combined_one_had(reader.address, one.team.key, had))
        else replace(reader, left_out=f"{HAS_HAD_IT} in the digest of {key}")
        for reader in one.readers
    )


def _combined_one_had(address: str, team: str, had: Had) -> str:
    who = canonical_address(address)
    keys = (key for key, reader in had if reader == who and JOINER in key)
    return next((key for key in sorted(keys) if team in key.split(JOINER)), "")


Together = Mapping[str, Collection[tuple[str, ...]]]
"""Canonical address to the teams whose digests it gets as one, by their keys: a set for each cadence."""


def _together(singly: Sequence[Audience], had: Had) -> Together:
    """A month and a week are not one digest; and what comes only when it is unusual comes alone."""
    teams: dict[tuple[str, Cadence], list[str]] = {}
    for one in singly:
        if one.team.plugins and one.cadence is not Cadence.UNUSUAL:
            for reader in one.readers:
                if not reader.left_out:
                    address = canonical_address(reader.address)
                    teams.setdefault((address, one.cadence), []).append(one.team.key)
    found: dict[str, list[tuple[str, ...]]] = {}
    for (address, _), keys in teams.items():
        if len(keys) > 1 and not any((key, address) in had for key in keys):
            found.setdefault(address, []).append(tuple(keys))
    return found


def _without_combined(one: Audience, together: Together) -> Audience:
    def adapted(reader: Reader) -> Reader:
        sets = together.get(canonical_address(reader.address), ())
        keys = next((keys for keys in sets if one.team.key in keys), ())
        if reader.left_out or not keys:
            return reader
        return replace(reader, left_out=f"gets it in the digest of {JOINER.join(keys)}")

    return replace(one, readers=tuple(adapted(reader) for reader in one.readers))


def _combined(alone: Sequence[Audience], together: Together, had: Had) -> list[Audience]:
    """The combined digests that are to come, and those that have gone out this week."""
    by_key = {one.team.key: one for one in alone}
    readers_of: dict[tuple[str, ...], set[str]] = {}
    for address, sets in together.items():
        for keys in sets:
            readers_of.setdefault(keys, set()).add(address)
    for key, address in sorted(had):
        if JOINER in key and all(part in by_key for part in key.split(JOINER)):
            readers_of.setdefault(tuple(key.split(JOINER)), set()).add(address)
    return [_combination([by_key[key] for key in keys], who) for keys, who in readers_of.items()]


def _combination(parts: Sequence[Audience], addresses: Collection[str]) -> Audience:
    found: dict[str, Reader] = {}
    for reader in (reader for part in parts for reader in part.readers if not reader.is_duplicate):
        address = canonical_address(reader.address)
        if address in addresses and (address not in found or found[address].left_out):
            found[address] = reader
    teams = tuple(part.team for part in parts)
    team = Team(
        key=JOINER.join(team.key for team in teams),
        name=" + ".join(team.name for team in teams),
        recipients=tuple(reader.address for reader in found.values()),
        plugins=frozenset().union(*(team.plugins for team in teams)),
        origin=", ".join(dict.fromkeys(team.origin for team in teams)),
        plugin_origins={
            plugin: team.plugin_origins.get(plugin, team.origin) for team in teams for plugin in team.plugins
        },
        recipient_origins={address: reader.origin for address, reader in found.items()},
        cadence=parts[0].cadence,
    )
    return Audience(team, tuple(found.values()), parts[0].cadence, teams)


def portal_readers(recipients: Iterable[str], rules: Rules, opt_outs: Iterable[OptOut]) -> tuple[Reader, ...]:
    """The readers of the portal digest."""
    team = Team(PORTAL, PORTAL, tuple(recipients), frozenset(), "portal_team.recipients")
    return readers(team, rules, OptOutBook(opt_outs))
