"""What people searched right before they opened a page of a plugin."""

from datetime import UTC, datetime, timedelta

import pytest

from plugin_digest.model import Search
from unit.sources.bigquery.portal import W46, Event, day_tables, request

NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def search(term, user, after_s=0, at=NOON):
    return Event(at + after_s * SECOND, "search", "search", browser=user, term=term)


def view(user, after_s=60, plugin="jenkins", at=NOON):
    return Event(at + after_s * SECOND, plugin=plugin, browser=user)


@pytest.fixture
def searches(serve, read):
    """Pulls a week of these events, and gives what was searched, by plugin."""

    def pull(*events, **changes):
        [snapshot] = read(serve(day_tables(list(events)))).pull(request(**changes))
        return snapshot.searches

    return pull


def test_a_term_counts_the_people_who_came_with_it(searches):
    """Distinct users, most first; who comes twice with a term is one."""
    events = [
        *(one for user in "abc" for one in (search("k8s", user), view(user), view(user, 90))),
        *(one for user in "de" for one in (search("deploy", user), view(user))),
        *(one for user in "ab" for one in (search("build", user, 600), view(user, 660))),
    ]
    assert searches(*events) == {"jenkins": (Search("k8s", 3), Search("build", 2), Search("deploy", 2))}


def test_a_term_of_one_person_stays_in_bigquery(serve, read):
    """It could tell who it was, and does not even come over the line."""
    server, answers = serve(day_tables([search("my salary", "a"), view("a"), view("b")])), []
    server.meddle = lambda name, answer: answers.append(answer)
    [snapshot] = read(server).pull(request())
    assert snapshot.searches == {}
    assert "salary" not in str(answers)


def test_only_the_last_search_before_a_view_led_there(searches):
    """Typing on, and searching anew, replaces a term; a search after the view does not count."""
    events = [
        one
        for user in "ab"
        for one in (search("ku", user), search("kubernetes", user, 5), view(user), search("late", user, 61))
    ]
    assert searches(*events) == {"jenkins": (Search("kubernetes", 2),)}


@pytest.mark.parametrize(("after_s", "found"), [(0, True), (300, True), (300.000001, False)])
def test_a_search_is_at_most_five_minutes_before(searches, after_s, found):
    """Events of one batch share their moment, so that the same moment counts too."""
    events = [one for user in "ab" for one in (search("k8s", user), view(user, after_s))]
    assert searches(*events) == ({"jenkins": (Search("k8s", 2),)} if found else {})


def test_a_search_before_the_weeks_first_midnight_counts_with_the_view_after_it(searches):
    """The view is the week's; the search before the week is read with it."""
    start = datetime(2026, 11, 8, 23, tzinfo=UTC)
    events = [one for user in "ab" for one in (search("k8s", user, -60, start), view(user, 60, at=start))]
    assert searches(*events) == {"jenkins": (Search("k8s", 2),)}


def test_terms_are_compared_without_case_and_surplus_blanks(searches):
    """Words in any case and spacing are one term; GA4 puts a number into another column."""
    terms = ["  Röda\u00a0\tTråden ", "röda tråden", "RÖDA   TRÅDEN"]
    events = [
        one for user, term in zip("abc", terms, strict=True) for one in (search(term, user), view(user))
    ]
    events += [one for user, term in (("d", 404), ("e", "404")) for one in (search(term, user), view(user))]
    assert searches(*events) == {"jenkins": (Search("röda tråden", 3), Search("404", 2))}


def test_a_long_term_is_cut(searches):
    """80 characters, without a blank at the end."""
    long = f"{'x' * 79} {'y' * 9}"
    events = [one for user in "ab" for one in (search(long, user), view(user))]
    assert searches(*events) == {"jenkins": (Search("x" * 79, 2),)}


@pytest.mark.parametrize("term", [None, "", "  \t"])
def test_a_search_for_nothing_is_none(searches, term):
    """It does not hide the search before it either."""
    events = [one for user in "ab" for one in (search("k8s", user), search(term, user, 5), view(user))]
    assert searches(*events) == {"jenkins": (Search("k8s", 2),)}


def test_people_are_not_mixed(searches):
    """Somebody else's search leads nobody anywhere, and nobody's search nobody known."""
    events = [search("k8s", "a"), view("b"), search("k8s", "b", 400), view("a", 410)]
    nobodys = [one for _ in range(2) for one in (search("secret", None), view(None), view(" "))]
    assert searches(*events, *nobodys) == {}


def test_pages_of_the_search_and_of_no_plugin_have_no_terms(searches):
    """Every search would be found on its own page."""
    events = [
        one
        for user in "ab"
        for one in (search("k8s", user), view(user, 1, "search"), view(user, 2, "root"), view(user, 3, None))
    ]
    assert searches(*events) == {}


def test_aliases_merge_what_was_searched(searches):
    """Two spellings of a plugin share their searchers."""
    events = [
        one
        for user, plugin in (("a", "azureDevOps"), ("b", "azure-devops"))
        for one in (search("pipeline", user), view(user, 5, plugin))
    ]
    assert searches(*events) == {"azure-devops": (Search("pipeline", 2),)}


def test_the_number_of_terms_is_the_requests(searches):
    """The most searched ones of each plugin; none where none are wanted."""
    events = [
        one
        for number, term in enumerate(("one", "two", "three"))
        for user in "abcd"[: 4 - number]
        for one in (search(term, user, 1000 * number), view(user, 1000 * number + 1))
    ]
    assert searches(*events, searches_per_plugin=2) == {"jenkins": (Search("one", 4), Search("two", 3))}
    assert searches(*events, searches_per_plugin=0) == {}


def test_searches_of_other_weeks_are_not_told(searches):
    """The weeks before are read for new users alone."""
    week_ago = NOON - timedelta(days=7)
    events = [one for user in "ab" for one in (search("k8s", user, 0, week_ago), view(user, 60, at=week_ago))]
    assert searches(*events, view("a", at=NOON)) == {}
    assert W46.first_day > week_ago.date()
