"""A period of several weeks as a range of Matomo's: its users where Matomo counts those of ranges."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugin_digest.errors import Malformed, NotCovered
from plugin_digest.model import Absent, NoteKind, Period, Status, Usage, Week
from unit.sources.matomo.fake_matomo import STOCKHOLM, Fault
from unit.sources.matomo.portal import PATHS, TEAMS, make_visits, plugin_of, request

OCTOBER = Period(Week(date(2026, 9, 28)), Week(date(2026, 10, 26)))
"""Five weeks; Stockholm's clocks go back in the last but one."""
NEW_YEAR = Period(Week(date(2025, 12, 15)), Week(date(2026, 1, 5)))
NA = Absent.NOT_AVAILABLE
PLUGINS = sorted({plugin_of(path) for path in PATHS} - {""})


def count(visits, period, plugins=None):
    """Views and distinct visitors of the plugins in the period; of the whole portal if none are named."""
    days = {day for week in period.weeks for day in week.days}
    seen = [
        visit.visitor
        for visit in visits
        for moment, url in visit.views
        if moment.astimezone(STOCKHOLM).date() in days and (plugins is None or plugin_of(url) in plugins)
    ]
    return len(seen), len(set(seen))


@pytest.fixture
def counts_ranges(fake):
    """A Matomo with enable_processing_unique_visitors_range = 1."""
    fake.unique_periods = frozenset({"day", "week", "range"})
    return fake


def fill(fake, period=OCTOBER):
    """Visits of the period and of the weeks around it, by many visitors."""
    weeks = [period.first.plus(-1), *period.weeks, period.last.plus(1)]
    fake.visits = make_visits(weeks, visitors=400)
    return fake.visits


def texts(usage):
    return [note.text for note in usage.notes]


@pytest.mark.parametrize("period", [OCTOBER, NEW_YEAR], ids=str)
def test_a_period_is_what_a_count_by_hand_gives(source, counts_ranges, period):
    """Views and distinct users of portal, plugins and teams, over a clock change and the new year."""
    visits = fill(counts_ranges, period)
    usage = source(plugin_users=True).pull_period(period, request(period.last))
    assert usage.portal == Usage(*count(visits, period))
    assert usage.plugins == {plugin: Usage(*count(visits, period, {plugin})) for plugin in PLUGINS}
    for team, plugins in TEAMS.items():
        assert usage.teams[team].usage == Usage(*count(visits, period, plugins)), team
        assert usage.teams[team].plugins == plugins
    assert (usage.period, usage.source, usage.timezone) == (period, "matomo", "Europe/Stockholm")
    assert (usage.status, usage.missing_days, usage.notes) == (Status.FINAL, (), ())


def test_users_of_a_period_are_no_sum_of_its_weeks(source, counts_ranges):
    """Views add up over the weeks, users do not (airbytehq/airbyte#42547)."""
    fill(counts_ranges)
    weeks = source().pull(request(*OCTOBER.weeks))
    usage = source().pull_period(OCTOBER, request(OCTOBER.last))
    assert usage.portal.views == sum(week.portal.views for week in weeks)
    assert usage.portal.users < sum(week.portal.users for week in weeks)
    assert usage.teams["core"].usage.users < sum(week.teams["core"].usage.users for week in weeks)


def test_it_is_one_range(source, counts_ranges):
    """Pages and visitors are asked for the days from the first to the last, days by day."""
    fill(counts_ranges)
    source().pull_period(OCTOBER, request(OCTOBER.last))
    asked = {(form["period"], form["date"]) for form in counts_ranges.asked if "period" in form}
    assert asked == {("range", "2026-09-28,2026-11-01"), ("day", "2026-09-28,2026-11-01")}


def test_users_are_not_available_where_ranges_are_not_counted(source, fake):
    """Matomo's default: views stand, no segment is asked for in vain, and the reader is told once."""
    visits = fill(fake)
    usage = source(plugin_users=True).pull_period(OCTOBER, request(OCTOBER.last))
    assert usage.portal == Usage(count(visits, OCTOBER)[0], NA)
    assert usage.plugins["docs"] == Usage(count(visits, OCTOBER, {"docs"})[0], NA)
    assert usage.teams["ci"].usage == Usage(count(visits, OCTOBER, {"jenkins"})[0], NA)
    assert texts(usage) == ["Matomo does not count distinct users of several weeks: users are not available"]
    assert not [form for form in fake.asked if "segment" in form]


def test_a_period_of_one_week_is_the_week(source, fake):
    """Matomo counts the users of its own weeks by default."""
    fill(fake)
    [week] = source().pull(request(OCTOBER.last))
    usage = source().pull_period(Period(OCTOBER.last, OCTOBER.last), request(OCTOBER.last))
    assert (usage.portal, usage.plugins, usage.teams) == (week.portal, week.plugins, week.teams)
    assert isinstance(usage.portal.users, int)


def test_aliases_merge(source, counts_ranges):
    """Two paths are one plugin, whose users are one distinct count over both."""
    visits = fill(counts_ranges)
    asked = request(OCTOBER.last, aliases={"docs-search": "docs"}, teams={"docs": frozenset({"docs"})})
    usage = source(plugin_users=True).pull_period(OCTOBER, asked)
    assert usage.plugins["docs"] == Usage(*count(visits, OCTOBER, {"docs", "docs-search"}))
    assert usage.teams["docs"].usage == usage.plugins["docs"]


def test_a_missing_day_makes_the_period_incomplete(source, counts_ranges):
    """It is named, unless it is a quiet one."""
    gap = date(2026, 10, 24)
    counts_ranges.visits = [visit for visit in fill(counts_ranges) if visit.day(STOCKHOLM) != gap]
    usage = source().pull_period(OCTOBER, request(OCTOBER.last))
    assert (usage.status, usage.missing_days) == (Status.INCOMPLETE, (gap,))
    assert "34 of 35 days: without 2026-10-24" in texts(usage)
    quiet = source(quiet_days=["saturday"]).pull_period(OCTOBER, request(OCTOBER.last))
    assert quiet.status is Status.FINAL


def test_a_period_under_way_is_incomplete(source, counts_ranges):
    """Days to come are not asked for."""
    as_of = datetime(2026, 10, 28, 12, tzinfo=UTC)
    counts_ranges.visits = [visit for visit in fill(counts_ranges) if visit.views[-1][0] < as_of]
    usage = source().pull_period(OCTOBER, request(OCTOBER.last, as_of=as_of))
    assert usage.missing_days == OCTOBER.last.days[2:]
    assert {form["date"] for form in counts_ranges.asked if form.get("period") == "day"} == {
        "2026-09-28,2026-10-28"
    }


@pytest.mark.parametrize(("hours", "status"), [(5, Status.PROVISIONAL), (7, Status.FINAL)])
def test_a_period_settles_with_its_last_week(source, counts_ranges, hours, status):
    """Within the settling time it is provisional."""
    fill(counts_ranges)
    end = datetime(2026, 11, 1, 23, tzinfo=UTC)
    asked = request(OCTOBER.last, as_of=end + timedelta(hours=hours))
    assert source().pull_period(OCTOBER, asked).status is status


def test_a_period_without_views_is_not_covered(source, fake):
    """Too early, or not begun; the line names the site and the period."""
    fill(fake)
    for as_of in (datetime(2026, 12, 1, tzinfo=UTC), datetime(2025, 12, 1, tzinfo=UTC)):
        with pytest.raises(NotCovered, match="site 3 has no page view in 2025-W51 to 2026-W02"):
            source().pull_period(NEW_YEAR, request(NEW_YEAR.last, as_of=as_of))


def test_a_site_in_another_zone_is_told_once(source, counts_ranges):
    """The days are the site's; five weeks give one note."""
    fill(counts_ranges)
    counts_ranges.timezone = "America/New_York"
    usage = source().pull_period(OCTOBER, request(OCTOBER.last))
    assert usage.timezone == str(ZoneInfo("America/New_York"))
    assert len([note for note in usage.notes if "its week begins on Monday at 06:00 there" in note.text]) == 1


def test_users_that_a_segment_does_not_give_are_not_available(source, counts_ranges):
    """Segments may be processed by a timer only: 0 is not nobody then (matomo-org/matomo#12255)."""
    fill(counts_ranges)
    counts_ranges.processes_segments = False
    usage = source().pull_period(OCTOBER, request(OCTOBER.last))
    assert usage.teams["ci"].usage.users is NA
    assert isinstance(usage.portal.users, int)
    assert NoteKind.NOT_AVAILABLE in [note.kind for note in usage.notes]


def test_pages_that_lack_views_are_no_period(source, server, counts_ranges):
    """The report of a range that lacks days is refused, as a week's is (matomo-org/matomo#14123)."""
    fill(counts_ranges)
    server.meddle = lambda form, answer: answer[1:] if "flat" in form else answer
    with pytest.raises(Malformed, match="the report of the period is not whole"):
        source().pull_period(OCTOBER, request(OCTOBER.last))


def test_pages_may_lag_while_a_period_runs(source, server, counts_ranges):
    """Its last week is not over: Matomo may have counted the pages a moment before the days."""
    as_of = datetime(2026, 10, 28, 12, tzinfo=UTC)
    counts_ranges.visits = [visit for visit in fill(counts_ranges) if visit.views[-1][0] < as_of]
    server.meddle = lambda form, answer: answer[1:] if "flat" in form else answer
    usage = source().pull_period(OCTOBER, request(OCTOBER.last, as_of=as_of))
    assert usage.status is Status.INCOMPLETE


@pytest.mark.parametrize(
    "method",
    ["SitesManager.getSiteFromId", "Actions.get", "Actions.getPageUrls", "VisitsSummary.getUniqueVisitors"],
)
def test_garbage_is_no_period(source, server, counts_ranges, method):
    """Whichever answer it is (PostHog/posthog#72105)."""
    fill(counts_ranges)
    server.meddle = lambda form, answer: Fault(body=b"<html>") if form["method"] == method else answer
    with pytest.raises(Malformed):
        source().pull_period(OCTOBER, request(OCTOBER.last))
