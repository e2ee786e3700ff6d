"""A period of several weeks as one: views are added up, users are distinct over all of it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugin_digest.errors import Malformed, NotCovered
from plugin_digest.model import Absent, NoteKind, Period, Status, Usage, Week
from plugin_digest.sources.period_coverage import days_of
from unit.sources.bigquery.portal import W46, Event, count_by_hand, day_tables, make_events, request
from unit.sources.ga4.loopback import Fault

NA = Absent.NOT_AVAILABLE
OCTOBER = Period(Week(date(2026, 9, 28)), Week(date(2026, 10, 26)))
"""Five weeks; Stockholm's clocks go back in the last but one."""
SPRING = Period(Week(date(2026, 3, 9)), Week(date(2026, 3, 30)))
NEW_YEAR = Period(Week(date(2025, 12, 15)), Week(date(2026, 1, 5)))
PERIODS = pytest.mark.parametrize("period", [OCTOBER, SPRING, NEW_YEAR], ids=str)


@PERIODS
@pytest.mark.parametrize("property_zone", ["Europe/Stockholm", "America/New_York"])
def test_a_period_is_what_a_count_by_hand_gives(serve, read, period, property_zone):
    """Aliases, teams, clock changes and the turn of the year; users once however often they came."""
    events = make_events(*period.weeks, count=2_000)
    asked = request(period.last)
    usage = read(serve(day_tables(events, ZoneInfo(property_zone)))).pull_period(period, asked)
    portal, _, plugins, teams, _ = count_by_hand(events, days_of(period), asked)
    assert usage.portal == Usage(*portal)
    assert usage.plugins == {plugin: Usage(*pair) for plugin, pair in plugins.items()}
    assert {team: one.usage for team, one in usage.teams.items()} == {
        team: Usage(*pair) for team, pair in teams.items()
    }
    assert {team: one.plugins for team, one in usage.teams.items()} == asked.teams
    assert (usage.period, usage.source, usage.timezone) == (period, "ga4_bigquery", "Europe/Stockholm")
    assert (usage.status, usage.missing_days, usage.as_of) == (Status.FINAL, (), asked.as_of)


def test_users_of_a_period_are_no_sum_of_its_weeks(serve, read):
    """Views add up over the weeks, users do not (airbytehq/airbyte#42547)."""
    period = Period(W46.plus(-3), W46)
    source = read(serve(day_tables(make_events(*period.weeks, count=2_000))))
    weeks = source.pull(request(*period.weeks))
    usage = source.pull_period(period, request())
    assert usage.portal.views == sum(week.portal.views for week in weeks)
    assert usage.portal.users < sum(week.portal.users for week in weeks)
    assert usage.teams["ci"].usage.users < sum(week.teams["ci"].usage.users for week in weeks)


def test_the_weeks_of_the_request_do_not_matter(serve, read):
    """What is asked for is the period."""
    period = Period(W46.plus(-1), W46)
    source = read(serve(day_tables(make_events(*period.weeks))))
    as_of = request().as_of
    assert source.pull_period(period, request(W46.plus(-30), as_of=as_of)) == source.pull_period(
        period, request(as_of=as_of)
    )


def test_a_missing_day_makes_the_period_incomplete(serve, read):
    """It is named; the figures are those of the other days."""
    period = Period(W46.plus(-3), W46)
    tables = day_tables(make_events(*period.weeks))
    del tables["20261028"]
    usage = read(serve(tables)).pull_period(period, request())
    assert (usage.status, usage.missing_days) == (Status.INCOMPLETE, (date(2026, 10, 28),))
    assert "27 of 28 days: without 2026-10-28" in [note.text for note in usage.notes]


def test_a_period_whose_last_day_is_intraday_is_provisional(serve, read):
    """Google still replaces that table; a second pull gives the final figures."""
    period = Period(W46.plus(-1), W46)
    tables = day_tables(make_events(*period.weeks))
    tables["intraday_20261115"] = tables.pop("20261115")
    usage = read(serve(tables)).pull_period(period, request())
    assert usage.status is Status.PROVISIONAL
    assert NoteKind.NOT_SETTLED in [note.kind for note in usage.notes]


@pytest.mark.parametrize(("hours", "status"), [(71, Status.PROVISIONAL), (72, Status.FINAL)])
def test_a_period_settles_with_its_last_week(serve, read, hours, status):
    """72 hours after its end."""
    period = Period(W46.plus(-1), W46)
    source = read(serve(day_tables(make_events(*period.weeks))))
    end = datetime(2026, 11, 15, 23, tzinfo=UTC)
    assert source.pull_period(period, request(as_of=end + timedelta(hours=hours))).status is status


def test_views_that_name_no_plugin_are_no_zeros(serve, read):
    """Figures by plugin, and users without identities, are not available."""
    events = [Event(datetime(2026, 11, 11, 12, tzinfo=UTC), plugin=None)]
    usage = read(serve(day_tables(events)), user="user_id").pull_period(Period(W46, W46), request())
    assert usage.portal == Usage(1, NA)
    assert usage.plugins["jenkins"] == usage.teams["ci"].usage == Usage(NA, NA)
    assert [note.kind for note in usage.notes].count(NoteKind.NOT_AVAILABLE) == 2


def test_a_period_without_anything_is_not_covered(serve, read):
    """The line names the period and the days that are there."""
    source = read(serve(day_tables(make_events(W46, count=300))))
    with pytest.raises(NotCovered, match=r"has nothing for 2026-W36 to 2026-W39; it has 11 daily tables"):
        source.pull_period(Period(W46.plus(-10), W46.plus(-7)), request())


@pytest.mark.parametrize("call", ["dry run", "insert", "results"])
def test_a_failed_read_is_no_period(serve, read, call):
    """Garbage at any call ends it (PostHog/posthog#72105)."""
    server = serve(day_tables(make_events(W46, count=300)))
    server.meddle = lambda name, answer: Fault(200, b"<html>") if name == call else None
    with pytest.raises(Malformed):
        read(server).pull_period(Period(W46, W46), request())


def test_progress_is_told_to_its_end(serve, read):
    """One query: begun and done."""
    told = []
    server = serve(day_tables(make_events(W46, count=300)))
    read(server).pull_period(Period(W46, W46), request(), lambda *step: told.append(step))
    assert told == [("counting in BigQuery", 0, 1), ("counting in BigQuery", 1, 1)]


def test_nobody_leaves_bigquery(serve, read):
    """Neither the answer nor the figures hold what a user is told by."""
    server, answers = (
        serve(day_tables([Event(datetime(2026, 11, 11, 12, tzinfo=UTC), browser="only.me")])),
        [],
    )
    server.meddle = lambda name, answer: answers.append(answer)
    usage = read(server).pull_period(Period(W46, W46), request())
    assert "only.me" not in f"{usage}{answers}"
