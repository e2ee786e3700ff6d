"""The ``matomo`` source: a site of a Matomo through its Reporting API.

``api`` is how questions travel, ``answers`` what comes back, ``refusals`` what Matomo says instead; ``pages``
is which plugin a page belongs to and how visitors of plugins are asked for, ``figures`` what follows for a
week; ``source`` puts them in order.
"""

from plugin_digest.sources.matomo.source import MatomoSource

__all__ = ["MatomoSource"]
