"""Indicators: weekly series that a company follows beside page views, read from where they are kept.

Each place has a module of its own, which is imported when it is used. Docs: ``docs/indicators.md``.
"""

from plugin_digest.indicators.places import make_source
from plugin_digest.indicators.reading import Reading, Request, Source, read

__all__ = ["Reading", "Request", "Source", "make_source", "read"]
