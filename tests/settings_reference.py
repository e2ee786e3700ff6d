"""Writes docs/settings.md from the JSON Schemas of the configuration; `make docs` runs it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plugin_digest import annotations, config
from plugin_digest.ownership import file

TARGET = Path(__file__).parents[1] / "docs" / "settings.md"
INTRO = """\
# Settings

Every key of `digest.yaml`, `teams.yaml` and `annotations.yaml`. Paths are relative to the file that they
stand in. In any value `${NAME}` and `${NAME:-default}` are taken from the environment. This page is written
from the models; the same texts stand in the JSON Schemas beside the examples, so an editor shows them too.
"""

Schema = dict[str, Any]


def reference() -> str:
    """The page."""
    parts = [INTRO]
    schemas = {
        "digest.yaml": config.schema(),
        "teams.yaml": file.schema(),
        "annotations.yaml": annotations.schema(),
    }
    for title, schema in schemas.items():
        parts += [
            f"## {title}",
            "| key | default | what it is for |\n| --- | --- | --- |\n"
            + "\n".join(
                f"| `{key}` | {default} | {purpose} |" for key, default, purpose in rows(schema, schema, "")
            ),
        ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def rows(schema: Schema, root: Schema, prefix: str) -> Iterator[tuple[str, str, str]]:
    """Key, default and purpose of everything below a schema, depth first."""
    required = schema.get("required", [])
    for key, value in schema.get("properties", {}).items():
        if key.startswith("$"):
            continue
        path = f"{prefix}{key}"
        below = list(sections(value, root))
        if not below or value.get("description"):
            yield path, default_of(value, key in required), one_line(value.get("description", ""))
        for name, section in below:
            yield from rows(section, root, f"{path}{name}.")


def sections(value: Schema, root: Schema) -> Iterator[tuple[str, Schema]]:
    """The sections that a value may be, with what the key is followed by: nothing, (type), [] or <key>."""
    target = resolve(value, root)
    choices: list[Schema] = target.get("oneOf") or target.get("anyOf") or []
    options = [resolve(option, root) for option in choices]
    if options:
        for option in options:
            if "properties" in option:
                kind = option["properties"].get("type", {}).get("const")
                yield (f"({kind})" if kind else ""), option
    elif "items" in target and isinstance(target["items"], dict):
        item = resolve(target["items"], root)
        if "properties" in item:
            yield "[]", item
        for kind, section in sections(item, root) if "oneOf" in item else ():
            yield f"[]{kind}", section
    elif isinstance(extra := target.get("additionalProperties"), dict):
        if "properties" in (item := resolve(extra, root)):
            yield ".<key>", item
    elif "properties" in target:
        yield "", target


def resolve(value: Schema, root: Schema) -> Schema:
    if "$ref" in value:
        return root["$defs"][value["$ref"].rsplit("/", 1)[-1]]
    if len(value.get("allOf", ())) == 1:
        return resolve(value["allOf"][0], root)
    return value


def default_of(value: Schema, is_required: bool) -> str:
    if is_required:
        return "required"
    if "default" not in value or value["default"] is None:
        return "none"
    return f"`{json.dumps(value['default'], ensure_ascii=False)}`"


def one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
