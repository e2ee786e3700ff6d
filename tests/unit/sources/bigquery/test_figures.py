"""What a pull makes of a property's export, held against a plain count of the same events."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugin_digest.model import Absent, NoteKind, Page, Status, TeamUsage, Usage, Week
from unit.sources.bigquery.portal import (
    CLOCK_CHANGE,
    STOCKHOLM,
    W46,
    Event,
    count_by_hand,
    day_tables,
    figures_of,
    make_events,
    request,
)

NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)


def usage(views: int, users: int) -> Usage:
    """As an export tells it that does not reach back far enough to know new users."""
    return Usage(views, users, Absent.NO_DATA)


@pytest.mark.parametrize("portal_zone", ["Europe/Stockholm", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("property_zone", ["Europe/Stockholm", "America/Los_Angeles", "Australia/Sydney"])
def test_the_sql_gives_the_figures_of_a_count_by_hand(serve, read, portal_zone, property_zone):
    """Borders, aliases, case, numbers, null users and any zone of the property: SQL and Python agree."""
    zone = ZoneInfo(portal_zone)
    events, asked = make_events(W46, zone=zone), request(timezone=zone)
    server = serve(day_tables(events, ZoneInfo(property_zone)))
    [snapshot] = read(server).pull(asked)
    assert figures_of(snapshot) == count_by_hand(events, W46, asked)
    assert (snapshot.status, snapshot.missing_days) == (Status.FINAL, ())
    assert (snapshot.source, snapshot.timezone, snapshot.revision) == ("ga4_bigquery", portal_zone, 0)


@pytest.mark.parametrize("property_zone", ["Europe/Stockholm", "America/New_York"])
def test_a_week_with_a_clock_change_has_all_its_hours(serve, read, property_zone):
    """The week in which Stockholm's clocks go back has 169 hours, whatever the property's zone."""
    events, asked = make_events(CLOCK_CHANGE), request(CLOCK_CHANGE)
    last_hour = datetime.combine(CLOCK_CHANGE.plus(1).first_day, time(0), STOCKHOLM) - timedelta(minutes=30)
    events.append(Event(last_hour.astimezone(UTC), plugin="late"))
    [snapshot] = read(serve(day_tables(events, ZoneInfo(property_zone)))).pull(asked)
    assert figures_of(snapshot) == count_by_hand(events, CLOCK_CHANGE, asked)
    assert snapshot.plugins["late"] == usage(1, 1)
    assert snapshot.status is Status.FINAL


def test_several_weeks_each_have_their_own_figures(serve, read):
    """Weeks may be asked in any order and more than once; one without anything is left out."""
    weeks = (W46.plus(-2), W46.plus(-1), W46)
    events = make_events(*weeks, count=3_000)
    asked = request(W46, *weeks, W46.plus(-9))
    told = []
    snapshots = read(serve(day_tables(events))).pull(asked, lambda *step: told.append(step))
    assert [snapshot.week for snapshot in snapshots] == list(weeks)
    for snapshot in snapshots:
        assert figures_of(snapshot) == count_by_hand(events, snapshot.week, asked)
    assert told[-1] == ("counting in BigQuery", 4, 4)


@pytest.mark.parametrize("parameter", ["c_pluginId", "content_group"])
def test_plugins_come_from_the_parameter_that_is_set(serve, read, parameter):
    """A value that looks like a number is an id too, wherever GA4 put it."""
    events = [Event(NOON, plugin=7), Event(NOON, plugin="7", browser="2.2"), Event(NOON, plugin=404)]
    server = serve(day_tables(events))
    [snapshot] = read(server, plugin_parameter=parameter).pull(request())
    assert snapshot.plugins == {"7": usage(2, 2), "not-found": usage(1, 1)}
    assert {"name": "plugin_parameter", "parameterType": {"type": "STRING"},
            "parameterValue": {"value": parameter}} in server.jobs[0]["query"]["queryParameters"]  # fmt: skip


def test_users_may_be_people_instead_of_browsers(serve, read):
    """user: user_id counts the identities that the portal sends; views without one are told."""
    events, asked = make_events(W46), request()
    [snapshot] = read(serve(day_tables(events)), user="user_id").pull(asked)
    assert figures_of(snapshot) == count_by_hand(events, W46, asked, user="person")
    assert snapshot.portal.users == 2
    assert [note.text for note in snapshot.notes if "came without a user" in note.text]


def test_where_nobody_is_known_users_are_not_available(serve, read):
    """A property without identities has no user_id: that is not zero users (matomo-org/matomo#20463)."""
    server = serve(day_tables([Event(NOON), Event(NOON, plugin="root")]))
    [snapshot] = read(server, user="user_id").pull(request())
    gone = Absent.NOT_AVAILABLE
    assert (snapshot.portal, snapshot.unattributed) == (Usage(2, gone), Usage(1, gone))
    assert (snapshot.plugins, snapshot.teams["ci"].usage) == ({"jenkins": Usage(1, gone)}, Usage(1, gone))
    assert snapshot.pages["jenkins"] == (Page("/ci", 1, gone),)
    assert "no view has a user_id, so users are not available" in _texts(snapshot)


def test_a_teams_users_are_distinct_over_its_plugins(serve, read):
    """Who used two of a team's plugins is one user (plausible/analytics#1444)."""
    events = [Event(NOON, plugin=plugin) for plugin in ("jenkins", "azureDevOps", "JENKINS")]
    [snapshot] = read(serve(day_tables(events))).pull(request())
    assert snapshot.plugins == {"jenkins": usage(2, 1), "azure-devops": usage(1, 1)}
    assert snapshot.teams["ci"] == TeamUsage(frozenset({"jenkins", "azure-devops", "not-found"}), usage(3, 1))
    assert snapshot.teams["idle"].usage == usage(0, 0)
    assert snapshot.portal == usage(3, 1)


def test_each_row_of_the_export_is_one_view(serve, read):
    """Equal rows count as in GA4's own reports: events of one batch share their moment."""
    [snapshot] = read(serve(day_tables([Event(NOON)] * 2))).pull(request())
    assert snapshot.portal == usage(2, 1)


def test_a_plugin_that_nobody_viewed_is_not_there(serve, read):
    """A plugin that a team owns and the export does not know has no row; the team has zero."""
    [snapshot] = read(serve(day_tables([Event(NOON)]))).pull(request())
    assert "nobody-uses-this" not in snapshot.plugins
    assert snapshot.teams["idle"].usage == usage(0, 0)


def test_no_view_that_names_a_plugin_is_no_zero_for_the_plugins(serve, read):
    """Where the parameter is not sent, figures by plugin are not available; the portal's are."""
    events = [Event(NOON, plugin=None), Event(NOON, name="navigate", plugin="app", browser="2.2")]
    [snapshot] = read(serve(day_tables(events))).pull(request(aliases={}))
    unknown = Usage(Absent.NOT_AVAILABLE, Absent.NOT_AVAILABLE)
    assert (snapshot.portal, snapshot.unattributed) == (usage(2, 2), usage(2, 2))
    assert set(snapshot.plugins.values()) == {unknown}
    assert {together.usage for together in snapshot.teams.values()} == {unknown}
    assert any(note.kind is NoteKind.NOT_AVAILABLE for note in snapshot.notes)


def test_a_week_with_events_but_no_view_is_zero_and_there(serve, read):
    """Clicks alone show that the export works: no views then means no views."""
    events = [Event(NOON + timedelta(days=day), name="click") for day in range(-2, 5)]
    [snapshot] = read(serve(day_tables(events))).pull(request())
    assert (snapshot.portal, snapshot.plugins, snapshot.status) == (usage(0, 0), {}, Status.FINAL)


def test_a_final_table_is_not_counted_twice_with_its_intraday_table(serve, read):
    """A day that has both is read from its daily table alone, whatever else the other holds."""
    events, asked = make_events(W46), request()
    tables = day_tables(events)
    tables["intraday_20261115"] = [*tables["20261115"], Event(datetime(2026, 11, 15, 12, tzinfo=UTC))]
    [snapshot] = read(serve(tables)).pull(asked)
    assert figures_of(snapshot) == count_by_hand(events, W46, asked)
    assert (snapshot.status, snapshot.notes) == (Status.FINAL, snapshot.notes[:1])


def test_a_day_that_has_only_its_intraday_table_is_provisional(serve, read):
    """On Monday morning Sunday's final table is not there yet: its views count, and the digest says so."""
    events, asked = make_events(W46), request()
    tables = day_tables(events)
    tables["intraday_20261115"] = tables.pop("20261115")
    [snapshot] = read(serve(tables)).pull(asked)
    assert figures_of(snapshot) == count_by_hand(events, W46, asked)
    assert (snapshot.status, snapshot.missing_days) == (Status.PROVISIONAL, ())
    text = "2026-11-15 read from Google's intraday export, which its daily export replaces later"
    assert text in _texts(snapshot)


def test_a_week_that_ended_a_moment_ago_is_provisional(serve, read):
    """Google may change its tables for 72 hours, unless told otherwise."""
    server = serve(day_tables(make_events(W46)))
    soon = datetime(2026, 11, 18, 22, 59, tzinfo=UTC)
    assert read(server).pull(request(as_of=soon))[0].status is Status.PROVISIONAL
    assert read(server).pull(request(as_of=soon + timedelta(minutes=1)))[0].status is Status.FINAL
    assert read(server, settling_hours=24).pull(request(as_of=soon))[0].status is Status.FINAL


def test_a_missing_day_table_makes_the_week_incomplete(serve, read):
    """A day without its table is a missing day, not one of zeros (PostHog/posthog#72105)."""
    tables = day_tables(make_events(W46))
    del tables["20261111"]
    [snapshot] = read(serve(tables)).pull(request())
    assert (snapshot.status, snapshot.missing_days) == (Status.INCOMPLETE, (date(2026, 11, 11),))
    assert "6 of 7 days: the source has nothing for 2026-11-11" in _texts(snapshot)


@pytest.mark.parametrize(
    ("property_zone", "table", "missing"),
    [
        ("America/New_York", "20261111", (11, 12)),
        ("America/New_York", "20261108", (9,)),
        ("America/New_York", "20261116", ()),
        ("Australia/Sydney", "20261111", (10, 11)),
        ("Australia/Sydney", "20261116", (15,)),
        ("Australia/Sydney", "20261108", ()),
    ],
)
def test_a_missing_table_of_another_zone_tears_each_day_it_reaches_into(
    serve, read, property_zone, table, missing
):
    """A property's day lies over two of the portal's: both lack hours where its table is missing."""
    tables = day_tables(make_events(W46), ZoneInfo(property_zone))
    del tables[table]
    [snapshot] = read(serve(tables)).pull(request())
    assert snapshot.missing_days == tuple(date(2026, 11, day) for day in missing)


@pytest.mark.parametrize("property_zone", ["Europe/Stockholm", "America/New_York"])
def test_a_quiet_weekend_is_not_missing_where_that_is_set(serve, read, property_zone):
    """GA4 writes no table for a day without events; quiet_days say which days those may be."""
    events = [Event(NOON + timedelta(days=day, hours=hour)) for day in range(-9, 5) for hour in (0, 10)]
    weekdays = [event for event in events if event.time.weekday() < 5]
    server = serve(day_tables(weekdays, ZoneInfo(property_zone)))
    [strict] = read(server).pull(request())
    assert strict.status is Status.INCOMPLETE
    [lenient] = read(server, quiet_days=["saturday", "sunday"]).pull(request())
    assert (lenient.status, lenient.missing_days) == (Status.FINAL, ())


def test_a_running_week_is_incomplete(serve, read):
    """A day that was not over when it was read is missing, whatever the intraday table holds of it."""
    tables = day_tables(make_events(W46))
    [snapshot] = read(serve(tables)).pull(request(as_of=datetime(2026, 11, 15, 12, tzinfo=UTC)))
    assert (snapshot.status, snapshot.missing_days) == (Status.INCOMPLETE, (date(2026, 11, 15),))


def test_weeks_that_start_on_sunday_are_counted_so(serve, read):
    """A week is the seven days that it is asked as."""
    week = Week(date(2026, 11, 8))
    events, asked = make_events(week), request(week)
    [snapshot] = read(serve(day_tables(events))).pull(asked)
    assert figures_of(snapshot) == count_by_hand(events, week, asked)


def test_no_user_leaves_bigquery(serve, read):
    """Neither the answer nor the snapshot holds what a user is told by."""
    server = serve(day_tables([Event(NOON, browser="only.me", person="hash-of-me")]))
    answers = []
    server.meddle = lambda name, answer: answers.append(answer)
    snapshots = read(server).pull(request())
    assert "only.me" not in f"{snapshots}{answers}"
    assert "hash-of-me" not in f"{snapshots}{answers}"


def test_what_data_and_settings_say_never_becomes_sql(serve, read):
    """Quotes, back-ticks and at-signs in ids, aliases, teams and parameters are values."""
    nasty = "x'); DROP TABLE events_; -- `@pages\\ %s"
    asked = request(aliases={nasty.lower(): "o'hara`"}, teams={"t'`": frozenset({"o'hara`"})})
    server = serve(day_tables([Event(NOON, plugin=nasty, label=f"/{nasty}?a")]))
    [snapshot] = read(server).pull(asked)
    assert snapshot.plugins == {"o'hara`": usage(1, 1)}
    assert snapshot.teams["t'`"].usage == usage(1, 1)
    assert snapshot.pages["o'hara`"] == (Page(f"/{nasty}", 1, 1),)
    assert not any(nasty in job["query"]["query"] for job in server.jobs)


def _texts(snapshot):
    return [note.text for note in snapshot.notes]
