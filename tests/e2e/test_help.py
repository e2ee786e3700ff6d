"""The command line's help: complete, with examples, and light."""

import shlex
import subprocess
import sys
from importlib.metadata import version

import pytest

from plugin_digest.cli.app import COMMANDS, EVERY_COMMAND

HEAVY = {"pydantic", "sqlmodel", "sqlalchemy", "duckdb", "jinja2", "premailer", "lxml", "PIL", "alembic",
         "apscheduler", "requests", "rich", "yaml"}  # fmt: skip


def help_of(*words):
    """The help's text and the heavy modules that it cost, in a process of its own."""
    code = (
        "import sys\nfrom plugin_digest.cli import main\n"
        f"sys.argv = ['plugin-digest', *{list(words)!r}, '--help']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"print(sorted({sorted(HEAVY)!r} & sys.modules.keys()), file=sys.stderr)\n"
    ).replace(f"sorted({sorted(HEAVY)!r} &", f"sorted(set({sorted(HEAVY)!r}) &")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout, done.stderr.strip()


def test_the_list_of_commands_is_light_and_whole():
    """--help lists every command with its summary, without loading anything heavy."""
    text, heavy = help_of()
    assert heavy == "[]"
    for name, command in COMMANDS.items():
        assert f"  {name} " in text
        assert command.summary in text


@pytest.mark.parametrize("name", EVERY_COMMAND)
def test_each_command_explains_itself(name):
    """COMMAND --help ends with an example of that very command, without loading anything heavy."""
    text, heavy = help_of(*name.split())
    assert heavy == "[]"
    example = " ".join(text.split("Example: ")[1].split())
    assert example == EVERY_COMMAND[name].example
    assert set(name.split()) <= set(shlex.split(example))


def test_help_wins_over_what_stands_before_it():
    """An option before the command does not keep its help from being shown."""
    text, _ = help_of("--config", "nowhere.yaml", "send")
    assert text.startswith("Usage: plugin-digest send [OPTIONS]")


def test_the_version(cli):
    """--version says the name and the version of the package."""
    assert cli("--version").out == f"plugin-digest {version('plugin-digest')}\n"


@pytest.mark.parametrize(
    "words",
    [("sned",), ("pull", "--weeks", "0"), ("export", "--format", "xml"), ("--verbose", "--quiet", "plan")],
)
def test_wrong_words_end_with_two(cli, words):
    """A call that is not understood says so and exits with 2."""
    result = cli(*words)
    assert result.code == 2
    assert result.err
