"""The ``catalog`` provider: a Backstage catalog, asked over HTTP.

Owns how its components, owners and recipients become one answer, and which owners are nobody. Docs:
``docs/ownership/catalog.md``.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from plugin_digest.model import Flaw, FlawKind, Recipient
from plugin_digest.ownership.answer import Answer, Group
from plugin_digest.ownership.catalog_api import Catalog, Entity
from plugin_digest.ownership.catalog_claims import Claims, namesakes_text
from plugin_digest.ownership.catalog_groups import Directory
from plugin_digest.ownership.catalog_http import MOST_BYTES, Backend
from plugin_digest.ownership.catalog_plugins import COMPONENT_FIELDS, filters, matches, strongest
from plugin_digest.ownership.catalog_teams import TEAM_ANNOTATIONS, Teams
from plugin_digest.ownership.packages import Package, plugins_by_name
from plugin_digest.ownership.refs import EntityRef, refs_with_key

PLACEHOLDERS = ("guest", "owner-unknown", "unknown", "john@example.com")


@dataclass(frozen=True)
class _Survey:
    """All that the catalog says, and how many components that is."""

    answer: Answer
    components: int


class CatalogProvider:
    """Owners and recipients as the catalog knows them.

    Attributes:
        url: the address of the Backstage backend, like ``https://backstage.acme.example``.
        token: a static token of ``backend.auth.externalAccess``; None where the catalog is open.
        annotation: the annotation of a component that names its plugin's id, or several with commas.
        types: components of these types are plugins by their title or name.
        max_members: a group with more members and no address of its own is written to by nobody.
        timeout_s: how long the server may be silent.
        whole_timeout_s: how long one reading may take, all requests and waits together.
        max_entities: a catalog that gives more components is not believed.
        placeholders: owners that are nobody, as whole references or bare names.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        annotation: str = "plugin-digest/plugin-id",
        types: Collection[str] = ("backstage-frontend-plugin", "backstage-plugin"),
        max_members: int = 25,
        timeout_s: float = 30,
        whole_timeout_s: float = 600,
        max_entities: int = 100_000,
        placeholders: Collection[str] = PLACEHOLDERS,
        most_bytes: int = MOST_BYTES,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = url.rstrip("/").removesuffix("/api/catalog")
        self._token = token
        self._annotation = annotation
        self._types = tuple(types)
        self._max_members = max_members
        self._timeout_s = timeout_s
        self._whole_timeout_s = whole_timeout_s
        self._max_entities = max_entities
        self._placeholders = frozenset(one.strip().lower() for one in placeholders)
        self._most_bytes = most_bytes
        self._sleep = sleep
        self.name = f"catalog {urlsplit(self._url).netloc.rpartition('@')[2]}"

    def packages(self) -> Sequence[Package]:
        return ()

    def read(self, seen: Collection[str], packages: Sequence[Package] = ()) -> Answer:
        """Every plugin with an owner in the catalog, the owners' recipients, and what is wrong."""
        with self._catalog() as catalog:
            return self._survey(catalog, seen, packages).answer

    def groups(self, owners: Collection[str]) -> Answer:
        """The groups and users with these keys; one that the catalog does not have is a flaw."""
        possible = {key: refs_with_key(key.lower()) for key in owners}
        with self._catalog() as catalog:
            directory = Directory(catalog, self._max_members)
            directory.load(ref for refs in possible.values() for ref in refs)
        teams = Teams(directory, self.name)
        found: list[Group] = []
        for key, refs in possible.items():
            entities = [entity for ref in refs if (entity := directory.find(ref))]
            if len(entities) == 1:
                found.append(replace(teams.group(entities[0]), key=key))
            else:
                teams.flaws.append(self._unclear(key, entities))
        return Answer(groups=tuple(found), flaws=tuple(teams.flaws))

    def check(self) -> Sequence[str]:
        """How many plugins and owners there are, and what is wrong with them."""
        with self._catalog() as catalog:
            survey = self._survey(catalog)
        flaws = Counter(flaw.kind for flaw in survey.answer.flaws)
        dangling = flaws.pop(FlawKind.DANGLING_OWNER, 0)
        found = f"{survey.components:,} plugin components, {len(survey.answer.groups):,} owners"
        lines = [f"catalog {self._url} answers: {found}, {dangling:,} dangling"]
        if not survey.components:
            lines.append(
                f"no component has the annotation {self._annotation} or a type of {', '.join(self._types)}: "
                "are there any, and may the token read them?"
            )
        if flaws:
            lines.append("also wrong: " + ", ".join(f"{count:,} {kind}" for kind, count in flaws.items()))
        return lines

    @contextmanager
    def _catalog(self) -> Iterator[Catalog]:
        with Backend(
            self._url,
            self._token,
            name=self.name,
            timeout_s=self._timeout_s,
            whole_timeout_s=self._whole_timeout_s,
            most_bytes=self._most_bytes,
            sleep=self._sleep,
        ) as backend:
            yield Catalog(backend, (self._annotation, *TEAM_ANNOTATIONS), self._max_entities)

    def _survey(
        self, catalog: Catalog, seen: Collection[str] = (), packages: Iterable[Package] = ()
    ) -> _Survey:
        components = list(catalog.query(filters(self._annotation, self._types), COMPONENT_FIELDS))
        titles = plugins_by_name(packages)
        best = strongest(matches(components, self._annotation, self._types, seen, titles))
        claims = Claims(self.name, self._placeholders)
        directory = Directory(catalog, self._max_members)
        directory.load(claims.asked_for(best))
        claims.settle(best, lambda owner: directory.find(owner) is not None)
        teams = Teams(directory, self.name)
        groups = tuple(self._group(teams, directory.find(owner), owner, claims) for owner in claims.owned)
        flaws = (*claims.flaws, *teams.flaws)
        return _Survey(Answer(tuple(claims.made()), groups, flaws=flaws), len(components))

    def _group(self, teams: Teams, entity: Entity | None, owner: EntityRef, claims: Claims) -> Group:
        components = claims.components(owner)
        if entity is not None:
            return teams.group(entity, components)
        origin = f"spec.owner of {components[0].ref}"
        recipients = (Recipient(owner.name, origin),)
        return Group(owner.key, owner.name, recipients, f"{origin} in {self.name}", is_listed=False)

    def _unclear(self, key: str, entities: Sequence[Entity]) -> Flaw:
        if entities:
            text = namesakes_text([entity.ref for entity in entities])
            return Flaw(FlawKind.AMBIGUOUS_PLUGIN, key, text, self.name)
        return Flaw(FlawKind.NOT_FOUND, key, "is the key of no group or user in the catalog", self.name)
