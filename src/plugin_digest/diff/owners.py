"""Plugins that changed hands, and plugins in nobody's. Pure."""

from collections.abc import Iterable, Mapping

from plugin_digest.diff.aliases import aliases_of_stored
from plugin_digest.diff.change import usage_of
from plugin_digest.diff.series import Series
from plugin_digest.model import Move, Ownership, Team, canonical_address, is_known

FEWEST_SHARED = 2


def renamed_teams(before: Ownership, now: Ownership) -> dict[str, str]:
    """Old key to new key of every team that is the same one under another key.

    The old key is gone and the new one is new, and both have the same name; or the same readers and a plugin
    in common; or most of several plugins and a reader. Plugins alone do not tell: they may have been handed
    over to a new team, which has left no digest. Nor do readers alone: somebody may lead several teams. Of
    several that fit the likest counts.
    """
    keys_before, keys_now = ({team.key for team in each.teams} for each in (before, now))
    gone = [team for team in before.teams if team.key not in keys_now]
    come = [team for team in now.teams if team.key not in keys_before]
    aliases = _aliases(before, now)
    likeness = {(old.key, new.key): _likeness(old, new, aliases) for old in gone for new in come}
    found: dict[str, str] = {}
    for old_key, new_key in sorted(likeness, key=lambda pair: (likeness[pair], pair), reverse=True):
        if any(likeness[old_key, new_key]) and old_key not in found and new_key not in found.values():
            found[old_key] = new_key
    return found


def _likeness(old: Team, new: Team, aliases: Mapping[str, str]) -> tuple[bool, bool, int]:
    """Same name; same readers, with a plugin; how many plugins are shared if those are most of several."""
    plugins = {aliases.get(plugin, plugin) for plugin in old.plugins}
    shared = len(plugins & new.plugins)
    is_most = shared >= FEWEST_SHARED and 2 * shared > max(len(plugins), len(new.plugins))
    before, now = _readers(old), _readers(new)
    has_reader = bool(before & now) or not (before or now)
    has_name = old.name.casefold() == new.name.casefold()
    return has_name, bool(before and shared) and before == now, shared if is_most and has_reader else 0


def _readers(team: Team) -> frozenset[str]:
    return frozenset(canonical_address(address) for address in team.recipients)


def moved_plugins(before: Ownership, now: Ownership) -> tuple[Move, ...]:
    """Plugins whose owner is another one than before.

    An id that became an alias has not moved, nor has one whose alias has turned to another id, nor what
    belongs to a team that only has another key now.
    """
    renamed = renamed_teams(before, now)
    aliases = _aliases(before, now)
    owners_before = {aliases.get(p, p): team for team in before.teams for p in team.plugins}
    owners_now = {plugin: team for team in now.teams for plugin in team.plugins}
    moves = []
    for plugin in sorted(owners_before | owners_now):
        old, new = owners_before.get(plugin), owners_now.get(plugin)
        old_key = renamed.get(_key(old), _key(old))
        if old_key == _key(new):
            continue
        name = now.spellings.get(plugin, before.spellings.get(plugin, plugin))
        names = old.name if old else "", new.name if new else ""
        moves.append(Move(plugin, name, *names, old_key, _key(new)))
    return tuple(moves)


def _aliases(before: Ownership, now: Ownership) -> dict[str, str]:
    """From ids that plugins had before to those that they have now."""
    return aliases_of_stored(now.aliases, [before.aliases], now.owned_plugins())


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
