"""Who owns which plugin and who reads mail: the answers of all places that know, as one.

Owns how several answers become one; each place has a module of its own. Knows nothing of the rest of the
configuration.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from plugin_digest.errors import ConfigError, Problem
from plugin_digest.model import Ownership, Team
from plugin_digest.ownership import file

__all__ = ["load", "merge"]


def load(files: Sequence[Path], environ: Mapping[str, str]) -> Ownership:
    """The ownership that the files give together; the first one that names a plugin wins.

    Raises:
        ConfigError: everything that is wrong in any of them.
    """
    answers: list[Ownership] = []
    problems: list[Problem] = []
    for path in files:
        try:
            answers.append(file.read(path, environ))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return merge(answers)


def merge(answers: Sequence[Ownership]) -> Ownership:
    """Several answers as one: of a plugin's owners, of an alias's targets and of a team's names the first.

    A team that several places know gets the plugins of all of them, and the first recipients that there are.
    """
    aliases = _merged_aliases(answers)
    spellings: dict[str, str] = {}
    teams: dict[str, Team] = {}
    owned: set[str] = set()
    for answer in answers:
        spellings = {**answer.spellings, **spellings}
        for team in answer.teams:
            plugins = frozenset(aliases.get(plugin, plugin) for plugin in team.plugins) - owned
            owned |= plugins
            teams[team.key] = _joined(teams.get(team.key), replace(team, plugins=plugins))
    return Ownership(tuple(teams.values()), aliases, spellings)


def _joined(first: Team | None, other: Team) -> Team:
    if first is None:
        return other
    recipients = first.recipients or other.recipients
    return replace(first, recipients=recipients, plugins=first.plugins | other.plugins)


def _merged_aliases(answers: Sequence[Ownership]) -> dict[str, str]:
    """All aliases, each to where it leads in the end; one that would lead back to itself is left out."""
    aliases: dict[str, str] = {}
    for answer in answers:
        for alias, target in answer.aliases.items():
            end = aliases.get(target, target)
            if alias in aliases or end == alias:
                continue
            aliases = {known: end if leads == alias else leads for known, leads in aliases.items()}
            aliases[alias] = end
    return aliases
