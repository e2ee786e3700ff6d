"""Every command of the contract, on a small portal, by its words, output and exit code."""

import csv
import io
import json
from datetime import UTC, datetime
from email import message_from_bytes, policy

import duckdb
import pytest
from freezegun import freeze_time


def test_the_weekly_job_from_events_to_mails(portal):
    """run pulls, plans and delivers; each recipient has one mail, the portal team the portal digest."""
    result = portal("run")
    assert result.code == 0, result.err
    assert len(portal.mails()) == 4
    assert "2026-W46: this call sent 4 mails" in result.out
    assert "skipped: nothing to report" in result.out


def test_a_second_run_sends_nothing(portal):
    """The same week twice is the same mails once (getsentry/sentry#71855)."""
    portal("run")
    before = {name: (portal.directory / "outbox" / name).read_bytes() for name in portal.mails()}
    again = portal("run")
    assert again.code == 0
    assert "this call sent 0 mails" in again.out
    assert {name: (portal.directory / "outbox" / name).read_bytes() for name in portal.mails()} == before


def test_figures_are_frozen_before_they_are_sent(portal):
    """A later reading changes no digest of the week, not even one that goes out later."""
    portal("run")
    portal.write_week(datetime(2026, 11, 9, tzinfo=UTC), {"jenkins": 50, "techdocs": 1})
    portal("pull", "--week", "2026-W46")
    portal.edit("teams.yaml", "lead@acme.example", "new@acme.example")
    result = portal("send")
    assert "this call sent 1 mails" in result.out
    (name,) = [name for name in portal.mails() if "new" in name]
    body = (portal.directory / "outbox" / name).read_bytes()
    text = message_from_bytes(body, policy=policy.default).get_body(("plain",)).get_content()
    assert "84" in text
    assert "350" not in text


def test_late_data_is_taken_and_told(portal):
    """A provisional week is read again by the next run, and the next digest names what moved."""
    monday = datetime(2026, 11, 2, tzinfo=UTC)
    portal.edit("digest.yaml", "events/*.ndjson", "events/*.ndjson, settling_hours: 72")
    with freeze_time("2026-11-09 08:30", tick=True):
        assert portal("run").code == 0
    portal.write_week(monday, {"jenkins": 8, "github-actions": 5, "techdocs": 40})
    result = portal("run")
    assert result.code == 0, result.err
    text = portal("preview", "docs").out
    assert "Restated for week 45: views (techdocs) from 210 to 280, by late data." in " ".join(text.split())
    assert "280" in text.split("About these figures")[0]


def test_a_pull_goes_on_where_it_stopped(portal):
    """Weeks that are stored and settled are not read again, unless asked for."""
    assert portal("pull", "--weeks", "2").out.count("2026-W") == 2
    longer = portal("pull", "--weeks", "4")
    assert [line.split()[0] for line in longer.out.splitlines()[1:3]] == ["2026-W43", "2026-W44"]
    assert "2 of 4 weeks are stored and settled" in longer.err
    again = portal("pull", "--weeks", "4", "--again")
    assert [line.split()[-1] for line in again.out.splitlines()[1:]] == ["2", "2", "2", "2"][:4]


def test_a_pull_beyond_what_the_source_has(portal):
    """Weeks that never were are no failure once the others are stored."""
    assert portal("pull", "--weeks", "9").code == 0
    again = portal("pull", "--weeks", "9")
    assert again.code == 0
    assert "what is not stored is not in the source" in again.err
    for path in (portal.directory / "events").iterdir():
        path.unlink()
    assert portal("pull", "--weeks", "9").code == 3


def test_a_released_week_goes_out_as_it_was_read(portal):
    """A run after the release does not read the week anew: a person has looked at this reading."""
    portal.write_week(datetime(2026, 11, 9, tzinfo=UTC), {"jenkins": 12, "techdocs": 30}, skip_days=(3,))
    assert portal("run").code == 4
    portal("release", "--week", "2026-W46", "--reason", "known outage")
    portal.write_week(datetime(2026, 11, 9, tzinfo=UTC), {"techdocs": 1}, skip_days=(3, 4, 5))
    assert portal("run").code == 0
    rows = portal("export", "--week", "2026-W46", "--format", "csv").out
    assert "2026-W46,portal,portal,252,10,incomplete,1," in rows


def test_who_left_is_not_mailed(portal):
    """A recipient who was planned and taken off before sending gets nothing, with the reason."""
    portal.edit(
        "digest.yaml",
        "{type: outbox, path: outbox}",
        "{type: smtp, host: 127.0.0.1, port: 9, security: none}",
    )
    assert portal("run").code == 3
    portal.edit(
        "digest.yaml",
        "{type: smtp, host: 127.0.0.1, port: 9, security: none}",
        "{type: outbox, path: outbox}",
    )
    portal.edit("teams.yaml", ", lead@acme.example", "")
    result = portal("send")
    assert "skipped: no longer a recipient" in result.out
    assert not [name for name in portal.mails() if "lead" in name]


def test_pull_says_what_it_read(portal):
    """Each week has a row; azureDevOps and its alias are one plugin."""
    result = portal("pull", "--weeks", "4")
    assert result.code == 0, result.err
    assert [line.split()[:2] for line in result.out.splitlines()[1:5]] == [
        ["2026-W43", "308"],
        ["2026-W44", "287"],
        ["2026-W45", "301"],
        ["2026-W46", "315"],
    ]


def test_plan_shows_who_would_get_what_and_sends_nothing(portal):
    """Recipients, subjects, and the reason of whoever is left out."""
    portal("pull", "--weeks", "4")
    result = portal("plan")
    assert result.code == 0, result.err
    assert "2026-W46: 4 mails would be sent, to 3 teams" in result.out
    assert "idle@acme.example" in result.out
    assert "teams.yaml" in result.out
    assert portal.mails() == []
    assert json.loads(portal("status", "--json").out) == []


@pytest.mark.parametrize(("form", "starts"), [("html", "<!DOCTYPE html>"), ("text", "Subject: ")])
def test_preview_shows_a_digest(portal, form, starts):
    """A team's digest and the portal digest can be looked at before anything is sent."""
    portal("pull", "--weeks", "4")
    for team in ("ci", "portal"):
        result = portal("preview", team, "--format", form)
        assert result.code == 0, result.err
        assert result.out.startswith(starts)
        assert "cid:" not in result.out


def test_preview_writes_the_mail_as_it_would_be_sent(portal):
    """The .eml preview is the message that the outbox gets later, to the byte, but for when it is frozen."""
    portal("run")
    path = portal.directory / "preview.eml"
    assert portal("preview", "docs", "--format", "eml", "--output", str(path)).code == 0
    (name,) = [name for name in portal.mails() if "docs" in name]
    assert path.read_bytes() == (portal.directory / "outbox" / name).read_bytes()


def test_send_needs_figures(portal):
    """Without a snapshot nothing is sent, and the line says what to run."""
    result = portal("send")
    assert result.code == 4
    assert result.err.endswith(
        "plugin-digest: no figures of 2026-W46 are stored; "
        "read them with: plugin-digest pull --week 2026-W46\n"
    )


def test_a_dry_run_sends_nothing(portal):
    """--dry-run shows the plan and leaves no trace."""
    portal("pull", "--weeks", "4")
    result = portal("send", "--dry-run")
    assert "4 mails would be sent" in result.out
    assert portal.mails() == []
    assert json.loads(portal("status", "--json").out) == []


def test_a_test_mail_does_not_count(portal):
    """--to sends to one address alone; afterwards the team still gets its digest (PostHog/posthog#76019)."""
    portal("pull", "--weeks", "4")
    result = portal("send", "--team", "ci", "--to", "me@acme.example")
    assert result.code == 0, result.err
    assert "as a test" in result.out
    assert len(portal.mails()) == 1
    again = portal("send", "--team", "ci", "--to", "me@acme.example")
    assert again.code == 0
    assert "this call sent 2 mails" in portal("send", "--team", "ci").out


def test_one_team_alone(portal):
    """--team delivers that team's digests; the others follow with the next send."""
    portal("pull", "--weeks", "4")
    assert "this call sent 2 mails" in portal("send", "--team", "ci").out
    assert "this call sent 2 mails" in portal("send").out
    assert len(portal.mails()) == 4


def test_an_unknown_team_is_named(portal):
    """A wrong team key lists the right ones."""
    result = portal("send", "--team", "cy")
    assert (result.code, result.err.splitlines()[-1]) == (
        2,
        "plugin-digest: there is no team 'cy'; the teams are: portal, ci, docs, idle",
    )


def test_a_week_with_a_missing_day_is_held_until_released(portal):
    """Nothing is sent, the ledger says why for everyone, a person decides, the mail names the days."""
    portal.write_week(datetime(2026, 11, 9, tzinfo=UTC), {"jenkins": 12, "techdocs": 30}, skip_days=(3,))
    held = portal("run")
    assert held.code == 4
    assert "2026-W46 has only 6 days of 7; no data for 2026-11-12" in held.err
    assert portal.mails() == []
    rows = json.loads(portal("status", "--json").out)
    assert {row["state"] for row in rows if row["team"] not in {"idle", "portal:notice"}} == {"held"}
    assert portal("release", "--week", "2026-W46", "--reason", "known outage").code == 0
    sent = portal("send")
    assert sent.code == 0, sent.err
    mail = (portal.directory / "outbox" / next(n for n in portal.mails() if "docs" in n)).read_bytes()
    text = message_from_bytes(mail, policy=policy.default).get_body(("plain",)).get_content()
    assert "6 days of 7" in text or "six of seven" in text.lower() or "six days of seven" in text.lower()


def test_a_rejected_week_is_not_sent(portal):
    """reject keeps a week from being sent whatever its data look like."""
    portal("pull", "--weeks", "4")
    assert portal("reject", "--week", "2026-W46", "--reason", "half of the events are lost").code == 0
    result = portal("send")
    assert result.code == 4
    assert "half of the events are lost" in result.err
    assert portal.mails() == []


def test_a_week_that_is_rejected_too_late_says_so(portal):
    """What has gone out has gone out: neither the word nor the next send claims otherwise."""
    assert portal("run").code == 0
    assert "; 4 of its mails had gone out before, no other will" in portal("reject").out
    assert "is held, nothing more was sent: rejected" in portal("send").err


def test_a_week_that_goes_on_is_not_reported(portal):
    """No digest is about days to come (matomo-org/matomo#21044, Snorby/snorby#112)."""
    result = portal("run", "--week", "2026-W47")
    assert result.code == 2
    assert result.err.endswith(
        "plugin-digest: 2026-W47 is not over: it ends on 2026-11-22; name an earlier week\n"
    )


def test_a_slot_long_ago_is_not_made_up_for(portal):
    """A copied or long-stopped installation does not mail old weeks by itself (knadh/listmonk#1801)."""
    portal.edit("digest.yaml", "portal_team:", "schedule: {late_limit_hours: 24}\nportal_team:")
    with freeze_time("2026-11-18 08:00"):
        result = portal("run")
    assert result.code == 4
    assert "the slot of 2026-W46 was 48 hours ago" in result.err
    assert "plugin-digest send --week 2026-W46" in result.err


def test_a_copied_store_does_not_send(portal):
    """A store that belongs to another instance refuses to send (knadh/listmonk#1801)."""
    assert portal("run").code == 0
    portal.edit("digest.yaml", 'digest.db"}', 'digest.db", instance: staging}')
    portal.edit("teams.yaml", "lead@", "other@")
    before = portal.mails()
    result = portal("send")
    assert result.code == 3
    assert "staging" in result.err
    assert portal.mails() == before


def test_a_source_that_fails_sends_nothing(portal):
    """Broken events are a failure with its reason, never a week of zeros (PostHog/posthog#72105)."""
    for path in (portal.directory / "events").iterdir():
        path.write_bytes(b"not json\n" * 50)
    result = portal("run")
    assert result.code == 3
    (line,) = [line for line in result.err.splitlines() if line.startswith("plugin-digest:")]
    assert "200 of 200 lines cannot be read" in line
    assert portal.mails() == []
    assert json.loads(portal("export", "--format", "json").out or "[]") == []


def test_a_week_that_the_source_does_not_know_is_not_sent(portal):
    """The reported week must be in the answer; older weeks are no substitute."""
    (portal.directory / "events" / "2026-11-09.ndjson").unlink()
    result = portal("run")
    assert result.code in (3, 4)
    assert "2026-W46" in result.err
    assert portal.mails() == []


def test_status_is_the_ledger(portal):
    """status --json has the columns of the contract; every row ends with a reason."""
    portal("run")
    rows = json.loads(portal("status", "--week", "2026-W46", "--json").out)
    assert [(row["team"], row["recipient"], row["state"]) for row in rows] == [
        ("ci", "ci@acme.example", "sent"),
        ("ci", "lead@acme.example", "sent"),
        ("docs", "docs@acme.example", "sent"),
        ("idle", "idle@acme.example", "skipped"),
        ("portal", "portal-team@acme.example", "sent"),
    ]
    assert set(rows[0]) == {"week", "team", "edition", "recipient", "state", "reason", "message_id",
                            "attempts", "finished_at"}  # fmt: skip
    assert all(row["reason"] for row in rows)
    assert len({row["message_id"] for row in rows}) == 5
    shown = portal("status").out
    assert "4 sent, 1 skipped" in shown
    assert "exit code 0" in shown


def test_a_monitor_can_ask_whether_the_week_went_out(portal):
    """status --check ends with 1 until every mail is sent (matomo-org/matomo#21315, #15201)."""
    portal("pull", "--weeks", "4")
    assert portal("status", "--check").code == 1
    portal("send", "--team", "ci")
    portal("send")
    assert portal("status", "--check").code == 0
    portal("reject", "--week", "2026-W45")
    portal("send", "--week", "2026-W45")
    assert portal("status", "--week", "2026-W45", "--check").code == 1


def test_expected_is_sent_plus_skipped_plus_failed(portal):
    """Nobody who is planned is missing from the ledger (getsentry/sentry#95299, #123898)."""
    portal("pull", "--weeks", "4")
    planned = json.loads(portal("plan", "--json").out)["recipients"]
    portal("send")
    assert len(json.loads(portal("status", "--json").out)) == len(planned) == 5


def test_export_gives_figures_with_their_provenance(portal):
    """CSV, JSON and Parquet hold the same rows, in the columns of the contract."""
    portal("pull", "--weeks", "4")
    rows = list(csv.DictReader(io.StringIO(portal("export", "--week", "2026-W46", "--format", "csv").out)))
    portal_row = next(row for row in rows if row["scope"] == "portal")
    assert list(rows[0]) == ["week", "scope", "key", "views", "users", "status", "revision", "as_of"]
    assert (portal_row["views"], portal_row["users"], portal_row["status"]) == ("315", "10", "final")
    plugins = {row["key"]: row["views"] for row in rows if row["scope"] == "plugin"}
    assert plugins == {"azure-devops": "21", "github-actions": "0", "jenkins": "84", "techdocs": "210"}
    as_json = json.loads(portal("export", "--week", "2026-W46", "--format", "json").out)
    assert [str(row["views"]) for row in as_json] == [row["views"] for row in rows]
    path = portal.directory / "figures.parquet"
    assert portal("export", "--format", "parquet", "--output", str(path)).code == 0
    found = duckdb.sql(f"SELECT sum(views) FROM '{path}' WHERE scope = 'portal'").fetchall()
    assert found == [(308 + 287 + 301 + 315,)]


def test_export_has_the_other_figures_too(portal):
    """In columns of their own, in the same formats."""
    portal("pull", "--weeks", "4")
    rows = json.loads(portal("export", "--figures", "other", "--week", "2026-W46", "--format", "json").out)
    assert {(row["figure"], row["value"]) for row in rows} >= {
        ("users-28-days", 10),
        ("views-of-no-plugin", 0),
    }
    path = portal.directory / "other.parquet"
    assert portal("export", "--figures", "other", "--format", "parquet", "--output", str(path)).code == 0
    found = duckdb.sql(f"SELECT count(*), max(out_of) FROM '{path}' WHERE figure = 'views-of-no-plugin'")
    assert found.fetchall() == [(4, 315.0)]


def test_check_reaches_everything(portal):
    """check has a line for each part, and ends well."""
    result = portal("check")
    assert result.code == 0, result.out
    parts = [line.split()[1] for line in result.out.splitlines()]
    assert [part for n, part in enumerate(parts) if part not in parts[:n]] == [
        "config", "ownership", "source", "store", "templates", "mail"]  # fmt: skip
    assert portal.mails() == []


def test_check_says_what_cannot_be_reached(portal):
    """A dead mail server and missing events are two failed lines, and exit code 3."""
    portal.edit(
        "digest.yaml",
        "{type: outbox, path: outbox}",
        "{type: smtp, host: 127.0.0.1, port: 9, security: none}",
    )
    portal.edit("digest.yaml", "events/*.ndjson", "nowhere/*.ndjson")
    result = portal("check")
    assert result.code == 3
    failed = [line.split()[1] for line in result.out.splitlines() if line.startswith("failed")]
    assert failed == ["source", "mail"]


def test_check_has_a_line_for_each_indicator(portal):
    """Rows that are left out are warnings; one that cannot be read fails, and the others are told."""
    kinds = [("fine", "plugin"), ("gone", "portal")]
    portal.edit(
        "digest.yaml",
        "portal_team: {",
        "indicators:\n"
        + "".join(
            f"  - {{name: {name}, title: T, type: csv, scope: {scope}, path: {name}.csv}}\n"
            for name, scope in kinds
        )
        + "portal_team: {teams: [Docs, nobody], ",
    )
    rows = "week,key,value\n2026-W46,jenkins,1\n2026-W46,what,2\n"
    (portal.directory / "fine.csv").write_text(rows, encoding="utf-8")
    portal("pull")
    result = portal("check")
    lines = [line for line in result.out.splitlines() if "indicators" in line or "nobody" in line]
    assert [line.split()[0] for line in lines] == ["warning", "ok", "warning", "failed"]
    assert "nobody is no team's key (portal_team.teams)" in lines[0]
    assert "fine: 1 value about 1 key, 2026-W46" in lines[1]
    assert "'what' is no plugin" in lines[2]
    assert "gone.csv cannot be read" in lines[3]
    assert result.code == 3
    (portal.directory / "gone.csv").write_text("week,value\n2026-W46,1\n", encoding="utf-8")
    assert portal("check").code == 0


def test_problems_of_both_files_come_at_once(portal):
    """Every problem of the configuration is one line with file, line and key; exit code 2."""
    portal.edit("digest.yaml", "Europe/Stockholm", "Europe/Stokholm")
    portal.edit("teams.yaml", "docs@acme.example", "docs")
    result = portal("plan")
    assert result.code == 2
    lines = result.err.splitlines()
    assert len(lines) == 2
    assert "digest.yaml:1: portal.timezone:" in lines[0]
    assert "teams.yaml:" in lines[1]


def test_init_writes_a_configuration_that_works(cli, tmp_path):
    """The written example passes validation and is not overwritten."""
    target = tmp_path / "made"
    assert cli("init", str(target)).code == 0
    again = cli("init", str(target))
    assert again.code == 2
    assert "nothing was written" in again.err
    checked = cli("--config", str(target / "digest.yaml"), "check")
    assert checked.out.startswith("ok      config")


def test_the_config_comes_from_the_environment(portal, monkeypatch):
    """$PLUGIN_DIGEST_CONFIG names the file where --config does not."""
    monkeypatch.setenv("PLUGIN_DIGEST_CONFIG", str(portal.directory / "digest.yaml"))
    assert portal.call("pull", "--weeks", "4").code == 0


def test_a_missing_config_is_one_line(cli, tmp_path):
    """A file that is not there is named, with the way to one."""
    result = cli("--config", str(tmp_path / "none.yaml"), "plan")
    assert result.code == 2
    assert result.err.count("\n") == 1
    assert "none.yaml" in result.err


def test_verbose_shows_the_traceback_and_otherwise_none(portal):
    """The operator gets a line; whoever asks for more gets the place."""
    assert "Traceback" not in portal("send").err
    verbose = portal.call("--verbose", "--config", str(portal.directory / "digest.yaml"), "send")
    assert "Traceback" in verbose.err
