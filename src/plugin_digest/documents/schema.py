"""The JSON Schema of a file, for editors: what the model says, with ``${NAME}`` also for numbers."""

from typing import Any

from pydantic import BaseModel

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLACEHOLDER = {
    "description": "Filled in from the environment.",
    "type": "string",
    "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*(:-[^{}]*)?\}",
}
_NAMED_SCHEMAS = ("properties", "$defs")
_BESIDE = ("description", "default", "examples")


def json_schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    """The schema of ``model``; ``title`` names the file."""
    schema = _opened(model.model_json_schema())
    schema["$defs"] = {**schema.get("$defs", {}), "Placeholder": _PLACEHOLDER}
    return {"$schema": _DIALECT, **schema, "title": title}


def _opened(node: Any) -> Any:
    """The same schema without pydantic's titles, and open to placeholders."""
    if isinstance(node, list):
        return [_opened(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _opened_part(key, part) for key, part in node.items() if not _is_noise(key, part)}
    if "enum" not in kept and kept.get("type") not in ("integer", "number", "boolean"):
        return kept
    beside = {key: kept.pop(key) for key in _BESIDE if key in kept}
    return {**beside, "anyOf": [kept, {"$ref": "#/$defs/Placeholder"}]}


def _is_noise(key: str, part: Any) -> bool:
    """Titles that repeat the key, and defaults that say only that a section may be left out."""
    return key == "title" or (key == "default" and (part is None or isinstance(part, dict)))


def _opened_part(key: str, part: Any) -> Any:
    if key in _NAMED_SCHEMAS:
        return {name: _opened(schema) for name, schema in part.items()}
    return part if key in _BESIDE else _opened(part)
