"""Plugins that changed hands, and plugins in nobody's. Pure."""

from collections.abc import Iterable

from plugin_digest.diff.change import usage_of
from plugin_digest.diff.series import Series
from plugin_digest.model import Move, Ownership, Team, is_known


def moved_plugins(before: Ownership, now: Ownership) -> tuple[Move, ...]:
    """Plugins whose owner is another one than before; an id that became an alias has not moved."""
    owners_before = {now.aliases.get(p, p): team for team in before.teams for p in team.plugins}
    owners_now = {plugin: team for team in now.teams for plugin in team.plugins}
    moves = []
    for plugin in sorted(owners_before | owners_now):
        old, new = owners_before.get(plugin), owners_now.get(plugin)
        if _key(old) != _key(new):
            name = now.spellings.get(plugin, before.spellings.get(plugin, plugin))
            moves.append(Move(plugin, name, old.name if old else "", new.name if new else ""))
    return tuple(moves)


def moves_of(moves: Iterable[Move], team: Team, ownership: Ownership) -> tuple[Move, ...]:
    """Those that a team is told of: what it lost to another, and what it has from another.

    A plugin that is new to everybody has not changed hands.
    """
    names = {ownership_name(ownership, part) for part in team.key.split("+")} | {team.name}
    return tuple(
        move
        for move in moves
        if (move.from_team in names or (move.to_team in names and move.from_team))
        and not {move.from_team, move.to_team} <= names
    )


def ownership_name(ownership: Ownership, key: str) -> str:
    return next((team.name for team in ownership.teams if team.key == key), key)


def orphans_of(series: Series, ownership: Ownership) -> tuple[str, ...]:
    """Plugins viewed in the week that no team owns, by name, most viewed first."""
    owned = ownership.owned_plugins()
    views = {plugin: usage_of(series.current, plugin).views for plugin in series.current.plugins}
    viewed = {p: count for p, count in views.items() if is_known(count) and count > 0 and p not in owned}
    return tuple(series.spellings.get(p, p) for p in sorted(viewed, key=lambda p: (-viewed[p], p)))


def _key(team: Team | None) -> str:
    return "" if team is None else team.key.lower()
