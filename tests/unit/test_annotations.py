"""Annotations: what the file may say, and what comes of it."""

import json
from datetime import date
from pathlib import Path

import pytest

from factories import W46
from plugin_digest import annotations
from plugin_digest.annotations import load
from plugin_digest.errors import ConfigError
from plugin_digest.model import Annotation, Week
from plugin_digest.resources import examples_dir

W40 = W46.plus(-6)


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "annotations.yaml"


def loaded(file: Path, text: str, starts_on: str = "monday", **environ: str) -> tuple[Annotation, ...]:
    file.write_text(text, encoding="utf-8")
    return load(file, environ, starts_on)


def problems(file: Path, text: str, starts_on: str = "monday") -> list[str]:
    with pytest.raises(ConfigError) as refused:
        loaded(file, text, starts_on)
    return str(refused.value).splitlines()


def test_the_shipped_example_works_as_it_stands():
    """Its portal-wide and its plugin's annotation come out with week, day and link, oldest first."""
    portal, jenkins = load(examples_dir() / "annotations.yaml", {}, "monday")
    assert (portal.week, portal.day, portal.plugin) == (W40, date(2026, 10, 2), "")
    assert portal.link.startswith("https://backstage.acme.example/")
    assert (jenkins.week, jenkins.day, jenkins.plugin) == (W46.plus(-1), None, "jenkins")


def test_annotations_come_out_by_week_and_day(file):
    """Whatever the order in the file; a whole week stands before its days; ids lose their case."""
    text = """\
annotations:
  - {date: 2026-11-11, text: c}
  - {week: 2026-W46, text: b, plugin: Azure-DevOps}
  - {week: 2026-10-02, text: a}
"""
    assert [(one.text, one.week, one.plugin) for one in loaded(file, text)] == [
        ("a", W40, ""),
        ("b", W46, "azure-devops"),
        ("c", W46, ""),
    ]


def test_weeks_that_start_on_sunday_are_named_by_a_day(file):
    """A day belongs to the week that is counted here, and an ISO week is no such week."""
    assert loaded(file, "annotations: [{date: 2021-08-22, text: x}]", "sunday")[0].week == Week(
        date(2021, 8, 22)
    )
    (wrong,) = problems(file, "annotations:\n  - {week: 2026-W40, text: x}", "sunday")
    assert wrong.startswith("annotations.yaml:2: annotations[0].week: week '2026-W40': weeks start on sunday")


@pytest.mark.parametrize("text", ["annotations: []\n", "annotations:\n"])
def test_a_file_may_have_no_annotation_yet(file, text):
    """A list that waits for its first item is no mistake."""
    assert loaded(file, text) == ()


@pytest.mark.parametrize(
    ("entry", "key", "message"),
    [
        ("{week: 2026-W99, text: x}", ".week", "week '2026-W99': Invalid week: 99"),
        (
            "{week: soon, text: x}",
            ".week",
            "week 'soon': expected a week like 2026-W46 or a day like 2026-11-09",
        ),
        ("{date: 2.10.2026, text: x}", ".date", "'2.10.2026' is not a day; expected one like 2026-10-02"),
        ("{date: 20261002, text: x}", ".date", "'20261002' is not a day; expected one like 2026-10-02"),
        (
            "{week: 2026-W40, date: 2026-10-02, text: x}",
            ".date",
            "stands beside week; expected one of them",
        ),
        ("{text: x}", "", "has no week; expected a week like 2026-W40 or a date like 2026-10-02"),
        ("{week: 2026-W40}", ".text", "is missing, for example Jenkins 2.5 is out"),
        (
            '{week: 2026-W40, text: "a\\nb"}',
            ".text",
            "'a\\nb' holds a line break or another control character",
        ),
        (
            "{week: 2026-W40, text: x, plugin: Root}",
            ".plugin",
            "'Root' is no plugin: analytics reports views under it that belong to none",
        ),
        (
            "{week: 2026-W40, text: x, link: 'javascript:alert(1)'}",
            ".link",
            "expected a link like https://acme.example/release-notes",
        ),
        (
            "{week: 2026-W40, text: x, link: 'http://acme.example'}",
            ".link",
            "expected a link like https://acme.example/release-notes",
        ),
        (
            "{week: 2026-W40, text: x, link: 'https://me:secret@acme.example'}",
            ".link",
            "holds a user name, which would be mailed to every recipient",
        ),
        ("{week: 2026-W40, texts: x, text: y}", ".texts", "unknown key; did you mean 'text'?"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(file, entry, key, message):
    """Each problem names the file, the line, the key and what would be right."""
    wrong = problems(file, f"annotations:\n  - {{week: 2026-W41, text: fine}}\n  - {entry}\n")
    assert wrong == [f"annotations.yaml:3: annotations[1]{key}: {message}"]


def test_all_problems_are_told_at_once(file):
    """Nobody has to call the program once per mistake."""
    wrong = problems(file, "annotations:\n  - {week: x, text: a}\n  - {date: y, text: b}\n")
    assert [line.split(": ")[0] for line in wrong] == ["annotations.yaml:2", "annotations.yaml:3"]


def test_a_file_that_is_named_and_not_there_is_a_problem(file):
    """An annotation is not lost by a slip in the file's name."""
    with pytest.raises(ConfigError, match=r"^annotations\.yaml: there is no such file$"):
        load(file, {}, "monday")


def test_the_environment_fills_values_in(file):
    """As in the other files."""
    assert loaded(file, "annotations: [{week: '${W}', text: x}]", W="2026-W46")[0].week == W46


def test_the_shipped_schema_is_the_models():
    """An editor knows the same keys as the program."""
    shipped = (examples_dir() / "annotations.schema.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == annotations.schema()
