"""Plugins that changed hands, and plugins in nobody's."""

from factories import W46, snapshot, team
from plugin_digest.diff import Series, moved_plugins, moves_of, orphans_of
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
    assert moves == (Move("jenkins", "Jenkins", "CI", "WEB"),)


def test_gaining_and_losing_an_owner_is_a_move_too():
    """One side of it is nobody."""
    moves = moved_plugins(owners(ci=["jenkins"]), owners(ci=["adr"]))
    assert moves == (Move("adr", "adr", "", "CI"), Move("jenkins", "Jenkins", "CI", ""))


def test_a_renamed_plugin_has_not_moved():
    """An id that is an alias now belongs to whom it belonged."""
    assert moved_plugins(owners(ci=["old"]), owners({"old": "new"}, ci=["new"])) == ()


def test_a_teams_other_case_is_the_same_team():
    """Keys are compared without case."""
    assert moved_plugins(owners(CI=["jenkins"]), owners(ci=["jenkins"])) == ()


def test_both_teams_are_told_of_a_move_and_no_other():
    """What is new to everybody has not changed hands, and what another pair of teams did is theirs."""
    now = owners(ci=["x"], web=["y"], docs=["z"])
    moves = (Move("x", "x", "WEB", "CI"), Move("y", "y", "", "WEB"), Move("z", "z", "CI", ""))
    assert moves_of(moves, now.teams[0], now) == (moves[0], moves[2])
    assert moves_of(moves, now.teams[1], now) == (moves[0],)
    assert moves_of(moves, now.teams[2], now) == ()


def test_within_a_combined_digest_nothing_has_moved():
    """Its reader has the plugin before and after."""
    now = owners(ci=["x"], web=["y"])
    both = team("ci+web", plugins=frozenset({"x", "y"}))
    assert moves_of((Move("x", "x", "WEB", "CI"),), both, now) == ()


def test_orphans_are_viewed_and_owned_by_nobody():
    """Most viewed first; what nobody viewed this week needs no owner."""
    series = Series(
        W46,
        {W46: snapshot(plugins={"jenkins": (5, 1), "a": (9, 2), "b": (0, 0), "c": (20, 3)})},
        {},
        {"a": "A"},
    )
    assert orphans_of(series, owners(ci=["jenkins"])) == ("c", "A")
