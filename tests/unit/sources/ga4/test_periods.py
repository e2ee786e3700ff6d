"""A period of several weeks as one date range: views are added up, users are distinct over all of it."""

import dataclasses
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from google.analytics.data_v1beta import types

from plugin_digest.errors import Malformed, NotCovered, Unreachable
from plugin_digest.model import Absent, NoteKind, Period, PullRequest, Status, Usage, Week
from unit.sources.ga4.fake_ga4 import Event, moment
from unit.sources.ga4.loopback import Fault
from unit.sources.ga4.portal import ALIASES, STOCKHOLM, Counted, Truth, late, make_events

OCTOBER = Period(Week(date(2026, 9, 28)), Week(date(2026, 10, 26)))
"""Five weeks; Stockholm's clocks go back in the last but one."""
SPRING = Period(Week(date(2026, 3, 9)), Week(date(2026, 3, 30)))
NEW_YEAR = Period(Week(date(2025, 12, 15)), Week(date(2026, 1, 5)))
FROM_SUNDAY = Period(Week(date(2026, 10, 4)), Week(date(2026, 10, 25)))
NA = Absent.NOT_AVAILABLE
TEAMS = {
    "docs": frozenset({"techdocs", "catalog"}),
    "ci": frozenset({"jenkins", "azure-devops"}),
    "nobody": frozenset({"unheard-of"}),
}


def request(period: Period = OCTOBER, **changes) -> PullRequest:
    given = {
        "weeks": (),
        "timezone": STOCKHOLM,
        "as_of": late(period.last),
        "teams": TEAMS,
        "aliases": ALIASES,
        **changes,
    }
    return PullRequest(**given)


def events_of(period: Period) -> list[Event]:
    """Three views a day, and the week on each side of the period, with visitors of their own."""
    around = [make_events([week], per_day=24) for week in (period.first.plus(-1), period.last.plus(1))]
    strangers = [dataclasses.replace(e, user=f"stranger-{e.user}") for some in around for e in some]
    return [*make_events(period.weeks, per_day=3), *strangers]


def usage(counted: Counted) -> Usage:
    return Usage(counted.views, counted.users)


@pytest.mark.parametrize("period", [OCTOBER, SPRING, NEW_YEAR, FROM_SUNDAY], ids=str)
def test_a_period_equals_the_plain_count(source, fake, period):
    """Portal, plugins through aliases and spellings, and teams; clock changes and the turn of the year."""
    fake.events = events_of(period)
    read = source().pull_period(period, request(period))
    truth = Truth.of(fake.events, period)
    assert read.portal == usage(truth.portal())
    assert read.plugins == {plugin: usage(counted) for plugin, counted in truth.plugins().items()}
    assert {team: one.usage for team, one in read.teams.items()} == {
        team: usage(truth.of_plugins(plugins)) for team, plugins in TEAMS.items()
    }
    assert {team: one.plugins for team, one in read.teams.items()} == TEAMS
    assert (read.period, read.source, read.timezone) == (period, "ga4", "Europe/Stockholm")
    assert (read.status, read.missing_days, read.notes) == (Status.FINAL, (), ())


def test_users_of_a_period_are_no_sum_of_its_weeks(source, fake):
    """Views add up over the weeks, users do not (airbytehq/airbyte#42547)."""
    fake.events = events_of(OCTOBER)
    weeks = source().pull(request(weeks=OCTOBER.weeks))
    read = source().pull_period(OCTOBER, request())
    assert read.portal.views == sum(week.portal.views for week in weeks)
    assert read.portal.users < sum(week.portal.users for week in weeks)
    assert read.teams["ci"].usage.users < sum(week.teams["ci"].usage.users for week in weeks)


def test_a_period_takes_few_reports_of_one_range(source, fake):
    """Days, views and users by plugin, the portal's users, and a batch for sets of plugins: no pages."""
    fake.events = events_of(OCTOBER)
    source(dimension="customEvent:c_pluginId").pull_period(OCTOBER, request())
    assert sorted(call.method for call in fake.calls) == ["batchRunReports", *["runReport"] * 4]
    ranges = {(r.start_date, r.end_date) for report in fake.reports for r in report.date_ranges}
    assert ranges == {("2026-09-28", "2026-11-01")}
    assert {len(report.date_ranges) for report in fake.reports} == {1}


def test_new_users_are_not_available(source, fake):
    """GA4's own newUsers are those who are new to the portal ever, which is another question."""
    fake.events = events_of(OCTOBER)
    read = source().pull_period(OCTOBER, request())
    assert {one.new_users for one in (read.portal, *read.plugins.values())} == {NA}


def test_active_users_by_setting(source, fake):
    """The user metric is that of the weeks."""
    fake.events = events_of(OCTOBER)
    read = source(user_metric="activeUsers").pull_period(OCTOBER, request())
    truth = Truth.of([event for event in fake.events if event.is_active], OCTOBER)
    assert read.plugins["jenkins"].users == truth.plugins()["jenkins"].users


def test_paths_that_name_plugins_give_distinct_users_too(source, fake):
    """A plugin's users are one count over all its paths and weeks; unattributed views are no plugin's."""
    fake.events = [dataclasses.replace(e, plugin=None, group=None) for e in events_of(OCTOBER)]
    read = source(plugin_from="first_path_segment").pull_period(OCTOBER, request())
    by_path = [dataclasses.replace(e, plugin=e.path.split("?")[0].split("/")[1]) for e in fake.events]
    truth = Truth.of(by_path, OCTOBER)
    assert read.plugins == {plugin: usage(counted) for plugin, counted in truth.plugins().items()}
    assert read.teams["docs"].usage == usage(truth.of_plugins(TEAMS["docs"]))


def test_small_pages_change_no_figure(source, fake):
    """A report in parts is read to its end."""
    fake.events = events_of(OCTOBER)
    assert source(page_rows=3).pull_period(OCTOBER, request()) == source().pull_period(OCTOBER, request())


def test_a_missing_day_makes_the_period_incomplete(source, fake):
    """It is named; a quiet day is not missing."""
    gap = date(2026, 10, 24)
    fake.events = [e for e in events_of(OCTOBER) if e.at.astimezone(STOCKHOLM).date() != gap]
    read = source().pull_period(OCTOBER, request())
    assert (read.status, read.missing_days) == (Status.INCOMPLETE, (gap,))
    assert [note.text for note in read.notes] == ["34 of 35 days: without 2026-10-24"]
    assert source(quiet_days=["saturday"]).pull_period(OCTOBER, request()).status is Status.FINAL


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        ("2026-11-01 20:00", Status.INCOMPLETE),
        ("2026-11-02 00:00", Status.PROVISIONAL),
        ("2026-11-04 23:59", Status.PROVISIONAL),
        ("2026-11-05 00:00", Status.FINAL),
    ],
)
def test_a_period_settles_72_hours_after_its_last_week(source, fake, as_of, status):
    """As that week does."""
    fake.events = events_of(OCTOBER)
    assert source().pull_period(OCTOBER, request(as_of=moment(as_of))).status is status


def test_a_period_without_views_is_not_covered(source, fake):
    """Found dimension or set; the line names the period."""
    fake.events = make_events([OCTOBER.last.plus(3)])
    for settings in ({}, {"dimension": "contentGroup"}):
        with pytest.raises(NotCovered, match="property 123456789 has no view in 2026-W40 to 2026-W44"):
            source(**settings).pull_period(OCTOBER, request())


def test_a_period_that_has_not_begun_is_not_asked_for(source, fake):
    """Nothing is sent about the future (matomo-org/matomo#21044)."""
    with pytest.raises(NotCovered):
        source().pull_period(OCTOBER, request(as_of=datetime(2026, 9, 27, 21, tzinfo=UTC)))
    assert fake.calls == []


def test_what_ga4_says_of_its_figures_goes_with_the_period(source, fake):
    """Thresholds, other rows and sampling, as for a week; users of pages are not spoken of."""
    fake.events = events_of(OCTOBER)
    fake.metadata = {
        "subject_to_thresholding": True,
        "data_loss_from_other_row": True,
        "sampling_metadatas": [types.SamplingMetadata(samples_read_count=4, sampling_space_size=10)],
    }
    read = source().pull_period(OCTOBER, request())
    low = "views and users of small plugins may be low"
    assert [note.text for note in read.notes] == [
        f"Google Analytics may hold back rows with very few users: {low}",
        f"Google Analytics counted rare values as “(other)”: {low}",
        "Google Analytics estimated views and users from 40.0% of the events (sampling)",
    ]


def test_a_period_before_the_ids_were_sent_has_no_zeros(source, fake):
    """No view names a plugin: owned plugins and teams are not available."""
    fake.events = [dataclasses.replace(e, plugin=None) for e in events_of(OCTOBER)]
    read = source(dimension="customEvent:c_pluginId").pull_period(OCTOBER, request())
    assert read.portal == usage(Truth.of(fake.events, OCTOBER).portal())
    assert read.plugins["jenkins"] == read.teams["ci"].usage == Usage(NA, NA)
    assert [note.kind for note in read.notes] == [NoteKind.NOT_AVAILABLE]


def test_a_property_in_another_zone_counts_its_own_days(source, fake):
    """The period says whose days they are, and the reader learns it once, not once a week."""
    fake.zone = ZoneInfo("America/Los_Angeles")
    fake.events = make_events([OCTOBER.first.plus(-1), *OCTOBER.weeks, OCTOBER.last.plus(1)])
    read = source().pull_period(OCTOBER, request())
    assert read.portal == usage(Truth.of(fake.events, OCTOBER, fake.zone).portal())
    assert read.timezone == "America/Los_Angeles"
    [note] = read.notes
    assert note.text == (
        "Google Analytics counts days of America/Los_Angeles, not of Europe/Stockholm: "
        "its week begins on Monday at 09:00 there"
    )


@pytest.mark.parametrize("method", ["runReport", "batchRunReports"])
@pytest.mark.parametrize(
    ("fault", "kind"), [(Fault(200, b"<html>"), Malformed), (Fault(503, b""), Unreachable)]
)
def test_a_failed_report_is_no_period(source, fake, server, method, fault, kind):
    """Nothing is returned from what was read before (PostHog/posthog#72105)."""
    fake.events = events_of(OCTOBER)
    server.meddle = lambda asked, answer: fault if asked == method else answer
    with pytest.raises(kind):
        source().pull_period(OCTOBER, request())


def test_progress_is_told_with_the_period(source, fake):
    """Both steps, to their end."""
    fake.events = events_of(OCTOBER)
    told = []
    source().pull_period(OCTOBER, request(), lambda *step: told.append(step))
    last = {what: (done, total) for what, done, total in told}
    assert last == {
        "2026-W40 to 2026-W44: reports": (4, 4),
        "2026-W40 to 2026-W44: distinct users": (1, 1),
    }
