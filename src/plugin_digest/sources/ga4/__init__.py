"""The ``ga4`` source: a Google Analytics 4 property through its Data API.

``reports`` is the form of question and answer, ``questions`` which are asked, ``api`` how they travel,
``dimension`` how plugins are told apart, ``figures`` and ``snapshots`` what follows for a week or a period;
``source`` puts them in order.
"""

from plugin_digest.sources.ga4.source import Ga4Source

__all__ = ["Ga4Source"]
