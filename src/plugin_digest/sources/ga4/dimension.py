"""How a GA4 property tells plugins apart: by a dimension that holds plugin ids, or by the page's path.

Owns what a dimension's value means, how a set of plugins is written as a filter, and which dimension is
taken when none is set. Asks nothing itself.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from plugin_digest.errors import Rejected
from plugin_digest.sources.attribution import (
    PathRule,
    PluginFrom,
    attribute_id,
    attribute_path,
    first_segment,
    strip_query,
)
from plugin_digest.sources.ga4.reports import (
    Answer,
    Filter,
    all_of,
    any_of,
    in_list,
    is_empty,
    matches,
    none_of,
)

CUSTOM = "customEvent:c_pluginId"
GROUP = "contentGroup"
PATH = "pagePath"

_BLANK = frozenset({"", "(not set)"})
_PLUGIN_ID = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,79}")


class PluginDimension(Protocol):
    """A dimension of the property, and the way from its values to plugins and back to filters.

    A *unit* is the least that a filter can pick out: a spelling of an id, the beginning of a path, or all
    that rules give to one plugin. One plugin may have several units.
    """

    @property
    def name(self) -> str: ...
    @property
    def has_users_per_row(self) -> bool:
        """Whether a row is a unit, so that its users are the unit's."""
        ...

    @property
    def page_dimensions(self) -> tuple[str, ...]:
        """What to ask for so that each row is a page of a plugin; the page's path comes last."""
        ...

    def plugin(self, value: str) -> str | None: ...
    def unit(self, value: str) -> str: ...
    def only(self, units: Iterable[str]) -> Filter:
        """The filter that takes exactly the events of these units."""
        ...


@dataclass(frozen=True)
class IdDimension:
    """Its values are plugin ids, in whatever spelling."""

    name: str
    aliases: Mapping[str, str]
    has_users_per_row: bool = True

    @property
    def page_dimensions(self) -> tuple[str, ...]:
        return (self.name, PATH)

    def plugin(self, value: str) -> str | None:
        return attribute_id(value, self.aliases)

    def unit(self, value: str) -> str:
        return value

    def only(self, units: Iterable[str]) -> Filter:
        spelt = sorted(set(units))
        named = [unit for unit in spelt if unit not in _BLANK]
        blank = [is_empty(self.name)] if len(named) < len(spelt) else []
        return any_of([*([in_list(self.name, named)] if named else []), *blank])


@dataclass(frozen=True)
class SegmentDimension:
    """Its values are paths whose first segment is the plugin id; ``/docs`` is the unit of ``/docs/a``."""

    name: str
    aliases: Mapping[str, str]
    has_users_per_row: bool = False

    @property
    def page_dimensions(self) -> tuple[str, ...]:
        return (self.name,)

    def plugin(self, value: str) -> str | None:
        return attribute_path(strip_query(value), "first_path_segment", self.aliases)

    def unit(self, value: str) -> str:
        path = strip_query(value)
        segment = first_segment(path) or ""
        return path[: path.index(segment) + len(segment)]

    def only(self, units: Iterable[str]) -> Filter:
        return any_of([filter_ for unit in sorted(set(units)) for filter_ in self._beneath(unit)])

    def _beneath(self, unit: str) -> list[Filter]:
        return [
            *_exactly(self.name, unit, with_case=True),
            matches(self.name, "BEGINS_WITH", f"{unit}/"),
        ]


@dataclass(frozen=True)
class RuleDimension:
    """Its values are paths that rules map to plugins; a plugin is one unit, whatever its paths."""

    name: str
    rules: tuple[PathRule, ...]
    aliases: Mapping[str, str]
    has_users_per_row: bool = False

    @property
    def page_dimensions(self) -> tuple[str, ...]:
        return (self.name,)

    def plugin(self, value: str) -> str | None:
        return attribute_path(strip_query(value), self.rules, self.aliases)

    def unit(self, value: str) -> str:
        return self.plugin(value) or ""

    def only(self, units: Iterable[str]) -> Filter:
        """Each rule of these plugins, without what a longer rule takes away for another plugin."""
        wanted = set(units)
        effective = {rule.prefix.lower(): rule for rule in reversed(self.rules)}  # the first of equals wins
        ours = {prefix for prefix, rule in effective.items() if self._owner(rule) in wanted}
        return any_of([self._beneath(prefix, effective.keys() - ours) for prefix in sorted(ours)])

    def _owner(self, rule: PathRule) -> str:
        return attribute_id(rule.plugin, self.aliases) or ""

    def _beneath(self, prefix: str, others: Iterable[str]) -> Filter:
        longer = sorted(other for other in others if other != prefix and other.startswith(prefix))
        taken = any_of(self._takes(prefix))
        if not longer:
            return taken
        return all_of([taken, none_of([filter_ for other in longer for filter_ in self._takes(other)])])

    def _takes(self, prefix: str) -> list[Filter]:
        beginning = matches(self.name, "BEGINS_WITH", prefix, with_case=False)
        if not prefix.endswith("/") or prefix == "/":
            return [beginning]
        return [beginning, *_exactly(self.name, prefix.removesuffix("/"), with_case=False)]


def _exactly(name: str, path: str, *, with_case: bool) -> list[Filter]:
    """This path; in a dimension other than the page's path also with a query or a fragment behind it."""
    more = [] if name == PATH else ["?", "#"]
    return [
        matches(name, "EXACT", path, with_case=with_case),
        *(matches(name, "BEGINS_WITH", f"{path}{mark}", with_case=with_case) for mark in more),
    ]


def make_dimension(name: str, plugin_from: PluginFrom, aliases: Mapping[str, str]) -> PluginDimension:
    """The dimension ``name``, its values read as ``plugin_from`` says.

    Raises:
        Rejected: the values would be paths, and nothing says how they name plugins.
    """
    if plugin_from == "dimension":
        if name == PATH:
            raise Rejected(
                "source.dimension is pagePath: say with source.plugin_from how a path names its plugin"
            )
        return IdDimension(name, aliases)
    if isinstance(plugin_from, str):
        return SegmentDimension(name, aliases)
    return RuleDimension(name, tuple(plugin_from), aliases)


@dataclass(frozen=True)
class Finding:
    """What a dimension holds: views by value, the most viewed first; all of them or only those."""

    dimension: str
    views: Mapping[str, int]
    is_all: bool = True

    @classmethod
    def of(cls, dimension: str, answer: Answer) -> "Finding":
        views = {row.values[0]: row.counts[0] for row in answer.rows}
        return cls(dimension, views, answer.is_whole)

    def by_plugin(self, dimension: PluginDimension) -> dict[str, int]:
        """Views of each plugin, the most viewed first."""
        plugins: dict[str, int] = {}
        for value, views in self.views.items():
            if plugin := dimension.plugin(value):
                plugins[plugin] = plugins.get(plugin, 0) + views
        return dict(sorted(plugins.items(), key=lambda item: (-item[1], item[0])))

    @property
    def filled(self) -> dict[str, int]:
        """The values that name something."""
        return {value: views for value, views in self.views.items() if attribute_id(value, {})}

    @property
    def holds_ids(self) -> bool:
        """Whether most of what it names looks like plugin ids, and not like titles or route refs."""
        filled = self.filled
        alike = sum(views for value, views in filled.items() if _PLUGIN_ID.fullmatch(value.strip()))
        return bool(filled) and alike * 2 > sum(filled.values())


def choose(findings: Sequence[Finding], plugin_from: PluginFrom) -> str:
    """The API name of the dimension to take: of those that hold plugin ids the one that names more views.

    The page's path where none does and ``plugin_from`` says how to read it.

    Raises:
        Rejected: there is no way to tell the plugins apart; says what to change.
    """
    named = {
        finding.dimension: sum(finding.filled.values())
        for finding in findings
        if finding.filled and (finding.dimension == CUSTOM or finding.holds_ids)
    }
    if named:
        return max(named, key=lambda name: (named[name], name == CUSTOM))
    if plugin_from != "dimension":
        return PATH
    raise Rejected(f"no plugin id in this property: {'; '.join(map(_emptiness, findings))}. {SEND_IDS}")


SEND_IDS = (
    "In the portal's app-config set app.analytics.ga4.contentGrouping: pluginId (shows after about 24 hours, "
    "nothing to register), or map page paths to plugins with source.plugin_from"
)


def _emptiness(finding: Finding) -> str:
    some = ", ".join(map(repr, list(finding.filled or finding.views)[:3]))
    return f"{finding.dimension} holds {some or 'nothing'}"
