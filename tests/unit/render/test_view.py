# ruff: noqa: RUF001 - a range is written with a dash
"""What a team's letter says, in which order, and what it leaves out."""

from dataclasses import replace

import pytest

from factories import W46, team
from plugin_digest.diff import compare
from plugin_digest.model import (
    Absent,
    AgainstPortal,
    Annotation,
    Break,
    BreakKind,
    Holiday,
    Indicator,
    IndicatorChange,
    Move,
    Note,
    NoteKind,
    Page,
    PluginPage,
    PluginSearch,
    PluginState,
    Restatement,
    Scope,
    Search,
    Status,
)
from plugin_digest.render.chart import Kind
from plugin_digest.render.layout import Section
from plugin_digest.render.words.limits import Limits
from unit.render.values import (
    PLUGINS,
    as_ratio,
    day,
    grown,
    history,
    judged,
    letterhead,
    lines,
    new,
    part,
    plain,
    plugin,
    portal,
    portal_digest,
    silent,
    team_digest,
    view,
)

HIDDEN, NOT_AVAILABLE, WITHHELD = Absent.HIDDEN, Absent.NOT_AVAILABLE, Absent.WITHHELD
GREW, SHRANK = "so its share of them grew.", "so its share of them shrank."


def sentences(*plugins, card=0, **changes):
    return [plain(each) for each in view(team_digest(*plugins, **changes)).cards[card].sentences]


def figures_of(shown):
    return [
        plain(f"{f.label} | {f.value} {f.unit}".strip() + f" | {f.change} | {f.usual} | {f.about}")
        for f in shown
    ]


def meanings_of(digest):
    return lines(view(digest).definitions)


def broken(kind=BreakKind.ID_CHANGED, week=W46, twin="azure-devops", *, gained=False):
    return Break("jenkins", kind, week, twin, gained)


def test_an_ordinary_week_is_told_without_percentages():
    """Counts and what is usual; no arrow, no percentage, no card (issue of noise sold as news)."""
    shown = view(team_digest(pages=(PluginPage("jenkins", "Jenkins", Page("/ci", 80, 30)),)))
    assert figures_of(shown.figures) == [
        "Views | 1,234 |  | usual: 1,100–1,300 | ",
        "Users | 210 |  | usual: 180–240 | ",
    ]
    assert (shown.cards, shown.cards_title) == ((), "")
    table = part(shown, "Your three plugins")
    assert (table.name_head, table.heads) == ("Plugin", ("Views", "Usual", "Users"))
    assert lines(table) == [
        "Argo CD |  | 110 | 80–130 | 31",
        "GitHub Actions |  | 110 | 80–130 | 31",
        "Jenkins |  | 110 | 80–130 | 31",
    ]
    assert "%" not in str(replace(shown, drawings={}))


def test_what_needs_a_look_has_a_card_and_the_rest_a_line():
    """Words first, then figures and chart; what is told in a card is not told again below."""
    shown = view(team_digest(plugin("Argo CD"), grown(), silent(), new()))
    assert shown.cards_title == "Worth a look"
    assert [card.name for card in shown.cards] == ["Jenkins", "SonarQube", "Flux"]
    assert figures_of(shown.cards[0].figures) == [
        "Views | 523 | 123 more (+31 %) | usual: 310–420 | ",
        "Users | 50 |  | usual: 30–70 | ",
    ]
    assert lines(part(shown, "Your other plugin")) == ["Argo CD |  | 110 | 80–130 | 31"]
    kinds = [shown.drawings[card.chart.name].kind for card in shown.cards]
    assert kinds == [Kind.CARD] * 3


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (grown(), "More views than usual."),
        (plugin(users=(60, 40)), "More users than usual."),
        (
            plugin(views=(523, 400), users=(60, 40), usual=(310, 420)),
            "More views and users than usual.",
        ),
        (
            plugin(views=(523, 400), users=(9, 40), usual=(310, 420)),
            "More views than usual. Fewer users than usual.",
        ),
        (new(), "New: there were no views of it before."),
        (silent(), "No views this week."),
        (
            plugin("Jenkins", (60, 0), (12, 0), None, None, state=PluginState.BACK),
            "Back after a week without any views.",
        ),
    ],
)
def test_a_card_begins_with_the_finding(found, sentence):
    """Why the plugin needs a look, in words: its figures stand right below."""
    assert sentences(found, plugin("Argo CD"))[0] == sentence


@pytest.mark.parametrize(
    ("own", "whole", "is_news", "sentence"),
    [
        (-12, -15, True, f"down 12 %, while those of the whole portal are down 15 %; {GREW}"),
        (-40, 5, True, f"down 40 %, while those of the whole portal are up 5 %; {SHRANK}"),
        (30, 0, True, f"up 30 %, while those of the whole portal are unchanged; {GREW}"),
        (-40, -38, False, "down 40 %, much as those of the whole portal: down 38 %."),
        (85, 4, False, "up 85 %; those of the whole portal are up 4 %."),
        (4, -4, False, "up 4 %; those of the whole portal are down 4 %."),
        (3000, 1, True, f"up many times over, while those of the whole portal are up 1 %; {GREW}"),
    ],
)  # fmt: skip
def test_a_change_is_held_against_the_whole_portal(own, whole, is_news, sentence):
    """Down 12 % in a portal that is down 15 % is a gain, and said in words."""
    against = AgainstPortal(as_ratio(own), as_ratio(whole), is_news)
    assert sentences(grown(against_portal=against), plugin("A"))[1] == f"Its views are {sentence}"


def test_the_portal_is_not_brought_up_where_it_explains_nothing():
    """Not beside a portal that hardly moved, nor beside a plugin without views in one of the weeks."""
    still = AgainstPortal(as_ratio(40), as_ratio(0), is_news=False)
    assert len(sentences(grown(against_portal=still), plugin("A"))) == 1
    gone = AgainstPortal(as_ratio(-100), as_ratio(2), is_news=True)
    assert len(sentences(silent(against_portal=gone), plugin("A"))) == 1


@pytest.mark.parametrize(
    ("found", "how"),
    [
        (broken(), "its views may now be counted under azure-devops"),
        (broken(gained=True), "its views may have been counted under azure-devops before"),
        (broken(BreakKind.MOVED), "a part of its views may now be counted under azure-devops"),
        (broken(BreakKind.MOVED, gained=True), "a part of the views of azure-devops may now be counted here"),
        (broken(BreakKind.MOVED, twin=""), "a part of its views may now be counted under no plugin"),
        (
            broken(BreakKind.MOVED, twin="", gained=True),
            "a part of the views of no plugin may now be counted here",
        ),
        (broken(BreakKind.MOVED, twin="argo-cd"), "a part of its views may now be counted under Argo CD"),
        (broken(BreakKind.USERS_LOST), "users are hardly counted any more, while views go on"),
        (
            broken(BreakKind.USERS_JUMPED),
            "users changed out of proportion to views, so people may be told apart differently",
        ),
    ],
)  # fmt: skip
def test_a_broken_series_is_no_loss_and_nothing_new(found, how):
    """The way of measuring is named with its twin, instead of a loss of all and "new" (failures, 7.7)."""
    gone = silent("Jenkins", series_break=found)
    shown = view(team_digest(gone, plugin("Argo CD")))
    assert shown.cards[0].sentences == (
        f"The way Jenkins is measured seems to have changed in week 46: {how}.",
    )
    assert figures_of(shown.cards[0].figures) == ["Views | 0 |  |  | ", "Users | 0 |  |  | "]
    assert shown.drawings[shown.cards[0].chart.name].break_week == W46
    assert not any(line.startswith("Silent") for line in lines(shown.definitions))


def test_a_range_that_rests_on_few_weeks_says_so():
    """Nobody takes a guess from five weeks for knowledge."""
    young = grown(views_judgement=judged(523, (310, 420), weeks=5))
    assert sentences(young, plugin("A"))[-1] == ("The usual range rests on five weeks only, so it is wide.")
    assert len(sentences(grown(), plugin("A"))) == 1


def test_new_and_returning_users_are_told_where_they_are_known():
    """Both, or that there are few new ones; never a difference that gives a hidden count away."""
    shares = {"share_of_users": as_ratio(-77)}
    cards = view(team_digest(grown(new_users=12, **shares), plugin("A"), new_users=30)).cards
    assert plain(cards[0].figures[1].about) == "12 new, 38 returning; 23 % of all users of the portal"
    hidden = view(team_digest(grown(new_users=HIDDEN), plugin("A"), hidden_below=5)).cards
    assert hidden[0].figures[1].about == "fewer than 5 new"
    assert view(team_digest(new_users=30)).figures[1].about == "30 new, 180 returning"
    assert view(team_digest()).figures[1].about == ""
    assert "New users: without a view in the four weeks before." in meanings_of(team_digest(new_users=30))


def test_few_people_are_not_told_apart():
    """Fewer than five is said as such, in figures, lines and sentences, and what it means."""
    few = plugin("Jenkins", (HIDDEN, HIDDEN), (HIDDEN, HIDDEN))
    digest = team_digest(few, plugin("A"), users=(HIDDEN, HIDDEN), hidden_below=5)
    shown = view(digest)
    assert shown.summary == "An ordinary week for your two plugins."
    assert (shown.figures[1].value, shown.figures[1].is_number) == ("fewer than 5", False)
    assert lines(part(shown, "Your two plugins"))[1] == "Jenkins |  | fewer than 5 |  | fewer than 5"
    assert meanings_of(digest)[-1] == (
        "Fewer than 5: not shown exactly, because so few people could be recognised."
    )


def test_one_plugin_is_not_told_twice():
    """It has no card: what that would say stands beside the summary, and no table repeats its figures."""
    alone = view(team_digest(grown(share_of_users=as_ratio(-77))))
    assert (alone.cards, alone.cards_title, alone.parts) == ((), "", ())
    assert alone.drawings[alone.chart.name].kind is Kind.PANEL
    assert plain(alone.figures[1].about) == "23 % of all users of the portal"
    ordinary = view(team_digest(plugin()))
    assert (ordinary.parts, ordinary.cards) == ((), ())
    assert ordinary.drawings[ordinary.chart.name].kind is Kind.PANEL
    gone = view(team_digest(silent("Jenkins", series_break=broken()), views=(0, 200)))
    assert (gone.figures[0].change, gone.figures[0].usual) == ("", "")
    (remark,) = gone.remarks
    assert remark.startswith(
        "The way Jenkins is measured seems to have changed in week 46: its views may now "
    )
    by_users = view(team_digest(plugin(users=(60, 40)), users=(60, 40), usual_users=(20, 40)))
    assert by_users.drawings[by_users.chart.name].figure == "users"


def test_sixty_plugins_have_cards_lines_and_names():
    """What needs a look first, then lines, then names with figures; what is cut is counted."""
    many = [grown(f"Grown {n}") for n in range(4)] + [plugin(f"Plugin {n}") for n in range(56)]
    shown = view(team_digest(*many), Limits(cards=3, rows=10, listed=20))
    assert len(shown.cards) == 3
    table, rest = shown.parts
    assert (table.title, len(table.rows)) == ("Your other 57 plugins", 10)
    assert plain(lines(table)[0]) == "Grown 3 |  | 523 +31 % | 310–420 | 50"
    assert isinstance(rest, Section)
    assert (rest.title, len(rest.items), rest.more) == ("47 more plugins, views", 20, "and 27 more")
    assert rest.is_compact
    assert plain(rest.items[0].text) == "Plugin 9 110"


def test_all_new_plugins_have_cards_and_no_ranges():
    """A team's first week with its plugins shows no usual range where there is none."""
    shown = view(team_digest(new("Flux"), new("Argo"), usual=None, usual_users=None))
    assert [card.sentences[0] for card in shown.cards] == ["New: there were no views of it before."] * 2
    assert shown.summary == "Flux and Argo are new."
    assert not any(figure.usual for card in shown.cards for figure in card.figures)


def test_pages_and_searches_are_listed_with_links_that_work():
    """A page links into the portal, unless its path is a pattern or leads elsewhere."""
    paths = ("/ci/build", "/catalog/:kind/:name", "//evil.example", "/a b", "https://evil.example")
    pages = tuple(PluginPage("jenkins", "Jenkins", Page(path, 9, 4)) for path in paths)
    searches = (PluginSearch("jenkins", "Jenkins", Search("deploy {{ key }}", HIDDEN)),)
    shown = view(team_digest(pages=pages, searches=searches, hidden_below=5))
    table = part(shown, "Most viewed pages")
    assert [row.link for row in table.rows] == ["https://backstage.acme.example/ci/build", "", "", "", ""]
    assert (table.heads, lines(table)[0]) == (("Views", "Users"), "/ci/build | Jenkins | 9 | 4")
    assert lines(part(shown, "Searched right before they came")) == [
        "deploy { { key } } | Jenkins | fewer than 5"
    ]
    assert view(team_digest(pages=pages), link_base="ftp://x").parts[1].rows[0].link == ""


def test_a_plugin_links_to_its_own_page_where_that_is_set():
    """Cards and lines; an id that is no plain word is not put into an address."""
    odd = plugin("A", plugin='x" onclick="')
    shown = view(team_digest(grown(), plugin("Argo CD"), odd), plugin_path="/plugins/{plugin}")
    assert shown.cards[0].link == "https://backstage.acme.example/plugins/jenkins"
    links = [row.link for row in part(shown, "Your other two plugins").rows]
    assert links == ["", "https://backstage.acme.example/plugins/argo-cd"]
    assert view(team_digest(grown(), plugin("A"))).cards[0].link == ""


def test_adoption_and_other_indicators_stand_with_their_plugin():
    """312 of 900 components, +14: in the card, or in a table of their own."""
    adoption = Indicator("adoption", "Components with the annotation")
    usual = IndicatorChange(Indicator("deploys", "Deploys", "a day", 1), Scope.PLUGIN, "a", 4.25,
                            W46.plus(-1), previous=4.0, low=3.5, high=5.0)  # fmt: skip
    counted = IndicatorChange(adoption, Scope.PLUGIN, "jenkins", 312, W46, 900, 298)
    own = replace(counted, scope=Scope.TEAM, key="ci", value=12, out_of=None, previous=14)
    shown = view(
        team_digest(grown(indicators=(counted,)), plugin("A", indicators=(usual,)), indicators=(own,))
    )
    title = "Components with the annotation"
    assert figures_of(shown.cards[0].figures)[-1] == f"{title} | 312 of 900 | 14 more |  | "
    assert figures_of(shown.figures)[-1] == f"{title} | 12 | 2 fewer |  | "
    table = part(shown, "Other figures")
    assert (table.heads, lines(table)) == (
        ("Value", "Usual"),
        ["Deploys | A, week 45 | 4.2 a day +0.2 | 3.5–5.0"],
    )


def test_several_weeks_are_compared_with_as_many():
    """A monthly digest draws weeks, but holds its own span against the one before."""
    digest = team_digest(silent(views_judgement=judged(0, None), users_judgement=judged(0, None)), plugin(),
                         views=(5000, 4800), usual=(4500, 5500), weeks=4)  # fmt: skip
    shown = view(digest)
    assert shown.cards[0].sentences == ("No views in these four weeks.",)
    assert shown.drawings[shown.chart.name].usual is None
    unknown = team_digest(plugin(usual=None, usual_users=None), usual=None, usual_users=None, weeks=4)
    assert "Changes: against the four weeks before." in meanings_of(unknown)


def test_each_picture_has_words_and_a_name_of_its_own_letter():
    """Two mails of one thread do not mix up their pictures; who sees none reads the numbers."""
    first, second = view(team_digest()), view(team_digest(team=team("core")))
    assert len(first.drawings) == 4
    assert not set(first.drawings) & set(second.drawings)
    assert first.chart.alt == (
        "Views over twelve weeks, W35 to W46: from 100 to 1,234, most: 1,234 (W46); "
        "usual this week: 1,100–1,300"
    )
    drawing = first.drawings[first.chart.name]
    assert first.chart.width == str(drawing.width_on_screen)
    by_users = view(team_digest(plugin(users=(60, 40)), plugin("A"))).cards[0]
    assert by_users.chart.alt.startswith("Users over twelve weeks, W35 to W46: from 20 to 60, ")
    assert by_users.chart_label == "Users, 24 August – 15 November"


def test_a_flat_line_of_nothing_is_not_drawn():
    """A word says as much."""
    points = tuple(replace(point, usage=replace(point.usage, views=0)) for point in history(0, 0))
    shown = view(team_digest(plugin("Tekton", (0, 0), usual=(0, 5), history=points), plugin()))
    assert [row.picture is None for row in part(shown, "Your two plugins").rows] == [False, True]


def test_gaps_in_the_chart_are_explained():
    """A dot in the chart is said to be one, and a striped bar too."""
    points = list(history(1234, 210, Status.INCOMPLETE))
    gap = replace(points[5], usage=replace(points[5].usage, views=Absent.NO_DATA), status=None)
    shown = view(team_digest(history=(*points[:5], gap, *points[6:])))
    assert shown.chart_label.endswith("striped: incomplete; a dot: no data")
    assert "; 1 week without data; incomplete: W46" in shown.chart.alt


def test_hidden_weeks_are_no_gaps_in_the_data():
    """What is left out to protect people is counted apart, in the chart's words and in its label."""
    points = list(history(1234, 210))
    for n, count in ((3, HIDDEN), (4, WITHHELD)):
        points[n] = replace(points[n], usage=replace(points[n].usage, views=count))
    shown = view(team_digest(history=tuple(points)))
    assert "; 2 weeks not shown" in shown.chart.alt
    assert "without data" not in shown.chart.alt
    assert shown.chart_label.endswith("; a dot: not shown")
    hidden = [replace(each, usage=replace(each.usage, views=HIDDEN)) for each in history(1234, 210)]
    alone = view(team_digest(history=(*hidden[:-1], points[-1])))
    assert alone.chart.alt.startswith("Views over twelve weeks, W35 to W46: 1,234 (W46); ")
    points[0] = replace(points[0], usage=replace(points[0].usage, views=Absent.NO_DATA), status=None)
    both = view(team_digest(history=tuple(points)))
    assert "; 1 week without data; 2 weeks not shown" in both.chart.alt
    assert both.chart_label.endswith("; a dot: no data, or not shown")


def test_a_short_history_says_from_which_week_its_first_figure_is():
    """The first known number is not taken for that of the first week drawn."""
    points = list(history(1234, 210))
    for n in range(4):
        points[n] = replace(points[n], usage=replace(points[n].usage, views=Absent.NO_DATA), status=None)
    shown = view(team_digest(history=tuple(points)))
    assert "W35 to W46: from 104 (W39) to 1,234, most: 1,234 (W46)" in shown.chart.alt


def test_an_outage_of_the_portal_is_marked_in_every_chart():
    """A plugin's fall is seen beside it; in words it is told once."""
    outage = Annotation(W46.plus(-3), "outage of the portal")
    shown = view(team_digest(grown(), plugin("A"), annotations=(outage,)))
    assert shown.drawings[shown.chart.name].marks == (W46.plus(-3),)
    assert shown.drawings[shown.cards[0].chart.name].marks == (W46.plus(-3),)
    assert str(shown.cards).count("outage") == 0
    assert shown.cards[0].chart_label.endswith("; a triangle: something was noted")


def test_the_letterhead_is_on_every_letter():
    """Brand, language, direction and logo are passed on."""
    shown = view(team_digest(), language="de", logo=b"png")
    assert (shown.language, shown.direction, shown.logo_png) == ("de", "ltr", b"png")
    assert shown.brand is letterhead().brand
    assert (shown.title, shown.week) == ("CI Platform", "KW 46, 9.–15. November 2026")


def test_names_from_data_are_cleaned_everywhere():
    """No name brings line breaks, bidi controls or template marks into any field (google/ggrc-core#9154)."""
    evil = "a\r\nBcc: x\u202e{{ view }}\x00"
    note = Annotation(W46, evil, "a", link="https://x.example")
    bad = grown(evil, plugin="a", series_break=broken(twin=evil), annotations=(note,))
    digest = team_digest(
        bad, plugin(evil, plugin="b"), team=team("ci", name=evil, origin=evil), annotations=(note,),
        pages=(PluginPage("a", evil, Page(evil, 1, 1)),),
        searches=(PluginSearch("a", evil, Search(evil, 1)),),
        moves=(Move("a", evil, evil, evil),), holidays=(Holiday(day(1), evil, (evil,)),),
        restated=(Restatement(evil, "views", 1, 2),),
        about={"source": evil, "timezone": evil, "notes": (Note(NoteKind.OTHER, evil),)},
    )  # fmt: skip
    whole = portal_digest(bad, plugin(evil, plugin="b"), owners={"a": evil}, hold_reason=evil)
    for shown in (view(digest), portal(whole)):
        said = repr(replace(shown, drawings={}))
        for trace in ("\\n", "\\r", "\\u202e", "\\x00", "{{"):
            assert trace not in said


def test_nothing_urges_more_time_in_the_portal():
    """No score, no rank, no time on page, no call to come back (rule 11)."""
    shown = str(view(team_digest(grown(), silent(), new(), *PLUGINS)))
    for word in (
        "score",
        "Rank",
        "rank=",
        "leader",
        "time on",
        "minutes",
        "visit now",
        "come back",
        "increase",
    ):
        assert word not in shown


def test_the_rest_is_put_in_order_by_views():
    """The smallest are those without a line; a count that is not told moves nobody up."""
    small, few, quiet = (
        plugin("B", (3, 3), usual=(0, 9)),
        plugin("C", (HIDDEN, HIDDEN)),
        plugin("A", (0, 0), usual=(0, 5)),
    )
    shown = view(team_digest(quiet, few, small, plugin("Path 10"), plugin("Path 9"), hidden_below=3))
    names = [row.name for row in part(shown, "Your five plugins").rows]
    assert names == ["Path 9", "Path 10", "B", "C", "A"]


def test_a_list_of_small_plugins_tells_no_noise():
    """A change stands there only where it is news."""
    young = [plugin(f"P{n}", (99, 100), usual=None, usual_users=None) for n in range(4)]
    rest = view(team_digest(*young, grown("A")), Limits(cards=0, rows=1, listed=20)).parts[1]
    assert lines(rest) == ["P0 99", "P1 99", "P2 99", "P3 99"]
    carded = view(team_digest(*young, grown("A", views_judgement=judged(523, (600, 700)))), Limits(0, 0, 20))
    assert lines(carded.parts[0])[0] == "A 523 (+31 %)"


def test_a_change_of_the_whole_portal_is_told_to_its_teams():
    """From a twentieth on; a plugin that parts from it says so in its line."""
    fell = compare(6400, 10000)
    parted = plugin("B", against_portal=AgainstPortal(as_ratio(4), as_ratio(-36), is_news=True))
    digest = team_digest(plugin("A"), parted, portal_views=fell)
    shown = view(digest)
    assert [plain(each) for each in shown.remarks] == ["The whole portal: 36 % fewer views."]
    assert lines(part(shown, "Your two plugins"))[1].startswith("B | up 4 %, portal down 36 % | ")
    assert view(replace(digest, portal_views=compare(9700, 10000))).remarks == ()
    assert view(replace(digest, weeks=4)).remarks == ()


def test_a_new_plugin_has_no_change():
    """Of a figure that was zero before, the change would be the figure again."""
    shown = view(team_digest(new(), plugin("A"), views=(14, 0), users=(4, 0), usual=None, usual_users=None))
    assert [figure.change for figure in (*shown.figures, *shown.cards[0].figures)] == [""] * 4


def test_only_what_is_outside_is_emphasised():
    """A change that nobody judged, and an indicator within its range, is told in plain ink."""
    inside = IndicatorChange(Indicator("a", "A"), Scope.TEAM, "ci", 11, W46, None, 12, 9, 14)
    outside = replace(inside, value=15)
    shown = view(team_digest(indicators=(inside, outside), views=(1500, 1220)))
    assert [figure.is_news for figure in shown.figures] == [True, False, False, True]


def test_only_states_of_shown_rows_are_explained():
    """A word that stands nowhere needs no meaning."""
    asleep = plugin("Z", (0, 0), (0, 0), None, None, state=PluginState.QUIET)
    digest = team_digest(plugin(), asleep)
    assert any(line.startswith("Quiet") for line in lines(view(digest).definitions))
    assert not any(line.startswith("Quiet") for line in lines(view(digest, Limits(5, 1, 9)).definitions))
