"""An indicator's way from its place through the store to what a digest says of it."""

from datetime import timedelta

from factories import AS_OF, W46
from plugin_digest.diff.indicators import indicator_changes
from plugin_digest.indicators import read
from plugin_digest.indicators.catalog_counts import AnnotationSource
from plugin_digest.indicators.csv_file import CsvSource
from plugin_digest.model import Indicator, IndicatorValue, Scope, last_weeks
from plugin_digest.ownership.catalog_http import Backend
from unit.indicators.series import DAYS, request
from unit.ownership.catalog.catalog_server import TOKEN, FakeCatalog, component

ADOPTION = Indicator("adoption", "Set up for", "components")


def keep(store, reading):
    store.indicators.take(reading.indicator.name, reading.values, reading.whole, reading.keys)


def test_a_value_that_was_taken_back_is_gone(tmp_path, sqlite_store):
    """Neither told nor compared with; what was read of weeks before the file begins stays."""
    file = tmp_path / "days.csv"
    columns = {"week": "week", "value": "value"}
    source = CsvSource(DAYS, Scope.PORTAL, file, columns)

    def stored(text):
        file.write_text(f"week,value\n{text}", encoding="utf-8")
        keep(sqlite_store, source.read(request()))
        return [value.value for value in sqlite_store.indicators.of(last_weeks(W46, 4))]

    assert stored("2026-W44,3\n2026-W45,99\n2026-W46,5\n") == [3, 99, 5]
    assert stored("2026-W44,3\n2026-W46,5\n") == [3, 5]
    assert stored("2026-W46,6\n") == [3, 6]
    assert stored("") == [3, 6]
    file.unlink()
    (failed,) = read([source], request())
    keep(sqlite_store, failed)
    assert len(sqlite_store.indicators.of(last_weeks(W46, 4))) == 2


def test_a_plugin_that_is_counted_no_more_is_gone(httpserver, sqlite_store):
    """Whoever takes a plugin out of the settings does not meet its last value for weeks."""
    FakeCatalog([component("c", "ci")]).serve(httpserver)
    url = httpserver.url_for("/").rstrip("/")

    def keys(*plugins):
        annotations = dict.fromkeys(plugins, ("a/b",))
        source = AnnotationSource(
            ADOPTION, lambda: Backend(url, TOKEN, name="catalog X", timeout_s=5), annotations
        )
        (reading,) = read([source], request())
        keep(sqlite_store, reading)
        return [(str(value.week), value.key) for value in sqlite_store.indicators.of(last_weeks(W46, 4))]

    before = [
        IndicatorValue("adoption", W46.plus(-1), Scope.PLUGIN, key, 0, 1) for key in ("catalog", "jenkins")
    ]
    sqlite_store.indicators.put(before)
    assert keys("jenkins", "catalog")[2:] == [("2026-W46", "catalog"), ("2026-W46", "jenkins")]
    assert keys("jenkins") == [("2026-W45", "jenkins"), ("2026-W46", "jenkins")]


class Broken:
    """A place whose answer nobody thought of."""

    indicator = DAYS

    def read(self, _request):
        raise OverflowError("date value out of range")


def test_an_indicator_that_breaks_the_program_stops_no_other():
    """It is a reading without values, with a line that names the error and no data."""
    broken, whole = read([Broken(), Broken()], request())
    assert (broken.values, broken.troubles) == ((), ("internal error: OverflowError",))
    assert whole == broken


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
            keep(sqlite_store, reading)
        return said(week)

    assert run(W46, 2) == [(2, 9, None)]
    assert run(W46.plus(1), 5) == [(5, 9, 3)]
    late = request(weeks=last_weeks(W46, 13), as_of=AS_OF + timedelta(weeks=1))
    assert read([source], late)[0].values == ()
    assert said(W46) == [(2, 9, None)]
