"""The JSON Schemas that editors use, and the examples that point at them."""

import json
import re

import jsonschema
import pytest
import yaml

from plugin_digest import annotations, config
from plugin_digest.documents import Section
from plugin_digest.ownership import file, resolve
from plugin_digest.resources import examples_dir

SCHEMAS = {"digest": config.schema, "teams": file.schema, "annotations": annotations.schema}


def example(name):
    return (examples_dir() / f"{name}.yaml").read_text(encoding="utf-8")


def faults(name, content):
    validator = jsonschema.Draft202012Validator(SCHEMAS[name]())
    return [error.message for error in validator.iter_errors(content)]


def as_an_editor_reads_it(text):
    """YAML 1.2 as editors have it: 09:00 and no are text, 404 is a number."""
    return yaml.load(text, _EditorLoader)  # a safe loader with fewer implicit types


class _EditorLoader(yaml.SafeLoader):
    """Without YAML 1.1's ideas of booleans, numbers and times."""


_EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith(("bool", "timestamp", "int"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_EditorLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
_EditorLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile("^[-+]?[0-9]+$"), list("-+0123456789")
)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_shipped_schema_is_the_models(name):
    """Written anew by: python tests/unit/config/test_schema.py."""
    shipped = (examples_dir() / f"{name}.schema.json").read_text(encoding="utf-8")
    assert shipped == text_of(name)


def text_of(name):
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schema_is_valid(name):
    """By the rules of the dialect that it names."""
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name]())


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_example_fits_its_schema_and_names_it(name):
    """The first line tells editors where the schema is."""
    text = example(name)
    assert text.startswith(f"# yaml-language-server: $schema=./{name}.schema.json\n")
    assert faults(name, as_an_editor_reads_it(text)) == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_is_described(name):
    """An editor has something to say about each, or about the section behind it."""
    schema = SCHEMAS[name]()
    sections = [part for part in [schema, *schema["$defs"].values()] if "properties" in part]
    for section in sections:
        assert "title" not in section or section is schema
        for key, part in section["properties"].items():
            behind = schema["$defs"].get(part.get("$ref", "").rpartition("/")[2], {})
            described = {**behind, **part}
            assert described.get("description"), f"{key} has no description"


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("digest", ("digest",), {"min_base": "${BASE}", "pages": "${PAGES:-5}", "send_empty": "${EMPTY}"}),
        ("digest", ("schedule", "day"), "${DAY}"),
        ("digest", ("schedule", "time"), "${TIME}"),
        ("digest", ("portal", "url"), "${URL}"),
        ("digest", ("mail", "from"), "${FROM}"),
        ("digest", ("portal_team", "recipients"), ["${WHO}"]),
        ("digest", ("mail", "transport"), {"type": "smtp", "host": "x", "port": "${PORT}"}),
        ("digest", ("source"), {"type": "ga4_csv", "path": "*.csv", "plugin_from": "dimension"}),
        ("digest", ("source"), {"type": "ga4_csv", "path": "*.csv", "plugin_from": {"rules": [
            {"prefix": "/", "plugin": "x"}]}}),
        ("teams", ("teams", "a"), {"plugins": [404, "x"], "recipients": ["${WHO}"]}),
    ],
)  # fmt: skip
def test_an_editor_accepts_what_the_program_does(name, path, value):
    """Also ${NAME} where a number or a choice is expected."""
    assert faults(name, changed(name, path, value)) == []


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("digest", ("portal", "tz"), "UTC"),
        ("digest", ("schedule", "day"), "mon"),
        ("digest", ("schedule", "time"), "24:00"),
        ("digest", ("portal", "url"), "acme.example"),
        ("digest", ("mail", "from"), "Portal"),
        ("digest", ("mail", "transport"), {"type": "smtp"}),
        ("digest", ("mail", "transport"), {"type": "smtp", "host": "x", "port": "many"}),
        ("digest", ("portal_team", "recipients"), ["portal-team"]),
        ("digest", ("portal_team", "recipients"), []),
        ("digest", ("source", "type"), "event"),
        ("digest", ("hold",), {"missing_plugins_share": 2}),
        ("teams", ("teams", "a"), {"plugins": "x"}),
        ("teams", ("teams", "a"), {"owner": "x"}),
        ("teams", ("alias",), {}),
        ("annotations", ("annotations",), [{"week": "soon", "text": "x"}]),
        ("annotations", ("annotations",), [{"week": "2026-W40"}]),
    ],
)
def test_an_editor_marks_what_the_program_refuses(name, path, value):
    """Before the file is saved."""
    assert faults(name, changed(name, path, value)) != []


def changed(name, path, value):
    content = as_an_editor_reads_it(example(name))
    *around, key = [path] if isinstance(path, str) else path
    section = content
    for step in around:
        section = section[step]
    section[key] = value
    return content


def test_the_examples_work_as_they_stand():
    """Loading them passes; the data need not exist."""
    settings, providers = config.load_all(examples_dir() / "digest.yaml", {})
    owners = resolve(providers, ())
    assert settings.portal.name == "Acme Developer Portal"
    assert owners.owned_plugins() == {"jenkins", "github-actions", "kubernetes", "azure-devops"}


COMMENTED = re.compile(r"^(?:  )?# +([a-z_]+): ((?:\{[^}]*\}|\[[^\]]*\]|[^ \n])+) +#", re.MULTILINE)
ALTERNATIVES = {
    "type", "path", "plugin_from", "url", "host", "security", "port", "username", "password", "ca_file",
    "timeout_s", "whole_timeout_s", "rate_per_minute", "token", "annotation", "types", "max_members",
    "max_entities", "codeowners", "owners", "placeholders", "generic", "logo", "templates", "link_base",
    "head_count", "plugin_path", "docs", "stop", "scope", "annotations",
}  # fmt: skip
"""Commented out because they belong to another choice than the example's, or have no default."""


def test_the_commented_defaults_are_the_defaults():
    """Taking the # away from a key changes nothing."""
    settings = config.load(examples_dir() / "digest.yaml", {})
    sections = [
        settings.schedule, settings.source, settings.store, settings.mail, settings.portal_team,
        settings.digest, settings.brand, settings.calendar, settings.privacy, settings.hold,
    ]  # fmt: skip
    alternatives = re.compile(r"^# Instead: .*?\n\n", re.DOTALL | re.MULTILINE)
    found = COMMENTED.findall(alternatives.sub("", example("digest")))
    seen = {key for key, _ in found}
    assert {"late_limit_hours", "columns", "instance", "retry", "min_base", "missing_plugins_share"} <= seen
    wrong = []
    for key, written in found:
        if key in ALTERNATIVES:
            continue
        owner = next((section for section in sections if key in type(section).model_fields), None)
        assert owner is not None, f"{key} is no key"
        value = getattr(owner, key)
        told = yaml.safe_load(written)
        if isinstance(value, Section):
            value = {k: list(v) if isinstance(v, tuple) else v for k, v in value if v is not None}
        if not isinstance(value, dict) and isinstance(told, list):
            value = list(value)
        if value != told:
            wrong.append((key, told, value))
    assert wrong == []


def test_the_example_names_every_key():
    """Whoever reads the example knows all there is."""
    text = example("digest")
    for part in config.schema()["$defs"].values():
        for key in part.get("properties", {}):
            assert re.search(rf"\b{key}\b", text), f"{key} is not in config/digest.yaml"


if __name__ == "__main__":
    for one in SCHEMAS:
        (examples_dir() / f"{one}.schema.json").write_text(text_of(one), encoding="utf-8")
