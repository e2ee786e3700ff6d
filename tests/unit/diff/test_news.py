"""What is called unusual, and what is not. How often that is right is in test_news_rates.py."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_digest.diff.news import (
    MIN_WEEKS,
    SILENT_WEEKS,
    USERS,
    VIEWS,
    against_portal,
    judge,
    judge_portal,
    judge_usage,
    views_of,
)
from plugin_digest.model import NOT_JUDGED, NOT_TOLD, Absent, AgainstPortal, Usage, Verdict

STEADY = [205, 191, 199, 212, 188, 203, 197, 208, 194, 201, 199, 206]
PORTAL = [2010, 1985, 2003, 1994, 2021, 1990, 2002, 1979, 2011, 1996, 2006, 1999]


def of_users(current, history, portal_now=2000, portal=None, **more):
    return judge(current, history, portal_now, portal or PORTAL[-len(history) :], figure=USERS, **more)


def test_an_ordinary_week_lies_in_its_usual_range():
    """A week like the twelve before is usual, does not surprise, and its range surrounds them."""
    judged = of_users(200, STEADY)
    assert (judged.verdict, judged.weeks, judged.surprise) == (Verdict.USUAL, 12, 0)
    assert judged.usual.low < min(STEADY) <= max(STEADY) < judged.usual.high


@pytest.mark.parametrize(
    ("current", "verdict"), [(280, Verdict.ABOVE), (120, Verdict.BELOW), (0, Verdict.BELOW)]
)
def test_a_real_change_is_news(current, verdict):
    """40 % up, 40 % down and silence in a plugin of 200 weekly users are unusual."""
    judged = of_users(current, STEADY)
    assert judged.verdict is verdict
    assert judged.is_news


def test_both_ends_of_the_range_are_usual():
    """The range includes its ends, and nothing beyond them."""
    usual = of_users(200, STEADY).usual
    verdicts = [of_users(n, STEADY).verdict for n in (usual.low - 1, usual.low, usual.high, usual.high + 1)]
    assert verdicts == [Verdict.BELOW, Verdict.USUAL, Verdict.USUAL, Verdict.ABOVE]


def test_surprise_orders_what_is_unusual():
    """Farther outside is more surprising; one half range beyond the end is 1."""
    usual = of_users(200, STEADY).usual
    beyond = [of_users(usual.high + n, STEADY).surprise for n in (1, 10, (usual.high - usual.low) // 2)]
    assert beyond == sorted(beyond)
    assert beyond[-1] == pytest.approx(1, abs=0.05)


def test_a_week_in_which_the_whole_portal_is_down_is_not_the_plugins_doing():
    """A third down together with the portal is usual, and the same alone is not."""
    holiday = of_users(133, STEADY, portal_now=1330)
    alone = of_users(133, STEADY, portal_now=2000)
    assert holiday.verdict is Verdict.USUAL
    assert alone.verdict is Verdict.BELOW
    assert holiday.usual.low < alone.usual.low


def test_a_plugin_that_does_not_follow_the_portal_may_stand_still():
    """After one dip that the plugin did not share, the next one is not expected of it."""
    portal = [*PORTAL[:5], 1200, *PORTAL[6:]]
    judged = of_users(201, STEADY, 1200, portal)
    assert judged.verdict is Verdict.USUAL
    followed = of_users(122, [*STEADY[:5], 119, *STEADY[6:]], 1200, portal)
    assert followed.verdict is Verdict.USUAL
    assert followed.usual.high < judged.usual.high


def weeks_of(users, views_per_user):
    return [Usage(views_per_user * count, count) for count in users]


def test_a_plugin_that_is_the_portal_is_not_its_own_excuse():
    """Where nearly all users and views are the plugin's, the portal's fall is its own, and no excuse."""
    history, portal = weeks_of(STEADY, 5), weeks_of((count + 6 for count in STEADY), 5)
    judged = judge_usage(Usage(400, 80), history, Usage(425, 85), portal)
    assert (judged.views.verdict, judged.users.verdict) == (Verdict.BELOW, Verdict.BELOW)


@pytest.mark.parametrize("down", [0.6, 0.75])
def test_a_plugin_that_nearly_everybody_opens_goes_with_the_portal(down):
    """A catalog with 95 % of the users and a third of the views falls with the portal, and also alone."""
    history, portal = weeks_of(STEADY, 5), weeks_of((round(count / 0.95) for count in STEADY), 15)
    users, everybody = round(200 * down), round(210 * down)
    together = judge_usage(Usage(5 * users, users), history, Usage(15 * everybody, everybody), portal)
    assert (together.views.verdict, together.users.verdict) == (Verdict.USUAL, Verdict.USUAL)
    alone = judge_usage(Usage(5 * 110, 110), history, Usage(14 * 210, 205), portal)
    assert (alone.views.verdict, alone.users.verdict) == (Verdict.BELOW, Verdict.BELOW)


SMALL = [[15 + (week * plugin) % 5 for week in range(13)] for plugin in (1, 2, 3)]


def beside_few(current, *neighbours, factor=1.0):
    """A plugin of 200 users, three of 15 times ``factor``, and others of 40 in all weeks before this one."""
    others = [
        *([*row[:-1], round(row[-1] * factor)] for row in SMALL),
        *([40] * 12 + [n] for n in neighbours),
    ]
    portal = [
        Usage(6 * own + 3 * sum(rest), 10 + round(0.8 * own + 0.8 * sum(rest)))
        for own, *rest in zip([*STEADY, current], *others, strict=True)
    ]
    *history, now = weeks_of([*STEADY, current], 6)
    rows = [weeks_of(row, 3) for row in others]
    judged = judge_usage(now, history, portal[-1], portal[:-1], others=rows)
    return judged, judge_usage(now, history, portal[-1], portal[:-1])


def ends(judged):
    return [end for usual in (judged.views.usual, judged.users.usual) for end in (usual.low, usual.high)]


def width(judged):
    return judged.views.usual.high / judged.views.usual.low


@pytest.mark.parametrize("neighbour", [148, 0], ids=["jumps", "falls silent"])
@pytest.mark.parametrize(
    ("current", "verdict"), [(200, Verdict.USUAL), (280, Verdict.ABOVE), (120, Verdict.BELOW)]
)
def test_one_small_plugin_does_not_stand_for_the_portal(neighbour, current, verdict):
    """Beside a plugin that is most of the portal, a small one's campaign or end moves no range."""
    judged, alone = beside_few(current, neighbour)
    calm, _ = beside_few(current, 40)
    assert (judged.views.verdict, judged.users.verdict) == (verdict, verdict)
    assert ends(judged) == pytest.approx(ends(calm), rel=0.03)
    assert width(alone) > 1.8 * width(calm)


def test_one_other_plugin_says_as_much_as_both_do():
    """Where both fall, the portal fell; where one falls silent, it is that one."""
    history, small = weeks_of(STEADY, 5), weeks_of([40] * 12, 5)
    portal = [Usage(one.views + 200, one.users + 20) for one in history]
    for now, other, verdict in ((110, 22, Verdict.USUAL), (200, 0, Verdict.USUAL), (110, 40, Verdict.BELOW)):
        whole = Usage(5 * (now + other), now + other // 2)
        rows = [[*small, Usage(5 * other, other)]]
        judged = judge_usage(Usage(5 * now, now), history, whole, portal, others=rows)
        assert judged.views.verdict is verdict, (now, other)
        assert width(judged) < 4


def test_what_all_the_small_ones_do_the_portal_does():
    """A week in which each of them falls by two fifths explains the same fall of the large one."""
    judged, _ = beside_few(120, 24, 25, 23, 24, 24, factor=0.6)
    assert (judged.views.verdict, judged.users.verdict) == (Verdict.USUAL, Verdict.USUAL)


def test_other_plugins_without_counts_say_nothing():
    """Then the portal's count is all there is."""
    unknown = [[Usage(Absent.NOT_AVAILABLE, Absent.NOT_AVAILABLE)] * 13, [None] * 13, weeks_of([0] * 13, 1)]
    history, portal = weeks_of(STEADY, 5), weeks_of(PORTAL, 5)
    week = (Usage(500, 100), history, Usage(5000, 1000), portal)
    assert judge_usage(*week, others=unknown) == judge_usage(*week)


def test_half_a_working_day_counts():
    """The range of a week with two and a half days of work lies between those of two and three."""
    history = weeks_of(PORTAL, 5)
    two, half, three = (
        judge_portal(history[0], history, work_days=[5] * 12 + [days]).users.usual for days in (2, 2.5, 3)
    )
    assert two.high < half.high < three.high


@pytest.mark.parametrize("current", range(6))
def test_up_to_five_is_never_unusually_many(current):
    """Of nothing, five views or users are no news."""
    for figure in (USERS, VIEWS):
        assert judge(current, [0] * 12, 2000, PORTAL, figure=figure).verdict is Verdict.USUAL


def test_what_was_never_used_does_not_go_with_the_portal():
    """A portal that springs up from nothing explains no first use: nothing, many times over, is nothing."""
    judged = judge(12, [0] * 12, 17, [0] * 12, figure=USERS)
    assert judged.verdict is Verdict.ABOVE


def test_a_few_that_go_are_no_news_and_a_steady_dozen_that_goes_is():
    """Three users may all stay away for a week; of twelve every week, somebody comes."""
    assert of_users(0, [3, 2, 4, 3, 3, 2, 3, 4, 2, 3, 3, 3]).verdict is Verdict.USUAL
    assert of_users(0, [12, 11, 13, 12, 10, 12, 14, 11, 12, 13, 12, 11]).verdict is Verdict.BELOW


def test_fewer_than_four_weeks_have_no_range():
    """Three usable weeks are too few, four will do, whatever is missing between them."""
    assert MIN_WEEKS == 4
    assert of_users(200, STEADY[:3]) == NOT_JUDGED
    assert of_users(200, [200, None, Absent.NO_DATA, 199, 205]) == NOT_JUDGED
    judged = of_users(200, [200, None, 190, Absent.NO_DATA, 199, Absent.HIDDEN, 205])
    assert (judged.verdict, judged.weeks) == (Verdict.USUAL, 4)


def test_a_short_history_has_a_wider_range():
    """What is known less is judged less."""
    widths = [of_users(200, STEADY[-weeks:]).usual for weeks in (4, 6, 12)]
    assert widths == sorted(widths, key=lambda usual: usual.low - usual.high)


@pytest.mark.parametrize("absent", list(Absent))
def test_what_is_absent_is_not_judged(absent):
    """No count has no verdict, and is no zero."""
    assert of_users(absent, STEADY) == NOT_JUDGED


def test_without_the_portals_count_the_plugin_is_judged_alone():
    """A source that does not say the portal's users still gives a range."""
    alone = judge(200, STEADY, Absent.NOT_AVAILABLE, [Absent.NOT_AVAILABLE] * 12, figure=USERS)
    assert alone.verdict is Verdict.USUAL
    assert judge(120, STEADY, Absent.NOT_AVAILABLE, [None] * 12, figure=USERS).verdict is Verdict.BELOW


def test_weeks_before_the_plugin_was_there_are_no_history():
    """A plugin that began six weeks ago is held against six weeks, not against the nothing before."""
    judged = of_users(201, [0, 0, 0, 0, 0, 0, 203, 190, 208, 199, 204, 197])
    assert (judged.verdict, judged.weeks) == (Verdict.USUAL, 6)
    assert of_users(201, [0, 0, 0, 0, 0, 0, 0, 0, 0, 199, 204, 197]) == NOT_JUDGED


def test_only_the_last_twelve_weeks_count():
    """What is older than the history does not move the range."""
    long = judge(200, [9000, 9000, *STEADY], 2000, [1, 1, *PORTAL], figure=USERS)
    assert long == of_users(200, STEADY)


@pytest.mark.parametrize("growth", [0.95, 1.03, 1.06])
def test_steady_growth_is_no_news(growth):
    """A plugin that gains or loses the same share every week stays inside its moving range."""
    series = [round(300 * growth**week) for week in range(24)]
    for now in range(12, 24):
        assert of_users(series[now], series[now - 12 : now]).verdict is Verdict.USUAL, now


def test_the_range_moves_along_with_growth():
    """After twelve weeks of 6 % more each, the middle of the range is beyond the last week but one."""
    series = [round(300 * 1.06**week) for week in range(13)]
    usual = of_users(series[12], series[:12]).usual
    assert usual.low + usual.high > 2 * series[10]


def test_an_old_level_is_forgotten():
    """Nine weeks after a fall by 40 %, the three weeks before it hardly widen the range any more."""
    fallen = [*STEADY[:3], *(round(0.6 * count) for count in STEADY[3:])]
    usual, only_new = of_users(120, fallen).usual, of_users(120, fallen[3:]).usual
    assert usual.high - usual.low < 1.35 * (only_new.high - only_new.low)


def test_a_level_that_changed_becomes_the_usual_one():
    """A doubling is news for a week or two, and the new level is usual from the fourth week on."""
    series = STEADY + [2 * count for count in STEADY]
    verdicts = [of_users(series[now], series[now - 12 : now]).verdict for now in range(12, 24)]
    assert verdicts[0] is Verdict.ABOVE
    assert set(verdicts[3:]) == {Verdict.USUAL}
    assert of_users(200, series[11:23]).verdict is Verdict.BELOW


def test_what_is_new_may_settle_fast():
    """Four weeks after it began, a plugin that loses a fifth of its users every week does what it did."""
    began = [0, 0, 0, 0, 0, 0, 0, 0, 500, 375, 300, 250]
    assert of_users(195, began).verdict is Verdict.USUAL
    known, unknown = of_users(195, began).usual, of_users(195, began[8:]).usual
    assert known.high < unknown.high
    assert of_users(60, began).verdict is Verdict.BELOW


def test_a_level_that_comes_again_is_usual():
    """What is used in some weeks only is usual in both kinds of weeks, and not far beyond."""
    now_and_then = [0, 0, 190, 0, 0, 210, 0, 0, 204, 0, 0, 196]
    assert of_users(0, now_and_then).verdict is Verdict.USUAL
    assert of_users(205, now_and_then).verdict is Verdict.USUAL
    assert of_users(900, now_and_then).verdict is Verdict.ABOVE
    month_ends = [201, 199, 205, 330, 196, 203, 198, 325, 202, 200, 197, 204]
    assert of_users(328, month_ends).verdict is Verdict.USUAL
    assert of_users(450, month_ends).verdict is Verdict.ABOVE


RETIRED = [53, 60, 67, 58, 61, 66]


@pytest.mark.parametrize("silent", [3, 4, 5, 6])
@pytest.mark.parametrize("figure", [USERS, VIEWS], ids=["users", "views"])
def test_after_some_weeks_of_silence_nothing_is_expected(silent, figure):
    """What nobody uses any more is usual at nothing, and news when it is back at half of what it was."""
    history = [*RETIRED, *[0] * silent]
    week = (2000, PORTAL[-len(history) :])
    silence = judge(0, history, *week, figure=figure)
    assert (silence.verdict, silence.weeks) == (Verdict.USUAL, silent)
    assert silence.usual.low == 0
    assert silence.usual.high < 10
    assert judge(30, history, *week, figure=figure).verdict is Verdict.ABOVE


def test_a_pause_is_no_silence():
    """After two weeks without use, and in what pauses time and again, the old level is usual."""
    assert of_users(60, [*RETIRED, 0, 0]).verdict is Verdict.USUAL
    assert of_users(60, [60, 0, 0, 55, 0, 0, 0, 58, 0, 0, 0]).verdict is Verdict.USUAL
    assert of_users(3, [3, 2, 3, 2, 3, 2, 0, 0, 0]).verdict is Verdict.USUAL


def test_a_portal_that_was_shut_did_not_retire_its_plugins():
    """Three weeks without a user of anything tell nothing of one plugin."""
    history, portal = [*RETIRED, 0, 0, 0], [*PORTAL[:6], 0, 0, 0]
    assert judge(60, history, 2000, portal, figure=USERS).verdict is Verdict.USUAL


@pytest.mark.parametrize(
    "history",
    [[60, 0, 60, 0, 0, 60, 0, 0, 0, 60, 0, 0], [*RETIRED, 0, 0, 0, 1, 0, 0], [*RETIRED, 0, 0]],
    ids=["now and then", "one more use", "silent for two weeks"],
)
def test_the_range_ends_not_far_above_the_highest_week(history):
    """However much the weeks differ."""
    for figure in (USERS, VIEWS):
        usual = judge(0, history, 2000, PORTAL[-len(history) :], figure=figure).usual
        assert usual.low == 0
        assert max(history) < usual.high < 2.25 * max(history)


def test_one_campaign_week_does_not_blow_the_range():
    """A week at three times the usual widens the range, but a real fall or rise is still seen after it."""
    campaign = [*STEADY[:5], 600, *STEADY[6:]]
    quiet, loud = of_users(200, STEADY).usual, of_users(200, campaign).usual
    assert 1 < (loud.high - loud.low) / (quiet.high - quiet.low) < 1.7
    assert loud.high < 300
    assert of_users(120, campaign).verdict is Verdict.BELOW
    assert of_users(300, campaign).verdict is Verdict.ABOVE


def test_a_restless_plugin_has_a_wider_range_than_a_steady_one():
    """The scatter is learned from the plugin's own weeks."""
    restless = [140, 260, 205, 150, 255, 180, 230, 130, 270, 195, 160, 240]
    usual, steady = of_users(200, restless).usual, of_users(200, STEADY).usual
    assert usual.high - usual.low > 1.5 * (steady.high - steady.low)


def test_many_views_of_few_people_scatter_more():
    """The same views are less surprising where each user brings more of them."""
    views = [500, 480, 510, 505, 490, 495, 512, 488, 503, 497, 508, 492]

    def usual(users):
        weeks = [Usage(count, users) for count in views]
        return judge_usage(Usage(500, users), weeks, NOT_TOLD, [None] * 12).views.usual

    assert usual(20).high > usual(100).high > usual(400).high


def test_views_and_users_are_judged_together():
    """Each figure is held against its own weeks and against the portal's of the same kind."""
    history = [Usage(3 * count, count) for count in STEADY]
    portal = [Usage(5 * count, count) for count in PORTAL]
    judged = judge_usage(Usage(600, 110), history, Usage(10000, 2000), portal)
    assert (judged.views.verdict, judged.users.verdict) == (Verdict.USUAL, Verdict.BELOW)
    unnamed = [Usage(usage.views, Absent.NOT_AVAILABLE) for usage in history]
    judged = judge_usage(Usage(600, Absent.NOT_AVAILABLE), unnamed, Usage(10000, 2000), portal)
    assert (judged.views.verdict, judged.users) == (Verdict.USUAL, NOT_JUDGED)


def test_the_portal_has_its_working_days_beside_it():
    """A short week brings the portal's usual range down, and one with one working day all the more."""
    history = [Usage(5 * count, count) for count in PORTAL]
    full, short, christmas = (
        judge_portal(history[0], history, work_days=[5] * 12 + [days]).views.usual for days in (5, 4, 1)
    )
    assert full.low > short.low > christmas.low
    assert full.high > short.high > christmas.high
    assert judge_portal(Usage(8200, 1700), history, work_days=[5] * 12 + [4]).views.verdict is Verdict.USUAL
    assert judge_portal(Usage(5000, 1000), history, work_days=[5] * 13).views.verdict is Verdict.BELOW


def test_a_small_portal_that_moves_far_is_believed():
    """No calendar knows why five of thirty people came; a plugin of theirs went with them."""
    history = [18, 20, 19, 21, 17, 20, 18, 19, 22, 20, 18, 19]
    few = [31, 30, 32, 29, 33, 31, 29, 30, 32, 31, 30, 29]
    assert of_users(3, history, 5, few).verdict is Verdict.USUAL
    assert of_users(3, history, 30, few).verdict is Verdict.BELOW


def test_working_days_speak_where_the_portal_is_too_small_to():
    """In a portal of a handful, its own dip is chance; the calendar is not."""
    history = [30, 28, 31, 29, 30, 32, 27, 30, 29, 31, 30, 28]
    few = [33, 30, 34, 31, 33, 35, 29, 33, 31, 34, 33, 30]
    usual = {days: of_users(18, history, 20, few, work_days=[5] * 12 + [days]).usual for days in (5, 3)}
    assert usual[3].high < usual[5].high


def test_less_than_the_portal_lost_is_told_and_is_no_news():
    """Down 12 % in a portal that is 15 % down: both ratios exactly, and nothing that chance would not do."""
    compared = against_portal(Usage(880, 200), Usage(1000, 210), Usage(8500, 900), Usage(10000, 1000))
    assert compared == AgainstPortal(Fraction(22, 25), Fraction(17, 20), is_news=False)


def test_parting_from_the_portal_is_news():
    """Twice the views in a portal that stands still, and half of them in one that grows."""
    for now, portal in ((2000, 11000), (400, 10500)):
        compared = against_portal(Usage(now, 300), Usage(1000, 210), Usage(portal, 1000), Usage(10000, 1000))
        assert compared is not None
        assert compared.is_news


@pytest.mark.parametrize(
    ("now", "before", "portal_now", "portal_before"),
    [
        (12, 19, 1000, 1000),
        (30, 0, 1000, 1000),
        (30, Absent.NO_DATA, 1000, 1000),
        (Absent.NO_DATA, 30, 1000, 1000),
        (30, 30, Absent.NOT_AVAILABLE, 1000),
        (30, 30, 1000, Absent.NO_DATA),
    ],
)
def test_what_cannot_be_a_percentage_is_not_compared(now, before, portal_now, portal_before):
    """A tiny base or a missing count has no ratio to put beside the portal's."""
    weeks = [Usage(count, Absent.NOT_AVAILABLE) for count in (now, before, portal_now, portal_before)]
    assert against_portal(*weeks) is None


def test_a_plugin_that_is_the_portal_does_not_part_from_it():
    """Without a rest of the portal there is nothing to part from."""
    compared = against_portal(Usage(10, 5), Usage(500, 80), Usage(15, 6), Usage(505, 81))
    assert compared is not None
    assert not compared.is_news


def test_views_of_many_pages_scatter_like_their_users():
    """One view for each user scatters by chance alone, never less."""
    assert views_of(0.2).scatter.clumps == 1
    assert views_of(5).scatter.clumps == pytest.approx(6)


counts = st.one_of(st.integers(0, 30), st.integers(0, 10**7), st.none(), st.sampled_from(Absent))


@settings(max_examples=150)
@given(
    current=st.integers(0, 10**7),
    weeks=st.lists(st.tuples(counts, counts, st.integers(0, 5)), max_size=14),
    portal_now=counts.filter(lambda count: count is not None),
    users=st.booleans(),
    others=st.lists(st.lists(counts, min_size=15, max_size=15), max_size=4),
)
def test_any_series_has_a_sound_judgement(current, weeks, portal_now, users, others):
    """Whatever the counts: no error, a range of counts that goes up, and a verdict that agrees with it."""
    history, portal, days = ([week[n] for week in weeks] for n in range(3))
    figure = USERS if users else VIEWS
    rows = [row[: len(weeks) + 1] for row in others]
    judged = judge(current, history, portal_now, portal, figure=figure, work_days=[*days, 5], others=rows)
    if judged.usual is None:
        assert judged == NOT_JUDGED
        return
    assert 0 <= judged.usual.low <= judged.usual.high
    inside = judged.usual.low <= current <= judged.usual.high
    assert inside is (judged.verdict is Verdict.USUAL) is (judged.surprise == 0)
    assert SILENT_WEEKS <= judged.weeks <= 12
