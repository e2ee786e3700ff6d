"""What every built-in source keeps, whatever it reads: one set of tests for all of them.

The same made-up events go into each system; a plain count of them is what each source must give.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from plugin_digest import intake
from plugin_digest.errors import NotCovered, SourceError
from plugin_digest.model import (
    LOOKBACK_WEEKS,
    Absent,
    NoteKind,
    Period,
    PeriodUsage,
    PullRequest,
    Snapshot,
    Status,
    TeamUsage,
    Usage,
    last_weeks,
)
from plugin_digest.source_settings import SourceSettings
from plugin_digest.weeks import bounds
from unit.sources.contract.databases import SqlHarness
from unit.sources.contract.files import EventsHarness, Ga4CsvHarness
from unit.sources.contract.harness import FAULT_WEEKS, FAULTS, SETTLING_HOURS, Harness, Memory, Place, Scope
from unit.sources.contract.portal import (
    AUTUMN,
    LONG_AGO,
    PERSON,
    SPRING,
    STOCKHOLM,
    TEAMS,
    WEEKS,
    Event,
    Group,
    Truth,
    count,
    make_events,
    request,
)
from unit.sources.contract.servers import AdoptionInsightsHarness, BigQueryHarness, Ga4Harness, MatomoHarness

HARNESSES: tuple[type[Harness], ...] = (
    EventsHarness,
    Ga4CsvHarness,
    Ga4Harness,
    BigQueryHarness,
    SqlHarness,
    AdoptionInsightsHarness,
    MatomoHarness,
)
NA = Absent.NOT_AVAILABLE
DOCS = Path(__file__).parents[3] / "docs" / "sources"


def built_in() -> dict[str, type]:
    """The settings of each built-in source by its ``type``."""
    models = get_args(get_args(SourceSettings)[0])
    return {get_args(model.model_fields["type"].annotation)[0]: model for model in models}


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch):
    """A proxy in the environment is not for the loopback, and no credentials of the machine are found."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    for name in ("BIGQUERY_EMULATOR_HOST", "GOOGLE_CLOUD_PROJECT", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        request.getfixturevalue("_surroundings")
        yield Place(tmp_path, request.getfixturevalue, stack)


@pytest.fixture(params=HARNESSES, ids=lambda harness: harness.source_type)
def harness(request: pytest.FixtureRequest, place: Place) -> Harness:
    """Each built-in source in turn."""
    made: Harness = request.param(place)
    return made


def check(snapshot: Snapshot, events: list[Event], harness: Harness) -> None:
    """Every figure of the snapshot is the plain count's, or not available where the source cannot say it."""
    truth = count(events, snapshot.week)

    def expected(scope: Scope, group: Group, plugins: int = 1) -> Usage:
        return Usage(group.views, group.users if harness.has_users(scope, group, plugins) else NA)

    assert bare(snapshot.portal) == expected("portal", truth.portal)
    assert bare(snapshot.unattributed) == expected("unattributed", truth.unattributed)
    assert bare_all(snapshot.plugins) == {
        name: expected("plugin", group) for name, group in truth.plugins.items()
    }
    assert {team: together.plugins for team, together in snapshot.teams.items()} == TEAMS
    assert bare_all(of_teams(snapshot.teams)) == {
        team: expected("team", truth.of(plugins), len(plugins)) for team, plugins in TEAMS.items()
    }
    check_pages(snapshot, truth, harness)


def new_users(group: Group, before: Sequence[Group]) -> int:
    known = {event.user for earlier in before for event in earlier.events}
    return len({event.user for event in group.events} - known)


def bare(usage: Usage) -> Usage:
    """Without new users, which have tests of their own."""
    return Usage(usage.views, usage.users)


def bare_all(usages: Mapping[str, Usage]) -> dict[str, Usage]:
    return {key: bare(usage) for key, usage in usages.items()}


def of_teams(teams: Mapping[str, TeamUsage]) -> dict[str, Usage]:
    return {team: together.usage for team, together in teams.items()}


def check_pages(snapshot: Snapshot, truth: Truth, harness: Harness) -> None:
    if not harness.has_pages:
        assert snapshot.pages == {}
        return
    assert snapshot.pages.keys() == truth.plugins.keys()
    for plugin, pages in snapshot.pages.items():
        groups = truth.pages(plugin)
        most = sorted((group.views for group in groups.values()), reverse=True)[:3]
        assert [page.views for page in pages] == most
        for page in pages:
            group = groups[page.path]
            users = group.users if harness.has_users("page", group) else NA
            assert (page.views, page.users) == (group.views, users)


class TestFigures:
    """What is counted."""

    def test_a_week_is_what_a_plain_count_gives(self, harness):
        """Views and users of portal, plugins, teams and pages, with the weeks around left out."""
        events = make_events()
        [snapshot] = harness.make(events).pull(request(WEEKS[2]))
        check(snapshot, events, harness)
        assert (snapshot.week, snapshot.source, snapshot.revision) == (WEEKS[2], harness.source_type, 0)
        assert (snapshot.timezone, snapshot.as_of) == (STOCKHOLM.key, request(WEEKS[2]).as_of)
        assert (snapshot.status, snapshot.missing_days) == (Status.FINAL, ())

    def test_several_weeks_in_one_pull_are_the_weeks_pulled_one_by_one(self, harness):
        """Asked in any order and more than once, each week is given once, oldest first, and unmixed."""
        events = make_events()
        source, as_of = harness.make(events), request().as_of
        together = source.pull(request(WEEKS[2], WEEKS[0], WEEKS[1], WEEKS[0], as_of=as_of))
        assert [snapshot.week for snapshot in together] == list(WEEKS)
        assert list(together) == [s for week in WEEKS for s in source.pull(request(week, as_of=as_of))]
        for snapshot in together:
            check(snapshot, events, harness)

    @pytest.mark.parametrize("week", [SPRING, AUTUMN], ids=["167 hours", "169 hours"])
    def test_a_week_with_a_clock_change_has_all_its_hours(self, harness, week):
        """Its first and last millisecond are its own, those around are its neighbours'."""
        events = make_events([week.plus(-1), week, week.plus(1)], seed=5)
        start, end = bounds(week, STOCKHOLM)
        assert end - start != timedelta(days=7)
        assert {start, end - timedelta(milliseconds=1), end} <= {event.time for event in events}
        [snapshot] = harness.make(events).pull(request(week))
        check(snapshot, events, harness)
        assert snapshot.status is Status.FINAL

    def test_an_alias_and_another_spelling_are_the_same_plugin(self, harness):
        """One id under several spellings is one plugin, whose users are distinct or not available."""
        events = every_day("azure-devops") + every_day("azureDevops", user="2") + every_day("AZURE-devops")
        [snapshot] = harness.make(events).pull(request(WEEKS[1]))
        assert snapshot.plugins.keys() == {"azure-devops"}
        assert snapshot.plugins["azure-devops"].views == 21
        check(snapshot, events, harness)

    def test_a_teams_users_are_distinct_or_not_available(self, harness):
        """One person in both of a team's plugins is one user, and never two (plausible/analytics#1444)."""
        events = every_day("jenkins") + every_day("azure-devops") + every_day("azure-devops", user="2")
        [snapshot] = harness.make(events).pull(request(WEEKS[1]))
        assert snapshot.teams["ci"].usage.views == 21
        assert snapshot.teams["ci"].usage.users in (2, NA)
        check(snapshot, events, harness)

    def test_an_unknown_plugin_is_never_invented(self, harness):
        """A plugin that a team owns and nobody viewed has no figure, and its team no view."""
        [snapshot] = harness.make(make_events([WEEKS[1]])).pull(request(WEEKS[1]))
        assert "unheard-of" not in snapshot.plugins
        assert snapshot.teams["nobody"].usage.views == 0
        assert snapshot.teams["nobody"].usage.users in (0, NA)

    def test_what_belongs_to_no_plugin_is_in_the_portals_total_alone(self, harness):
        """Views under root, app and no id at all are the portal's and no plugin's."""
        nobodys = [event for plugin in ("root", "app", "", None) for event in every_day(plugin)]
        [snapshot] = harness.make(every_day("jenkins") + nobodys).pull(request(WEEKS[1]))
        assert (snapshot.portal.views, snapshot.unattributed.views) == (35, 28)
        assert snapshot.plugins.keys() == {"jenkins"}
        assert snapshot.plugins["jenkins"].views == 7

    def test_an_event_that_came_twice(self, harness):
        """It is one view where the source can recognise it, else two; its user is one in any case."""
        events = every_day("jenkins")
        [snapshot] = harness.make(events * 2).pull(request(WEEKS[1]))
        assert snapshot.portal.views == (7 if harness.merges_duplicates else 14)
        assert snapshot.portal.users in (1, NA)


FIVE_WEEKS = last_weeks(AUTUMN.plus(1), LOOKBACK_WEEKS + 1)
"""With the clock change in the last but one."""


class TestNewUsers:
    """Users without a view of the same in the four weeks before."""

    def test_new_users_are_what_a_plain_count_gives_or_none_are_told(self, harness):
        """Of portal, plugins and teams; a number is only told where it is right."""
        events = [
            e for e in make_events(FIVE_WEEKS) if e.day() in FIVE_WEEKS[-1].days or e.user[-1] not in "027"
        ]
        *before, week = (count(events, week) for week in FIVE_WEEKS)
        [snapshot] = harness.make(events).pull(request(FIVE_WEEKS[-1]))
        told = {
            frozenset({"portal"}): (snapshot.portal, week.portal, [one.portal for one in before]),
            **{
                frozenset({name}): (snapshot.plugins[name], group, [one.of({name}) for one in before])
                for name, group in week.plugins.items()
            },
            **{
                TEAMS[team]: (usage, week.of(TEAMS[team]), [one.of(TEAMS[team]) for one in before])
                for team, usage in of_teams(snapshot.teams).items()
            },
        }
        for usage, group, earlier in told.values():
            expected = new_users(group, earlier)
            assert usage.new_users == expected if harness.has_new_users else usage.new_users in (expected, NA)
        assert 0 < new_users(week.portal, [one.portal for one in before]) < week.portal.users

    def test_where_the_data_begin_everybody_would_be_new(self, harness):
        """A week before which nothing is known has no new users, and never all of them."""
        [snapshot] = harness.make(make_events(WEEKS)).pull(request(WEEKS[0]))
        usages = [snapshot.portal, *snapshot.plugins.values(), *of_teams(snapshot.teams).values()]
        allowed = {Absent.NO_DATA} if harness.has_new_users else {Absent.NO_DATA, NA}
        assert {usage.new_users for usage in usages} <= allowed


class TestPeriod:
    """Several weeks as one, of the sources that can."""

    @pytest.fixture
    def harness(self, harness: Harness) -> Harness:
        if harness.without_periods:
            assert not hasattr(harness.make(make_events(WEEKS)), "pull_period")
            pytest.skip(harness.without_periods)
        return harness

    @pytest.mark.parametrize("length", [LOOKBACK_WEEKS, LOOKBACK_WEEKS + 1])
    def test_views_are_those_of_the_weeks_and_users_are_distinct(self, harness, length):
        """Users are never added up, not over weeks either; the clock changes in one of them."""
        events, period = make_events(FIVE_WEEKS), Period(FIVE_WEEKS[-length], FIVE_WEEKS[-1])
        truth, asked = count(events, period), request(*period.weeks)
        source = harness.make(events)
        whole = pull_period(source, period, asked)
        weeks = source.pull(asked)

        def expected(scope: Scope, group: Group, plugins: int = 1) -> Usage:
            return Usage(group.views, group.users if harness.has_period_users(scope, group, plugins) else NA)

        assert bare(whole.portal) == expected("portal", truth.portal)
        assert bare_all(whole.plugins) == {
            name: expected("plugin", group) for name, group in truth.plugins.items()
        }
        assert {team: together.plugins for team, together in whole.teams.items()} == TEAMS
        assert bare_all(of_teams(whole.teams)) == {
            team: expected("team", truth.of(plugins), len(plugins)) for team, plugins in TEAMS.items()
        }
        assert whole.portal.views == sum(week.portal.views for week in weeks)
        for plugin, usage in whole.plugins.items():
            assert usage.views == sum(week.plugins[plugin].views for week in weeks if plugin in week.plugins)
        assert (whole.period, whole.source, whole.timezone) == (period, harness.source_type, STOCKHOLM.key)
        assert (whole.as_of, whole.status, whole.missing_days) == (asked.as_of, Status.FINAL, ())

    def test_a_missing_day_makes_it_incomplete(self, harness):
        """The day is named, to the program and to the reader."""
        gap = WEEKS[1].days[3]
        events = [event for event in make_events() if event.day() != gap]
        whole = pull_period(harness.make(events), Period(WEEKS[0], WEEKS[2]), request())
        assert (whole.status, whole.missing_days) == (Status.INCOMPLETE, (gap,))
        [note] = [note for note in whole.notes if note.kind is NoteKind.MISSING_DAYS]
        assert gap.isoformat() in note.text
        assert whole.portal.views == count(events, whole.period).portal.views

    @pytest.mark.parametrize(
        ("hours", "status"),
        [(-1, Status.INCOMPLETE), (0, Status.PROVISIONAL), (SETTLING_HOURS, Status.FINAL)],
    )
    def test_it_is_over_and_settled_with_its_last_week(self, harness, hours, status):
        """Views may still be on their way."""
        as_of = bounds(WEEKS[2], STOCKHOLM)[1] + timedelta(hours=hours)
        events = [event for event in make_events() if event.time < as_of]
        whole = pull_period(harness.make(events), Period(WEEKS[0], WEEKS[2]), request(as_of=as_of))
        assert whole.status is status
        assert whole.missing_days == ((WEEKS[2].last_day,) if hours < 0 else ())

    def test_nothing_in_it_is_not_covered(self, harness):
        """In one line that names its weeks, and never a period of zeros."""
        source = harness.make(make_events())
        with pytest.raises(NotCovered, match=f"{LONG_AGO[0]} to {LONG_AGO[1]}") as absent:
            pull_period(source, Period(*LONG_AGO), request(*LONG_AGO))
        assert "\n" not in str(absent.value)

    def test_a_fault_is_an_error_and_nobody_is_named(self, harness, caplog):
        """As with weeks: users are counted and then forgotten."""
        caplog.set_level("DEBUG")
        period = Period(FAULT_WEEKS[0], FAULT_WEEKS[-1])
        whole = pull_period(harness.make(make_events(FAULT_WEEKS)), period, request(*FAULT_WEEKS))
        how, kind = next(iter(harness.faults.items()))
        broken = harness.break_(how)
        with pytest.raises(SourceError) as failed:
            pull_period(broken, period, request(*FAULT_WEEKS))
        assert type(failed.value) is kind
        assert PERSON not in f"{whole!r}{failed.value}{caplog.text}"


def pull_period(source: Any, period: Period, asked: PullRequest) -> PeriodUsage:
    whole: PeriodUsage = source.pull_period(period, asked)
    return whole


def every_day(plugin: str | None, user: str = "1") -> list[Event]:
    """One view of the plugin at noon of each day of the second week."""
    noons = [datetime(day.year, day.month, day.day, 12, tzinfo=UTC) for day in WEEKS[1].days]
    return [Event(noon, f"{PERSON}{user}", plugin) for noon in noons]


class TestCoverage:
    """Which weeks there are, and how far they can be trusted."""

    def test_an_empty_week_among_others_is_left_out(self, harness):
        """A week of which there is nothing is no week of zeros (PostHog/posthog#72105)."""
        events = make_events([WEEKS[0], WEEKS[2]])
        store = Memory()
        intake.pull(harness.make(events), store, request())
        assert [snapshot.week for snapshot in store.stored] == [WEEKS[0], WEEKS[2]]
        for snapshot in store.stored:
            check(snapshot, events, harness)

    def test_nothing_but_empty_weeks_is_not_covered(self, harness):
        """The pull ends with NotCovered, names the weeks in one line, and stores nothing."""
        store = Memory()
        source = harness.make(make_events())
        with pytest.raises(NotCovered, match=f"{LONG_AGO[0]} to {LONG_AGO[1]}") as absent:
            intake.pull(source, store, request(*LONG_AGO))
        assert "\n" not in str(absent.value)
        assert store.stored == []

    @pytest.mark.parametrize("number", [0, 3, 6])
    def test_a_missing_day_makes_the_week_incomplete(self, harness, number):
        """The day is named, to the program and to the reader, and the figures are those of the others."""
        gap = WEEKS[1].days[number]
        events = [event for event in make_events() if event.day() != gap]
        [snapshot] = harness.make(events).pull(request(WEEKS[1]))
        check(snapshot, events, harness)
        if number not in harness.gaps:
            assert harness.gaps_reason
            assert snapshot.missing_days == ()
            return
        assert (snapshot.status, snapshot.missing_days) == (Status.INCOMPLETE, (gap,))
        [note] = [note for note in snapshot.notes if note.kind is NoteKind.MISSING_DAYS]
        assert gap.isoformat() in note.text

    @pytest.mark.parametrize(
        ("hours", "status"),
        [
            (-1, Status.INCOMPLETE),
            (0, Status.PROVISIONAL),
            (SETTLING_HOURS - 1, Status.PROVISIONAL),
            (SETTLING_HOURS, Status.FINAL),
        ],
    )
    def test_a_week_is_incomplete_until_it_is_over_and_provisional_until_it_has_settled(
        self, harness, hours, status
    ):
        """Views may still be on their way: the week is read, marked and read again later."""
        as_of = bounds(WEEKS[1], STOCKHOLM)[1] + timedelta(hours=hours)
        events = [event for event in make_events() if event.time < as_of]
        [snapshot] = harness.make(events).pull(request(WEEKS[1], as_of=as_of))
        assert snapshot.status is status
        assert snapshot.missing_days == ((WEEKS[1].last_day,) if hours < 0 else ())
        assert snapshot.portal.views == count(events, WEEKS[1]).portal.views


def faults() -> list[object]:
    return [
        pytest.param(harness, how, kind, id=f"{harness.source_type}-{how}")
        for harness in HARNESSES
        for how, kind in harness.faults.items()
    ]


class TestFaults:
    """What is no whole answer gives no figures."""

    @pytest.mark.parametrize(("harness_type", "how", "kind"), faults())
    def test_a_fault_is_an_error_and_never_a_zero(self, place, caplog, harness_type, how, kind):
        """Of the kind that says what to do, in one line, with nobody in it, and nothing is stored."""
        caplog.set_level("DEBUG")
        harness, store = harness_type(place), Memory()
        harness.make(make_events(FAULT_WEEKS))
        broken = harness.break_(how)
        with pytest.raises(SourceError) as failed:
            intake.pull(broken, store, request(*FAULT_WEEKS))
        text = str(failed.value)
        assert type(failed.value) is kind, text
        assert text.strip()
        assert "\n" not in text
        assert PERSON not in text + caplog.text
        assert store.stored == []

    def test_nobody_is_named_anywhere(self, harness, caplog):
        """Users are counted and then forgotten: not in the snapshots, not in the log, not in the source."""
        caplog.set_level("DEBUG")
        source = harness.make(make_events())
        snapshots = source.pull(request())
        assert len(snapshots) == len(WEEKS)
        assert PERSON not in f"{snapshots!r}{caplog.text}{source!r}"

    @pytest.mark.parametrize("harness_type", HARNESSES, ids=lambda harness: harness.source_type)
    def test_every_fault_is_met_or_has_a_reason_not_to_be(self, harness_type):
        """No source is spared a fault in silence."""
        assert set(FAULTS) <= harness_type.faults.keys() ^ harness_type.without.keys()
        assert all(harness_type.without.values())


class TestCompleteness:
    """No source can be forgotten."""

    def test_every_built_in_source_is_here(self):
        """A new type of source is held to the contract, or the suite fails."""
        assert [harness.source_type for harness in HARNESSES] == [
            kind for kind in built_in() if kind != "package"
        ]

    @pytest.mark.parametrize("kind", [harness.source_type for harness in HARNESSES])
    def test_every_source_has_its_page(self, kind):
        """With a configuration to copy, and a word on each of its keys."""
        page = (DOCS / f"{kind.replace('_', '-')}.md").read_text(encoding="utf-8")
        blocks = re.findall(r"^( *)```yaml\n(.*?)^\1```", page, re.MULTILINE | re.DOTALL)
        examples = [
            yaml.safe_load(re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)) for indent, text in blocks
        ]
        assert kind in [example["source"]["type"] for example in examples if "source" in example]
        first_cells = " ".join(re.findall(r"^\| (`.*?) \|", page, re.MULTILINE))
        keys = {field.alias or name for name, field in built_in()[kind].model_fields.items()} - {"type"}
        assert keys <= set(re.findall(r"`(\w+)`", first_cells))
