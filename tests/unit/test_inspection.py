"""When a week is held before anything is sent."""

from datetime import date

from factories import W46, snapshot
from plugin_digest.diff import Series
from plugin_digest.inspection import Limits, reasons_to_hold
from plugin_digest.model import Status, Usage

MANY = {f"p{n}": (20, 5) for n in range(30)}


def held(current, previous=None):
    snapshots = {s.week: s for s in (current, previous) if s is not None}
    return reasons_to_hold(Series(current.week, snapshots), Limits())


def test_a_whole_week_passes():
    """Figures of seven days, with the plugins of the week before, are mailed."""
    assert held(snapshot()) == []
    assert held(snapshot(plugins=MANY), snapshot(W46.plus(-1), MANY)) == []


def test_a_week_with_missing_days_is_held():
    """Five days of seven are not mailed unseen, and the reason names the missing ones."""
    missing = (date(2026, 11, 14), date(2026, 11, 15))
    assert held(snapshot(status=Status.INCOMPLETE, missing_days=missing)) == [
        "2026-W46 has only 5 days of 7; no data for 2026-11-14, 2026-11-15"
    ]


def test_a_week_that_was_not_over_is_held():
    """A reading from before the week's end is no week."""
    assert held(snapshot(status=Status.INCOMPLETE)) == ["2026-W46 was not over when it was read"]


def test_a_week_of_nothing_is_held():
    """All zeros are a failure until a person says otherwise (PostHog/posthog#72105, #70471)."""
    empty = snapshot(plugins={}, portal=Usage(0, 0))
    assert held(empty) == ["the source reports no view at all in 2026-W46"]


def test_a_shrunken_list_of_plugins_is_held():
    """When a third of the plugins vanish at once, the source is suspected, not the plugins."""
    fewer = snapshot(plugins={name: figures for name, figures in MANY.items() if name > "p2"})
    reasons = held(fewer, snapshot(W46.plus(-1), MANY))
    assert reasons == ["13 of the 30 plugins viewed in 2026-W45 have no view (p0, p1, p10, …)"]


def test_a_few_silent_plugins_are_no_reason():
    """Five small plugins without a view happen in any week."""
    fewer = snapshot(plugins={f"p{n}": (20, 5) for n in range(5, 10)})
    before = snapshot(W46.plus(-1), {f"p{n}": (20, 5) for n in range(10)})
    assert held(fewer, before) == []


def test_views_that_lost_their_plugins_are_held():
    """Where no view belongs to a plugin, analytics is broken, however small the portal is."""
    nothing = snapshot(plugins={"jenkins": (0, 0)}, portal=Usage(300, 80), unattributed=Usage(300, 80))
    assert held(nothing) == ["no view of 2026-W46 is attributed to a plugin"]
    assert held(snapshot(plugins={"jenkins": (1, 1)})) == []
