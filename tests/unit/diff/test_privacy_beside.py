"""What stands beside a digest's counts: told only as far as it gives none of the hidden ones away."""

from dataclasses import replace
from fractions import Fraction

import pytest

from factories import W46, snapshot, team
from plugin_digest.diff import Series, portal_digest, team_digest
from plugin_digest.diff.hiding import WITHHELD
from plugin_digest.diff.privacy import PrivacyLimits, suppress
from plugin_digest.model import (
    Absent,
    AgainstPortal,
    Change,
    Judgement,
    Ownership,
    Page,
    Restatement,
    TeamUsage,
    Usage,
    UsualRange,
    Verdict,
    last_weeks,
)

HIDDEN = Absent.HIDDEN
FIVE = PrivacyLimits(pages=5, plugins=5, searches=5)
BOTH = frozenset({"a", "b"})


def series(*weeks):
    """``weeks``, oldest first: the usages of a, of b, and of both, by ``(views, users[, new users])``."""
    stored = {}
    for week, (one, other, together) in zip(last_weeks(W46, len(weeks)), weeks, strict=True):
        found = snapshot(week, {}, teams={"ci": TeamUsage(BOTH, Usage(*together))}, pages={})
        stored[week] = replace(found, plugins={"a": Usage(*one), "b": Usage(*other)})
    return Series(W46, stored, dict.fromkeys("ab", W46.plus(-20)))


def digest_of(*weeks, plugins=BOTH):
    return team_digest(series(*weeks), team(plugins=plugins))


def plugins_of(digest):
    return {plugin.plugin: plugin for plugin in digest.plugins}


def test_views_do_not_tell_the_users():
    """Ten views leave the others three users, of which seven users in all need four more: one stays out."""
    names = frozenset("abc")
    weeks = {}
    for week in last_weeks(W46, 2):
        found = snapshot(week, {"a": (7, 4), "b": (1, 1), "c": (2, 2)}, pages={})
        weeks[week] = replace(found, teams={"ci": TeamUsage(names, Usage(10, 7))})
    private = suppress(team_digest(Series(W46, weeks), team(plugins=names)), FIVE)
    assert (private.views.current, private.users.current) == (10, WITHHELD)
    assert {(p.usage.views, p.usage.users) for p in private.history[-2:]} == {(10, WITHHELD)}


def test_views_do_not_tell_the_users_of_a_page():
    """Of 21 views three are left for two pages, so of twelve users the third would have to have four."""
    pages = {"a": (Page("/a", 12, 5), Page("/d", 6, 4), Page("/c", 2, 2), Page("/b", 1, 1))}
    stored = series(*[((21, 12), (90, 30), (111, 40))] * 2)
    stored = replace(stored, snapshots={w: replace(s, pages=pages) for w, s in stored.snapshots.items()})
    private = suppress(team_digest(stored, team(plugins=BOTH)), PrivacyLimits())
    assert [(p.page.path, p.page.users) for p in private.pages] == [("/a", 5)]


def test_a_plugin_of_few_views_has_no_pages_in_the_list():
    """Two pages would say that it had two views at least."""
    stored = series(*[((4, 2), (90, 30), (94, 31))] * 2)
    pages = {"a": (Page("/x", 3, 1), Page("/y", 1, 1)), "b": (Page("/z", 80, 30),)}
    stored = replace(stored, snapshots={w: replace(s, pages=pages) for w, s in stored.snapshots.items()})
    private = suppress(team_digest(stored, team(plugins=BOTH)), FIVE)
    assert [row.page.path for row in private.pages] == ["/z"]


@pytest.mark.parametrize("views", [(1, 2), (2, 1)])
def test_what_is_most_unusual_does_not_stand_first_by_a_hidden_count(views):
    """Of two that fell to a few views neither is told before the other because it fell further."""
    one, other = views
    digest = digest_of(((60, 20), (60, 20), (120, 30)), ((one, 1), (other, 1), (one + other, 2)))
    fell = {
        name: Judgement(UsualRange(34, 94), Verdict.BELOW, 12, (34 - count) / 30)
        for name, count in zip("ab", views, strict=True)
    }
    plugins = sorted(digest.plugins, key=lambda plugin: -fell[plugin.plugin].surprise)
    plugins = tuple(replace(plugin, views_judgement=fell[plugin.plugin]) for plugin in plugins)
    private = suppress(replace(digest, plugins=plugins), FIVE)
    assert [plugin.plugin for plugin in private.plugins] == ["a", "b"]
    assert all(plugin.is_news for plugin in private.plugins)
    portal = replace(portal_of(((120, 30), (0, 0))), plugins=plugins, movers=plugins)
    assert [plugin.plugin for plugin in suppress(portal, FIVE).movers] == ["a", "b"]


@pytest.mark.parametrize(("before", "told"), [(6, WITHHELD), (7, HIDDEN)])
def test_the_weeks_before_do_not_tell_who_is_new(before, told):
    """Of ten users at most six can have been there before, which leaves four new ones."""
    weeks = [((0, 0), (80, 30), (80, 30))] * 4
    weeks[1] = ((9, before), (80, 30), (89, 33))
    private = suppress(digest_of(*weeks, ((20, 10, 4), (80, 30, 6), (100, 35, 9))), FIVE)
    assert plugins_of(private)["a"].new_users is told


def test_new_users_of_a_team_tell_none_of_a_plugin():
    """Whoever returns to a plugin returns to the team, so the team's would leave few values."""
    week = ((80, 20, 4), (90, 30, 12), (170, 44, 28))
    private = suppress(digest_of(*[week] * 6), FIVE)
    assert (plugins_of(private)["a"].new_users, private.new_users) == (HIDDEN, WITHHELD)


def test_few_new_users_of_a_team_are_not_told_by_those_who_return():
    """Of 20 users 19 return to one plugin: at most one is new to the team."""
    week = ((80, 19, 0), (90, 12, 9), (170, 20, 1))
    private = suppress(digest_of(*[week] * 6), FIVE)
    assert private.new_users is WITHHELD
    alone = suppress(digest_of(*[((80, 19, 2), (90, 12, 9), (170, 20, 1))] * 6, plugins={"a"}), FIVE)
    assert alone.new_users is HIDDEN


def test_a_digest_of_the_month_before_does_not_tell_its_weeks():
    """Their sum was told then; so none of the weeks before both periods is told where one is hidden."""
    weeks = [((40, 12), (30, 9), (70, 20))] * 12
    weeks[1] = ((3, 1), (30, 9), (33, 10))
    month = replace(digest_of(*weeks), weeks=4)
    private = suppress(month, FIVE)
    views = [point.usage.views for point in plugins_of(private)["a"].history]
    assert views == [WITHHELD] * 4 + [40] * 8
    assert [point.usage.views for point in private.history] == [WITHHELD] * 4 + [70] * 8


def test_what_was_mailed_of_the_whole_is_not_repeated():
    """Last week 44 users in all gave four hidden ones away; 42 do not, but "from 44 to 42" would."""
    digest = digest_of(*[((80, 40), (20, 4), (100, 42))] * 2)
    private = suppress(replace(digest, restated=(Restatement("", "users", 44, 42),)), FIVE)
    assert (private.users.previous, private.restated) == (42, ())


def portal_of(*weeks, **changes):
    """``weeks``, oldest first: the portal's views and users, and those of no plugin."""
    stored = {
        week: snapshot(week, {"a": (90, 30)}, portal=Usage(*whole), unattributed=Usage(*stray), **changes)
        for week, (whole, stray) in zip(last_weeks(W46, len(weeks)), weeks, strict=True)
    }
    return portal_digest(Series(W46, stored, {"a": W46.plus(-20)}), Ownership((team(),)), [])


def test_few_views_of_no_plugin_are_hidden_too():
    """They are of as few users; here the sum would tell them, so not even that is said."""
    private = suppress(portal_of(*[((200, 60), (4, 2))] * 2), FIVE)
    assert private.unattributed.current is HIDDEN
    tight = suppress(portal_of(*[((94, 31), (4, 2))] * 2), FIVE)
    assert tight.unattributed.current is WITHHELD


def test_four_weeks_do_not_tell_one_of_them():
    """Eight users in four weeks, of which two had nobody, were four in each of the others."""
    busy, idle = ((90, 4), (0, 0)), ((0, 0), (0, 0))
    digest = portal_of(busy, idle, busy, idle)
    for users, told in ((8, WITHHELD), (7, 7)):
        private = suppress(replace(digest, four_week_users=Change(users, Absent.NO_DATA)), FIVE)
        assert private.four_week_users.current == told


def test_nothing_is_held_against_a_portal_that_is_not_told():
    """Its fall by a part of a known week would say what is left of it."""
    digest = digest_of(*[((80, 40), (60, 20), (140, 50))] * 2)
    beside = AgainstPortal(Fraction(1), Fraction(3, 60), is_news=True)
    digest = replace(digest, plugins=tuple(replace(p, against_portal=beside) for p in digest.plugins))
    told = replace(digest, portal_views=Change(140, 150))
    hidden = replace(digest, portal_views=Change(3, 60))
    assert {p.against_portal for p in suppress(told, FIVE).plugins} == {beside}
    assert {p.against_portal for p in suppress(hidden, FIVE).plugins} == {None}


def test_more_users_than_views_tell_nothing():
    """Where the source counts users by other means, nobody can calculate with both: each is judged alone."""
    private = suppress(digest_of(*[((9, 20), (30, 3), (39, 21))] * 2), FIVE)
    assert (private.views.current, private.users.current) == (39, 21)
    tight = suppress(digest_of(*[((9, 20), (30, 4), (39, 24))] * 2), FIVE)
    assert (tight.views.current, tight.users.current) == (39, WITHHELD)
