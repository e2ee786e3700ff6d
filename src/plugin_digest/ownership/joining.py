"""Several places' answers as one: of every word about a plugin or a team, the first counts."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from plugin_digest.model import (
    PORTAL,
    Cadence,
    Flaw,
    FlawKind,
    Ownership,
    Recipient,
    Team,
    canonical_address,
    canonical_plugin,
)
from plugin_digest.ownership.answer import Answer, Claim, Group, Provider


def resolve(
    providers: Sequence[Provider], seen: Collection[str], *, co_owners_read: bool = False
) -> Ownership:
    """What the places say together; ``seen`` are canonical ids of plugins that analytics reported.

    Owners whom one place names are looked up in the others, in the same order: for recipients where there are
    none yet, and for what a group says of itself, such as that it wants no mail. With ``co_owners_read``,
    those who own all plugins of a team beside it read its digest.

    Raises:
        ConfigError: a file is wrong.
        OwnershipError: a place cannot be reached, or its answer cannot be trusted.
    """
    told = ask(providers, seen, with_co_owners=co_owners_read)
    found = join([one.answer for one in told], co_owners_read=co_owners_read)
    keys = {team.key for team in found.teams}
    free = next(key for key in (f"{PORTAL}-{n}" for n in count(2)) if key not in keys)
    return replace(found, teams=tuple(_with_key_of_its_own(team, free) for team in found.teams))


def _with_key_of_its_own(team: Team, free: str) -> Team:
    """A group that is called portal cannot have the portal digest's key."""
    return replace(team, key=free) if team.key == PORTAL else team


@dataclass(frozen=True)
class Told:
    """What one place has answered; ``place`` is empty for what it was asked about others' owners."""

    place: str
    answer: Answer


def ask(providers: Sequence[Provider], seen: Collection[str], *, with_co_owners: bool = False) -> list[Told]:
    """Every place's answer in their order, then what they know of owners whom others have named.

    Co-owners, too, are looked up ``with_co_owners``.

    Raises:
        ConfigError: a file is wrong.
        OwnershipError: a place cannot be reached, or its answer cannot be trusted.
    """
    packages = [package for provider in providers for package in provider.packages()]
    told = [Told(provider.name, provider.read(seen, packages)) for provider in providers]
    beside = _co_owners(told) if with_co_owners else ()
    for provider, first in zip(providers, list(told), strict=True):
        owners = [team for team in join([one.answer for one in told]).teams if team.plugins]
        known = {group.key.lower() for group in first.answer.groups}
        wanted = [key for key in dict.fromkeys((*(team.key for team in owners), *beside)) if key not in known]
        if wanted:
            found = provider.groups(wanted)
            spared = set(wanted) - {team.key for team in owners if not team.recipients}
            flaws = tuple(flaw for flaw in found.flaws if not _is_no_fault(flaw, spared))
            groups = tuple(replace(group, is_listed=False) for group in found.groups)
            told.append(Told("", Answer(groups=groups, flaws=flaws)))
    return told


def _co_owners(told: Sequence[Told]) -> Sequence[str]:
    claims = (claim for one in told for claim in one.answer.claims)
    return list(dict.fromkeys(key.lower() for claim in claims for key in claim.co_owners))


def _is_no_fault(flaw: Flaw, spared: Collection[str]) -> bool:
    """That a place does not know a team is none where another one knows its readers."""
    return flaw.kind is FlawKind.NOT_FOUND and flaw.subject in spared


def join(answers: Sequence[Answer], *, co_owners_read: bool = False) -> Ownership:
    """Of a plugin's owners, of an alias's targets, and of a team's names and recipients the first.

    A team that several places know gets the plugins of all of them. One that nobody wrote down, and that got
    none of the plugins it was named for, is left out.
    """
    aliases = _merged_aliases(answers)
    teams: dict[str, _Team] = {}
    spellings: dict[str, str] = {}
    owned: set[str] = set()
    for answer in answers:
        for group in answer.groups:
            _team(teams, group.key).learn(group)
        for claim in answer.claims:
            plugin = canonical_plugin(claim.plugin)
            if plugin not in aliases:
                spellings.setdefault(plugin, claim.plugin.strip())
            plugin = aliases.get(plugin, plugin)
            if plugin not in owned:
                owned.add(plugin)
                _team(teams, claim.owner).take(plugin, claim)
    for target in (target for answer in answers for target in answer.aliases.values()):
        spellings.setdefault(canonical_plugin(target), target.strip())
    return Ownership(
        tuple(
            team.built(team.co_readers(teams) if co_owners_read else ())
            for team in teams.values()
            if team.is_listed or team.plugins
        ),
        aliases,
        spellings,
        _distinct([flaw for answer in answers for flaw in answer.flaws]),
    )


@dataclass
class _Team:
    """A team while the answers are put together."""

    key: str
    name: str = ""
    origin: str = ""
    recipients: tuple[Recipient, ...] = ()
    opted_out: str = ""
    cadence: Cadence | None = None
    is_listed: bool = False
    plugins: dict[str, str] = field(default_factory=dict)
    co_owners: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def take(self, plugin: str, claim: Claim) -> None:
        self.plugins[plugin] = claim.origin
        self.co_owners[plugin] = tuple(dict.fromkeys(key.lower() for key in claim.co_owners))

    def learn(self, group: Group) -> None:
        self.name = self.name or group.name
        self.origin = self.origin or group.origin
        self.recipients = self.recipients or group.recipients
        self.opted_out = self.opted_out or group.opted_out
        self.cadence = self.cadence or group.cadence
        self.is_listed = self.is_listed or group.is_listed

    def co_readers(self, teams: Mapping[str, "_Team"]) -> Iterator[Recipient]:
        """Whom those have as readers who own all of its plugins, too; others would read of foreign ones."""
        first, *others = self.co_owners.values() or ((),)
        for key in first:
            beside = teams.get(key)
            if beside is None or beside.opted_out or any(key not in other for other in others):
                continue
            for one in beside.recipients:
                yield replace(one, origin=f"{one.origin}, for co-owner {key}")

    def built(self, co_readers: Iterable[Recipient]) -> Team:
        written_to, left_out = _sifted([*self.recipients, *co_readers])
        return Team(
            key=self.key,
            name=self.name or self.key,
            recipients=tuple(one.address for one in written_to.values()),
            plugins=frozenset(self.plugins),
            origin=self.origin or next(iter(self.plugins.values()), ""),
            plugin_origins=dict(sorted(self.plugins.items())),
            recipient_origins={address: written_to[address].origin for address in sorted(written_to)},
            opted_out=self.opted_out,
            cadence=self.cadence,
            left_out=left_out,
        )


def _sifted(found: Sequence[Recipient]) -> tuple[dict[str, Recipient], tuple[Recipient, ...]]:
    """Those to be written to, by canonical address, and the rest: an address that has opted out is out."""
    opted_out = [one for one in found if one.left_out]
    gone = {canonical_address(one.address) for one in opted_out}
    first: dict[str, Recipient] = {}
    repeated: list[Recipient] = []
    for one in found:
        address = canonical_address(one.address)
        if address not in gone and address not in first:
            first[address] = one
        elif not one.left_out:
            repeated.append(one)
    return first, (*opted_out, *repeated)


def _team(teams: dict[str, _Team], key: str) -> _Team:
    """Keys are in lower case: the ledger must know a team again, however it is written."""
    return teams.setdefault(key.lower(), _Team(key.lower()))


def _merged_aliases(answers: Sequence[Answer]) -> dict[str, str]:
    """All aliases, each to where it leads in the end; one that would lead back to itself is left out."""
    aliases: dict[str, str] = {}
    for answer in answers:
        for alias, written in answer.aliases.items():
            target = canonical_plugin(written)
            end = aliases.get(target, target)
            if alias in aliases or end == alias:
                continue
            aliases = {known: end if leads == alias else leads for known, leads in aliases.items()}
            aliases[alias] = end
    return aliases


def _distinct(flaws: Sequence[Flaw]) -> tuple[Flaw, ...]:
    return tuple(dict.fromkeys(flaws))
