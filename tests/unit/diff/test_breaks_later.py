"""What was told of a broken series stays told, whatever happens in the weeks after it."""

import pytest

from factories import W46
from plugin_digest.diff.breaks import find_breaks
from plugin_digest.model import BreakKind
from unit.diff.test_breaks import ordinary, series

WEEKS, HISTORY = 17, 13
W44, W45, LAST = WEEKS - 3, WEEKS - 2, WEEKS - 1
"""Weeks as the rows count them."""
TABS = ("tab-1", "tab-2")


def portal(seed=1):
    return ordinary(WEEKS, seed, catalog=900)


def ends(rows, name, week, level=240, days=0):
    """The plugin has no views from the week on, but for so many of its first five days."""
    rows[name] = ordinary(WEEKS, 100 + week + len(rows), **{name: level})[name]
    gone = [
        0 if n < week else count * (5 - days) // 5 if n == week else count
        for n, count in enumerate(rows[name])
    ]
    rows[name] = [count - lost for count, lost in zip(rows[name], gone, strict=True)]
    return gone


def begins(rows, name, week, level=240):
    rows[name] = ends(dict(rows), name, week, level)


def renamed(rows, old, new, week, **how):
    rows[new] = ends(rows, old, week, **how)


def to_catalog(rows, names, week, **how):
    for name in names:
        gone = ends(rows, name, week, **how)
        rows["catalog"] = [a + b for a, b in zip(rows["catalog"], gone, strict=True)]


def told(rows):
    """What was found at the end of each of the last five weeks: week, kind, twin and direction by plugin."""
    weeks = {}
    for end in range(WEEKS - 4, WEEKS + 1):
        found = find_breaks(series({name: row[max(end - HISTORY, 0) : end] for name, row in rows.items()}))
        weeks[end - 1] = {
            plugin: (end - 1 - (W46.first_day - one.week.first_day).days // 7, one.kind, one.twin, one.gained)
            for plugin, one in found.items()
        }
    return weeks


def check_possible(weeks, rows):
    """What lost views had some the week before, and what won them has some in the week."""
    for found in weeks.values():
        for plugin, (week, _, twin, gained) in found.items():
            lost, won = (twin, plugin) if gained else (plugin, twin)
            assert rows[lost][week - 1] > 0, (plugin, week, twin)
            assert rows[won][week] > 0, (plugin, week, twin)


@pytest.mark.parametrize("seed", range(8))
def test_a_plugin_that_was_silent_did_not_move_to_one_that_begins_a_week_later(seed):
    """Retired in one week, and an unrelated one in the next, at the same level: two stories."""
    rows = portal(seed)
    ends(rows, "retired", W45)
    begins(rows, "fresh", LAST)
    assert told(rows) == {week: {} for week in told(rows)}


@pytest.mark.parametrize("seed", range(8))
def test_a_plugin_that_begins_a_week_earlier_did_not_take_over_either(seed):
    """Both had all their views in that week."""
    rows = portal(seed)
    begins(rows, "fresh", W44)
    ends(rows, "retired", W45)
    assert told(rows) == {week: {} for week in told(rows)}


@pytest.mark.parametrize("seed", range(8))
def test_each_of_two_ids_that_changed_keeps_its_twin(seed):
    """One changed the week before the other did, and both are of one size."""
    rows = portal(seed)
    renamed(rows, "old-id", "new-id", W45)
    renamed(rows, "zanzibar", "quux", LAST, level=210)
    weeks = told(rows)
    first = {
        "old-id": (W45, BreakKind.ID_CHANGED, "new-id", False),
        "new-id": (W45, BreakKind.ID_CHANGED, "old-id", True),
    }
    assert weeks[W45] == first
    assert weeks[LAST] == {
        **first,
        "zanzibar": (LAST, BreakKind.ID_CHANGED, "quux", False),
        "quux": (LAST, BreakKind.ID_CHANGED, "zanzibar", True),
    }


@pytest.mark.parametrize("seed", range(8))
def test_tabs_that_moved_stay_with_the_catalog_when_an_id_changes_later(seed):
    """An id without views in the week of the move cannot have them."""
    rows = portal(seed)
    to_catalog(rows, TABS, W44, level=270)
    renamed(rows, "old-id", "new-id", W45)
    weeks = told(rows)
    check_possible(weeks, rows)
    assert weeks[W44].keys() > {"catalog"}
    assert {one[:3] for plugin, one in weeks[W44].items() if plugin in TABS} == {
        (W44, BreakKind.MOVED, "catalog")
    }
    for later in (W45, LAST):
        assert weeks[later].items() >= weeks[W44].items()
        assert weeks[later]["new-id"] == (W45, BreakKind.ID_CHANGED, "old-id", True)


@pytest.mark.parametrize("days", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(4))
def test_tabs_that_moved_within_a_week_are_not_found_anew_a_week_later(seed, days):
    """What was told in the week that is half of either kind is no news in the next."""
    rows = portal(seed)
    to_catalog(rows, TABS, W44, days=days, level=300)
    weeks = told(rows)
    check_possible(weeks, rows)
    stories = [one for n in (W44, W45, LAST) for plugin, one in weeks[n].items() if plugin in TABS]
    assert {(kind, twin) for _, kind, twin, _ in stories} == {(BreakKind.MOVED, "catalog")}
    assert all(weeks[W45][plugin] == one for plugin, one in weeks[W44].items())


def test_a_move_back_after_an_id_changed_is_told():
    """The id is repaired four weeks later: views went back, and both ids broke once more."""
    rows = portal()
    renamed(rows, "old-id", "new-id", W45 - 4)
    rows["old-id"][W45:], rows["new-id"][W45:] = rows["new-id"][W45:], [0, 0]
    assert told(rows)[LAST] == {
        "old-id": (W45, BreakKind.MOVED, "new-id", True),
        "new-id": (W45, BreakKind.MOVED, "old-id", False),
    }
