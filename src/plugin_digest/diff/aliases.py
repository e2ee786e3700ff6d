"""Snapshots that were read before an alias was known, as if it had been. Pure.

Views of two ids add up. Users do not: where both ids had some, nobody knows how many were the same people.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from plugin_digest.model import Absent, Count, Page, PeriodUsage, Snapshot, TeamUsage, Usage, Week, is_known


def under_aliases(snapshot: Snapshot, aliases: Mapping[str, str]) -> Snapshot:
    """The snapshot with each plugin under the id that is used for it."""
    if not any(plugin in aliases for plugin in snapshot.plugins):
        return snapshot
    return replace(
        snapshot,
        plugins=_plugins(snapshot.plugins, aliases),
        pages=_pages(snapshot.pages, aliases),
        searches={aliases.get(plugin, plugin): found for plugin, found in snapshot.searches.items()},
        teams=_teams(snapshot.teams, _viewed(snapshot.plugins), aliases),
    )


def aliases_of_stored(
    aliases: Mapping[str, str], former: Iterable[Mapping[str, str]], owned: Collection[str]
) -> dict[str, str]:
    """The aliases, and where the targets of former ones are found now, whose figures are stored under them.

    Whoever turns an alias to another id, or ends it, has not moved the plugin; only an id that is owned, or
    in use as another alias, stays what it is.
    """
    taken = {*owned, *aliases, *aliases.values()}
    found = dict(aliases)
    for old in former:
        for id_, target in old.items():
            now = aliases.get(id_, id_)
            if target not in taken and now != target and now in taken:
                found[target] = now
    return found


def without_new_users(snapshot: Snapshot, plugins: Collection[str]) -> Snapshot:
    """The snapshot, knowing nothing of how many users of these plugins are new.

    Who came to a plugin under another id in the weeks before is new only under the id of this week.
    """
    concerned = frozenset(plugins)
    return replace(
        snapshot,
        plugins={
            plugin: _without_new(usage) if plugin in concerned else usage
            for plugin, usage in snapshot.plugins.items()
        },
        teams={
            key: replace(team, usage=_without_new(team.usage)) if concerned & team.plugins else team
            for key, team in snapshot.teams.items()
        },
    )


def renamed_in(snapshots: Iterable[Snapshot], aliases: Mapping[str, str]) -> frozenset[str]:
    """Plugins that are known by another id in any of the snapshots as they were read."""
    return frozenset(aliases[id_] for one in snapshots for id_ in _viewed(one.plugins) if id_ in aliases)


def _without_new(usage: Usage) -> Usage:
    return replace(usage, new_users=Absent.NOT_AVAILABLE)


def period_under_aliases(usage: PeriodUsage, aliases: Mapping[str, str]) -> PeriodUsage:
    """As `under_aliases`, of a reading of several weeks."""
    if not any(plugin in aliases for plugin in usage.plugins):
        return usage
    return replace(
        usage,
        plugins=_plugins(usage.plugins, aliases),
        teams=_teams(usage.teams, _viewed(usage.plugins), aliases),
    )


def _plugins(plugins: Mapping[str, Usage], aliases: Mapping[str, str]) -> dict[str, Usage]:
    found: dict[str, Usage] = {}
    for plugin, usage in plugins.items():
        used = aliases.get(plugin, plugin)
        found[used] = _together(found[used], usage) if used in found else usage
    return found


def _viewed(plugins: Mapping[str, Usage]) -> frozenset[str]:
    return frozenset(plugin for plugin, usage in plugins.items() if usage.views != 0)


def first_weeks(first_seen: Mapping[str, Week], aliases: Mapping[str, str]) -> dict[str, Week]:
    """Each plugin's first week with views, under whatever id that was."""
    weeks: dict[str, Week] = {}
    for plugin, week in first_seen.items():
        used = aliases.get(plugin, plugin)
        weeks[used] = min(week, weeks.get(used, week))
    return weeks


def _together(one: Usage, other: Usage) -> Usage:
    users = _either(one, other, one.users, other.users)
    return Usage(_sum(one.views, other.views), users, _either(one, other, one.new_users, other.new_users))


def _sum(one: Count, other: Count) -> Count:
    if not is_known(one):
        return one
    return one + other if is_known(other) else other


def _either(one: Usage, other: Usage, first: Count, second: Count) -> Count:
    """A count of people that only one of the two ids can have; of both together nobody was asked."""
    if other.views == 0:
        return first
    return second if one.views == 0 else Absent.NO_DATA if is_known(first) or is_known(second) else first


def _pages(pages: Mapping[str, tuple[Page, ...]], aliases: Mapping[str, str]) -> dict[str, tuple[Page, ...]]:
    found: dict[str, tuple[Page, ...]] = {}
    for plugin, some in pages.items():
        used = aliases.get(plugin, plugin)
        found[used] = (*found.get(used, ()), *some)
    return {plugin: tuple(sorted(some, key=_most_viewed)) for plugin, some in found.items()}


def _most_viewed(page: Page) -> tuple[int, str]:
    return (-page.views if is_known(page.views) else 1, page.path)


def _teams(
    teams: Mapping[str, TeamUsage], viewed: Collection[str], aliases: Mapping[str, str]
) -> dict[str, TeamUsage]:
    """Without the figures of sets that an alias has made larger than what was asked for."""
    return {
        key: TeamUsage(used, team.usage)
        for key, team in teams.items()
        for used in (_used(team.plugins, aliases),)
        if {plugin for plugin in viewed if aliases.get(plugin, plugin) in used} <= team.plugins
    }


def _used(plugins: Iterable[str], aliases: Mapping[str, str]) -> frozenset[str]:
    return frozenset(aliases.get(plugin, plugin) for plugin in plugins)
