"""The ``ga4_bigquery`` source: Google Analytics 4's export to BigQuery, counted inside BigQuery.

``statement`` and ``query`` are what is asked, ``warehouse`` how it travels and what it may cost, ``refusals``
what an error means, ``reading`` what the answer says, ``figures`` what follows for a week or a period;
``source`` puts them in order.
"""

from plugin_digest.sources.bigquery.source import BigQuerySource

__all__ = ["BigQuerySource"]
