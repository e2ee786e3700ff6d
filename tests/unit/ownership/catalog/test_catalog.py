"""The catalog as a place that knows owners: asked in pages, by key, and checked."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin_digest.errors import OwnershipError
from plugin_digest.model import Cadence, FlawKind
from plugin_digest.ownership import catalog_api
from plugin_digest.ownership.refs import EntityRef, refs_with_key
from unit.ownership.catalog.catalog_server import component, endless, error, group, plugin, send, user


def many(count):
    return [plugin(f"p{number}", "ci") for number in range(count)]


def test_every_page_is_read(catalog, provider):
    """With the fields and the limit on each: a cursor carries neither."""
    catalog.entities = [*many(1_201), group("ci", "ci@acme.example")]
    assert len(provider().read(()).claims) == 1_201
    first, *others = catalog.questions("by-query")
    assert [len(asked["cursor"]) for asked in others] == [1, 1]
    assert all(asked["limit"] == ["500"] and "spec.owner" in asked["fields"][0] for asked in (first, *others))
    assert all("filter" not in asked for asked in others)


def test_a_server_may_give_shorter_pages(catalog, provider):
    """As many as it likes."""
    catalog.entities = [*many(25), group("ci", "ci@acme.example")]
    catalog.most_per_page = 10
    assert len(provider().read(()).claims) == 25


def test_the_order_of_pages_is_asked_for(catalog, provider):
    """Without one, entities are repeated and left out (devtrack#3000)."""
    provider().read(())
    assert catalog.questions("by-query")[0]["orderField"] == ["metadata.name,asc"]


def test_an_entity_on_two_pages_is_one(catalog, provider):
    """The catalog may change between two pages."""
    catalog.entities = [plugin("a", "ci", annotations={"plugin-digest/recipients": "x@acme.example"})]
    item = catalog.related()[0]
    catalog.entities.append(group("ci", "ci@acme.example"))
    catalog.faults = [
        send({"items": [item], "totalItems": 2, "pageInfo": {"nextCursor": "c"}}),
        send({"items": [item], "totalItems": 2, "pageInfo": {}}),
    ]
    assert provider().check()[0].endswith("answers: 1 plugin components, 1 owners, 0 dangling")


def test_a_catalog_that_goes_on_giving_pages_is_not_believed(catalog, provider):
    """Its cursors and its entities are new each time."""
    catalog.faults = [endless([plugin(f"p{page}-{n}", "ci") for n in range(10)]) for page in range(50)]
    with pytest.raises(OwnershipError, match="goes on giving pages, after 110 entities"):
        provider(max_entities=100).read(())


@pytest.mark.parametrize("size", [1, 10])
def test_a_page_without_anything_new_is_not_followed(catalog, provider, size):
    """Whatever its cursor: it would lead round in a circle."""
    catalog.faults = [endless(many(size))] * 3
    with pytest.raises(OwnershipError, match=f"goes on giving pages, after {2 * size} entities"):
        provider().read(())


def test_many_more_entities_than_the_catalog_says_it_has_are_not_believed(catalog, provider):
    """Some may have come while it was read."""
    pages = [[plugin(f"p{page}-{n}", "ci") for n in range(400)] for page in range(9)]
    catalog.faults = [
        send({"items": items, "totalItems": 1_000, "pageInfo": {"nextCursor": str(number)}})
        for number, items in enumerate(pages)
    ]
    with pytest.raises(OwnershipError, match="goes on giving pages, after 1,600 entities"):
        provider().read(())


def test_small_pages_come_to_an_end(catalog, provider, monkeypatch):
    """Also where each brings something new, and the catalog does not say how much there is."""
    monkeypatch.setattr(catalog_api, "MOST_PAGES", 5)
    catalog.faults = [
        send({"items": [plugin(f"p{number}", "ci")], "pageInfo": {"nextCursor": str(number)}})
        for number in range(9)
    ]
    with pytest.raises(OwnershipError, match="goes on giving pages, after 5 entities"):
        provider().read(())


def test_one_reading_has_a_time_limit(catalog, provider):
    """All requests and waits together, however quick each is."""
    catalog.faults = [error(503, "Error", "busy")]
    slow = provider(whole_timeout_s=0.05, sleep=lambda _: time.sleep(0.1))
    with pytest.raises(OwnershipError, match=r"was not read in 0\.05 s altogether"):
        slow.read(())


def test_an_empty_page_that_names_another_is_not_followed(catalog, provider):
    """Backstage never gives one."""
    catalog.faults = [endless([])]
    with pytest.raises(OwnershipError, match="goes on giving pages, after 0 entities"):
        provider().read(())


def test_a_short_read_is_not_taken_for_everything(catalog, provider):
    """Otherwise plugins would lose their owners in silence (PostHog/posthog#72105)."""
    catalog.faults = [send({"items": many(3), "totalItems": 5, "pageInfo": {}})]
    with pytest.raises(OwnershipError, match="gave 3 of 5 entities and no next page"):
        provider().read(())


def test_an_empty_catalog_is_no_error(catalog, provider):
    """Whether that can be is for the guards to say."""
    answer = provider().read(())
    assert (answer.claims, answer.groups, answer.flaws) == ((), (), ())


def test_check_counts_what_there_is(catalog, provider, httpserver):
    """One line; what else is wrong on another."""
    catalog.entities = [
        plugin("a", "ci"),
        plugin("b", "ci"),
        plugin("c", "web"),
        plugin("d", "ghost"),
        plugin("e", "owner-unknown"),
        component("other", "ci", kind="service"),
        group("ci", "ci@acme.example"),
        group("web", "web"),
    ]
    assert provider().check() == [
        f"catalog http://localhost:{httpserver.port} answers: 5 plugin components, 2 owners, 1 dangling",
        "also wrong: 1 placeholder owner, 1 bad address",
    ]


def test_check_tells_what_may_be_wrong_where_nothing_is_found(catalog, provider):
    """A token without rights sees an empty catalog, and no error."""
    assert provider().check()[1] == (
        "no component has the annotation plugin-digest/plugin-id or a type of backstage-frontend-plugin, "
        "backstage-plugin: are there any, and may the token read them?"
    )


def test_the_name_holds_no_credentials(provider):
    """It stands in every message."""
    assert provider(url="https://someone:secret@backstage.acme.example/x/").name == (
        "catalog backstage.acme.example"
    )


def test_the_url_may_end_in_the_apis_own_path(catalog, provider, httpserver):
    """That is what people copy."""
    catalog.entities = [plugin("a", "ci"), group("ci", "ci@acme.example")]
    assert provider(url=httpserver.url_for("/api/catalog/")).read(()).claims


def test_owners_that_other_places_name_are_looked_up_by_key(catalog, provider):
    """Groups and users, of the default namespace and of others, as their own claims would have named them."""
    catalog.entities = [
        group("ci", "ci@acme.example", annotations={"plugin-digest/cadence": "monthly"}),
        group("core", members=["jane"], namespace="ext"),
        group("a.b", "ab@acme.example"),
        user("jane", "jane@acme.example", namespace="ext"),
        user("joe", "joe@acme.example"),
    ]
    keys = ["CI", "ext.core", "a.b", "user.joe", "user.ext.jane"]
    answer = provider().groups(keys)
    assert [(group.key, *(one.address for one in group.recipients)) for group in answer.groups] == [
        ("CI", "ci@acme.example"),
        ("ext.core", "jane@acme.example"),
        ("a.b", "ab@acme.example"),
        ("user.joe", "joe@acme.example"),
        ("user.ext.jane", "jane@acme.example"),
    ]
    assert answer.groups[0].cadence is Cadence.MONTHLY
    assert not any(group.opted_out for group in answer.groups)
    assert (answer.claims, answer.flaws) == ((), ())


def test_an_owner_that_the_catalog_does_not_know_is_told(catalog, provider):
    """And one whose key could be two things is not guessed."""
    catalog.entities = [group("a.b", "x@acme.example"), group("b", "y@acme.example", namespace="a")]
    answer = provider().groups(["ghost", "a.b"])
    assert answer.groups == ()
    assert {flaw.subject: flaw.kind for flaw in answer.flaws} == {
        "ghost": FlawKind.NOT_FOUND,
        "a.b": FlawKind.AMBIGUOUS_PLUGIN,
    }


def test_nobody_is_asked_about_no_owners(catalog, provider):
    """No call at all."""
    assert provider().groups([]).groups == ()
    assert catalog.asked == []


NAMES = st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,20}[a-z0-9])?", fullmatch=True)
NAMESPACES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(kind=st.sampled_from(["group", "user"]), namespace=st.just("default") | NAMESPACES, name=NAMES)
def test_every_groups_and_users_key_leads_back_to_it(kind, namespace, name):
    """Among others with the same key, where there are any."""
    ref = EntityRef(kind, namespace, name)
    found = refs_with_key(ref.key)
    assert ref in found
    assert {one.key for one in found} == {ref.key}
