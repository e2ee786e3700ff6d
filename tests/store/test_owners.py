"""Who owned what in each week, and who wants no mail."""

from datetime import timedelta

from factories import AS_OF, W46, team
from plugin_digest.model import Cadence, Flaw, FlawKind, OptOut, Ownership, Recipient

OWNERSHIP = Ownership(
    (
        team(
            "ci",
            plugins=frozenset({"jenkins", "github-actions"}),
            plugin_origins={"jenkins": "component:default/jenkins"},
            recipient_origins={"ci@acme.example": "spec.profile.email of group:default/ci"},
            cadence=Cadence.MONTHLY,
            left_out=(Recipient("jane@acme.example", "member user:default/jane", "opted out: annotation"),),
        ),
        team("übung", recipients=(), plugins=frozenset(), opted_out="annotation of group:default/übung"),
    ),
    {"azuredevops": "azure-devops"},
    {"azure-devops": "azure-devops"},
    (
        Flaw(
            FlawKind.DANGLING_OWNER,
            "acr",
            "is owned by group:default/ghosts, which does not exist",
            "catalog",
        ),
    ),
)


def test_ownership_comes_back_as_it_was_kept(store):
    """Teams with every origin, aliases, spellings and flaws."""
    store.ownerships.keep(W46, OWNERSHIP, AS_OF)
    assert store.ownerships.of(W46) == OWNERSHIP == store.ownerships.newest()


def test_the_last_ownership_of_a_week_counts(store):
    """A week planned again with other owners has the newer ones; the same ones are stored once."""
    store.ownerships.keep(W46, OWNERSHIP, AS_OF)
    store.ownerships.keep(W46, OWNERSHIP, AS_OF + timedelta(hours=1))
    changed = Ownership((team(),))
    store.ownerships.keep(W46, changed, AS_OF + timedelta(hours=2))
    assert store.ownerships.of(W46) == changed
    with store._database.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM ownership").scalar() == 2


def test_the_weeks_before_are_found_from_the_nearest(store):
    """What a week is held against is the newest ownership of any week before it, never its own."""
    assert store.ownerships.before(W46) is None
    store.ownerships.keep(W46.plus(-3), OWNERSHIP, AS_OF)
    older = Ownership((team("old"),))
    store.ownerships.keep(W46.plus(-5), older, AS_OF + timedelta(days=1))
    store.ownerships.keep(W46, Ownership((team(),)), AS_OF)
    assert store.ownerships.before(W46) == (W46.plus(-3), OWNERSHIP)
    assert store.ownerships.before(W46.plus(-3)) == (W46.plus(-5), older)
    assert store.ownerships.newest() == Ownership((team(),))


def test_the_aliases_of_the_last_weeks_are_found(store):
    """Every one that a week was planned with, also where the week was planned again."""
    store.ownerships.keep(W46.plus(-9), Ownership((), {"old": "older"}), AS_OF)
    store.ownerships.keep(W46.plus(-1), Ownership((), {"old": "new"}), AS_OF)
    store.ownerships.keep(W46.plus(-1), Ownership((), {"old": "newer"}), AS_OF)
    assert [dict(one) for one in store.ownerships.aliases_since(W46.plus(-4))] == [
        {"old": "new"},
        {"old": "newer"},
    ]


def test_an_opt_out_is_there_until_it_is_taken_back(store):
    """Adding twice is adding once, with the first reason; taking back what is not there says so."""
    person = OptOut("jane@acme.example", "", "optout add", "too much mail")
    group = OptOut("", "ci", "optout add")
    assert store.opt_outs.add(person, AS_OF)
    assert not store.opt_outs.add(OptOut("jane@acme.example", "", "web"), AS_OF)
    assert store.opt_outs.add(group, AS_OF)
    assert store.opt_outs.all() == [group, person]
    assert store.opt_outs.remove("jane@acme.example", "")
    assert not store.opt_outs.remove("jane@acme.example", "")
    assert store.opt_outs.all() == [group]


def test_one_address_may_leave_single_teams(store):
    """Leaving one team is not leaving all of them."""
    one = OptOut("jane@acme.example", "ci", "optout add")
    everywhere = OptOut("jane@acme.example", "", "optout add")
    assert store.opt_outs.add(one, AS_OF)
    assert store.opt_outs.add(everywhere, AS_OF)
    assert store.opt_outs.remove("jane@acme.example", "ci")
    assert store.opt_outs.all() == [everywhere]


def test_the_newest_planned_week_is_known(store):
    """Whatever was stored last: a week of the past may be planned after it."""
    assert store.ownerships.last_week() is None
    store.ownerships.keep(W46, OWNERSHIP, AS_OF)
    store.ownerships.keep(W46.plus(-2), OWNERSHIP, AS_OF + timedelta(days=1))
    assert store.ownerships.last_week() == W46
