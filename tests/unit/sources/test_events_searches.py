"""What people searched right before they opened a page of a plugin, as the events source tells it."""

from datetime import timedelta

import pytest

from plugin_digest.model import Search
from plugin_digest.sources.events import EventsSource
from plugin_digest.sources.searches import normalise_term
from unit.sources.event_exports import MONDAY, W46, ask, body, stamp, write

PEOPLE = ("user:default/ann", "user:default/bo")


def at(seconds):
    return MONDAY + timedelta(seconds=seconds)


def search(seconds=0, term="kafka", **changes):
    return lambda user: body(
        at(seconds), **{"plugin": "search", "path": term, "action": "search", "user": user, **changes}
    )


def view(seconds=60, plugin="techdocs", **changes):
    return lambda user: body(at(seconds), **{"plugin": plugin, "path": "/x", "user": user, **changes})


def pull(directory, events, request=None, **given):
    write(directory / "events.ndjson", events)
    [snapshot] = EventsSource(f"{directory}/*.ndjson", **given).pull(request or ask())
    return snapshot


def searches(directory, *steps, people=PEOPLE, **given):
    """What comes out when each of the people does these steps."""
    return pull(directory, [step(user) for user in people for step in steps], **given).searches


KAFKA = {"techdocs": (Search("kafka", 2),)}
HOME = {"home": (Search("kafka", 2),)}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param([search(), view()], KAFKA, id="a view after a search"),
        pytest.param([search(), view(300)], KAFKA, id="five minutes later"),
        pytest.param([search(), view(300.001)], {}, id="more than five minutes later"),
        pytest.param([search(), view(0)], KAFKA, id="at the same moment"),
        pytest.param([view(), search(61)], {}, id="before the search"),
        pytest.param([search(), view(10, "home"), view(20)], HOME, id="after another view"),
        pytest.param([search(), view(10, "root"), view(20)], {}, id="after a view of no plugin"),
        pytest.param([search(), view(10, " Search"), view(20)], KAFKA, id="after a page of the search"),
        pytest.param([search(), view(10, "search")], {}, id="of the search itself"),
        pytest.param([search(0, "old"), search(5), view()], KAFKA, id="after the last of two searches"),
        pytest.param([search(), search(5, " "), view()], {}, id="after a search for nothing"),
        pytest.param([search(), search(5, None), view()], {}, id="after a search for null"),
        pytest.param([search(), view(action="click")], {}, id="a click"),
        pytest.param([search(), view(30, action="click"), view()], KAFKA, id="after a click"),
        pytest.param([search(), view(session="s2")], {}, id="in another session"),
        pytest.param([search(session=None), view(session=None)], KAFKA, id="without sessions"),
        pytest.param([search(), view(), view(70, path="/y")], KAFKA, id="the view after that does not count"),
        pytest.param([search(term="/search?query=kafka"), view()], {}, id="a path is no term"),
    ],
)  # fmt: skip
def test_a_search_counts_for_the_view_that_follows_on_it(tmp_path, steps, expected):
    """Of the same user and session, within five minutes, with no other view but the search's between."""
    assert searches(tmp_path, *steps) == expected


def test_a_term_that_one_person_searched_is_not_kept(tmp_path):
    """However often: what one person searched tells of that person."""
    steps = [search(), view(), search(100), view(160), search(200), view(260)]
    assert searches(tmp_path, *steps, people=PEOPLE[:1]) == {}


def test_users_are_counted_and_neither_searches_nor_repeats(tmp_path):
    """Two people who searched three times, with events that came twice, are two."""
    steps = [search(), view(), search(100), view(160), search(), view()]
    assert searches(tmp_path, *steps) == KAFKA


@pytest.mark.parametrize("user", [None, ""])
def test_without_users_no_searches_are_known(tmp_path, user):
    """Nobody's searches are not two people's."""
    assert searches(tmp_path, search(), view(), people=[user, user]) == {}


def test_excluded_users_search_nothing(tmp_path):
    """A robot that tests the search is no reader."""
    robots = ["user:default/svc-a", "user:default/svc-b"]
    assert searches(tmp_path, search(), view(), people=robots, exclude_users=["*/SVC-*"]) == {}


def test_terms_and_plugins_are_compared_in_one_form(tmp_path):
    """Case, blanks and aliases make no other term and no other plugin."""
    ann = [search(term="  Kafka\tRetention"), view(plugin="azureDevOps")]
    bo = [search(term="kafka   retention "), view(plugin="Azure-DevOps")]
    events = [step(user) for user, steps in zip(PEOPLE, (ann, bo), strict=True) for step in steps]

    snapshot = pull(tmp_path, events, ask(aliases={"azuredevops": "azure-devops"}))

    assert snapshot.searches == {"azure-devops": (Search("kafka retention", 2),)}


def test_the_search_under_another_id_is_the_search_through_an_alias(tmp_path):
    """A portal whose search is a plugin of its own can say so."""
    steps = [search(), view(10, "my-search"), view(20)]
    assert searches(tmp_path, *steps, request=ask(aliases={"my-search": "search"})) == KAFKA


def test_most_searched_terms_come_first_and_the_rest_is_left_out(tmp_path):
    """By users, and in the order of the alphabet among equals."""
    terms = {"b": 2, "a": 2, "often": 4, "seldom": 1, "c": 2}
    events = [
        step(f"u{n}")
        for number, (term, people) in enumerate(terms.items())
        for n in range(people)
        for step in (search(number * 100, term), view(number * 100 + 50))
    ]

    snapshot = pull(tmp_path, events, ask(searches_per_plugin=3))

    assert snapshot.searches == {"techdocs": (Search("often", 4), Search("a", 2), Search("b", 2))}
    assert pull(tmp_path, events, ask(searches_per_plugin=0)).searches == {}


def test_a_search_of_the_week_before_leads_to_no_view_of_this_one(tmp_path):
    """However weeks are pulled together, a week's searches are its own."""
    midnight = -11 * 3600  # of Monday, from ten o'clock in UTC
    steps = [search(midnight - 30), view(midnight + 30), search(0, "mine"), view()]
    people = [step(user) for user in PEOPLE for step in steps]
    write(tmp_path / "events.ndjson", people)

    source = EventsSource(f"{tmp_path}/*")

    [alone] = source.pull(ask())
    [_, together] = source.pull(ask(W46.plus(-1), W46))
    assert alone.searches == together.searches == {"techdocs": (Search("mine", 2),)}


def test_flat_tables_know_searches_too(tmp_path):
    """The path's column holds the term of a search."""
    rows = [
        f"{stamp(at(seconds))},{user},{action},techdocs,{subject}"
        for user in PEOPLE
        for seconds, action, subject in ((0, "search", '"kafka, again"'), (9, "navigate", "/docs"))
    ]
    (tmp_path / "t.csv").write_text("\n".join(["time,user,action,plugin,subject", *rows]))

    [snapshot] = EventsSource(f"{tmp_path}/*").pull(ask())

    assert snapshot.searches == {"techdocs": (Search("kafka, again", 2),)}


def test_terms_that_look_like_sql_are_terms(tmp_path):
    """Quotes and braces come out as they went in."""
    term = '\'); drop table "x"; {0} %s'
    assert searches(tmp_path, search(term=term), view()) == {"techdocs": (Search(term, 2),)}


@pytest.mark.parametrize(
    ("term", "normal"),
    [
        ("  GDPR \n rules ", "gdpr rules"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("a\x00b\u200bc", "a b c"),
        ("x" * 100, "x" * 80),
        ("y" * 79 + " z", "y" * 79),
        ("/docs/a", ""),
        ("\t", ""),
    ],
)
def test_a_term_has_one_form(term, normal):
    """Without case and surplus blanks, printable and no longer than eighty characters."""
    assert normalise_term(term) == normal
