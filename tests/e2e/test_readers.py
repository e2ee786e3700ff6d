"""`plan`, `explain` and `optout` as they are typed."""

import json
from datetime import UTC, datetime

from freezegun import freeze_time

CATALOG = "  - {type: catalog, url: 'http://127.0.0.1:9', timeout_s: 1}\n"


def sent(portal):
    """Everybody to whom a mail of the week went."""
    rows = json.loads(portal("status", "--json").out)
    return [row["recipient"] for row in rows if row["state"] == "sent"]


def test_plan_shows_where_everything_comes_from(portal):
    """Recipients, owners with their lines, what has no owner; nothing is frozen or sent."""
    portal("pull", "--weeks", "4")
    result = portal("plan")
    assert result.code == 0
    lines = [" ".join(line.split()) for line in result.out.splitlines()]
    assert any(line.startswith("ci lead@acme.example would be sent") for line in lines)
    assert "jenkins ci teams.yaml line 5" in lines
    assert "plugins without an owner:" in lines
    assert "azure-devops" in lines
    assert "2026-W46: 4 mails would be sent, to 3 teams" in lines
    assert portal.mails() == []


def test_plan_check_is_for_ci(portal):
    """Exit code 1 while a viewed plugin has no owner, 0 once it has one."""
    portal("pull", "--weeks", "4")
    assert portal("plan", "--check").code == 1
    portal.edit("teams.yaml", "[techdocs]", "[techdocs, azure-devops]")
    assert portal("plan", "--check").code == 0


def test_plan_tells_what_is_new_since_the_last_digests(portal):
    """Readers who came and went, and plugins that changed hands, a week later."""
    assert portal("run").code == 0
    portal.edit("teams.yaml", "lead@acme.example]", "new@acme.example]")
    portal.edit("teams.yaml", "[jenkins, github-actions]", "[jenkins]")
    portal.edit("teams.yaml", "[techdocs]", "[techdocs, github-actions]")
    with freeze_time("2026-11-23T08:30:00Z", tick=True):
        portal.write_week(
            datetime(2026, 11, 16, tzinfo=UTC), {"jenkins": 12, "techdocs": 30, "azureDevOps": 3}
        )
        assert portal("pull").code == 0
        found = json.loads(portal("plan", "--json").out)
    assert found["compared_with"] == "2026-W46"
    assert found["changes"] == {
        "recipients_added": ["new@acme.example (ci)"],
        "recipients_gone": ["lead@acme.example (ci)"],
        "plugins_that_changed_hands": ["github-actions: from CI Platform to Documentation"],
        "teams_with_another_key": [],
    }


def test_explain_answers_in_sentences(portal):
    """For an address, a team and a plugin; a typing error is a usage error."""
    portal("run")
    told = portal("explain", "CI@acme.example").out.splitlines()
    assert (
        told[0] == "ci@acme.example reads the digest of CI Platform (ci): the address comes from teams.yaml."
    )
    assert told[-2].startswith("In 2026-W46: sent: ")
    assert told[-1].startswith("The mail says: You get this because CI Platform owns")
    assert portal("explain", "azureDevOps").out.splitlines()[0] == "azureDevOps is an alias of azure-devops."
    assert "owns never-seen" in portal("explain", "idle").out
    wrong = portal("explain", "techdoc")
    assert wrong.code == 2
    assert "did you mean techdocs?" in wrong.err


def test_somebody_leaves_and_comes_back(portal):
    """The opt-out is listed, explained, kept to, and can be taken back."""
    added = portal("optout", "add", "Lead@acme.example", "--reason", "too much mail")
    assert (added.code, added.out) == (0, "lead@acme.example gets no more mail\n")
    assert portal("optout", "add", "lead@acme.example").out == "lead@acme.example has left already\n"
    assert json.loads(portal("optout", "list", "--json").out) == [
        {"address": "lead@acme.example", "team": "", "by": "optout add", "reason": "too much mail"}
    ]
    portal("run")
    assert [
        row["recipient"] for row in json.loads(portal("status", "--json").out) if row["state"] == "sent"
    ] == [
        "ci@acme.example",
        "docs@acme.example",
        "portal-team@acme.example",
    ]
    assert "opted out by optout add: too much mail" in portal("explain", "lead@acme.example").out
    assert portal("optout", "remove", "LEAD@acme.example").out == "lead@acme.example gets mail again\n"
    portal("send")
    assert len(portal.mails()) == 4
    assert portal("optout", "remove", "lead@acme.example").code == 2


def test_a_whole_team_leaves(portal):
    """By its key; a team that does not exist, or an address that is none, is a usage error."""
    assert portal("optout", "add", "docs").out == "the team docs gets no more mail\n"
    assert portal("optout", "add", "lead@acme.example", "--team", "ci").code == 0
    portal("run")
    assert sent(portal) == ["ci@acme.example", "portal-team@acme.example"]
    assert "the team docs has opted out" in portal("explain", "docs").out
    assert portal("optout", "add", "dosc").code == 2
    assert portal("optout", "add", "docs", "--team", "ci").code == 2
    assert portal("optout", "add", "jane@").code == 2


def test_a_catalog_that_is_down_holds_the_run(portal):
    """Nothing is sent and the figures are kept; `release` cannot help, the setting can."""
    portal("run", "--week", "2026-W45")
    portal.edit("digest.yaml", "mail:\n", "hold: {reuse_ownership: false}\nmail:\n")
    text = (portal.directory / "digest.yaml").read_text(encoding="utf-8")
    changed = text.replace("ownership: [{type: file, path: teams.yaml}]\n",
                           f"ownership:\n  - {{type: file, path: teams.yaml}}\n{CATALOG}")  # fmt: skip
    (portal.directory / "digest.yaml").write_text(changed, encoding="utf-8")
    mails = len(portal.mails())
    result = portal("run")
    assert result.code == 4
    assert "not known: the connection to catalog 127.0.0.1:9 failed" in result.err
    assert len(portal.mails()) == mails
    assert '"2026-W46"' in portal("export", "--week", "2026-W46", "--format", "json").out
    assert portal("plan").code == 4
    portal.edit("digest.yaml", "reuse_ownership: false", "reuse_ownership: true")
    assert portal("run").code == 0
    assert len(portal.mails()) == mails + 4


def test_an_address_outside_the_allowed_domains_is_refused(portal):
    """In the plan, in the ledger, and for a test mail."""
    portal.edit("digest.yaml", "mail:\n", "mail:\n  allowed_domains: [acme.example]\n")
    portal.edit("teams.yaml", "lead@acme.example", "lead@gmail.example")
    portal("pull", "--weeks", "4")
    assert "lead@gmail.example (ci)" in portal("plan").out
    assert portal("send").code == 0
    rows = {row["recipient"]: row["reason"] for row in json.loads(portal("status", "--json").out)}
    assert rows["lead@gmail.example"] == "skipped: its domain is not one of mail.allowed_domains"
    refused = portal("send", "--to", "me@gmail.example")
    assert (refused.code, len(portal.mails())) == (2, 3)
    assert "mail.allowed_domains: acme.example" in refused.err


def test_a_teams_file_that_is_being_written_is_one_clear_line(portal):
    """A file that ends in the middle is refused before anything is done; a run keeps what it has read."""
    whole = (portal.directory / "teams.yaml").read_text(encoding="utf-8")
    (portal.directory / "teams.yaml").write_text(
        whole[: whole.index("plugins: [jenkins") + 15], encoding="utf-8"
    )
    result = portal("run")
    assert result.code == 2
    assert "teams.yaml:5:" in result.err
    assert portal.mails() == []


def test_plan_shows_the_next_week_once_the_last_one_is_sent(portal):
    """What was edited since then is the difference, though nothing of the week is read yet."""
    assert "2026-W46 is not read yet" in portal("plan").out
    portal("run")
    portal.edit("teams.yaml", "lead@acme.example]", "new@acme.example]")
    portal.edit("teams.yaml", "[jenkins, github-actions]", "[jenkins]")
    portal.edit("teams.yaml", "[techdocs]", "[techdocs, github-actions]")
    found = json.loads(portal("plan", "--json").out)
    assert (found["week"], found["compared_with"], found["is_read"]) == ("2026-W47", "2026-W46", False)
    assert found["changes"] == {
        "recipients_added": ["new@acme.example (ci)"],
        "recipients_gone": ["lead@acme.example (ci)"],
        "plugins_that_changed_hands": ["github-actions: from CI Platform to Documentation"],
        "teams_with_another_key": [],
    }
    same = json.loads(portal("plan", "--week", "2026-W46", "--json").out)
    assert (same["compared_with"], same["changes"]["recipients_gone"]) == (
        "2026-W46",
        ["lead@acme.example (ci)"],
    )


def test_plan_finds_what_lost_its_owner_before_the_next_week_is_read(portal):
    """By the last week that was read, and it says so; explain knows whatever was ever viewed."""
    portal("run")
    portal.edit("teams.yaml", "[jenkins, github-actions]", "[github-actions]")
    result = portal("plan", "--check")
    assert result.code == 1
    assert "plugins without an owner, viewed in 2026-W46:\n  jenkins\n" in result.out
    found = json.loads(portal("plan", "--json").out)
    assert (found["week"], found["viewed_in"]) == ("2026-W47", "2026-W46")
    assert found["faults"]["plugins_without_an_owner"] == ["jenkins", "azure-devops"]
    told = portal("explain", "jenkins", "--week", "2026-W47").out
    assert told.startswith("jenkins is viewed and has no owner")
    assert "It changed hands after 2026-W46: from CI Platform to nobody." in told


def test_explain_tells_of_a_sent_week_what_was_so_then(portal):
    """And what is otherwise now; also of a team that is no more, and while nobody can be asked."""
    portal("run")
    portal.edit("teams.yaml", "lead@acme.example]", "new@acme.example]")
    portal.edit("teams.yaml", "[jenkins, github-actions]", "[jenkins]")
    told = portal("explain", "Lead <lead@acme.example>").out.splitlines()
    assert told[0].startswith("lead@acme.example reads the digest of CI Platform (ci)")
    assert told[3].startswith(
        "The mail says: You get this because CI Platform owns github-actions and jenkins"
    )
    assert told[4] == (
        "Now: lead@acme.example is no recipient of any team, nor of the portal digest, so it gets nothing."
    )
    assert portal("explain", "github-actions").out.splitlines()[0].startswith("github-actions belongs to CI")
    text = (portal.directory / "digest.yaml").read_text(encoding="utf-8")
    changed = text.replace("ownership: [{type: file, path: teams.yaml}]\n",
                           f"ownership:\n  - {{type: file, path: teams.yaml}}\n{CATALOG}")  # fmt: skip
    (portal.directory / "digest.yaml").write_text(changed, encoding="utf-8")
    asked = portal("explain", "lead@acme.example")
    assert (asked.code, asked.out.splitlines()[:4]) == (0, told[:4])
    assert "It could not be asked again: who owns what is not known" in asked.out


def test_a_combined_digest_is_known_by_its_key(portal):
    """Before and after it is sent, to `plan`, `explain`, `preview` and `send`."""
    portal.edit("digest.yaml", "mail:\n", "mail:\n  combine: true\n")
    portal.edit(
        "teams.yaml", "recipients: [docs@acme.example]", "recipients: [docs@acme.example, lead@acme.example]"
    )
    portal("pull", "--weeks", "4")
    for when in ("before", "after"):
        assert "ci+docs" in portal("plan", "--week", "2026-W46").out, when
        assert "CI Platform + Documentation owns" in portal("explain", "ci+docs").out, when
        assert portal("preview", "ci+docs").code == 0, when
        assert portal("send", "--team", "ci+docs").code == 0, when
    portal("send")
    found = json.loads(portal("plan", "--week", "2026-W46", "--json").out)
    assert found["changes"] == {}
    assert portal("optout", "add", "ci+docs").code == 2
