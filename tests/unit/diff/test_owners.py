"""Plugins that changed hands, and plugins in nobody's."""

from dataclasses import replace

from factories import W46, snapshot, team
from plugin_digest.diff import Series, moved_plugins, moves_of, orphans_of, renamed_teams
from plugin_digest.model import Move, Ownership


def owners(aliases=None, **teams):
    return Ownership(
        tuple(team(key, plugins=frozenset(plugins)) for key, plugins in teams.items()),
        aliases or {},
        {"jenkins": "Jenkins"},
    )


def test_a_plugin_that_another_team_owns_now_has_moved():
    """From, to, and by the name that people write."""
    moves = moved_plugins(owners(ci=["jenkins"], web=["adr"]), owners(ci=[], web=["adr", "jenkins"]))
    assert moves == (Move("jenkins", "Jenkins", "CI", "WEB", "ci", "web"),)


def test_gaining_and_losing_an_owner_is_a_move_too():
    """One side of it is nobody."""
    moves = moved_plugins(owners(ci=["jenkins"]), owners(ci=["adr"]))
    assert moves == (Move("adr", "adr", "", "CI", "", "ci"), Move("jenkins", "Jenkins", "CI", "", "ci", ""))


def test_a_renamed_plugin_has_not_moved():
    """An id that is an alias now belongs to whom it belonged."""
    assert moved_plugins(owners(ci=["old"]), owners({"old": "new"}, ci=["new"])) == ()


def test_an_alias_that_turned_to_another_id_has_moved_nothing():
    """Nobody lost the id that it was for, unless somebody owns that still."""
    before = owners({"ci-cd": "jenkins"}, ci=["jenkins"])
    assert moved_plugins(before, owners({"ci-cd": "builds"}, ci=["builds"])) == ()
    assert moved_plugins(before, owners(ci=["ci-cd"])) == ()
    kept = moved_plugins(before, owners({"ci-cd": "builds"}, ci=["builds"], web=["jenkins"]))
    assert [(move.plugin, move.from_key, move.to_key) for move in kept] == [
        ("builds", "", "ci"),
        ("jenkins", "ci", "web"),
    ]


def test_a_team_that_was_renamed_has_lost_nothing():
    """Another key under the same name, with the old key gone, is the same team."""
    renamed = Ownership((team("builds", name="CI", plugins=frozenset({"jenkins"})),))
    assert moved_plugins(owners(ci=["jenkins"]), renamed) == ()


def renamed(old, *new):
    return renamed_teams(Ownership((old,)), Ownership(new))


def test_a_team_is_known_again_by_its_name_or_by_readers_and_plugins():
    """If the old key is gone; of several new teams it is the likest."""
    old = team("a", name="Build", recipients=("b@acme.example",), plugins=frozenset({"x", "y", "z"}))
    by_name = team("b", name="BUILD", plugins=frozenset())
    by_readers = team("c", name="C", recipients=(" B@acme.example",), plugins=frozenset({"x"}))
    by_plugins = team("d", name="D", recipients=("c@x.example", "b@acme.example"),
                      plugins=frozenset({"x", "y", "other"}))  # fmt: skip
    for new in (by_name, by_readers, by_plugins):
        assert renamed(old, new) == {"a": new.key}
        assert renamed(old, new, old) == {}
    assert renamed(old, by_plugins, by_readers, by_name) == {"a": "b"}


def test_what_was_handed_to_other_people_has_moved():
    """All plugins of one go to another, which is no new key; nor has a team that only shares the lead."""
    plugins = frozenset({"sonarqube", "lighthouse"})
    sam, jane = team("user.sam", plugins=plugins), team("user.jane", plugins=plugins)
    assert renamed(sam, jane) == {}
    assert len(moved_plugins(Ownership((sam,)), Ownership((jane,)))) == len(plugins)
    lead = ("lead@acme.example",)
    assert renamed(replace(sam, recipients=lead), team("b", recipients=lead)) == {}


def test_a_plugin_that_was_handed_to_a_new_team_has_moved():
    """The only plugin of a team that is gone, with other readers and another name, is no team's new key."""
    old = team("a", plugins=frozenset({"x"}))
    new = team("b", plugins=frozenset({"x"}))
    assert renamed(old, new) == {}
    (move,) = moved_plugins(Ownership((old,)), Ownership((new,)))
    assert (move.from_key, move.to_key) == ("a", "b")


def test_two_teams_of_one_name_are_two_teams():
    """A move between them is one, and both are told."""
    before = Ownership((team("a", name="Platform", plugins=frozenset({"x"})),
                        team("b", name="Platform", plugins=frozenset())))  # fmt: skip
    now = Ownership((team("a", name="Platform", plugins=frozenset()),
                     team("b", name="Platform", plugins=frozenset({"x"}))))  # fmt: skip
    (move,) = moved_plugins(before, now)
    assert (move.from_key, move.to_key) == ("a", "b")
    assert moves_of([move], now.teams[0]) == moves_of([move], now.teams[1]) == (move,)


def test_both_teams_are_told_of_a_move_and_no_other():
    """What is new to everybody has not changed hands, and what another pair of teams did is theirs."""
    now = owners(ci=["x"], web=["y"], docs=["z"])
    moves = (
        Move("x", "x", "WEB", "CI", "web", "ci"),
        Move("y", "y", "", "WEB", "", "web"),
        Move("z", "z", "CI", "", "ci", ""),
    )
    assert moves_of(moves, now.teams[0]) == (moves[0], moves[2])
    assert moves_of(moves, now.teams[1]) == (moves[0],)
    assert moves_of(moves, now.teams[2]) == ()


def test_within_a_combined_digest_nothing_has_moved():
    """Its reader has the plugin before and after."""
    both = team("ci+web", plugins=frozenset({"x", "y"}))
    assert moves_of((Move("x", "x", "WEB", "CI", "web", "ci"),), both) == ()


def test_orphans_are_viewed_and_owned_by_nobody():
    """Most viewed first; what nobody viewed this week needs no owner."""
    series = Series(
        W46,
        {W46: snapshot(plugins={"jenkins": (5, 1), "a": (9, 2), "b": (0, 0), "c": (20, 3)})},
        {},
        {"a": "A"},
    )
    assert orphans_of(series, owners(ci=["jenkins"])) == ("c", "A")
