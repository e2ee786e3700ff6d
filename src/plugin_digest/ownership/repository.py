"""The ``repository`` provider: a checkout of the repository that holds the plugins' code.

Owns which of a plugin's packages speaks for it. Knows the ids that packages have; those that analytics
reports may differ.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from plugin_digest.model import Flaw, FlawKind, Recipient, canonical_plugin
from plugin_digest.ownership import repository_files
from plugin_digest.ownership.answer import Answer, Claim, Group
from plugin_digest.ownership.packages import BACKEND_ROLE, Package, speakers
from plugin_digest.ownership.repository_files import Checkout
from plugin_digest.ownership.repository_join import Finding, Join, Named
from plugin_digest.ownership.repository_owners import OwnerNames


class RepositoryProvider:
    """Owners from catalog-info.yaml files and CODEOWNERS, joined with packages by ``backstage.pluginId``.

    ``owners``, ``placeholders`` and ``generic`` are as `OwnerNames` has them.
    """

    def __init__(
        self,
        path: Path,
        *,
        codeowners: bool = True,
        owners: Mapping[str, str] | None = None,
        placeholders: Collection[str] = (),
        generic: Collection[str] = (),
    ) -> None:
        self._path = path
        self._codeowners = codeowners
        self._names = OwnerNames(owners or {}, placeholders, generic)

    @property
    def name(self) -> str:
        return f"repository {self._path.resolve().name}"

    def read(self, seen: Collection[str], packages: Sequence[Package] = ()) -> Answer:  # noqa: ARG002
        """Everything that the checkout knows; it is read whole, and once.

        Raises:
            OwnershipError: there is no such checkout.
        """
        return self._answer(self._checkout)

    def groups(self, owners: Collection[str]) -> Answer:  # noqa: ARG002
        """Nothing: a repository knows no address but those that it names as owners."""
        return Answer()

    def packages(self) -> tuple[Package, ...]:
        """Every plugin package, modules included, with what is said of its owner.

        Raises:
            OwnershipError: there is no such checkout.
        """
        join = Join(self._checkout, self._names)
        return tuple(join.find(package).package for package in self._checkout.packages)

    def check(self) -> Sequence[str]:
        """How much was found; raises as `read` does."""
        checkout = self._checkout
        claims = self._answer(checkout).claims
        by_line = sum(" line " in claim.origin for claim in claims)
        plugins = {canonical_plugin(package.plugin) for package in checkout.packages}
        by_file = f"{len(claims) - by_line} owned by catalog files, {by_line} by CODEOWNERS"
        found = f"{len(plugins)} plugins in {len(checkout.packages)} packages: {by_file}"
        return (found, f"code owners: {checkout.codeowners_path or 'none'}")

    @cached_property
    def _checkout(self) -> Checkout:
        return repository_files.read(self._path, codeowners=self._codeowners)

    def _answer(self, checkout: Checkout) -> Answer:
        join = Join(checkout, self._names)
        claims: list[Claim] = []
        groups: dict[str, Group] = {}
        flaws = list(checkout.flaws)
        for packages in speakers(checkout.packages):
            findings = [join.find(package) for package in packages]
            flaws += [flaw for finding in findings for flaw in finding.flaws]
            chosen = _chosen(findings)
            if isinstance(chosen, Flaw):
                flaws.append(chosen)
            elif chosen and chosen.named:
                claims.append(_claim(chosen.package, chosen.named))
                groups |= _addressed(chosen.named)
        return Answer(tuple(claims), tuple(groups.values()), flaws=tuple(flaws))


def _chosen(findings: Sequence[Finding]) -> Finding | Flaw | None:
    """The package that gives a plugin its owner; None where nobody is named.

    Where packages have different owners, the one that is named after the plugin decides.
    """
    owned = [finding for finding in findings if finding.named]
    namesakes = [finding for finding in owned if _is_namesake(finding.package)]
    candidates = namesakes or owned
    if len({finding.package.owner for finding in candidates}) <= 1:
        return candidates[0] if candidates else None
    plugin = canonical_plugin(candidates[0].package.plugin)
    told = ", ".join(f"{finding.package.owner} ({finding.package.name})" for finding in candidates)
    origin = ", ".join(finding.package.folder for finding in candidates)
    return Flaw(FlawKind.AMBIGUOUS_PLUGIN, plugin, f"has packages of different owners: {told}", origin)


def _is_namesake(package: Package) -> bool:
    """Whether the package is called ``plugin-<id>``, with the endings and beginnings that are usual."""
    plugin = canonical_plugin(package.plugin)
    name = package.name.lower().rpartition("/")[2].removeprefix("backstage-")
    suffix = "-backend" if package.role == BACKEND_ROLE else ""
    return name in {f"plugin-{plugin}{suffix}", f"{plugin}{suffix}"} or package.name.lower() == plugin


def _claim(package: Package, named: Named) -> Claim:
    kind = "" if package.is_frontend else ", no frontend package"
    place = "" if named.is_beside(package) else f" in {package.folder}"
    also = f", {named.also}" if named.also else ""
    origin = f"{named.origin} ({package.name}{place}{kind}{also})"
    co_owners = dict.fromkeys(other.key for other in named.others if other.key != named.owner.key)
    return Claim(package.plugin, named.owner.key, origin, tuple(co_owners))


def _addressed(named: Named) -> dict[str, Group]:
    """Each owner that is an address, as a group of one."""
    return {
        owner.key: Group(
            owner.key,
            owner.address,
            (Recipient(owner.address, named.origin),),
            named.origin,
            is_listed=False,
        )
        for owner in (named.owner, *named.others)
        if owner.address
    }
