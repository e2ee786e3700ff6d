# ruff: noqa: RUF001 - a span of days is written with a dash
"""What a letter contains, before it has a form."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from factories import W46
from plugin_digest.diff import Series, team_digest
from plugin_digest.model import Absent, Change, Note, NoteKind, PluginState, Status, Usage
from plugin_digest.render.portal import portal_view
from plugin_digest.render.view import Limits, Portal, href_of, team_view
from render_examples import (
    CI,
    SPELLINGS,
    first_seen,
    incomplete,
    many,
    of_series,
    ordinary,
    plugin_of,
    portal,
    snapshots,
    without_users,
)

PORTAL = Portal("Acme Portal", "https://backstage.acme.example", "portal-team@acme.example")
LIMITS = Limits(30, 270)


def view(digest, limits=LIMITS):
    return team_view(digest, PORTAL, limits)


def row(digest, name):
    return next(each for each in view(digest).plugins if each.name == name)


def without_previous(**changes):
    weeks = snapshots()
    previous = weeks.pop(W46.plus(-1))
    if changes:
        weeks[W46.plus(-1)] = replace(previous, **changes)
    return team_digest(Series(W46, weeks, first_seen(weeks), SPELLINGS), CI)


def test_totals_are_the_teams_own_figures():
    """Users are the distinct count over the plugins, not their sum (plausible/analytics#1444)."""
    digest = ordinary()
    users = view(digest).totals[1]
    assert users.value == "418"
    assert sum(plugin.users.current for plugin in digest.plugins) == 628


@pytest.mark.parametrize(
    ("name", "about", "views", "change"),
    [
        ("Jenkins", "", "1,520", "+31 %"),
        ("Flux", "new", "14", "+14"),
        ("SonarQube", "silent", "0", "−42"),
        ("Tekton", "quiet", "0", "no change"),
    ],
)
def test_each_plugin_has_its_word(name, about, views, change):
    """States are words beside the name, directions are signs and words."""
    found = row(ordinary(), name)
    assert (found.about, found.views, found.views_change.replace("\u00a0", " ")) == (about, views, change)


def test_back_and_never_seen_and_no_data_have_words_too():
    """The other three states: words or the figure's own word."""
    digest = of_series({"back": (*[9] * 10, 0, 12), "never": [0] * 12})
    assert row(digest, "back").about == "back"
    assert row(digest, "never").about == "never seen"
    assert row(digest, "never").picture is None
    gone = replace(plugin_of(digest, "back"), state=PluginState.NO_DATA, views=Change(Absent.NO_DATA, 3))
    shown = row(replace(digest, plugins=(gone,)), "back")
    assert (shown.about, shown.views, shown.views_change) == ("", "no data", "")


def test_zero_no_data_not_available_and_hidden_stay_apart():
    """Four values, four words, each explained where it stands (matomo-org/matomo#20463)."""
    digest = of_series({f"p{n}": [8] * 12 for n in range(4)})
    counts = (0, Absent.NO_DATA, Absent.NOT_AVAILABLE, Absent.HIDDEN)
    plugins = tuple(
        replace(plugin, users=Change(count, 3)) for plugin, count in zip(digest.plugins, counts, strict=True)
    )
    shown = view(replace(digest, plugins=plugins))
    assert [each.users for each in shown.plugins] == ["0", "no data", "not available", "hidden"]
    assert {text.partition(":")[0] for text in shown.meanings} >= {"No data", "Not available", "Hidden"}
    assert not {text.partition(":")[0] for text in view(digest).meanings} & {
        "No data",
        "Not available",
        "Hidden",
    }


def test_users_that_no_source_tells_have_no_column():
    """A column of the same words would say nothing; the total says it once."""
    shown = view(without_users())
    assert not shown.has_users
    assert shown.totals[1].value == "not available"
    assert {each.users for each in shown.pages} == {""}
    assert "The export has no column of users." in shown.notes


def test_an_incomplete_week_is_not_compared():
    """Five days of seven are named and held against nothing."""
    shown = view(incomplete())
    assert shown.notes == ("Five days of seven: 12–16 December; not compared.",)
    assert not shown.has_changes
    assert {each.views_change for each in shown.plugins} == {""}
    assert shown.totals[0].change == "not compared"
    assert "quiet" not in {each.about for each in shown.plugins}
    assert shown.chart_label.endswith("striped: incomplete")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, "there are no figures of the week before"),
        (
            {"status": Status.INCOMPLETE, "missing_days": (date(2026, 11, 7), date(2026, 11, 8))},
            "of the week before only 2–6 November is known",
        ),
        ({"source": "ga4_csv"}, "the week before was not read whole, or was counted by other means"),
    ],
)
def test_a_missing_comparison_has_a_reason(changes, why):
    """No previous week, half of one, another source: the letter says which (recoupable/app#1899)."""
    shown = view(without_previous(**changes))
    assert shown.notes[0] == f"Not compared: {why}."
    assert not shown.has_changes


def test_a_week_that_was_not_over_says_so():
    """Without a list of missing days the note still tells that the week is short."""
    digest = incomplete()
    shown = view(replace(digest, provenance=replace(digest.provenance, missing_days=(), notes=())))
    assert shown.notes == ("A week that was not over when it was read; not compared.",)


def test_notes_of_the_data_are_carried_through():
    """What the source says about its data reaches the reader, each thing once."""
    notes = (
        Note(NoteKind.UNREADABLE, "2 of 5,000 lines could not be read"),
        Note(NoteKind.NOT_SETTLED, "too early"),
    )
    digest = ordinary()
    provisional = replace(digest.provenance, status=Status.PROVISIONAL, notes=notes)
    shown = view(replace(digest, provenance=provisional))
    assert shown.notes == (
        "Provisional: read before the source says that its figures are settled; they may still change.",
        "2 of 5,000 lines could not be read.",
    )


def test_source_moment_and_revision_are_named():
    """A reader can tell which reading the figures are from (google/site-kit-wp#11846)."""
    assert view(ordinary()).origin == (
        "Source: Backstage analytics events, as of 16 November 2026, 09:00 (Europe/Stockholm), revision 1."
    )


def test_the_reader_learns_why_the_mail_came():
    """Team, plugins and the place where that is set (matomo-org/matomo#2197)."""
    shown = view(ordinary())
    assert shown.why == (
        "You get this because the team CI Platform owns these 6 plugins; that is set in teams.yaml."
    )
    assert shown.contact_href == "mailto:portal-team@acme.example"
    assert href_of("https://chat.acme.example/portal") == "https://chat.acme.example/portal"
    assert href_of("#portal on chat") == ""


def test_a_corrected_edition_is_marked():
    """The letter says that it replaces another."""
    shown = view(ordinary(edition=2))
    assert shown.edition == "Corrected edition 2"
    assert shown.notes[0] == "This is corrected edition 2; it replaces what was sent before."


def test_the_preheader_continues_the_subject():
    """Behind the subject stand the totals, the main point in the first forty characters."""
    text = view(ordinary()).preheader
    assert text.startswith("2,506 views by 418 users of your 6 plugi")
    assert 80 <= len(text) <= 160
    assert view(without_users()).preheader.startswith("2,506 views of your 6 plugins, Monday 9 to")


def test_beyond_the_table_plugins_stand_in_a_list():
    """What needs a look keeps its row, the rest its name and views, and what is cut is counted."""
    shown = view(many(300), Limits(10, 20))
    assert len(shown.plugins) == 10
    assert len(shown.rest.items) == 20
    assert shown.rest.title == "The other 290 plugins, views"
    assert shown.rest.more == "and 270 more"
    assert all(len(item) < 70 for item in shown.rest.items)


def test_gaps_in_the_chart_are_explained():
    """A dot in the chart is said to be one."""
    weeks = snapshots()
    del weeks[W46.plus(-5)]
    digest = team_digest(Series(W46, weeks, first_seen(weeks)), CI)
    assert view(digest).chart_label.endswith("; a dot: no data")
    assert "one week without data" in view(digest).chart.alt


def test_nothing_urges_more_time_in_the_portal():
    """No score, no rank, no time on page, no call to come back."""
    shown = str(view(ordinary())) + str(portal_view(portal(), PORTAL, LIMITS))
    for word in ("score", "rank", "leader", "time on", "minutes", "visit now", "come back", "increase"):
        assert word not in shown.lower()


def test_the_portal_digest_names_what_to_act_on():
    """New, silent, unowned, teams without recipient or plugin: each by name, each once."""
    shown = portal_view(portal(), PORTAL, LIMITS)
    assert {each.title: each.items for each in shown.listings} == {
        "New this week": ("Flux, CI Platform: 14 views",),
        "Silent this week": ("SonarQube, CI Platform: no views, 42 the week before",),
        "Viewed, but owned by no team": ("cost-insights: 25 views",),
        "Teams without a recipient": ("Lost and Found (1 plugin)",),
        "Teams without a plugin": ("Data Platform",),
    }
    assert [each.label for each in shown.totals] == ["Views", "Users", "Plugins in use", "Views of no plugin"]
    assert next(each for each in shown.plugins if each.name == "cost-insights").about == "no owner"


def test_a_portal_where_all_is_in_order_has_no_lists():
    """Empty lists are left out."""
    quiet = portal(new=(), silent=(), orphans=(), teams_without_recipients=(), teams_without_plugins=())
    assert portal_view(quiet, PORTAL, LIMITS).listings == ()


def test_long_lists_are_cut_with_a_count():
    """Twenty lines, then how many more."""
    digest = portal()
    shown = portal_view(replace(digest, orphans=digest.plugins * 4), PORTAL, LIMITS)
    orphans = next(each for each in shown.listings if each.title.startswith("Viewed"))
    assert (len(orphans.items), orphans.more) == (20, "and 24 more")


def test_a_team_that_was_not_counted_together_is_told_so():
    """Team users that the source cannot give are no sum (matomo-org/matomo#14767)."""
    digest = ordinary(users=Change(Absent.NOT_AVAILABLE, Absent.NOT_AVAILABLE))
    shown = view(digest)
    assert shown.has_users
    assert shown.totals[1].value == "not available"
    assert any(text.startswith("Not available: ") for text in shown.meanings)


def test_weeks_in_the_history_keep_their_place():
    """The picture has a bar or a gap for each of twelve weeks."""
    digest = ordinary()
    history = digest.plugins[0].history
    assert [point.week.first_day for point in history][:2] == [
        W46.first_day - timedelta(7 * n) for n in (11, 10)
    ]
    assert Usage(1520, 380) == history[-1].usage
