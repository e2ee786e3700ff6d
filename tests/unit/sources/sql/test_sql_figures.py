"""The figures of the ``sql`` source: the same from every engine, and right."""

from datetime import UTC, datetime, timedelta

import pytest

from plugin_digest.model import Absent, Note, NoteKind, Page, Status, TeamUsage, Usage
from plugin_digest.sources.database import SqlSource
from plugin_digest.sources.events import EventsSource
from unit.sources.event_exports import used
from unit.sources.sql.portal_events import (
    COLUMNS,
    EXCLUDED,
    NEW_YORK,
    STOCKHOLM,
    WEEKS,
    Event,
    count_by_hand,
    figures_of,
    make_events,
    request,
    write_ndjson,
    write_table,
)

KINDS = [
    ("postgresql", "timestamptz"),
    ("postgresql", "timestamp"),
    ("postgresql", "iso_text"),
    ("sqlite", "iso_text"),
    ("sqlite", "iso_blank"),
    ("sqlite", "timestamp"),
    ("sqlite", "epoch_ms"),
    ("duckdb", "timestamptz"),
    ("duckdb", "timestamp"),
    ("duckdb", "epoch_ms"),
]


@pytest.mark.parametrize(("dialect", "form"), KINDS)
@pytest.mark.parametrize("zone", [STOCKHOLM, NEW_YORK], ids=str)
def test_every_engine_gives_the_figures_of_a_count_by_hand(engines, dialect, form, zone):
    """Borders, clock changes, duplicates, aliases, case and blanks: engine and plain Python agree."""
    url, events, asked = engines(dialect), make_events(zone), request(zone=zone)
    write_table(url, events, form)
    source = SqlSource(url, table="events", columns=COLUMNS)
    snapshots = source.pull(asked)
    assert {s.week: figures_of(s) for s in snapshots} == count_by_hand(events, asked)
    assert {s.status for s in snapshots} == {Status.FINAL}


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite", "duckdb"])
def test_it_gives_the_figures_of_the_events_source(engines, tmp_path, dialect):
    """The same events as a table and as a file of Generic HTTP bodies are counted alike."""
    url, events, asked = engines(dialect), make_events(seed=11), request()
    write_table(url, events, "iso_text")
    write_ndjson(tmp_path / "portal.ndjson", events)
    from_files = EventsSource(str(tmp_path / "*.ndjson"), exclude_users=[EXCLUDED]).pull(asked)
    from_table = SqlSource(url, table="events", columns=COLUMNS, exclude_users=[EXCLUDED]).pull(asked)
    assert [figures_of(s) for s in from_table] == [figures_of(s) for s in from_files]
    assert [(s.week, s.status, s.missing_days) for s in from_table] == [
        (s.week, s.status, s.missing_days) for s in from_files
    ]
    assert len(from_table) == len(WEEKS)


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite", "duckdb"])
def test_excluded_users_are_neither_views_nor_users(engines, dialect):
    """Patterns are compared without case; events without a user stay (PostHog/posthog#51298)."""
    url, events, asked = engines(dialect), make_events(), request()
    write_table(url, events, "iso_text")
    snapshots = SqlSource(url, table="events", columns=COLUMNS, exclude_users=[EXCLUDED]).pull(asked)
    assert [figures_of(s) for s in snapshots] == list(count_by_hand(events, asked, exclude_svc=True).values())


def test_wildcards_of_like_in_a_pattern_mean_themselves(engines):
    """``_`` and ``%`` in an excluded user's name match nothing but themselves."""
    url = engines("sqlite")
    users = ("a_b", "axb", "a%b", "A_B", "a~b", "ab")
    write_table(url, [_view(user=user) for user in users], "iso_text")
    for pattern, left in (("a_b", 4), ("a%b", 5), ("a~b", 5), ("a?b", 1), ("a*b", 0), ("A*", 0)):
        source = SqlSource(url, table="events", columns=COLUMNS, exclude_users=[pattern])
        assert source.pull(request(WEEKS[:1]))[0].portal.views == left, pattern


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite", "duckdb"])
def test_weeks_may_be_asked_in_any_order_and_with_gaps(engines, dialect):
    """Each asked week is answered once, oldest first, with its own figures."""
    url, events = engines(dialect), make_events()
    write_table(url, events, "timestamp")
    asked = request((WEEKS[3], WEEKS[0], WEEKS[3]))
    snapshots = SqlSource(url, table="events", columns=COLUMNS).pull(asked)
    assert [s.week for s in snapshots] == [WEEKS[0], WEEKS[3]]
    assert {s.week: figures_of(s) for s in snapshots} == count_by_hand(events, asked)


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite", "duckdb"])
def test_sixty_weeks_are_counted_like_one(engines, dialect):
    """Weeks beyond what one statement takes keep their own figures (arp242/goatcounter#680)."""
    url = engines(dialect)
    weeks = [WEEKS[0].plus(-number) for number in range(60)]
    write_table(url, [_view(week.first_day + timedelta(days=2)) for week in weeks for _ in "ab"], "iso_text")
    told = []
    asked = request(weeks, teams={}, aliases={})
    snapshots = SqlSource(url, table="events", columns=COLUMNS).pull(asked, lambda *step: told.append(step))
    assert [s.week for s in snapshots] == sorted(weeks)
    assert {(s.portal, s.plugins["jenkins"], s.days_covered) for s in snapshots} == {
        (used(1, 1), used(1, 1), 1)
    }
    assert told[-1] == ("counting in the database", 3, 3)


def test_hundreds_of_teams_get_their_own_figures(engines):
    """More plugins than one CASE tells apart, and two owners of one plugin, change nothing."""
    url = engines("sqlite")
    write_table(url, [_view(plugin=f"p{n}", user=f"u{n % 7}") for n in range(0, 1_300, 3)], "iso_text")
    teams = {f"t{n}": frozenset({f"p{n}", f"p{n + 1}", f"p{n + 2}"}) for n in range(0, 1_300, 2)}
    asked = request(WEEKS[:1], teams=teams, aliases={})
    snapshot = SqlSource(url, table="events", columns=COLUMNS).pull(asked)[0]
    assert snapshot.teams.keys() == teams.keys()
    for team, together in snapshot.teams.items():
        expected = len({p for p in teams[team] if p in snapshot.plugins})
        assert together == TeamUsage(teams[team], used(expected, expected))


def test_without_a_user_column_users_are_not_available(engines):
    """No users are not zero users (matomo-org/matomo#20463), and equal rows are views of several people."""
    url = engines("sqlite")
    columns = {field: COLUMNS[field] for field in ("time", "action", "plugin", "path")}
    write_table(url, [_view(), _view(), _view(plugin="root")], "epoch_s", columns=columns)
    snapshot = SqlSource(url, table="events", columns=columns).pull(request(WEEKS[:1]))[0]
    gone = Absent.NOT_AVAILABLE
    assert (snapshot.portal, snapshot.unattributed) == (Usage(3, gone), Usage(1, gone))
    assert snapshot.plugins == {"jenkins": Usage(2, gone)}
    assert snapshot.teams["ci"].usage == Usage(2, gone)
    assert snapshot.pages["jenkins"] == (Page("/ci", 2, gone),)
    assert Note(NoteKind.NOT_AVAILABLE, "the events name no users") in snapshot.notes


def test_where_every_row_is_a_view_no_action_is_needed(engines):
    """``action: =navigate`` counts each row; an empty user column leaves users not available."""
    url = engines("duckdb")
    columns = {"time": "at", "plugin": "plugin", "user": "who"}
    write_table(url, [_view(user=None), _view(plugin="x", user="")], "timestamptz", columns=columns)
    source = SqlSource(url, table="events", columns={**columns, "action": "=navigate"})
    snapshot = source.pull(request(WEEKS[:1]))[0]
    assert snapshot.portal == Usage(2, Absent.NOT_AVAILABLE)
    assert snapshot.pages == {}


def test_views_without_a_user_are_told_where_they_are_many(engines):
    """A view without a user counts as a view, and the reader learns how many those are."""
    url = engines("sqlite")
    write_table(url, [_view(user=user) for user in ("u1", "", None)], "iso_text")
    snapshot = SqlSource(url, table="events", columns=COLUMNS).pull(request(WEEKS[:1]))[0]
    assert snapshot.portal == used(3, 1)
    text = "2 of 3 views came without a user: they count as views only"
    assert Note(NoteKind.OTHER, text) in snapshot.notes


def test_names_that_need_quotes_are_quoted(engines):
    """Table and column names come from the configuration and are never pasted into SQL."""
    url = engines("postgresql")
    columns = dict(zip(COLUMNS, ("select", "A b", 'q"q', "x;--", "user", "Ünï"), strict=True))
    write_table(
        url, [_view()], "timestamptz", table='order"; DROP', schema="adoption-insights", columns=columns
    )
    source = SqlSource(url, table='order"; DROP', schema="adoption-insights", columns=columns)
    assert source.pull(request(WEEKS[:1]))[0].portal == used(1, 1)


def test_what_data_and_settings_say_never_becomes_sql(engines):
    """Quotes, percent signs and colons in ids, aliases, teams and patterns are values."""
    url = engines("postgresql")
    nasty = "x'); DROP TABLE events; --%s:p\\"
    write_table(url, [_view(plugin=nasty, path=f"/{nasty}?a")], "timestamptz")
    asked = request(WEEKS[:1], aliases={nasty.lower(): "o'hara"}, teams={"t'": frozenset({"o'hara"})})
    source = SqlSource(url, table="events", columns=COLUMNS, exclude_users=["'; --%s"])
    snapshot = source.pull(asked)[0]
    assert snapshot.plugins == {"o'hara": used(1, 1)}
    assert snapshot.teams["t'"].usage == used(1, 1)
    assert snapshot.pages["o'hara"][0].path == f"/{nasty}"


def _view(day=WEEKS[0].days[2], *, plugin="jenkins", user="user:default/u1", path="/ci"):
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return Event(moment, "navigate", plugin, path, user, "s1")
