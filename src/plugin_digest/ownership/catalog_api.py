"""The catalog's REST API: entities page by page and by reference.

Owns its parameters and the shape of what it answers. Knows nothing of plugins.

API: ``GET /entities/by-query`` and ``POST /entities/by-refs`` of ``@backstage/plugin-catalog-backend``.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from plugin_digest.errors import OwnershipError
from plugin_digest.ownership.catalog_http import Backend, one_line
from plugin_digest.ownership.refs import DEFAULT_NAMESPACE, EntityRef

PAGE_SIZE = 500
BATCH_SIZE = 200
"""References asked for at once; Backstage looks up as many with one query."""
_API = "/api/catalog"
MOST_PAGES = 1_000
_CHANGED_SHARE = 0.01
"""How much of a catalog may come or go while its pages are read."""


OWNED_BY, HAS_MEMBER, CHILD_OF = "ownedBy", "hasMember", "childOf"
_READ_RELATIONS = frozenset({OWNED_BY, HAS_MEMBER, CHILD_OF})


@dataclass(frozen=True, slots=True)
class Entity:
    """What this program reads of an entity; texts are empty where it has none."""

    ref: EntityRef
    name: str
    """As it is written; case does not matter in ``ref``."""
    title: str
    type: str
    owner: str
    display_name: str
    email: str | None
    annotations: Mapping[str, str]
    relations: Mapping[str, tuple[str, ...]]

    def annotation(self, name: str) -> str:
        """The annotation's value without blanks around it."""
        return self.annotations.get(name, "")

    def targets(self, relation: str) -> tuple[str, ...]:
        """The references that it has this relation to, each once."""
        return self.relations.get(relation, ())


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Relation(_Payload):
    type: str
    target_ref: str = Field(alias="targetRef")


class _Metadata(_Payload):
    name: str = Field(min_length=1)
    namespace: str | None = None
    title: str | None = None
    annotations: Mapping[str, Any] | None = None


class _Item(_Payload):
    """An entity as it is sent; ``fields`` of a question leave out what is empty."""

    kind: str = Field(min_length=1)
    metadata: _Metadata
    spec: Mapping[str, Any] | None = None
    relations: tuple[_Relation, ...] | None = None

    def entity(self, annotations: Collection[str]) -> Entity:
        """What of it is read, with these annotations only: a large catalog must fit into memory."""
        spec = self.spec or {}
        profile = spec.get("profile")
        profile = profile if isinstance(profile, dict) else {}
        email = profile.get("email")
        said = self.metadata.annotations or {}
        return Entity(
            ref=self.ref,
            name=self.metadata.name,
            title=_text(self.metadata.title),
            type=_text(spec.get("type")),
            owner=_text(spec.get("owner")),
            display_name=_text(profile.get("displayName")),
            email=None if email is None else str(email),
            annotations={name: text for name in annotations if (text := _text(said.get(name)))},
            relations=self._targets(),
        )

    @property
    def ref(self) -> EntityRef:
        parts = (self.kind, self.metadata.namespace or DEFAULT_NAMESPACE, self.metadata.name)
        return EntityRef(*(part.lower() for part in parts))

    def _targets(self) -> dict[str, tuple[str, ...]]:
        targets: dict[str, dict[str, None]] = {}
        for relation in self.relations or ():
            if relation.type in _READ_RELATIONS:
                targets.setdefault(relation.type, {})[relation.target_ref] = None
        return {kind: tuple(refs) for kind, refs in targets.items()}


class _PageInfo(_Payload):
    next_cursor: str | None = Field(default=None, alias="nextCursor")


class _Page(_Payload):
    items: tuple[_Item, ...]
    total_items: int | None = Field(default=None, alias="totalItems")
    page_info: _PageInfo = Field(alias="pageInfo")


class _Batch(_Payload):
    items: tuple[_Item | None, ...]


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


Shape = TypeVar("Shape")
_PAGE = TypeAdapter(_Page)
_BATCH = TypeAdapter(_Batch)


class Catalog:
    """The entities of one catalog, with these annotations; more than ``most_entities`` are not believed."""

    def __init__(self, backend: Backend, annotations: Collection[str], most_entities: int) -> None:
        self.name = backend.name
        self._backend = backend
        self._annotations = annotations
        self._most_entities = most_entities

    def query(self, filters: Sequence[str], fields: Sequence[str]) -> Iterator[Entity]:
        """Every entity that fits one of the filters, each once, page by page.

        Raises:
            OwnershipError: there is no answer, it is not of the API's shape, or it does not end.
        """
        # a cursor carries the filter and the order, and neither the fields nor the limit
        repeated = [("fields", ",".join(fields)), ("limit", str(PAGE_SIZE))]
        asked = [*(("filter", one) for one in filters), ("orderField", "metadata.name,asc")]
        given: set[EntityRef] = set()
        received = 0
        for _ in range(MOST_PAGES):
            page = self._page([*asked, *repeated])
            received += len(page.items)
            known = len(given)
            for item in page.items:
                if item.ref not in given:
                    given.add(item.ref)
                    yield item.entity(self._annotations)
            if not page.page_info.next_cursor:
                self._check_complete(received, page.total_items or 0)
                return
            if len(given) == known or received > self._expected(page.total_items):
                break
            asked = [("cursor", page.page_info.next_cursor)]
        raise OwnershipError(f"{self.name} goes on giving pages, after {received:,} entities")

    def find(
        self, refs: Sequence[EntityRef], fields: Sequence[str]
    ) -> Iterator[tuple[EntityRef, Entity | None]]:
        """Each reference with its entity, None for one that the catalog does not have.

        Raises:
            OwnershipError: there is no answer, or it is not of the API's shape.
        """
        for start in range(0, len(refs), BATCH_SIZE):
            batch = refs[start : start + BATCH_SIZE]
            for ref, item in zip(batch, self._batch(batch, fields), strict=True):
                yield ref, item.entity(self._annotations) if item else None

    def _page(self, params: Sequence[tuple[str, str]]) -> _Page:
        return self._shaped(_PAGE, self._backend.get(f"{_API}/entities/by-query", params))

    def _batch(self, refs: Sequence[EntityRef], fields: Sequence[str]) -> tuple[_Item | None, ...]:
        content = {"entityRefs": [str(ref) for ref in refs], "fields": list(fields)}
        items = self._shaped(_BATCH, self._backend.post(f"{_API}/entities/by-refs", content)).items
        if len(items) != len(refs):
            raise OwnershipError(f"{self.name} was asked for {len(refs)} entities and answered {len(items)}")
        for ref, item in zip(refs, items, strict=True):
            if item is not None and item.ref != ref:
                raise OwnershipError(
                    f"{self.name} was asked for {ref} and answered {one_line(str(item.ref))}"
                )
        return items

    def _expected(self, total: int | None) -> float:
        """How many entities are believed, where the catalog says that it has ``total``: 0 is not told."""
        return min(self._most_entities, total * (1 + _CHANGED_SHARE) + PAGE_SIZE if total else math.inf)

    def _check_complete(self, received: int, expected: int) -> None:
        if received < expected * (1 - _CHANGED_SHARE):
            raise OwnershipError(f"{self.name} gave {received:,} of {expected:,} entities and no next page")

    def _shaped(self, adapter: TypeAdapter[Shape], answer: Any) -> Shape:
        try:
            return adapter.validate_python(answer)
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=False, include_context=False)[0]
            place = one_line(".".join(str(part) for part in wrong["loc"]) or "the whole")
            raise OwnershipError(
                f"{self.name} answered in another shape than the catalog's API: {place}: {wrong['msg']}"
            ) from None
