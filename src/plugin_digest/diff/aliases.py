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
    """A count of people that only one of the two ids can have."""
    if other.views == 0:
        return first
    return second if one.views == 0 else Absent.NOT_AVAILABLE


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
