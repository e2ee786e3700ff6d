"""Who gets what over several weeks: owners that change, people that leave, teams that want less mail."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from factories import W46, team
from plugin_digest.audience import Rules
from plugin_digest.drafting import draft
from plugin_digest.errors import Held, OwnershipError
from plugin_digest.forecast import forecast
from plugin_digest.model import (
    Cadence,
    DeliveryState,
    HoldState,
    OptOut,
    Ownership,
    Status,
)
from unit.pipeline.weekly_job import CI, DOCS, PORTAL_TEAM, Job, MadeUpSource, MailServer, body, week

W47 = W46.plus(1)
PLATFORM = team("platform", name="Platform", plugins=frozenset({"catalog", "search"}))


@pytest.fixture
def weeks(sqlite_store, renderer):
    """Three weeks with the same figures, the second of which is reported first."""
    figures = {"jenkins": 40, "sonarqube": 24, "techdocs": 200}
    return Job(sqlite_store, renderer, MadeUpSource(*(week(W46.plus(n), **figures) for n in (-1, 0, 1))))


def reasons(report):
    return {(row.team, row.recipient): row.reason for row in report.rows}


def test_who_leaves_after_the_plan_gets_no_mail(job):
    """An opt-out is looked at when the mail is about to go out, not when it is planned (F43)."""

    class Leaving(type(job.server)):
        def send(self, payload, sender, recipient):
            job.store.opt_outs.add(OptOut("docs@acme.example", "", "optout add", "enough"), job.now)
            return super().send(payload, sender, recipient)

    job.server = Leaving()
    report = job.run()
    assert job.server.copies() == {"ci@acme.example": 1, PORTAL_TEAM: 1}
    assert reasons(report)["docs", "docs@acme.example"] == "skipped: opted out by optout add: enough"
    assert report.exit_code == 0


def test_an_opt_out_survives_a_change_of_owner(weeks):
    """Who has left stays away when the plugins go to another team of theirs, and under another spelling."""
    weeks.store.opt_outs.add(OptOut("ci@acme.example", "", "optout add"), weeks.now)
    weeks.run()
    weeks.a_week_later()
    weeks.teams = (replace(DOCS, recipients=(" CI@acme.example",), plugins=CI.plugins | DOCS.plugins),)
    report = weeks.run(W47)
    assert weeks.server.copies() == {"docs@acme.example": 1, PORTAL_TEAM: 2}
    assert reasons(report)["docs", "CI@acme.example"] == "skipped: opted out by optout add"


def test_a_plugin_that_moved_is_told_once_to_both_teams(weeks):
    """The week after the move both digests say so, the one after that none does."""
    weeks.run()
    weeks.a_week_later()
    weeks.teams = (
        replace(CI, plugins=frozenset({"jenkins"})),
        replace(DOCS, plugins=DOCS.plugins | {"sonarqube"}),
    )
    weeks.run(W47)
    for address in ("ci@acme.example", "docs@acme.example"):
        _, mail = weeks.server.mails(address)
        text = " ".join(mail.get_body(("plain",)).get_content().split())
        assert "sonarqube" in text
        assert "Documentation" in text
    moved = draft(
        W47, Ownership(weeks.teams), weeks.choices, records=weeks.store, renderer=weeks.renderer
    ).moves
    assert [(move.plugin, move.from_team, move.to_team) for move in moved] == [
        ("sonarqube", "CI Platform", "Documentation")
    ]
    weeks.source.known[W47.plus(1)] = week(W47.plus(1), weeks.teams, jenkins=40, sonarqube=24, techdocs=200)
    weeks.a_week_later()
    report = weeks.run(W47.plus(1))
    assert report.plan.moves == ()


def test_owners_that_cannot_be_asked_hold_the_run(weeks):
    """A catalog that is down ends nobody's digest and sends nobody an old list's (F42); each reader's row in
    the ledger says so.
    """
    weeks.run()
    weeks.a_week_later()
    weeks.owners_trouble = OwnershipError("catalog backstage.acme.example: no answer within 30 s")
    with pytest.raises(Held, match="who owns what is not known: catalog backstage"):
        weeks.run(W47)
    assert weeks.server.copies() == {"ci@acme.example": 1, "docs@acme.example": 1, PORTAL_TEAM: 1}
    rows = weeks.store.deliveries.of_week(W47)
    assert {row.recipient for row in rows} == {"ci@acme.example", "docs@acme.example", PORTAL_TEAM}
    assert all(row.reason.startswith("held: who owns what is not known") for row in rows)
    assert weeks.store.holds.of(W47).state is HoldState.HELD
    assert weeks.store.snapshots.newest(W47) is not None
    weeks.owners_trouble = None
    assert weeks.run(W47).outcome.sent == 3


def test_the_last_owners_are_used_only_where_that_is_set(weeks):
    """And the portal digest says that they are old."""
    weeks.run()
    weeks.a_week_later()
    weeks.owners_trouble = OwnershipError("catalog: no answer")
    report = weeks.send_of_pulled(W47, reuses_ownership=True)
    assert report.outcome.sent == 3
    (flaw,) = report.plan.ownership.flaws
    assert (flaw.kind.value, flaw.text) == ("not asked", "catalog: no answer")
    *_, mail = weeks.server.mails(PORTAL_TEAM)
    text = " ".join(body(mail).split())
    assert "catalog: no answer (who owned what in 2026-W46 is used)" in text


def test_owners_that_shrink_hold_the_run_until_a_person_releases_it(sqlite_store, renderer):
    """Five teams of which one is left look like a catalog in trouble."""
    teams = tuple(team(f"t{n}", plugins=frozenset({f"p{n}"})) for n in range(5))
    figures = {f"p{n}": 50 for n in range(5)}
    job = Job(
        sqlite_store, renderer, MadeUpSource(*(week(W46.plus(n), teams, **figures) for n in (-1, 0, 1)))
    )
    job.teams = teams
    job.run()
    job.a_week_later()
    job.teams = teams[:1]
    with pytest.raises(Held, match="the ownership has 1 teams, 5 the last time"):
        job.run(W47)
    assert job.server.copies()["t0@acme.example"] == 1
    job.store.holds.decide(W47, HoldState.RELEASED, "four teams were merged", job.now)
    assert job.run(W47).outcome.sent == 2


def test_a_team_without_plugins_gets_nothing(weeks):
    """Never everything (getsentry/sentry#73594, F41)."""
    weeks.teams = (CI, replace(DOCS, plugins=frozenset()))
    report = weeks.run()
    assert weeks.server.copies() == {"ci@acme.example": 1, PORTAL_TEAM: 1}
    assert reasons(report)["docs", "docs@acme.example"] == "skipped: owns no plugin"


def test_a_combined_digest_is_about_the_plugins_of_both_teams(weeks):
    """One mail, its users asked of the source as one distinct count over both teams' plugins."""
    weeks.teams = (CI, replace(DOCS, recipients=("docs@acme.example", "CI@acme.example")))
    weeks.choices = replace(weeks.choices, rules=Rules(combine=True))
    report = weeks.run()
    assert weeks.server.copies() == {"ci@acme.example": 1, "docs@acme.example": 1, PORTAL_TEAM: 1}
    (mail,) = weeks.server.mails("ci@acme.example")
    text = mail.get_body(("plain",)).get_content()
    assert all(plugin in text for plugin in ("jenkins", "sonarqube", "techdocs"))
    assert reasons(report)["docs", "CI@acme.example"] == "skipped: gets it in the digest of ci+docs"
    weeks.choices = replace(weeks.choices, rules=Rules())
    weeks.send()
    assert weeks.server.copies()["ci@acme.example"] == 1


def test_a_team_that_wants_only_the_unusual_gets_a_sign_of_life(sqlite_store, renderer):
    """Its first digest, then nothing for seven ordinary weeks, then a sign of life in the eighth."""
    figures = {"jenkins": 40, "sonarqube": 24, "techdocs": 200}
    known = [week(W46.plus(n), **figures) for n in range(-12, 10)]
    job = Job(sqlite_store, renderer, MadeUpSource(*known))
    job.teams = (replace(CI, cadence=Cadence.UNUSUAL), DOCS)
    sent = []
    for n in range(10):
        before = job.server.copies()["ci@acme.example"]
        report = job.run(W46.plus(n))
        sent.append(job.server.copies()["ci@acme.example"] - before)
        if n == 1:
            assert reasons(report)["ci", "ci@acme.example"] == (
                "skipped: nothing unusual; the last digest was about 2026-W46"
            )
        job.a_week_later()
    assert sent == [1, 0, 0, 0, 0, 0, 0, 0, 1, 0]


def test_a_week_frozen_before_the_owners_changed_stays_as_it_is(weeks):
    """Owners that change between two calls of a week add readers; no letter is written anew (rule 1)."""
    weeks.run()
    weeks.teams = (replace(CI, recipients=("ci@acme.example", "new@acme.example")), DOCS)
    report = weeks.send()
    assert report.outcome.sent == 1
    old, new = (
        weeks.server.text(address).partition("You get this")[0]
        for address in ("ci@acme.example", "new@acme.example")
    )
    assert old == new


def test_each_reader_is_told_their_own_reason(weeks):
    """A mail ends with why it comes, by the origin of that very address."""
    weeks.teams = (
        replace(CI, recipients=("ci@acme.example", "jane@acme.example"),
                recipient_origins={"jane@acme.example": "member user:default/jane of group:default/ci"}),
        DOCS,
    )  # fmt: skip
    weeks.run()
    jane, ci = weeks.server.text("jane@acme.example"), weeks.server.text("ci@acme.example")
    assert "member user:default/jane of group:default/ci" in jane
    assert "user:default/jane" not in ci
    assert "CI Platform owns jenkins and sonarqube" in ci


def test_a_past_week_is_planned_with_what_was_known_then(weeks):
    """The ownership of each week is stored with it."""
    weeks.run()
    weeks.a_week_later()
    weeks.teams = (replace(CI, name="Builds"), DOCS)
    weeks.run(W47)
    assert [t.name for t in weeks.store.ownerships.of(W46).teams] == ["CI Platform", "Documentation"]
    assert [t.name for t in weeks.store.ownerships.of(W47).teams] == ["Builds", "Documentation"]
    assert weeks.now == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert {row.state for row in weeks.store.deliveries.of_week(W47)} == {DeliveryState.SENT}


def crowd(store, renderer, count=10):
    """So many teams with a plugin each, over three weeks."""
    teams = tuple(team(f"t{n}", plugins=frozenset({f"p{n}"})) for n in range(count))
    figures = {f"p{n}": 50 for n in range(count)}
    known = [week(W46.plus(n), teams, **figures) for n in (-1, 0, 1)]
    job = Job(store, renderer, MadeUpSource(*known))
    job.teams = teams
    return job


def test_a_second_call_of_a_week_does_not_disarm_the_guard(sqlite_store, renderer):
    """Owners that shrink between two calls of a sent week are no base for the next week's comparison."""
    job = crowd(sqlite_store, renderer)
    whole = job.teams
    job.run()
    job.teams = whole[:2]
    with pytest.raises(Held, match="the ownership has 2 teams, 10 the last time"):
        job.send()
    job.a_week_later()
    with pytest.raises(Held, match="the ownership has 2 teams, 10 the last time"):
        job.run(W47)
    job.teams = whole
    assert job.run(W47).outcome.sent == 11


def test_waiting_mails_are_not_dropped_because_the_owners_shrank(sqlite_store, renderer):
    """A week that is frozen and not sent is held, not skipped as no longer wanted."""
    job = crowd(sqlite_store, renderer)
    job.server.stop_after = 3
    assert job.run().outcome.sent == 3
    job.server.stop.clear()
    job.server.stop_after = None
    whole, job.teams = job.teams, job.teams[:2]
    with pytest.raises(Held, match="the ownership has 2 teams"):
        job.send()
    job.teams = whole
    assert job.send().outcome.sent == 8


def test_a_release_lets_through_only_what_was_held(sqlite_store, renderer):
    """Somebody who released a missing day has not released a catalog that lost its groups since."""
    job = crowd(sqlite_store, renderer)
    job.run()
    job.a_week_later()
    whole = job.teams
    short = week(W47, whole, **{f"p{n}": 50 for n in range(10)})
    job.source.known[W47] = replace(short, status=Status.INCOMPLETE, missing_days=(W47.first_day,))
    with pytest.raises(Held, match="only 6 days of 7"):
        job.run(W47)
    job.store.holds.decide(W47, HoldState.RELEASED, "known outage", job.now)
    job.teams = whole[:2]
    with pytest.raises(Held, match="the ownership has 2 teams") as caught:
        job.run(W47)
    assert "6 days" not in str(caught.value)
    job.teams = whole
    assert job.run(W47).outcome.sent == 11


def test_a_hold_that_ends_by_itself_is_recorded(weeks):
    """A week that came right and went out is not called held any more."""
    short = weeks.source.known[W46]
    weeks.source.known[W46] = replace(short, status=Status.INCOMPLETE, missing_days=(W46.first_day,))
    with pytest.raises(Held):
        weeks.run()
    weeks.source.known[W46] = short
    weeks.run()
    hold = weeks.store.holds.of(W46)
    assert (hold.state, hold.reason) == (HoldState.RELEASED, "nothing looked wrong any more")


def test_a_named_teams_combined_digests_are_sent_with_it(weeks):
    """`send --team ci` reaches everybody who reads about ci."""
    weeks.teams = (CI, replace(DOCS, recipients=("docs@acme.example", "ci@acme.example")))
    weeks.choices = replace(weeks.choices, rules=Rules(combine=True))
    weeks.store.snapshots.add(weeks.source.known[W46])
    weeks.send(teams=("ci",))
    assert weeks.server.copies() == {"ci@acme.example": 1}


def test_a_move_is_told_by_a_digest_that_went_out(weeks):
    """What was only planned has told nobody; the next digest that is sent says it."""
    weeks.run()
    weeks.a_week_later()
    weeks.teams = (
        replace(CI, plugins=frozenset({"jenkins"})),
        replace(DOCS, plugins=DOCS.plugins | {"sonarqube"}),
    )
    weeks.server.stop.set()
    weeks.run(W47)
    weeks.server.stop.clear()
    weeks.source.known[W47.plus(1)] = week(W47.plus(1), weeks.teams, jenkins=40, sonarqube=24, techdocs=200)
    weeks.a_week_later()
    weeks.run(W47.plus(1))
    _, mail = weeks.server.mails("docs@acme.example")
    assert "sonarqube" in mail.get_body(("plain",)).get_content().partition("You get this")[0]


def test_an_older_week_tells_no_moves(weeks):
    """A week that is sent after a newer one knows nothing that the newer one has not told."""
    weeks.run()
    weeks.teams = (
        replace(CI, plugins=frozenset({"jenkins"})),
        replace(DOCS, plugins=DOCS.plugins | {"sonarqube"}),
    )
    weeks.store.snapshots.add(weeks.source.known[W46.plus(-1)])
    report = weeks.send(W46.plus(-1))
    assert report.outcome.sent == 3
    assert report.plan.moves == ()


def test_a_frozen_digest_comes_for_the_reason_that_it_was_written_for(weeks):
    """Owners that change between the plan and the sending change no letter, and so not why it comes."""
    weeks.server.stop.set()
    weeks.run()
    weeks.server.stop.clear()
    weeks.teams = (replace(CI, plugins=frozenset()), replace(DOCS, plugins=CI.plugins | DOCS.plugins))
    report = weeks.send()
    assert report.outcome.sent == 3
    assert "CI Platform owns jenkins and sonarqube; that is set in teams.yaml" in weeks.server.text(
        "ci@acme.example"
    )
    assert "Documentation owns techdocs; that is set" in weeks.server.text("docs@acme.example")


LEAD = "lead@acme.example"


@pytest.fixture
def combining(weeks):
    """Somebody reads the digests of both teams, and gets them as one."""
    weeks.teams = tuple(replace(each, recipients=(f"{each.key}@acme.example", LEAD)) for each in (CI, DOCS))
    weeks.choices = replace(weeks.choices, rules=Rules(combine=True))
    return weeks


class LeavingDocs(MailServer):
    """Team docs leaves when the first mail is taken."""

    def __init__(self, store, now):
        super().__init__()
        self.store, self.now = store, now

    def send(self, payload, sender, recipient):
        self.store.opt_outs.add(OptOut("", "docs", "web"), self.now)
        return super().send(payload, sender, recipient)


def test_a_team_that_leaves_during_the_sending_takes_no_other_digest_with_it(combining):
    """Who was to get both teams' digests as one gets the other team's in the same call."""
    combining.server = LeavingDocs(combining.store, combining.now)
    report = combining.run()
    assert combining.server.copies() == {"ci@acme.example": 1, LEAD: 1, PORTAL_TEAM: 1}
    assert "techdocs" not in combining.server.text(LEAD)
    assert reasons(report)["ci+docs", LEAD] == "skipped: the team docs has opted out by web"
    assert (report.outcome.sent, report.exit_code) == (3, 0)
    combining.send()
    assert combining.server.copies()[LEAD] == 1


def test_a_combined_digest_that_was_sent_stays_in_the_plan(combining):
    """With its reader, so that the plan does not tell of a reader who is gone."""
    combining.run()
    plan = draft(
        W46,
        combining.owners(),
        combining.choices,
        records=combining.store,
        renderer=combining.renderer,
    )
    (both,) = (one for one in plan.drafts if one.parts)
    assert (both.team.key, both.recipients, both.frozen is not None) == ("ci+docs", (LEAD,), True)


def test_a_combined_digest_says_which_team_owns_what(combining):
    """Its reader reads for each of them."""
    combining.run()
    assert (
        "because CI Platform owns jenkins and sonarqube and Documentation owns techdocs; that is set in "
        "teams.yaml."
    ) in combining.server.text(LEAD)


def test_a_week_of_which_nothing_went_out_is_compared_with_the_one_before(weeks):
    """What is planned and waits has told nobody; once it is sent, an edit is held against it."""
    weeks.run()
    weeks.a_week_later()
    weeks.store.snapshots.add(weeks.source.known[W47])
    weeks.server.stop.set()
    weeks.send(W47)
    weeks.teams = (CI, replace(DOCS, recipients=("docs@acme.example", "new@acme.example")))

    def compared():
        plan = draft(W47, weeks.owners(), weeks.choices, records=weeks.store, renderer=weeks.renderer)
        return plan.compared_with, forecast(plan, weeks.store.deliveries).changes["recipients added"]

    assert compared() == (W46, ["new@acme.example (docs)"])
    weeks.server.stop.clear()
    weeks.teams = (CI, DOCS)
    weeks.send(W47)
    weeks.teams = (CI, replace(DOCS, recipients=("docs@acme.example", "new@acme.example")))
    assert compared() == (W47, ["new@acme.example (docs)"])
