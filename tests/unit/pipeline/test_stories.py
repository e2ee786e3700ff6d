"""What went wrong in other report mailers, done to the weekly job from the source to the mail server."""

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from factories import AS_OF, W46, team
from plugin_digest.drafting import draft
from plugin_digest.errors import (
    Held,
    Malformed,
    NotCovered,
    Refused,
    Rejected,
    RenderError,
    SourceError,
    StoreError,
    UsageError,
)
from plugin_digest.forecast import forecast
from plugin_digest.model import DeliveryState, HoldState, Status, Usage
from plugin_digest.store import open_store
from unit.pipeline.weekly_job import CI, DOCS, PORTAL_TEAM, Job, body, week

EVERYBODY = {"ci@acme.example": 1, "docs@acme.example": 1, PORTAL_TEAM: 1}


def states(job, which=W46):
    return {row.recipient: row.state for row in job.store.deliveries.of_week(which)}


def test_a_crash_after_a_mail_is_not_a_second_mail(job):
    """A task that dies after sending and is run again mails nobody twice (getsentry/sentry#45470)."""
    job.server.troubles[PORTAL_TEAM] = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        job.run()
    assert job.server.copies() == {"ci@acme.example": 1, "docs@acme.example": 1}
    again = job.run()
    assert job.server.copies() == {"ci@acme.example": 1, "docs@acme.example": 1}
    assert [row.recipient for row in again.stranded] == [PORTAL_TEAM]
    assert again.exit_code == 1


def test_a_killed_run_is_taken_over_by_the_next(job):
    """A run that never ended keeps nobody waiting for a day (apache/superset#39779, #40047)."""
    job.server.troubles["ci@acme.example"] = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        job.run()
    assert job.store.runs.newest(W46).exit_code is None
    assert job.run().outcome.sent == 2
    assert states(job)["ci@acme.example"] is DeliveryState.UNKNOWN
    job.send(resend_unknown=True)
    assert job.server.copies() == EVERYBODY


def test_a_stopped_run_is_not_finished(job):
    """Stopped in the middle, the run says so, the next one sends the rest (knadh/listmonk#2278, #2168)."""
    job.server.stop_after = 1
    report = job.run()
    assert (report.exit_code, report.outcome.stopped, report.outcome.sent) == (1, True, 1)
    assert job.store.runs.newest(W46).exit_code == 1
    assert list(states(job).values()).count(DeliveryState.PLANNED) == 2
    job.server.stop.clear()
    assert job.run().exit_code == 0
    assert job.server.copies() == EVERYBODY


def test_the_good_ones_do_not_get_it_again(job):
    """One recipient fails for ever; the others keep their one mail (metabase/metabase#47961)."""
    job.server.troubles["docs@acme.example"] = [Refused("550 no such user")]
    assert [job.run().exit_code, job.run().exit_code, job.run().exit_code] == [1, 0, 0]
    assert job.server.copies() == {"ci@acme.example": 1, PORTAL_TEAM: 1}
    assert states(job)["docs@acme.example"] is DeliveryState.REFUSED


def test_two_schedulers_at_once(job, sqlite_url):
    """Two of them run the same week at the same moment; each mail goes once (apache/superset#22664)."""
    barrier = Barrier(2)
    reports = []

    def schedule():
        with open_store(sqlite_url) as store:
            mine = replace(job, store=store)
            barrier.wait()
            reports.append(mine.run())

    threads = [Thread(target=schedule) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.outcome.sent for report in reports) == [0, 3]
    assert job.server.copies() == EVERYBODY


def test_a_wait_for_another_sender_can_be_stopped(job, sqlite_url):
    """Asked to stop while another process sends, it does not wait for that one's end."""
    job.run()
    with (
        open_store(sqlite_url) as other,
        other.sending(W46, lambda: None),
        pytest.raises(StoreError, match="asked to stop"),
    ):
        job.send(is_stopped=lambda: True)


def test_a_late_week_is_not_taken_for_a_duplicate(job):
    """Each week has its own mail, whatever was sent in between (matomo-org/matomo#24508, #19939)."""
    job.run()
    job.send(W46.plus(-1))
    assert job.server.copies() == dict.fromkeys(EVERYBODY, 2)
    first, second = (mail["Message-ID"] for mail in job.server.mails("docs@acme.example"))
    assert first != second


def test_no_secret_or_sender_decides_what_was_sent(job):
    """Another sender's address, domain or wording sends no week again (PostHog/posthog: a rotated salt)."""
    job.run()
    job.from_ = "Usage News <news@other.example>"
    job.choices = replace(job.choices, portal_team_name="Platform", min_base=1)
    assert job.run().outcome.sent == 0
    assert job.server.copies() == EVERYBODY


def test_two_teams_with_one_list_get_a_mail_each(job):
    """One address for two teams gets both digests once, however it is written (matomo-org/matomo#14474)."""
    job.teams = (
        replace(CI, recipients=("eng@acme.example", "ENG@acme.example ", "eng@acme.example")),
        replace(DOCS, recipients=("Eng@acme.example",)),
    )
    job.run()
    assert sorted(address.lower() for address, _ in job.server.taken) == [
        "eng@acme.example", "eng@acme.example", PORTAL_TEAM]  # fmt: skip


def test_everybody_expected_ends_with_a_reason(job):
    """Expected is sent plus skipped plus failed; nobody is forgotten (getsentry/sentry#95299, #123898)."""
    nobody = team("nobody", recipients=(), plugins=frozenset({"jira"}))
    job.teams = (
        *job.teams,
        nobody,
        team("idle", plugins=frozenset({"never"})),
        team("empty", plugins=frozenset()),
    )
    job.server.troubles["docs@acme.example"] = [Refused("550 no such user")]
    job.run()
    rows = job.store.deliveries.of_week(W46)
    assert {row.team: row.state.value for row in rows} == {
        "portal": "sent", "ci": "sent", "docs": "refused",
        "nobody": "skipped", "idle": "skipped", "empty": "skipped"}  # fmt: skip
    assert all(row.reason and row.reason != row.state.value for row in rows)


def test_each_mail_has_its_own_weeks_figures(job):
    """One long-lived process over two weeks: each letter has its own dates and numbers, the week before's
    beside its own (healthchecks/healthchecks#497, apache/superset#35908).
    """
    job.run()
    job.a_week_later()
    job.source.known[W46.plus(1)] = week(W46.plus(1), jenkins=90, sonarqube=24, techdocs=410)
    job.run(W46.plus(1))
    first, second = (" ".join(body(mail).split()) for mail in job.server.mails("docs@acme.example"))
    assert "Week 46, 9" in first
    assert "Week 47, 16" in second
    assert ("200" in first, "300" in first, "410" in first) == (True, True, False)
    assert ("300" in second, "410" in second) == (True, True)


def test_a_late_run_reports_the_week_of_its_slot(job):
    """Done five days late, it is still the slot's week, read and mailed (BetterAngelsLA/monorepo#2403)."""
    job.now += timedelta(days=5)
    job.source.known[W46.plus(1)] = week(W46.plus(1), techdocs=9)
    job.run()
    assert max(job.source.asked[0]) == W46
    assert job.store.snapshots.weeks()[-1] == W46
    assert "300" in job.server.text("docs@acme.example")


def test_a_week_to_come_is_neither_read_nor_mailed(job):
    """No mail is about days that are not over (matomo-org/matomo#21044, Snorby/snorby#112)."""
    with pytest.raises(UsageError, match="2026-W47 is not over"):
        job.run(W46.plus(1))
    assert (job.source.asked, job.server.taken) == ([], [])


@pytest.mark.parametrize(
    "trouble", [Rejected("401"), Malformed("cut off"), NotCovered("nothing"), SourceError("timeout")]
)
def test_a_failed_source_is_never_a_zero(job, trouble):
    """No figure, no mail, and the run says why (PostHog/posthog#72105, #70471)."""
    job.source.trouble = trouble
    with pytest.raises(SourceError):
        job.run()
    ended = job.store.runs.newest(W46)
    assert (ended.exit_code, ended.summary) == (3, str(trouble))
    assert (job.store.snapshots.weeks(), job.server.taken) == ([], [])


def test_an_answer_without_the_reported_week_is_not_mailed(job):
    """Older weeks alone are no answer (PostHog/posthog#72105)."""
    del job.source.known[W46]
    with pytest.raises(Rejected, match="has nothing for 2026-W46"):
        job.run()
    assert job.server.taken == []


def test_a_week_without_any_plugin_is_held(job):
    """Views that lost their plugin are not a zero for every team (PostHog/posthog#72105, #70471)."""
    job.source.known[W46] = replace(week(W46), portal=Usage(300, 80), unattributed=Usage(300, 80))
    with pytest.raises(Held, match="no view of 2026-W46 is attributed to a plugin"):
        job.run()
    assert set(states(job).values()) == {DeliveryState.HELD}
    assert job.server.taken == []
    job.store.holds.decide(W46, HoldState.RELEASED, "a new frontend without analytics", AS_OF)
    assert job.send().outcome.sent == 3


def test_an_empty_digest_is_a_choice(job):
    """A team without a view is skipped with the reason, or told so on purpose (matomo-org/matomo#13351)."""
    job.teams = (team("idle", plugins=frozenset({"never"})),)
    job.run()
    (row,) = (row for row in job.store.deliveries.of_week(W46) if row.team == "idle")
    assert row.reason == "skipped: nothing to report: no view of its plugins in the last 12 weeks"
    job.choices = replace(job.choices, send_empty=True)
    job.run()
    assert "No views" in job.server.text("idle@acme.example")


def test_a_teams_users_are_the_sources_count(job):
    """Neither mail adds users up: 84 views by 14 people, not by 15 + 6 (plausible/analytics#1444)."""
    job.run()
    said = job.server.text("ci@acme.example")
    assert "by 14 users" in said
    assert "21" not in said.replace("2021", "")


def test_users_that_the_source_was_not_asked_for_are_no_fault_of_its_own(job, caplog):
    """A team that got other plugins since the week was read has no users, and is told how it would."""
    job.store.snapshots.add(job.source.known[W46])
    job.teams = (replace(CI, plugins=frozenset({"jenkins", "techdocs"})), replace(DOCS, plugins=frozenset()))
    plan = draft(W46, job.owners(), job.choices, records=job.store, renderer=job.renderer)
    (title,) = (one for one in forecast(plan, job.store.deliveries).remarks if "users" in one)
    assert title.endswith("plugin-digest pull --week 2026-W46 counts them")
    with caplog.at_level("WARNING"):
        job.send()
    assert "the users of CI Platform's plugins were not counted together" in caplog.text
    said = job.server.text("ci@acme.example")
    assert "No data: nothing was read; it is not 0." in said
    assert "cannot say" not in said


def test_mail_store_and_source_agree(job):
    """What is mailed is what the source said, with the moment of the reading (google/site-kit-wp#11846)."""
    job.run()
    stored = job.store.snapshots.newest_of([W46])[W46]
    assert stored.plugins == job.source.known[W46].plugins
    assert str(stored.plugins["techdocs"].views) in job.server.text("docs@acme.example")
    assert "16 November 2026" in job.server.text("docs@acme.example")


def test_a_sunday_that_the_source_restates_is_told(job):
    """Figures of an unsettled week are marked, read again, and named when they moved (GA4 documentation: data
    may change for 24 to 48 hours).
    """
    job.source.known[W46] = replace(job.source.known[W46], status=Status.PROVISIONAL)
    job.run()
    job.a_week_later()
    job.source.known[W46] = week(W46, jenkins=60, sonarqube=24, techdocs=340)
    job.source.known[W46.plus(1)] = week(W46.plus(1), jenkins=60, sonarqube=24, techdocs=350)
    job.run(W46.plus(1))
    assert job.source.asked[1][-2:] == (W46, W46.plus(1))
    first, second = (" ".join(body(mail).split()) for mail in job.server.mails("docs@acme.example"))
    assert "300" in first
    assert "from 300 to 340, by late data" in second
    assert "340" in second.split("About these figures")[0]


class OneBroken:
    """A renderer that fails for one team."""

    def __init__(self, renderer, key):
        self.renderer, self.key = renderer, key
        self.portal = renderer.portal

    def team(self, digest):
        if digest.team.key == self.key:
            raise RenderError("the text part is empty")
        return self.renderer.team(digest)

    def reason(self, *about):
        return self.renderer.reason(*about)


def test_a_broken_letter_is_held_and_not_green(job):
    """One team's broken letter is not mailed, the others are, and the run fails (apache/superset#39070,
    #27851, lightdash/lightdash#14767).
    """
    whole = job.renderer
    job.renderer = OneBroken(whole, "docs")
    report = job.run()
    assert report.exit_code == 1
    assert job.server.copies() == {"ci@acme.example": 1, PORTAL_TEAM: 1}
    (row,) = (row for row in report.rows if row.team == "docs")
    assert (row.state, row.reason) == (
        DeliveryState.HELD,
        "held: could not be written: the text part is empty",
    )
    job.renderer = whole
    assert job.send().exit_code == 0
    assert job.server.copies() == EVERYBODY


def test_no_mail_names_another_teams_plugin(job):
    """Every team reads of its own plugins alone (lightdash/lightdash#8267, metabase/metabase#18019)."""
    job.run()
    for address, foreign in (("ci@acme.example", "techdocs"), ("docs@acme.example", "jenkins")):
        (mail,) = job.server.mails(address)
        content = str(mail["Subject"]) + "".join(
            part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"
        )
        assert foreign not in content


def test_a_rejected_week_ends_what_is_half_sent(job):
    """Rejected after some mails went out, the rest stays where it is until it is released."""
    job.server.stop_after = 1
    job.run()
    job.server.stop.clear()
    job.store.holds.decide(W46, HoldState.REJECTED, "half of the events are lost", AS_OF)
    with pytest.raises(Held, match="half of the events are lost"):
        job.run()
    assert sum(job.server.copies().values()) == 1
    assert sorted(states(job).values()) == [DeliveryState.HELD, DeliveryState.HELD, DeliveryState.SENT]
    job.store.holds.decide(W46, HoldState.RELEASED, "it was another portal", AS_OF)
    job.run()
    assert job.server.copies() == EVERYBODY


def test_a_second_installation_starts_with_its_own_ledger(job):
    """Starting again on the same store plans nothing again (metabase/metabase#54478, #45622)."""
    job.run()
    restarted = Job(job.store, job.renderer, job.source, job.server)
    assert restarted.run().outcome.sent == 0
    assert job.server.copies() == EVERYBODY
