"""Plugins that changed hands, and plugins in nobody's. Pure."""

from collections.abc import Collection, Iterable

from plugin_digest.diff.change import usage_of
from plugin_digest.diff.series import Series
from plugin_digest.model import Move, Ownership, Team, is_known


def moved_plugins(before: Ownership, now: Ownership) -> tuple[Move, ...]:
    """Plugins whose owner is another one than before.

    An id that became an alias has not moved, nor has what belongs to a team that only has another key now.
    """
    owners_before = {now.aliases.get(p, p): team for team in before.teams for p in team.plugins}
    owners_now = {plugin: team for team in now.teams for plugin in team.plugins}
    keys_now = {team.key for team in now.teams}
    moves = []
    for plugin in sorted(owners_before | owners_now):
        old, new = owners_before.get(plugin), owners_now.get(plugin)
        if _key(old) == _key(new) or _is_renamed(old, new, keys_now):
            continue
        name = now.spellings.get(plugin, before.spellings.get(plugin, plugin))
        names = old.name if old else "", new.name if new else ""
        moves.append(Move(plugin, name, *names, _key(old), _key(new)))
    return tuple(moves)


def _is_renamed(old: Team | None, new: Team | None, keys_now: Collection[str]) -> bool:
    return old is not None and new is not None and old.name == new.name and old.key not in keys_now


def moves_of(moves: Iterable[Move], team: Team) -> tuple[Move, ...]:
    """Those that a team is told of: what it lost to another, and what it has from another.

    A plugin that is new to everybody has not changed hands.
    """
    keys = {team.key, *team.key.split("+")}
    return tuple(
        move
        for move in moves
        if (move.from_key in keys or (move.to_key in keys and move.from_key))
        and not {move.from_key, move.to_key} <= keys
    )


def orphans_of(series: Series, ownership: Ownership) -> tuple[str, ...]:
    """Plugins viewed in the week that no team owns, by name, most viewed first."""
    owned = ownership.owned_plugins()
    views = {plugin: usage_of(series.current, plugin).views for plugin in series.current.plugins}
    viewed = {p: count for p, count in views.items() if is_known(count) and count > 0 and p not in owned}
    return tuple(series.spellings.get(p, p) for p in sorted(viewed, key=lambda p: (-viewed[p], p)))


def _key(team: Team | None) -> str:
    return "" if team is None else team.key
