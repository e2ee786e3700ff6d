"""Monthly digests: when each comes, what it is about, and whose users it counts."""

from dataclasses import replace
from datetime import date, time

import pytest

from factories import W46, team
from plugin_digest.audience import Rules
from plugin_digest.diff import both_periods
from plugin_digest.errors import Held
from plugin_digest.model import (
    Absent,
    Cadence,
    HoldState,
    PeriodUsage,
    Status,
    TeamUsage,
    Usage,
    Week,
)
from plugin_digest.plan import Choices
from plugin_digest.weeks import Timetable
from unit.pipeline.weekly_job import CI, DOCS, PORTAL_TEAM, ZONE, Job, MadeUpSource, week

TIMETABLE = Timetable(ZONE, "monday", "monday", time(9))
W44 = Week(date(2026, 10, 26))
"""Its slot, on 2 November, is the first of a month, as are those of W48 and, in January, W53."""
FIRST_SLOTS = (W44, W44.plus(5), W44.plus(9))
FIGURES = {"jenkins": 40, "sonarqube": 24, "techdocs": 200}
MONTHLY = replace(CI, cadence=Cadence.MONTHLY)


class Looking:
    """A renderer that keeps the digests that it writes."""

    def __init__(self, real):
        self.real = real
        self.digests = []

    def team(self, digest):
        self.digests.append(digest)
        return self.real.team(digest)

    def __getattr__(self, name):
        return getattr(self.real, name)


@pytest.fixture
def job(sqlite_store, renderer):
    """A monthly team and a weekly one, and many weeks with the same figures."""
    source = MadeUpSource(*(week(W44.plus(n), **FIGURES) for n in range(-20, 16)))
    job = Job(sqlite_store, Looking(renderer), source)
    job.teams = (MONTHLY, DOCS)
    for n in range(-20, -5):
        job.store.snapshots.add(source.known[W44.plus(n)])
    return job


def run(job, which):
    job.choices = replace(job.choices, month=TIMETABLE.month(which))
    job.now = TIMETABLE.slot(which).moment
    return job.run(which)


def hold(job, which):
    """The week misses a day, so nothing of it is sent."""
    short = job.source.known[which]
    job.source.known[which] = replace(short, status=Status.INCOMPLETE, missing_days=(which.first_day,))
    with pytest.raises(Held):
        run(job, which)


def told(job, key="ci"):
    """What each digest of the team that was not held was about, oldest first."""
    digests = (d for d in job.renderer.digests if d.team.key == key)
    return [(d.week, d.weeks) for d in digests if job.store.digests.find(d.week, key) is not None]


def reason(report, key="ci"):
    return next(row.reason for row in report.rows if row.team == key)


def test_a_monthly_digest_comes_with_the_first_slot_of_a_month():
    """The timetable's months are those of the slots, four or five weeks each."""
    for first, before in zip(FIRST_SLOTS[1:], FIRST_SLOTS, strict=False):
        month = TIMETABLE.month(first)
        assert (month.first, month.before) == (first, before)
        assert TIMETABLE.month(first.plus(1)) == TIMETABLE.month(first.plus(3)) == month
    assert TIMETABLE.month(W44).next_day == date(2026, 12, 7)


def test_a_monthly_team_reads_of_every_week_once(job):
    """At the first slots of three months, about the weeks since the one before."""
    for n in range(-3, 12):
        report = run(job, W44.plus(n))
        if n == 2:
            assert reason(report) == (
                "skipped: monthly: the last digest was about 2026-W44, the next comes on 2026-12-07"
            )
    assert told(job) == [(W44, 4), (W44.plus(5), 5), (W44.plus(9), 4)]


def test_a_new_monthly_team_waits_for_the_first_slot_of_a_month(job):
    """It is told when that is."""
    assert reason(run(job, W46)) == "skipped: monthly: the first digest comes on 2026-12-07"
    assert job.server.copies() == {"docs@acme.example": 1, PORTAL_TEAM: 1}


@pytest.mark.parametrize("decision", [None, HoldState.REJECTED])
def test_a_month_whose_first_slot_was_held_comes_with_the_next_one(job, decision):
    """About all weeks since the last digest; the month after is about the rest only."""
    for n in range(-1, 10):
        if n == 5:
            hold(job, W44.plus(n))
            if decision is not None:
                job.store.holds.decide(W44.plus(n), decision, "lost", job.now)
        else:
            run(job, W44.plus(n))
    assert told(job) == [(W44, 4), (W44.plus(6), 6), (W44.plus(9), 3)]


def test_a_month_whose_slots_were_missed_comes_with_the_first_that_is_not(job):
    """As many weeks before are read to compare with as it is about."""
    for n in (0, 1, 8):
        run(job, W44.plus(n))
        for skipped in (2, 3, 4, 5, 6, 7):
            job.store.snapshots.add(job.source.known[W44.plus(skipped)])
    assert told(job) == [(W44, 4), (W44.plus(8), 8)]
    digest = job.renderer.digests[-2] if job.renderer.digests[-1].team.key == "docs" else None
    assert (digest.views.current, digest.views.previous) == (8 * 64, 8 * 64)


def test_the_first_month_is_not_lost_either(job):
    """A team that had no digest yet, and whose first slot of a month was held, gets it with the next."""
    hold(job, W44)
    run(job, W44.plus(1))
    assert told(job) == [(W44.plus(1), 5)]
    assert job.server.copies()["ci@acme.example"] == 1


def test_a_held_week_that_is_released_late_repeats_no_month(job):
    """Its weeks stand in the digest that has gone out since."""
    run(job, W44)
    for n in (1, 2, 3, 4):
        run(job, W44.plus(n))
    hold(job, W44.plus(5))
    run(job, W44.plus(6))
    job.store.holds.decide(W44.plus(5), HoldState.RELEASED, "it is right", job.now)
    report = run(job, W44.plus(5))
    assert reason(report) == "skipped: monthly: the digest about 2026-W50 has gone out already"


def test_two_monthly_teams_of_one_reader_come_as_one(job):
    """Where that is set; a weekly one is not mixed with them."""
    web = team("web", name="Web", plugins=frozenset({"sonarqube"}), recipients=CI.recipients)
    job.teams = (
        replace(MONTHLY, plugins=frozenset({"jenkins"})),
        replace(web, cadence=Cadence.MONTHLY),
        replace(DOCS, recipients=CI.recipients),
    )
    job.choices = replace(job.choices, rules=Rules(combine=True))
    for n in range(6):
        run(job, W44.plus(n))
    assert told(job, "ci+web") == [(W44, 4), (W44.plus(5), 5)]
    assert job.server.copies()["ci@acme.example"] == 2 + 6


def counted(job, users):
    """Ten weeks with 100 views of jenkins each; read as wholes, each four of them have so many users."""
    monthly = team("ci", plugins=frozenset({"jenkins"}), cadence=Cadence.MONTHLY)
    job.teams = (monthly,)
    for back in range(10):
        job.store.snapshots.add(week(W44.plus(-back), job.teams, jenkins=100))
    for period, count in zip(both_periods(W44, 4), users, strict=True):
        usage = Usage(400, count)
        job.store.periods.add(
            PeriodUsage(
                period, "events", "Europe/Stockholm", job.now, Status.FINAL, usage, {"jenkins": usage},
                {"ci": TeamUsage(frozenset({"jenkins"}), usage)},
            )
        )  # fmt: skip
    job.choices = Choices(portal_recipients=(PORTAL_TEAM,), month=TIMETABLE.month(W44))


def test_a_monthly_digest_sums_views_and_never_users(job):
    """Four weeks' views are added up; their users are those of one reading of the four weeks."""
    counted(job, (60, 50))
    job.send(W44)
    (digest,) = job.renderer.digests
    assert (digest.weeks, digest.cadence) == (4, Cadence.MONTHLY)
    assert (digest.views.current, digest.views.previous) == (400, 400)
    assert (digest.users.current, digest.users.previous, digest.users.difference) == (60, 50, 10)


def test_a_month_whose_users_nobody_has_counted_says_so(job):
    """Where the source cannot count a month as a whole, its users are not available, and not a sum."""
    counted(job, (Absent.NOT_AVAILABLE, Absent.NOT_AVAILABLE))
    job.send(W44)
    assert job.server.copies() == {"ci@acme.example": 1, PORTAL_TEAM: 1}
    assert "400" in job.server.text("ci@acme.example")
