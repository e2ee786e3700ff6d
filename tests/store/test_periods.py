"""Periods and indicators."""

from dataclasses import replace
from datetime import date, timedelta

from factories import AS_OF, W46
from plugin_digest.model import (
    Absent,
    IndicatorValue,
    Note,
    NoteKind,
    Period,
    PeriodUsage,
    Scope,
    Status,
    TeamUsage,
    Usage,
)

NOVEMBER = Period(W46.plus(-3), W46)
USAGE = PeriodUsage(
    period=NOVEMBER,
    source="events",
    timezone="Europe/Stockholm",
    as_of=AS_OF,
    status=Status.INCOMPLETE,
    portal=Usage(900, 120),
    plugins={"catalog": Usage(700, Absent.NOT_AVAILABLE), "jenkins": Usage(100, 40)},
    teams={"ci": TeamUsage(frozenset({"jenkins", "acr"}), Usage(100, 40))},
    missing_days=(date(2026, 11, 10),),
    notes=(Note(NoteKind.DATA_LOSS, "Google left out rows"), Note(NoteKind.OTHER, "two")),
)


def test_a_period_is_read_as_it_was_stored(store):
    """Figures, sets of plugins, missing days and notes; a period has exactly its own weeks."""
    store.periods.add(USAGE)
    assert store.periods.newest(NOVEMBER) == USAGE
    assert store.periods.newest(Period(W46.plus(-4), W46)) is None


def test_the_last_reading_of_a_period_counts(store):
    """A period that was read again has the newer figures; the older ones are kept."""
    store.periods.add(USAGE)
    again = replace(USAGE, portal=Usage(950, 125), as_of=AS_OF + timedelta(days=1))
    store.periods.add(again)
    assert store.periods.newest(NOVEMBER) == again
    with store._database.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM period").scalar() == 2


def test_a_reading_takes_back_what_it_lacks(store):
    """Of the weeks that it is whole in, and of keys that the indicator has no more; others' values stay."""
    weeks = [W46.plus(-1), W46]
    old = [IndicatorValue("merges", week, Scope.TEAM, key, 4.5) for week in weeks for key in ("ci", "cloud")]
    other = IndicatorValue("adoption", W46, Scope.TEAM, "cloud", 312, 900.0)
    store.indicators.put([*old, other])
    again = replace(old[2], value=5.0)
    store.indicators.take("merges", [again], [W46])
    assert store.indicators.of(weeks) == [*old[:2], other, again]
    store.indicators.take("merges", [], [], {"ci"})
    assert store.indicators.of(weeks) == [old[0], other, again]
    store.indicators.take("merges", [], [])
    assert store.indicators.of(weeks) == [old[0], other, again]


def test_what_was_wrong_with_an_indicator_is_known_of_its_last_reading(store):
    """And when its newest value was read, which stays known when there is no newer one."""
    later = AS_OF + timedelta(weeks=1)
    store.indicators.put([IndicatorValue("merges", W46, Scope.PORTAL, "", 4.5, None, AS_OF)])
    store.indicators.note("merges", W46, (), AS_OF)
    store.indicators.note("merges", W46.plus(1), ("no answer", "so 2 more"), later)
    assert store.indicators.troubles(W46.plus(1)) == {"merges": ("no answer", "so 2 more")}
    assert store.indicators.troubles(W46) == {}
    assert store.indicators.last_read() == {"merges": AS_OF}


def test_an_indicator_has_its_newest_value(store):
    """A value that is read again takes the place of the first; weeks that are not asked for stay out."""
    one = IndicatorValue("merges", W46, Scope.TEAM, "ci", 4.5, None, AS_OF)
    other = IndicatorValue("adoption", W46.plus(-1), Scope.PLUGIN, "jenkins", 312, 900.0, None)
    store.indicators.put([one, other])
    store.indicators.put([replace(one, value=5.0)])
    store.indicators.put([])
    assert store.indicators.of([W46, W46.plus(-1)]) == [other, replace(one, value=5.0)]
    assert store.indicators.of([W46.plus(-1)]) == [other]
