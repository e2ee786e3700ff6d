"""What a plan would do, for people and programs, and why: `plan` and `explain`."""

import json
from dataclasses import replace

import pytest

from factories import AS_OF, W46, team
from plugin_digest.audience import Reader
from plugin_digest.errors import UsageError
from plugin_digest.explaining import Ground, explain, explain_twice
from plugin_digest.forecast import forecast
from plugin_digest.model import (
    PORTAL,
    Delivery,
    DeliveryState,
    Flaw,
    FlawKind,
    Letter,
    Move,
    Ownership,
    Team,
)
from plugin_digest.plan import Draft, Plan

LETTER = Letter("CI: 31 more users", "<p>", "text")
CI = team(
    "ci",
    name="CI Platform",
    plugins=frozenset({"jenkins", "sonarqube"}),
    plugin_origins={"jenkins": "component:default/jenkins"},
)
EMPTY = team("empty", name="Empty", recipients=("e@acme.example",), plugins=frozenset())
MUTE = team("mute", name="Mute", recipients=(), plugins=frozenset({"adr"}))
CENTRAL = Team(PORTAL, "Portal team", (), frozenset(), "portal_team.recipients")
GHOST = Flaw(FlawKind.DANGLING_OWNER, "acr", "is owned by group:default/ghosts", "the catalog")
OWNERSHIP = Ownership((CI, EMPTY, MUTE), {"sonar": "sonarqube"}, {"sonarqube": "SonarQube"}, (GHOST,))
READERS = (
    Reader("ci@acme.example", "spec.profile.email of group:default/ci"),
    Reader("jane@acme.example", "member user:default/jane", "opted out by optout add"),
)
PLAN = Plan(
    W46,
    1,
    3,
    (
        Draft(CENTRAL, (Reader("boss@acme.example", "portal_team.recipients"),), LETTER),
        Draft(CI, READERS, LETTER),
        Draft(EMPTY, (Reader("e@acme.example", "teams.yaml"),), reason="owns no plugin"),
        Draft(MUTE, (), reason="no recipients"),
    ),
    OWNERSHIP,
    orphans=("tech-radar",),
    moves=(Move("sonarqube", "SonarQube", "Documentation", "CI Platform"),),
    compared_with=W46.plus(-1),
)


def row(team_key, recipient, state=DeliveryState.SENT, reason="sent: 250 OK", week=W46, attempts=1, why=""):
    return Delivery(1, week, team_key, 1, recipient, state, reason, "<1@x>", attempts, 7, AS_OF, AS_OF, why)


class Ledger:
    def __init__(self, *rows):
        self.rows = rows

    def of_week(self, week, edition=None):
        return [each for each in self.rows if each.week == week]

    def last_week_of(self, team, before):
        weeks = (row.week for row in self.rows if row.team == team and row.week < before)
        return max(weeks, default=None)


BEFORE = (
    row("ci", "CI@acme.example", week=W46.plus(-1)),
    row("ci", "gone@acme.example", week=W46.plus(-1)),
    row("ci", "refused@acme.example", DeliveryState.REFUSED, week=W46.plus(-1)),
)


def test_every_recipient_has_a_line_with_a_fate_and_an_origin():
    """Who would get what, who not and why, and where the address is written."""
    lines = forecast(PLAN, Ledger()).lines
    assert [(line.team, line.recipient, line.fate) for line in lines] == [
        ("portal", "boss@acme.example", "would be sent"),
        ("ci", "ci@acme.example", "would be sent"),
        ("ci", "jane@acme.example", "skipped: opted out by optout add"),
        ("empty", "e@acme.example", "skipped: owns no plugin"),
        ("mute", "", "skipped: no recipients"),
    ]
    assert lines[1].origin == "spec.profile.email of group:default/ci"


def test_every_plugin_stands_with_its_owner_and_where_that_is_written():
    """By the name that people write; where nothing else is known, the team's own origin."""
    assert [(p.name, p.team, p.origin) for p in forecast(PLAN, Ledger()).plugins] == [
        ("jenkins", "ci", "component:default/jenkins"),
        ("SonarQube", "ci", "teams.yaml"),
        ("adr", "mute", "teams.yaml"),
    ]


def test_what_is_new_since_the_last_digests_is_told():
    """Recipients who come and go, and plugins that changed hands; who was refused had nothing to lose."""
    assert forecast(PLAN, Ledger(*BEFORE)).changes == {
        "recipients added": ["boss@acme.example (portal)"],
        "recipients gone": ["gone@acme.example (ci)"],
        "plugins that changed hands": ["SonarQube: from Documentation to CI Platform"],
        "teams with another key": [],
    }


def test_without_an_earlier_plan_nothing_is_new():
    """The first time everybody would be."""
    assert forecast(replace(PLAN, compared_with=None), Ledger()).changes == {}


def test_what_is_wrong_is_listed_for_ci():
    """Orphans, empty teams, teams without readers and owners that do not exist."""
    assert forecast(PLAN, Ledger()).faults == {
        "plugins without an owner": ("tech-radar",),
        "teams without a plugin": ["empty"],
        "teams without anybody to write to": ["mute"],
        "owners and addresses that are wrong": [
            "dangling owner: acr is owned by group:default/ghosts (the catalog)"
        ],
    }
    fine = replace(PLAN, drafts=PLAN.drafts[:2], ownership=Ownership((CI,)), orphans=())
    assert forecast(fine, Ledger()).faults == {}


def test_an_address_outside_the_allowed_domains_is_a_fault():
    """Somebody must correct it: the reader is left out without a word to them."""
    reader = Reader("x@gmail.example", "teams.yaml", "its domain is not one of mail.allowed_domains")
    found = forecast(replace(PLAN, drafts=(Draft(CI, (reader,), LETTER),)), Ledger()).faults
    assert found["addresses outside mail.allowed_domains"] == ["x@gmail.example (ci)"]


def test_what_is_sent_already_is_not_sent_again():
    """The ledger's word comes before the plan's."""
    fates = {line.recipient: line.fate for line in forecast(PLAN, Ledger(row("ci", "ci@acme.example"))).lines}
    assert fates["ci@acme.example"] == "sent already"
    refused = row("ci", "ci@acme.example", DeliveryState.REFUSED, "refused: 550 no such user")
    fates = {line.recipient: line.fate for line in forecast(PLAN, Ledger(refused)).lines}
    assert fates["ci@acme.example"] == "refused: 550 no such user"


def test_a_repeated_address_has_not_been_sent_anything():
    """The mail is that of the address before it, in `plan` and in `explain`."""
    twice = (READERS[0], Reader("CI@acme.example", "teams.yaml", "duplicate of ci@acme.example"))
    plan = replace(PLAN, drafts=(Draft(CI, twice, LETTER),))
    sent = row("ci", "ci@acme.example")
    assert [(line.recipient, line.fate) for line in forecast(plan, Ledger(sent)).lines] == [
        ("ci@acme.example", "sent already"),
        ("CI@acme.example", "skipped: duplicate of ci@acme.example"),
    ]
    told = explain("ci@acme.example", Ground(plan, [sent]))
    assert [line for line in told if line.startswith("In ")] == [
        "In 2026-W46: sent: 250 OK, Message-ID <1@x>.",
        "In 2026-W46: skipped: duplicate of ci@acme.example.",
    ]


def test_a_held_plan_sends_nothing_and_json_says_why():
    """All of it as one object with stable keys."""
    found = forecast(replace(PLAN, hold="3 of 9 plugins have no view"), Ledger(*BEFORE)).as_json()
    assert json.loads(json.dumps(found)) == found
    assert (found["week"], found["mails"], found["hold"]) == ("2026-W46", 0, "3 of 9 plugins have no view")
    assert found["recipients"][1] == {
        "team": "ci",
        "recipient": "ci@acme.example",
        "fate": "held",
        "subject": "CI: 31 more users",
        "origin": "spec.profile.email of group:default/ci",
    }
    assert list(found["changes"]) == [
        "recipients_added",
        "recipients_gone",
        "plugins_that_changed_hands",
        "teams_with_another_key",
    ]


def test_an_address_is_told_what_it_reads_and_why():
    """Where its address and the plugins come from, and what happens this week."""
    assert explain(" CI@acme.example", Ground(PLAN)) == [
        (
            "ci@acme.example reads the digest of CI Platform (ci): the address comes from "
            "spec.profile.email of group:default/ci."
        ),
        "CI Platform owns jenkins (by component:default/jenkins), SonarQube (by teams.yaml).",
        "In 2026-W46: it would be sent.",
    ]
    assert explain("jane@acme.example", Ground(PLAN))[-1] == "In 2026-W46: skipped: opted out by optout add."


def test_an_address_is_told_what_the_ledger_knows():
    """What was sent, and what was planned for it before it was taken off the list."""
    sent = explain("ci@acme.example", Ground(PLAN, [row("ci", "ci@acme.example")]))
    assert sent[-1] == "In 2026-W46: sent: 250 OK, Message-ID <1@x>."
    gone = row("ci", "old@acme.example", DeliveryState.SKIPPED, "skipped: no longer a recipient", attempts=0)
    assert explain("old@acme.example", Ground(PLAN, [gone])) == [
        "Earlier in 2026-W46 it was planned for the digest of ci: skipped: no longer a recipient.",
        "old@acme.example is no recipient of any team, nor of the portal digest, so it gets nothing.",
    ]


def test_a_team_is_told_what_it_owns_and_who_reads():
    """Also why it gets nothing."""
    assert explain("CI", Ground(PLAN))[1:] == [
        "ci@acme.example (from spec.profile.email of group:default/ci): it would be sent.",
        "jane@acme.example (from member user:default/jane): skipped: opted out by optout add.",
    ]
    assert explain("empty", Ground(PLAN))[0] == (
        "Empty (teams.yaml) owns no plugin, and a team without plugins gets nothing."
    )
    assert explain("mute", Ground(PLAN))[1] == "Nobody is written to: no place gives Mute an address."


def test_a_plugin_is_told_whose_it_is():
    """With its alias, its readers, its last move, however long ago, and what is wrong with it."""
    docs = team("docs", name="Documentation", plugins=frozenset({"sonarqube"}))
    former = Ownership((replace(CI, plugins=frozenset({"jenkins"})), EMPTY, MUTE, docs))
    past = ((W46, OWNERSHIP), (W46.plus(-1), OWNERSHIP), (W46.plus(-3), former))
    assert explain("Sonar", Ground(PLAN, past=past)) == [
        "Sonar is an alias of SonarQube.",
        "SonarQube belongs to CI Platform (ci), by teams.yaml.",
        "Its digest goes to ci@acme.example.",
        "Not to jane@acme.example: opted out by optout add.",
        "It changed hands after 2026-W43: from Documentation to CI Platform.",
    ]
    assert explain("tech-radar", Ground(PLAN)) == [
        "tech-radar is viewed and has no owner: it stands in the portal digest and in no team's."
    ]


def test_what_nobody_knows_is_a_usage_error_with_a_guess():
    """A typing error is answered with what is near."""
    with pytest.raises(
        UsageError, match=r"'jenkis' is no address, no team and no plugin .* did you mean jenkins"
    ):
        explain("jenkis", Ground(PLAN))


def test_a_team_is_known_by_its_name_too():
    """As it stands in the mails."""
    assert explain("ci platform", Ground(PLAN)) == explain("ci", Ground(PLAN))


def test_a_mail_that_went_out_is_explained_in_its_own_words():
    """The reason that stands at its end is kept in the ledger."""
    sent = row("ci", "ci@acme.example", why="You get this because CI Platform owns jenkins.")
    told = explain("ci@acme.example", Ground(PLAN, [sent]))
    assert told[-1] == "The mail says: You get this because CI Platform owns jenkins."


def test_a_team_that_lost_its_last_plugin_is_told_where_it_went():
    """By the last plan in which it had any, however long ago that was."""
    with_plugin = Ownership((replace(EMPTY, plugins=frozenset({"jenkins", "old"})),))
    past = [(W46.plus(-1), OWNERSHIP), (W46.plus(-3), with_plugin), (W46.plus(-4), OWNERSHIP)]
    assert explain("empty", Ground(PLAN, past=past))[:3] == [
        "Empty (teams.yaml) owns no plugin, and a team without plugins gets nothing.",
        "jenkins went to CI Platform after 2026-W43.",
        "old went to nobody after 2026-W43.",
    ]


def test_a_team_that_is_no_more_is_explained_from_the_ledger():
    """And from the last week that was planned with it, also if it only has another key since."""
    sent = row("ops", "ops@acme.example")
    assert explain("Ops", Ground(PLAN, [sent])) == [
        "ops is no team that 2026-W46 would be planned with; the ledger knows it.",
        "ops@acme.example in 2026-W46: sent: 250 OK.",
    ]
    past = [(W46.plus(-3), Ownership((team("ops"),)))]
    assert explain("ops", Ground(PLAN, past=past)) == [
        "ops was last planned for 2026-W43; it is no team any more."
    ]
    renamed = (W46.plus(-2), Ownership((team("operations", name="Ops"),)))
    assert explain(
        "ops", Ground(PLAN, past=[renamed, (W46.plus(-3), Ownership((team("ops", name="OPS"),)))])
    ) == ["ops was last planned for 2026-W43; it is operations since."]


def test_a_week_that_was_planned_is_explained_by_what_it_was_planned_with():
    """After that comes what is otherwise now, and nothing twice."""
    then = Ground(PLAN, [row("ci", "ci@acme.example")], is_record=True)
    assert explain_twice("ci", then, PLAN) == explain("ci", then)
    less = replace(CI, plugins=frozenset({"jenkins"}))
    now = replace(
        PLAN,
        ownership=Ownership((less,)),
        drafts=(Draft(less, READERS, LETTER),),
        moves=(),
        compared_with=W46,
    )
    assert explain_twice("ci", then, now)[-1] == (
        "Now: CI Platform owns jenkins (by component:default/jenkins)."
    )
    none = replace(now, drafts=(), ownership=Ownership(()))
    assert explain_twice("ci@acme.example", then, none)[-1] == (
        "Now: ci@acme.example is no recipient of any team, nor of the portal digest, so it gets nothing."
    )
    assert explain_twice("jenkins", then, none)[-1] == "Now: jenkins is not known any more."
    assert explain_twice("adr", Ground(none, is_record=True), PLAN)[:2] == [
        "adr was not known when 2026-W46 was planned.",
        "Now: adr belongs to Mute (mute), by teams.yaml.",
    ]
    with pytest.raises(UsageError, match="is no address"):
        explain_twice("nobody", then, PLAN)


def test_what_the_ledger_says_of_a_planned_week_counts():
    """Who had left then, got nothing then, whatever is so now."""
    left = row("ci", "ci@acme.example", DeliveryState.SKIPPED, "skipped: opted out by web", attempts=0)
    then = Ground(PLAN, [left], is_record=True)
    assert explain_twice("ci@acme.example", then, PLAN)[-2:] == [
        "In 2026-W46: skipped: opted out by web.",
        "Now: In 2026-W46: it would be sent.",
    ]


def test_a_week_that_is_not_read_yet_is_planned_without_subjects():
    """Who would get a digest is known before what it says."""
    unread = replace(PLAN, drafts=(Draft(CI, READERS, unread="not read yet"),))
    found = forecast(unread, Ledger())
    assert [(line.fate, line.subject) for line in found.lines] == [
        ("would be sent", "(not read yet)"),
        ("skipped: opted out by optout add", "(not read yet)"),
    ]
    assert (found.is_read, found.as_json()["is_read"]) == (False, False)
    assert explain("ci@acme.example", Ground(unread))[-1] == "In 2026-W46: it would be sent (not read yet)."


def test_who_had_a_combined_digest_is_told_of_it_once():
    """That it has come since is no news of a team's own digest."""
    before = Reader("ci@acme.example", "teams.yaml", "has had it in the digest of ci+docs")
    plan = replace(PLAN, drafts=(Draft(CI, (before,), LETTER),))
    skipped = row(
        "ci",
        "ci@acme.example",
        DeliveryState.SKIPPED,
        "skipped: gets it in the digest of ci+docs",
        attempts=0,
    )
    told = explain_twice("ci@acme.example", Ground(plan, [skipped], is_record=True), plan)
    assert told[-1] == "In 2026-W46: skipped: gets it in the digest of ci+docs."


def test_a_plugin_that_is_used_no_more_is_known_all_the_same():
    """Nobody owns it and nobody opens it, but it was viewed once."""
    plan = replace(PLAN, viewed_in=W46.plus(-1))
    assert explain("Old-Tool", Ground(plan, seen={"old-tool": W46.plus(-9)})) == [
        "old-tool has no owner and no views in 2026-W45; they began in 2026-W37."
    ]
