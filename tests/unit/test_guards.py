"""Whether an ownership may be acted on, and an address written to."""

import pytest

from factories import team
from plugin_digest.guards import OwnershipLimits, is_allowed, ownership_reasons
from plugin_digest.model import Ownership


def owners(teams, each=1, recipients=None):
    """So many teams with so many plugins each, and together so many recipients (one each if not told)."""
    made = []
    for n in range(teams):
        addresses = (f"t{n}@acme.example",)
        if recipients is not None:
            addresses = tuple(f"r{m}@acme.example" for m in range(recipients) if m % teams == n)
        plugins = frozenset(f"p{n}-{m}" for m in range(each))
        made.append(team(f"t{n}", recipients=addresses, plugins=plugins))
    return Ownership(tuple(made))


def reasons(now, before, **limits):
    return ownership_reasons(now, before, OwnershipLimits(**limits))


def test_the_first_time_there_is_nothing_to_hold_against():
    """An installation's first plan cannot look wrong."""
    assert reasons(owners(3), None) == []


def test_the_same_or_nearly_the_same_passes():
    """People come and go: a quarter fewer is no outage."""
    assert reasons(owners(12), owners(12)) == []
    assert reasons(owners(9), owners(12)) == []
    assert reasons(owners(17), owners(12)) == []


def test_far_fewer_teams_look_like_an_outage():
    """A catalog that answers with half of its groups must not end their digests in silence."""
    assert reasons(owners(6), owners(12)) == [
        "the ownership has 6 teams, 12 the last time",
        "the ownership has 6 plugins, 12 the last time",
        "the ownership has 6 recipients, 12 the last time",
    ]


def test_recipients_that_jump_are_held_alone():
    """A group that suddenly has everybody in it would mail the whole company."""
    assert reasons(owners(6, recipients=60), owners(6, recipients=12)) == [
        "the ownership has 60 recipients, 12 the last time"
    ]


def test_few_may_come_in_a_small_portal():
    """The second and third team of a portal are three times as many, and no accident."""
    assert reasons(owners(3), owners(1)) == []
    assert reasons(owners(4), owners(1), few=3) == []
    assert reasons(owners(4), owners(1))[0] == "the ownership has 4 teams, 1 the last time"


def test_one_may_go_in_a_small_portal():
    """The last one's end is no ordinary one, nor is that of two of four, whatever number may come."""
    assert reasons(owners(1), owners(2)) == []
    assert reasons(owners(2), owners(4), few=9)[0] == "the ownership has 2 teams, 4 the last time"
    assert reasons(owners(4), owners(6)) == []
    assert reasons(Ownership(()), owners(1))[0] == "the ownership has 0 teams, 1 the last time"


def test_limits_are_the_operators():
    """Shares of the last time's number."""
    assert reasons(owners(6), owners(12), fewer_share=0.5) == []
    assert reasons(owners(30), owners(12), more_share=2) == []


def test_a_team_without_plugins_does_not_count():
    """It gets nothing, so its recipients are nobody who would be missed."""
    idle = team("idle", plugins=frozenset(), recipients=tuple(f"i{n}@acme.example" for n in range(50)))
    assert reasons(owners(6), Ownership((*owners(6).teams, idle))) == []


@pytest.mark.parametrize(
    ("address", "domains", "allowed"),
    [
        ("a@acme.example", (), True),
        ("a@acme.example", ("acme.example",), True),
        (" A@ACME.example ", ("acme.example",), True),
        ("a@sub.acme.example", ("acme.example",), False),
        ("a@sub.acme.example", ("*.acme.example",), True),
        ("a@acme.example", ("*.acme.example",), False),
        ("a@notacme.example", ("acme.example", "*.acme.example"), False),
        ("a@evil.example", ("acme.example",), False),
        ("a@bücher.example", ("xn--bcher-kva.example",), True),
        ("a@lager.xn--bcher-kva.example", ("*.bücher.example",), True),
        ('"a@acme.example"@evil.example', ("acme.example",), False),
    ],
)
def test_an_address_is_of_an_allowed_domain_or_not(address, domains, allowed):
    """The part after the last @ counts, whole and without case; no domains allow all."""
    assert is_allowed(address, domains) is allowed
