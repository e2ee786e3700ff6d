"""What a command ends with when whoever reads its output stops reading."""

import os
import subprocess
import sys

import pytest


def unread(directory, *words, **environ):
    """The exit code of a command whose reader goes away, and what the command says on stderr."""
    command = [sys.executable, "-m", "plugin_digest", "--config", str(directory / "digest.yaml"), *words]
    environment = {**os.environ, **environ}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        process.stdout.close()
        said = process.stderr.read()
    return process.returncode, said


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--help",), 0),
        (("export", "--format", "csv"), 0),
        (("status", "--check"), 1),
        (("preview", "nobody"), 2),
    ],
)
def test_a_reader_who_goes_away_changes_no_exit_code(portal, words, code, unbuffered):
    """`| head -1` is no failure, and hides none."""
    portal("pull", "--weeks", "4")
    ended, said = unread(portal.directory, *words, PYTHONUNBUFFERED=unbuffered)
    assert ended == code, said
    assert "BrokenPipe" not in said
