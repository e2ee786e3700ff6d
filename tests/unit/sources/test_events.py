"""What the events source counts."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin_digest.model import Absent, Page, PullRequest, Snapshot, Status, TeamUsage, Usage, Week
from plugin_digest.sources.events import EventsSource
from unit.sources.event_exports import (
    AS_OF,
    MONDAY,
    W46,
    Body,
    ask,
    body,
    count,
    every_day,
    stamp,
    used,
    write,
)

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "events"


def pull_one(
    directory: Path, events: Iterable[Body | str], request: PullRequest | None = None, **settings: Any
) -> Snapshot:
    write(directory / "events.ndjson", events)
    [snapshot] = EventsSource(f"{directory}/*.ndjson", **settings).pull(request or ask())
    return snapshot


def known(usage: Usage) -> tuple[int, int]:
    assert isinstance(usage.views, int)
    assert isinstance(usage.users, int)
    return usage.views, usage.users


def assert_as_counted(snapshot: Snapshot, events: Sequence[Body], request: PullRequest) -> None:
    expected = count(events, snapshot.week, request)
    assert known(snapshot.portal) == expected.portal
    assert known(snapshot.unattributed) == expected.unattributed
    assert {plugin: known(usage) for plugin, usage in snapshot.plugins.items()} == expected.plugins
    assert {team: known(figures.usage) for team, figures in snapshot.teams.items()} == expected.teams
    pages = {plugin: [(p.path, p.views, p.users) for p in pages] for plugin, pages in snapshot.pages.items()}
    assert pages == expected.pages


@pytest.mark.skipif(not SHARED.is_dir(), reason="the made-up portal's export lies beside this checkout only")
def test_a_whole_portal_is_counted_exactly():
    """Ten weeks of a portal with repeated, broken and border events come out as they were made."""
    truth = json.loads((SHARED / "portal.truth.json").read_text())
    weeks = [Week(date.fromisocalendar(2026, number, 1)) for number in range(37, 47)]
    two = {"two": frozenset(truth["2026-W37"]["first_two_plugins_together"]["plugins"])}

    snapshots = EventsSource(str(SHARED / "portal.ndjson.gz")).pull(ask(*weeks, teams=two))

    found = {
        str(snapshot.week): {
            "portal": dict(zip(("views", "users"), known(snapshot.portal), strict=True)),
            "plugins": {
                plugin: dict(zip(("views", "users"), known(usage), strict=True))
                for plugin, usage in snapshot.plugins.items()
            },
            "first_two_plugins_together": {
                "plugins": truth[str(snapshot.week)]["first_two_plugins_together"]["plugins"],
                **dict(zip(("views", "users"), known(snapshot.teams["two"].usage), strict=True)),
            },
        }
        for snapshot in snapshots
    }
    assert found == truth
    assert all(snapshot.status is Status.FINAL for snapshot in snapshots)


ONE_DIRECTORY = HealthCheck.function_scoped_fixture  # each example writes its export anew
ZONES = {
    "Europe/Stockholm": [date(2026, 3, 23), date(2026, 10, 19)],  # 167 and 169 hours
    "America/New_York": [date(2026, 3, 2), date(2026, 10, 26)],
    "Australia/Lord_Howe": [date(2026, 3, 30), date(2026, 9, 28)],  # half an hour
    "America/Santiago": [date(2026, 8, 31)],  # the clock jumps at midnight, on a week border
    "America/Havana": [date(2026, 10, 26)],  # midnight comes twice
    "Asia/Kolkata": [date(2026, 5, 4)],
    "Pacific/Apia": [date(2011, 12, 26)],  # a day that never was
}
WEEKS = st.sampled_from([(zone, day) for zone, days in ZONES.items() for day in days])
OFFSETS = st.one_of(
    st.sampled_from([0, 1, -1, 3_600_000, -3_600_000, 1_800_000, -1_800_000]),
    st.integers(-8 * 86_400_000, 15 * 86_400_000),
)
EVENTS = st.lists(
    st.tuples(
        OFFSETS,
        st.integers(0, 14),
        st.sampled_from(
            ["catalog", "Catalog", " catalog", "techdocs", "azureDevOps", "root", "App", "", None]
        ),
        st.sampled_from(["user:default/ann", "user:default/bo", "user:default/cy", "", None]),
        st.sampled_from(["/a", "/a?q=1", "/a#x", "/b/c", "/B/c", "", "?tab=1"]),
        st.sampled_from(["navigate", "navigate", "navigate", "click"]),
        st.sampled_from(["s1", "s2"]),
    ),
    min_size=1,
    max_size=40,
)


@settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=WEEKS, made=EVENTS, repeats=st.integers(0, 3))
def test_any_events_are_counted_as_the_definitions_say(tmp_path, place, made, repeats):
    """Borders, clock changes, repeats, aliases and letter case agree with a plain count in Python."""
    zone, first = ZoneInfo(place[0]), place[1]
    week = Week(first)
    midnight = datetime(first.year, first.month, first.day, tzinfo=zone)
    events = [
        body(midnight.astimezone(UTC) + timedelta(days=days, milliseconds=offset), *rest)
        for offset, days, *rest in made
    ]
    events += [body(midnight + timedelta(days=n, hours=12), user="user:default/di") for n in (0, 7)]
    request = ask(
        week,
        week.plus(1),
        zone=zone,
        aliases={"azuredevops": "azure-devops"},
        teams={"one": frozenset({"catalog", "azure-devops"}), "none": frozenset({"jenkins"})},
        pages_per_plugin=2,
    )

    write(tmp_path / "events.ndjson.gz", events + events[: repeats * 5])
    snapshots = EventsSource(f"{tmp_path}/*.gz").pull(request)

    assert [snapshot.week for snapshot in snapshots] == [week, week.plus(1)]
    for snapshot in snapshots:
        assert_as_counted(snapshot, events, request)


@pytest.mark.parametrize(
    ("week", "hours"),
    [(Week(date(2026, 3, 23)), 167), (Week(date(2026, 10, 19)), 169), (W46, 168)],
)
def test_a_week_holds_every_hour_of_its_local_days_and_no_other(tmp_path, week, hours):
    """A week with a clock change has 167 or 169 hours (healthchecks/healthchecks#497)."""
    start = datetime(week.first_day.year, week.first_day.month, week.first_day.day, tzinfo=UTC)
    hourly = [body(start + timedelta(hours=n), session=str(n)) for n in range(-48, 9 * 24)]

    snapshot = pull_one(tmp_path, hourly, ask(week))

    assert snapshot.portal.views == hours


def test_the_same_event_delivered_twice_counts_once(tmp_path):
    """The analytics module retries up to three times, and events have no id: content tells a repeat."""
    event = body()
    reordered = {
        "user": event["user"],
        "sessionId": "s1",
        "timestamp": event["timestamp"],
        "event": event["event"],
        "receivedAt": "2026-11-09T10:30:00Z",
    }
    later = body(MONDAY + timedelta(milliseconds=1))

    snapshot = pull_one(tmp_path, [event, reordered, event, later])

    assert snapshot.portal == used(2, 1)


@pytest.mark.parametrize(
    "other",
    [
        body(session="s2"),
        body(user="user:default/bo"),
        body(plugin="techdocs"),
        body(path="/catalog?filter=1"),
        body(context={"extensionId": "page:catalog"}),
        body(context={"routeRef": "catalog:entity", "extension": "App"}),
    ],
)
def test_two_events_that_differ_in_anything_count_twice(tmp_path, other):
    """Events of the same moment are repeats only if everything in them is the same."""
    assert pull_one(tmp_path, [body(), other]).portal.views == 2


def test_a_repeat_in_another_file_and_another_notation_of_the_moment_counts_once(tmp_path):
    """A moment is a moment, however its offset is written."""
    write(tmp_path / "a.ndjson", [body("2026-11-09T10:00:00.000Z")])
    write(tmp_path / "b.ndjson.gz", [body("2026-11-09T11:00:00+01:00")])

    [snapshot] = EventsSource(f"{tmp_path}/*").pull(ask())

    assert snapshot.portal.views == 1


def test_legacy_and_new_frontend_contexts_both_count(tmp_path):
    """The new frontend sends extensionId and no routeRef; a navigate event is a view either way."""
    new = body(context={"extensionId": "page:catalog"}, user="user:default/bo")

    assert pull_one(tmp_path, [body(), new]).plugins == {"catalog": used(2, 2)}


def test_views_without_a_plugin_are_in_the_portal_and_in_no_plugin(tmp_path):
    """root, app, empty and missing ids are nobody's: in the totals only."""
    ids = ["root", "app", "", None, "(not set)", "ROOT"]
    events = [body(plugin=plugin, session=str(n)) for n, plugin in enumerate(ids)]
    events += [{**body(session="x"), "event": {"action": "navigate", "subject": "/x"}}, body(session="y")]

    snapshot = pull_one(tmp_path, events)

    assert snapshot.portal == used(8, 1)
    assert snapshot.unattributed == Usage(7, 1)
    assert snapshot.plugins == {"catalog": used(1, 1)}
    assert "root" not in snapshot.pages


def test_users_of_a_team_are_distinct_over_its_plugins(tmp_path):
    """A team's users are never the sum over its plugins (plausible/analytics#1444)."""
    events = [
        body(plugin="jenkins", user="user:default/ann"),
        body(plugin="argocd", user="user:default/ann"),
        body(plugin="argocd", user="user:default/bo"),
        body(plugin="catalog", user="user:default/cy"),
    ]
    owned = frozenset({"jenkins", "argocd"})

    snapshot = pull_one(tmp_path, events, ask(teams={"ci": owned, "idle": frozenset({"quay"})}))

    assert snapshot.teams["ci"] == TeamUsage(owned, used(3, 2))
    assert snapshot.teams["idle"] == TeamUsage(frozenset({"quay"}), used(0, 0))


def test_an_alias_joins_two_ids_and_may_name_a_pseudo_id(tmp_path):
    """An alias is applied before ids are compared, so that a plugin called app can be counted."""
    events = [body(plugin="azureDevOps"), body(plugin="azure-devops", session="s2"), body(plugin="app")]
    aliases = {"azuredevops": "azure-devops", "app": "shell"}

    snapshot = pull_one(tmp_path, events, ask(aliases=aliases))

    assert snapshot.plugins == {"azure-devops": used(2, 1), "shell": used(1, 1)}


def test_the_most_viewed_pages_come_without_query_and_fragment(tmp_path):
    """Filters and hash links are views of the same page."""
    events = [
        body(path="/c?filter=a"),
        body(path="/c#readme"),
        body(path="/c", user="user:default/bo"),
        body(path="/c/d"),
        body(path="/c/e"),
    ]

    snapshot = pull_one(tmp_path, events, ask(pages_per_plugin=2))

    assert snapshot.pages == {"catalog": (Page("/c", 3, 2), Page("/c/d", 1, 1))}


def test_excluded_users_are_not_counted_and_still_show_that_events_arrive(tmp_path):
    """Synthetic monitors inflate the figures (PostHog/posthog#51298), but their day is not missing."""
    robots = every_day(action="navigate", user="user:default/SVC-probe")

    snapshot = pull_one(tmp_path, [*robots, body()], exclude_users=["user:default/svc-*"])

    assert snapshot.portal == used(1, 1)
    assert snapshot.status is Status.FINAL


def test_events_without_users_count_as_views_only(tmp_path):
    """A view without a user adds no user, and a note says how many there were."""
    events = [body(), body(user=None), body(user="", session="s2")]

    snapshot = pull_one(tmp_path, events)

    assert snapshot.portal == used(3, 1)
    assert "2 of 3 views came without a user: they count as views only" in [n.text for n in snapshot.notes]


def test_users_that_the_events_never_name_are_not_available(tmp_path):
    """A number that is not known is not 0 (matomo-org/matomo#20463)."""
    snapshot = pull_one(tmp_path, [body(user=None)], ask(teams={"ci": frozenset({"catalog"})}))

    missing = Usage(1, Absent.NOT_AVAILABLE)
    assert snapshot.portal == snapshot.plugins["catalog"] == snapshot.teams["ci"].usage == missing
    assert snapshot.pages["catalog"] == (Page("/catalog", 1, Absent.NOT_AVAILABLE),)


def test_many_weeks_are_counted_in_one_pull_whatever_the_batches(tmp_path, monkeypatch):
    """Weeks that are counted a batch at a time come out as each alone."""
    monkeypatch.setattr("plugin_digest.sources.event_counts.BATCH_VIEWS", 3)
    weeks = [W46.plus(-back) for back in (9, 4, 3, 1, 0)]
    events = [
        body(datetime(d.year, d.month, d.day, 12, tzinfo=UTC), plugin=f"p{n % 2}", session=str(n))
        for number, week in enumerate(weeks)
        for n, d in enumerate(week.days[: number + 2])
    ]
    request = ask(*weeks, teams={"both": frozenset({"p0", "p1"})})

    write(tmp_path / "events.ndjson", events)
    snapshots = EventsSource(f"{tmp_path}/*").pull(request)

    assert [snapshot.week for snapshot in snapshots] == sorted(weeks)
    for snapshot in snapshots:
        assert_as_counted(snapshot, events, request)


def test_progress_is_reported_to_the_end(tmp_path):
    """A long pull says how far it is."""
    write(tmp_path / "events.ndjson", [body()])
    heard = []

    EventsSource(f"{tmp_path}/*").pull(ask(), lambda *told: heard.append(told))

    assert ("reading the events", 100, 100) in heard
    assert heard[-1] == ("counting views and users", 1, 1)


def test_moments_as_numbers_and_without_a_zone_are_understood(tmp_path):
    """Seconds, milliseconds and microseconds since 1970 and UTC wall time name the same moment."""
    seconds = int(MONDAY.timestamp())
    moments = [
        seconds,
        seconds * 1_000,
        seconds * 1_000_000,
        str(seconds),
        "2026-11-09 10:00:00",
        stamp(MONDAY),
    ]
    events = [{**body(), "timestamp": moment} for moment in moments]

    assert pull_one(tmp_path, events).portal.views == 1


def test_a_pull_of_no_week_asks_nothing(tmp_path):
    """No week, no snapshot; the files are not even looked for."""
    assert EventsSource(f"{tmp_path}/*").pull(PullRequest((), ask().timezone, AS_OF)) == ()
