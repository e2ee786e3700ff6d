"""What is said of the days of a period."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugin_digest.model import NoteKind, Period, Status, Week
from plugin_digest.sources.period_coverage import days_of, judge_period

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NEW_YEAR = Period(Week(date(2025, 12, 8)), Week(date(2025, 12, 29)))
"""2025-W50 to 2026-W01."""
LATER = datetime(2026, 1, 20, tzinfo=UTC)


def judged(period=NEW_YEAR, as_of=LATER, absent=()):
    return judge_period(period, STOCKHOLM, as_of, absent=absent, settling=timedelta(hours=24))


def test_the_days_of_a_period_are_those_of_its_weeks():
    """Four weeks over the new year are 28 days in their order."""
    days = days_of(NEW_YEAR)
    assert (days[0], days[-1], len(days)) == (date(2025, 12, 8), date(2026, 1, 4), 28)
    assert list(days) == sorted(set(days))


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        (datetime(2026, 1, 4, 22, 59, tzinfo=UTC), Status.INCOMPLETE),
        (datetime(2026, 1, 4, 23, tzinfo=UTC), Status.PROVISIONAL),
        (datetime(2026, 1, 5, 22, 59, tzinfo=UTC), Status.PROVISIONAL),
        (datetime(2026, 1, 5, 23, tzinfo=UTC), Status.FINAL),
    ],
)
def test_a_period_settles_with_its_last_week(as_of, status):
    """Its other weeks have long settled by then."""
    coverage = judged(as_of=as_of)
    assert coverage.status is status
    assert [note.kind for note in coverage.notes] == {
        Status.INCOMPLETE: [NoteKind.MISSING_DAYS],
        Status.PROVISIONAL: [NoteKind.NOT_SETTLED],
        Status.FINAL: [],
    }[status]


def test_missing_days_are_told_once_and_in_spells():
    """Days in a row are named by the first and the last, over the new year too; all are counted."""
    absent = {date(2025, 12, 10), *(date(2025, 12, 30) + timedelta(days=n) for n in range(4))}
    coverage = judged(absent=absent)
    assert coverage.status is Status.INCOMPLETE
    assert coverage.missing_days == tuple(sorted(absent))
    assert [note.text for note in coverage.notes] == [
        "23 of 28 days: without 2025-12-10, 2025-12-30 to 2026-01-02"
    ]


def test_days_that_are_not_over_are_missing():
    """A period that is read in its last week lacks the rest of it."""
    coverage = judged(as_of=datetime(2026, 1, 2, 12, tzinfo=UTC))
    assert coverage.missing_days == (date(2026, 1, 2), date(2026, 1, 3), date(2026, 1, 4))
