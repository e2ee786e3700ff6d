"""Whom a checkout names as the owner of one package.

Owns which component of which catalog file describes a package, which line of CODEOWNERS is about it, and
which of all the owners named there counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from plugin_digest.model import Flaw, FlawKind, canonical_plugin
from plugin_digest.ownership.codeowners import CodeOwner
from plugin_digest.ownership.packages import Package
from plugin_digest.ownership.repository_files import Checkout, Component
from plugin_digest.ownership.repository_owners import Nobody, Owner, OwnerNames

_ANY_FILE = "-"
"""Stands for whatever a package holds: a rule about one kind of file says nothing about a plugin."""
_TOLD_OTHERS = 3


@dataclass(frozen=True)
class Named:
    """An owner that one place names; ``others`` are named beside it."""

    owner: Owner
    origin: str
    others: tuple[Owner, ...] = ()

    def is_beside(self, package: Package) -> bool:
        """Whether the origin shows where the package is."""
        return self.origin.rpartition("/")[0] == package.folder

    @property
    def also(self) -> str:
        """``also @a, @b and 4 more``, or nothing."""
        told = ", ".join(other.written for other in self.others[:_TOLD_OTHERS])
        more = len(self.others) - _TOLD_OTHERS
        rest = f" and {more} more" if more > 0 else ""
        return f"also {told}{rest}" if told else ""


@dataclass
class Finding:
    """A package, whom its owner was taken from, and what was wrong on the way."""

    package: Package
    named: Named | None = None
    flaws: list[Flaw] = field(default_factory=list)

    def note(self, kind: FlawKind, text: str, origin: str) -> None:
        self.flaws.append(Flaw(kind, canonical_plugin(self.package.plugin), text, origin))


class Join:
    """Joins the packages of one checkout with the owners in it."""

    def __init__(self, checkout: Checkout, names: OwnerNames) -> None:
        self._checkout = checkout
        self._names = names
        self._package_names = frozenset(package.name for package in checkout.packages) - {""}
        self._beside: defaultdict[str, list[Component]] = defaultdict(list)
        self._titled: defaultdict[str, list[Component]] = defaultdict(list)
        for component in checkout.components:
            if component.owner:
                self._beside[component.folder].append(component)
                self._titled[component.title].append(component)

    def find(self, package: Package) -> Finding:
        """Specific owners come before generic ones, and catalog files before CODEOWNERS."""
        finding = Finding(package)
        named = [*self._in_catalog(finding), *self._in_codeowners(finding)]
        best = next((one for one in named if not one.owner.is_generic), named[0] if named else None)
        if best is not None:
            finding.named = best
            finding.package = replace(finding.package, owner=best.owner.key, origin=best.origin)
        return finding

    def _in_catalog(self, finding: Finding) -> Iterator[Named]:
        component = self._component(finding)
        if component is None:
            return
        finding.package = replace(finding.package, catalog_owner=component.owner)
        try:
            owner = self._names.in_catalog(component.owner, component.namespace)
        except Nobody:
            finding.note(
                FlawKind.PLACEHOLDER_OWNER, f"has the owner {component.owner}, who is nobody", component.file
            )
        except ValueError as error:
            finding.note(
                FlawKind.BAD_ADDRESS, f"has the owner {component.owner}, which {error}", component.file
            )
        else:
            yield Named(owner, component.file)

    def _component(self, finding: Finding) -> Component | None:
        """The component that describes the package; several of one standing must agree on the owner."""
        for candidates in self._candidates(finding.package):
            if len({component.owner.lower() for component in candidates}) > 1:
                files = ", ".join(sorted({component.file for component in candidates}))
                finding.note(FlawKind.AMBIGUOUS_PLUGIN, "has components of different owners", files)
                return None
            if candidates:
                return candidates[0]
        return None

    def _candidates(self, package: Package) -> Iterator[list[Component]]:
        """Beside the package by title, by type, or because nothing else is there; then elsewhere by title."""
        foreign = self._package_names - {package.name}
        beside = [one for one in self._beside[package.folder] if one.title not in foreign]
        yield [one for one in beside if package.name and one.title == package.name]
        yield [one for one in beside if package.role and one.type == f"backstage-{package.role}"]
        yield beside
        yield self._titled[package.name] if package.name else []

    def _in_codeowners(self, finding: Finding) -> Iterator[Named]:
        """The first team, else the first of all; of those who do not own everything, if there are any."""
        path = f"{finding.package.folder}/{_ANY_FILE}".lstrip("/")
        ruling = self._checkout.codeowners.ruling(path)
        if ruling is None or not ruling.owners:
            return
        finding.package = replace(finding.package, codeowners_owner=ruling.owners[0].written)
        origin = f"{self._checkout.codeowners_path} line {ruling.line}"
        known = list(self._known(finding, ruling.owners, origin))
        known = [pair for pair in known if not pair[1].is_generic] or known
        first = next((pair for pair in known if pair[0].is_team), known[0] if known else None)
        if first is not None:
            finding.package = replace(finding.package, codeowners_owner=first[1].written)
            yield Named(first[1], origin, tuple(owner for _, owner in known if owner != first[1]))

    def _known(
        self, finding: Finding, owners: Iterable[CodeOwner], origin: str
    ) -> Iterator[tuple[CodeOwner, Owner]]:
        for one in owners:
            try:
                owner = self._names.in_codeowners(one)
            except Nobody:
                finding.note(
                    FlawKind.PLACEHOLDER_OWNER, f"has the owner {one.written}, who is nobody", origin
                )
            except ValueError as error:
                finding.note(FlawKind.BAD_ADDRESS, f"has the owner {one.written}, which {error}", origin)
            else:
                is_default = one in self._checkout.codeowners.default_owners
                yield one, replace(owner, is_generic=owner.is_generic or is_default)
