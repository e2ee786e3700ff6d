"""What a team says of itself by annotations."""

import pytest

from plugin_digest.model import Cadence, FlawKind
from unit.ownership.catalog.catalog_server import group, plugin, user

EXTRA = "plugin-digest/recipients"
OPT_OUT = "plugin-digest/opt-out"
CADENCE = "plugin-digest/cadence"


def says(**annotations):
    names = {"extra": EXTRA, "opt_out": OPT_OUT, "cadence": CADENCE}
    return {"annotations": {names[key]: value for key, value in annotations.items()}}


@pytest.fixture
def read(catalog, provider):
    """The team ci and the flaws, of these entities."""

    def read(*entities):
        catalog.entities = list(entities)
        answer = provider().read(())
        (team,) = answer.groups
        return team, answer.flaws

    return read


def test_a_team_is_called_what_people_call_it(read, httpserver):
    """Its display name, else its title, else its name, on one line."""
    for names, expected in (
        ({"display_name": "CI\r\nPlatform", "title": "x"}, "CI Platform"),
        ({"display_name": " ", "title": "The CI"}, "The CI"),
        ({}, "CI"),
    ):
        team, _ = read(plugin("a", "ci"), group("CI", "ci@acme.example", **names))
        assert (team.key, team.name) == ("ci", expected)
        assert team.origin == f"group:default/ci in catalog localhost:{httpserver.port}"


@pytest.mark.parametrize(("value", "out"), [("true", True), ("True", True), ("false", False), ("", False)])
def test_a_group_opts_out(read, value, out):
    """Its plugins and readers stay its own, so that neither is taken for lost."""
    team, flaws = read(plugin("a", "ci"), group("ci", "ci@acme.example", **says(opt_out=value)))
    assert [one.address for one in team.recipients] == ["ci@acme.example"]
    assert team.opted_out == (f"annotation {OPT_OUT} of group:default/ci" if out else "")
    assert flaws == ()


def test_a_user_who_owns_a_plugin_opts_out(read):
    """As a group does."""
    team, _ = read(plugin("a", "user:jane"), user("jane", "jane@acme.example", **says(opt_out="true")))
    assert team.opted_out == f"annotation {OPT_OUT} of user:default/jane"


def test_components_opt_their_team_out_where_all_of_them_say_so(read):
    """A team with one plugin need not own the file of its group."""
    out = says(opt_out="true")
    team, flaws = read(plugin("a", "ci", **out), plugin("b", "ci", **out), group("ci", "ci@acme.example"))
    assert team.opted_out == f"annotation {OPT_OUT} of component:default/backstage-plugin-a and 1 more"
    assert flaws == ()


def test_one_component_does_not_speak_for_the_others(read):
    """It is told, as nobody's wish is passed over in silence."""
    team, (flaw,) = read(
        plugin("a", "ci", **says(opt_out="true")), plugin("b", "ci"), group("ci", "ci@acme.example")
    )
    assert team.opted_out == ""
    assert flaw.subject == "component:default/backstage-plugin-a"
    assert flaw.text == (
        f"has the annotation {OPT_OUT}, which does not count, as its owner's other plugins do not say "
        "the same: write it on the owner"
    )


def test_a_groups_own_word_goes_before_its_components(read):
    """Also where it says no."""
    team, flaws = read(
        plugin("a", "ci", **says(opt_out="true")), group("ci", "ci@acme.example", **says(opt_out="false"))
    )
    assert team.opted_out == ""
    assert flaws == ()


@pytest.mark.parametrize("entity", ["group", "component"])
def test_an_opt_out_that_is_neither_true_nor_false_is_told(read, entity):
    """And does not count."""
    odd = says(opt_out="yes please")
    team, flaws = read(
        plugin("a", "ci", **(odd if entity == "component" else {})),
        group("ci", "ci@acme.example", **(odd if entity == "group" else {})),
    )
    assert team.opted_out == ""
    assert [flaw.text for flaw in flaws] == [
        f"has the annotation {OPT_OUT}: 'yes please', which does not count: expected true or false"
    ]


@pytest.mark.parametrize("cadence", Cadence)
def test_a_group_sets_its_cadence(read, cadence):
    """In any case."""
    team, _ = read(plugin("a", "ci"), group("ci", "ci@acme.example", **says(cadence=cadence.upper())))
    assert team.cadence is cadence


def test_an_unknown_cadence_is_told(read):
    """The installation's own counts then."""
    team, (flaw,) = read(plugin("a", "ci"), group("ci", "ci@acme.example", **says(cadence="daily")))
    assert team.cadence is None
    assert flaw.text == (
        f"has the annotation {CADENCE}: 'daily', which does not count: expected weekly, monthly, unusual"
    )


def test_components_add_recipients_where_all_of_them_name_them(read):
    """Who reads of one plugin must not read of the others by accident (getsentry/sentry#73594)."""
    team, (flaw,) = read(
        plugin("a", "ci", **says(extra="both@acme.example, one@acme.example")),
        plugin("b", "ci", **says(extra="Both@acme.example")),
        group("ci", "ci@acme.example"),
    )
    assert {one.address: one.origin for one in team.recipients} == {
        "ci@acme.example": "spec.profile.email of group:default/ci",
        "both@acme.example": f"annotation {EXTRA} of component:default/backstage-plugin-a and 1 more",
    }
    assert (flaw.kind, flaw.subject) == (FlawKind.BAD_ANNOTATION, "component:default/backstage-plugin-a")
    assert EXTRA in flaw.text


def test_only_components_that_give_the_team_a_plugin_are_asked(read):
    """Those of a weaker rule, and those without a plugin, do not speak for it."""
    team, flaws = read(
        plugin("a", "ci", **says(opt_out="true")),
        {**plugin("a", "ci"), "metadata": {"name": "a"}},
        group("ci", "ci@acme.example"),
    )
    assert team.opted_out
    assert flaws == ()
