"""From snapshots to digests: what changed and what comes first. Pure: no I/O, no wording."""

from plugin_digest.diff.aliases import first_weeks, under_aliases
from plugin_digest.diff.change import compare, usage_of
from plugin_digest.diff.digest import is_empty, is_unusual, portal_digest, team_digest
from plugin_digest.diff.owners import moved_plugins, moves_of, orphans_of
from plugin_digest.diff.periods import both_periods, periods_of
from plugin_digest.diff.series import Series

__all__ = [
    "Series",
    "both_periods",
    "compare",
    "first_weeks",
    "is_empty",
    "is_unusual",
    "moved_plugins",
    "moves_of",
    "orphans_of",
    "periods_of",
    "portal_digest",
    "team_digest",
    "under_aliases",
    "usage_of",
]
