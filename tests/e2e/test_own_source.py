"""A package brings a source of its own, as the documentation shows it."""

import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "sources" / "your-own.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found.group(1)


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The package of the page, built and installed into a directory of its own."""
    project, target = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("site")
    (project / "pyproject.toml").write_text(block("toml"), encoding="utf-8")
    (project / "acme_counters.py").write_text(block("python"), encoding="utf-8")
    install = ["install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target"]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", *install, str(target), str(project)]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture
def counters(portal, installed, monkeypatch):
    """The portal with counts of two weeks, read through the package."""
    monkeypatch.syspath_prepend(installed)
    file = portal.directory / "counters.csv"
    days = [date(2026, 11, 2) + timedelta(days=n) for n in range(14)]
    rows = [f"{day},{plugin},{5}" for day in days for plugin in ("jenkins", "azureDevOps")]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    portal.edit(
        "digest.yaml",
        "{type: events, path: events/*.ndjson}",
        f"{{type: package, name: acme-counters, options: {{file: {file}}}}}",
    )
    return portal


def test_the_source_of_the_page_works(counters):
    """Its figures are checked, pulled, mailed; users are not available, which is not zero."""
    assert "28 rows" in counters("check").out
    result = counters("run")
    assert result.code == 0, result.err
    rows = counters("export", "--week", "2026-W46", "--format", "csv").out.splitlines()
    assert "2026-W46,plugin,azure-devops,35,,final,1,2026-11-16T08:30:00+00:00" in rows
    assert "2026-W46,portal,portal,70,,final,1,2026-11-16T08:30:00+00:00" in rows


def test_its_errors_are_ours(counters):
    """What it raises ends in one line and the exit code of a source that failed."""
    (counters.directory / "counters.csv").unlink()
    result = counters("pull")
    assert result.code == 3
    assert "counters.csv" in result.err
    assert "No such file or directory" in result.err


def test_a_source_that_nobody_brings(portal):
    """An unknown name says where it was looked for."""
    portal.edit(
        "digest.yaml", "{type: events, path: events/*.ndjson}", "{type: package, name: nowhere, options: {}}"
    )
    result = portal("pull")
    assert result.code == 3
    assert "no installed package offers a source 'nowhere'" in result.err


def test_options_that_do_not_fit(counters):
    """Options that the package does not know are its objection, in one line."""
    counters.edit("digest.yaml", "file:", "path:")
    result = counters("pull")
    assert result.code == 3
    assert "source acme-counters: " in result.err
