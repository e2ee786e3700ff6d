"""Which plugin a view belongs to: by the id that analytics reports, or by the page's path.

Owns canonical ids after aliases, what counts as unattributed, and the path rules. Knows no source and
does no I/O, so that every source attributes alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from plugin_digest.model import UNATTRIBUTED_IDS, canonical_plugin


@dataclass(frozen=True)
class PathRule:
    """Every page whose path begins with ``prefix`` belongs to ``plugin``."""

    prefix: str
    plugin: str


PluginFrom = Literal["first_path_segment", "dimension"] | Sequence[PathRule]
"""How the value in a report's first column names the plugin."""


def attribute_id(reported: str | None, aliases: Mapping[str, str]) -> str | None:
    """The canonical plugin for an id that analytics reports, None if the view belongs to no plugin.

    An alias comes first, so that a portal whose plugin is really called ``app`` can say so.
    """
    plugin = canonical_plugin(reported or "")
    plugin = aliases.get(plugin, plugin)
    return None if plugin in UNATTRIBUTED_IDS else plugin


def strip_query(address: str) -> str:
    """The path of a page: without query string and fragment."""
    return address.split("?", 1)[0].split("#", 1)[0]


def first_segment(path: str) -> str | None:
    """``docs`` for ``/docs/a/b``, None for the bare ``/``."""
    return next((segment for segment in path.split("/") if segment), None)


def match_rule(path: str, rules: Sequence[PathRule]) -> str | None:
    """The plugin of the rule with the longest prefix of ``path``, None where no rule takes it.

    Compared without case, as the portal's router does. A prefix that ends in ``/`` takes the page
    without that slash too: analytics reports ``/docs`` and ``/docs/`` as two pages.
    """
    folded = path.lower()
    taking = [rule for rule in rules if _takes(rule.prefix.lower(), folded)]
    return max(taking, key=lambda rule: len(rule.prefix)).plugin if taking else None


def _takes(prefix: str, path: str) -> bool:
    return path.startswith(prefix) or f"{path}/" == prefix


def attribute_path(path: str, plugin_from: PluginFrom, aliases: Mapping[str, str]) -> str | None:
    """The plugin that a page without query string belongs to, None if to none."""
    if not isinstance(plugin_from, str):
        return attribute_id(match_rule(path, plugin_from), aliases)
    return attribute_id(path if plugin_from == "dimension" else first_segment(path), aliases)
