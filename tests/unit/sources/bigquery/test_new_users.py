"""Who is new: users of a week without a view in the four weeks before, and the portal's 28 days."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugin_digest.model import Absent, Status, Usage, Week, last_weeks
from unit.sources.bigquery.portal import (
    CLOCK_CHANGE,
    W46,
    Event,
    day_tables,
    make_events,
    request,
    users_by_group,
    views_on,
)

NEW_YEAR = Week(date(2025, 12, 29))
NO_DATA = Absent.NO_DATA
NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)


def daily(week: Week = W46, weeks: int = 5, plugin: str = "techdocs") -> list[Event]:
    """Somebody's view on each day of the week and of those before, at noon, so that no day is missing."""
    days = [day for one in last_weeks(week, weeks) for day in one.days]
    return [Event(datetime(d.year, d.month, d.day, 12, tzinfo=UTC), plugin=plugin, browser="x") for d in days]


@pytest.mark.parametrize("week", [W46, CLOCK_CHANGE.plus(2), NEW_YEAR], ids=str)
@pytest.mark.parametrize("property_zone", ["Europe/Stockholm", "America/Los_Angeles"])
def test_new_users_are_those_of_a_count_by_hand(serve, read, week, property_zone):
    """Of portal, plugins and teams, through aliases, over clock changes and the turn of the year."""
    asked = request(week)
    events = make_events(*last_weeks(week, 6), count=1_800)
    before = [day for one in last_weeks(week.plus(-1), 4) for day in one.days]
    known = users_by_group(views_on(before, events, asked), asked)
    users = users_by_group(views_on(week.days, events, asked), asked)
    new = {group: len(some - known[group]) for group, some in users.items()}
    [snapshot] = read(serve(day_tables(events, ZoneInfo(property_zone)))).pull(asked)
    found = {
        ("portal", ""): snapshot.portal,
        **{("plugin", plugin): usage for plugin, usage in snapshot.plugins.items()},
        **{("team", team): together.usage for team, together in snapshot.teams.items()},
    }
    assert {group: usage.new_users for group, usage in found.items()} == {
        group: new.get(group, 0) for group in found
    }
    assert {count > 0 for group, count in new.items()} == {True, False}


def test_users_of_28_days_are_distinct_over_the_week_and_the_three_before(serve, read):
    """The fourth week before counts for who is new and not for the 28 days."""
    asked, events = request(), make_events(*last_weeks(W46, 6), count=1_800)
    events.append(Event(NOON - timedelta(days=28), browser="fourth-week"))
    views = views_on([day for one in last_weeks(W46, 4) for day in one.days], events, asked)
    [snapshot] = read(serve(day_tables(events))).pull(asked)
    users = users_by_group(views, asked)["portal", ""]
    assert snapshot.four_weeks == Usage(len(views), len(users), snapshot.four_weeks.new_users)
    assert "fourth-week" not in users


def test_a_user_of_the_plugins_other_spelling_is_not_new(serve, read):
    """Ids are compared after aliases in the weeks before too; a view of another plugin does not count."""
    before = NOON - timedelta(days=28)
    events = [
        *daily(),
        Event(NOON, plugin="azure-devops", browser="1"),
        Event(before, plugin="azureDevOps", browser="1"),
        Event(NOON, plugin="azure-devops", browser="2"),
        Event(before, plugin="jenkins", browser="2"),
    ]
    [snapshot] = read(serve(day_tables(events))).pull(request())
    assert snapshot.plugins["azure-devops"] == Usage(2, 2, 1)
    assert snapshot.teams["ci"].usage == Usage(2, 2, 0)
    assert snapshot.portal == Usage(9, 3, 0)
    assert "jenkins" not in snapshot.plugins


@pytest.mark.parametrize(("days_ago", "new"), [(27, 0), (28, 0), (29, 0), (30, 0), (31, 1)])
def test_the_four_weeks_before_are_those_before_the_week(serve, read, days_ago, new):
    """They begin on the Monday four weeks before the week's own: 30 days before its Wednesday."""
    events = [*daily(weeks=6), *(Event(NOON - timedelta(days=ago), browser="1") for ago in (0, days_ago))]
    [snapshot] = read(serve(day_tables(events))).pull(request())
    assert snapshot.plugins["jenkins"].new_users == new


def test_a_click_before_does_not_make_a_user_known(serve, read):
    """A user is who viewed a page."""
    events = [*daily(), Event(NOON, browser="1"), Event(NOON - timedelta(days=9), "click", browser="1")]
    [snapshot] = read(serve(day_tables(events))).pull(request())
    assert snapshot.plugins["jenkins"] == Usage(1, 1, 1)


def test_an_export_that_does_not_reach_back_has_no_new_users(serve, read):
    """After linking, everybody would look new: new users have no data, and the week's figures stand."""
    [snapshot] = read(serve(day_tables(daily(weeks=4)))).pull(request())
    assert (snapshot.status, snapshot.portal) == (Status.FINAL, Usage(7, 1, NO_DATA))
    assert snapshot.plugins["techdocs"] == snapshot.teams["docs"].usage == Usage(7, 1, NO_DATA)
    assert snapshot.teams["idle"].usage == Usage(0, 0, NO_DATA)
    assert snapshot.four_weeks == Usage(28, 1, snapshot.four_weeks.new_users)
    [whole] = read(serve(day_tables(daily(weeks=5)))).pull(request())
    assert (whole.portal, whole.teams["idle"].usage) == (Usage(7, 1, 0), Usage(0, 0, 0))


@pytest.mark.parametrize(
    ("gap", "four_weeks"),
    [(date(2026, 10, 14), 28), (date(2026, 10, 21), NO_DATA), (date(2026, 11, 8), NO_DATA)],
)
def test_a_day_missing_before_the_week_makes_new_users_unknown(serve, read, gap, four_weeks):
    """Who came on that day alone would look new; the week itself is whole."""
    tables = day_tables(daily())
    del tables[f"{gap:%Y%m%d}"]
    [snapshot] = read(serve(tables)).pull(request())
    assert (snapshot.status, snapshot.missing_days) == (Status.FINAL, ())
    assert snapshot.portal == Usage(7, 1, NO_DATA)
    assert snapshot.four_weeks.views == four_weeks


def test_quiet_days_before_the_week_are_not_missing(serve, read):
    """A portal that rests at weekends has its new users."""
    events = [event for event in daily() if event.time.weekday() < 5]
    [snapshot] = read(serve(day_tables(events)), quiet_days=["saturday", "sunday"]).pull(request())
    assert snapshot.portal == Usage(5, 1, 0)
    assert snapshot.four_weeks.users == 1


def test_where_nobody_is_known_nobody_is_new(serve, read):
    """Without identities new users are not available, and not zero (matomo-org/matomo#20463)."""
    [snapshot] = read(serve(day_tables(daily())), user="user_id").pull(request())
    gone = Absent.NOT_AVAILABLE
    assert snapshot.portal == snapshot.plugins["techdocs"] == Usage(7, gone, gone)
    assert snapshot.four_weeks == Usage(28, gone)


def test_a_week_without_events_is_left_out_whatever_was_before(serve, read):
    """Events of the weeks before give no snapshot of an empty week."""
    server = serve(day_tables(daily(W46.plus(-1))))
    snapshots = read(server).pull(request(W46.plus(-1), W46))
    assert [snapshot.week for snapshot in snapshots] == [W46.plus(-1)]
