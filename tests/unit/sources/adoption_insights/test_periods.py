"""A period of several weeks: its views, and the portal's users, which the API counts for any span."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from plugin_digest.errors import Malformed, NotCovered, Rejected
from plugin_digest.model import Absent, NoteKind, Period, Status, Usage, Week
from plugin_digest.sources.adoption_insights import AdoptionInsightsSource
from plugin_digest.weeks import bounds
from unit.sources.adoption_insights.fake_insights import USER_TOKEN, FakeInsights, Fault
from unit.sources.sql.portal_events import ALIASES, STOCKHOLM, TEAMS, Event, request

GONE = Absent.NOT_AVAILABLE
OCTOBER = Period(Week(date(2026, 9, 28)), Week(date(2026, 10, 26)))
"""Five weeks; Stockholm's clocks go back in the last but one."""
NEW_YEAR = Period(Week(date(2025, 12, 15)), Week(date(2026, 1, 5)))
PLUGINS = ("techdocs", "TechDocs", "jenkins", "azureDevops", "azure-devops", "root")


def events_of(period):
    """One each eleven hours, before and after the period too, and on its very borders."""
    start, end = bounds(period.first, STOCKHOLM)[0], bounds(period.last, STOCKHOLM)[1]
    moments = [start + timedelta(hours=11 * n) for n in range(-4, (end - start) // timedelta(hours=11) + 4)]
    borders = [start - timedelta(milliseconds=1), start, end - timedelta(milliseconds=1), end]
    return [
        Event(
            moment,
            "click" if number % 5 == 0 else "navigate",
            PLUGINS[number % len(PLUGINS)],
            "/",
            f"user-{number % 13}",
            "s",
        )
        for number, moment in enumerate([*moments, *borders])
    ]


def views_by_hand(period, events):
    """Views by plugin, None for no plugin, and the users of events of any kind."""
    days = {day for week in period.weeks for day in week.days}
    found = [event for event in events if event.time.astimezone(STOCKHOLM).date() in days]
    plugins = [
        None if event.plugin == "root" else ALIASES.get(event.plugin.lower(), event.plugin.lower())
        for event in found
        if event.action == "navigate"
    ]
    return {plugin: plugins.count(plugin) for plugin in plugins}, {event.user for event in found}


@pytest.fixture
def insights():
    with FakeInsights(events_of(OCTOBER)) as fake:
        yield fake


def read(fake, period=OCTOBER, settings=None, **changes):
    source = AdoptionInsightsSource(fake.url, USER_TOKEN, sleep=lambda _: None, **(settings or {}))
    return source.pull_period(period, request((), **changes))


@pytest.mark.parametrize("numbers", [int, str])
@pytest.mark.parametrize("period", [OCTOBER, NEW_YEAR], ids=str)
def test_a_period_is_what_a_count_by_hand_gives(period, numbers):
    """Views through aliases, over a clock change and the new year; users of the portal alone."""
    events = events_of(period)
    with FakeInsights(events) as fake:
        fake.numbers = numbers
        usage = read(fake, period)
    views, users = views_by_hand(period, events)
    assert usage.portal == Usage(sum(views.values()), len(users))
    assert usage.plugins == {plugin: Usage(n, GONE) for plugin, n in views.items() if plugin}
    assert {team: one.usage for team, one in usage.teams.items()} == {
        team: Usage(sum(views.get(plugin, 0) for plugin in owned), GONE) for team, owned in TEAMS.items()
    }
    assert (usage.period, usage.source, usage.timezone) == (period, "adoption_insights", "Europe/Stockholm")
    assert (usage.status, usage.missing_days) == (Status.FINAL, ())


def test_it_asks_twice_whatever_the_length(insights):
    """Once for the views, by day so that a gap shows, and once for the users."""
    read(insights)
    span = {"start_date": "2026-09-28", "end_date": "2026-11-01", "timezone": "Europe/Stockholm"}
    assert insights.asked == [
        {"type": "top_plugins", **span, "grouping": "daily", "limit": "100000"},
        {"type": "total_users", **span},
    ]


def test_the_reader_learns_whose_users_these_are(insights):
    """Users of plugins are not available; the portal's are not only those who viewed a page."""
    kinds = {note.kind: note.text for note in read(insights).notes}
    assert "users of plugins and teams are not available" in kinds[NoteKind.NOT_AVAILABLE]
    assert "all who did anything there" in kinds[NoteKind.OTHER]


def test_views_of_nobody_are_no_zero_users(insights):
    """Where nobody is told, the portal's users are not available (matomo-org/matomo#20463)."""
    insights.events = [replace(event, user=None) for event in insights.events]
    assert read(insights).portal.users is GONE


def test_a_missing_day_makes_the_period_incomplete(insights):
    """It is named, unless nobody is expected on it."""
    gap = date(2026, 10, 24)
    insights.events = [e for e in insights.events if e.time.astimezone(STOCKHOLM).date() != gap]
    usage = read(insights)
    assert (usage.status, usage.missing_days) == (Status.INCOMPLETE, (gap,))
    assert read(insights, settings={"quiet_days": {"saturday"}}).status is Status.FINAL


def test_a_period_settles_with_its_last_week(insights):
    """Events can still be on their way for some hours."""
    end = bounds(OCTOBER.last, STOCKHOLM)[1]
    found = [read(insights, as_of=end + timedelta(hours=hours)).status for hours in (-1, 1, 2)]
    assert found == [Status.INCOMPLETE, Status.PROVISIONAL, Status.FINAL]


def test_a_period_without_a_view_is_not_covered(insights):
    """Too early, or not begun: the line says what there is."""
    early = Period(OCTOBER.first.plus(-9), OCTOBER.first.plus(-6))
    with pytest.raises(NotCovered, match="has nothing for 2026-W31 to 2026-W34; its views are of"):
        read(insights, early)
    insights.asked.clear()
    with pytest.raises(NotCovered):
        read(insights, as_of=datetime(2026, 9, 1, tzinfo=UTC))
    assert "2026-09-28" not in [query["start_date"] for query in insights.asked]


@pytest.mark.parametrize(
    "answer",
    [{}, [], {"data": []}, {"data": [{"logged_in_users": None}]}, {"data": [{"logged_in_users": -1}]}],
    ids=str,
)
def test_an_answer_without_users_is_refused(insights, answer):
    """It is not taken for zero, and the views alone are no period."""
    right = insights.answer
    insights.answer = lambda path, token: (
        Fault(200, json.dumps(answer).encode()) if "total_users" in path else right(path, token)
    )
    with pytest.raises(Malformed, match="something else than total_users"):
        read(insights)


def test_a_token_that_ran_out_in_between_is_refused(insights):
    """User tokens live for an hour."""
    right = insights.answer
    insights.answer = lambda path, token: right(path, "old" if "total_users" in path else token)
    with pytest.raises(Rejected, match=r"did not accept source\.token"):
        read(insights)
