"""What analytics reported beside what the places know: a first word on who owns what, for a person to judge.

Owns which plugin is matched, how surely, and by what evidence; must not know how that is shown or written.
Ids that differ are compared and offered, never equated silently. Nothing but `ask` reaches a place.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from plugin_digest.model import (
    UNATTRIBUTED_IDS,
    Absent,
    Count,
    Flaw,
    Ownership,
    Recipient,
    Snapshot,
    Week,
    canonical_plugin,
    is_known,
)
from plugin_digest.ownership.findings import Discovery, Evidence, Finding, Kind, Likely, Seen, attention
from plugin_digest.ownership.joining import Told, join
from plugin_digest.ownership.likeness import Strength, compare
from plugin_digest.ownership.packages import Package

_ORDER = list(Kind)


def seen_in(snapshots: Iterable[Snapshot]) -> dict[str, Seen]:
    """Every plugin with views in any of the weeks, by canonical id; one snapshot of each week."""
    found: dict[str, list[tuple[Week, Count]]] = defaultdict(list)
    for snapshot in snapshots:
        for plugin, usage in snapshot.plugins.items():
            if usage.views not in (0, Absent.NO_DATA):
                found[plugin].append((snapshot.week, usage.views))
    return {
        plugin: Seen(len(weeks), max(week for week, _ in weeks), _sum([views for _, views in weeks]))
        for plugin, weeks in sorted(found.items())
    }


def _sum(counts: Sequence[Count]) -> Count:
    """Of those that are known; why there is none if no count is."""
    known = [count for count in counts if is_known(count)]
    return sum(known) if known else counts[0]


def discover(
    seen: Mapping[str, Seen],
    told: Sequence[Told],
    packages: Sequence[Package] = (),
    weeks: Sequence[Week] = (),
) -> Discovery:
    """What was ``seen`` in the ``weeks``, beside what the places have ``told`` and the ``packages`` there."""
    ownership = join([one.answer for one in told])
    findings = _Comparison(seen, ownership, _evidence(told, ownership.aliases), packages).findings()
    return Discovery(
        tuple(sorted(findings, key=lambda one: (_ORDER.index(one.kind), *attention(one)))),
        ownership,
        tuple(dict.fromkeys(one.place for one in told if one.place)),
        tuple(weeks),
        _readers(told),
    )


def _readers(told: Sequence[Told]) -> dict[str, tuple[Recipient, ...]]:
    """By key in lower case: the first recipients that a place knows, without those who have opted out."""
    groups = [group for one in told for group in one.answer.groups if group.recipients]
    return {
        group.key.lower(): tuple(one for one in group.recipients if not one.left_out)
        for group in reversed(groups)
    }


def _evidence(told: Sequence[Told], aliases: Mapping[str, str]) -> dict[str, tuple[Evidence, ...]]:
    """By canonical plugin: the claim that counts, then one of each other owner that is named."""
    found: dict[str, dict[str, Evidence]] = defaultdict(dict)
    for one in told:
        for claim in one.answer.claims:
            plugin = canonical_plugin(claim.plugin)
            plugin = aliases.get(plugin, plugin)
            if plugin not in UNATTRIBUTED_IDS:
                word = Evidence(one.place, claim.owner, claim.origin, claim.co_owners)
                found[plugin].setdefault(claim.owner.lower(), word)
    return {plugin: tuple(words.values()) for plugin, words in found.items()}


class _Comparison:
    """Both sides, and which id of the one may be which of the other."""

    def __init__(
        self,
        seen: Mapping[str, Seen],
        ownership: Ownership,
        evidence: Mapping[str, tuple[Evidence, ...]],
        packages: Iterable[Package],
    ) -> None:
        self._seen = {plugin: what for plugin, what in seen.items() if plugin not in UNATTRIBUTED_IDS}
        self._aliases = ownership.aliases
        self._evidence = evidence
        self._packages = _frontends(packages, ownership.aliases)
        self._flaws = _by_plugin(ownership.flaws)
        self._met = {self._aliases.get(plugin, plugin) for plugin in self._seen}
        known = self._aliases.keys() | evidence.keys() | self._packages.keys()
        self._strangers = self._seen.keys() - known
        self._sure = dict(self._sure_aliases())
        self._unseen = evidence.keys() - self._met - {likely.plugin for likely in self._sure.values()}

    def findings(self) -> Iterator[Finding]:
        for plugin, seen in self._seen.items():
            yield self._of_seen(plugin, seen)
        for plugin in self._unseen:
            yield Finding(plugin, Kind.NEVER_SEEN, evidence=self._evidence[plugin])
        for plugin in self._packages.keys() - self._evidence.keys() - self._met:
            yield Finding(plugin, Kind.NO_OWNER, remark=self._remark(plugin))

    def _of_seen(self, plugin: str, seen: Seen) -> Finding:
        used = self._aliases.get(plugin, plugin)
        if used in self._evidence:
            if used == plugin:
                return Finding(plugin, Kind.MATCHED, seen, self._evidence[plugin])
            return Finding(plugin, Kind.ALIAS, seen, self._evidence[used], used, "an alias already")
        if sure := self._sure.get(plugin):
            return Finding(plugin, Kind.ALIAS, seen, sure.evidence, sure.plugin, sure.how)
        if candidates := self._candidates(plugin):
            return Finding(plugin, Kind.CANDIDATES, seen, candidates=candidates)
        return Finding(plugin, Kind.NO_OWNER, seen, remark=self._remark(plugin))

    def _sure_aliases(self) -> Iterator[tuple[str, Likely]]:
        """Ids that are one owned plugin's but for punctuation, where that plugin was not seen itself."""
        for plugin in self._strangers:
            twins = self._alike(plugin, self._evidence, Strength.PUNCTUATION)
            if len(twins) == 1 and twins[0].plugin not in self._met:
                yield plugin, twins[0]

    def _candidates(self, plugin: str) -> tuple[Likely, ...]:
        """The most alike; one that was seen itself only where nothing but punctuation differs."""
        if plugin not in self._strangers:
            return ()
        return (
            self._alike(plugin, self._evidence, Strength.PUNCTUATION)
            or self._alike(plugin, self._unseen, Strength.FILLERS)
            or self._alike(plugin, self._unseen, Strength.PART)
        )

    def _alike(self, plugin: str, among: Collection[str], strength: Strength) -> tuple[Likely, ...]:
        likenesses = ((other, compare(plugin, other)) for other in sorted(among))
        return tuple(
            Likely(other, likeness.text + self._reserve(other), self._evidence[other])
            for other, likeness in likenesses
            if likeness and likeness.strength is strength
        )

    def _reserve(self, plugin: str) -> str:
        return "; but it was seen itself" if plugin in self._met else ""

    def _remark(self, plugin: str) -> str:
        if plugin in self._aliases:
            return f"an alias of {self._aliases[plugin]}, which nobody owns"
        package = self._packages.get(plugin)
        where = f"{package.folder or package.name} has no owner" if package else ""
        faults = dict.fromkeys(self._flaws.get(plugin, ()))
        return "; ".join(filter(None, (where, *faults))) or "no place knows it"


def _by_plugin(flaws: Iterable[Flaw]) -> dict[str, list[str]]:
    """What is said of each plugin, and where."""
    found: dict[str, list[str]] = defaultdict(list)
    for flaw in flaws:
        plugins = {canonical_plugin(plugin) for plugin in flaw.plugins}
        for plugin in plugins or {canonical_plugin(flaw.subject)}:
            found[plugin].append(flaw.sentence)
    return found


def _frontends(packages: Iterable[Package], aliases: Mapping[str, str]) -> dict[str, Package]:
    """The first frontend package of each plugin, by canonical id."""
    found: dict[str, Package] = {}
    for package in packages:
        plugin = canonical_plugin(package.plugin)
        if package.is_frontend and plugin not in UNATTRIBUTED_IDS:
            found.setdefault(aliases.get(plugin, plugin), package)
    return found
