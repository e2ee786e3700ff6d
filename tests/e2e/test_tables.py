"""The tables of settings in the documentation: every key, and what it is where it is not set."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from plugin_digest import config

DOCS = Path(__file__).parents[2] / "docs"
SECTIONS = {
    "sources/adoption-insights": "AdoptionInsightsSettings",
    "sources/events": "EventsSettings",
    "sources/ga4": "Ga4Settings",
    "sources/ga4-bigquery": "BigQuerySettings",
    "sources/ga4-csv": "Ga4CsvSettings",
    "sources/matomo": "MatomoSettings",
    "sources/sql": "SqlSettings",
    "ownership/app-config": "AppConfigOwnership",
    "ownership/catalog": "CatalogOwnership",
    "ownership/repository": "RepositoryOwnership",
}
INDICATORS = ["CsvIndicator", "JsonIndicator", "SqlIndicator", "CatalogAnnotation", "CatalogPeople"]


def properties(section: str) -> dict[str, Any]:
    """The keys of a section, but for ``type``, which the page is about."""
    found: dict[str, Any] = config.schema()["$defs"][section]["properties"]
    return {key: value for key, value in found.items() if key != "type"}


def rows(page: str) -> list[tuple[str, str]]:
    """Keys and defaults in the page's tables of settings."""
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    tables = re.findall(r"^\| (?:key|setting) \|(.*)\n\| ---.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert tables
    found = []
    for heading, table in tables:
        for line in table.splitlines():
            keys, second = line.split("|")[1:3]
            default = second.strip() if "default" in heading else ""
            found += [(key, default) for key in re.findall(r"`([^`]+)`", keys)]
    return found


def as_told(default: str) -> Any:
    """The value that stands there, as YAML reads it; None where words stand there."""
    if re.fullmatch(r"[\d.,]+", default):
        return yaml.safe_load(default.replace(",", ""))
    quoted = re.findall(r"`([^`]*)`", default)
    if not quoted or re.sub(r"`[^`]*`|[, ]", "", default):
        return None
    values = [yaml.safe_load(text) for text in quoted]
    return values[0] if len(values) == 1 else values


@pytest.mark.parametrize("page", SECTIONS)
def test_a_table_of_settings_lists_every_key_and_no_other(page):
    """Whoever reads the page knows all that can be set, and nothing that cannot be."""
    assert {key for key, _ in rows(page)} == set(properties(SECTIONS[page]))


@pytest.mark.parametrize("page", SECTIONS)
def test_a_default_in_a_table_is_the_default(page):
    """A value told as the default is what the key is without being set."""
    known = properties(SECTIONS[page])
    told = {key: as_told(default) for key, default in rows(page)}
    wrong = {
        key: (value, known[key].get("default"))
        for key, value in told.items()
        if value is not None and str(value) not in known and not same(value, known[key].get("default"))
    }
    assert wrong == {}


def same(told: Any, known: Any) -> bool:
    """Whether they are one value; a list is told in any order, one of a single item as that."""
    if isinstance(known, list):
        return sorted(told if isinstance(told, list) else [told]) == sorted(known)
    return bool(told == known)


def test_the_tables_of_indicators_name_no_key_that_is_none():
    """Each key on the page belongs to an indicator of some kind."""
    known = {key for section in INDICATORS for key in (*properties(section), "type")}
    assert {key for key, _ in rows("indicators")} == known
