"""The ``teams.yaml`` that findings become: it reads without a problem, each line with its evidence."""

import tempfile
from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import W46
from plugin_digest.documents import one_line
from plugin_digest.model import UNATTRIBUTED_IDS, Absent, Cadence, Recipient, Week, canonical_plugin
from plugin_digest.ownership import file
from plugin_digest.ownership.answer import Answer, Claim, Group
from plugin_digest.ownership.discover import discover
from plugin_digest.ownership.findings import Discovery, Seen
from plugin_digest.ownership.joining import Told, join
from plugin_digest.ownership.packages import FRONTEND_ROLE, Package
from plugin_digest.ownership.teams_file import teams_yaml

WEEKS = (W46.plus(-1), W46)


def read(text):
    """What the text says as a file, and no problem; a variable of the environment would be one."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "teams.yaml")
        path.write_text(text, encoding="utf-8")
        return file.read(path, {})


def one_team(key="ci", name="ci", plugins=("jenkins",), recipients=(), **more):
    """A discovery of one place with one team whose plugins were seen."""
    claims = tuple(Claim(plugin, key, "catalog-info.yaml") for plugin in plugins)
    group = Group(key, name, tuple(Recipient(one, "spec.profile") for one in recipients), "x", **more)
    seen = {canonical_plugin(plugin): Seen(2, W46, 10) for plugin in plugins}
    return discover(seen, [Told("repository", Answer(claims, (group,)))], weeks=WEEKS)


def test_the_whole_file():
    """Teams, plugins and aliases, each with its evidence; guesses and what is left over in comments."""
    claims = (
        Claim("jenkins", "ci", "teams.yaml line 5"),
        Claim("Azure-DevOps", "cloud", "cloud.yaml"),
        Claim("flux", "cloud", "cloud.yaml"),
    )
    groups = (
        Group("ci", "CI Platform", (Recipient("ci@acme.example", "teams.yaml"),), "teams.yaml"),
        Group("idle", "Idle", (Recipient("idle@acme.example", "teams.yaml"),), "teams.yaml"),
    )
    answers = [
        Told("teams.yaml", Answer(claims[:1], groups, {"old-ci": "jenkins"})),
        Told("catalog acme", Answer((*claims[1:], Claim("jenkins", "build", "ci.yaml")))),
    ]
    seen = {
        "jenkins": Seen(2, W46, 1204),
        "azuredevops": Seen(1, W46, 1),
        "weaveworks-flux": Seen(2, W46, 30),
        "tech-radar": Seen(2, W46, Absent.HIDDEN),
        "catalog": Seen(2, W46, 9000),
    }
    package = Package("acr", "@acme/acr", FRONTEND_ROLE, "plugins/acr")
    text = teams_yaml(discover(seen, answers, [package], WEEKS), "./teams.schema.json")
    expected = """\
    # yaml-language-server: $schema=./teams.schema.json
    #
    # Who owns which plugin, and who reads mail: found by `plugin-digest owners discover`. Check it.
    # Places asked, in this order: teams.yaml, catalog acme.
    # Analytics: 2 weeks, 2026-W45 to 2026-W46.

    teams:
      ci:
        name: CI Platform
        recipients:
          - ci@acme.example                      # teams.yaml
        plugins:
          - jenkins                              # 1,204 views in 2 weeks; teams.yaml line 5; catalog acme: ci.yaml says build
      cloud:
        recipients: []                           # no address is known: the portal team is told
        plugins:
          - Azure-DevOps                         # 1 view in 1 week as azuredevops; catalog acme: cloud.yaml
          - flux                                 # never seen; catalog acme: cloud.yaml

    # An id that analytics reports: the id that is used for it here. Guesses are commented out.
    aliases:
      azuredevops: Azure-DevOps                  # the same but for punctuation; 1 view in 1 week
      old-ci: jenkins                            # an alias already; never seen
      # weaveworks-flux: flux                    # 30 views in 2 weeks; perhaps flux: weaveworks-flux ends with flux; catalog acme: cloud.yaml

    # Without an owner, most viewed first. Move each to its team:
    #   - catalog                                # 9,000 views in 2 weeks; no place knows it
    #   - weaveworks-flux                        # 30 views in 2 weeks; perhaps an alias, see above
    #   - tech-radar                             # seen in 2 weeks; no place knows it
    #   - acr                                    # never seen; plugins/acr has no owner

    # Owned but never seen: nobody has opened them, or analytics reports them under another id.
    # They stand with their teams above:
    #   - flux                                   # cloud

    # Teams that own no plugin:
    #   idle
    """  # noqa: E501 - the lines as they are
    assert text == dedent(expected)
    again = read(text)
    assert {(claim.plugin, claim.owner) for claim in again.claims} == {
        ("jenkins", "ci"),
        ("Azure-DevOps", "cloud"),
        ("flux", "cloud"),
    }
    assert again.aliases == {"azuredevops": "Azure-DevOps", "old-ci": "jenkins"}


def test_a_guess_is_accepted_by_taking_its_comment_off():
    """The line of a candidate stands where it belongs, also as the only one."""
    found = discover(
        {"mend-plugin": Seen(1, W46, 1)}, [Told("x", Answer((Claim("mend", "security", "y"),)))], weeks=[W46]
    )
    text = teams_yaml(found)
    assert read(text).aliases == {}
    assert read(text.replace("# mend-plugin:", "mend-plugin:")).aliases == {"mend-plugin": "mend"}


def test_nothing_found_is_a_file_too():
    """Without places and weeks there are no teams, and the file says so."""
    text = teams_yaml(discover({}, []))
    assert text.splitlines() == [
        "# Who owns which plugin, and who reads mail: found by `plugin-digest owners discover`. Check it.",
        "# Places asked, in this order: none.",
        "# Analytics: no week is stored yet.",
        "",
        "teams: {}",
    ]
    assert read(text) == Answer()


@pytest.mark.parametrize("week", [Week(date(2021, 8, 22)), W46])
def test_a_single_week_is_named(week):
    """One week is no range; weeks that start on Sunday are their first day."""
    assert f"# Analytics: 1 week, {week}.\n" in teams_yaml(discover({}, [], weeks=[week]))


@pytest.mark.parametrize(
    "plugin",
    ["on", "no", "null", "~", "1.0", "1e3", "404", "2026-11-09", "a # b", "#a", "a: b", "- a", "[a]", "é",
     "'", '"', "@acme/x", "*a", "&a", "!a", "%a", "`a`", "?", "<<", "${HOME}", "$${A:-b}", '${A:-"}', "\\",
     "\ufeffa", "\ue000", "\ufffe", "😀", "a\u00a0b", "{}"],
)  # fmt: skip
def test_ids_that_yaml_or_we_would_take_for_something_else(plugin):
    """Ids of plugins and aliases come back as they are: quoted where it matters, never filled in."""
    answers = [
        Told("x", Answer((Claim(plugin, "ci", plugin),))),
        Told(
            plugin, Answer((Claim("b", "ci", "y"),), aliases={f"{plugin}-alias": plugin, plugin + "2": "b"})
        ),
    ]
    again = read(teams_yaml(discover({}, answers)))
    assert {claim.plugin for claim in again.claims} == {plugin, "b"}
    assert again.aliases == {f"{canonical_plugin(plugin)}-alias": plugin, canonical_plugin(plugin) + "2": "b"}


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("portal", "portal-2"),
        ("Portal", "portal-2"),
        ("acme/ci", "acme-ci"),
        ("équipe", "quipe"),
        ("💥", "unnamed"),
    ],
)
def test_a_key_that_the_file_may_not_have(key, written):
    """It is made plain, with the place's own one beside it."""
    text = teams_yaml(one_team(key, key))
    assert [group.key for group in read(text).groups] == [written]
    assert f"# called {key.lower()} elsewhere" in text


def test_keys_that_become_the_same():
    """Two owners stay two teams, and the one that may keep its key does."""
    claims = (Claim("a", "acme/ci", "x"), Claim("b", "acme-ci", "x"), Claim("c", "acme ci", "x"))
    again = read(teams_yaml(discover({}, [Told("x", Answer(claims))])))
    assert {(claim.plugin, claim.owner) for claim in again.claims} == {
        ("b", "acme-ci"), ("a", "acme-ci-3"), ("c", "acme-ci-2"),
    }  # fmt: skip


def test_who_has_opted_out_is_no_recipient():
    """The file would bring them back: a comment says who they are."""
    out = Recipient("jane@acme.example", "member", "opted out: annotation of user:default/jane")
    for found, kept in (((out, Recipient("joe@acme.example", "x")), ("joe@acme.example",)), ((out,), ())):
        claim = Claim("jenkins", "ci", "x")
        told = [Told("catalog", Answer((claim,), (Group("ci", "CI", found, "x"),)))]
        discovery = discover({"jenkins": Seen(2, W46, 10)}, told, weeks=WEEKS)
        text = teams_yaml(discovery)
        assert "# - jane@acme.example                  # opted out: annotation of user:default/jane" in text
        assert "no address is known" not in text
        (team,) = join([read(text)]).teams
        assert team.recipients == kept
        assert discovery.readers == {"ci": found[1:]}


def test_an_address_that_is_found_twice_stands_once():
    """In one spelling."""
    text = teams_yaml(one_team(recipients=("jane@acme.example", "JANE@acme.example")))
    assert read(text).groups[0].recipients == (Recipient("jane@acme.example", "teams.yaml"),)


def test_what_else_is_known_of_a_team_is_kept():
    """Its cadence and its opting out as keys, its addresses with where they were found."""
    text = teams_yaml(
        one_team(
            recipients=("ci@acme.example",),
            cadence=Cadence.MONTHLY,
            opted_out="annotation of group:default/ci",
        )
    )
    (group,) = read(text).groups
    assert (group.cadence, group.recipients[0].address) == (Cadence.MONTHLY, "ci@acme.example")
    assert "    opt_out: true                            # annotation of group:default/ci\n" in text
    assert group.opted_out
    assert "- ci@acme.example                      # spec.profile\n" in text


def test_what_cannot_be_written_is_left_out_and_named():
    """An id with a line break, an address that is none and a name of several lines harm nothing."""
    text = teams_yaml(
        one_team("ci", "CI\nteams: {}", ("jen\nkins", "x" * 2000, "b"), ("no address", "a@b.c"))
    )
    again = read(text)
    assert [claim.plugin for claim in again.claims] == ["b"]
    (group,) = again.groups
    assert (group.name, [one.address for one in group.recipients]) == ("CI teams: {}", ["a@b.c"])
    assert r"# 'jen\nkins' is no id that can stand here" in text


NASTY = st.text(max_size=10) | st.sampled_from(
    ["on", "null", "1.0", "#", "${A}", "portal", "root", "azure-devops", "azureDevOps", "azure_devops",
     "mend", "mend-plugin", "a\u2028b", "x\x85y", "\t", "'\"", "-", "ci", "CI"]
)  # fmt: skip
CLAIMS = st.lists(st.builds(Claim, NASTY, NASTY, NASTY), max_size=6).map(tuple)
GROUPS = st.lists(
    st.builds(
        Group, NASTY, NASTY,
        st.lists(st.builds(Recipient, NASTY | st.just("a@acme.example"), NASTY), max_size=3).map(tuple),
        NASTY,
    ),
    max_size=3,
).map(tuple)  # fmt: skip
ALIASES = st.dictionaries(NASTY.map(canonical_plugin), NASTY, max_size=3)
ANSWERS = st.lists(st.builds(Told, NASTY, st.builds(Answer, CLAIMS, GROUPS, ALIASES)), max_size=3)
SEEN = st.dictionaries(NASTY.map(canonical_plugin), st.just(Seen(1, W46, 3)), max_size=5)


@settings(max_examples=150, deadline=None)
@given(SEEN, ANSWERS)
def test_the_file_says_what_the_places_say(seen, answers):
    """Whatever names hold: it reads without a problem, twice the same, with the owners that were joined."""
    found = discover(seen, answers, weeks=WEEKS)
    text = teams_yaml(found)
    assert text == teams_yaml(found)
    again = join([read(text)])
    assert again.owned_plugins() == printable(found)
    for plugin in again.owned_plugins():
        before, after = found.ownership.owner_of(plugin), again.owner_of(plugin)
        assert before is not None
        assert after is not None
        assert set(after.recipients) <= set(before.recipients)
    assert again.aliases.items() >= {
        (alias, target)
        for alias, target in found.ownership.aliases.items()
        if {alias, target} <= printable(found) | printable_ids(found.ownership.aliases)
    }


def printable(found: Discovery) -> set[str]:
    return printable_ids(found.ownership.owned_plugins())


def printable_ids(plugins) -> set[str]:
    """Those that a file may hold, by the rule of its own reader."""
    fitting = set()
    for plugin in plugins:
        try:
            one_line(plugin)
        except ValueError:
            continue
        fitting.add(plugin)
    return fitting - UNATTRIBUTED_IDS


def test_co_owners_are_offered_as_readers():
    """Each as a line to take the comment off, or as a remark where no address is known."""
    claims = (
        Claim("topology", "user.ann", "CODEOWNERS line 3", ("user.bob", "user.cy", "ci")),
        Claim("tekton", "user.ann", "CODEOWNERS line 4", ("user.bob",)),
    )
    groups = [
        Group(key, key, tuple(Recipient(one, "x") for one in addresses), "x", is_listed=False)
        for key, addresses in {"user.bob": ["bob@acme.example"], "ci": ["ci@acme.example"]}.items()
    ]
    told = [Told("code", Answer(claims)), Told("", Answer(groups=tuple(groups)))]
    text = teams_yaml(discover({}, told))
    expected = """\
    teams:
      user.ann:
        recipients:                              # no address is known: the portal team is told
          # - bob@acme.example                   # co-owner user.bob, of tekton, topology
          # co-owner user.cy, of topology: no address is known
          # - ci@acme.example                    # co-owner ci, of topology
        plugins:
    """
    assert dedent(expected) in text
    assert read(text).groups[0].recipients == ()
    taken = read(text.replace("# - bob@acme.example ", "- bob@acme.example "))
    assert [one.address for one in taken.groups[0].recipients] == ["bob@acme.example"]
