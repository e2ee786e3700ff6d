"""Figures of several weeks as a whole."""

from dataclasses import replace

from factories import AS_OF, W46, snapshot
from plugin_digest.diff import Series, both_periods, periods_of
from plugin_digest.diff.periods import period_change, users_of_portal
from plugin_digest.diff.provenance import provenance_of
from plugin_digest.model import Absent, Period, PeriodUsage, Status, TeamUsage, Usage

NOW, BEFORE = both_periods(W46, 4)
ONE, TWO = frozenset({"jenkins"}), frozenset({"jenkins", "adr"})


def whole(period, portal=90, jenkins=40, two=55, **changes):
    values = {
        "source": "events", "timezone": "Europe/Stockholm", "as_of": AS_OF, "status": Status.FINAL,
        "portal": Usage(1000, portal), "plugins": {"jenkins": Usage(400, jenkins)},
        "teams": {"ci": TeamUsage(TWO, Usage(400, two))},
    }  # fmt: skip
    return PeriodUsage(period=period, **{**values, **changes})


def series(*periods, weeks=8, **last):
    """So many weeks with 100 views of jenkins each; ``last`` changes the oldest of them."""
    found = {W46.plus(-n): snapshot(W46.plus(-n), {"jenkins": (100, 30)}) for n in range(weeks)}
    if last:
        found[W46.plus(1 - weeks)] = snapshot(W46.plus(1 - weeks), {"jenkins": (100, 30)}, **last)
    return Series(W46, found, periods={each.period: each for each in periods})


def test_a_period_has_its_weeks_and_the_one_before_as_many():
    """Both ends are included."""
    assert (Period(W46.plus(-3), W46), Period(W46.plus(-7), W46.plus(-4))) == (NOW, BEFORE)
    assert [str(week) for week in NOW.weeks] == ["2026-W43", "2026-W44", "2026-W45", "2026-W46"]
    assert (NOW.length, str(NOW)) == (4, "2026-W43 to 2026-W46")


def test_the_periods_of_a_week_are_28_days_and_the_month():
    """A month of four weeks is the 28 days."""
    assert periods_of(W46, ()) == periods_of(W46, [4]) == (NOW, BEFORE)
    assert periods_of(W46, {5}) == (NOW, BEFORE, *both_periods(W46, 5))


def test_views_are_summed_and_users_are_the_periods_own():
    """400 views in each four weeks; users as the source counted them over the four weeks."""
    views, users = period_change(series(whole(NOW), whole(BEFORE, jenkins=32)), ONE, 4)
    assert (views.current, views.previous, views.difference) == (400, 400, 0)
    assert (users.current, users.previous, users.difference) == (40, 32, 8)


def test_a_teams_users_are_those_of_exactly_its_plugins():
    """A set that was not asked for has none, whatever its plugins have."""
    _, users = period_change(series(whole(NOW), whole(BEFORE)), TWO, 4)
    assert users.current == 55
    _, other = period_change(series(whole(NOW), whole(BEFORE)), frozenset({"jenkins", "catalog"}), 4)
    assert other.current is Absent.NO_DATA


def test_a_plugin_that_a_whole_period_does_not_list_had_no_users():
    """And no view, as in a week."""
    views, users = period_change(series(whole(NOW), whole(BEFORE)), frozenset({"adr"}), 4)
    assert (views.current, users.current) == (0, 0)


def test_without_a_reading_of_the_period_there_are_no_users():
    """Four weeks' users are never added up."""
    views, users = period_change(series(), ONE, 4)
    assert (views.current, users.current) == (400, Absent.NO_DATA)


def test_a_missing_week_leaves_a_gap_and_an_incomplete_one_no_comparison():
    """A sum of three weeks is no month; five days of one are no base."""
    views, _ = period_change(series(whole(NOW), weeks=7), ONE, 4)
    assert (views.current, views.previous, views.difference) == (400, Absent.NO_DATA, None)
    views, _ = period_change(series(status=Status.INCOMPLETE), ONE, 4)
    assert (views.current, views.previous, views.difference) == (400, 400, None)


def test_a_month_without_one_of_its_weeks_is_told_of_the_others():
    """Three weeks' views; no users, as the source counted them over all four; compared with nothing."""
    there = series(whole(NOW), whole(BEFORE))
    without = {week: one for week, one in there.snapshots.items() if week != W46.plus(-2)}
    short = replace(there, snapshots=without, set_aside=frozenset({W46.plus(-2)}))
    views, users = period_change(short, ONE, 4)
    assert (views.current, views.previous, views.difference) == (300, 400, None)
    assert users.current is Absent.NO_DATA
    provenance = provenance_of(short, 4)
    assert (provenance.missing_days, provenance.set_aside) == (W46.plus(-2).days, (W46.plus(-2),))


def test_a_week_that_was_set_aside_is_no_part_of_28_days():
    """The portal's distinct users of 28 days hold the people of the week that looked wrong."""
    aside = replace(series(whole(NOW), whole(BEFORE, portal=80)), set_aside=frozenset({W46.plus(-1)}))
    assert users_of_portal(aside).current is Absent.NO_DATA


def test_the_portals_users_of_28_days():
    """Of this reading against the one of the 28 days before; an incomplete one tells nothing."""
    change = users_of_portal(series(whole(NOW), whole(BEFORE, portal=80)))
    assert (change.current, change.previous, change.difference) == (90, 80, 10)
    assert users_of_portal(series(whole(NOW, status=Status.INCOMPLETE))).current is Absent.NO_DATA
