"""Groups and users of a catalog, and who of them reads the mail for an owner.

Owns the order in which addresses are looked for and what is wrong with them. Knows no plugin. Docs:
``docs/ownership/catalog.md``.
"""

import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from plugin_digest.documents.texts import address
from plugin_digest.model import Flaw, FlawKind, Recipient
from plugin_digest.ownership.catalog_api import CHILD_OF, HAS_MEMBER, Catalog, Entity
from plugin_digest.ownership.catalog_http import one_line
from plugin_digest.ownership.refs import EntityRef
from plugin_digest.ownership.wording import some

RECIPIENTS = "plugin-digest/recipients"
OPT_OUT = "plugin-digest/opt-out"
MOST_LEVELS = 50
"""Parents of parents that are looked at."""
_DRESSED = re.compile(r"[^<>]*<(?P<named>[^<>]+)>|mailto:(?P<linked>[^?]+)(?:\?.*)?", re.IGNORECASE)
_SWITCH = {"": False, "false": False, "true": True}
_MEMBER_FIELDS = ("kind", "metadata.name", "metadata.namespace", "metadata.annotations", "spec.profile")
_OWNER_FIELDS = (*_MEMBER_FIELDS, "metadata.title", "relations")


@dataclass(frozen=True)
class Readers:
    """Who reads the mail for an owner, and who of them does not want it.

    ``is_final`` where nobody else is to be asked.
    """

    recipients: tuple[Recipient, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    is_final: bool = False


class Directory:
    """What the catalog says of owners, each entity fetched once and many at a time."""

    def __init__(self, catalog: Catalog, most_members: int) -> None:
        self._catalog = catalog
        self._most_members = most_members
        self._owners: dict[EntityRef, Entity | None] = {}
        self._members: dict[EntityRef, Entity | None] = {}

    def load(self, owners: Iterable[EntityRef]) -> None:
        """Fetches the owners, and the members and parents who may read the mail in their place.

        Raises:
            OwnershipError: the catalog cannot be asked, or its answer cannot be trusted.
        """
        level = set(owners)
        for _ in range(MOST_LEVELS):
            self._fetch(self._owners, level, _OWNER_FIELDS)
            known = [owner for ref in level if (owner := self.find(ref))]
            self._fetch(self._members, self._members_of(known), _MEMBER_FIELDS)
            parents = {parent for owner in known if self._asks_parents(owner) for parent in _parents(owner)}
            level = parents - self._owners.keys()
            if not level:
                break

    def find(self, ref: EntityRef) -> Entity | None:
        """The owner, if it was loaded and the catalog has it."""
        return self._owners.get(ref)

    def readers(self, owner: Entity) -> Readers:
        """Who reads the mail for an owner that was loaded: its own readers, else the nearest parent's."""
        flaws: list[Flaw] = []
        waiting: deque[tuple[Entity, tuple[EntityRef, ...]]] = deque([(owner, ())])
        met = {owner.ref}
        while waiting:
            party, below = waiting.popleft()
            found = self._own_readers(party, below)
            flaws += found.flaws
            if found.recipients or found.is_final:
                return Readers(found.recipients, tuple(flaws))
            trail = (*below, party.ref)
            for parent in _parents(party):
                if parent in trail:
                    flaws.append(self._circle(trail, parent))
                elif parent not in met:
                    waiting += [(entity, trail)] if (entity := self.find(parent)) else []
                    flaws += [] if entity else [self._missing_parent(party, parent)]
                met.add(parent)
        return Readers((), tuple(flaws))

    def _fetch(
        self, known: dict[EntityRef, Entity | None], refs: Collection[EntityRef], fields: Collection[str]
    ) -> None:
        wanted = sorted(set(refs) - known.keys(), key=str)
        known.update(self._catalog.find(wanted, tuple(fields)))

    def _members_of(self, owners: Iterable[Entity]) -> set[EntityRef]:
        """The members that may be written to: of groups with no address of their own, and not too many."""
        return {
            member
            for owner in owners
            if not _address(owner, self._catalog.name, [])
            and len(members := _members(owner)) <= self._most_members
            for member in members
        }

    def _asks_parents(self, owner: Entity) -> bool:
        readers = self._own_readers(owner, ())
        return not readers.recipients and not readers.is_final

    def _own_readers(self, party: Entity, below: tuple[EntityRef, ...]) -> Readers:
        """The readers that a group or user has itself; ``below`` are those it is asked for, nearest last."""
        flaws: list[Flaw] = []
        if below and opts_out(party, self._catalog.name, flaws):
            return Readers((), tuple(flaws), is_final=True)
        where = _with_the_owner(party.ref, below)
        extra = [
            Recipient(one, f"annotation {RECIPIENTS} of {where}")
            for one in annotated_addresses(party, self._catalog.name, flaws)
        ]
        own = _address(party, self._catalog.name, flaws)
        if own:
            return Readers((Recipient(own, f"spec.profile.email of {where}"), *extra), tuple(flaws))
        members = _members(party)
        if len(members) > self._most_members:
            if not extra:
                flaws.append(self._too_many(party, len(members)))
            return Readers(tuple(extra), tuple(flaws), is_final=True)
        readers = [
            Recipient(found, f"member {member} of {where}", self._own_word(user, flaws))
            for member in members
            if (user := self._members.get(member)) and (found := _address(user, self._catalog.name, flaws))
        ]
        gone = [str(member) for member in members if self._members.get(member) is None]
        if gone:
            flaws.append(self._not_found(party, f"has members that do not exist: {some(gone)}"))
        return Readers((*readers, *extra), tuple(flaws))

    def _own_word(self, user: Entity, flaws: list[Flaw]) -> str:
        """That a member wants no mail; empty if they do."""
        is_out = opts_out(user, self._catalog.name, flaws)
        return f"opted out: annotation {OPT_OUT} of {user.ref}" if is_out else ""

    def _missing_parent(self, party: Entity, parent: EntityRef) -> Flaw:
        if parent in self._owners:
            return self._not_found(party, f"has a parent group that does not exist: {parent}")
        return self._not_found(party, f"is the {MOST_LEVELS}th group on the way up, and no other is asked")

    def _not_found(self, party: Entity, text: str) -> Flaw:
        return Flaw(FlawKind.NOT_FOUND, str(party.ref), text, self._catalog.name)

    def _too_many(self, party: Entity, count: int) -> Flaw:
        text = (
            f"has {count:,} members and no address of its own, and more than {self._most_members} are not "
            f"written to: give it spec.profile.email or the annotation {RECIPIENTS}"
        )
        return Flaw(FlawKind.TOO_MANY_MEMBERS, str(party.ref), text, self._catalog.name)

    def _circle(self, trail: tuple[EntityRef, ...], parent: EntityRef) -> Flaw:
        way = " → ".join(str(ref) for ref in (*trail[trail.index(parent) :], parent))
        return Flaw(
            FlawKind.CIRCULAR_GROUP, str(parent), f"is its own ancestor: {one_line(way)}", self._catalog.name
        )


def annotated_addresses(entity: Entity, place: str, flaws: list[Flaw]) -> tuple[str, ...]:
    """The addresses that the entity's annotation lists; what is none goes to the flaws."""
    listed = [part for part in entity.annotation(RECIPIENTS).split(",") if part.strip()]
    return tuple(good for one in listed if (good := _checked(one, entity.ref, place, flaws)))


def opts_out(entity: Entity, place: str, flaws: list[Flaw]) -> bool:
    """Whether the entity's annotation says that it wants no mail; what says neither goes to the flaws."""
    value = entity.annotation(OPT_OUT)
    if value.lower() not in _SWITCH:
        flaws.append(unknown_value(entity, OPT_OUT, "true or false", place))
    return _SWITCH.get(value.lower(), False)


def unknown_value(entity: Entity, annotation: str, expected: str, place: str) -> Flaw:
    value = one_line(repr(entity.annotation(annotation)))
    text = f"has the annotation {annotation}: {value}, which does not count: expected {expected}"
    return Flaw(FlawKind.BAD_ANNOTATION, str(entity.ref), text, place)


def _with_the_owner(party: EntityRef, below: Sequence[EntityRef]) -> str:
    """The group that has readers, and the owner that it is asked for; those between say nothing."""
    if not below:
        return str(party)
    return f"{party}, {'parent group' if len(below) == 1 else 'ancestor'} of {below[0]}"


def _address(entity: Entity, place: str, flaws: list[Flaw]) -> str:
    """The entity's own address; empty without one."""
    return _checked(entity.email, entity.ref, place, flaws) if entity.email and entity.email.strip() else ""


def _checked(text: str, whose: EntityRef, place: str, flaws: list[Flaw]) -> str:
    """The address that ``text`` is; else empty, and a flaw."""
    try:
        return address(_bare(text.strip(" \t")))
    except ValueError as error:
        message = f"is left out as an address of {whose}: it {error}"
        flaws.append(Flaw(FlawKind.BAD_ADDRESS, one_line(text) or str(whose), message, place))
        return ""


def _bare(text: str) -> str:
    """The address in ``Team <team@acme.example>`` or ``mailto:team@acme.example``; else the text as it is."""
    found = _DRESSED.fullmatch(text) if text.isprintable() else None
    return (found["named"] or found["linked"]) if found else text


def _members(entity: Entity) -> tuple[EntityRef, ...]:
    return tuple(sorted(_refs(entity.targets(HAS_MEMBER)), key=str))


def _parents(entity: Entity) -> tuple[EntityRef, ...]:
    return tuple(_refs(entity.targets(CHILD_OF)))


def _refs(targets: Iterable[str]) -> Iterator[EntityRef]:
    """The targets that are references; others can only come from a processor of the portal's own."""
    for target in targets:
        with suppress(ValueError):
            yield EntityRef.parse(target)
