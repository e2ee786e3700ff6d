# ruff: noqa: RUF001 - a range is written with a dash
"""Which plugins need a look, and what a letter says first about them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import W46
from plugin_digest.diff import compare
from plugin_digest.model import (
    NOT_JUDGED,
    Absent,
    Break,
    BreakKind,
    Judgement,
    Move,
    PluginState,
    Verdict,
    Week,
)
from plugin_digest.render.layout import Brand
from plugin_digest.render.words.findings import Reason, findings
from plugin_digest.render.words.limits import Limits
from plugin_digest.render.words.team import team_view
from unit.render.values import (
    LIMITS,
    grown,
    incomplete,
    judged,
    letterhead,
    new,
    plain,
    plugin,
    portal,
    portal_digest,
    silent,
    subject,
    team_digest,
    view,
)

FEWER = plugin(views=(300, 400), usual=(310, 420))
BACK = plugin("Jenkins", (60, 0), (12, 0), None, None, state=PluginState.BACK)
BREAK = Break("azure", BreakKind.ID_CHANGED, W46, "azure-devops")
RARE = replace(silent(before=3), views_judgement=NOT_JUDGED, users_judgement=NOT_JUDGED)
BROKEN = plugin(
    "Azure",
    (0, 200),
    (0, 40),
    state=PluginState.SILENT,
    series_break=BREAK,
)


def summary(digest):
    return plain(view(digest).summary)


@pytest.mark.parametrize(
    ("plugins", "line"),
    [
        ([grown(), plugin("Argo CD")], "Jenkins: 31 % more views · Backstage week 46"),
        ([FEWER, plugin("Argo CD")], "Jenkins: 25 % fewer views · Backstage week 46"),
        ([plugin(users=(60, 48), usual_users=(20, 50))], "Jenkins: 25 % more users · Backstage week 46"),
        ([silent(), plugin()], "SonarQube: no views, 42 before · Backstage week 46"),
        ([new(), plugin()], "Flux: new, 14 views · Backstage week 46"),
        ([BACK, plugin("Argo CD")], "Jenkins: back, 60 views · Backstage week 46"),
        ([BROKEN, plugin()], "Azure: measured differently · Backstage week 46"),
        ([plugin(views=(2, 0)), plugin("Argo CD")], "Jenkins: 2 views, usual: 80–130 · Backstage week 46"),
        ([plugin(), plugin("Argo CD")], "An ordinary week for your two plugins · Backstage week 46"),
        ([plugin()], "An ordinary week for Jenkins · Backstage week 46"),
        ([grown(), silent()], "Jenkins: 31 % more views; 1 other stands out · Backstage week 46"),
        ([grown(), silent(), new()], "Jenkins: 31 % more views; 2 others stand out · Backstage week 46"),
        ([grown(), silent("A" * 30)], "Jenkins: 31 % more views; 1 other stands out · Backstage week 46"),
    ],
)  # fmt: skip
def test_the_subject_carries_the_finding(plugins, line):
    """In a phone's list one reads what happened, not that a report has come."""
    assert subject(view(team_digest(*plugins))) == line


def test_a_fall_within_a_rise_is_told_by_its_range():
    """More than usual, but less than the week before, is not sold as fewer or more of anything."""
    digest = team_digest(plugin("Jenkins", (200, 300)), plugin("Argo CD"))
    assert subject(view(digest)) == "Jenkins: 200 views, usual: 80–130 · Backstage week 46"


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (grown(), Reason.UNUSUAL),
        (new(), Reason.NEW),
        (BACK, Reason.BACK),
        (silent(), Reason.SILENT),
        (BROKEN, Reason.BREAK),
        (replace(new(), series_break=BREAK), Reason.BREAK),
        (replace(silent(), views_judgement=NOT_JUDGED, users_judgement=NOT_JUDGED), Reason.SILENT),
        (plugin(), None),
        (plugin("Jenkins", (1500, 20), usual=None, usual_users=None), None),
        (replace(RARE, views_judgement=judged(0, (0, 8))), None),
        (RARE, None),
        (replace(plugin(), series_break=replace(BREAK, week=W46.plus(-6))), None),
    ],
)
def test_what_needs_a_look_has_a_reason(found, reason):
    """Unusual, new, back, silent after steady use or broken; what only moved has none (rule 10)."""
    assert [each.reason for each in findings(team_digest(found))] == ([reason] if reason else [])


def test_a_plugin_that_changed_hands_needs_a_look():
    """The team that has it now is told, also in an ordinary week."""
    digest = team_digest(
        plugin(), plugin("Argo CD"), moves=(Move("jenkins", "Jenkins", "Core", "CI Platform"),)
    )
    assert [each.reason for each in findings(digest)] == [Reason.CAME]
    assert subject(view(digest)) == "Jenkins: now one of your plugins · Backstage week 46"
    assert summary(digest) == "Jenkins is now one of your plugins; nothing unusual in the other one."


def test_the_figure_that_stands_out_more_is_named():
    """Half the people for the same views is worth a word."""
    both = plugin("Jenkins", (140, 120), (90, 40))
    assert findings(team_digest(both))[0].figure == "users"
    assert summary(team_digest(both)) == "Jenkins had more users than usual."
    assert findings(team_digest(grown()))[0].figure == "views"


def test_weeks_from_sunday_and_incomplete_ones_have_their_own_subject():
    """No ISO number where there is none, and five days are not sold as a week."""
    sunday = Week(W46.first_day.replace(day=8))
    digest = team_digest(about=incomplete(13, 14), week=sunday)
    assert subject(view(digest)) == "1,234 views on 5 of 7 days · Backstage week of 8 November"
    untold = team_digest(about=incomplete())
    assert subject(view(untold)) == "1,234 views in a week that was not over · Backstage week 46"


def test_a_corrected_edition_says_so_first():
    """A second mail of the same week is told from the first by its subject."""
    line = subject(view(team_digest(grown(), plugin("Argo CD"), edition=2)))
    assert line == "Corrected: Jenkins: 31 % more views · Backstage week 46"


def test_a_digest_of_several_weeks_says_so():
    """Subject, title and sentence give the span."""
    unjudged = [plugin(name, usual=None, usual_users=None) for name in ("Argo CD", "Flux", "Jenkins")]
    shown = view(team_digest(*unjudged, views=(5000, 4800), usual=None, usual_users=None, weeks=4))
    assert subject(shown) == "5,000 views of your three plugins · Backstage weeks 43–46"
    assert shown.week == "Weeks 43–46, 19 October – 15 November 2026"
    assert shown.summary == (
        "5,000 views by 210 users of your three plugins; 4,800 views in the four weeks before."
    )
    judged_month = view(team_digest(views=(5000, 4800), usual=(4500, 5500), weeks=4))
    assert judged_month.summary == "Four ordinary weeks for your three plugins."


def test_a_sign_of_life_says_for_how_long_nothing_was_unusual():
    """A team that wants to hear of nothing else hears that there was nothing."""
    shown = view(team_digest(quiet_weeks=8))
    assert shown.finding == "Nothing unusual in eight weeks for your three plugins"
    assert shown.summary == "Nothing unusual in eight weeks for your three plugins."


@given(st.text(st.characters(), max_size=80), st.text(min_size=1, max_size=60), st.integers(1, 30))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_no_subject_is_longer_than_70_characters_or_than_a_line(name, portal_name, edition):
    """Whatever plugins and portal are called, in any language (google/ggrc-core#9154)."""
    digests = [
        team_digest(*[replace(each, name=name) for each in plugins], edition=edition)
        for plugins in ([grown()], [grown(), silent(), new()], [plugin()], [BROKEN, BACK])
    ]
    for language in ("en", "de", "fr", "sv"):
        head = replace(letterhead(language), brand=Brand(portal_name[:60].strip() or "P", "", "", ""))
        for digest in digests:
            shown = team_view(digest, head, Limits(1, 1, 1))
            line = f"{shown.finding} · {shown.place}"
            assert len(line) <= 70
            assert not set("\n\r") & set(shown.finding)
            assert len(shown.preheader) <= 140


def test_the_summary_is_one_plain_sentence():
    """What happened by name; what is not unusual is said to be so; the figures stand below."""
    assert summary(team_digest(grown(), silent(), new(), plugin("A"), plugin("B"))) == (
        "Jenkins had more views than usual, SonarQube had no views and Flux is new; "
        "nothing unusual in the other two."
    )
    assert summary(team_digest(grown(), FEWER, silent(), new())) == (
        "Jenkins had more views than usual and Jenkins had fewer views than usual; "
        "two more plugins stand out."
    )
    assert summary(team_digest(BROKEN)) == "Azure seems to be measured differently."
    assert summary(team_digest(BACK)) == "Jenkins is back."
    in_turn = plugin("Jenkins", (1, 0), (1, 0), (0, 2), None, state=PluginState.BACK)
    assert summary(team_digest(in_turn)).startswith("An ordinary week for Jenkins")


def test_nothing_is_called_usual_that_was_not_judged():
    """Monthly digests and short histories know no usual range."""
    unknown = plugin("Argo CD", usual=None, usual_users=None)
    assert summary(team_digest(grown(), unknown, plugin("A"))) == "Jenkins had more views than usual."


HIDDEN, WITHHELD = Absent.HIDDEN, Absent.WITHHELD


@pytest.mark.parametrize(
    ("users", "usual", "line", "told", "behind"),
    [
        (120, None, "Your three plugins had 120 users", "Your three plugins had 120 users.", ""),
        (120, (80, 130), "Your three plugins had 120 users", "Your three plugins had 120 users.", ""),
        (
            WITHHELD,
            None,
            "Views of your three plugins: not shown",
            "Views of your three plugins: not shown.",
            "",
        ),
    ],
)
def test_withheld_views_are_not_missing_data(users, usual, line, told, behind):
    """What is left out to protect few people is said to be so, and the users instead where they are known."""
    quiet = [plugin(name, usual=None, usual_users=None) for name in "ABC"]
    digest = team_digest(*quiet, views=(WITHHELD, 118), users=(users, 110), usual=None, usual_users=usual)
    shown = view(digest)
    if usual is None:
        assert subject(shown).startswith(line)
        assert plain(shown.summary) == told
        assert shown.preheader == "The figures of your three plugins, 9–15 November."
        assert shown.figures[0].value == "not shown"
    assert "No data" not in str(shown)
    assert "Not shown: it would give away a count of few people." in [
        item.text for item in shown.definitions.items
    ]


def test_findings_are_told_though_the_views_together_are_withheld():
    """And an ordinary week is one without its number."""
    found = view(team_digest(grown(), plugin("A"), views=(WITHHELD, 118), users=(WITHHELD, 110)))
    assert subject(found).startswith("Jenkins: 31 % more views")
    ordinary = team_digest(views=(WITHHELD, 118), users=(WITHHELD, 110))
    assert summary(ordinary) == "An ordinary week for your three plugins."
    known = team_digest(views=(WITHHELD, 118), users=(120, 110), usual_users=(80, 130))
    assert summary(known) == "An ordinary week for your three plugins."


def test_an_ordinary_week_is_one_line():
    """No arrows for noise, nothing that looks like news, and no figure that stands right below."""
    assert summary(team_digest()) == "An ordinary week for your three plugins."
    assert (
        summary(team_digest(views=(0, 0), usual=(0, 5)))
        == "No views of your three plugins, as in the week before."
    )
    assert summary(team_digest(views=(0, 4), usual=(0, 9))) == "No views of your three plugins."
    asleep = plugin("Tekton", (0, 0), (0, 0), None, None, state=PluginState.NEVER_SEEN)
    assert summary(team_digest(asleep, views=(0, 0))) == "No views of Tekton in any stored week."


def test_without_a_usual_range_nothing_is_called_ordinary():
    """A short history says what there is and what was before."""
    young = [plugin(usual=None, usual_users=None), plugin("Argo CD", usual=None, usual_users=None)]
    digest = team_digest(*young, usual=None, usual_users=None)
    assert summary(digest) == "1,234 views by 210 users of your two plugins; 1,220 views the week before."
    assert subject(view(digest)) == "1,234 views of your two plugins · Backstage week 46"


def test_together_they_can_be_unusual_though_none_is_alone():
    """What adds up is not called an ordinary week."""
    more = team_digest(views=(1500, 1220))
    assert summary(more) == "More views than usual in all, though no plugin alone stands out."
    fewer = team_digest(users=(100, 205))
    assert summary(fewer) == "Fewer users than usual in all, though no plugin alone stands out."


def test_nothing_known_is_not_nothing_happened():
    """A team whose plugins have no data is told so (PostHog/posthog#72105)."""
    digest = team_digest(views=(Absent.NO_DATA, 10), users=(Absent.NO_DATA, 5))
    assert summary(digest) == "There are no data for your three plugins, which is not the same as no views."
    assert subject(view(digest)) == "No data for your three plugins · Backstage week 46"


def test_without_a_week_before_there_is_no_finding():
    """The first week ever makes no claims."""
    first = plugin("Jenkins", (110, Absent.NO_DATA), (31, Absent.NO_DATA), None, None)
    digest = team_digest(
        first, first, views=(220, Absent.NO_DATA), users=(60, Absent.NO_DATA), usual=None, usual_users=None,
        about={"has_previous": False},
    )  # fmt: skip
    assert summary(digest) == "220 views by 60 users of your two plugins; not compared, the notes say why."
    assert subject(view(digest)) == "220 views of your two plugins · Backstage week 46"


def test_the_preheader_continues_the_subject():
    """The figures of its finding, the findings that it has no room for, then the totals; nothing twice."""
    digest = team_digest(grown(), silent(), new(), plugin("A"))
    assert view(digest).preheader == (
        "523 views (usual: 310–420). SonarQube had no views and Flux is new. "
        "All four plugins: 1,234 views by 210 users."
    )
    gone = view(team_digest(silent(), plugin("A"))).preheader
    assert gone == "Usual: 20–60. Both plugins: 1,234 views by 210 users."
    by_users = silent(views_judgement=judged(0, (1, 60)), users_judgement=judged(0, (40, 50)))
    assert view(team_digest(by_users, plugin("A"))).preheader.startswith("Usual: 1–60. ")
    alone = team_digest(grown(), views=(523, 400), users=(50, 48))
    assert view(alone).preheader == "523 views (usual: 310–420). 50 users, 9–15 November."


def test_the_preheader_of_an_incomplete_week_names_the_days_that_are_known():
    """Nobody is told of a week of which two days are missing."""
    assert (
        view(team_digest(about=incomplete(12, 15))).preheader
        == "210 users, 9–11 November and 13–14 November."
    )


def test_the_preheader_never_holds_dates_alone():
    """Where the subject says every figure, it says what it is about."""
    silent_source = team_digest(users=(Absent.NOT_AVAILABLE,) * 2, about=incomplete(15))
    assert view(silent_source).preheader == "The figures of your three plugins, 9–14 November."
    few = [plugin(name, (HIDDEN, HIDDEN), (HIDDEN, HIDDEN), None, None) for name in "ABC"]
    hidden = team_digest(*few, views=(HIDDEN, HIDDEN), users=(HIDDEN, HIDDEN), usual=None, usual_users=None,
                         hidden_below=20)  # fmt: skip
    assert view(hidden).preheader == "So small a count is not shown exactly, 9–15 November."
    assert subject(view(hidden)) == "Fewer than 20 views of your three plugins · Backstage week 46"
    assert summary(hidden) == "Fewer than 20 views of your three plugins, too few to compare."
    assert view(hidden).notes is None


def test_the_portals_subject_and_summary():
    """The portal team reads size, change and what is new or silent."""
    shown = portal(portal_digest())
    assert (subject(shown), shown.summary) == (
        "An ordinary week · Backstage week 46",
        "An ordinary week for the portal.",
    )
    shown = portal(portal_digest(grown(), new(), silent(), users_judgement=judged(1353, (900, 1300))))
    assert subject(shown) == "4 % more users, 1 plugin stands out, 1 new · Backstage week 46"
    assert plain(shown.summary) == "4 % more users than the week before."
    assert shown.preheader == "Jenkins stands out. 9,675 views by 1,353 users, 9–15 November."
    partial = portal(portal_digest(about=incomplete(14, 15)))
    assert partial.finding == "9,675 views on 5 of 7 days"
    assert partial.summary == "9,675 views on 5 of 7 days, so not compared with other weeks."


def test_a_portal_without_a_usual_range_tells_its_size():
    """Nothing is called ordinary or unusual before it is known."""
    unknown = Judgement(None, Verdict.UNKNOWN, 2)
    shown = portal(portal_digest(views_judgement=unknown, users_judgement=unknown))
    assert shown.finding == "9,675 views"
    assert shown.summary == "9,675 views by 1,353 users, 8 plugins in use."


def test_no_sentence_praises_or_blames():
    """A rise is not good and a fall not bad (matomo-org/matomo#16643)."""
    for digest in (team_digest(grown(), silent(), new()), team_digest(), team_digest(FEWER)):
        shown = view(digest, LIMITS)
        said = f"{shown.summary} {shown.preheader} {shown.finding} {shown.cards}".lower()
        for word in ("great", "good", "bad", "congrat", "unfortunately", "sadly", "!"):
            assert word not in said


def test_a_name_that_begins_a_sentence_keeps_its_letters():
    """Plugin ids are written as people write them; only words of ours get a capital."""
    found = team_digest(silent("xcmetrics"), grown("azuredevops"))
    assert summary(found) == "xcmetrics had no views and azuredevops had more views than usual."
    assert subject(view(found)).startswith("xcmetrics: no views")
    withheld = team_digest(plugin("k6", usual=None, usual_users=None), views=(WITHHELD, 9), usual=None)
    assert summary(withheld) == "k6 had 210 users."


def test_long_names_stay_different_and_leave_the_sentence_short():
    """Cut in the middle in subject and sentence, and whole in their cards."""
    names = [
        f"Kubernetes Cluster Cost and Capacity Overview for Regulated Workloads, EU North {n}" for n in "123"
    ]
    shown = view(team_digest(*map(grown, names), plugin("A")))
    assert subject(shown).startswith("Kubernetes Cluster…EU North 1: 31 % more views")
    assert plain(shown.summary) == (
        "Kubernetes Cluster Cost…EU North 1 had more views than usual and Kubernetes Cluster Cost…EU North 2 "
        "had more views than usual; one more plugin stands out."
    )
    assert [card.name for card in shown.cards] == names


@pytest.mark.parametrize(
    ("young", "text"),
    [
        ([{}], "Flux is too new to be judged."),
        ([{}, {}], "Flux and Flux are too new to be judged."),
        ([{}, {}, {}], "three plugins are too new to be judged."),
        ([{"first_seen": W46.plus(-30)}], "Flux cannot be judged."),
    ],
)
def test_a_week_is_ordinary_only_where_every_plugin_was_judged(young, text):
    """Of what is too new nothing is said to be usual."""
    fresh = [
        plugin("Flux", usual=None, usual_users=None, **{"first_seen": W46.plus(-2), **each}) for each in young
    ]
    digest = team_digest(plugin(), plugin("Argo CD"), *fresh)
    assert summary(digest) == f"Nothing unusual in Argo CD and Jenkins; {text}".replace(
        "Argo CD and Jenkins", "Jenkins and Argo CD"
    )
    assert subject(view(digest)).startswith("1,234 views of your ")


def test_a_far_change_of_what_cannot_be_judged_is_a_finding():
    """A plugin that loses 95 % in its third week needs a look, with no word of what is usual."""
    fallen = plugin("Flux", (20, 400), (5, 80), None, None, attention=18.5, first_seen=W46.plus(-2))
    digest = team_digest(fallen, plugin("Argo CD"))
    assert [each.reason for each in findings(digest)] == [Reason.CHANGED]
    assert subject(view(digest)) == "Flux: 95 % fewer views · Backstage week 46"
    assert (
        summary(digest) == "Flux had 95 % fewer views than the week before; nothing unusual in the other one."
    )
    assert view(digest).cards[0].sentences[0] == (
        "At most half of the views of the week before; whether that is usual is not known."
    )
    grew = replace(fallen, views=compare(900, 400))
    assert view(team_digest(grew)).summary == "Flux had 125\u00a0% more views than the week before."
    assert findings(team_digest(replace(fallen, views=compare(300, 400)))) == []


def test_the_subject_has_a_shorter_finding_rather_than_no_portal():
    """Who reads mails of several portals sees which one it is."""
    head = replace(letterhead(), brand=Brand("Acme Developer Portal of the Group", "", "", ""))
    shown = team_view(team_digest(), head, LIMITS)
    assert (
        f"{shown.finding} · {shown.place}" == "An ordinary week · Acme Developer Portal of the Group week 46"
    )


def test_the_portals_preheader_says_how_many_it_does_not_name():
    """Three by name, or two and a number."""
    many = portal(portal_digest(*(grown(name) for name in ("A", "B", "C", "D"))))
    assert many.preheader.startswith("A, B and 2 more plugins stand out. ")
