# ruff: noqa: RUF001 - a range is written with a dash
"""What stands below the figures: notes, definitions, origin, and the end of a letter."""

from dataclasses import replace

import pytest

from factories import W46
from plugin_digest.model import (
    READER_MARK,
    Absent,
    Annotation,
    Break,
    BreakKind,
    Holiday,
    Move,
    Note,
    NoteKind,
    PluginState,
    Restatement,
    Status,
)
from plugin_digest.render.letterhead import href_of, web_link
from unit.render.values import (
    day,
    grown,
    history,
    incomplete,
    lines,
    part,
    plugin,
    portal,
    portal_digest,
    team_digest,
    view,
)

HIDDEN, NOT_AVAILABLE = Absent.HIDDEN, Absent.NOT_AVAILABLE


def notes_of(digest):
    return lines(view(digest).notes)


def meanings_of(digest):
    return lines(view(digest).definitions)


def broken(kind=BreakKind.ID_CHANGED, week=W46, twin="azure-devops", *, gained=False):
    return Break("jenkins", kind, week, twin, gained)


def test_an_earlier_break_is_a_note():
    """It needs no look any more, but explains the chart for as long as that shows it."""
    shown = view(team_digest(plugin(series_break=broken(week=W46.plus(-6))), plugin("Argo CD")))
    assert shown.cards == ()
    (note,) = lines(shown.notes)
    assert note.startswith("The way Jenkins is measured seems to have changed in week 40: its views may now ")


def test_annotations_stand_at_their_week():
    """In the charts, and once in words: a plugin's own in its card, the portal's in the notes."""
    release = Annotation(W46, "release 2.1", "jenkins", day(2), "https://ci.example/2.1")
    outage = Annotation(W46.plus(-3), "outage of the portal", link="javascript:alert(1)")
    shown = view(team_digest(grown(annotations=(release,)), plugin("A"), annotations=(outage, release)))
    told = [(item.text, item.link) for item in shown.cards[0].notes]
    assert told == [("11 November: release 2.1", "https://ci.example/2.1")]
    assert [(item.text, item.link) for item in shown.notes.items] == [("Week 43: outage of the portal", "")]
    assert shown.drawings[shown.cards[0].chart.name].marks == (W46.plus(-3), W46)
    assert shown.drawings[shown.chart.name].marks == (W46.plus(-3), W46)
    assert "with a note: W43, W46" in shown.chart.alt
    assert shown.chart_label.endswith("a triangle: something was noted")
    ordinary = team_digest(plugin(annotations=(release,)), plugin("A"), annotations=(outage, release))
    assert notes_of(ordinary) == ["11 November: release 2.1 (Jenkins)", "Week 43: outage of the portal"]


def test_a_plugin_that_changed_hands_is_told_to_both_teams():
    """What came has a card, what went a note; the history stays with the plugin (failures, 7.8)."""
    came = Move("jenkins", "Jenkins", "Core", "CI Platform")
    went = Move("flux", "Flux", "CI Platform", "Cloud Foundations")
    lost = Move("tekton", "Tekton", "CI Platform", "")
    found = Move("argo-cd", "Argo CD", "", "CI Platform")
    digest = team_digest(moves=(came, went, lost, found))
    told = [
        "Jenkins now belongs to CI Platform; it came from Core, and its history came with it.",
        "Flux now belongs to Cloud Foundations; its history went with it.",
        "Tekton now belongs to no team.",
        "Argo CD now belongs to CI Platform; nobody owned it before.",
    ]
    assert notes_of(digest) == told[1:3]
    assert {card.name: card.sentences for card in view(digest).cards} == {
        "Argo CD": (told[3],),
        "Jenkins": (told[0],),
    }


def test_hidden_figures_are_not_said_to_be_uncomparable():
    """Nothing is wrong with the week before where counts are only too small to be told."""
    alone = plugin("Jenkins", (HIDDEN, HIDDEN), (HIDDEN, HIDDEN))
    digest = team_digest(alone, views=(HIDDEN, HIDDEN), users=(HIDDEN, HIDDEN), hidden_below=5)
    assert view(digest).notes is None
    assert view(digest).finding == "Fewer than 5 views of Jenkins"


def test_a_short_week_is_named_above_all_figures():
    """Holidays explain a fall before anybody wonders about it."""
    holiday = Holiday(day(3), "Thanksgiving", ())
    assert view(team_digest(holidays=(holiday,))).week == (
        "Week 46, 9–15 November 2026 · 4 working days: Thanksgiving on Thursday"
    )
    both = (Holiday(day(2), "Martinmas", ("DE-ST",)), Holiday(day(3), "Independence Day", ("PL", "LV")))
    assert view(team_digest(holidays=both)).week.endswith(
        " · public holidays: Martinmas on Wednesday (DE-ST) and Independence Day on Thursday (Poland, Latvia)"
    )
    assert view(team_digest(holidays=both[:1])).week.endswith(
        " · public holiday: Martinmas on Wednesday (DE-ST)"
    )
    assert "Thanksgiving" not in view(team_digest(holidays=(holiday,), weeks=4)).week


def test_incomplete_weeks_are_not_compared():
    """The days that are known are named."""
    assert notes_of(team_digest(about=incomplete(14, 15))) == [
        "5 days of 7 are known: 9–13 November; not compared."
    ]
    assert notes_of(team_digest(about=incomplete())) == [
        "The week was not over when it was read; not compared."
    ]


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"has_previous": False}, "there are no figures of the week before"),
        ({"previous_missing_days": tuple(W46.plus(-1).days)}, "the week before has no data"),
        (
            {"previous_missing_days": (W46.plus(-1).last_day,)},
            "of the week before only 2–7 November is known",
        ),
        ({}, "the week before was not read whole, or was counted by other means"),
    ],
)
def test_the_reason_for_no_comparison_is_given(about, why):
    """A reader learns which week is short (recoupable/app#1899)."""
    first = plugin("Jenkins", (110, Absent.NO_DATA), (31, Absent.NO_DATA), None, None)
    digest = team_digest(first, views=(110, Absent.NO_DATA), users=(31, Absent.NO_DATA), about=about,
                         usual=None, usual_users=None)  # fmt: skip
    assert notes_of(digest) == [f"Not compared: {why}."]


def test_before_anything_is_usual_the_notes_say_from_when():
    """The first weeks tell changes as they are, and that ranges will come."""
    young = plugin("Jenkins", usual=None, usual_users=None)
    points = history(110, 31)[-4:]
    digest = team_digest(
        young, replace(young, name="A", plugin="a"), usual=None, usual_users=None, history=points
    )
    assert notes_of(digest) == ["What is usual is told from the fifth week on."]
    table = part(view(digest), "Your two plugins")
    assert (table.heads, lines(table)[0]) == (("Views", "Users"), "A |  | 110 +5 % | 31 +3 %")
    assert "Changes: against the week before." in meanings_of(digest)


def test_provisional_and_restated_figures_are_told():
    """What may still change, and what has changed since it was mailed, the total first (failures, 7.5)."""
    restated = (
        Restatement("", "views", 412, 431),
        Restatement("Jenkins", "users", 40, 42),
    )
    digest = team_digest(restated=restated, about={"status": Status.PROVISIONAL})
    assert notes_of(digest) == [
        "Provisional: read before the source says that its figures are settled; they may still change.",
        "Restated for week 45: views (in all) from 412 to 431, by late data.",
        "Restated for week 45: users (Jenkins) from 40 to 42, by late data.",
    ]
    assert view(digest).origin.endswith("The figures are provisional.")
    many = team_digest(restated=restated[1:] * 12)
    assert notes_of(many)[-1] == "2 more figures were restated."


def test_notes_of_the_data_are_carried_through():
    """What the source says about its data reaches the reader, each thing once."""
    notes = (
        Note(NoteKind.UNREADABLE, "9 of 5,000 lines of the export could not be read"),
        Note(NoteKind.NOT_SETTLED, "too early"),
    )
    digest = team_digest(about={"status": Status.PROVISIONAL, "notes": notes})
    assert notes_of(digest)[1:] == ["9 of 5,000 lines of the export could not be read."]


def test_source_moment_and_standing_are_named():
    """A reader can tell which reading the figures are from (google/site-kit-wp#11846)."""
    assert view(team_digest()).origin == (
        "Source: Backstage analytics events, as of 16 November 2026, 09:00 (Europe/Stockholm), reading 1. "
        "The figures are final."
    )
    without = team_digest(
        plugin(users=(NOT_AVAILABLE, NOT_AVAILABLE)), users=(NOT_AVAILABLE, NOT_AVAILABLE),
        about={"source": "own", "revision": 0},
    )  # fmt: skip
    shown = view(without)
    assert shown.origin.startswith("Source: own, as of 16 November 2026, 09:00 (Europe/Stockholm). ")
    assert shown.origin.endswith("Not available from this source: users.")
    assert [figure.label for figure in shown.figures] == ["Views"]


def test_a_team_that_was_not_counted_together_is_told_so():
    """Team users that the source cannot give are no sum (matomo-org/matomo#14767)."""
    digest = team_digest(users=(NOT_AVAILABLE, NOT_AVAILABLE))
    assert view(digest).figures[1].value == "not available"
    assert meanings_of(digest)[-1] == "Not available: the source cannot say it; it is not 0."


def test_words_are_defined_that_stand_in_the_letter():
    """States and gaps only where they occur, each in a line, and a link to more."""
    asleep = plugin("Tekton", (0, 0), (0, 0), None, None, state=PluginState.QUIET)
    unsure = plugin("Kafka", (0, Absent.NO_DATA), (0, 0), None, None, state=PluginState.QUIET)
    digest = team_digest(asleep, unsure, plugin())
    assert "Quiet: no views this week nor the week before, some earlier." in meanings_of(digest)
    assert lines(part(view(digest), "Your three plugins"))[1:] == [
        "Kafka |  | 0 |  | 0",
        "Tekton | quiet | 0 |  | 0",
    ]
    shown = view(team_digest(), docs="https://docs.acme.example/figures")
    assert shown.definitions.items[-1].link == "https://docs.acme.example/figures"
    assert not any("Quiet" in line or "Changes" in line for line in lines(shown.definitions))


def test_the_end_says_why_how_to_stop_and_whom_to_ask():
    """The reader's own reason is put in later, exactly where the mark stands."""
    why, stop, ask = view(team_digest()).ending
    assert [item.text for item in why] == [READER_MARK]
    assert [item.text for item in stop] == ["No longer wanted? Answer this mail and say so."]
    assert [(item.text, item.link) for item in ask] == [
        ("Questions, or a wrong address? Ask", ""),
        ("portal-team@acme.example", "mailto:portal-team@acme.example"),
    ]
    linked = view(team_digest(), stop="https://portal.acme.example/stop", contact="")
    assert [(item.text, item.link) for item in linked.ending[1]] == [
        ("No longer wanted?", ""),
        ("Stop these mails", "https://portal.acme.example/stop"),
    ]
    assert len(linked.ending) == 2
    assert view(team_digest(), stop="javascript:x").ending[1] == view(team_digest()).ending[1]


def test_only_web_pages_and_addresses_become_links():
    """Anything else is text."""
    assert href_of("https://chat.acme.example/portal") == "https://chat.acme.example/portal"
    assert href_of("#portal on chat") == ""
    assert web_link("javascript:alert(1)") == ""


def test_a_corrected_edition_is_marked():
    """The letter says that it replaces another."""
    digest = team_digest(edition=2)
    assert view(digest).edition == "Corrected edition 2"
    assert notes_of(digest) == ["This is corrected edition 2; it replaces what was sent before."]


def test_a_broken_series_is_not_called_a_short_one():
    """What is usual comes back with the fifth week of the new way of measuring; twelve weeks are stored."""
    gone = plugin(usual=None, usual_users=None, series_break=broken(week=W46.plus(-1)))
    found = notes_of(
        team_digest(gone, plugin("A", usual=None, usual_users=None), usual=None, usual_users=None)
    )
    assert found[0] == "What is usual is told again from the fifth week that is measured in the new way."
    whole = notes_of(team_digest(plugin(usual=None, usual_users=None), usual=None, usual_users=None))
    assert whole == []


def test_a_missing_week_takes_the_change_and_not_the_judgement():
    """Fewer users than usual is told beside a week before that nobody read."""
    alone = plugin("Jenkins", (110, Absent.NO_DATA), (9, Absent.NO_DATA))
    digest = team_digest(alone, views=(110, Absent.NO_DATA), users=(9, Absent.NO_DATA),
                         about={"has_previous": False})  # fmt: skip
    assert view(digest).summary == "Jenkins had fewer users than usual."
    assert notes_of(digest) == ["No change is given: there are no figures of the week before."]


def test_a_week_before_that_is_too_small_to_be_told_is_said_to_be():
    """And the summary does not send to notes that say nothing."""
    digest = team_digest(plugin(views=(24, HIDDEN), usual=None, usual_users=None), plugin("A", (0, 0)),
                         views=(24, HIDDEN), users=(9, HIDDEN), usual=None, usual_users=None)  # fmt: skip
    rest = replace(digest, plugins=digest.plugins[:1])
    assert notes_of(rest) == ["Not compared: the views of the week before are too few to be shown."]


@pytest.mark.parametrize(
    ("text", "german"),
    [
        ("2,506 of 337,340 lines of the export could not be read",
         "2.506 von 337.340 Zeilen des Exports waren nicht lesbar."),
        ("the events name no users", "Die Ereignisse nennen keine Personen."),
        ("who knows 1,000 things", "Who knows 1,000 things."),
    ],
)  # fmt: skip
def test_usual_notes_of_sources_are_in_the_readers_language(text, german):
    """With their numbers as that language writes them; what is not known stays as the source said it."""
    digest = team_digest(about={"notes": (Note(NoteKind.UNREADABLE, text),)})
    assert lines(view(digest, language="de").notes) == [german]


def test_what_could_not_be_read_of_a_trifle_is_told_to_the_central_team_only():
    """Eight lines of 337,340 are no news for the owners of a plugin."""
    about = {"notes": (Note(NoteKind.UNREADABLE, "8 of 337,340 lines of the export could not be read"),)}
    assert view(team_digest(about=about)).notes is None
    assert lines(portal(portal_digest(about=about)).notes) == [
        "8 of 337,340 lines of the export could not be read."
    ]


def test_a_user_is_what_the_source_knows():
    """A person where people sign in, a browser elsewhere; each meaning is one line."""
    assert "User: one person with a view; people who use several plugins count once." in meanings_of(
        team_digest()
    )
    ga4 = meanings_of(team_digest(about={"source": "ga4"}))
    assert "User: one browser with a view, or one person where the source knows people." in ga4
    assert all(len(line) <= 95 for line in ga4)
