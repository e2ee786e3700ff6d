"""The documentation is true: its commands exist, its settings are valid, nothing is left out."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from plugin_digest import errors
from plugin_digest.cli.app import EVERY_COMMAND, GROUPS, app
from plugin_digest.config import load_all
from settings_reference import TARGET, reference

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BASE = yaml.safe_load((ROOT / "config" / "digest.yaml").read_text(encoding="utf-8"))
TEAMS = (ROOT / "config" / "teams.yaml").read_text(encoding="utf-8")


def blocks(language: str, page: str = README) -> list[str]:
    """The fenced blocks of a language, without the indentation of the list that they stand in."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", page, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


def calls() -> list[list[str]]:
    """Every call of the command in a shell block or in the text."""
    lines = [line for text in blocks("sh") for line in text.splitlines()]
    lines += re.findall(r"`(plugin-digest [^`]+)`", README)
    words = [shlex.split(line, comments=True) for line in lines if line.startswith("plugin-digest ")]
    assert len(words) > 8
    return [call[1:] for call in words]


@pytest.mark.parametrize("words", calls(), ids=" ".join)
def test_every_call_in_the_readme_is_one(words):
    """Commands, options and their order are those of the command line."""
    if words[0] == "--config" or words[0] == "--quiet":
        words = words[2:] if words[0] == "--config" else words[1:]
    name = " ".join(words[:2]) if words[0] in GROUPS else words[0]
    command = every_command()[name]
    known = {option for parameter in command.params for option in parameter.opts}
    used = [word for word in words[1:] if word.startswith("--")]
    assert set(used) <= known | {"--help"}


def every_command() -> dict[str, Any]:
    """Each command by all of its words."""
    group: Any = get_command(app)
    found: dict[str, Any] = dict(group.commands)
    for group in GROUPS:
        inner = found.pop(group)
        found.update({f"{group} {name}": command for name, command in inner.commands.items()})
    return found


def test_every_command_stands_in_the_table():
    """The README lists each command once, with exactly the options that it has."""
    names = "|".join(f"{group} \\w+" for group in GROUPS)
    rows = dict(re.findall(rf"^\| `({names}|\w+)((?: [^`]*)?)` \|", README, re.MULTILINE))
    assert list(rows) == list(EVERY_COMMAND)
    commands = every_command()
    for name, options in rows.items():
        told = set(re.findall(r"--[a-z-]+", options))
        has = {o for p in commands[name].params for o in p.opts if o.startswith("--")} - {"--help"}
        assert told == has, name


@pytest.mark.parametrize("text", blocks("yaml"), ids=lambda text: text.split(":")[0] + str(len(text)))
def test_every_configuration_in_the_readme_is_valid(text, tmp_path):
    """Each YAML block is a valid part of digest.yaml, or a valid teams.yaml."""
    content = yaml.safe_load(text)
    is_teams = "teams" in content
    settings = BASE if is_teams else {**BASE, **content}
    (tmp_path / "digest.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (tmp_path / "teams.yaml").write_text(text if is_teams else TEAMS, encoding="utf-8")
    loaded, providers = load_all(
        tmp_path / "digest.yaml", {"SMTP_PASSWORD": "p", "DB_PASSWORD": "p", "BACKSTAGE_TOKEN": "p"}
    )
    assert loaded.portal.name
    assert providers


class Anything(dict[str, str]):
    """An environment that has whatever is asked for."""

    def __missing__(self, key: str) -> str:
        return "given"

    def __contains__(self, key: object) -> bool:
        return True

    def get(self, key: str, default: Any = None) -> str:
        return "given"


def source_examples() -> list[Any]:
    """Every configuration of a source on its page."""
    pages = sorted((ROOT / "docs" / "sources").glob("*.md"))
    found = [(page.stem, text) for page in pages for text in blocks("yaml", page.read_text(encoding="utf-8"))]
    return [
        pytest.param(text, id=f"{name}-{n}")
        for n, (name, text) in enumerate(found)
        if text.startswith(("source:", "portal:"))
    ]


@pytest.mark.parametrize("text", source_examples())
def test_every_configuration_of_a_source_is_valid(text, tmp_path):
    """Each example on the sources' pages is taken as it stands, but for files that only you have."""
    content = yaml.safe_load(re.sub(r"\$\{\w+\}", "given", text))
    settings = {**BASE, **{key: content[key] for key in content.keys() & {"source", "portal", "digest"}}}
    (tmp_path / "digest.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (tmp_path / "teams.yaml").write_text(TEAMS, encoding="utf-8")
    try:
        load_all(tmp_path / "digest.yaml", Anything())
    except errors.ConfigError as error:
        assert {problem.key for problem in error.problems} <= {"source.credentials_file"}, error  # noqa: PT017


def test_the_picture_of_the_readme_is_there():
    """Every file that the README links to exists."""
    links = re.findall(r"\]\((?!http)([^)#]+)", README)
    assert "docs/images/digest-looks.png" in links
    for link in links:
        assert (ROOT / link).is_file(), link


def test_the_settings_reference_is_up_to_date():
    """docs/settings.md lists every key with its default and purpose; `make docs` writes it anew."""
    assert TARGET.read_text(encoding="utf-8") == reference()


def test_exit_codes_are_told():
    """The README names every exit code that an error can end with."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = {kind.exit_code for kind in kinds if issubclass(kind, errors.PluginDigestError)}
    (told,) = re.findall(r"Exit codes: (.*?)\. A week", README, re.DOTALL)
    assert codes | {0} == {int(code) for code in re.findall(r"(\d) [a-z]", told)}
