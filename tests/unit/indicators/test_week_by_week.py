"""An indicator's way from its place through the store to what a digest says of it."""

from datetime import timedelta

from factories import AS_OF, W46
from plugin_digest.diff.indicators import indicator_changes
from plugin_digest.indicators import read
from plugin_digest.indicators.catalog_counts import AnnotationSource
from plugin_digest.model import Indicator, last_weeks
from plugin_digest.ownership.catalog_http import Backend
from unit.indicators.series import request
from unit.ownership.catalog.catalog_server import TOKEN, FakeCatalog, component

ADOPTION = Indicator("adoption", "Set up for", "components")


def test_a_catalog_that_knows_no_past_gets_one(httpserver, sqlite_store):
    """The change appears from the second week on, and a digest made again says what it said."""
    catalog = FakeCatalog([component(f"c{number}", "ci") for number in range(9)])
    catalog.serve(httpserver)
    url = httpserver.url_for("/").rstrip("/")
    source = AnnotationSource(
        ADOPTION,
        lambda: Backend(url, TOKEN, name="catalog X", timeout_s=5),
        {"jenkins": ("jenkins.io/job-full-name",)},
    )

    def said(week):
        values = sqlite_store.indicators.of(last_weeks(week, 13))
        return [
            (one.value, one.out_of, one.difference) for one in indicator_changes([ADOPTION], values, week)
        ]

    def run(week, annotated):
        for entity in catalog.entities[:annotated]:
            entity["metadata"]["annotations"] = {"jenkins.io/job-full-name": "x"}
        as_of = AS_OF + (week.first_day - W46.first_day)
        for reading in read([source], request(weeks=last_weeks(week, 13), as_of=as_of)):
            sqlite_store.indicators.put(reading.values)
        return said(week)

    assert run(W46, 2) == [(2, 9, None)]
    assert run(W46.plus(1), 5) == [(5, 9, 3)]
    late = request(weeks=last_weeks(W46, 13), as_of=AS_OF + timedelta(weeks=1))
    assert read([source], late)[0].values == ()
    assert said(W46) == [(2, 9, None)]
