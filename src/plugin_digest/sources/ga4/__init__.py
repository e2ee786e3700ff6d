"""The ``ga4`` source: a Google Analytics 4 property through its Data API.

``reports`` is what is asked and answered, ``api`` how it travels, ``dimension`` how plugins are told apart,
``figures`` what follows for a week; ``source`` puts them in order.
"""

from plugin_digest.sources.ga4.source import Ga4Source

__all__ = ["Ga4Source"]
