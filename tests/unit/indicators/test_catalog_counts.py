"""What a Backstage catalog counts, over real HTTP on the loopback."""

from datetime import timedelta

import pytest

from factories import AS_OF, W46
from plugin_digest.errors import OwnershipError
from plugin_digest.indicators import read
from plugin_digest.indicators.catalog_counts import AnnotationSource, PeopleSource
from plugin_digest.model import Indicator, IndicatorValue, Scope
from plugin_digest.ownership.catalog_http import Backend
from unit.indicators.series import found, request
from unit.ownership.catalog.catalog_server import TOKEN, FakeCatalog, component, error, send, user

ADOPTION = Indicator("adoption", "Set up for", "components")
PEOPLE = Indicator("people", "People in the catalog")
JOB, SCAN, LABEL = "jenkins.io/job-full-name", "scan.io/id", "scan.io/label"


@pytest.fixture
def catalog(httpserver):
    fake = FakeCatalog(
        [
            component("a", "ci", annotations={JOB: "x", SCAN: "1", LABEL: "1"}),
            component("b", "ci", annotations={JOB: "y", LABEL: "2"}),
            component("c", "ci"),
            {"kind": "Resource", "metadata": {"name": "d", "annotations": {JOB: "z"}}, "spec": {}},
            user("anna"),
            user("bert"),
        ]
    )
    fake.serve(httpserver)
    return fake


@pytest.fixture
def connect(httpserver, waits):
    def connect(token=TOKEN):
        url = httpserver.url_for("/").rstrip("/")
        return lambda: Backend(url, token, name="catalog X", timeout_s=5, sleep=waits.append)

    return connect


def adoption(connect, annotations, **settings):
    return AnnotationSource(ADOPTION, connect(), annotations, **settings)


def test_each_plugins_annotation_is_counted(catalog, connect):
    """Components that carry it, out of all components; nothing else of them is asked for."""
    reading = adoption(connect, {"Jenkins": (JOB,), "catalog": ("no.io/such",)}).read(request())
    assert reading.values == (
        IndicatorValue("adoption", W46, Scope.PLUGIN, "catalog", 0, 3, AS_OF),
        IndicatorValue("adoption", W46, Scope.PLUGIN, "jenkins", 2, 3, AS_OF),
    )
    assert reading.troubles == ()
    assert {(*asked["limit"], *asked["fields"]) for asked in catalog.questions("/by-query")} == {
        ("1", "kind")
    }


def test_an_entity_with_any_of_several_annotations_counts_once(catalog, connect):
    """Some plugins know more than one, and two ids of one plugin are one plugin."""
    reading = adoption(connect, {"jenkins": (SCAN, LABEL)}).read(request())
    assert found(reading) == [("2026-W46", "jenkins", 2)]
    both = adoption(connect, {"jenkins": (SCAN,), "jenkins-old": (JOB,)}).read(request())
    assert found(both) == [("2026-W46", "jenkins", 2)]


def test_which_entities_could_carry_it_can_be_set(catalog, connect):
    """Any filter of the catalog's API."""
    reading = adoption(connect, {"jenkins": (JOB,)}, among="kind=resource").read(request())
    assert [(value.value, value.out_of) for value in reading.values] == [(1, 1)]


def test_a_plugin_that_nobody_knows_is_told(catalog, connect):
    """The others are counted."""
    reading = adoption(connect, {"jenkis": (JOB,), "catalog": (SCAN,)}).read(request())
    assert found(reading) == [("2026-W46", "catalog", 1)]
    assert reading.troubles == ("annotations: 'jenkis' is no plugin that was ever seen or is owned",)


def known(name, value, out_of=None, *, weeks_ago=1, scope=Scope.PORTAL, key=""):
    return IndicatorValue(name, W46.plus(-weeks_ago), scope, key, value, out_of)


def test_a_catalog_that_lost_its_people_is_not_believed(catalog, connect):
    """Fewer than half of the last time, or none, is a failed import, and no value; what was read stays."""
    people = PeopleSource(PEOPLE, connect())
    assert found(people.read(request(known=[known("people", 4)]))) == [("2026-W46", "", 2)]
    reading = people.read(request(known=[known("people", 3, weeks_ago=2), known("people", 5)]))
    assert (reading.values, reading.whole) == ((), ())
    assert reading.troubles == ("the catalog has 2 people, 5 the last time: not believed, and not counted",)
    catalog.entities.clear()
    assert people.read(request()).troubles == ("the catalog has 0 people: not believed, and not counted",)


def test_a_catalog_that_lost_its_components_is_not_believed(catalog, connect):
    """Its whole says so; a plugin's part of a catalog that is there may go down to 0."""
    source = adoption(connect, {"catalog": ("no.io/such",)})
    lost = known("adoption", 312, 900, scope=Scope.PLUGIN, key="catalog")
    reading = source.read(request(known=[lost]))
    assert (reading.values, reading.whole, reading.keys) == ((), (), None)
    assert reading.troubles == (
        "the catalog has 3 entities of kind=component, 900 the last time: not believed, and not counted",
    )
    assert found(source.read(request(known=[known("adoption", 3, 3, scope=Scope.PLUGIN)])))[0][2] == 0


def test_a_catalog_that_stays_small_is_believed_in_the_end(catalog, connect):
    """When the last value is too old to be shown, what was doubted has come to stay."""
    old = known("people", 900, weeks_ago=5)
    assert found(PeopleSource(PEOPLE, connect()).read(request(known=[old]))) == [("2026-W46", "", 2)]


def test_people_are_the_users_of_the_catalog(catalog, connect):
    """The head count of the portal."""
    reading = PeopleSource(PEOPLE, connect()).read(request())
    assert reading.values == (IndicatorValue("people", W46, Scope.PORTAL, "", 2, None, AS_OF),)


@pytest.mark.parametrize(
    ("later", "is_counted"),
    [(timedelta(days=-3), True), (timedelta(0), True), (timedelta(days=6), True), (timedelta(days=7), False)],
)
def test_a_catalog_is_only_counted_for_the_week_that_just_ended(catalog, connect, later, is_counted):
    """A digest of an older week, made again, does not get today's number."""
    asked = request(as_of=AS_OF + later)
    readings = read([adoption(connect, {"jenkins": (JOB,)}), PeopleSource(PEOPLE, connect())], asked)
    told = () if is_counted else ("not counted for 2026-W46: a catalog only knows how things are now",)
    for reading in readings:
        assert {value.week for value in reading.values} == ({W46} if is_counted else set())
        assert reading.troubles == told
    assert bool(catalog.asked) == is_counted


@pytest.mark.parametrize(
    "answer", [[], {"items": []}, {"totalItems": "2"}, {"totalItems": True}, {"totalItems": -1}]
)
def test_an_answer_of_another_shape_is_no_number(catalog, connect, answer):
    """It is told, and is never zero."""
    catalog.faults = [send(answer)]
    with pytest.raises(OwnershipError, match="catalog X answered without the number totalItems"):
        PeopleSource(PEOPLE, connect()).read(request())


def test_one_catalogs_trouble_is_its_own(catalog, connect):
    """A refusal is a line about that indicator; the others are read."""
    wrong = PeopleSource(PEOPLE, connect("another-token"))
    first, second = read([wrong, adoption(connect, {"jenkins": (JOB,)})], request())
    assert first.values == ()
    assert first.troubles[0].startswith("catalog X answered 401 Unauthorized (AuthenticationError: ")
    assert found(second) == [("2026-W46", "jenkins", 2)]


def test_no_indicator_is_half_counted(catalog, connect):
    """If the catalog fails in the middle, there is no value at all."""
    catalog.faults = [send({"totalItems": 2}), error(403, "NotAllowedError", "no")]
    (reading,) = read([adoption(connect, {"jenkins": (JOB,)})], request())
    assert (reading.values, len(reading.troubles)) == ((), 1)


def test_a_token_that_cannot_be_sent_is_told(connect):
    """It is no reason for the whole run to fail."""
    (reading,) = read([PeopleSource(PEOPLE, connect("two words"))], request())
    assert "the token is none" in reading.troubles[0]
