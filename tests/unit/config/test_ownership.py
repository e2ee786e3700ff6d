"""Several places that know owners, as one."""

import pytest

from factories import team
from plugin_digest import ownership
from plugin_digest.errors import ConfigError
from plugin_digest.model import Ownership
from plugin_digest.ownership import merge


def owners(*teams, aliases=None, spellings=None):
    return Ownership(teams, aliases or {}, spellings or {})


def plugins(*ids):
    return frozenset(ids)


def test_the_first_place_that_names_a_plugin_wins():
    """A plugin has one owner, whoever else claims it."""
    one = owners(team("a", plugins=plugins("x", "y")))
    two = owners(team("b", plugins=plugins("y", "z")))
    assert merge([one, two]).plugins_by_team() == {"a": {"x", "y"}, "b": {"z"}}


def test_a_team_in_two_places_is_one_team():
    """Its name and origin are the first ones, its recipients the first that there are."""
    one = owners(team("a", recipients=(), plugins=plugins("x")), team("b"))
    two = owners(team("a", name="Other", recipients=("o@acme.example",), plugins=plugins("z"), origin="two"))
    merged = merge([one, two]).teams[0]
    assert (merged.name, merged.origin) == ("A", "teams.yaml")
    assert merged.recipients == ("o@acme.example",)
    assert merged.plugins == {"x", "z"}


def test_recipients_are_not_mixed():
    """A place that knows the recipients is asked alone: another list may be out of date."""
    one = owners(team("a", recipients=("one@acme.example",)))
    two = owners(team("a", recipients=("two@acme.example",)))
    assert merge([one, two]).teams[0].recipients == ("one@acme.example",)


def test_aliases_of_several_places_lead_to_the_end():
    """Each file is free of chains, two together need not be; a circle is cut."""
    one = owners(aliases={"a": "b", "x": "y"})
    two = owners(aliases={"b": "c", "a": "other", "y": "x"})
    assert merge([one, two]).aliases == {"a": "c", "b": "c", "x": "y"}


def test_an_alias_applies_to_the_plugins_of_all_places():
    """Two names of one plugin have one owner."""
    one = owners(team("a", plugins=plugins("new")), aliases={"old": "new"})
    two = owners(team("b", plugins=plugins("old")))
    assert merge([one, two]).plugins_by_team() == {"a": {"new"}, "b": set()}


def test_the_first_spelling_stays():
    """How people write it is as the first place writes it."""
    merged = merge([owners(spellings={"x": "X"}), owners(spellings={"x": "x", "y": "Y"})])
    assert merged.spellings == {"x": "X", "y": "Y"}


def test_no_place_at_all_knows_nothing():
    """An empty chain is an empty ownership."""
    assert ownership.load([], {}) == owners()


def test_the_problems_of_all_files_come_at_once(tmp_path, monkeypatch):
    """In the order of the files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.yaml").write_text("teams: {a: {plugins: [x, x]}}\n")
    (tmp_path / "two.yaml").write_text("teams: {a: {plugins: [x]}}\n")
    paths = [tmp_path / name for name in ("one.yaml", "two.yaml", "three.yaml")]
    with pytest.raises(ConfigError) as caught:
        ownership.load(paths, {})
    assert str(caught.value).splitlines() == [
        "one.yaml:1: teams.a.plugins[1]: x stands twice in this team; the first is on line 1",
        "three.yaml: there is no such file",
    ]
