"""What a pull makes of a property's events, held against a plain count of the same events."""

import dataclasses
import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from google.analytics.data_v1beta import types

from plugin_digest.model import Absent, NoteKind, PullRequest, Status, Usage, Week, last_weeks
from plugin_digest.sources.attribution import PathRule
from unit.sources.ga4.fake_ga4 import Event, moment
from unit.sources.ga4.portal import ALIASES, STOCKHOLM, Counted, Truth, late, make_events

W46 = Week(date(2026, 11, 9))
TEAMS = {
    "docs": frozenset({"techdocs", "catalog"}),
    "ci": frozenset({"jenkins", "azure-devops"}),
    "nobody": frozenset({"unheard-of"}),
}


def request(*weeks: Week, **changes) -> PullRequest:
    given = {
        "weeks": weeks or (W46,),
        "timezone": STOCKHOLM,
        "as_of": late(max(weeks, default=W46)),
        "teams": TEAMS,
        "aliases": ALIASES,
        **changes,
    }
    return PullRequest(**given)


def usage(counted: Counted) -> Usage:
    return Usage(counted.views, counted.users)


def assert_counted(snapshot, truth: Truth) -> None:
    """Every figure of the snapshot is the plain count's."""
    assert snapshot.portal == usage(truth.portal())
    assert snapshot.unattributed == usage(truth.of_plugins({None}))
    assert snapshot.plugins == {plugin: usage(counted) for plugin, counted in truth.plugins().items()}
    for team, plugins in TEAMS.items():
        assert snapshot.teams[team].usage == usage(truth.of_plugins(plugins)), team
        assert snapshot.teams[team].plugins == plugins


def test_one_week_equals_the_plain_count(source, fake):
    """Views, users, teams, portal and unattributed of a week are what counting its events by hand gives."""
    fake.events = make_events([W46.plus(-1), W46, W46.plus(1)])
    [snapshot] = source().pull(request())
    assert_counted(snapshot, Truth.of(fake.events, W46))
    assert (snapshot.source, snapshot.timezone, snapshot.revision) == ("ga4", "Europe/Stockholm", 0)
    assert (snapshot.status, snapshot.missing_days, snapshot.notes) == (Status.FINAL, (), ())


def test_several_weeks_equal_the_plain_count_of_each(source, fake):
    """Six weeks come in two calls per report, four and two, and none leaks into another."""
    weeks = last_weeks(W46, 6)
    fake.events = make_events(weeks)
    snapshots = source().pull(request(*reversed(weeks)))
    assert [snapshot.week for snapshot in snapshots] == list(weeks)
    for snapshot in snapshots:
        assert_counted(snapshot, Truth.of(fake.events, snapshot.week))
    assert {len(report.date_ranges) for report in fake.reports[2:]} == {4, 2}


def test_users_of_28_days_are_asked_for_on_their_own(source, fake):
    """They are the distinct users of four weeks, no sum of them; so too for several weeks at once."""
    weeks = last_weeks(W46, 6)
    sizes = dict(zip(weeks, (1, 2, 3, 2, 1, 4), strict=True))
    fake.events = [e for week in weeks for e in make_events([week], per_day=2, seed=sizes[week])]
    read = source().pull(request(*weeks[-2:]))
    for one in read:
        days = last_weeks(one.week, 4)
        views = [event for week in days for event in Truth.of(fake.events, week).events]
        users = {event.user for event in views}
        assert len(users) < sum(Truth.of(fake.events, week).portal().users for week in days)
        assert one.four_weeks == Usage(Absent.NOT_AVAILABLE, len(users))


def test_both_frontends_events_are_views(source, fake):
    """page_view and navigate count alike (the old frontend's and the new one's); click and search do not."""
    fake.events = make_events([W46])
    [snapshot] = source().pull(request())
    by_name = [
        sum(event.name == name for event in fake.events) for name in ("page_view", "navigate", "click")
    ]
    assert snapshot.portal.views == by_name[0] + by_name[1]
    assert all(by_name)


def test_users_are_not_added_up(source, fake):
    """A team's users are one distinct count over its plugins (airbytehq/airbyte#42547)."""
    fake.events = make_events([W46])
    [snapshot] = source().pull(request())
    team = snapshot.teams["docs"].usage
    assert team.users < sum(snapshot.plugins[plugin].users for plugin in TEAMS["docs"])
    assert team.views == sum(snapshot.plugins[plugin].views for plugin in TEAMS["docs"])


def test_a_plugin_with_several_spellings_has_distinct_users(source, fake):
    """Spellings and aliases of one plugin are asked about together, with every raw spelling in the filter."""
    day = moment("2026-11-10 09:00")
    spellings = ("azureDevops", "AZURE-devops", "azure-devops")
    fake.events = [Event(day, "one", spelling) for spelling in spellings] + [
        Event(day, "two", "azure-devops")
    ]
    [snapshot] = source().pull(request(teams={}))
    assert snapshot.plugins == {"azure-devops": Usage(4, 2)}
    asked = fake.reports[-1].dimension_filter.and_group.expressions[1].filter
    assert sorted(asked.in_list_filter.values) == sorted(spellings)
    assert asked.in_list_filter.case_sensitive


def test_nothing_of_an_unknown_plugin_is_zero(source, fake):
    """A plugin that the property never saw has no row, its team no views and no users."""
    fake.events = make_events([W46])
    [snapshot] = source().pull(request())
    assert "unheard-of" not in snapshot.plugins
    assert snapshot.teams["nobody"].usage == Usage(0, 0)


def test_a_plugin_seen_in_one_week_only_is_zero_in_the_other(source, fake):
    """Weeks asked together do not lend each other rows."""
    weeks = (W46.plus(-1), W46)
    fake.events = [
        *(Event(moment(f"{day} 09:00"), "one", "catalog") for week in weeks for day in week.days),
        Event(moment("2026-11-10 09:00"), "two", "jenkins"),
    ]
    before, after = source().pull(request(*weeks))
    assert (before.plugins.get("jenkins"), after.plugins["jenkins"]) == (None, Usage(1, 1))
    assert (before.teams["ci"].usage, after.teams["ci"].usage) == (Usage(0, 0), Usage(1, 1))


def test_a_week_without_views_is_left_out(source, fake):
    """An empty week gives no snapshot, whatever stands around it."""
    fake.events = make_events([W46.plus(-2), W46])
    weeks = [snapshot.week for snapshot in source().pull(request(*last_weeks(W46, 3)))]
    assert weeks == [W46.plus(-2), W46]


@pytest.mark.parametrize("settings", [{}, {"dimension": "contentGroup"}])
def test_an_empty_property_gives_nothing(source, settings):
    """No view at all is no snapshot, found dimension or set."""
    assert source(**settings).pull(request()) == []


def test_a_week_that_has_not_begun_is_not_asked_for(source, fake):
    """Nothing is sent for a week in the future, nor for no week at all (matomo-org/matomo#21044)."""
    assert source().pull(request(W46, as_of=moment("2026-11-08 23:00"))) == []
    assert source().pull(request(weeks=())) == []
    assert fake.calls == []


@pytest.mark.parametrize("first_day", [date(2026, 3, 23), date(2026, 10, 19)])
def test_a_week_with_a_clock_change_is_seven_local_days(source, fake, first_day):
    """167 and 169 hours: events in the first and last minute of the week, and just outside, land right."""
    week = Week(first_day)
    fake.events = make_events([week.plus(-1), week, week.plus(1)], per_day=48)
    [snapshot] = source().pull(request(week))
    assert_counted(snapshot, Truth.of(fake.events, week))
    assert snapshot.status is Status.FINAL


def test_weeks_may_start_on_sunday(source, fake):
    """The week is the days that were asked for, never GA4's own idea of one."""
    week = Week(date(2026, 11, 8))
    fake.events = make_events([week.plus(-1), week, week.plus(1)])
    [snapshot] = source().pull(request(week))
    assert_counted(snapshot, Truth.of(fake.events, week))


def test_a_day_without_views_makes_the_week_incomplete(source, fake):
    """Missing days are named; the figures are those of the others."""
    missing = date(2026, 11, 12)
    fake.events = [e for e in make_events([W46]) if e.at.astimezone(STOCKHOLM).date() != missing]
    [snapshot] = source().pull(request())
    assert (snapshot.status, snapshot.missing_days) == (Status.INCOMPLETE, (missing,))
    assert snapshot.portal == usage(Truth.of(fake.events, W46).portal())
    assert [note.kind for note in snapshot.notes] == [NoteKind.MISSING_DAYS]


def test_a_quiet_day_is_not_missing(source, fake):
    """Where nobody works on Sunday, a Sunday without views is whole; any other day is not."""
    fake.events = [e for e in make_events([W46]) if e.at.astimezone(STOCKHOLM).weekday() < 5]
    [snapshot] = source(quiet_days={"saturday", "sunday"}).pull(request())
    assert (snapshot.status, snapshot.missing_days) == (Status.FINAL, ())
    [snapshot] = source(quiet_days={"sunday"}).pull(request())
    assert snapshot.missing_days == (date(2026, 11, 14),)


def test_a_day_that_the_zone_skipped_is_not_missing(source, fake):
    """Samoa went from 29 to 31 December 2011: a week of six days, all there."""
    week = Week(date(2011, 12, 26))
    apia = ZoneInfo("Pacific/Apia")
    fake.zone = apia
    fake.events = [e for e in make_events([week], zone=apia) if e.at.astimezone(apia).day != 30]
    [snapshot] = source(dimension="contentGroup").pull(request(week, timezone=apia))
    assert (snapshot.status, snapshot.missing_days) == (Status.FINAL, ())


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        ("2026-11-15 20:00", Status.INCOMPLETE),
        ("2026-11-16 00:00", Status.PROVISIONAL),
        ("2026-11-18 23:59", Status.PROVISIONAL),
        ("2026-11-19 00:00", Status.FINAL),
    ],
)
def test_figures_settle_72_hours_after_the_week(source, fake, as_of, status):
    """Before the week's end incomplete, then provisional, then final."""
    fake.events = make_events([W46])
    [snapshot] = source().pull(request(as_of=moment(as_of)))
    assert snapshot.status is status


def test_the_settling_time_is_a_setting(source, fake):
    """With no settling time a week is final when it is over."""
    fake.events = make_events([W46])
    [snapshot] = source(settling_hours=0).pull(request(as_of=moment("2026-11-16 00:00")))
    assert snapshot.status is Status.FINAL


@pytest.mark.parametrize("page_rows", [3, 40])
@pytest.mark.parametrize("count", [1, 3])
def test_paging_changes_no_figure(source, fake, page_rows, count):
    """Small pages, of one week or several, give the same snapshots as one large page."""
    weeks = last_weeks(W46, count)
    fake.events = make_events(weeks)
    whole = source().pull(request(*weeks))
    assert source(page_rows=page_rows).pull(request(*weeks)) == whole


def test_the_servers_own_cap_is_paged_over(source, fake):
    """A server that gives fewer rows than asked for is asked on, in a stable order."""
    fake.events = make_events([W46])
    [whole] = source().pull(request())
    fake.max_rows = 3
    assert source().pull(request()) == [whole]
    paged = [report for report in fake.reports if report.offset]
    assert paged
    assert all(len(report.order_bys) == len(report.dimensions) for report in paged)


def test_pages_are_the_most_viewed_paths_without_query(source, fake):
    """At most the wanted number per plugin, by views; users only where one row holds the page."""
    fake.events = make_events([W46])
    [snapshot] = source().pull(request(pages_per_plugin=3))
    truth = Truth.of(fake.events, W46)
    for plugin in truth.plugins():
        best = sorted(truth.pages(plugin).items(), key=lambda item: (-item[1], item[0]))[:3]
        assert [(page.path, page.views) for page in snapshot.pages[plugin]] == best
    catalog = {page.path: page.users for page in snapshot.pages["catalog"]}
    for path, users in catalog.items():
        viewers = {
            e.user for e in truth.events if truth.plugin(e) == "catalog" and e.path.split("?")[0] == path
        }
        assert users == len(viewers)


def test_a_page_in_two_rows_has_no_users(source, fake):
    """A page under two spellings of its plugin: views add up, users are not available."""
    fake.events = [
        Event(moment(f"{day} 09:00"), "one", spelling, path="/docs")
        for day in W46.days
        for spelling in ("techdocs", "TechDocs")
    ]
    [snapshot] = source().pull(request())
    [page] = snapshot.pages["techdocs"]
    assert (page.path, page.views, page.users) == ("/docs", 14, Absent.NOT_AVAILABLE)


def test_no_pages_are_asked_for_where_none_are_wanted(source, fake):
    """The largest report is left out."""
    fake.events = make_events([W46])
    [snapshot] = source().pull(request(pages_per_plugin=0))
    assert snapshot.pages == {}
    assert not any(d.name == "pagePath" for report in fake.reports for d in report.dimensions)


def test_active_users_by_setting(source, fake):
    """activeUsers counts only those who were active."""
    fake.events = make_events([W46])
    [total] = source().pull(request())
    [active] = source(user_metric="activeUsers").pull(request())
    truth = Truth.of([event for event in fake.events if event.is_active], W46)
    assert active.portal.users == truth.portal().users
    assert active.plugins["jenkins"].users == truth.plugins()["jenkins"].users
    assert active.plugins["jenkins"].users < total.plugins["jenkins"].users
    assert active.portal.views == total.portal.views


def test_views_and_users_are_asked_apart(source, fake):
    """Only pages come with both (googleanalytics/ga-dev-tools#1672: users change recent views)."""
    fake.events = make_events([W46])
    source().pull(request())
    both = [report for report in fake.reports if len(report.metrics) > 1]
    assert [[d.name for d in report.dimensions] for report in both] == [
        ["customEvent:c_pluginId", "pagePath"]
    ]


def test_teams_are_asked_five_to_a_batch(source, fake):
    """Twelve teams of two plugins each: three batches, at most five reports in one."""
    plugins = [f"p{number:02}" for number in range(24)]
    fake.events = [Event(moment(f"{day} 09:00"), "one", plugin) for day in W46.days for plugin in plugins]
    pairs = {f"team{n}": frozenset(plugins[2 * n : 2 * n + 2]) for n in range(12)}
    [snapshot] = source().pull(request(teams=pairs))
    assert all(team.usage == Usage(14, 1) for team in snapshot.teams.values())
    batches = [call for call in fake.calls if call.method == "batchRunReports"]
    assert sorted(len(call.reports) for call in batches) == [2, 5, 5]


def test_two_teams_with_the_same_plugins_are_asked_about_once(source, fake):
    """The same set of plugins is one question."""
    fake.events = make_events([W46])
    [snapshot] = source().pull(request(teams={"a": TEAMS["docs"], "b": TEAMS["docs"]}))
    assert snapshot.teams["a"] == snapshot.teams["b"]
    asked = [tuple(r.dimension_filter.and_group.expressions[1].filter.in_list_filter.values)
             for call in fake.calls if call.method == "batchRunReports" for r in call.reports]  # fmt: skip
    assert len(asked) == len(set(asked))


def test_progress_is_told_to_its_end(source, fake):
    """Each step ends with all of its requests done."""
    fake.events = make_events([W46])
    told = []
    source().pull(request(), lambda *step: told.append(step))
    for what, steps in itertools.groupby(told, key=lambda step: step[0]):
        *_, (_, done, total) = steps
        assert done == total, what
    assert {what for what, _, _ in told} == {"2026-W46: reports", "2026-W46: distinct users"}


class TestDimension:
    """How plugins are told apart."""

    def test_the_custom_dimension_is_taken_first(self, source, fake):
        """Both hold the same ids: c_pluginId it is."""
        fake.events = make_events([W46])
        source().pull(request())
        assert dimensions_read(fake) == {"customEvent:c_pluginId"}

    def test_content_group_is_taken_where_nothing_is_registered(self, source, fake):
        """contentGroup needs no registration and gives the same figures."""
        fake.events = make_events([W46])
        fake.custom = ()
        [snapshot] = source().pull(request())
        assert_counted(snapshot, Truth.of(fake.events, W46))
        assert dimensions_read(fake) == {"contentGroup"}

    def test_a_registered_but_empty_dimension_is_passed_over(self, source, fake):
        """c_pluginId is registered, but the portal does not send it."""
        fake.events = [dataclasses.replace(event, plugin=None) for event in make_events([W46])]
        source().pull(request())
        assert dimensions_read(fake) == {"contentGroup"}

    def test_a_dimension_registered_in_the_middle_is_passed_over(self, source, fake):
        """Custom dimensions are not retroactive: contentGroup names more of these weeks' views."""
        weeks = last_weeks(W46, 6)
        fake.events = [
            dataclasses.replace(event, plugin=event.plugin if event.at > moment("2026-11-01 00:00") else None)
            for event in make_events(weeks)
        ]
        source().pull(request(*weeks))
        assert dimensions_read(fake) == {"contentGroup"}

    def test_content_groups_that_are_no_plugin_ids_are_not_taken(self, source, fake):
        """contentGrouping: routeRef gives catalog:entity; then paths are mapped, where that is set."""
        fake.events = [
            dataclasses.replace(event, plugin=None, group=f"{event.group}:entity")
            for event in make_events([W46])
        ]
        source(plugin_from="first_path_segment").pull(request())
        assert dimensions_read(fake) == {"pagePath"}

    def test_a_set_dimension_is_not_searched_for(self, source, fake):
        """No metadata and no probe is asked for."""
        fake.events = make_events([W46])
        [snapshot] = source(dimension="contentGroup").pull(request())
        assert_counted(snapshot, Truth.of(fake.events, W46))
        assert not any(call.method == "metadata" for call in fake.calls)

    def test_first_path_segment(self, source, fake):
        """The path names the plugin; users of a plugin and of a team are distinct over all their paths."""
        fake.events = [dataclasses.replace(e, plugin=None, group=None) for e in make_events([W46])]
        [snapshot] = source(plugin_from="first_path_segment").pull(request())
        by_path = [dataclasses.replace(e, plugin=e.path.split("?")[0].split("/")[1]) for e in fake.events]
        truth = Truth.of(by_path, W46)
        assert snapshot.plugins == {plugin: usage(counted) for plugin, counted in truth.plugins().items()}
        assert {t: team.usage for t, team in snapshot.teams.items()} == {
            team: usage(truth.of_plugins(plugins)) for team, plugins in TEAMS.items()
        }
        assert snapshot.unattributed == Usage(truth.of_plugins({None}).views, Absent.NOT_AVAILABLE)
        assert [(p.path, p.views) for p in snapshot.pages["catalog"]] == sorted(
            truth.pages("catalog").items(), key=lambda item: (-item[1], item[0])
        )[:5]

    def test_path_rules(self, source, fake):
        """The longest prefix wins, in views and in users."""
        rules = [
            PathRule("/catalog/", "catalog"),
            PathRule("/catalog/c/", "deep"),
            PathRule("/TechDocs", "techdocs"),
            PathRule("/jenkins", "azureDevops"),
        ]
        fake.events = [dataclasses.replace(e, plugin=None, group=None) for e in make_events([W46])]
        [snapshot] = source(plugin_from=rules).pull(request())

        def plugin(event: Event) -> str | None:
            path = event.path.split("?")[0].lower()
            if path.startswith("/catalog/c/"):
                return "deep"
            if path == "/catalog" or path.startswith("/catalog/"):
                return "catalog"
            if path.startswith("/techdocs"):
                return "techdocs"
            return "azure-devops" if path.startswith("/jenkins") else None

        truth = Truth.of([dataclasses.replace(e, plugin=plugin(e)) for e in fake.events], W46)
        assert snapshot.plugins == {p: usage(counted) for p, counted in truth.plugins().items()}
        assert snapshot.teams["docs"].usage == usage(truth.of_plugins(TEAMS["docs"]))
        assert set(snapshot.plugins) == {"catalog", "deep", "techdocs", "azure-devops"}


def dimensions_read(fake) -> set[str]:
    """The dimensions behind the figures, without the probes before them."""
    return {
        dimension.name
        for report in fake.reports
        if len(report.metrics) == 2
        for dimension in report.dimensions
        if len(report.dimensions) == 1 or dimension.name != "pagePath"
    }


class TestNotes:
    """What GA4 says of its own figures travels with the snapshot."""

    @pytest.fixture
    def notes(self, source, fake):
        """Pulls a week whose every answer has this metadata, and gives the notes' texts."""

        def pull(**metadata):
            fake.events = make_events([W46])
            fake.metadata = metadata
            [snapshot] = source().pull(request())
            return [note.text for note in snapshot.notes]

        return pull

    def test_rolled_up_rows(self, notes):
        """dataLossFromOtherRow."""
        [text] = notes(data_loss_from_other_row=True)
        assert text == (
            "Google Analytics counted rare values as “(other)”: "
            "views, users and pages of small plugins may be low"
        )

    def test_thresholds(self, notes):
        """subjectToThresholding, with all rows there: the figures stand, with a note."""
        [text] = notes(subject_to_thresholding=True)
        assert text == (
            "Google Analytics may hold back rows with very few users: "
            "views, users and pages of small plugins may be low"
        )

    def test_sampling(self, notes):
        """samplingMetadatas: the share that was read."""
        sampling = types.SamplingMetadata(samples_read_count=400, sampling_space_size=1000)
        assert notes(sampling_metadatas=[sampling]) == [
            "Google Analytics estimated views, users and pages from 40.0% of the events (sampling)"
        ]

    def test_sampling_of_one_week_of_two(self, source, fake):
        """One entry per week: the note is on the sampled week alone."""
        fake.events = make_events([W46.plus(-1), W46])
        fake.metadata = {
            "sampling_metadatas": [
                types.SamplingMetadata(samples_read_count=5, sampling_space_size=5),
                types.SamplingMetadata(samples_read_count=1, sampling_space_size=5),
            ]
        }
        before, after = source().pull(request(W46.plus(-1), W46))
        assert (len(before.notes), len(after.notes)) == (0, 1)

    def test_truncation(self, notes):
        """dataTruncationReasons: older than the property keeps its data."""
        reason = types.ResponseMetaData.DataTruncationReason(
            data_truncation_type="DATA_TRUNCATION_TYPE_PROPERTY", data_truncation_date="2026-11-10"
        )
        assert notes(data_truncation_reasons=[reason]) == [
            "Google Analytics no longer has all data of this period: nothing before 2026-11-10"
        ]

    def test_a_property_in_another_zone(self, source, fake):
        """The days are GA4's, the snapshot says whose, and the reader how far the week is shifted."""
        fake.zone = ZoneInfo("America/Los_Angeles")
        fake.events = make_events([W46.plus(-1), W46, W46.plus(1)])
        [snapshot] = source().pull(request())
        assert_counted(snapshot, Truth.of(fake.events, W46, fake.zone))
        assert snapshot.timezone == "America/Los_Angeles"
        [note] = snapshot.notes
        assert note.text == (
            "Google Analytics counts days of America/Los_Angeles, not of Europe/Stockholm: "
            "its week begins on Monday at 09:00 there"
        )

    def test_another_name_for_the_same_days_is_no_note(self, source, fake):
        """Berlin's week is Stockholm's."""
        fake.zone = ZoneInfo("Europe/Berlin")
        fake.events = make_events([W46])
        [snapshot] = source().pull(request())
        assert snapshot.notes == ()

    def test_a_zone_that_is_not_known_here_is_taken_for_the_portals(self, source, fake, server):
        """The figures are not refused for a name."""
        fake.events = make_events([W46])

        def rename(method, answer):
            if "metadata" in answer:
                answer["metadata"]["timeZone"] = "Mars/Olympus"
            return answer

        server.meddle = rename
        [snapshot] = source().pull(request())
        assert snapshot.timezone == "Europe/Stockholm"


class TestMissingFigures:
    """What is not there is not zero (PostHog/posthog#72105)."""

    @pytest.fixture
    def drop_rare(self, server):
        """Takes the rows of a small plugin out of some answers, as thresholds do."""

        def drop(*wanted):
            def meddle(method, answer):
                for report in answer.get("reports", [answer]):
                    if columns(report) in wanted:
                        report["rows"] = [row for row in report["rows"] if first_value(row) != "rare"]
                        report["rowCount"] = len(report["rows"])
                return answer

            server.meddle = meddle

        return drop

    def test_a_plugin_without_a_row_on_users(self, source, fake, drop_rare):
        """Views but no row on users: users are not available."""
        fake.events = make_events([W46])
        drop_rare(["customEvent:c_pluginId", "totalUsers"])
        [snapshot] = source().pull(request())
        views = Truth.of(fake.events, W46).plugins()["rare"].views
        assert snapshot.plugins["rare"] == Usage(views, Absent.NOT_AVAILABLE)

    def test_users_that_thresholds_hold_back_are_hidden(self, source, fake, drop_rare):
        """The same under a threshold: hidden for privacy."""
        fake.events = make_events([W46])
        fake.metadata = {"subject_to_thresholding": True}
        drop_rare(["customEvent:c_pluginId", "totalUsers"])
        [snapshot] = source().pull(request())
        assert snapshot.plugins["rare"].users is Absent.HIDDEN

    def test_plugins_that_thresholds_hold_back_are_hidden(self, source, fake, drop_rare):
        """An owned plugin without a row, while rows are missing from the total, is not a zero."""
        fake.events = make_events([W46])
        fake.metadata = {"subject_to_thresholding": True}
        drop_rare(["customEvent:c_pluginId", "totalUsers"], ["customEvent:c_pluginId", "eventCount"])
        teams = {**TEAMS, "small": frozenset({"rare"})}
        [snapshot] = source(dimension="customEvent:c_pluginId").pull(request(teams=teams))
        truth = Truth.of(fake.events, W46)
        assert snapshot.plugins["rare"] == Usage(Absent.HIDDEN, Absent.HIDDEN)
        assert snapshot.portal.views == truth.portal().views
        lost = truth.plugins()["rare"].views
        assert snapshot.unattributed.views == truth.of_plugins({None}).views + lost
        assert f"{lost} of {truth.portal().views} views are in no row by plugin" in snapshot.notes[0].text

    def test_a_week_before_the_ids_were_sent(self, source, fake):
        """Views, but none with a plugin id: owned plugins and teams are not available instead of zero."""
        weeks = (W46.plus(-1), W46)
        fake.events = [
            dataclasses.replace(event, plugin=event.plugin if event.at > moment("2026-11-09 00:00") else None)
            for event in make_events(weeks)
        ]
        before, after = source(dimension="customEvent:c_pluginId").pull(request(*weeks))
        assert before.portal == usage(Truth.of(fake.events, W46.plus(-1)).portal())
        assert before.plugins["jenkins"] == Usage(Absent.NOT_AVAILABLE, Absent.NOT_AVAILABLE)
        assert before.teams["ci"].usage == Usage(Absent.NOT_AVAILABLE, Absent.NOT_AVAILABLE)
        assert before.notes[0].kind is NoteKind.NOT_AVAILABLE
        assert_counted(after, Truth.of(fake.events, W46))


def columns(report) -> list[str]:
    headers = (*report.get("dimensionHeaders", ()), *report.get("metricHeaders", ()))
    return [header["name"] for header in headers]


def first_value(row) -> str:
    return row["dimensionValues"][0]["value"]


def test_the_snapshot_knows_when_it_was_read(source, fake):
    """``as_of`` is the moment of the pull, not the server's."""
    fake.events = make_events([W46])
    at = datetime(2026, 11, 30, 7, tzinfo=UTC) + timedelta(minutes=3)
    [snapshot] = source().pull(request(as_of=at))
    assert snapshot.as_of == at
