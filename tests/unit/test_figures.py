"""Figures as rows for other tools, from the store and from a digest."""

import csv
import io
from dataclasses import astuple, replace
from datetime import date

import pytest

from factories import AS_OF, W46, snapshot, team
from plugin_digest.diff import Series, portal_digest, team_digest
from plugin_digest.figures import (
    COLUMNS,
    OTHER_COLUMNS,
    Figure,
    OtherFigure,
    as_csv,
    csv_attachment,
    digest_figures,
    figures,
    other_figures,
)
from plugin_digest.model import Absent, IndicatorValue, Ownership, Scope, Status, TeamUsage, Usage, Week

W45 = W46.plus(-1)
WEEKS = {
    W45: snapshot(W45, {"jenkins": (90, 30), "catalog": (310, 91)}, revision=2, as_of=AS_OF.replace(day=9)),
    W46: snapshot(revision=1, status=Status.PROVISIONAL),
}
CI = team("ci", plugins=frozenset({"jenkins", "new-one"}))
OWNERS = Ownership((CI,))


def of_team(snapshots=WEEKS, **changes):
    digest = team_digest(Series(W46, snapshots), CI)
    return digest_figures(replace(digest, **changes), snapshots)


def read(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_each_week_has_a_row_per_thing():
    """Portal, teams and plugins stand with views, users, status, revision and the time of the reading."""
    rows = figures([snapshot(plugins={"b": (2, 1), "a": (1, Absent.NOT_AVAILABLE)}, revision=3)])
    assert [(row.scope, row.key, row.views, row.users) for row in rows] == [
        ("portal", "portal", 10, 100),
        ("team", "ci", 120, 40),
        ("plugin", "a", 1, None),
        ("plugin", "b", 2, 1),
    ]
    assert {(row.week, row.status, row.revision, row.as_of) for row in rows} == {
        ("2026-W46", "final", 3, "2026-11-16T08:00:00+00:00")
    }


def test_what_is_absent_is_empty_and_never_zero():
    """No count of any kind leaves the field empty (matomo-org/matomo#20463)."""
    usage = TeamUsage(frozenset({"a"}), Usage(Absent.NO_DATA, Absent.HIDDEN))
    row = figures([snapshot(teams={"ci": usage})])[1]
    assert (row.views, row.users) == (None, None)
    assert as_csv([row]).splitlines()[1] == "2026-W46,team,ci,,,final,0,2026-11-16T08:00:00+00:00"


def test_weeks_are_in_order_and_sundays_are_dates():
    """Rows come oldest week first; a Sunday week is named by its first day."""
    weeks = [Week(date(2021, 8, 29)), Week(date(2021, 8, 22))]
    assert [row.week for row in figures(snapshot(w, {}, teams={}) for w in weeks)] == [
        "2021-08-22",
        "2021-08-29",
    ]


def test_the_columns_are_the_contract():
    """Other tools rely on these names, in this order."""
    assert tuple(Figure.__dataclass_fields__) == COLUMNS
    assert as_csv([]) == "week,scope,key,views,users,status,revision,as_of\n"


def test_a_team_digest_has_its_week_and_the_one_before():
    """The team's own row first, then its plugins; each week with its own status, revision and time."""
    assert [astuple(row) for row in of_team()] == [
        ("2026-W45", "team", "ci", 90, None, "final", 2, "2026-11-09T08:00:00+00:00"),
        ("2026-W45", "plugin", "jenkins", 90, 30, "final", 2, "2026-11-09T08:00:00+00:00"),
        ("2026-W45", "plugin", "new-one", 0, 0, "final", 2, "2026-11-09T08:00:00+00:00"),
        ("2026-W46", "team", "ci", 120, None, "provisional", 1, "2026-11-16T08:00:00+00:00"),
        ("2026-W46", "plugin", "jenkins", 120, 40, "provisional", 1, "2026-11-16T08:00:00+00:00"),
        ("2026-W46", "plugin", "new-one", 0, 0, "provisional", 1, "2026-11-16T08:00:00+00:00"),
    ]


def test_a_week_that_was_never_read_has_no_row():
    """A missing week is not a week of zeros."""
    assert {row.week for row in of_team({W46: WEEKS[W46]})} == {"2026-W46"}


def test_a_monthly_digest_has_the_weeks_of_both_months():
    """Its period week by week, and as many weeks before."""
    weeks = {W46.plus(-back): snapshot(W46.plus(-back)) for back in range(12)}
    found = [row.week for row in of_team(weeks, weeks=4) if row.key == "jenkins"]
    assert found == [str(W46.plus(-back)) for back in range(7, -1, -1)]


def test_what_the_digest_hides_its_file_hides():
    """The counts come from the digest, not from the store, where they are not hidden."""
    digest = team_digest(Series(W46, WEEKS), CI)
    hidden = tuple(
        replace(
            plugin,
            history=tuple(replace(point, usage=Usage(9, Absent.HIDDEN)) for point in plugin.history),
        )
        for plugin in digest.plugins
    )
    rows = digest_figures(replace(digest, plugins=hidden), WEEKS)
    assert {(row.views, row.users) for row in rows if row.scope == "plugin"} == {(9, None)}


def test_the_portal_digest_has_the_portal_and_every_plugin():
    """As the export has them, but for the teams."""
    digest = portal_digest(Series(W46, WEEKS), OWNERS, ["portal@acme.example"])
    rows = [row for row in digest_figures(digest, WEEKS) if row.week == "2026-W46"]
    assert [(row.scope, row.key, row.views) for row in rows] == [
        ("portal", "portal", 427),
        ("plugin", "catalog", 300),
        ("plugin", "jenkins", 120),
        ("plugin", "new-one", 0),
    ]
    assert set(rows) - set(figures([WEEKS[W46]])) == {rows[-1]}


@pytest.mark.parametrize("key", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_becomes_a_formula(key):
    """A plugin id that a spreadsheet would compute is shown with an apostrophe before it."""
    rows = figures([snapshot(plugins={key: (1, 1)}, teams={})])
    assert read(as_csv(rows))[1]["key"] == f"'{key}"


def test_texts_with_commas_quotes_and_lines_come_back():
    """Whatever a plugin is called, its row is one row."""
    key = 'a,"b"\nü; ; ='
    assert read(as_csv(figures([snapshot(plugins={key: (1, 1)}, teams={})])))[1]["key"] == key


def test_the_attachment_is_named_by_week_and_team():
    """UTF-8 with the mark by which Excel knows it, under a name that every mail program takes."""
    file = csv_attachment(team_digest(Series(W46, WEEKS), CI), WEEKS)
    assert (file.name, file.media_type) == ("plugin-digest-2026-W46-ci.csv", "text/csv; charset=utf-8")
    assert file.content.startswith(b"\xef\xbb\xbfweek,scope,key,")
    rows = read(file.content.decode("utf-8-sig"))
    assert tuple(rows[0]) == COLUMNS
    assert [row["views"] for row in rows if row["key"] == "jenkins"] == ["90", "120"]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("ci+cloud", "plugin-digest-2026-W46-ci+cloud.csv"),
        ("../ü b\r\nX: y", "plugin-digest-2026-W46-..---b--X--y.csv"),
        ("x" * 200, f"plugin-digest-2026-W46-{'x' * 60}.csv"),
    ],
)
def test_no_team_key_harms_the_name(key, name):
    """Neither a path nor a header comes out of it, and it is never too long."""
    digest = team_digest(Series(W46, WEEKS), replace(CI, key=key))
    assert csv_attachment(digest, WEEKS).name == name


def test_the_portals_attachment_is_named_portal():
    """As its digest is everywhere."""
    digest = portal_digest(Series(W46, WEEKS), OWNERS, ["portal@acme.example"])
    assert csv_attachment(digest, WEEKS).name == "plugin-digest-2026-W46-portal.csv"


def test_known_plugins_without_a_view_have_a_row_of_zero():
    """In whole weeks, as in the file of a digest; in a week that lacks days nothing is known of them."""
    whole, torn = snapshot(plugins={"a": (2, 1)}), snapshot(W45, {"a": (2, 1)}, status=Status.INCOMPLETE)
    nameless = snapshot(portal=Usage(9, Absent.NOT_AVAILABLE), plugins={})
    rows = [row for row in figures([whole, torn], {"a", "quiet"}) if row.scope == "plugin"]
    assert [(row.week, row.key, row.views, row.users) for row in rows] == [
        ("2026-W45", "a", 2, 1),
        ("2026-W46", "a", 2, 1),
        ("2026-W46", "quiet", 0, 0),
    ]
    assert [(row.views, row.users) for row in figures([nameless], {"quiet"})[-1:]] == [(0, None)]
    digest = {(row.week, row.key, row.views, row.users) for row in of_team()}
    known = figures(WEEKS.values(), {"new-one"})
    assert digest <= {(row.week, row.key, row.views, row.users) for row in known} | {
        ("2026-W45", "ci", 90, None),
        ("2026-W46", "ci", 120, None),
    }


def test_the_other_figures_have_a_row_each():
    """Users of 28 days, views of no plugin and without a user, and every indicator."""
    week = snapshot(plugins={}, four_weeks=Usage(Absent.NOT_AVAILABLE, 190), anonymous=2)
    values = [
        IndicatorValue("nps", W46, Scope.TEAM, "ci", 71.5, None, AS_OF),
        IndicatorValue("adoption", W46, Scope.PLUGIN, "a", 312.0, 900.0),
    ]
    rows = other_figures([week], values)
    assert tuple(OtherFigure.__dataclass_fields__) == OTHER_COLUMNS
    assert as_csv(rows, OTHER_COLUMNS).splitlines() == [
        "week,scope,key,figure,value,out_of,as_of",
        "2026-W46,portal,portal,users-28-days,190,,2026-11-16T08:00:00+00:00",
        "2026-W46,portal,portal,views-of-no-plugin,7,7,2026-11-16T08:00:00+00:00",
        "2026-W46,portal,portal,views-without-a-user,2,7,2026-11-16T08:00:00+00:00",
        "2026-W46,team,ci,nps,71.5,,2026-11-16T08:00:00+00:00",
        "2026-W46,plugin,a,adoption,312,900,",
    ]
    assert other_figures([snapshot()], [])[0].value is None
