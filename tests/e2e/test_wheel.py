"""Installed as a wheel, from another directory: the demonstration and the example configuration."""

import os
import re
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The package as a wheel holds it, unpacked into a directory of its own."""
    target = tmp_path_factory.mktemp("site")
    install = ["install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target"]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", *install, str(target), str(ROOT)]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


def run(wheel: Path, directory: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(wheel)}
    command = [sys.executable, "-m", "plugin_digest", *words]
    return subprocess.run(command, cwd=directory, env=environ, capture_output=True, text=True, check=False)


def test_the_wheel_is_what_runs(wheel, tmp_path):
    """Templates and examples come from the wheel, not from a checkout."""
    code = "from plugin_digest import resources as r; print(r.templates_dir(), r.examples_dir())"
    environ = {**os.environ, "PYTHONPATH": str(wheel)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environ, capture_output=True, text=True, check=True
    )
    package = wheel / "plugin_digest"
    assert done.stdout.split() == [str(package / "templates"), str(package / "config")]


def test_the_demonstration_ends_by_saying_where_to_look(wheel, tmp_path):
    """A made-up portal goes through the whole job; every recipient's mail is a file and on the page."""
    result = run(wheel, tmp_path, "demo")
    assert result.returncode == 0, result.stderr
    mails = sorted((tmp_path / "demo" / "outbox").glob("*.eml"))
    assert len(mails) == 66
    assert f"2026-W46: {len(mails)} mails" in result.stdout
    (look,) = re.findall(r"look: +file://(\S+)", result.stdout)
    page = Path(look).read_text(encoding="utf-8")
    subjects = {message_from_bytes(path.read_bytes(), policy=policy.default)["Subject"] for path in mails}
    assert len(subjects) > 20
    assert all(path.name in page for path in mails)
    assert not re.search(r"(src|href)=[\"']?https?://", page.split("<script type")[0])


def test_a_demonstration_is_made_anew_and_nothing_else_is_touched(wheel, tmp_path):
    """A directory that holds anything but an earlier demonstration is left alone."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "thesis.txt").write_text("ten years of work", encoding="utf-8")
    result = run(wheel, tmp_path, "demo")
    assert result.returncode == 2
    assert result.stderr == (
        "plugin-digest: demo is not empty and no earlier demo; name another with --dir\n"
    )
    assert (tmp_path / "demo" / "thesis.txt").exists()


def test_the_example_configuration_ships(wheel, tmp_path):
    """init writes the examples and their schemas, and they are valid."""
    assert run(wheel, tmp_path, "init", "made").returncode == 0
    checked = run(wheel, tmp_path, "--config", "made/digest.yaml", "check")
    assert checked.stdout.startswith("ok      config")
    failed = [line for line in checked.stdout.splitlines() if line.startswith("failed")]
    assert [line.split()[1] for line in failed] == ["source"], checked.stdout
