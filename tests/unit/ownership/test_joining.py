"""Several places that know owners, as one."""

from plugin_digest.model import Cadence, Flaw, FlawKind, Ownership, Recipient
from plugin_digest.ownership import Answer, Claim, Group, join, resolve
from plugin_digest.ownership.packages import Package


def group(key, *recipients, name="", **more):
    return Group(key, name or key.upper(), tuple(Recipient(a, f"member of {key}") for a in recipients),
                 f"{key}'s place", **more)  # fmt: skip


def says(*claims, groups=(), aliases=None, flaws=()):
    """``claims`` are (plugin, owner) pairs."""
    made = tuple(Claim(plugin, owner, f"{plugin} line 1") for plugin, owner in claims)
    return Answer(made, tuple(groups), aliases or {}, tuple(flaws))


class Place:
    """Answers as it is told; ``asked`` is whom it was asked about."""

    def __init__(self, answer, code=(), **known):
        self.name, self.code = "place", code
        self.answer, self.known = answer, known
        self.asked = []

    def packages(self):
        return self.code

    def read(self, seen, packages=()):
        self.seen, self.told = seen, packages
        return self.answer

    def groups(self, owners):
        self.asked.append(sorted(owners))
        return Answer(groups=tuple(self.known[owner] for owner in owners if owner in self.known))

    def check(self):
        return []


def test_the_first_place_that_names_a_plugin_wins():
    """A plugin has one owner, whoever else claims it; where the word came from stays with it."""
    owners = join([says(("x", "a"), ("y", "a")), says(("y", "b"), ("z", "b"))])
    assert owners.plugins_by_team() == {"a": {"x", "y"}, "b": {"z"}}
    assert owners.teams[0].plugin_origins == {"x": "x line 1", "y": "y line 1"}


def test_a_team_in_two_places_is_one_team():
    """Its name and origin are the first ones, its recipients the first that there are."""
    two = group("A", "o@acme.example", name="Other", cadence=Cadence.MONTHLY)
    (team,) = join([says(("x", "a"), groups=[group("a")]), says(("z", "A"), groups=[two])]).teams
    assert (team.key, team.name, team.origin) == ("a", "A", "a's place")
    assert team.recipients == ("o@acme.example",)
    assert team.recipient_origins == {"o@acme.example": "member of A"}
    assert team.plugins == {"x", "z"}
    assert team.cadence is Cadence.MONTHLY


def test_a_name_that_no_place_gives_is_the_key():
    """A place that only puts a plugin right does not rename the team."""
    right, known = (
        says(("x", "ci"), groups=[Group("ci", "", (), "teams.yaml")]),
        group("ci", name="CI Platform"),
    )
    assert [team.name for team in join([right, says(groups=[known])]).teams] == ["CI Platform"]
    assert [team.name for team in join([right]).teams] == ["ci"]


def test_an_address_that_is_found_twice_is_kept_apart():
    """It is no second recipient, and shown with where it was found (matomo-org/matomo#14474)."""
    (team,) = join(
        [says(groups=[group("a", "Jane@acme.example", "b@acme.example", "jane@ACME.example")])]
    ).teams
    assert team.recipients == ("Jane@acme.example", "b@acme.example")
    assert team.left_out == (Recipient("jane@ACME.example", "member of a"),)


def test_an_address_that_has_opted_out_is_out_wherever_it_was_found():
    """Two users may have one address, in whatever order; the one who left goes first."""
    mine, out = Recipient("jane@acme.example", "mine"), Recipient("Jane@acme.example", "theirs", "opted out")
    for found in ((mine, out), (out, mine)):
        (team,) = join([says(groups=[Group("a", "A", found, "place")])]).teams
        assert (team.recipients, team.recipient_origins, team.left_out) == ((), {}, (out, mine))


def test_recipients_are_not_mixed():
    """A place that knows the recipients is asked alone: another list may be out of date."""
    one, two = group("a", "one@acme.example"), group("a", "two@acme.example")
    assert join([says(groups=[one]), says(groups=[two])]).teams[0].recipients == ("one@acme.example",)


def test_aliases_of_several_places_lead_to_the_end():
    """Each file is free of chains, two together need not be; a circle is cut."""
    one, two = says(aliases={"a": "b", "x": "y"}), says(aliases={"b": "c", "a": "other", "y": "x"})
    assert join([one, two]).aliases == {"a": "c", "b": "c", "x": "y"}


def test_an_alias_applies_to_the_plugins_of_all_places():
    """Two names of one plugin have one owner."""
    owners = join([says(("new", "a"), aliases={"old": "new"}), says(("old", "b"), groups=[group("b")])])
    assert owners.plugins_by_team() == {"a": {"new"}, "b": set()}


def test_the_first_spelling_stays():
    """How people write it is as the first place writes it, and as an alias writes it only where none does."""
    owners = join([says(("X", "a"), aliases={"old": "y"}), says(("x", "b"), ("Y", "b"))])
    assert owners.spellings == {"x": "X", "y": "Y"}


def test_no_place_at_all_knows_nothing():
    """An empty chain is an empty ownership."""
    assert resolve([], ()) == Ownership(())


def test_an_owner_that_its_place_does_not_know_is_looked_up_in_the_others():
    """CODEOWNERS names a team and the catalog knows who reads its mail; who is known is not asked for."""
    repository = Place(says(("x", "ci"), ("y", "web"), ("z", "ghosts")))
    catalog = Place(says(groups=[group("web", "web@acme.example")]), ci=group("ci", "ci@acme.example"))
    late = Place(says(), ci=group("ci", "other@acme.example"))
    owners = resolve([repository, catalog, late], ["x"])
    assert catalog.asked == [["ci", "ghosts"]]
    assert late.asked == [["ci", "ghosts", "web"]]
    assert catalog.seen == ["x"]
    assert {team.key: team.recipients for team in owners.teams} == {
        "ci": ("ci@acme.example",),
        "web": ("web@acme.example",),
        "ghosts": (),
    }


def test_a_group_that_wants_no_mail_is_heard_wherever_its_readers_are_written_down():
    """teams.yaml knows who reads, and the catalog that the group has opted out."""
    teams = Place(says(("x", "ci"), groups=[group("ci", "ci@acme.example")]))
    catalog = Place(says(), ci=group("ci", "other@acme.example", opted_out="annotation of group:default/ci"))
    (team,) = resolve([teams, catalog], ()).teams
    assert (team.recipients, team.opted_out) == (("ci@acme.example",), "annotation of group:default/ci")


def test_a_team_that_owns_nothing_is_not_looked_up():
    """A group without plugins gets no mail, so nobody has to be found for it."""
    place = Place(says(groups=[group("idle")]))
    resolve([place], ())
    assert place.asked == []


def test_a_group_called_portal_gets_another_key():
    """The portal digest has that one."""
    (team,) = resolve([Place(says(("x", "Portal")))], ()).teams
    assert (team.key, team.plugins) == ("portal-2", {"x"})
    one, two = resolve([Place(says(("x", "portal-2"), ("y", "portal")))], ()).teams
    assert (one.key, two.key) == ("portal-2", "portal-3")


def test_a_team_has_one_key_however_it_is_written():
    """The ledger would take another case for another team, and mail everybody again."""
    (team,) = resolve([Place(says(("x", "CI"), groups=[group("Ci", name="CI Platform")]))], ()).teams
    assert (team.key, team.name) == ("ci", "CI Platform")


def test_every_place_hears_of_the_packages_of_all():
    """A catalog before the repository knows them, too."""
    code = (Package("ci", "@acme/portal-ci-view", "frontend-plugin", "plugins/ci"),)
    catalog, repository = Place(says()), Place(says(), code=code)
    resolve([catalog, repository], ())
    assert (catalog.told, repository.told) == (list(code), list(code))


def test_a_group_that_won_nothing_is_left_out_unless_somebody_wrote_it_down():
    """One word in teams.yaml corrects the catalog; an empty team of that file is still told."""
    unlisted = group("b", "b@acme.example", is_listed=False)
    answers = [says(("x", "a"), groups=[group("idle")]), says(("x", "b"), ("y", "c"), groups=[unlisted])]
    assert join(answers).plugins_by_team() == {"idle": set(), "a": {"x"}, "c": {"y"}}
    assert join([says(groups=[group("b")]), *answers]).plugins_by_team()["b"] == set()


def co_owned(**plugins):
    """``plugins`` map each to its owner and co-owners in one text."""
    owners = {plugin: said.split() for plugin, said in plugins.items()}
    return Answer(tuple(Claim(plugin, o[0], "CODEOWNERS", tuple(o[1:])) for plugin, o in owners.items()))


def test_co_owners_of_everything_read_the_digest():
    """Those who own all of a team's plugins beside it; where each address comes from is told."""
    people = Place(
        says(), ci=group("ci", "ci@acme.example"), jo=group("jo", "Jo@acme.example"),
        out=group("out", "out@acme.example", opted_out="annotation"),
    )  # fmt: skip
    places = [Place(co_owned(x="ci Jo jo out", y="ci jo ghost out")), people]
    (team,) = resolve(places, (), co_owners_read=True).teams
    assert team.recipients == ("ci@acme.example", "Jo@acme.example")
    assert team.recipient_origins["jo@acme.example"] == "member of jo, for co-owner jo"
    assert team.left_out == ()
    assert resolve(places, ()).teams[0].recipients == ("ci@acme.example",)


def test_co_owners_of_some_plugins_read_nothing_of_the_others():
    """A digest is about all plugins of its team."""
    people = Place(says(), jo=group("jo", "jo@acme.example"))
    (team,) = resolve([Place(co_owned(x="ci jo", y="ci")), people], (), co_owners_read=True).teams
    assert team.recipients == ()
    file = Place(says(("y", "other")))
    teams = resolve([file, Place(co_owned(x="ci jo", y="ci")), people], (), co_owners_read=True).teams
    assert {team.key: team.recipients for team in teams}["ci"] == ("jo@acme.example",)


def test_what_is_wrong_in_any_place_is_kept_once():
    """Two places that report the same dangling owner report one."""
    ghost = Flaw(FlawKind.DANGLING_OWNER, "x", "is owned by nobody", "catalog")
    assert join([says(flaws=[ghost]), says(flaws=[ghost])]).flaws == (ghost,)
