"""``teams.yaml``: who owns which plugin, and every contradiction in it."""

from pathlib import Path

import pytest

from plugin_digest.model import Cadence, Ownership, Team
from plugin_digest.ownership import file, join


def read(files, text, **environ):
    files.teams.write_text(text, encoding="utf-8")
    return join([file.read(Path("teams.yaml"), environ)])


def test_teams_plugins_and_aliases_are_read(files):
    """Plugin ids come out canonical, with how people write them beside."""
    text = """
teams:
  ci-platform:
    name: CI Platform
    recipients: [ci-platform@acme.example]
    plugins: [Jenkins, github-actions]
  cloud: {plugins: [azure-devops], cadence: monthly}
aliases: {azureDevOps: Azure-DevOps, weaveworks-flux: flux}
"""
    assert read(files, text) == Ownership(
        (
            Team("ci-platform", "CI Platform", ("ci-platform@acme.example",),
                 frozenset({"jenkins", "github-actions"}), "teams.yaml",
                 {"jenkins": "teams.yaml line 6", "github-actions": "teams.yaml line 6"},
                 {"ci-platform@acme.example": "teams.yaml"}),
            Team("cloud", "cloud", (), frozenset({"azure-devops"}), "teams.yaml",
                 {"azure-devops": "teams.yaml line 7"}, cadence=Cadence.MONTHLY),
        ),
        {"azuredevops": "azure-devops", "weaveworks-flux": "flux"},
        {"jenkins": "Jenkins", "github-actions": "github-actions", "azure-devops": "azure-devops",
         "flux": "flux"},
    )  # fmt: skip


def test_the_spelling_is_the_teams_own(files):
    """An alias's target names a plugin only where no team does."""
    owners = read(files, "teams: {a: {plugins: [puppetDb]}}\naliases: {puppet: PUPPETDB}\n")
    assert owners.spellings == {"puppetdb": "puppetDb"}


def test_ids_that_look_like_something_else_are_text(files):
    """YAML would make 404 a number, no a boolean and 1e3 a thousand."""
    owners = read(files, "teams:\n  no: {plugins: [404, no, 1e3, 2026-11-09, 'null'], name: 7}\n")
    (team,) = owners.teams
    assert (team.key, team.name) == ("no", "7")
    assert team.plugins == {"404", "no", "1e3", "2026-11-09", "null"}


@pytest.mark.parametrize(
    "entry",
    ["", " {}", " {recipients: [], plugins: []}", "\n    recipients:\n    plugins:\n    name:\n"],
)
def test_a_team_without_anything_is_allowed(files, entry):
    """It is reported later: who writes the file may still be waiting for an answer."""
    (team,) = read(files, f"teams:\n  a:{entry}\n").teams
    assert team == Team("a", "a", (), frozenset(), "teams.yaml")


def test_a_recipient_given_twice_is_one(files):
    """matomo-org/matomo#14474: duplicates by case and blanks would be duplicate mails."""
    (team,) = read(
        files, "teams: {a: {recipients: [X@acme.example, ' x@ACME.example ', x@acme.example]}}"
    ).teams
    assert team.recipients == ("X@acme.example",)


def test_a_team_can_leave_in_the_file(files):
    """It stays the owner, and where it said so is told; false says nothing."""
    out, stays = read(
        files,
        "teams:\n  a: {plugins: [x], recipients: [x@acme.example], opt_out: true}\n  b: {opt_out: false}",
    ).teams
    assert (out.opted_out, out.plugins) == ("teams.yaml line 2", {"x"})
    assert stays.opted_out == ""


def test_addresses_may_come_from_the_environment(files):
    """As anywhere in the configuration."""
    (team,) = read(files, "teams: {a: {recipients: ['${WHO}']}}", WHO="x@acme.example").teams
    assert team.recipients == ("x@acme.example",)
    assert files.team_problems("teams: {a: {recipients: ['${WHO}']}}") == [
        "teams.yaml:1: teams.a.recipients[0]: the environment variable WHO is not set"
    ]


KEY_RULE = (
    "is not a plain name: expected ASCII letters, digits, dots, hyphens and underscores, at most 64, "
    "a letter or digit first; a name with other letters goes under name:"
)
FAULTS = {
    "a: {plugin: [x]}": ["2: teams.a.plugin: unknown key; did you mean 'plugins'?"],
    "a: {owner: me}": [
        "2: teams.a.owner: unknown key; known here: name, recipients, plugins, cadence, opt_out"
    ],
    "a: {plugins: [x]}\n  b: {plugins: [y, X]}": [
        "3: teams.b.plugins[1]: x belongs to a already (line 2); a plugin has one owner"
    ],
    "a:\n    plugins:\n      - x\n      - y\n      - X": [
        "6: teams.a.plugins[2]: x stands twice in this team; the first is on line 4"
    ],
    "a: {plugins: [x]}\n  a: {plugins: [y]}": ["3: teams.a: stands twice; the first is on line 2"],
    "a: {plugins: [x]}\n  A: {plugins: [y]}": [
        "3: teams.A: differs from a (line 2) in case only; choose another key"
    ],
    "portal: {plugins: [x]}": [
        "2: teams.portal: is the portal team's own key; choose another, and name as you like"
    ],
    "Portal: {}": ["2: teams.Portal: is the portal team's own key; choose another, and name as you like"],
    "a b: {}": [f"2: teams.'a b': 'a b' {KEY_RULE}"],
    "é: {}": [f"2: teams.é: 'é' {KEY_RULE}"],
    "../a: {}": [f"2: teams.'../a': '../a' {KEY_RULE}"],
    "'': {}": [f"2: teams.'': '' {KEY_RULE}"],
    f"{'a' * 65}: {{}}": [f"2: teams.{'a' * 65}: '{'a' * 65}' {KEY_RULE}"],
    'a: {name: "x\\ny"}': ["2: teams.a.name: 'x\\ny' holds a line break or another control character"],
    'a: {name: "x\\x9by"}': ["2: teams.a.name: 'x\\x9by' holds a line break or another control character"],
    "a: {name: ' '}": ["2: teams.a.name: is empty"],
    "a: {recipients: [ci]}": [
        "2: teams.a.recipients[0]: 'ci' has no domain: expected an address like team@acme.example"
    ],
    "a:\n    recipients:\n      - x@acme.example\n      - ''\n      -": [
        "5: teams.a.recipients[1]: is empty: expected an address like team@acme.example",
        "6: teams.a.recipients[2]: has no value; expected text",
    ],
    "a: {recipients: x@acme.example}": [
        "2: teams.a.recipients: expected a list, like [one, two], not 'x@acme.example'"
    ],
    "a: {recipients: [x@acme.example: X]}": ["2: teams.a.recipients[0]: expected text, not a section"],
    "a: {plugins: 'x, y'}": ["2: teams.a.plugins: expected a list, like [one, two], not 'x, y'"],
    "a: {plugins: ['']}": ["2: teams.a.plugins[0]: is empty"],
    "a: {plugins: [[x]]}": ["2: teams.a.plugins[0]: expected text, not a list"],
    "a: {plugins: [root]}": [
        "2: teams.a.plugins[0]: root is no plugin: analytics reports views under it that belong to none"
    ],
    "a: [x]": ["2: teams.a: expected a section, like key: value, not a list"],
}


@pytest.mark.parametrize("teams", FAULTS)
def test_what_is_wrong_with_a_team_is_told_with_its_line(files, teams):
    """Each is one line, and nothing else is told beside it."""
    assert files.team_problems(f"teams:\n  {teams}\n") == [f"teams.yaml:{fault}" for fault in FAULTS[teams]]


ALIAS_FAULTS = {
    "azureDevOps: AZUREDEVOPS": [
        "aliases.azureDevOps: stands for itself: ids are compared without case, so no alias is needed"
    ],
    "old: mid, mid: new": ["aliases.old: leads to mid, itself an alias on line 2; name the final id"],
    "x: y, y: x": [
        "aliases.x: leads to y, itself an alias on line 2; name the final id",
        "aliases.y: leads to x, itself an alias on line 2; name the final id",
    ],
    "x: y, X: z": ["aliases.X: is the same id as x on line 2: ids are compared without case"],
    "x: y, x: z": ["aliases.x: stands twice; the first is on line 2"],
    "x: root": ["aliases.x: leads to root, which is no plugin"],
    "x: ''": ["aliases.x: is empty"],
    "x:": ["aliases.x: has no value; expected text"],
    "x: [y]": ["aliases.x: expected text, not a list"],
    "Own: y": [],
    "app: portal-app": [],
}


@pytest.mark.parametrize("aliases", ALIAS_FAULTS)
def test_what_is_wrong_with_an_alias_is_told(files, aliases):
    """No chains, no circles, no doubts; an alias may stand for what analytics calls app."""
    assert files.team_problems(f"teams: {{}}\naliases: {{{aliases}}}\n") == [
        f"teams.yaml:2: {fault}" for fault in ALIAS_FAULTS[aliases]
    ]


def test_a_team_owns_what_an_alias_stands_for(files):
    """An alias in a team's list would never have a view."""
    text = "teams:\n  a: {plugins: [azureDevOps]}\naliases:\n  azuredevops: azure-devops\n"
    assert files.team_problems(text) == [
        "teams.yaml:2: teams.a.plugins[0]: azuredevops is an alias (line 4); list the id that it stands for"
    ]


def test_all_problems_come_at_once_in_the_order_of_the_file(files):
    """Contradictions, shapes and unset variables together."""
    text = """\
teams:
  a: {plugins: [x], recipients: [a]}
  b: {plugins: [X], nmae: B}
  b: {}
aliases: {y: Y}
alias: {}
"""
    assert files.team_problems(text) == [
        "teams.yaml:2: teams.a.recipients[0]: 'a' has no domain: expected an address like team@acme.example",
        "teams.yaml:3: teams.b.plugins[0]: x belongs to a already (line 2); a plugin has one owner",
        "teams.yaml:3: teams.b.nmae: unknown key; did you mean 'name'?",
        "teams.yaml:4: teams.b: stands twice; the first is on line 3",
        "teams.yaml:5: aliases.y: stands for itself: ids are compared without case, so no alias is needed",
        "teams.yaml:6: alias: unknown key; did you mean 'aliases'?",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "aliases: {}\n",
            "teams.yaml: teams: is missing, for example teams: {ci-platform: {plugins: [jenkins]}}",
        ),
        (
            "teams:\n",
            "teams.yaml:1: teams: has no value, for example teams: {ci-platform: {plugins: [jenkins]}}",
        ),
        ("teams: []\n", "teams.yaml:1: teams: expected a section, like key: value, not a list"),
        ("- a\n", "teams.yaml:1: expected keys and values, not a list"),
        ("", "teams.yaml: is empty"),
    ],
)
def test_a_file_without_teams_is_refused(files, text, fault):
    """One line each; no teams at all are written {}."""
    assert files.team_problems(text) == [fault]
    assert read(files, "teams: {}\n").teams == ()


def test_a_key_is_no_name(files):
    """Another place may know the team's name."""
    files.teams.write_text("teams: {ci: {plugins: [x]}, web: {name: Web}}", encoding="utf-8")
    assert [group.name for group in file.read(Path("teams.yaml"), {}).groups] == ["", "Web"]


def test_addresses_that_repeat_are_kept_to_be_told_of(files):
    """Whatever their case and blanks; the first one is written to (matomo-org/matomo#14474)."""
    listed = "[jane@acme.example, 'JANE@acme.example ', b@acme.example]"
    (team,) = read(files, f"teams: {{a: {{recipients: {listed}}}}}").teams
    assert team.recipients == ("jane@acme.example", "b@acme.example")
    assert [one.address for one in team.left_out] == ["JANE@acme.example"]


@pytest.mark.parametrize(("cadence", "shown"), [("daily", "'daily'"), ("[weekly]", "a list")])
def test_the_cadences_that_there_are_are_named(files, cadence, shown):
    """Whoever writes another one need not look them up."""
    assert files.team_problems(f"teams: {{a: {{cadence: {cadence}}}}}") == [
        f"teams.yaml:1: teams.a.cadence: expected one of weekly, monthly, unusual, not {shown}"
    ]
