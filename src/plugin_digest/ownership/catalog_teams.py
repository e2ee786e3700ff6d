"""What a team says of itself in a catalog, by annotations on its group or on its plugins' components.

Owns which annotations count and when components may speak for their team: where all of its plugins' do, as
what one of them says would touch the others' figures too. Docs: ``docs/ownership/catalog.md``.
"""

from collections.abc import Sequence

from plugin_digest.model import Cadence, Flaw, FlawKind, Recipient, canonical_address
from plugin_digest.ownership.answer import Group
from plugin_digest.ownership.catalog_api import Entity
from plugin_digest.ownership.catalog_groups import (
    OPT_OUT,
    RECIPIENTS,
    Directory,
    annotated_addresses,
    opts_out,
    unknown_value,
)
from plugin_digest.ownership.catalog_http import one_line

CADENCE = "plugin-digest/cadence"
TEAM_ANNOTATIONS = (RECIPIENTS, OPT_OUT, CADENCE)


class Teams:
    """Makes groups of owners that a directory has loaded; ``flaws`` grow with each."""

    def __init__(self, directory: Directory, place: str) -> None:
        self._directory = directory
        self._place = place
        self.flaws: list[Flaw] = []

    def group(self, owner: Entity, components: Sequence[Entity] = ()) -> Group:
        """The team that an owner is; ``components`` are those of the plugins that it owns."""
        readers = self._directory.readers(owner)
        self.flaws += readers.flaws
        return Group(
            key=owner.ref.key,
            name=_name(owner),
            recipients=(*readers.recipients, *self._agreed_recipients(components)),
            origin=f"{owner.ref} in {self._place}",
            opted_out=self._opted_out(owner, components),
            cadence=self._cadence(owner),
            is_listed=False,
        )

    def _agreed_recipients(self, components: Sequence[Entity]) -> list[Recipient]:
        """Extra recipients whom every component names; any other would read of plugins that do not."""
        named = [annotated_addresses(one, self._place, self.flaws) for one in components]
        canonical = [{canonical_address(one) for one in addresses} for addresses in named]
        agreed = set.intersection(*canonical) if canonical else set()
        for component, addresses in zip(components, canonical, strict=True):
            if addresses - agreed:
                self._disagreement(component, RECIPIENTS)
        origin = f"annotation {RECIPIENTS} of {_listed(components)}"
        first = named[0] if named else ()
        return [Recipient(one, origin) for one in first if canonical_address(one) in agreed]

    def _opted_out(self, owner: Entity, components: Sequence[Entity]) -> str:
        if owner.annotation(OPT_OUT):
            return f"annotation {OPT_OUT} of {owner.ref}" if self._opts_out(owner) else ""
        out = [component for component in components if self._opts_out(component)]
        if out and len(out) == len(components):
            return f"annotation {OPT_OUT} of {_listed(components)}"
        for component in out:
            self._disagreement(component, OPT_OUT)
        return ""

    def _opts_out(self, entity: Entity) -> bool:
        return opts_out(entity, self._place, self.flaws)

    def _cadence(self, owner: Entity) -> Cadence | None:
        value = owner.annotation(CADENCE).lower()
        if value and value not in set(Cadence):
            self.flaws.append(unknown_value(owner, CADENCE, ", ".join(Cadence), self._place))
        return Cadence(value) if value in set(Cadence) else None

    def _disagreement(self, component: Entity, annotation: str) -> None:
        text = (
            f"has the annotation {annotation}, which does not count, as its owner's other plugins do not say "
            "the same: write it on the owner"
        )
        self.flaws.append(Flaw(FlawKind.BAD_ANNOTATION, str(component.ref), text, self._place))


def _name(owner: Entity) -> str:
    """What people call it, for subjects and headings."""
    names = (owner.display_name, owner.title, owner.name, owner.ref.key)
    return next(line for name in names if (line := one_line(name)))


def _listed(components: Sequence[Entity]) -> str:
    first, *others = [str(component.ref) for component in components] or [""]
    return f"{first} and {len(others)} more" if others else first
