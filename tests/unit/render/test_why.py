"""How a mail names the places where ownership and addresses come from."""

import pytest

from factories import team
from plugin_digest.render.words.language import load_language
from plugin_digest.render.words.why import why

GROUP = "group:default/" + "-".join(["infrastructure"] * 4)
TEAM = "group:default/" + "-".join(["experience"] * 5)
WAYS = {
    f"spec.profile.email of {GROUP}, ancestor of {TEAM}": f"spec.profile.email of … ancestor of {TEAM}",
    f"member user:default/jane of {GROUP}, parent group of {TEAM}": (
        f"member user:default/jane of … parent group of {TEAM}"
    ),
    f"annotation of {GROUP} {GROUP} {TEAM}": f"annotation … {TEAM}",
    f"{GROUP}{GROUP} is {TEAM}": TEAM,
    "spec.profile.email of group:default/ci": "spec.profile.email of group:default/ci",
}


@pytest.mark.parametrize("origin", WAYS)
def test_a_long_origin_loses_whole_words_from_its_middle(origin):
    """What stands last is the reader's own group, and no sentence ends in an ellipsis."""
    said = why([(team("ci", plugins=frozenset()), ())], origin, load_language("en"))
    assert said == f"Your address comes from {WAYS[origin]}."


def test_one_word_that_is_too_long_is_cut_in_its_middle():
    """Its end tells more than its beginning."""
    said = why([(team("ci"), ("a",))], "x" * 200 + "/catalog-info.yaml", load_language("en"))
    assert "xx…xx" in said
    assert said.endswith("xx/catalog-info.yaml.")
    assert len(said) < 250


def test_a_long_place_of_an_owner_is_shortened_too():
    """As an address's is."""
    one = team("ci", origin=f"component:default/jenkins of {GROUP}, parent group of {TEAM}")
    said = why([(one, ("jenkins",))], "", load_language("en"))
    assert said.endswith(f"; that is set in component:default/jenkins of … group of {TEAM}.")
