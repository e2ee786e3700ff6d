"""Which plugin belongs to whom, where components name owners that differ, are nobody, or do not exist.

Owns when a claim is made and the words where it is not; nothing is guessed. Asks nobody: what exists is told.
Docs: ``docs/ownership/catalog.md``.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from plugin_digest.documents.texts import address
from plugin_digest.model import UNATTRIBUTED_IDS, Flaw, FlawKind
from plugin_digest.ownership.answer import Claim
from plugin_digest.ownership.catalog_api import Entity
from plugin_digest.ownership.catalog_plugins import Match, owners
from plugin_digest.ownership.refs import EntityRef
from plugin_digest.ownership.wording import some

Owner = EntityRef | str
"""A text is one that is no reference."""


@dataclass
class Claims:
    """What was decided: each owner's plugins with the components that say so, and what is wrong.

    ``place`` is the catalog for people, ``placeholders`` are owners that are nobody, in lower case.
    """

    place: str
    placeholders: Collection[str]
    owned: dict[EntityRef, list[Match]] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)

    def asked_for(self, best: Mapping[str, Sequence[Match]]) -> set[EntityRef]:
        """The owners of whom must be known whether they exist, before `settle`."""
        named = {owner for found in best.values() for _, owner in _rivals(found)}
        return {owner for owner in named if isinstance(owner, EntityRef) and not self._is_nobody(owner)}

    def settle(self, best: Mapping[str, Sequence[Match]], exists: Callable[[EntityRef], bool]) -> None:
        """Decides about every plugin; ``best`` are its strongest matches by its canonical id."""
        nobody: dict[Owner, list[str]] = {}
        dangling: dict[Owner, list[str]] = {}
        for plugin, found in best.items():
            rivals = self._rivals(plugin, found)
            real = {owner: match for match, owner in reversed(rivals) if not self._is_nobody(owner)}
            if len(real) > 1:
                self._ambiguous(plugin, rivals)
            for owner, match in real.items() if len(real) == 1 else ():
                if isinstance(owner, EntityRef) and (exists(owner) or is_address(owner)):
                    self.owned.setdefault(owner, []).append(match)
                else:
                    dangling.setdefault(owner, []).append(match.plugin)
            for owner in {owner for _, owner in rivals if not real}:
                nobody.setdefault(owner, []).append(found[0].plugin)
        self._tell(FlawKind.PLACEHOLDER_OWNER, nobody, "is nobody")
        self._tell(FlawKind.DANGLING_OWNER, dangling, "does not exist")
        self._part_namesakes()

    def made(self) -> Iterator[Claim]:
        for owner, found in self.owned.items():
            for match in found:
                origin = f"{match.component.ref} in {self.place}, by {match.how}"
                yield Claim(match.plugin, owner.key, origin)

    def components(self, owner: EntityRef) -> list[Entity]:
        """The components through which the owner has its plugins, each once."""
        return list({match.component.ref: match.component for match in self.owned[owner]}.values())

    def _rivals(self, plugin: str, found: Sequence[Match]) -> list[tuple[Match, Owner]]:
        """Each component with each owner that it names; none where the plugin cannot be owned."""
        rivals = list(_rivals(found))
        component = found[0].component.ref
        if plugin in UNATTRIBUTED_IDS:
            text = f"is named by {component}, and is no plugin: analytics reports views that belong to none"
            self._flaw(FlawKind.NOT_FOUND, plugin, text)
            return []
        if not rivals:
            self._flaw(FlawKind.NOT_FOUND, plugin, f"has no owner: {component} names none")
        return rivals

    def _is_nobody(self, owner: Owner) -> bool:
        forms = {str(owner).lower()}
        if isinstance(owner, EntityRef):
            forms |= {owner.name, f"{owner.kind}:{owner.name}"}
        return "{{" in str(owner) or not forms.isdisjoint(self.placeholders)

    def _ambiguous(self, plugin: str, rivals: Sequence[tuple[Match, Owner]]) -> None:
        said = [f"{match.component.ref} by {match.how} for {owner}" for match, owner in rivals]
        text = f"is claimed for several owners, and none was taken: {some(said, '; ')}"
        self._flaw(FlawKind.AMBIGUOUS_PLUGIN, plugin, text)

    def _tell(self, kind: FlawKind, by_owner: Mapping[Owner, Sequence[str]], what: str) -> None:
        for owner, plugins in by_owner.items():
            text = f"is named as the owner of {some(plugins)}, and {what}"
            self._flaw(kind, str(owner), text, plugins)

    def _part_namesakes(self) -> None:
        """Owners whose keys are the same would become one team, so neither gets anything."""
        by_key: dict[str, list[EntityRef]] = {}
        for owner in self.owned:
            by_key.setdefault(owner.key, []).append(owner)
        for key, namesakes in by_key.items():
            if len(namesakes) > 1:
                lost = [match.plugin for owner in namesakes for match in self.owned.pop(owner)]
                self._flaw(FlawKind.AMBIGUOUS_PLUGIN, key, namesakes_text(namesakes), lost)

    def _flaw(self, kind: FlawKind, subject: str, text: str, plugins: Sequence[str] = ()) -> None:
        self.flaws.append(Flaw(kind, subject, text, self.place, tuple(plugins)))


def is_address(owner: EntityRef) -> bool:
    """Whether the owner's name is a mail address: Backstage takes any text for a group."""
    try:
        return bool(address(owner.name))
    except ValueError:
        return False


def namesakes_text(namesakes: Sequence[EntityRef]) -> str:
    return f"would be the key of {' and '.join(map(str, namesakes))}, so none was taken: rename one of them"


def _rivals(found: Sequence[Match]) -> Iterator[tuple[Match, Owner]]:
    for match in found:
        for owner in owners(match.component):
            yield match, owner
