"""From a document to a frozen model, or to problems that say where and what would be right.

Owns the wording of everything that pydantic may object to; must not know any key's meaning. A value is shown
as it was written, so what came from the environment is not.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from plugin_digest.documents.misfit import Misfit
from plugin_digest.documents.reading import Document, Place
from plugin_digest.errors import ConfigError, Problem

_SHOWN_LENGTH = 80
_FEW = 2

_EXPECTED = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "finite": "a number",
    "bool": "true or false",
    "path": "a path",
    "time": "a time of day like 09:00",
    "list": "a list, like [one, two]",
    "tuple": "a list, like [one, two]",
    "frozen": "a list, like [one, two]",
    "model": "a section, like key: value",
    "dict": "a section, like key: value",
}
"""What is right, by the first word of pydantic's error type."""

_CHOICES = frozenset({"literal_error", "enum"})
"""Pydantic's error types for a value that is none of a few."""

_BOUNDS = {
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
}


class Section(BaseModel):
    """A part of a file: frozen, without unknown keys. A key without a value counts as not given."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
        use_attribute_docstrings=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return {} if content is None else content
        known = {name.alias or key for key, name in cls.model_fields.items()}
        return {key: value for key, value in content.items() if value is not None or key not in known}


SomeSection = TypeVar("SomeSection", bound=Section)


def validate(
    document: Document,
    model: type[SomeSection],
    context: Mapping[str, Any] | None = None,
    more: Iterable[Problem] = (),
) -> SomeSection:
    """The document as a model; ``more`` are problems that the caller found in it.

    Raises:
        ConfigError: all problems, in the order of the file.
    """
    problems = [*document.problems, *more]
    checked = None
    try:
        checked = model.model_validate(document.content, context=dict(context or {}))
    except ValidationError as error:
        problems += _explained(document, model, error)
    if problems or checked is None:
        raise ConfigError(sorted(problems, key=lambda problem: problem.line or 0))
    return checked


def near(word: str, choices: Iterable[str]) -> str:
    """``; did you mean 'timezone'?``, or nothing if no choice is near."""
    by_lower = {choice.lower(): choice for choice in choices}
    match = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return f"; did you mean {by_lower[match[0]]!r}?" if match else ""


def _explained(document: Document, model: type[Section], error: ValidationError) -> Iterator[Problem]:
    schema = model.model_json_schema()
    told = {(problem.line, problem.key) for problem in document.problems}
    for detail in error.errors(include_url=False, include_input=False):
        place, node = _follow(schema, detail["loc"])
        if _follows_from_another(document, place, detail["type"]):
            continue
        for key, message in _messages(document, place, node, detail).items():
            problem = document.problem((*place, key) if key else place, message)
            if (problem.line, problem.key) not in told:
                yield problem


def _follows_from_another(document: Document, place: Place, kind: str) -> bool:
    """A default that hangs on a wrong value, or a list that is only short of its wrong items."""
    is_short = kind == "too_short" and bool(_at(document.content, place))
    return is_short or kind == "default_factory_not_called"


def _follow(schema: dict[str, Any], loc: Place) -> tuple[Place, dict[str, Any]]:
    """Where pydantic's location is in the file, and the JSON Schema of what stands there.

    The location also names the chosen part of a union: by its tag, which is its JSON type where there is no
    discriminating key.
    """
    node, place = _resolved(schema, schema), ()  # type: tuple[dict[str, Any], Place]
    for step in loc:
        if "discriminator" in node:
            node = _resolved(schema, {"$ref": node["discriminator"]["mapping"][step]})
        elif "oneOf" in node:
            parts = (_resolved(schema, part) for part in node["oneOf"])
            node = next(part for part in parts if part["type"] == step)
        elif isinstance(step, int):
            place = (*place, step)
            node = _resolved(schema, node.get("items", {}))
        else:
            place = (*place, step)
            child = node.get("properties", {}).get(step) or node.get("additionalProperties")
            node = _resolved(schema, child if isinstance(child, dict) else {"parent": node})
    return place, node


def _resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The node itself instead of a reference to it, or instead of a choice between it and nothing."""
    if "anyOf" in node:
        some = next(part for part in node["anyOf"] if part.get("type") != "null")
        return {**_resolved(schema, some), **{key: node[key] for key in ("examples",) if key in node}}
    if "$ref" in node:
        target = schema["$defs"][node["$ref"].rpartition("/")[2]]
        return {**_resolved(schema, target), **node}
    return node


def _at(content: Any, place: Place) -> Any:
    """What stands there, None if nothing does."""
    try:
        for step in place:
            content = content[step]
    except (KeyError, IndexError, TypeError):
        return None
    return content


def _messages(
    document: Document, place: Place, node: dict[str, Any], detail: Mapping[str, Any]
) -> Mapping[str, str]:
    """The messages for one of pydantic's errors, by the key below ``place`` that they are about."""
    kind, ctx = detail["type"], detail.get("ctx", {})
    if kind.startswith("union_tag"):
        return {ctx["discriminator"].strip("'"): _choice(document, place, node)}
    if kind == "value_error" and isinstance(ctx["error"], Misfit):
        return ctx["error"].messages
    return {"": _message(document, place, node, kind, ctx)}


def _message(
    document: Document, place: Place, node: dict[str, Any], kind: str, ctx: Mapping[str, Any]
) -> str:
    if kind == "missing":
        return _missing(document, place, node)
    if kind == "extra_forbidden":
        return _unknown_key(str(place[-1]), node["parent"].get("properties", {}))
    if kind == "too_short":
        return "expected at least one item"
    shown = _shown(document, place)
    if kind == "value_error":
        return f"{shown} {ctx['error']}" if document.written.get(place, "").strip() else str(ctx["error"])
    is_choice = kind in _CHOICES
    expected = _one_of(node.get("enum") or [node["const"]]) if is_choice else _expected(kind, ctx)
    return f"expected {expected}, not {shown}" if shown else f"has no value; expected {expected}"


def _expected(kind: str, ctx: Mapping[str, Any]) -> str:
    if kind in _BOUNDS:
        return _BOUNDS[kind].format(**ctx)
    return _EXPECTED.get(kind.partition("_")[0], "another value")


def _missing(document: Document, place: Place, node: dict[str, Any]) -> str:
    has_key = place in document.lines
    example = f", for example {node['examples'][0]}" if "examples" in node else ""
    return f"{'has no value' if has_key else 'is missing'}{example}"


def _unknown_key(key: str, known: Iterable[str]) -> str:
    return f"unknown key{near(key, known) or '; known here: ' + ', '.join(known)}"


def _choice(document: Document, place: Place, node: dict[str, Any]) -> str:
    """The message for a section whose ``type`` is missing or unknown."""
    kinds = list(node["discriminator"]["mapping"])
    shown = _shown(document, (*place, node["discriminator"]["propertyName"]))
    return f"expected {_one_of(kinds)}, not {shown}" if shown else f"is missing; expected {_one_of(kinds)}"


def _one_of(choices: list[str]) -> str:
    return f"one of {', '.join(choices)}" if len(choices) > _FEW else " or ".join(choices)


def _shown(document: Document, place: Place) -> str:
    """The value as it was written, or what kind of thing it is; empty if there is none."""
    if place in document.written:
        text = document.written[place]
        return repr(text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…")
    value = _at(document.content, place)
    return "a list" if isinstance(value, list) else "a section" if isinstance(value, dict) else ""
