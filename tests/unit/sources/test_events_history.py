"""What the events source says of users over several weeks: new ones, those of four weeks and of a period."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin_digest.errors import NotCovered
from plugin_digest.model import (
    Absent,
    Note,
    NoteKind,
    Period,
    Status,
    TeamUsage,
    Usage,
    Week,
    canonical_plugin,
)
from plugin_digest.sources.events import EventsSource
from unit.sources.event_exports import AS_OF, MONDAY, W46, ask, body, every_day, used, write
from unit.sources.event_history import History, told_new_users, told_period, told_searches

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "events"
NA, NO_DATA = Absent.NOT_AVAILABLE, Absent.NO_DATA
NOVEMBER = Period(W46.plus(-3), W46)
ANN, BO, CY = (f"user:default/{name}" for name in ("ann", "bo", "cy"))


def there(*weeks_back):
    """Events of each day of W46 and the four weeks before, but for the weeks that are left out."""
    return [event for back in range(5) if back not in weeks_back for event in every_day(W46.plus(-back))]


def view(weeks_back=0, user=ANN, plugin="catalog", **changes):
    return body(MONDAY - timedelta(weeks=weeks_back), plugin, user, **changes)


def pull(directory, events, *weeks, request=None, **given):
    write(directory / "events.ndjson", events)
    return EventsSource(f"{directory}/*.ndjson", **given).pull(request or ask(*weeks))


def pull_period(directory, events, period=NOVEMBER, request=None, **given):
    write(directory / "events.ndjson", events)
    return EventsSource(f"{directory}/*.ndjson", **given).pull_period(period, request or ask())


@pytest.mark.skipif(not SHARED.is_dir(), reason="the made-up portal's export lies beside this checkout only")
def test_a_whole_portal_is_as_a_slow_count_says():
    """Ten weeks with repeated, broken and border events: new users, four weeks, periods and searches."""
    request = ask(
        *(Week(date.fromisocalendar(2026, number, 1)) for number in range(37, 47)),
        teams={"one": frozenset({"catalog", "techdocs"}), "two": frozenset({"techdocs", "search", "home"})},
    )
    with gzip.open(SHARED / "portal.ndjson.gz", "rt", encoding="utf-8") as lines:
        history = History(_readable(lines), request)
    source = EventsSource(str(SHARED / "portal.ndjson.gz"))

    snapshots = source.pull(request)

    for snapshot in snapshots[:4]:
        assert set(told_new_users(snapshot).values()) == {NO_DATA}
    for snapshot in snapshots[4:]:
        assert told_new_users(snapshot) == history.new_users(snapshot.week)
    assert [s.four_weeks.users for s in snapshots] == [
        *[NO_DATA] * 3,
        *(history.four_weeks(s.week) for s in snapshots[3:]),
    ]
    assert [told_searches(s) for s in snapshots] == [history.searches(s.week) for s in snapshots]
    for length in (4, 5):
        for last in snapshots[length - 1 :: 3]:
            period = Period(last.week.plus(1 - length), last.week)
            whole = source.pull_period(period, request)
            assert told_period(whole) == history.period(period)
            assert whole.status is Status.FINAL


def _readable(lines):
    for line in lines:
        try:
            event = json.loads(line)
            datetime.fromisoformat(event["timestamp"])
            event["event"]["action"]
        except (ValueError, KeyError, TypeError):
            continue
        yield event


STARTS = {
    "Europe/Stockholm": date(2026, 10, 5),  # 169 hours in the third week
    "America/Santiago": date(2026, 8, 17),  # the clock jumps at midnight, on a week border
    "Asia/Kolkata": date(2026, 5, 4),
}
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 5 * 7 * 24 * 6),
        st.sampled_from(["catalog", "Catalog", "azureDevOps", "azure-devops", "search", "root", None]),
        st.sampled_from([ANN, BO, CY, "", None]),
        st.sampled_from(["/a", "Kafka  retention ", "kafka retention", "ÄRENDE", "  "]),
        st.sampled_from(["navigate", "navigate", "search"]),
        st.sampled_from(["s1", "s2"]),
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda event: event[0],
)


@settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(zone=st.sampled_from(sorted(STARTS)), made=EVENTS, squeeze=st.booleans())
def test_any_events_are_counted_as_the_definitions_say(tmp_path, zone, made, squeeze):
    """Aliases, letter case, clock changes and nameless events agree with a slow count in Python."""
    first = STARTS[zone]
    midnight = datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    step = timedelta(minutes=2 if squeeze else 10)
    weeks = [Week(first).plus(n) for n in range(5)]
    events = [body(midnight + step * number, *rest) for number, *rest in made]
    events += [event for week in weeks for event in every_day(week)]
    events += [body(midnight + timedelta(days=7 * n, hours=11, seconds=1), user=BO) for n in range(5)]
    request = ask(
        *weeks,
        zone=ZoneInfo(zone),
        aliases={"azuredevops": "azure-devops"},
        teams={"both": frozenset({"catalog", "azure-devops"}), "none": frozenset({"jenkins"})},
        searches_per_plugin=2,
    )
    history = History(events, request)

    write(tmp_path / "events.ndjson.gz", events + events[::3])
    source = EventsSource(f"{tmp_path}/*.gz", threads=1)
    snapshots = source.pull(request)

    last = snapshots[-1]
    expected = history.new_users(last.week)
    assert {key: new for key, new in told_new_users(last).items() if new != 0} == {
        key: new for key, new in expected.items() if new != 0
    }
    assert last.four_weeks.users == history.four_weeks(last.week)
    assert [told_searches(s) for s in snapshots] == [history.searches(s.week) for s in snapshots]
    for period in (Period(weeks[0], weeks[3]), Period(weeks[0], weeks[4])):
        assert told_period(source.pull_period(period, request)) == history.period(period)


class TestNewUsers:
    """Who had no view of the same thing in the four weeks before."""

    def test_a_user_is_new_to_portal_plugin_and_team_each(self, tmp_path):
        """Who knows the portal can be new to a plugin; who knows one of a team's plugins is not new to it."""
        events = [
            *there(),
            *(view(back, BO) for back in (1, 2, 3, 4)),
            view(plugin="jenkins"),
            view(plugin="argocd"),
            view(2, plugin="argocd"),
            view(user=BO, plugin="root"),
        ]
        teams = {"ci": frozenset({"jenkins", "argocd"}), "idle": frozenset({"quay"})}

        [snapshot] = pull(tmp_path, events, request=ask(teams=teams))

        assert snapshot.portal == used(3, 2, 0)
        assert snapshot.plugins == {"jenkins": used(1, 1, 1), "argocd": used(1, 1, 0)}
        assert snapshot.teams["ci"].usage == used(2, 1, 0)
        assert snapshot.teams["idle"].usage == used(0, 0, 0)
        assert snapshot.unattributed == Usage(1, 1)

    @pytest.mark.parametrize(("weeks_back", "new"), [(1, 0), (4, 0), (5, 1)])
    def test_four_weeks_away_make_a_user_new_again(self, tmp_path, weeks_back, new):
        """The lookback is 28 days before the week, no less and no more."""
        events = [*there(), *every_day(W46.plus(-5)), view(), view(weeks_back)]

        [snapshot] = pull(tmp_path, events)

        assert snapshot.portal == used(1, 1, new)

    def test_the_lookback_ends_where_its_first_day_begins(self, tmp_path):
        """Midnight is the portal's: in winter time for the week, in summer time for the first day before."""
        start = datetime(2026, 10, 12, tzinfo=ZoneInfo("Europe/Stockholm"))
        events = [
            *there(),
            *every_day(W46.plus(-5)),
            view(),
            view(user=BO),
            body(start, user=ANN),
            body(start.astimezone(UTC) - timedelta(milliseconds=1), user=BO),
        ]

        [snapshot] = pull(tmp_path, events)

        assert snapshot.portal == used(2, 2, 1)

    def test_an_alias_and_another_spelling_make_nobody_new(self, tmp_path):
        """A plugin that changed its id keeps its users."""
        events = [*there(), view(plugin="azure-devops"), view(1, plugin="AzureDevOps")]

        [snapshot] = pull(tmp_path, events, request=ask(aliases={"azuredevops": "azure-devops"}))

        assert snapshot.plugins == {"azure-devops": used(1, 1, 0)}

    @pytest.mark.parametrize("missing", [1, 4])
    def test_a_week_before_that_is_not_there_leaves_new_users_unknown(self, tmp_path, missing):
        """Everybody would look new: no data, and never a number (matomo-org/matomo#20463)."""
        [snapshot] = pull(
            tmp_path, [*there(missing), view()], request=ask(teams={"c": frozenset({"catalog"})})
        )

        assert snapshot.status is Status.FINAL
        assert snapshot.portal == snapshot.plugins["catalog"] == used(1, 1, NO_DATA)
        assert snapshot.teams["c"].usage == used(1, 1, NO_DATA)

    def test_one_missing_day_before_leaves_new_users_unknown_but_a_quiet_one_does_not(self, tmp_path):
        """Whoever was there on that day alone would look new, unless nobody can have been there."""
        sunday = W46.plus(-2).last_day
        events = [event for event in there() if not event["timestamp"].startswith(str(sunday))]

        [unknown] = pull(tmp_path, [*events, view()])
        [known] = pull(tmp_path, [*events, view()], quiet_days=frozenset({"sunday"}))

        assert (unknown.portal.new_users, known.portal.new_users) == (NO_DATA, 1)

    def test_weeks_before_that_name_no_user_leave_new_users_unknown(self, tmp_path):
        """When a portal begins to send users, they are not all new."""
        [snapshot] = pull(tmp_path, [*there(), view(), view(2, user=None)])

        assert snapshot.portal == used(1, 1, NO_DATA)

    def test_without_users_new_ones_are_not_available(self, tmp_path):
        """A number that no export could give is not one that is missing."""
        [snapshot] = pull(tmp_path, [*there(), view(user=None), view(2)])

        assert snapshot.portal == snapshot.plugins["catalog"] == Usage(1, NA, NA)
        assert snapshot.four_weeks.users is NA

    def test_excluded_users_are_nobody_before_either(self, tmp_path):
        """A robot's views neither count now nor make its day a week of users."""
        events = [*there(), view(), view(1, user="user:default/svc-x")]

        [snapshot] = pull(tmp_path, events, exclude_users=["user:default/svc-*"])

        assert snapshot.portal == used(1, 1, 1)

    def test_weeks_in_batches_and_with_gaps_look_back_alike(self, tmp_path, monkeypatch):
        """However weeks are asked and counted together, each looks back at its own four."""
        weeks = [W46.plus(-back) for back in (9, 4, 3, 0)]
        events = [event for back in range(14) for event in every_day(W46.plus(-back))]
        events += [
            view(back, f"u{back % 3}", f"p{back % 2}", session=str(n)) for back in range(14) for n in "ab"
        ]
        history = History(events, ask())

        together = pull(tmp_path, events, *weeks)
        monkeypatch.setattr("plugin_digest.sources.event_counts.BATCH_VIEWS", 3)
        in_batches = pull(tmp_path, events, *weeks)

        assert list(together) == list(in_batches)
        assert [told_new_users(s) for s in together] == [history.new_users(s.week) for s in together]
        assert [s.four_weeks for s in together] == [Usage(NA, history.four_weeks(s.week)) for s in together]

    def test_sixty_weeks_and_more_are_counted_in_one_pull(self, tmp_path):
        """Weeks beyond what one number's bits hold keep their own new users."""
        weeks = [W46.plus(-back) for back in range(75)]
        events = [event for week in weeks for event in every_day(week, action="navigate")]
        events += [view(back, BO) for back in range(0, 75, 5)]

        snapshots = pull(tmp_path, events, *weeks)

        expected = [*[NO_DATA] * 4, *[1, 0, 0, 0, 0] * 14, 1]
        assert [s.portal.new_users for s in snapshots] == expected

    def test_weeks_that_are_only_looked_back_at_are_not_told(self, tmp_path):
        """They give no snapshot, and an export of nothing else has nothing for the week."""
        assert [s.week for s in pull(tmp_path, there(), W46)] == [W46]
        with pytest.raises(NotCovered, match="2026-W47; their events are of 2026-10-12 to 2026-11-15"):
            pull(tmp_path, there(), W46.plus(1))


class TestPeriod:
    """Several weeks as one."""

    def test_views_are_summed_and_users_distinct(self, tmp_path):
        """Users are never added up, not over weeks either (plausible/analytics#1444)."""
        events = [
            *there(),
            *(view(back) for back in (0, 1, 2)),
            view(1, BO, "jenkins"),
            view(3, CY, "root"),
            view(4, BO),
        ]
        owned = frozenset({"catalog", "jenkins"})
        teams = {"all": owned, "idle": frozenset({"quay"})}

        whole = pull_period(tmp_path, [*events, view(1)], request=ask(teams=teams))

        assert whole.portal == Usage(5, 3)
        assert whole.plugins == {"catalog": Usage(3, 1), "jenkins": Usage(1, 1)}
        assert whole.teams == {
            "all": TeamUsage(owned, Usage(4, 2)),
            "idle": TeamUsage(frozenset({"quay"}), Usage(0, 0)),
        }
        assert (whole.period, whole.source, whole.timezone) == (NOVEMBER, "events", "Europe/Stockholm")
        assert (whole.status, whole.missing_days, whole.notes, whole.as_of) == (Status.FINAL, (), (), AS_OF)

    @pytest.mark.parametrize("length", [4, 5])
    def test_views_are_those_of_the_weeks_where_the_clock_changes_too(self, tmp_path, monkeypatch, length):
        """An hour that comes twice is in one of the weeks, and in the period once."""
        monkeypatch.setattr("plugin_digest.sources.event_counts.BATCH_VIEWS", 200)
        period = Period(W46.plus(1 - length), W46)
        hours = [datetime(2026, 10, 10, tzinfo=UTC) + timedelta(hours=n) for n in range(40 * 24)]
        events = [body(hour, f"p{n % 3}", f"u{n % 50}") for n, hour in enumerate(hours)]
        request = ask(*period.weeks, teams={"two": frozenset({"p0", "P1".lower()})})

        whole = pull_period(tmp_path, events, period, request)
        weeks = pull(tmp_path, events, request=request)

        assert whole.portal.views == sum(week.portal.views for week in weeks) == length * 168 + 1
        for plugin, usage in whole.plugins.items():
            assert usage.views == sum(week.plugins[plugin].views for week in weeks)
        assert whole.teams["two"].usage.views == sum(week.teams["two"].usage.views for week in weeks)
        assert whole.portal.users == 50

    def test_aliases_spellings_and_repeats_are_as_for_weeks(self, tmp_path):
        """Two ids of one plugin have one set of users, and an event that came twice is one view."""
        again = view(2, BO, "azureDevOps")
        events = [*there(), view(plugin="azure-devops"), view(1, plugin="AZURE-DEVOPS"), again, again]

        whole = pull_period(tmp_path, events, request=ask(aliases={"azuredevops": "azure-devops"}))

        assert whole.plugins == {"azure-devops": Usage(3, 2)}
        assert all(plugin == canonical_plugin(plugin) for plugin in whole.plugins)

    def test_a_day_without_events_makes_it_incomplete(self, tmp_path):
        """The figures are those of the other days, and the day is named."""
        gap = W46.plus(-2).days[3]
        events = [event for event in there() if not event["timestamp"].startswith(str(gap))]

        whole = pull_period(tmp_path, [*events, view()])

        assert (whole.status, whole.missing_days) == (Status.INCOMPLETE, (gap,))
        assert [note.kind for note in whole.notes] == [NoteKind.MISSING_DAYS]
        assert whole.portal == Usage(1, 1)

    @pytest.mark.parametrize(
        ("as_of", "status"),
        [
            (datetime(2026, 11, 15, 22, tzinfo=UTC), Status.INCOMPLETE),
            (datetime(2026, 11, 16, 0, tzinfo=UTC), Status.PROVISIONAL),
            (datetime(2026, 11, 16, 2, tzinfo=UTC), Status.FINAL),
        ],
    )
    def test_it_settles_as_its_last_week_does(self, tmp_path, as_of, status):
        """Read before it is over it is incomplete, and provisional until late events can have come."""
        assert pull_period(tmp_path, there(), request=ask(as_of=as_of)).status is status

    def test_nothing_for_any_of_its_weeks_is_not_covered(self, tmp_path):
        """The weeks are named, and what there is instead."""
        earlier = Period(W46.plus(-20), W46.plus(-17))
        with pytest.raises(
            NotCovered, match="nothing for 2026-W26 to 2026-W29; their events are of 2026-10-12"
        ):
            pull_period(tmp_path, there(), earlier)

    def test_users_that_no_event_names_are_not_available(self, tmp_path):
        """And those that some events do not name are told."""
        teams = {"c": frozenset({"catalog"})}
        nameless = pull_period(tmp_path, [*there(), view(user=None)], request=ask(teams=teams))
        some = pull_period(tmp_path, [*there(), view(user=None), view(2)])

        assert nameless.portal == nameless.plugins["catalog"] == nameless.teams["c"].usage == Usage(1, NA)
        assert nameless.notes == (Note(NoteKind.NOT_AVAILABLE, "the events name no users"),)
        assert some.portal == Usage(2, 1)
        assert [note.kind for note in some.notes] == [NoteKind.OTHER]

    def test_the_weeks_of_the_request_do_not_matter(self, tmp_path):
        """The period alone says which days are counted."""
        assert pull_period(tmp_path, [*there(), view(2)], request=ask(W46.plus(9))).portal == Usage(1, 1)
