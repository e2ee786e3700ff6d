"""Broken series in letters: the twin's name, and a portal's users that are perhaps told apart otherwise."""

from dataclasses import replace

import pytest

from factories import W46
from plugin_digest.diff import compare
from plugin_digest.model import Break, BreakKind, Point, Status, Usage, last_weeks
from plugin_digest.render.words.breaks import broken
from unit.render.values import WRITER, judged, plain, plugin, portal, portal_digest, subject

PHRASE = "may come from how people are told apart"


def jumped(now, before, kind=BreakKind.USERS_JUMPED, age=0):
    """A plugin whose users broke so many weeks ago, and have been the same since."""
    week = W46.plus(-age)
    history = tuple(
        Point(each, Usage(300, before if each < week else now), Status.FINAL) for each in last_weeks(W46)
    )
    return plugin(
        "Tracked", (300, 300), (now, now if age else before), None, None,
        history=history, series_break=Break("tracked", kind, week),
    )  # fmt: skip


def digest(users, *plugins, usual=(262, 356), **changes):
    values = {
        "users": compare(*users),
        "users_judgement": judged(users[0], usual),
        "four_week_users": compare(520, 320),
        **changes,
    }
    return portal_digest(plugin("Argo CD"), *plugins, **values)


def about(shown, label):
    return plain(next(figure.about for figure in shown.figures if figure.label == label))


def test_the_twin_is_written_as_people_write_it():
    """In every letter, though it may be another team's plugin."""
    found = Break("old-id", BreakKind.ID_CHANGED, W46, "oldid-new", twin_name="oldId-new")
    assert broken(found, "old-id", {}, WRITER).endswith("counted under oldId-new.")
    assert broken(replace(found, twin_name=""), "old-id", {}, WRITER).endswith("counted under oldid-new.")


@pytest.mark.parametrize("age", [0, 1, 3])
def test_users_that_may_only_be_told_apart_otherwise_are_no_headline(age):
    """200 identities instead of 68 users, at steady views, explain 149 users more than usual."""
    shown = portal(digest((505, 310), jumped(200, 68, age=age)))
    assert subject(shown) == "An ordinary week · Backstage week 46"
    assert shown.summary == "An ordinary week for the portal."
    assert [about(shown, label) for label in ("Users", "Users in 28 days")] == [PHRASE, PHRASE]
    assert not any(figure.is_news for figure in shown.figures)


def test_users_that_were_lost_explain_fewer_users():
    shown = portal(digest((210, 310), jumped(0, 80, BreakKind.USERS_LOST), four_week_users=compare(300, 301)))
    assert subject(shown) == "An ordinary week · Backstage week 46"
    assert (about(shown, "Users"), about(shown, "Users in 28 days")) == (PHRASE, "")


@pytest.mark.parametrize(
    "broke",
    [
        jumped(60, 20),
        jumped(68, 200),
        jumped(200, 68, age=4),
        plugin("Moved", series_break=Break("moved", BreakKind.MOVED, W46, "catalog")),
    ],
    ids=["too small", "the other way", "long ago", "views only"],
)
def test_users_that_no_break_explains_are_the_headline(broke):
    shown = portal(digest((505, 310), broke))
    assert subject(shown).startswith("63 % more users")
    assert plain(shown.summary) == "63 % more users than the week before."
    assert about(shown, "Users") == ""


def test_unusual_views_are_told_all_the_same():
    shown = portal(
        digest(
            (505, 310), jumped(200, 68), views=compare(4000, 2700), views_judgement=judged(4000, (2100, 3100))
        )
    )
    assert subject(shown).startswith("48 % more views")
    assert about(shown, "Users") == PHRASE


def test_usual_users_are_not_put_in_doubt():
    """Nor is an ordinary change of the 28 days."""
    shown = portal(digest((320, 310), jumped(200, 68), four_week_users=compare(325, 320)))
    assert (about(shown, "Users"), about(shown, "Users in 28 days")) == ("", "")
