"""What the ``sql`` source says of users over several weeks and of their searches: as the events source."""

import json
import random
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from plugin_digest.errors import Malformed, NotCovered
from plugin_digest.model import Absent, NoteKind, Period, Search, Status, TeamUsage, Usage, Week
from plugin_digest.sources.database import SqlSource
from plugin_digest.sources.events import EventsSource
from unit.sources.event_exports import used
from unit.sources.event_history import History, told_new_users, told_period, told_searches
from unit.sources.sql.portal_events import COLUMNS, Event, request, write_ndjson, write_table

NA, NO_DATA = Absent.NOT_AVAILABLE, Absent.NO_DATA
WEEKS = tuple(Week(date(2026, 9, 28)).plus(number) for number in range(7))
"""The clocks change in the fourth."""
LAST = WEEKS[-1]
KINDS = [
    ("postgresql", "timestamptz"),
    ("postgresql", "iso_text"),
    ("sqlite", "iso_text"),
    ("sqlite", "epoch_ms"),
    ("duckdb", "timestamptz"),
    ("duckdb", "timestamp"),
]
PLUGINS = ("jenkins", "Jenkins ", "azureDevOps", "azure-devops", "techdocs", "search", "Search", "root", None)
TERMS = ("Kafka  retention", "kafka retention", " ÄRENDE", "ärende", "on-call", "", "/search?q=x", None)


def make_events(seed=3):
    """Visits of some steps each, on every day of the weeks, some delivered twice."""
    chance, events = random.Random(seed), []
    for day in (day for week in WEEKS for day in week.days):
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        for _ in range(6):
            moment = noon + timedelta(milliseconds=chance.randrange(-40_000_000, 40_000_000))
            user, session = chance.choice((*"abcdefghijkl", "svc-bot", "", None)), chance.choice("xy")
            for _ in range(chance.randrange(1, 6)):
                moment += timedelta(milliseconds=chance.choice((9_000, 60_000, 299_999, 300_000, 300_001)))
                is_search = chance.random() < 0.4
                action, path = ("search", chance.choice(TERMS)) if is_search else ("navigate", "/x")
                events.append(Event(moment, action, chance.choice(PLUGINS), path, user, session))
    return [*events, *chance.sample(events, len(events) // 20)]


def event(weeks_back=0, user="a", plugin="jenkins", *, action="navigate", path="/x", seconds=0, session="s1"):
    noon = datetime(2026, 11, 9, 12, tzinfo=UTC) - timedelta(weeks=weeks_back)
    return Event(noon + timedelta(seconds=seconds), action, plugin, path, user, session)


def there(*weeks_back):
    """A click on each day of the last week and of those before, but for the weeks that are left out."""
    return [
        Event(at + timedelta(days=n), "click", "home", "/", "a", "s1")
        for back in range(7)
        if back not in weeks_back
        for at in [datetime(2026, 11, 9, 11, tzinfo=UTC) - timedelta(weeks=back)]
        for n in range(7)
    ]


def source(url, events, form="iso_text", columns=COLUMNS, **given):
    write_table(url, events, form, columns=columns)
    return SqlSource(url, table="events", columns=columns, **given)


@pytest.mark.parametrize(("dialect", "form"), KINDS)
def test_every_engine_gives_what_the_events_source_and_a_slow_count_give(engines, tmp_path, dialect, form):
    """New users, users of four weeks and searches of each week, and two periods, one with 169 hours."""
    events, asked = make_events(), request(WEEKS, searches_per_plugin=2)
    write_ndjson(tmp_path / "portal.ndjson", events)
    lines = (tmp_path / "portal.ndjson").read_text(encoding="utf-8").splitlines()
    history = History(map(json.loads, lines), asked)
    from_files, from_table = EventsSource(str(tmp_path / "*.ndjson")), source(engines(dialect), events, form)

    snapshots = from_table.pull(asked)

    assert list(map(_told, snapshots)) == list(map(_told, from_files.pull(asked)))
    for snapshot in snapshots[4:]:
        new_users = history.new_users(snapshot.week)
        assert told_new_users(snapshot) == dict.fromkeys(told_new_users(snapshot), 0) | new_users
        assert snapshot.four_weeks.users == history.four_weeks(snapshot.week)
    assert [told_searches(s) for s in snapshots] == [history.searches(s.week) for s in snapshots]
    assert any(snapshot.searches for snapshot in snapshots)
    for period in (Period(WEEKS[3], WEEKS[6]), Period(WEEKS[0], WEEKS[4])):
        whole = from_table.pull_period(period, asked)
        assert told_period(whole) == history.period(period)
        for plugin, usage in whole.plugins.items():
            weeks = [s.plugins[plugin].views for s in snapshots if s.week in period.weeks]
            assert usage.views == sum(weeks)


def _told(snapshot):
    return (
        snapshot.week,
        snapshot.portal,
        snapshot.four_weeks,
        snapshot.plugins,
        snapshot.teams,
        snapshot.searches,
    )


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite", "duckdb"])
def test_one_week_alone_looks_back_as_several_together(engines, dialect):
    """Whatever else is asked, a week has the same new users, users of four weeks and searches."""
    reader, asked = source(engines(dialect), make_events(seed=8)), request(WEEKS)
    together = reader.pull(asked)
    assert [reader.pull(request([week], as_of=asked.as_of))[0] for week in WEEKS] == list(together)
    apart = reader.pull(request((WEEKS[0], WEEKS[5])))
    assert list(apart) == [together[0], together[5]]


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite", "duckdb"])
def test_a_user_is_new_to_portal_plugin_and_team_each(engines, dialect):
    """Twenty-eight days without a view make a user new again; a view without a user is nobody's."""
    now = [event(), event(0, "b"), event(plugin="root"), event(0, None), event(0, None, "sonar")]
    before = [event(1, plugin="techdocs"), event(3, "c"), event(4, "d"), event(5, "b")]
    teams = {"ci": frozenset({"jenkins", "techdocs"}), "idle": frozenset({"quay"})}
    reader = source(engines(dialect), [*there(), *now, *before])
    [snapshot] = reader.pull(request([LAST], teams=teams))
    assert snapshot.portal == used(5, 2, 1)
    assert snapshot.plugins == {"jenkins": used(3, 2, 2), "sonar": used(1, 0, 0)}
    assert snapshot.teams["ci"].usage == used(3, 2, 1)
    assert snapshot.teams["idle"].usage == used(0, 0, 0)
    assert snapshot.unattributed == Usage(1, 1)
    assert snapshot.four_weeks == Usage(NA, 3)


@pytest.mark.parametrize(
    ("events", "given", "new_users", "four_weeks"),
    [
        (there(4), {}, NO_DATA, 1),
        (there(3), {}, NO_DATA, NO_DATA),
        (there(5), {}, 1, 1),
        ([*there(), event(2, None)], {}, NO_DATA, NO_DATA),
        ([*there(), event(2, None), event(2, "b")], {}, 1, 2),
        ([*there(), event(2, "svc-1")], {"exclude_users": ["svc-*"]}, 1, 1),
        ([e for e in there() if e.time.date() != date(2026, 10, 18)], {}, NO_DATA, 1),
        ([e for e in there() if e.time.date() != date(2026, 10, 18)], {"quiet_days": {"sunday"}}, 1, 1),
    ],
)
def test_weeks_before_that_are_not_whole_leave_new_users_unknown(
    engines, events, given, new_users, four_weeks
):
    """Everybody would look new: no data, and never a number (matomo-org/matomo#20463)."""
    [snapshot] = source(engines("sqlite"), [*events, event()], **given).pull(request([LAST]))
    assert snapshot.status is Status.FINAL
    assert snapshot.portal == snapshot.plugins["jenkins"] == used(1, 1, new_users)
    assert snapshot.teams["ci"].usage == used(1, 1, new_users)
    assert snapshot.four_weeks == Usage(NA, four_weeks)


def test_unreadable_rows_before_leave_new_users_unknown_and_the_week_as_it_is(engines):
    """What was lost before is no reason to refuse the week."""
    url = engines("sqlite")
    reader = source(url, [*there(), event(), *(event(2, str(n)) for n in range(40))])
    _spoil(url, "WHERE created_at LIKE '2026-10-26T12%'")
    [snapshot] = reader.pull(request([LAST]))
    assert snapshot.portal == used(1, 1, NO_DATA)
    with pytest.raises(Malformed, match="rows of 2026-W43 to 2026-W46 have no valid time"):
        reader.pull_period(Period(WEEKS[3], LAST), request())


def _spoil(url, where):
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE events SET created_at = created_at || '+02:00' {where}")
    engine.dispose()


def test_without_a_user_column_there_is_neither_lookback_nor_search(engines):
    """New users, four weeks and searches are not available; a period has its views."""
    columns = {field: COLUMNS[field] for field in ("time", "action", "plugin", "path")}
    events = [*there(), event(), event(1), *(event(action="search", path="x", seconds=-9) for _ in "ab")]
    reader = source(engines("sqlite"), events, columns=columns)
    [snapshot] = reader.pull(request([LAST]))
    assert snapshot.portal == snapshot.plugins["jenkins"] == Usage(1, NA, NA)
    assert (snapshot.four_weeks, snapshot.searches) == (Usage(NA, NA), {})
    whole = reader.pull_period(Period(WEEKS[3], LAST), request())
    assert whole.portal == whole.plugins["jenkins"] == whole.teams["ci"].usage == Usage(2, NA)
    assert [note.kind for note in whole.notes] == [NoteKind.NOT_AVAILABLE]


@pytest.mark.parametrize("gone", ["path", "action"])
def test_without_a_path_or_an_action_there_are_no_searches(engines, gone):
    """What a search was for stands in the path's column, and that it was one in the action's."""
    columns = {field: name for field, name in COLUMNS.items() if field != gone}
    events = [event(0, user) for user in "ab"]
    write_table(engines("sqlite"), events, "iso_text", columns=columns)
    named = {**columns, "action": "=navigate"} if gone == "action" else columns
    [snapshot] = SqlSource(engines("sqlite"), table="events", columns=named).pull(request([LAST]))
    assert (snapshot.portal.views, snapshot.searches) == (2, {})


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite", "duckdb"])
def test_a_term_of_one_person_is_dropped_and_the_others_are_counted_in_users(engines, dialect):
    """However often it was searched, and in whatever spelling."""

    def lead(user, term, seconds):
        search = event(0, user, "search", action="search", path=term, seconds=seconds)
        return [search, event(0, user, "techdocs", seconds=seconds + 300)]

    events = [
        *lead("a", "Kafka", 0), *lead("b", " kafka ", 0), *lead("b", "KAFKA", 1000), *lead("c", "kafka", 0),
        *lead("a", "mine", 2000), *lead("a", "mine", 4000),
        *lead("a", "later", 6000), *lead("b", "Later", 6000),
    ]  # fmt: skip
    reader = source(engines(dialect), events, "timestamp" if dialect != "sqlite" else "iso_text")
    [snapshot] = reader.pull(request([LAST]))
    assert snapshot.searches == {"techdocs": (Search("kafka", 3), Search("later", 2))}
    assert reader.pull(request([LAST], searches_per_plugin=1))[0].searches == {
        "techdocs": (Search("kafka", 3),)
    }
    assert reader.pull(request([LAST], searches_per_plugin=0))[0].searches == {}


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite", "duckdb"])
def test_a_search_leads_to_the_next_view_of_its_session_and_week(engines, dialect):
    """At the same moment the search is first; other sessions and the week before do not matter."""

    def search(user, term, seconds, session="s1"):
        return event(0, user, "search", action="search", path=term, seconds=seconds, session=session)

    midnight = -13 * 3600  # of Monday, from noon in UTC
    events = [
        step
        for user in "ab"
        for step in (
            search(user, "same moment", 0),
            event(0, user, "techdocs", seconds=0),
            search(user, "other session", 1000),
            event(0, user, "techdocs", seconds=1010, session="s2"),
            search(user, "between sessions", 2000),
            event(0, user, "catalog", seconds=2010, session="s2"),
            event(0, user, "techdocs", seconds=2020),
            search(user, "last week", midnight - 60),
            event(0, user, "techdocs", seconds=midnight + 60),
        )
    ]
    reader = source(engines(dialect), events)
    found = {"techdocs": (Search("between sessions", 2), Search("same moment", 2))}
    assert reader.pull(request([LAST]))[0].searches == found
    assert reader.pull(request(WEEKS[-2:]))[-1].searches == found


class TestPeriod:
    """Several weeks as one."""

    def test_a_missing_day_makes_it_incomplete(self, engines):
        """The figures are those of the other days, and the day is named."""
        gap = date(2026, 10, 28)
        reader = source(engines("sqlite"), [e for e in there() if e.time.date() != gap] + [event(), event(3)])
        whole = reader.pull_period(Period(WEEKS[3], LAST), request(teams={"ci": frozenset({"jenkins"})}))
        assert (whole.status, whole.missing_days) == (Status.INCOMPLETE, (gap,))
        assert (whole.source, whole.timezone, whole.as_of) == ("sql", "Europe/Stockholm", request().as_of)
        assert whole.portal == whole.plugins["jenkins"] == Usage(2, 1)
        assert whole.teams == {"ci": TeamUsage(frozenset({"jenkins"}), Usage(2, 1))}

    def test_nothing_in_it_is_not_covered(self, engines):
        """The weeks are named, and what there is instead."""
        reader = source(engines("sqlite"), there())
        with pytest.raises(
            NotCovered, match="nothing for 2026-W20 to 2026-W23; its events are of 2026-09-28"
        ):
            reader.pull_period(Period(LAST.plus(-26), LAST.plus(-23)), request())

    def test_own_queries_are_asked_for_the_period_as_for_a_week(self, engines):
        """Each query gets the period's first and last moment, so its users are distinct over all of it."""
        url = engines("sqlite")
        write_table(url, [*there(), event(), event(3), event(2, "b", "Jenkins"), event(4, "c")], "iso_text")
        span = "created_at >= :from AND created_at < :to AND action = 'navigate'"
        figures = "count(*) AS views, count(DISTINCT user_ref) AS users FROM events WHERE"
        queries = {
            "plugins": f"SELECT lower(plugin_id) AS plugin, {figures} {span} GROUP BY lower(plugin_id)",
            "portal": f"SELECT {figures} {span}",
            "events": "SELECT count(*) AS events FROM events WHERE created_at >= :from AND created_at < :to",
        }
        period, reader = Period(WEEKS[3], LAST), SqlSource(url, queries=queries)
        whole = reader.pull_period(period, request())
        assert whole.portal == whole.plugins["jenkins"] == whole.teams["ci"].usage == Usage(3, 2)
        assert (whole.status, whole.missing_days) == (Status.FINAL, ())
        [snapshot] = reader.pull(request([LAST]))
        assert (snapshot.portal, snapshot.searches) == (Usage(1, 1, NA), {})
        with pytest.raises(NotCovered, match="nothing for any day of 2026-W20 to 2026-W23"):
            reader.pull_period(Period(LAST.plus(-26), LAST.plus(-23)), request())
