# ruff: noqa: RUF001 - a range is written with a dash
"""What the central team's letter says about the whole portal."""

from dataclasses import replace

from factories import W46, team
from plugin_digest.diff import compare
from plugin_digest.model import (
    NOT_JUDGED,
    Absent,
    Annotation,
    Flaw,
    FlawKind,
    Indicator,
    IndicatorChange,
    MailStatistics,
    Move,
    Scope,
)
from plugin_digest.render.layout import Section
from plugin_digest.render.words.limits import Limits
from unit.render.values import (
    PLUGINS,
    grown,
    judged,
    lines,
    new,
    part,
    plain,
    plugin,
    portal,
    portal_digest,
    silent,
)

ADOPTION = Indicator("adoption", "Components with the annotation")


def figures_of(shown):
    return {
        figure.label: plain(
            f"{figure.value} {figure.unit}".strip() + f" | {figure.change} | {figure.usual} | {figure.about}"
        )
        for figure in shown.figures
    }


def test_the_questions_that_a_portal_owner_is_asked_are_answered():
    """Active users and their share of all people, views, plugins, teams, and who contributes."""
    digest = portal_digest(
        head_count=4000,
        four_week_users=compare(2400, 2380),
        contributing_teams=12,
        outside_plugins=(18, 30),
        indicators=(IndicatorChange(ADOPTION, Scope.PORTAL, "", 312, W46, 900, 298),),
    )
    assert figures_of(portal(digest)) == {
        "Users": "1,353 |  | usual: 1,100–1,500 | 34 % of 4,000 people",
        "Users in 28 days": "2,400 | 20 more |  | 60 % of 4,000 people",
        "Views": "9,675 |  | usual: 8,000–11,000 | ",
        "Plugins in use": "8 | 1 more |  | ",
        "Teams with a plugin in use": "12 of 15 |  |  | ",
        "Plugins from outside the central team": (
            "18 of 30 |  |  | 60 % of the plugins in use that have an owner"
        ),
        "Views of no plugin": "210 | 5 more |  | 2 % of all views",
        "Components with the annotation": "312 of 900 | 14 more |  | ",
    }


def test_what_is_not_known_is_left_out():
    """Without a head count there is no share, without users no figure of users."""
    assert list(figures_of(portal(portal_digest()))) == [
        "Users", "Views", "Plugins in use", "Views of no plugin"
    ]  # fmt: skip
    none = Absent.NOT_AVAILABLE
    silent_source = portal_digest(plugin(users=(none, none)), users=compare(none, none))
    assert list(figures_of(portal(silent_source))) == ["Views", "Plugins in use", "Views of no plugin"]
    assert portal(silent_source).drawings[portal(silent_source).chart.name].figure == "views"


def test_movers_have_cards_with_their_owner():
    """Unusual weeks in words; new and silent plugins are listed, not carded."""
    shown = portal(portal_digest(grown(), silent(), new(), plugin("Argo CD")))
    assert shown.cards_title == "Plugins with an unusual week"
    assert [(card.name, card.about, card.sentences[0]) for card in shown.cards] == [
        ("Jenkins", "CI Platform", "More views than usual.")
    ]
    assert lines(part(shown, "New this week")) == ["Flux, CI Platform: 14 views"]
    assert lines(part(shown, "Silent this week")) == ["SonarQube, CI Platform: no views, 42 the week before"]


def test_every_plugin_stands_in_the_table_with_its_rank():
    """Rank and owner are for the central team only."""
    digest = portal_digest(grown(rank=1), plugin("Argo CD", rank=2), new(rank=3))
    shown = portal(replace(digest, owners={"jenkins": "CI Platform"}), Limits(5, 2, 30))
    table = part(shown, "All 3 plugins")
    assert table.heads == ("Rank", "Views", "Usual", "Users")
    assert lines(table) == [
        "Jenkins | CI Platform | 1 | 523 +31 % | 310–420 | 50",
        "Argo CD | no owner | 2 | 110 | 80–130 | 31",
    ]
    rest = part(shown, "1 more plugin, views")
    assert lines(rest) == ["Flux 14"]
    assert part(portal(portal_digest()), "All 3 plugins").heads == ("Views", "Usual", "Users")


def test_the_central_team_reads_what_to_act_on():
    """Orphans, moves, teams without readers or plugins, and flaws of what is known of owners."""
    digest = portal_digest(
        orphans=(plugin("cost-insights", (25, 23)),),
        moves=(Move("jenkins", "Jenkins", "Core", "CI Platform"), Move("flux", "Flux", "Core", "")),
        teams_without_recipients=(team("lost", name="Lost and Found", plugins=frozenset({"kafka"})),),
        teams_without_plugins=(team("idle", name="Data Platform", plugins=frozenset()),),
        flaws=(Flaw(FlawKind.DANGLING_OWNER, "group:default/x", "does not exist", "catalog-info.yaml"),),
    )
    lists = {each.title: lines(each) for each in portal(digest).parts if isinstance(each, Section)}
    assert lists == {
        "Viewed, but owned by no team": ["cost-insights: 25 views"],
        "Plugins that changed hands": [
            "Jenkins: from Core to CI Platform",
            "Flux: from Core to no owner",
        ],
        "Teams without a recipient": ["Lost and Found (1 plugin)"],
        "Teams without a plugin": ["Data Platform"],
        "What is wrong with what is known of owners": ["group:default/x does not exist (catalog-info.yaml)"],
    }


def test_a_portal_where_all_is_in_order_has_one_table():
    """Empty lists are left out."""
    assert [each.title for each in portal(portal_digest()).parts] == ["All 3 plugins"]


def test_long_lists_are_cut_with_a_count():
    """Twenty lines, then how many more."""
    orphans = part(portal(portal_digest(orphans=PLUGINS * 8)), "Viewed, but owned by no team")
    assert (len(orphans.items), orphans.more) == (20, "and 4 more")


def test_the_fate_of_last_weeks_mails_is_told():
    """Only what there was, and what was sent in any case."""
    mail = MailStatistics(W46.plus(-1), sent=1240, refused=1, deferred=2, unknown=1, opted_out=3)
    mails = part(portal(portal_digest(mail=mail)), "Mails of week 45")
    assert lines(mails) == [
        "1,240 mails sent", "1 refused", "2 not accepted yet", "1 in doubt", "3 opted out"
    ]  # fmt: skip
    quiet = part(portal(portal_digest(mail=MailStatistics(W46.plus(-1), sent=1))), "Mails of week 45")
    assert lines(quiet) == ["1 mail sent"]


def test_the_quality_of_the_data_is_told():
    """Why the week was held, and what a break may mean for it."""
    digest = portal_digest(hold_reason="views fell by 62 %", annotations=(Annotation(W46, "outage"),))
    assert lines(portal(digest).notes) == [
        "This week was held and then released: views fell by 62 %.",
        "Week 46: outage",
    ]


def test_adoption_stands_with_each_plugin():
    """312 of 900 components, +14: owners are seen to see adoption and not only clicks."""
    change = IndicatorChange(ADOPTION, Scope.PLUGIN, "jenkins", 312, W46, 900, 298)
    table = part(portal(portal_digest(plugin(indicators=(change,)))), "Other figures")
    assert lines(table) == ["Components with the annotation | Jenkins | 312 of 900 +14"]
    several = part(portal(portal_digest(plugin(indicators=(change,) * 5)), Limits(5, 2, 9)), "Other figures")
    assert (len(several.rows), several.more) == (2, "and 3 more")


def test_the_chart_is_of_users_and_marked_with_what_happened_to_the_portal():
    """Active people are the first question; a plugin's own notes stay with the plugin."""
    notes = (Annotation(W46.plus(-2), "outage"), Annotation(W46, "release", "jenkins"))
    shown = portal(portal_digest(annotations=notes))
    drawing = shown.drawings[shown.chart.name]
    assert (drawing.figure, drawing.marks) == ("users", (W46.plus(-2),))
    assert shown.chart_label.startswith("Users in each of twelve weeks, 24 August – 15 November; ")


def test_hidden_plugins_have_no_rank_and_no_exact_count():
    """Fewer than five, in the table and among the others."""
    few = plugin("Flux", (Absent.HIDDEN, 3), (Absent.HIDDEN, 2))
    shown = portal(portal_digest(grown(rank=1), few, hidden_below=5))
    assert lines(part(shown, "All 2 plugins"))[1] == "Flux | CI Platform |  | fewer than 5 |  | fewer than 5"


def test_unusual_size_of_the_portal_is_the_finding():
    """In counts where a percentage would not say it."""
    lost = portal_digest(views=compare(0, 10), users=compare(0, 5), views_judgement=judged(0, (5, 20)))
    assert portal(lost).summary == "10 fewer views than the week before."
    jumped = portal_digest(views=compare(9675, 9675), views_judgement=judged(9675, (100, 200)))
    assert portal(jumped).summary.startswith("An unusual week for the portal: 9,675 views")


def test_a_change_against_the_finding_is_not_told_for_the_portal():
    """Fewer views than the week before and yet more than usual is no fall."""
    odd = portal(portal_digest(views=compare(9000, 9700), views_judgement=judged(9000, (7000, 8500))))
    assert plain(odd.finding) == "9,000 views, usual: 7,000–8,500"
    assert plain(odd.summary) == "An unusual week for the portal: 9,000 views, usual: 7,000–8,500."


def test_the_preheader_does_not_repeat_the_subject_of_a_portal_without_history():
    """The views stand in the subject, so the users follow."""
    young = portal(portal_digest(views_judgement=NOT_JUDGED, users_judgement=NOT_JUDGED))
    assert plain(young.finding).startswith("9,675 views")
    assert plain(young.preheader) == "1,353 users, 9–15 November."
