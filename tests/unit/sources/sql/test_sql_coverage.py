"""What the ``sql`` source says of days, weeks and rows that are not there."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from plugin_digest.errors import Malformed, Rejected
from plugin_digest.model import NoteKind, Status
from plugin_digest.sources.database import SqlSource
from plugin_digest.weeks import bounds
from unit.sources.event_exports import used
from unit.sources.sql.portal_events import (
    AS_OF,
    COLUMNS,
    STOCKHOLM,
    WEEKS,
    Event,
    request,
    write_table,
)

DIALECTS = ["postgresql", "sqlite", "duckdb"]
WEEK = WEEKS[0]


def _event(moment, action="navigate", plugin="jenkins"):
    return Event(moment, action, plugin, "/ci", "user:default/u1", "s1")


def _noons(week, *, without=()):
    return [
        _event(datetime(day.year, day.month, day.day, 11, tzinfo=UTC))
        for day in week.days
        if day not in without
    ]


def _pull(url, weeks=(WEEK,), settings=None, **changes):
    source = SqlSource(url, table="events", columns=COLUMNS, **(settings or {}))
    return source.pull(request(weeks, **changes))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_day_without_any_event_makes_the_week_incomplete(engines, dialect):
    """A gap in the table is no small week (PostHog/posthog#72105)."""
    url = engines(dialect)
    write_table(url, _noons(WEEK, without={WEEK.days[2]}), "iso_text")
    snapshot = _pull(url)[0]
    assert snapshot.status is Status.INCOMPLETE
    assert snapshot.missing_days == (WEEK.days[2],)
    assert [note.kind for note in snapshot.notes] == [NoteKind.MISSING_DAYS]


def test_a_day_with_events_but_no_view_is_there(engines):
    """Any event shows that the day was recorded, also one that is no view."""
    url = engines("sqlite")
    click = _event(datetime(2026, 10, 21, 11, tzinfo=UTC), action="click")
    write_table(url, [*_noons(WEEK, without={WEEK.days[2]}), click], "iso_text")
    assert _pull(url)[0].status is Status.FINAL


def test_the_hours_around_midnight_belong_to_their_local_day(engines):
    """An event at 22:30 UTC is of the next day in Stockholm (matomo-org/matomo#24980)."""
    url = engines("duckdb")
    late = _event(datetime(2026, 10, 20, 22, 30, tzinfo=UTC))
    write_table(url, [*_noons(WEEK, without={WEEK.days[1], WEEK.days[2]}), late], "timestamptz")
    assert _pull(url)[0].missing_days == (WEEK.days[1],)


def test_quiet_days_are_not_missed(engines):
    """A weekday on which nobody is expected may be without an event."""
    url = engines("sqlite")
    write_table(url, _noons(WEEK, without={WEEK.days[5], WEEK.days[6]}), "epoch_s")
    snapshot = _pull(url, settings={"quiet_days": {"saturday", "sunday"}})[0]
    assert (snapshot.status, snapshot.missing_days) == (Status.FINAL, ())


def test_a_week_that_is_not_over_is_incomplete(engines):
    """The days still to come, and today, are missing whatever the table holds of them."""
    url = engines("sqlite")
    write_table(url, _noons(WEEK, without=WEEK.days[4:]), "iso_text")
    snapshot = _pull(url, as_of=datetime(2026, 10, 22, 15, tzinfo=UTC))[0]
    assert snapshot.status is Status.INCOMPLETE
    assert snapshot.missing_days == WEEK.days[3:]


def test_a_week_is_provisional_until_it_has_settled(engines):
    """Events can still be on their way for some hours after the week (GA4 and F37 alike)."""
    url = engines("sqlite")
    write_table(url, _noons(WEEK), "iso_text")
    end = bounds(WEEK, STOCKHOLM)[1]
    for hours, status in ((0, Status.PROVISIONAL), (1.9, Status.PROVISIONAL), (2, Status.FINAL)):
        assert _pull(url, as_of=end + timedelta(hours=hours))[0].status is status
    later = {"settling_hours": 48}
    assert _pull(url, settings=later, as_of=end + timedelta(hours=47))[0].status is Status.PROVISIONAL


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_week_without_anything_is_left_out(engines, dialect):
    """Of several asked weeks those that the table has are given, and no zeros for the others."""
    url = engines(dialect)
    write_table(url, _noons(WEEKS[1]), "timestamp")
    assert [s.week for s in _pull(url, WEEKS)] == [WEEKS[1]]


@pytest.mark.parametrize(
    ("dialect", "form"),
    [
        ("postgresql", "timestamptz"),
        ("sqlite", "iso_text"),
        ("sqlite", "epoch_ms"),
        ("duckdb", "timestamptz"),
    ],
)
def test_none_of_the_weeks_is_refused_with_what_there_is(engines, dialect, form):
    """The message names the local days that the table covers (PostHog/posthog#72105)."""
    url = engines(dialect)
    write_table(url, [*_noons(WEEK), _event(datetime(2026, 11, 3, 23, 30, tzinfo=UTC))], form)
    with pytest.raises(Rejected) as refused:
        _pull(url, [WEEKS[3], WEEKS[3].plus(1)])
    assert str(refused.value) == (
        "table events has nothing for 2026-W46 to 2026-W47; its events are of 2026-10-19 to 2026-11-04"
    )


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("settings", [{}, {"time_format": "iso_text"}])
def test_an_empty_table_is_refused(engines, dialect, settings):
    """A table that was emptied or never filled is no portal without users."""
    url = engines(dialect)
    write_table(url, [_event(AS_OF)], "iso_text")
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM events"))
    engine.dispose()
    with pytest.raises(Rejected, match="table events holds no event"):
        _pull(url, settings=settings)


def test_a_week_of_other_events_has_no_view_but_is_there(engines):
    """A whole week without a single view is zero, since the days were recorded."""
    url = engines("sqlite")
    write_table(url, [_event(e.time, action="click") for e in _noons(WEEK)], "iso_text")
    snapshot = _pull(url)[0]
    assert (snapshot.status, snapshot.portal, snapshot.plugins) == (Status.FINAL, used(0, 0), {})
    assert snapshot.teams["ci"].usage == used(0, 0)


def _spoil(url, times):
    """Writes the first events anew, with texts for their times."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for spoilt in times:
            connection.execute(
                sa.text("INSERT INTO events (created_at, action, plugin_id) VALUES (:t, 'navigate', 'x')"),
                {"t": spoilt},
            )
    engine.dispose()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_rows_without_a_valid_time_are_counted_and_told(engines, dialect):
    """A few broken times are left out and reported, not booked on the wrong day."""
    url = engines(dialect)
    week = [_event(e.time + timedelta(minutes=n)) for e in _noons(WEEK) for n in range(60)]
    write_table(url, week, "iso_text")
    _spoil(url, ["2026-10-21T09:00:00+02:00", "2026-10-2", "2026-10-22 10:00:00Z"])
    snapshot = _pull(url)[0]
    assert snapshot.portal == used(420, 1)
    assert "x" not in snapshot.plugins
    assert [note.text for note in snapshot.notes] == ["3 of 423 events have no valid time and are left out"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_too_many_rows_without_a_valid_time_fail_the_pull(engines, dialect):
    """A table whose times are not UTC is not read as if they were."""
    url = engines(dialect)
    write_table(url, _noons(WEEK), "iso_text")
    _spoil(url, ["2026-10-21T09:00:00+02:00"])
    with pytest.raises(Malformed, match=r"table events: 1 of the 8 rows of 2026-W43 have no valid time"):
        _pull(url)
    assert _pull(url, settings={"max_unreadable_share": 0.2})[0].portal.views == 7


def test_a_broken_first_row_does_not_hide_the_format(engines):
    """The format of the times is taken from rows that have one."""
    url = engines("sqlite")
    write_table(url, [], "iso_text")
    _spoil(url, ["", "yesterday", *(f"{day} 12:00:00.5" for day in WEEK.days)])
    assert _pull(url)[0].portal.views == 7


@pytest.mark.parametrize(
    ("dialect", "declared", "value"),
    [
        ("sqlite", "TEXT", "user:default/bob"),
        ("postgresql", "DATE", "2026-10-21"),
        ("duckdb", "BIGINT", 12345),
    ],
)
def test_a_time_column_that_holds_no_moments_is_refused(engines, dialect, declared, value):
    """The message says what is expected, and quotes nothing: the wrong column may hold users."""
    url = engines(dialect)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(
            sa.text(f"CREATE TABLE events (created_at {declared}, action TEXT, plugin_id TEXT)")
        )
        connection.execute(sa.text("INSERT INTO events VALUES (:v, 'navigate', 'x')"), {"v": value})
    engine.dispose()
    source = SqlSource(
        url, table="events", columns={"time": "created_at", "action": "action", "plugin": "plugin_id"}
    )
    with pytest.raises(
        Rejected, match="column created_at does not hold moments: expected a timestamp"
    ) as refused:
        source.pull(request())
    assert str(value) not in str(refused.value)


def test_no_week_asked_is_no_week_given(engines):
    """An empty request reads nothing."""
    assert _pull(engines("sqlite"), ()) == ()
