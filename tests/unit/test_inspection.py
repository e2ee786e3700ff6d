"""When a week is held before anything is sent."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random

import pytest

from factories import W46, snapshot
from plugin_digest.diff import Series
from plugin_digest.inspection import Limits, reasons_to_hold
from plugin_digest.model import Absent, Break, BreakKind, Note, NoteKind, Status, Usage, last_weeks
from plugin_digest.work_days import work_share

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


def judged(totals, limits=Limits(), work_share=1, **changes):  # noqa: B008 - a frozen value
    """Why the last of some weeks is held, given each week's views, or views and users, of the portal."""
    usages = [total if isinstance(total, Usage) else Usage(total, Absent.NOT_AVAILABLE) for total in totals]
    snapshots = {
        week: snapshot(
            week, {"jenkins": (usage.views, usage.users)}, portal=usage, **changes.get(str(week), {})
        )
        for week, usage in zip(last_weeks(W46, len(usages)), usages, strict=True)
    }
    return reasons_to_hold(Series(W46, snapshots), limits, work_share)


STEADY = [1500, 1480, 1610, 1390, 1550]


def test_half_the_views_gone_are_held():
    """A collector that was down for half the week is no news of plugins (PostHog/posthog#72105, #70471)."""
    assert judged([*STEADY, 690]) == [
        "690 views in 2026-W46, less than 50% of the usual (1,500, the median of the 5 weeks before)"
    ]
    assert judged([*STEADY, 830]) == []


def test_everything_counted_twice_is_held():
    """Two identical events for one page double the portal (backstage/backstage#21418)."""
    assert judged([*STEADY, 2 * 1430]) == [
        "2,860 views in 2026-W46, over 1.8 times the usual (1,500, the median of the 5 weeks before)"
    ]
    assert judged([*STEADY, 2100]) == []


def test_users_told_apart_in_another_way_are_held():
    """Spotify Insights: a changed user subject inflates active users while views stay as they were."""
    weeks = [Usage(views, 300) for views in STEADY]
    assert judged([*weeks, Usage(1500, 720)]) == [
        "720 users in 2026-W46, over 1.8 times the usual (300, the median of the 5 weeks before)"
    ]
    assert judged([*weeks, Usage(1500, 0)]) == [
        "0 users in 2026-W46, less than 50% of the usual (300, the median of the 5 weeks before)"
    ]


def test_one_bad_week_before_does_not_make_the_next_one_suspect():
    """What is usual is a median: after trouble an ordinary week passes, and trouble that stays does not."""
    assert judged([*STEADY, 120, 1500]) == []
    assert judged([*STEADY, 5000, 1500]) == []
    assert len(judged([*STEADY, 120, 130])) == 1


def test_a_few_weeks_tell_nobody_what_is_usual():
    """A portal that has just begun may go anywhere."""
    assert judged([1500, 1500, 90]) == []
    assert len(judged([1500, 1500, 1500, 90])) == 1


def test_weeks_that_cannot_be_compared_do_not_say_what_is_usual():
    """Incomplete ones, and those of another source."""
    broken = {str(W46.plus(-n)): {"status": Status.INCOMPLETE} for n in (1, 2)}
    assert judged([1500, 1500, 1500, 1500, 90], **broken) == []
    moved = {str(W46.plus(-n)): {"source": "ga4"} for n in (1, 2, 3, 4)}
    assert judged([1500, 1500, 1500, 1500, 90], **moved) == []


def test_a_growing_portal_passes():
    """A fifth more every week is held against the last few weeks, not against the autumn."""
    assert judged([round(400 * 1.2**n) for n in range(13)]) == []


def test_the_first_week_after_the_summer_passes():
    """Three times last week's, and as in June."""
    assert judged([1500] * 8 + [700, 520, 500, 560, 1450]) == []


@pytest.mark.parametrize(("first_day", "views"), [(date(2026, 12, 21), 480), (date(2026, 12, 28), 150)])
def test_christmas_is_no_failure(first_day, views):
    """Working days count, and so do those between the holidays: nobody is there to release the week."""
    share = work_share(type(W46)(first_day), ["DE", "SE"])
    assert judged([*STEADY, views], work_share=share) == []
    assert len(judged([*STEADY, views])) == 1


def test_one_holiday_does_not_excuse_a_week_of_almost_nothing():
    """A short week has fewer views, and a quarter of the usual ones is a failure all the same."""
    assert judged([*STEADY, 600], work_share=Fraction(4, 5)) == []
    assert len(judged([*STEADY, 375], work_share=Fraction(4, 5))) == 1
    assert len(judged([*STEADY, 80], work_share=Fraction(2, 5))) == 1


def test_small_plugins_may_vanish_at_christmas():
    """With two days of five left, more of the plugins have no view, and not all of them."""
    before = snapshot(W46.plus(-1), MANY)
    some = Series(W46, {W46: snapshot(plugins=dict(list(MANY.items())[:14])), W46.plus(-1): before})
    few = Series(W46, {W46: snapshot(plugins=dict(list(MANY.items())[:2])), W46.plus(-1): before})
    assert len(reasons_to_hold(some, Limits())) == 1
    assert reasons_to_hold(some, Limits(), Fraction(2, 5)) == []
    assert len(reasons_to_hold(few, Limits(), Fraction(2, 5))) == 1


@pytest.mark.parametrize("mean", [12, 40])
def test_a_small_portal_is_not_held_every_other_week(mean):
    """A dozen views a week scatter by more than half as they are: fewer than one week in fifty is held."""
    random = Random(mean)
    series = [_clumped(random, mean) for _ in range(300)]
    held = [bool(judged(series[n - 12 : n + 1])) for n in range(12, len(series)) if series[n]]
    assert sum(held) <= len(held) / 50


def _clumped(random, mean):
    """A count of views: some visitors, each with some pages."""
    visitors = sum(random.random() < mean / 4 / 1000 for _ in range(1000))
    return sum(1 + int(random.expovariate(0.31)) for _ in range(visitors))


def test_the_limits_are_settings():
    """A portal team that knows better sets its own."""
    assert judged([*STEADY, 690], Limits(fall_share=0.4)) == []
    assert judged([*STEADY, 2860], Limits(jump_factor=2.5)) == []
    assert len(judged([*STEADY, 1100], Limits(fall_share=0.8))) == 1


def test_a_source_that_lost_data_is_believed():
    """What it says is the reason, beside any other; its other notes are none."""
    lost = Note(NoteKind.DATA_LOSS, "the collector dropped 4,000 events")
    known = Note(NoteKind.OTHER, "sampled")
    reason = "the source says that it lost data: the collector dropped 4,000 events"
    assert held(snapshot(notes=(lost, known))) == [reason]
    assert held(snapshot(status=Status.INCOMPLETE, notes=(lost,)))[1:] == [reason]


def weeks_of(*snapshots):
    weeks = last_weeks(W46, len(snapshots))
    return {week: replace(one, week=week) for week, one in zip(weeks, snapshots, strict=True)}


NAMED = snapshot(portal=Usage(1500, 300), anonymous=75)


def test_a_portal_that_knows_its_users_no_more_is_held():
    """Events without users are mailed as "not available" only where the source never had any."""
    nameless = replace(NAMED, portal=Usage(1500, Absent.NOT_AVAILABLE), anonymous=1500)
    known = weeks_of(NAMED, NAMED, NAMED, nameless)
    reason = "the users of 2026-W46 are not known, those of 3 weeks before are"
    assert reasons_to_hold(Series(W46, known), Limits()) == [reason]
    assert reasons_to_hold(Series(W46, weeks_of(NAMED, NAMED, nameless)), Limits()) == []
    assert reasons_to_hold(Series(W46, weeks_of(*[nameless] * 4)), Limits()) == []


def test_views_that_lose_their_users_are_held():
    """A part of the collectors that sends no user any more makes plugins look forsaken."""
    lost = replace(NAMED, portal=Usage(1500, 290), anonymous=600)
    series = Series(W46, weeks_of(NAMED, NAMED, NAMED, lost))
    assert reasons_to_hold(series, Limits()) == [
        "40% of the views of 2026-W46 came without a user, usually 5%"
    ]
    assert reasons_to_hold(series, Limits(anonymous_share=0.4)) == []
    assert reasons_to_hold(Series(W46, weeks_of(*[lost] * 4)), Limits()) == []
    few = replace(lost, portal=Usage(40, 10), anonymous=40)
    assert reasons_to_hold(Series(W46, weeks_of(*[replace(few, anonymous=0)] * 3, few)), Limits()) == []


def test_most_plugins_broken_at_once_are_held():
    """It is the measuring that has changed, for the plugins whose figures look ordinary too."""
    plugins = dict.fromkeys("abcde", (50, 20))
    weeks = weeks_of(*[snapshot(plugins=plugins)] * 2)

    def broken(*names, week=W46):
        breaks = {name: Break(name, BreakKind.USERS_JUMPED, week) for name in names}
        return reasons_to_hold(Series(W46, weeks, breaks=breaks), Limits())

    assert broken("a", "c", "d") == [
        "3 of the 5 plugins seem to be measured in another way since 2026-W46 (a, c, d, …)"
    ]
    assert broken("a", "c") == []
    assert broken("a", "c", "d", week=W46.plus(-1)) == []
