"""What the section ``indicators`` may say, what comes of it, and the exact words about what it may not."""

import re
from pathlib import Path

import pytest
import yaml

from factories import AS_OF, W46
from plugin_digest.documents import Section, json_schema, read, validate
from plugin_digest.errors import ConfigError
from plugin_digest.indicator_settings import IndicatorsSettings
from plugin_digest.indicators import make_source
from plugin_digest.indicators import read as read_indicators
from plugin_digest.model import Indicator, IndicatorValue, Scope
from unit.indicators.series import found, request
from unit.ownership.catalog.catalog_server import TOKEN, FakeCatalog, component, user

PAGE = (Path(__file__).parents[3] / "docs" / "indicators.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
ENVIRON = {"METRICS_TOKEN": "t1", "METRICS_PASSWORD": "p1", "BACKSTAGE_TOKEN": TOKEN}
CSV = {"name": "days", "title": "Days", "type": "csv", "scope": "portal", "path": "days.csv"}
JSON = {"name": "days", "title": "Days", "type": "json", "scope": "portal", "url": "https://x.example/a"}
SQL = {"name": "days", "title": "Days", "type": "sql", "scope": "portal"}
CATALOG = {"type": "catalog_annotation", "url": "https://x.example", "annotations": {"a": "b/c"}}


class Whole(Section):
    """A file of nothing else."""

    indicators: IndicatorsSettings = ()


@pytest.fixture
def settings(tmp_path):
    """The indicators of a file with this text, or these entries."""

    def settings(*entries):
        file = tmp_path / "digest.yaml"
        (text,) = entries if isinstance(entries[0], str) else (yaml.safe_dump({"indicators": list(entries)}),)
        file.write_text(text, encoding="utf-8")
        return validate(read(file, ENVIRON), Whole, {"directory": tmp_path}).indicators

    return settings


@pytest.fixture
def problem(settings):
    """The only problem, without its place."""

    def problem(*entries):
        with pytest.raises(ConfigError) as caught:
            settings(*entries)
        (told,) = caught.value.problems
        return f"{told.key}: {told.message}"

    return problem


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_are_taken_as_they_stand(settings, example):
    """What the page shows is valid, and a source comes of it."""
    (entry,) = settings(example)
    assert make_source(entry).indicator == entry.indicator


def test_the_page_shows_every_kind():
    """None is left without an example, and every key is explained."""
    schema = json_schema(Whole, "x")
    kinds = set(schema["properties"]["indicators"]["items"]["discriminator"]["mapping"])
    assert {yaml.safe_load(example)["indicators"][0]["type"] for example in EXAMPLES} == kinds
    keys = {key for part in schema["$defs"].values() for key in part.get("properties", {})}
    assert {key for key in keys if f"`{key}`" not in PAGE} == set()


def test_every_key_has_its_sentence():
    """Editors show it, and the page of settings."""
    for name, part in json_schema(Whole, "x")["$defs"].items():
        for key, value in part.get("properties", {}).items():
            assert value.get("description") or "$ref" in value, f"{name}.{key}"


def test_a_csv_file_is_beside_the_configuration(settings, tmp_path):
    """Its columns as named; the title, unit and decimals go to the digests."""
    (tmp_path / "days.csv").write_text("when;number;all\n2026-W46;4.5;10\n")
    columns = {"week": "when", "value": "number", "out_of": "all"}
    (entry,) = settings({**CSV, "unit": "days", "decimals": 1, "columns": columns})
    (reading,) = read_indicators([make_source(entry)], request())
    assert reading.indicator == Indicator("days", "Days", "days", 1)
    assert reading.values == (IndicatorValue("days", W46, Scope.PORTAL, "", 4.5, 10, AS_OF),)


def test_json_is_asked_for_with_its_token(settings, httpserver):
    """From the environment, over http on this machine only."""
    httpserver.expect_request("/a", headers={"Authorization": "Bearer t1"}).respond_with_json(
        {"all": [{"w": "2026-W46", "team": "ci", "value": 3}]}
    )
    more = {"token": "${METRICS_TOKEN}", "items": "all", "fields": {"week": "w", "key": "team"}}
    (entry,) = settings({**JSON, "scope": "team", "url": httpserver.url_for("/a"), **more})
    (reading,) = read_indicators([make_source(entry)], request())
    assert found(reading) == [("2026-W46", "ci", 3)]


def test_a_database_file_is_beside_the_configuration(settings, tmp_path):
    """A query without a table, to see that it arrives."""
    (tmp_path / "m.db").touch()
    query = {"url": "sqlite:///m.db", "query": "SELECT '2026-W46' AS week, 7 AS value"}
    (entry,) = settings({**SQL, **query})
    (reading,) = read_indicators([make_source(entry)], request())
    assert found(reading) == [("2026-W46", "", 7)]


def test_a_catalog_is_asked_with_its_token(settings, httpserver):
    """Both of its indicators; the address may end in the API's own path."""
    fake = FakeCatalog([component("a", "ci", annotations={"b/c": "x", "b/d": "y"}), user("anna")])
    fake.serve(httpserver)
    place = {"url": httpserver.url_for("/api/catalog"), "token": "${BACKSTAGE_TOKEN}"}
    entries = settings(
        {**CATALOG, **place, "annotations": {"Jenkins": "b/c, b/e"}}, {"type": "catalog_people", **place}
    )
    readings = read_indicators(map(make_source, entries), request())
    assert [found(reading) for reading in readings] == [
        [("2026-W46", "jenkins", 1)],
        [("2026-W46", "", 1)],
    ]
    assert [reading.indicator for reading in readings] == [
        Indicator("adoption", "Set up for", "components"),
        Indicator("people", "People in the catalog"),
    ]


def test_what_is_wrong_at_a_place_is_told_when_it_is_read(settings):
    """A database whose address is none stops neither the others nor the program."""
    query = {"url": "postgresql://u:hunter2@:x/m", "query": "SELECT 1"}
    (entry,) = settings({**SQL, **query})
    (reading,) = read_indicators([make_source(entry)], request())
    assert reading.troubles[0].startswith("url is not a database URL")
    assert "hunter2" not in repr(entry) + repr(make_source(entry)) + reading.troubles[0]


ADDRESS = "indicators[0].url: expected an address like https://metrics.acme.example/weekly.json"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (
            {**CSV, "type": "xlsx"},
            "indicators[0].type: expected one of catalog_annotation, catalog_people, csv, ",
        ),
        ({**CSV, "scope": "user"}, "indicators[0].scope: expected one of portal, team, plugin, not 'user'"),
        ({**CSV, "name": "a b"}, "indicators[0].name: 'a b' is not a plain name: "),
        ({**CSV, "decimals": 7}, "indicators[0].decimals: expected at most 6, not '7'"),
        ({**CSV, "title": "a\nb"}, "indicators[0].title: "),
        ({**CSV, "column": {}}, "indicators[0].column: unknown key; did you mean 'columns'?"),
        (
            {**CSV, "columns": {"weeks": "w"}},
            "indicators[0].columns.weeks: unknown key; did you mean 'week'?",
        ),
        ({**CSV, "path": None}, "indicators[0].path: has no value, for example indicators/onboarding.csv"),
        ({**JSON, "url": "metrics"}, ADDRESS),
        ({**JSON, "url": "https://x.example:y/"}, ADDRESS),
        ({**JSON, "url": "ftp://x.example/"}, ADDRESS),
        (
            {**JSON, "url": "http://x.example/"},
            "indicators[0].url: http would show the figures, and a token, ",
        ),
        ({**JSON, "url": "https://u:p@x.example/"}, "indicators[0].url: holds a user name or a # part; "),
        (
            {**JSON, "token": "a", "token_file": "digest.yaml"},
            "indicators[0].token_file: ",
        ),
        ({**CATALOG, "annotations": {}}, "indicators[0].annotations: expected at least one item"),
        (
            {**CATALOG, "annotations": {"a": "b/c=d"}},
            "indicators[0].annotations.a: 'b/c=d' is not the name of an annotation; expected one like ",
        ),
        (
            {**CATALOG, "annotations": {"a": "b/c,"}},
            "indicators[0].annotations.a: 'b/c,' is not the name of an annotation; expected one like ",
        ),
        (
            {**CATALOG, "filter": "kind=component, spec.type=service"},
            "indicators[0].filter: 'kind=component, spec.type=service' is no filter; expected conditions ",
        ),
    ],
)
def test_a_mistake_is_one_line(problem, entry, told):
    """With its place and what would be right."""
    assert problem(entry).startswith(told)


def test_two_indicators_need_two_names(problem):
    """Their values would be one series."""
    told = "indicators: two indicators are named 'days'; expected another name for each"
    assert problem(CSV, JSON) == told
