"""The ``sql`` source: a table of events, or queries of one's own, in any database with an SQLAlchemy dialect.

The figures are computed inside the engine; of users only counts leave it.
"""

from plugin_digest.sources.database.moments import TimeFormat
from plugin_digest.sources.database.source import Preset, SqlSource

__all__ = ["Preset", "SqlSource", "TimeFormat"]
