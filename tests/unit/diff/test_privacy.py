"""Counts of few people: hidden, and not to be worked out of what is left.

The properties are checked by a reader who tries every value that a hidden count could have.
"""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import W46, snapshot, team
from plugin_digest.diff import portal_digest, team_digest
from plugin_digest.diff.disclosure import UNKNOWN, Range, Seen, is_told
from plugin_digest.diff.hiding import WITHHELD
from plugin_digest.diff.privacy import PrivacyLimits, suppress
from plugin_digest.diff.series import Series
from plugin_digest.model import (
    Absent,
    Change,
    Judgement,
    Ownership,
    Page,
    PluginSearch,
    Restatement,
    Search,
    TeamUsage,
    Usage,
    UsualRange,
    Verdict,
    last_weeks,
)

HIDDEN = Absent.HIDDEN
NAMES = ("a", "b", "c", "d")
FIVE = PrivacyLimits(pages=5, plugins=5, searches=5)
OFF = PrivacyLimits(pages=0, plugins=0, searches=0)


def digest_of(weeks, new=None, **changes):
    """A team's digest; ``weeks`` hold, oldest first, each plugin's users: a list of sets, by name."""
    plugins = frozenset(NAMES[: len(weeks[0])])
    snapshots = {}
    for week, sets in zip(last_weeks(W46, len(weeks)), weeks, strict=True):
        figures = {
            name: (views, len(users)) for name, (views, users) in zip(NAMES, sets, strict=False) if views
        }
        together = Usage(sum(views for views, _ in sets), len(set().union(*(users for _, users in sets))))
        snapshots[week] = snapshot(
            week, figures or {"x": (1, 1)}, teams={"ci": TeamUsage(plugins, together)}, **changes
        )
    seen = dict.fromkeys(NAMES, W46.plus(-20))
    return team_digest(Series(W46, snapshots, seen), team(plugins=plugins))


def people(*numbers):
    """``(views, users)`` of plugins with so many users each, none of them in two."""
    start = 0
    sets = []
    for views, users in numbers:
        sets.append((views, set(range(start, start + users))))
        start += users
    return sets


def by_name(digest):
    return {plugin.plugin: plugin for plugin in digest.plugins}


def test_nothing_is_hidden_unless_it_is_asked_for():
    """Plugin totals are told as they are by default; the digest says that nothing is hidden."""
    digest = digest_of([people((3, 1), (40, 12)), people((2, 1), (50, 14))])
    assert suppress(digest, PrivacyLimits()) == digest
    assert suppress(digest, OFF).hidden_below == 0


def test_a_small_count_goes_with_all_that_was_made_of_it():
    """Users, views, differences, ratios, share, new users, history; zero and large counts stay."""
    digest = digest_of([people((30, 9), (40, 12), (9, 0)), people((28, 3), (50, 14), (0, 0))])
    (first,) = (p for p in digest.plugins if p.plugin == "a")
    loud = replace(first, share_of_users=Fraction(3, 100), new_users=2, rank=3)
    digest = replace(digest, plugins=(loud, *(p for p in digest.plugins if p.plugin != "a")))
    private = suppress(digest, FIVE)
    hidden = by_name(private)["a"]
    assert (hidden.users, hidden.share_of_users) == (Change(HIDDEN, 9), None)
    assert (hidden.views.current, hidden.new_users) == (28, HIDDEN)
    assert [p.usage.users for p in hidden.history[-2:]] == [9, HIDDEN]
    assert by_name(private)["b"] == by_name(digest)["b"]
    assert by_name(private)["c"].views.current == 0
    assert (private.users.current, private.hidden_below) == (17, 5)


def test_so_few_views_are_of_so_few_users():
    """Three views are hidden too, also where the source knows no users, and what compares them."""
    digest = digest_of([people((3, 2), (40, 12), (2, 1)), people((40, 12), (50, 14), (3, 1))])
    hidden = by_name(suppress(digest, FIVE))["a"]
    assert hidden.views == Change(40, HIDDEN)
    assert hidden.against_portal is None


@pytest.mark.parametrize(("usual", "stays"), [((9, 20), True), ((2, 20), False)])
def test_a_verdict_stays_where_fewer_than_five_says_it_too(usual, stays):
    """Below a usual range of 9 to 20 is what "fewer than 5" is anyway; below one of 2 to 20 says more."""
    digest = digest_of([people((40, 12)), people((40, 1))])
    verdict = Judgement(UsualRange(*usual), Verdict.BELOW, 9, 1.0)
    plugin = replace(digest.plugins[0], users_judgement=verdict)
    private = suppress(replace(digest, plugins=(plugin,)), FIVE).plugins[0].users_judgement
    assert private.is_news is stays


def test_the_total_is_withheld_where_the_others_leave_one_value():
    """Of two plugins with 40 and a hidden number of views, the sum would tell; of three it does not."""
    two = suppress(digest_of([people((40, 12), (3, 1))] * 2), FIVE)
    assert (two.views.current, two.views.previous, two.views.difference) == (WITHHELD, WITHHELD, None)
    assert {point.usage.views for point in two.history[-2:]} == {WITHHELD}
    assert by_name(two)["a"].views.current == 40
    three = suppress(digest_of([people((40, 12), (3, 1), (2, 1))] * 2), FIVE)
    assert three.views.current == 45


def test_returning_users_are_protected_as_well():
    """Of 20 users 18 new ones would leave two; the team's share of new ones of one plugin is the plugin's."""
    digest = digest_of([people((80, 20), (70, 30))] * 2)
    plugins = tuple(replace(p, new_users=18 if p.plugin == "a" else 9) for p in digest.plugins)
    private = suppress(replace(digest, plugins=plugins, new_users=47), FIVE)
    assert (by_name(private)["a"].new_users, by_name(private)["b"].new_users) == (WITHHELD, 9)
    assert private.new_users is WITHHELD


def test_what_was_mailed_and_restated_does_not_tell():
    """A restated figure of few people is left out, and with it those of the whole, which would tell it."""
    digest = digest_of([people((40, 12), (60, 20))] * 2)
    told = Restatement("a", "users", 10, 12)
    restated = (
        Restatement("", "users", 25, 32),
        Restatement("", "views", 90, 100),
        told,
        Restatement("b", "users", 3, 20),
    )
    private = suppress(replace(digest, restated=restated), FIVE)
    assert private.restated == (told,)


def test_the_place_in_the_list_does_not_tell_either():
    """Of two hidden plugins neither stands first because it has more."""
    orders = [
        [p.plugin for p in suppress(digest_of([people(*views, (90, 30))] * 2), FIVE).plugins]
        for views in (((2, 1), (4, 2)), ((4, 2), (2, 1)))
    ]
    assert orders == [["c", "a", "b"]] * 2


def test_a_month_does_not_tell_its_weeks():
    """Where the weeks add up to the figures above them, none is told if one is hidden."""
    weeks = [people((40, 12), (30, 9))] * 6 + [people((40, 12), (3, 1))] + [people((40, 12), (30, 9))]
    month = replace(digest_of(weeks), weeks=4)
    private = suppress(month, FIVE)
    assert {point.usage.views for point in by_name(private)["b"].history[-4:]} == {WITHHELD}
    assert {point.usage.views for point in private.history[-4:]} == {WITHHELD}
    assert [point.usage.views for point in by_name(private)["b"].history[-8:-4]] == [30] * 4
    assert by_name(private)["a"].history[-1].usage.views == 40


def rows(*pages):
    return tuple(Page(f"/{n}", views, users) for n, (views, users) in enumerate(pages))


def pages_of(private):
    return [(row.page.path, row.page.views, row.page.users) for row in private.pages]


def test_pages_of_few_people_are_hidden_by_default():
    """Their users, and their views where these are few; whether users are known or not."""
    pages = {"a": rows((200, 30), (40, 3), (4, 2), (3, Absent.NOT_AVAILABLE))}
    private = suppress(digest_of([people((300, 60))] * 2, pages=pages), PrivacyLimits())
    assert pages_of(private) == [
        ("/0", 200, 30),
        ("/1", 40, HIDDEN),
        ("/2", HIDDEN, HIDDEN),
        ("/3", HIDDEN, Absent.NOT_AVAILABLE),
    ]
    assert private.hidden_below == 5


def test_pages_are_cut_where_the_plugin_would_tell_the_rest():
    """Of 203 views 200 on one page leave three for the others."""
    pages = {"a": rows((200, 30), (3, 2))}
    assert pages_of(suppress(digest_of([people((203, 32))] * 2, pages=pages), PrivacyLimits())) == []
    pages = {"a": rows((200, 30), (40, 9), (3, 2))}
    assert pages_of(suppress(digest_of([people((243, 39))] * 2, pages=pages), PrivacyLimits())) == [
        ("/0", 200, 30)
    ]


def test_pages_are_cut_where_the_plugins_users_would_tell():
    """30 and at most 4 make 34 only if it is 4."""
    pages = {"a": rows((200, 30), (40, 4))}
    tight = suppress(digest_of([people((300, 34))] * 2, pages=pages), PrivacyLimits())
    loose = suppress(digest_of([people((300, 33))] * 2, pages=pages), PrivacyLimits())
    assert (len(tight.pages), pages_of(loose)[1]) == (1, ("/1", 40, HIDDEN))


def test_a_plugins_limit_holds_for_its_pages():
    """A page that is told would tell the least that its plugin has."""
    pages = {"a": rows((200, 8))}
    private = suppress(
        digest_of([people((300, 9), (90, 30))] * 2, pages=pages), PrivacyLimits(pages=5, plugins=10)
    )
    assert (pages_of(private), private.hidden_below) == ([("/0", 200, HIDDEN)], 10)


def test_searches_of_few_people_are_not_told_at_all():
    """The words may say who it was; where nobody knows how many searched, they are left out too."""
    digest = digest_of([people((300, 60))] * 2)
    found = [Search("deploy", 9), Search("jane's salary", 1), Search("vpn", Absent.NOT_AVAILABLE)]
    digest = replace(digest, searches=tuple(PluginSearch("a", "a", one) for one in found))
    assert [one.search.term for one in suppress(digest, PrivacyLimits()).searches] == ["deploy"]
    assert suppress(digest, OFF).searches == digest.searches


def test_what_the_source_hides_by_a_limit_of_its_own_gets_no_number():
    """Google Analytics holds rows back below a threshold that nobody knows."""
    digest = digest_of([people((300, 60))] * 2, pages={"a": rows((200, HIDDEN), (40, 3))})
    assert suppress(digest, PrivacyLimits()).hidden_below == 0


def test_a_limit_that_hides_nothing_is_refused():
    """ "Fewer than 2" is 1."""
    with pytest.raises(ValueError, match="expected 0 or at least 3"):
        PrivacyLimits(plugins=2)


def test_the_portal_withholds_what_belongs_to_no_plugin_first():
    """All views stay the headline as long as they do not tell; ranks and lists do not tell either."""
    plugins = {"a": (90, 30), "b": (3, 1), "c": (40, 9)}
    weeks = last_weeks(W46, 2)
    stored = Series(W46, {week: snapshot(week, plugins) for week in weeks}, dict.fromkeys("ac", weeks[0]))
    digest = portal_digest(stored, Ownership((team(),)), [])
    private = suppress(digest, FIVE)
    assert (private.views.current, private.unattributed.current) == (140, WITHHELD)
    assert by_name(private)["b"].views.current is HIDDEN
    assert [(p.plugin, p.rank is None) for p in private.plugins] == [
        ("a", False), ("c", False), ("b", True), ("jenkins", False),
    ]  # fmt: skip
    assert {p.plugin for p in private.orphans} == {"a", "b", "c"}
    assert by_name(private)["b"] in private.orphans
    assert digest.views.current == private.history[-1].usage.views
    assert private.hidden_below == 5


def candidates(count, limit):
    return range(1, limit) if count is HIDDEN else [count]


def values(total, parts, limit, fits):
    """Every value that each hidden count could have: the total's first."""
    possible = [set() for _ in (total, *parts)]
    for guess in product(*(candidates(part, limit) for part in parts)):
        whole = [t for t in candidates(total, limit) if t is WITHHELD or fits(t, guess)]
        for n, seen in enumerate(possible):
            seen.update(whole if n == 0 else [guess[n - 1]] if whole else [])
    hidden = [count is HIDDEN for count in (total, *parts)]
    return [seen for seen, is_hidden in zip(possible, hidden, strict=True) if is_hidden]


def adds_up(total, parts):
    return total == sum(parts)


def overlaps(total, parts):
    return max(parts) <= total <= sum(parts)


usage_sets = st.sets(st.integers(0, 9), max_size=9).flatmap(
    lambda users: st.tuples(st.integers(len(users), 3 * len(users)), st.just(users))
)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(usage_sets, min_size=n, max_size=n), min_size=2, max_size=3)
    ),
    st.sampled_from([3, 4, 6]),
)
def test_no_hidden_count_of_a_team_can_be_worked_out(weeks, limit):
    """In every week at least two values are left for each, by the sums of views and the unions of users."""
    private = suppress(digest_of(weeks), PrivacyLimits(plugins=limit))
    for figure, fits in (("views", adds_up), ("users", overlaps)):
        for point in private.history:
            parts = [
                getattr(each.usage, figure)
                for p in private.plugins
                for each in p.history
                if each.week == point.week
            ]
            total = getattr(point.usage, figure)
            if Absent.NO_DATA in (total, *parts):
                continue
            assert all(len(seen) > 1 for seen in values(total, parts, limit, fits))
        change = getattr(private, figure)
        shown = [getattr(point.usage, figure) for point in private.history[-2:]]
        assert [change.previous, change.current] == shown
        for each in (change, *(getattr(p, figure) for p in private.plugins)):
            are_told = isinstance(each.current, int) and isinstance(each.previous, int)
            assert are_told or (each.difference is None and each.ratio is None)
            assert not any(isinstance(c, int) and 0 < c < limit for c in (each.current, each.previous))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=4), st.integers(0, 6), st.sampled_from([3, 5])
)  # fmt: skip
def test_no_hidden_count_of_the_portal_can_be_worked_out(views, stray, limit):
    """Neither from all views, nor from those of no plugin, where users are not known."""
    unknown = Absent.NOT_AVAILABLE
    figures = {name: (count, unknown) for name, count in zip(NAMES, views, strict=False)}
    total = sum(views) + stray
    stored = snapshot(W46, figures, portal=Usage(total, unknown), unattributed=Usage(stray, unknown))
    private = suppress(
        portal_digest(Series(W46, {W46: stored}), Ownership(()), []), PrivacyLimits(plugins=limit)
    )
    parts = [p.views.current for p in private.plugins]
    is_left_out = private.unattributed.current is WITHHELD
    parts += [] if is_left_out else [private.unattributed.current]
    others = range(total + limit if is_left_out else 1)
    for seen in values(private.views.current, parts, limit, lambda t, guess: t - sum(guess) in others):
        assert len(seen) > 1


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=4), st.sampled_from([3, 5]))
def test_no_hidden_page_can_be_worked_out(views, limit):
    """By a reader who knows all pages of the plugin, and its views."""
    ordered = sorted(views, reverse=True)
    pages = {"a": rows(*((count, Absent.NOT_AVAILABLE) for count in ordered))}
    total = sum(views)
    digest = digest_of([people((total, 1))] * 2, pages=pages)
    private = suppress(digest, PrivacyLimits(pages=limit))
    shown = [row.page.views for row in private.pages]
    unlisted = len(views) - len(shown)
    rest = range(unlisted, total + 1) if unlisted else [0]
    for seen in values(total, shown, limit, lambda t, guess: t - sum(guess) in rest):
        assert len(seen) > 1
    if HIDDEN not in shown and shown:
        assert not 0 < total - sum(shown) < limit


def exactly(n):
    return Range(n, n)


FEW = Range(1, 4, is_secret=True)


@pytest.mark.parametrize(
    ("figure", "total", "parts", "expected"),
    [
        ("views", exactly(9), [exactly(6), FEW], True),
        ("views", exactly(9), [Range(1, 9), FEW], False),
        ("views", FEW, [exactly(4), exactly(0)], True),
        ("views", exactly(9), [FEW], False),
        ("users", exactly(9), [exactly(5), FEW], True),
        ("users", exactly(8), [exactly(5), FEW], False),
        ("users", FEW, [exactly(4), Range(0, 3)], True),
        ("users", exactly(9), [UNKNOWN, FEW], False),
    ],
)
def test_a_secret_is_told_where_one_value_is_left(figure, total, parts, expected):
    """By what the others leave of the total; where they cannot make it up, there must be more of them."""
    known = [Seen(**{figure: part}) for part in parts]
    assert is_told(Seen(**{figure: total}), known) is expected
