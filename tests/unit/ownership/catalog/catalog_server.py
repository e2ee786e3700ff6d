"""A Backstage catalog behind real HTTP on the loopback, and ways to break it.

It answers as ``@backstage/plugin-catalog-backend`` does: relations in both directions from what entities say,
filters without case, cursors that carry filter and order but neither fields nor limit, errors in Backstage's
own form.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

TOKEN = "weekly-digest-token"
DEFAULT_LIMIT = 200
PAIRS = {"ownedBy": "ownerOf", "memberOf": "hasMember", "childOf": "parentOf"}


def component(
    name: str, owner: str | None, *, kind: str = "backstage-frontend-plugin", **metadata: Any
) -> Any:
    """As in a catalog-info.yaml; ``kind`` is ``spec.type``."""
    spec = {"type": kind, "lifecycle": "production", **({} if owner is None else {"owner": owner})}
    return {"kind": "Component", "metadata": {"name": name, **metadata}, "spec": spec}


def plugin(name: str, owner: str | None, **metadata: Any) -> Any:
    """A plugin's component as Backstage's own generator writes it."""
    return component(f"backstage-plugin-{name}", owner, title=f"@acme/plugin-{name}", **metadata)


def group(
    name: str,
    email: Any = None,
    *,
    parent: str | None = None,
    members: Iterable[str] = (),
    display_name: str | None = None,
    **metadata: Any,
) -> Any:
    profile = {
        key: value for key, value in (("email", email), ("displayName", display_name)) if value is not None
    }
    spec = {
        "type": "team",
        "children": [],
        "members": list(members),
        **({"profile": profile} if profile else {}),
        **({"parent": parent} if parent else {}),
    }
    return {"kind": "Group", "metadata": {"name": name, **metadata}, "spec": spec}


def user(name: str, email: Any = None, *, member_of: Iterable[str] = (), **metadata: Any) -> Any:
    profile = {} if email is None else {"email": email}
    spec = {"profile": profile, "memberOf": list(member_of)}
    return {"kind": "User", "metadata": {"name": name, **metadata}, "spec": spec}


def ref_of(entity: Any) -> str:
    metadata = entity["metadata"]
    return full_ref(metadata["name"], entity["kind"], metadata.get("namespace", "default"))


def full_ref(text: str, kind: str, namespace: str) -> str:
    kind, text = text.split(":", 1) if ":" in text else (kind, text)
    namespace, name = text.split("/", 1) if "/" in text else (namespace, text)
    return f"{kind}:{namespace}/{name}".lower()


@dataclass
class FakeCatalog:
    """``faults`` are answered first, in turn; ``asked`` are method, path and query or body of each call."""

    entities: list[Any] = field(default_factory=list)
    token: str | None = TOKEN
    plugins: tuple[str, ...] = ("catalog",)
    most_per_page: int | None = None
    faults: list[Response | Callable[[], Response]] = field(default_factory=list)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)

    def serve(self, server: HTTPServer) -> None:
        for method, path, answer in (
            ("GET", "/api/catalog/entities/by-query", self._by_query),
            ("POST", "/api/catalog/entities/by-refs", self._by_refs),
        ):
            server.expect_request(path, method=method).respond_with_handler(self._handler(answer))

    def questions(self, path: str) -> list[Any]:
        return [content for _, asked, content in self.asked if asked.endswith(path)]

    def _handler(self, answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def handle(request: Request) -> Response:
            content = request.json if request.method == "POST" else request.args.to_dict(flat=False)
            self.asked.append((request.method, request.path, content))
            if self.faults:
                fault = self.faults.pop(0)
                return fault if isinstance(fault, Response) else fault()
            return self._refusal(request) or answer(request)

        return handle

    def _refusal(self, request: Request) -> Response | None:
        given = request.headers.get("Authorization")
        if self.token is None:
            return None
        if given is None:
            return error(401, "AuthenticationError", "Missing credentials")
        if given != f"Bearer {self.token}":
            return error(401, "AuthenticationError", "Illegal token")
        if "catalog" not in self.plugins:
            listed = "', '".join(self.plugins)
            return error(403, "NotAllowedError", f"This token's access is restricted to plugin(s) '{listed}'")
        return None

    def _by_query(self, request: Request) -> Response:
        limit = int(request.args.get("limit", DEFAULT_LIMIT))
        limit = min(limit, self.most_per_page or limit)
        if cursor := request.args.get("cursor"):
            try:
                state = json.loads(base64.b64decode(cursor, validate=True))
            except ValueError:
                return error(400, "InputError", "Malformed cursor, could not be parsed")
        else:
            state = {
                "filter": request.args.getlist("filter"),
                "order": request.args.get("orderField"),
                "at": 0,
            }
        found = [entity for entity in self.related() if _fits_any(entity, state["filter"])]
        if state["order"] == "metadata.name,asc":
            found.sort(key=lambda entity: (entity["metadata"]["name"].lower(), ref_of(entity)))
        page = found[state["at"] : state["at"] + limit]
        info = {}
        if state["at"] + limit < len(found):
            state["at"] += limit
            info["nextCursor"] = base64.b64encode(json.dumps(state).encode()).decode()
        items = [_only(entity, _split(request.args.getlist("fields"))) for entity in page]
        return send({"items": items, "totalItems": len(found), "pageInfo": info})

    def _by_refs(self, request: Request) -> Response:
        asked = request.json or {}
        known = {ref_of(entity): entity for entity in self.related()}
        found = [known.get(ref) for ref in asked["entityRefs"]]
        items = [entity and _only(entity, asked.get("fields", [])) for entity in found]
        return send({"items": items})

    def related(self) -> list[Any]:
        """The entities with the relations that Backstage derives, also to what does not exist."""
        relations: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for entity in self.entities:
            me = ref_of(entity)
            for kind, target in _said(entity):
                relations[me].add((kind, target))
                opposite = PAIRS.get(kind) or next(key for key, value in PAIRS.items() if value == kind)
                relations[target].add((opposite, me))
        return [
            {
                **entity,
                "metadata": {"namespace": "default", **entity["metadata"]},
                "relations": [
                    *(
                        {"type": kind, "targetRef": target}
                        for kind, target in sorted(relations[ref_of(entity)])
                    ),
                    *entity.get("relations", ()),
                ],
            }
            for entity in self.entities
        ]


def _said(entity: Any) -> Iterable[tuple[str, str]]:
    """The relations that the entity's own spec states."""
    spec, namespace = entity["spec"], entity["metadata"].get("namespace", "default")
    for key, relation, kind in (
        ("owner", "ownedBy", "group"),
        ("parent", "childOf", "group"),
        ("children", "parentOf", "group"),
        ("members", "hasMember", "user"),
        ("memberOf", "memberOf", "group"),
    ):
        said = spec.get(key) or []
        for text in [said] if isinstance(said, str) else said:
            yield relation, full_ref(text, kind, namespace)


def _fits_any(entity: Any, filters: Iterable[str]) -> bool:
    return any(all(_fits(entity, part) for part in one.split(",")) for one in filters)


def _fits(entity: Any, condition: str) -> bool:
    """``a.b=c`` and, for whatever value, ``a.b``; a key may itself have dots; case does not matter."""
    key, equals, value = condition.partition("=")
    found = _flat(entity).get(key.strip().lower())
    return found is not None and (not equals or found == value.strip().lower())


def _flat(value: Any, prefix: str = "") -> dict[str, str]:
    if isinstance(value, Mapping):
        parts = (_flat(child, f"{prefix}.{key}" if prefix else key) for key, child in value.items())
        return {key: found for part in parts for key, found in part.items()}
    return {} if isinstance(value, list) else {prefix.lower(): str(value).lower()}


def _split(fields: Iterable[str]) -> list[str]:
    return [name for one in fields for name in one.split(",") if name]


def _only(entity: Any, fields: Iterable[str]) -> Any:
    """Only these fields; a parent of which nothing is left is left out too."""
    fields = list(fields)
    if not fields:
        return entity
    output: dict[str, Any] = {}
    for name in fields:
        source, target = entity, output
        *parents, last = name.split(".")
        for parent in parents:
            source = source.get(parent, {})
        if last in source:
            for parent in parents:
                target = target.setdefault(parent, {})
            target[last] = source[last]
    return output


def send(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/json")


def error(status: int, name: str, message: str) -> Response:
    """As Backstage's error handler words it."""
    return send(
        {
            "error": {"name": name, "message": message},
            "request": {"method": "GET", "url": "/entities/by-query"},
            "response": {"statusCode": status},
        },
        status,
    )


def endless(entities: Any) -> Callable[[], Response]:
    """A page that always names another one, never the same."""
    numbers = count()
    return lambda: send(
        {"items": entities, "totalItems": 10**9, "pageInfo": {"nextCursor": f"c{next(numbers)}"}}
    )
