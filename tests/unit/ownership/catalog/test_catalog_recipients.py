"""Who reads the mail for an owner in the catalog, and where each address was found."""

import pytest

from plugin_digest.model import FlawKind
from plugin_digest.ownership import Answer, Claim, join
from plugin_digest.ownership.catalog_groups import MOST_LEVELS
from unit.ownership.catalog.catalog_server import group, plugin, user

EXTRA = "plugin-digest/recipients"
OPT_OUT = "plugin-digest/opt-out"


@pytest.fixture
def read(catalog, provider):
    """The answer about one plugin of the group ci, with these owners in the catalog."""

    def read(*owners, owner="ci", **settings):
        catalog.entities = [plugin("jenkins", owner), *owners]
        return provider(**settings).read(())

    return read


def recipients(answer):
    (found,) = answer.groups
    return {one.address: one.origin for one in found.recipients}


def left_out(answer):
    (found,) = answer.groups
    return {one.address: one.left_out for one in found.recipients}


def flaws(answer):
    return {flaw.subject: flaw.kind for flaw in answer.flaws}


def test_a_groups_own_address_goes_first(read, catalog):
    """Its list is what a team reads; its members are not even fetched."""
    answer = read(
        group("ci", "ci@acme.example", members=["jane"], parent="platform"),
        user("jane", "jane@acme.example"),
        group("platform", "platform@acme.example"),
    )
    assert recipients(answer) == {"ci@acme.example": "spec.profile.email of group:default/ci"}
    assert [asked["entityRefs"] for asked in catalog.questions("by-refs")] == [["group:default/ci"]]


def test_members_are_next_from_either_side(read):
    """spec.members of the group and spec.memberOf of the user, each once, whoever has no address left out."""
    answer = read(
        group("ci", members=["jane", "zoe", "gone"], parent="platform"),
        user("jane", "jane@acme.example", member_of=["ci"]),
        user("adam", "adam@acme.example", member_of=["group:default/ci"]),
        user("zoe"),
        group("platform", "platform@acme.example"),
    )
    assert recipients(answer) == {
        "adam@acme.example": "member user:default/adam of group:default/ci",
        "jane@acme.example": "member user:default/jane of group:default/ci",
    }
    (flaw,) = answer.flaws
    assert (flaw.kind, flaw.subject) == (FlawKind.NOT_FOUND, "group:default/ci")
    assert flaw.text == "has members that do not exist: user:default/gone"


def test_the_nearest_parent_that_has_readers_is_next(read):
    """Up to the root; a parent's members count as its address does."""
    above = [
        group("team", parent="area", members=["silent"]),
        user("silent"),
        group("area", parent="tribe"),
        group("tribe", members=["boss"], parent="company"),
        user("boss", "boss@acme.example"),
        group("company", "all@acme.example"),
    ]
    assert recipients(read(*above, owner="team")) == {
        "boss@acme.example": "member user:default/boss of group:default/tribe, ancestor of group:default/team"
    }


def test_a_long_way_up_makes_no_long_origin(read):
    """The reader's own group and the one that has the address; those between are not told."""
    groups = [group(f"deep{n}", parent=f"deep{n + 1}") for n in range(9)]
    answer = read(*groups, group("deep9", "root@acme.example"), owner="deep0")
    assert recipients(answer) == {
        "root@acme.example": "spec.profile.email of group:default/deep9, ancestor of group:default/deep0"
    }


def test_a_parent_known_by_its_children_only_counts(read):
    """childOf joins spec.parent of the one and spec.children of the other."""
    parent = group("platform", "platform@acme.example")
    parent["spec"]["children"] = ["ci"]
    assert recipients(read(group("ci"), parent)) == {
        "platform@acme.example": "spec.profile.email of group:default/platform, "
        "parent group of group:default/ci"
    }


def test_a_group_without_anybody_has_no_recipients(read):
    """It still owns its plugin, and whoever plans the mails tells."""
    answer = read(group("ci", parent="ghost"))
    assert [claim.owner for claim in answer.claims] == ["ci"]
    assert recipients(answer) == {}
    (flaw,) = answer.flaws
    assert (flaw.kind, flaw.subject) == (FlawKind.NOT_FOUND, "group:default/ci")
    assert flaw.text == "has a parent group that does not exist: group:default/ghost"


def test_a_user_can_be_the_owner(read):
    """And has their own address only, not their groups'."""
    answer = read(
        user("jane", "jane@acme.example", member_of=["ci"]), group("ci", "ci@acme.example"), owner="user:jane"
    )
    assert recipients(answer) == {"jane@acme.example": "spec.profile.email of user:default/jane"}


def test_a_group_that_is_its_own_ancestor_ends_the_search(read):
    """It is told, with the way, and nobody is written to."""
    answer = read(group("ci", parent="a"), group("a", parent="b"), group("b", parent="a"))
    assert recipients(answer) == {}
    (flaw,) = answer.flaws
    assert (flaw.kind, flaw.subject) == (FlawKind.CIRCULAR_GROUP, "group:default/a")
    assert flaw.text == "is its own ancestor: group:default/a → group:default/b → group:default/a"


def test_a_group_that_is_its_own_parent_is_told(read):
    """The shortest circle."""
    assert flaws(read(group("ci", parent="ci"))) == {"group:default/ci": FlawKind.CIRCULAR_GROUP}


def test_a_circle_above_a_group_with_readers_does_not_matter(read):
    """Nobody looks up there."""
    assert read(group("ci", "ci@acme.example", parent="ci")).flaws == ()


def test_two_ways_up_to_one_group_are_no_circle(read):
    """Parents by both sides' words; the grandparent is asked once."""
    left, right = group("left", parent="top"), group("right", parent="top")
    right["spec"]["children"] = ["ci"]
    answer = read(group("ci", parent="left"), left, right, group("top", "top@acme.example"))
    assert list(recipients(answer)) == ["top@acme.example"]
    assert answer.flaws == ()


def test_parents_without_end_are_not_followed_for_ever(read, catalog):
    """A chain longer than any company has is given up."""
    chain = [group(f"g{number}", parent=f"g{number + 1}") for number in range(MOST_LEVELS + 5)]
    answer = read(*chain, group(f"g{MOST_LEVELS + 5}", "x@acme.example"), owner="g0")
    assert recipients(answer) == {}
    assert [(flaw.subject, flaw.text) for flaw in answer.flaws] == [
        ("group:default/g49", "is the 50th group on the way up, and no other is asked")
    ]
    assert len(catalog.questions("by-refs")) == MOST_LEVELS


def test_a_group_with_too_many_members_is_written_to_by_nobody(read, catalog):
    """Of 10,000 not one is fetched, and no parent is asked in their place."""
    members = [f"user-{number}" for number in range(10_000)]
    answer = read(group("ci", members=members, parent="all"), group("all", "all@acme.example"))
    assert recipients(answer) == {}
    (flaw,) = answer.flaws
    assert (flaw.kind, flaw.subject) == (FlawKind.TOO_MANY_MEMBERS, "group:default/ci")
    assert flaw.text == (
        "has 10,000 members and no address of its own, and more than 25 are not written to: "
        "give it spec.profile.email or the annotation plugin-digest/recipients"
    )
    assert [asked["entityRefs"] for asked in catalog.questions("by-refs")] == [["group:default/ci"]]


@pytest.mark.parametrize(("most", "written"), [(2, 2), (1, 0), (0, 0)])
def test_how_many_members_are_too_many_can_be_chosen(read, most, written):
    """As many as the limit are still written to."""
    members = [user("jane", "jane@acme.example"), user("adam", "adam@acme.example")]
    answer = read(group("ci", members=["jane", "adam"]), *members, max_members=most)
    assert len(recipients(answer)) == written
    assert bool(answer.flaws) == (written == 0)


def test_many_groups_are_asked_for_at_once(catalog, provider):
    """Owners, members and parents each in batches, never one by one."""
    catalog.entities = [
        *(plugin(f"p{number}", f"g{number}") for number in range(450)),
        *(group(f"g{number}", members=[f"u{number}"], parent="top") for number in range(450)),
        *(user(f"u{number}", f"u{number}@acme.example") for number in range(449)),
        group("top", "top@acme.example"),
    ]
    answer = provider().read(())
    assert sum(len(found.recipients) for found in answer.groups) == 450
    assert [len(asked["entityRefs"]) for asked in catalog.questions("by-refs")] == [
        200,
        200,
        50,
        200,
        200,
        50,
        1,
    ]
    assert not any("relations" in asked["fields"] for asked in catalog.questions("by-refs")[3:6])


def test_nobody_is_asked_for_twice(read, catalog):
    """A member of a group and of its parent, and a parent that owns plugins itself."""
    read(
        group("ci", members=["jane"], parent="area"),
        group("area", members=["jane", "joe"], parent="top"),
        user("jane"),
        user("joe"),
        group("top", "top@acme.example"),
        plugin("argo", "top"),
    )
    asked = [ref for question in catalog.questions("by-refs") for ref in question["entityRefs"]]
    assert len(asked) == len(set(asked)) == 5


BAD = {
    "ci@acme.example\r\nBcc: all@acme.example": "holds a line break or another control character",
    "ci@acme.example\n": "holds a line break or another control character",
    "a@acme.example, b@acme.example": "holds more than one address: write each as an item of its own",
    "Team <ci@acme.example> and others": "holds more than an address",
    "a@acme.example <ci@acme.example>, <b@acme.example>": "holds more than",
    "Team\n<ci@acme.example>": "holds a line break or another control character",
    "ci": "has no domain: expected an address like team@acme.example",
    "<>": "holds more than an address",
    "mailto:ci": "has no domain: expected an address like team@acme.example",
    42: "has no domain: expected an address like team@acme.example",
}


@pytest.mark.parametrize("email", BAD)
def test_what_is_no_address_is_told_and_left_out(read, email):
    """Members are asked in its place (plausible/analytics#583, google/ggrc-core#9154)."""
    answer = read(group("ci", email, members=["jane"]), user("jane", "jane@acme.example"))
    assert list(recipients(answer)) == ["jane@acme.example"]
    (flaw,) = answer.flaws
    assert flaw.kind is FlawKind.BAD_ADDRESS
    assert flaw.text.startswith("is left out as an address of group:default/ci: it ")
    assert BAD[email] in flaw.text
    assert flaw.subject == (" ".join(str(email).split()) or "group:default/ci")
    assert (flaw.subject + flaw.text).isprintable()


@pytest.mark.parametrize(
    "email",
    [
        "Team B <b@acme.example>",
        '"B, Team" <b@acme.example>',
        "<b@acme.example>",
        "mailto:b@acme.example",
        "MailTo:b@acme.example?cc=x",
    ],
)
def test_an_address_is_found_in_what_people_write_around_it(read, email):
    """A name before it, or the beginning of a link."""
    answer = read(group("ci", email))
    assert (list(recipients(answer)), answer.flaws) == (["b@acme.example"], ())


@pytest.mark.parametrize("email", ["", "  "])
def test_an_empty_address_is_none(read, email):
    """Templates leave it behind; the members are asked as if it were not there."""
    answer = read(group("ci", email, members=["jane"]), user("jane", "jane@acme.example"))
    assert (list(recipients(answer)), answer.flaws) == (["jane@acme.example"], ())


def test_one_members_bad_address_is_theirs_alone(read):
    """The others are written to; blanks around an address are no fault."""
    answer = read(
        group("ci", members=["jane", "bob"]),
        user("jane", " jane@acme.example\t"),
        user("bob", "bob@@acme.example"),
    )
    assert list(recipients(answer)) == ["jane@acme.example"]
    assert flaws(answer) == {"bob@@acme.example": FlawKind.BAD_ADDRESS}


def test_an_address_is_written_to_once(read):
    """Case does not tell two apart (matomo-org/matomo#14474); the others are kept to be told of."""
    answer = read(
        group(
            "ci",
            "ci@acme.example",
            annotations={EXTRA: "CI@ACME.example, lead@acme.example, Lead@acme.example"},
        )
    )
    (team,) = join([answer]).teams
    assert team.recipient_origins == {
        "ci@acme.example": "spec.profile.email of group:default/ci",
        "lead@acme.example": f"annotation {EXTRA} of group:default/ci",
    }
    assert team.recipients == ("ci@acme.example", "lead@acme.example")
    assert [one.address for one in team.left_out] == ["CI@ACME.example", "Lead@acme.example"]


def test_members_of_one_address_are_both_told_of(read):
    """Each with where it was found."""
    answer = read(
        group("ci", members=["u1", "u2"]), user("u1", "U1@acme.example"), user("u2", " u1@ACME.example ")
    )
    (team,) = join([answer]).teams
    assert team.recipients == ("U1@acme.example",)
    assert [(one.address, one.origin) for one in team.left_out] == [
        ("u1@ACME.example", "member user:default/u2 of group:default/ci")
    ]


def test_a_groups_annotation_adds_recipients(read):
    """To members as to an address; what in it is none is told."""
    answer = read(
        group("ci", members=["jane"], annotations={EXTRA: "lead@acme.example, , nobody"}),
        user("jane", "jane@acme.example"),
    )
    assert list(recipients(answer)) == ["jane@acme.example", "lead@acme.example"]
    assert flaws(answer) == {"nobody": FlawKind.BAD_ADDRESS}


@pytest.mark.parametrize("members", [[], ["a", "b", "c"]])
def test_a_groups_annotation_stands_for_readers_that_it_has_not(read, members):
    """No parent is asked then, and too many members are no fault."""
    answer = read(
        group("ci", members=members, parent="all", annotations={EXTRA: "lead@acme.example"}),
        group("all", "all@acme.example"),
        max_members=2,
    )
    assert list(recipients(answer)) == ["lead@acme.example"]
    assert answer.flaws == ()


def test_a_parent_that_has_opted_out_reads_nothing_for_its_children(read):
    """And nobody above it does either."""
    answer = read(
        group("ci", parent="area"),
        group("area", "area@acme.example", parent="top", annotations={OPT_OUT: "true"}),
        group("top", "top@acme.example"),
    )
    assert recipients(answer) == {}


OUT = {"annotations": {OPT_OUT: "true"}}
JANES_WORD = f"opted out: annotation {OPT_OUT} of user:default/jane"


def test_a_member_who_has_opted_out_is_left_out(read):
    """Only they: the group's other members read on."""
    answer = read(
        group("ci", members=["jane", "joe"]),
        user("jane", "jane@acme.example", **OUT),
        user("joe", "joe@acme.example"),
    )
    assert left_out(answer) == {"jane@acme.example": JANES_WORD, "joe@acme.example": ""}
    (team,) = join([answer]).teams
    assert team.recipients == ("joe@acme.example",)
    assert [(one.address, one.left_out) for one in team.left_out] == [("jane@acme.example", JANES_WORD)]


def test_a_parents_member_who_has_opted_out_is_left_out(read):
    """Whichever group they are asked for."""
    answer = read(
        group("ci", parent="area"),
        group("area", members=["jane", "joe"]),
        user("jane", "jane@acme.example", **OUT),
        user("joe", "joe@acme.example"),
    )
    assert left_out(answer) == {"jane@acme.example": JANES_WORD, "joe@acme.example": ""}


def test_no_parent_reads_in_place_of_members_who_have_opted_out(read):
    """A wish for no mail does not make it another's."""
    answer = read(
        group("ci", members=["jane"], parent="area"),
        user("jane", "jane@acme.example", **OUT),
        group("area", "area@acme.example"),
    )
    assert left_out(answer) == {"jane@acme.example": JANES_WORD}


def test_a_co_owners_member_who_has_opted_out_is_left_out(read):
    """Where co-owners read the digest."""
    people = read(group("ci", members=["jane"]), user("jane", "jane@acme.example", **OUT)).groups
    claim = Claim("x", "web", "CODEOWNERS line 1", ("ci",))
    (team,) = join([Answer((claim,), people)], co_owners_read=True).teams
    assert team.recipients == ()
    assert [(one.origin, one.left_out) for one in team.left_out] == [
        ("member user:default/jane of group:default/ci, for co-owner ci", JANES_WORD)
    ]


@pytest.mark.parametrize("value", ["false", "False", ""])
def test_a_member_may_say_that_they_want_mail(read, value):
    """It is the same as saying nothing."""
    jane = user("jane", "jane@acme.example", annotations={OPT_OUT: value})
    answer = read(group("ci", members=["jane"]), jane)
    assert (left_out(answer), answer.flaws) == ({"jane@acme.example": ""}, ())


@pytest.mark.parametrize("who", ["member", "parent"])
def test_an_opt_out_that_is_neither_true_nor_false_is_told_of_whomever(read, who):
    """And does not count."""
    odd = {"annotations": {OPT_OUT: "yes"}}
    parties = {
        "member": [group("ci", members=["jane"]), user("jane", "jane@acme.example", **odd)],
        "parent": [group("ci", parent="area"), group("area", "jane@acme.example", **odd)],
    }
    answer = read(*parties[who])
    assert left_out(answer) == {"jane@acme.example": ""}
    (flaw,) = answer.flaws
    assert (flaw.kind, flaw.text) == (
        FlawKind.BAD_ANNOTATION,
        f"has the annotation {OPT_OUT}: 'yes', which does not count: expected true or false",
    )
