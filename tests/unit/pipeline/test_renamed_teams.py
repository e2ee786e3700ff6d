"""A team that gets another key: nothing is sent twice, told as a move, or forgotten."""

from dataclasses import replace

import pytest

from factories import W46
from plugin_digest.audience import Rules
from plugin_digest.drafting import draft
from plugin_digest.forecast import forecast
from plugin_digest.model import Cadence, OptOut
from unit.pipeline.weekly_job import CI, DOCS, Job, MadeUpSource, body, week

W47 = W46.plus(1)
BUILDS = replace(CI, key="builds")


@pytest.fixture
def weeks(sqlite_store, renderer):
    """Many weeks with the same figures."""
    figures = {"jenkins": 40, "sonarqube": 24, "techdocs": 200}
    return Job(sqlite_store, renderer, MadeUpSource(*(week(W46.plus(n), **figures) for n in range(-12, 6))))


def reasons(report):
    return {(row.team, row.recipient): row.reason for row in report.rows}


def planned(job, which):
    return draft(which, job.owners(), job.choices, records=job.store, renderer=job.renderer)


def test_a_team_with_another_key_gets_nothing_twice(weeks):
    """Renaming a team between two calls of a week is no reason for a second mail, and no move."""
    weeks.run()
    weeks.teams = (replace(BUILDS, plugins=CI.plugins | {"new"}), DOCS)
    report = weeks.send()
    assert weeks.server.copies()["ci@acme.example"] == 1
    assert reasons(report)["builds", "ci@acme.example"] == "skipped: has had it as the digest of ci"
    weeks.a_week_later()
    assert [move.plugin for move in weeks.run(W47).plan.moves] == ["new"]


def test_a_combined_digest_does_not_come_again_under_another_key(weeks):
    """Whoever has had both teams' digests as one has had them, whatever the teams are called now."""
    weeks.choices = replace(weeks.choices, rules=Rules(combine=True))
    weeks.teams = (CI, replace(DOCS, recipients=CI.recipients))
    weeks.run()
    weeks.teams = (BUILDS, replace(DOCS, recipients=CI.recipients))
    weeks.send()
    assert weeks.server.copies()["ci@acme.example"] == 1


def test_a_team_with_another_key_is_told_of_no_move(weeks):
    """Neither the team nor the portal digest reads of plugins that went to where they are."""
    weeks.run()
    weeks.a_week_later()
    weeks.teams = (replace(BUILDS, name="Builds"), DOCS)
    assert weeks.run(W47).plan.moves == ()
    _, mail = weeks.server.mails("ci@acme.example")
    assert "changed hands" not in body(mail)


def test_what_a_renamed_team_gave_away_it_is_told(weeks):
    """The other team and the team itself, under its new key."""
    weeks.run()
    weeks.a_week_later()
    weeks.teams = (
        replace(BUILDS, plugins=frozenset({"jenkins"})),
        replace(DOCS, plugins=DOCS.plugins | {"sonarqube"}),
    )
    (move,) = weeks.run(W47).plan.moves
    assert (move.plugin, move.from_key, move.to_key) == ("sonarqube", "builds", "docs")
    _, mail = weeks.server.mails("ci@acme.example")
    assert "sonarqube" in body(mail)


def test_an_opt_out_of_a_team_survives_its_renaming(weeks):
    """In the plan at once, and in the list once a week was sent with the new key."""
    weeks.store.opt_outs.add(OptOut("", "ci", "optout add", "no time"), weeks.now)
    weeks.store.opt_outs.add(OptOut("docs@acme.example", "ci", "optout add"), weeks.now)
    weeks.run()
    weeks.a_week_later()
    weeks.teams = (BUILDS, DOCS)
    weeks.store.snapshots.add(weeks.source.known[W47])
    plan = planned(weeks, W47)
    assert (plan.drafts[1].recipients, plan.stray_opt_outs) == ((), ())
    for n in (1, 2):
        report = weeks.run(W46.plus(n))
        weeks.a_week_later()
        assert reasons(report)["builds", "ci@acme.example"] == (
            "skipped: the team builds has opted out by optout add: no time"
        )
    assert [(one.address, one.team) for one in weeks.store.opt_outs.all()] == [
        ("", "builds"),
        ("docs@acme.example", "builds"),
    ]


def test_an_opt_out_of_a_team_that_nobody_knows_is_a_fault(weeks):
    """Somebody who has left would get mail again without a word."""
    weeks.store.opt_outs.add(OptOut("", "gone", "optout add"), weeks.now)
    weeks.run()
    faults = forecast(planned(weeks, W46), weeks.store.deliveries).faults
    assert faults["opt-outs of teams that are not there"] == ["gone (everybody), by optout add"]


def test_a_renamed_reader_is_neither_added_nor_gone(weeks):
    """The plan says that the team has another key."""
    weeks.run()
    weeks.a_week_later()
    weeks.teams = (BUILDS, DOCS)
    weeks.store.snapshots.add(weeks.source.known[W47])
    changes = forecast(planned(weeks, W47), weeks.store.deliveries).changes
    assert changes == {
        "recipients added": [],
        "recipients gone": [],
        "plugins that changed hands": [],
        "teams with another key": ["ci is builds now"],
    }


def test_a_renamed_team_that_is_seldom_told_anything_keeps_its_turn(weeks):
    """A digest that went out under the old key weeks ago still counts."""
    weeks.teams = (replace(CI, cadence=Cadence.UNUSUAL), DOCS)
    weeks.run()
    for n in (1, 2, 3):
        weeks.a_week_later()
        weeks.teams = (replace(BUILDS, cadence=Cadence.UNUSUAL), DOCS)
        report = weeks.run(W46.plus(n))
        assert reasons(report)["builds", "ci@acme.example"] == (
            "skipped: nothing unusual; the last digest was about 2026-W46"
        )
