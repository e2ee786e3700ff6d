"""A directory with the example configuration in it, to change one thing at a time."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plugin_digest import config
from plugin_digest.errors import ConfigError
from plugin_digest.ownership import file
from plugin_digest.resources import examples_dir


class Files:
    """``digest.yaml`` and ``teams.yaml`` in the current directory, and what is wrong with them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.digest = directory / "digest.yaml"
        self.teams = directory / "teams.yaml"

    def change(self, *pairs: tuple[str, str]) -> None:
        text = self.digest.read_text(encoding="utf-8")
        for old, new in pairs:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the example"
            text = text.replace(old, new)
        self.digest.write_text(text, encoding="utf-8")

    def at(self, text: str) -> str:
        """The place of the only line of ``digest.yaml`` that holds ``text``, as problems begin with it."""
        lines = self.digest.read_text(encoding="utf-8").splitlines()
        (line,) = [number for number, line in enumerate(lines, start=1) if text in line]
        return f"digest.yaml:{line}"

    def settings(self, **environ: str) -> config.Settings:
        return config.load(Path("digest.yaml"), environ)

    def problems(self, **environ: str) -> list[str]:
        """What is wrong with both files, one line each."""
        try:
            config.load_all(Path("digest.yaml"), environ)
        except ConfigError as error:
            return str(error).splitlines()
        return []

    def faults(self, *pairs: tuple[str, str], **environ: str) -> list[str]:
        """What becomes wrong by changes of the example, without the place in the file."""
        self.change(*pairs)
        return [line.split(": ", 1)[1] for line in self.problems(**environ)]

    def team_problems(self, text: str, **environ: str) -> list[str]:
        self.teams.write_text(text, encoding="utf-8")
        try:
            file.read(Path("teams.yaml"), environ)
        except ConfigError as error:
            return str(error).splitlines()
        return []


@pytest.fixture
def files(tmp_path, monkeypatch) -> Files:
    for name in ("digest.yaml", "teams.yaml"):
        shutil.copyfile(examples_dir() / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return Files(tmp_path)


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Makes a named pipe that nobody writes to; whoever waits for it fails."""

    def too_long(*_: object) -> None:
        raise AssertionError("waits for a pipe")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(10)
    yield lambda name: os.mkfifo(tmp_path / name)
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
