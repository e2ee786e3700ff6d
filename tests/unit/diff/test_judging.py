"""Figures against what is usual, within the limits of what can be compared."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from factories import W46, snapshot, team
from plugin_digest.diff import Series, find_breaks, is_unusual, portal_digest, team_digest
from plugin_digest.diff.judging import Bench, beside_portal, share_of_users
from plugin_digest.model import (
    NOT_JUDGED,
    Absent,
    Annotation,
    Break,
    BreakKind,
    Indicator,
    IndicatorChange,
    MailStatistics,
    Move,
    Ownership,
    Scope,
    Search,
    Status,
    Usage,
    Verdict,
)

JENKINS = frozenset({"jenkins"})
PLAIN = {"jenkins": (400, 100), "catalog": (4000, 700)}


def weeks(now, count=13, **changes):
    """So many weeks, this one last, with nearly the same figures in all before."""
    found = {}
    for back in range(count):
        wiggle = (back * 7) % 5
        figures = now if back == 0 else {p: (v + 3 * wiggle, u + wiggle) for p, (v, u) in PLAIN.items()}
        week = W46.plus(-back)
        users = 900 if back == 0 else 900 + wiggle
        portal = Usage(sum(views for views, _ in figures.values()) + 7, users)
        found[week] = snapshot(week, figures, portal=portal, teams={}, pages={}, notes=())
    return Series(W46, found, {"jenkins": W46.plus(-30), "catalog": W46.plus(-30)}, **changes)


def judged(series, plugins=JENKINS):
    return Bench.of(series).of_plugins(plugins)


def test_an_ordinary_week_is_usual():
    """With the range that it lies in, from all twelve weeks before."""
    found = judged(weeks(PLAIN))
    assert found.views.verdict is found.users.verdict is Verdict.USUAL
    assert found.views.usual.low <= 400 <= found.views.usual.high
    assert found.views.weeks == 12


def test_a_week_far_outside_is_not():
    """Twice as many people is above what is usual, half as many below."""
    assert judged(weeks({**PLAIN, "jenkins": (800, 200)})).users.verdict is Verdict.ABOVE
    assert judged(weeks({**PLAIN, "jenkins": (200, 50)})).users.verdict is Verdict.BELOW


def test_a_week_in_which_everything_halves_is_not_the_plugins_doing():
    """A holiday of the whole portal moves the range with it."""
    halved = {"jenkins": (200, 50), "catalog": (2000, 350)}
    series = weeks(halved)
    current = replace(series.current, portal=Usage(2207, 450))
    series = replace(series, snapshots={**series.snapshots, W46: current})
    assert judged(series).users.verdict is Verdict.USUAL


@pytest.mark.parametrize("campaign", [150, 2])
def test_a_small_neighbours_week_does_not_hide_a_large_plugins(campaign):
    """The plugins of the rest are heard one by one."""
    found = {}
    for back in range(13):
        users = 200 + back % 3 if back else 290
        other = 40 if back else campaign
        figures = {"catalog": (6 * users, users), "camp": (3 * other, other)}
        figures |= {f"small{n}": (3 * (15 + back * n % 3), 15 + back * n % 3) for n in range(1, 4)}
        views = sum(views for views, _ in figures.values())
        portal = Usage(views, round(0.8 * users + 0.8 * other + 36))
        week = W46.plus(-back)
        found[week] = snapshot(week, figures, portal=portal, teams={}, pages={}, notes=())
    judgement = judged(Series(W46, found), frozenset({"catalog"}))
    assert (judgement.views.verdict, judgement.users.verdict) == (Verdict.ABOVE, Verdict.ABOVE)
    assert judgement.views.usual.high < 1.35 * 1200


@pytest.mark.parametrize(
    "change",
    [{"status": Status.INCOMPLETE}, {"source": "ga4"}, {"timezone": "UTC"}],
    ids=["incomplete", "another source", "another time zone"],
)
def test_weeks_that_cannot_be_compared_do_not_count(change):
    """Three whole weeks of the same source are too few; an incomplete week itself is not judged."""
    series = weeks({**PLAIN, "jenkins": (800, 200)})
    odd = {w: replace(s, **change) if w < W46.plus(-3) else s for w, s in series.snapshots.items()}
    assert judged(replace(series, snapshots=odd)).users == NOT_JUDGED
    only_now = {**series.snapshots, W46: replace(series.current, status=Status.INCOMPLETE)}
    assert judged(replace(series, snapshots=only_now)).users == NOT_JUDGED
    assert Bench.of(replace(series, snapshots=only_now)).of_portal().views == NOT_JUDGED


def test_figures_from_before_a_break_are_of_another_kind():
    """After a change of id five weeks ago only the weeks since then tell what is usual."""
    found = Break("jenkins", BreakKind.ID_CHANGED, W46.plus(-5), "old-jenkins", gained=True)
    assert judged(weeks(PLAIN, breaks={"jenkins": found})).views.weeks == 5


def test_a_break_of_users_leaves_the_views():
    """Where people are told apart in another way, views are what they were."""
    found = Break("jenkins", BreakKind.USERS_JUMPED, W46.plus(-2))
    both = judged(weeks(PLAIN, breaks={"jenkins": found}))
    assert (both.views.weeks, both.users) == (12, NOT_JUDGED)


def test_views_that_went_to_a_twin_of_the_same_team_stay_the_teams():
    """The sum of the two plugins has no break."""
    moved = {
        "jenkins": Break("jenkins", BreakKind.MOVED, W46.plus(-1), "catalog"),
        "catalog": Break("catalog", BreakKind.MOVED, W46.plus(-1), "jenkins", gained=True),
    }
    both = frozenset({"jenkins", "catalog"})
    assert judged(weeks(PLAIN, breaks=moved), both).views.weeks == 12
    assert judged(weeks(PLAIN, breaks=moved)).views == NOT_JUDGED


def test_a_plugin_beside_the_portal():
    """Its change and the portal's, both as multiples; none across a break or beside an incomplete week."""
    series = weeks({**PLAIN, "jenkins": (800, 200)})
    found = beside_portal(series, "jenkins")
    assert found.own > Fraction(3, 2) > found.portal
    assert found.is_news
    broken = replace(series, breaks={"jenkins": Break("jenkins", BreakKind.MOVED, W46, "catalog")})
    assert beside_portal(broken, "jenkins") is None
    lost = {week: s for week, s in series.snapshots.items() if week != W46.plus(-1)}
    assert beside_portal(replace(series, snapshots=lost), "jenkins") is None


def test_the_share_of_the_portals_users():
    """An exact fraction of the distinct users; none where either is not known."""
    assert share_of_users(weeks(PLAIN), "jenkins") == Fraction(100, 900)
    assert share_of_users(weeks({**PLAIN, "jenkins": (400, Absent.NOT_AVAILABLE)}), "jenkins") is None


def test_what_is_unusual_comes_first():
    """A small plugin far outside its range stands before a large one's ordinary swing."""
    series = weeks({"jenkins": (800, 200), "catalog": (4100, 705)})
    digest = team_digest(series, team("ci", plugins=frozenset({"jenkins", "catalog"})))
    assert [plugin.plugin for plugin in digest.plugins] == ["jenkins", "catalog"]
    assert [plugin.is_news for plugin in digest.plugins] == [True, False]
    assert is_unusual(digest)
    assert not is_unusual(team_digest(weeks(PLAIN), team("ci", plugins=JENKINS)))


def test_whatever_a_team_must_know_is_unusual_for_it():
    """A plugin that changed hands, a series that broke."""
    plain = team_digest(weeks(PLAIN), team("ci", plugins=JENKINS))
    assert is_unusual(replace(plain, moves=(Move("jenkins", "jenkins", "Web", "CI"),)))
    found = Break("jenkins", BreakKind.USERS_LOST, W46)
    broken = team_digest(weeks(PLAIN, breaks={"jenkins": found}), team("ci", plugins=JENKINS))
    assert is_unusual(broken)
    assert broken.plugins[0].series_break == found


def test_a_month_is_not_judged_by_weeks():
    """Four weeks have no range of single ones."""
    digest = team_digest(weeks(PLAIN), team("ci", plugins=JENKINS), weeks=4)
    assert digest.views_judgement == digest.plugins[0].views_judgement == NOT_JUDGED
    assert digest.new_users is Absent.NOT_AVAILABLE


def test_a_digest_has_what_stands_beside_its_counts():
    """Annotations of the portal and of its own plugins in the weeks that are drawn, searches, indicators."""
    release = Annotation(W46, "Jenkins 3", "jenkins")
    outage = Annotation(W46.plus(-2), "Outage", "", date(2026, 10, 28))
    other = Annotation(W46, "Catalog 2", "catalog")
    ancient = Annotation(W46.plus(-40), "Long ago", "jenkins")
    adoption = IndicatorChange(Indicator("adoption", "Set up for"), Scope.PLUGIN, "jenkins", 312, W46)
    merges = IndicatorChange(Indicator("merges", "Merges"), Scope.TEAM, "ci", 4.5, W46)
    series = weeks(PLAIN, annotations=(release, outage, other, ancient), indicator_changes=(adoption, merges))
    found = {"jenkins": (Search("pipelines", 7), Search("builds", 3)), "catalog": (Search("apis", 9),)}
    series = replace(series, snapshots={**series.snapshots, W46: replace(series.current, searches=found)})
    digest = team_digest(series, team("ci", plugins=JENKINS))
    assert digest.annotations == (outage, release)
    assert digest.plugins[0].annotations == (release,)
    assert [one.search.term for one in digest.searches] == ["pipelines", "builds"]
    assert (digest.indicators, digest.plugins[0].indicators) == ((merges,), (adoption,))
    whole = portal_digest(series, Ownership((team("ci", plugins=JENKINS),)), ())
    assert whole.annotations == (outage, release, other)


def test_the_portal_digest_answers_what_its_owner_is_asked():
    """Ranks, movers, contributing teams, what comes from outside the central team, mail statistics."""
    series = weeks({"jenkins": (800, 200), "catalog": (4000, 700)})
    owners = Ownership(
        (team("ci", plugins=JENKINS), team("platform", plugins=frozenset({"catalog", "idle"})))
    )
    mail = MailStatistics(W46.plus(-1), sent=60, refused=2)
    digest = portal_digest(series, owners, (), head_count=2000, central_teams=("platform",), mail=mail)
    assert [(p.plugin, p.rank) for p in digest.plugins] == [("catalog", 1), ("jenkins", 2), ("idle", 3)]
    assert [p.plugin for p in digest.movers] == ["jenkins"]
    assert (digest.contributing_teams, digest.outside_plugins) == (2, (1, 2))
    assert (digest.head_count, digest.mail) == (2000, mail)
    assert portal_digest(series, owners, ()).outside_plugins is None


def test_a_changed_id_is_found_before_it_is_judged():
    """Views that stopped where another id's began are no fall of 100 % and nothing new (F38)."""
    series = weeks(PLAIN)
    renamed = {
        week: replace(
            s,
            plugins={
                "jenkins" if week == W46 else "jenkins-old": s.plugins["jenkins"],
                "catalog": s.plugins["catalog"],
            },
        )
        for week, s in series.snapshots.items()
    }
    series = replace(series, snapshots=renamed, first_seen={"jenkins-old": W46.plus(-30), "jenkins": W46})
    found = find_breaks(series)
    assert {p: (b.kind, b.twin) for p, b in found.items()} == {
        "jenkins-old": (BreakKind.ID_CHANGED, "jenkins"),
        "jenkins": (BreakKind.ID_CHANGED, "jenkins-old"),
    }


def test_a_plugin_has_no_usual_range_before_it_was_there():
    """The weeks before the first view are not its history: new is new, and not above 0 to 5."""
    series = replace(weeks({**PLAIN, "acr": (30, 9)}), first_seen={"jenkins": W46.plus(-30), "acr": W46})
    digest = team_digest(series, team("ci", plugins=frozenset({"acr"})))
    assert digest.plugins[0].views_judgement == digest.views_judgement == NOT_JUDGED
    assert digest.plugins[0].is_news


def test_a_plugin_that_comes_and_goes_within_its_range_is_no_news():
    """One view in every other week is back every other week."""
    series = weeks({**PLAIN, "tiny": (1, 1)})
    ups = {}
    for back in range(13):
        one = series.snapshots[W46.plus(-back)]
        ups[one.week] = replace(one, plugins={**one.plugins, "tiny": Usage(1 - back % 2, 1 - back % 2)})
    series = replace(series, snapshots=ups, first_seen={"tiny": W46.plus(-30)})
    digest = team_digest(series, team("ci", plugins=frozenset({"tiny"})))
    assert (digest.plugins[0].state.value, digest.plugins[0].is_news) == ("back", False)


def test_a_total_outside_its_range_is_unusual_though_no_plugin_is():
    """Who wants to hear of the unusual hears of it."""
    plain = team_digest(weeks(PLAIN), team("ci", plugins=JENKINS))
    above = replace(plain.views_judgement, verdict=Verdict.ABOVE)
    assert is_unusual(replace(plain, views_judgement=above))


def test_totals_are_not_compared_across_a_break():
    """Neither views nor users after a change of id, only users after one of users; who is new is unknown."""
    both = frozenset({"jenkins", "catalog"})
    renamed = {"jenkins": Break("jenkins", BreakKind.ID_CHANGED, W46, "old", gained=True)}
    digest = team_digest(weeks(PLAIN, breaks=renamed), team("ci", plugins=both))
    assert digest.views.difference is digest.users.difference is None
    assert digest.new_users is digest.plugins[-1].new_users is Absent.NOT_AVAILABLE
    jumped = {"jenkins": Break("jenkins", BreakKind.USERS_JUMPED, W46)}
    digest = team_digest(weeks(PLAIN, breaks=jumped), team("ci", plugins=both))
    assert digest.views.difference is not None
    assert digest.users.difference is None
    older = {"jenkins": Break("jenkins", BreakKind.ID_CHANGED, W46.plus(-3), "old", gained=True)}
    assert team_digest(weeks(PLAIN, breaks=older), team("ci", plugins=both)).views.difference is not None


def test_the_portal_digest_calls_a_renamed_plugin_neither_new_nor_silent():
    """It stands with the movers, where the break is told."""
    series = replace(weeks(PLAIN), first_seen={"catalog": W46.plus(-30), "jenkins": W46})
    series = replace(
        series,
        snapshots={
            week: replace(s, plugins={"jenkins" if week == W46 else "old": s.plugins["jenkins"]})
            for week, s in series.snapshots.items()
        },
    )
    series = replace(series, first_seen={"old": W46.plus(-30), "jenkins": W46}, breaks=find_breaks(series))
    digest = portal_digest(series, Ownership(()), ())
    assert (digest.new, digest.silent) == ((), ())
    assert {plugin.plugin for plugin in digest.movers} == {"jenkins", "old"}


def test_a_month_has_the_state_of_all_its_weeks():
    """No view in the last week is not a silent month; a plugin of three weeks is a new one."""
    series = weeks({"jenkins": (0, 0), "catalog": (4000, 700)})
    digest = team_digest(series, team("ci", plugins=JENKINS), weeks=4)
    assert digest.plugins[0].state.value == "active"
    fresh = replace(weeks(PLAIN), first_seen={"jenkins": W46.plus(-2)})
    assert team_digest(fresh, team("ci", plugins=JENKINS), weeks=4).plugins[0].state.value == "new"


def test_a_month_says_which_of_its_weeks_are_not_whole():
    """Days that are missing anywhere in it, and in the month before."""
    series = weeks(PLAIN)
    lost = {
        week: replace(s, status=Status.INCOMPLETE, missing_days=(week.first_day,))
        if week in (W46.plus(-2), W46.plus(-6))
        else s
        for week, s in series.snapshots.items()
    }
    found = team_digest(replace(series, snapshots=lost), team("ci", plugins=JENKINS), weeks=4).provenance
    assert found.status is Status.INCOMPLETE
    assert found.missing_days == (W46.plus(-2).first_day,)
    assert found.previous_missing_days == (W46.plus(-6).first_day,)
