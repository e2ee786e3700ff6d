"""From snapshots to digests: what changed and what comes first. Pure: no I/O, no wording."""

from plugin_digest.diff.change import compare, usage_of
from plugin_digest.diff.digest import Series, is_empty, portal_digest, team_digest

__all__ = ["Series", "compare", "is_empty", "portal_digest", "team_digest", "usage_of"]
