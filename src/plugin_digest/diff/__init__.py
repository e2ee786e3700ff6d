"""From snapshots to digests: what changed and what comes first. Pure: no I/O, no wording."""

from plugin_digest.diff.aliases import (
    aliases_of_stored,
    first_weeks,
    period_under_aliases,
    renamed_in,
    under_aliases,
    without_new_users,
)
from plugin_digest.diff.breaks import find_breaks
from plugin_digest.diff.change import compare, usage_of
from plugin_digest.diff.indicators import indicator_changes
from plugin_digest.diff.owners import moved_plugins, moves_of, orphans_of, renamed_teams
from plugin_digest.diff.periods import FOUR_WEEKS, both_periods, periods_of
from plugin_digest.diff.portal import portal_digest, unknown_teams
from plugin_digest.diff.privacy import PrivacyLimits, suppress
from plugin_digest.diff.series import Series
from plugin_digest.diff.teams import is_empty, is_unusual, team_digest

__all__ = [
    "FOUR_WEEKS",
    "PrivacyLimits",
    "Series",
    "aliases_of_stored",
    "both_periods",
    "compare",
    "find_breaks",
    "first_weeks",
    "indicator_changes",
    "is_empty",
    "is_unusual",
    "moved_plugins",
    "moves_of",
    "orphans_of",
    "period_under_aliases",
    "periods_of",
    "portal_digest",
    "renamed_in",
    "renamed_teams",
    "suppress",
    "team_digest",
    "under_aliases",
    "unknown_teams",
    "usage_of",
    "without_new_users",
]
