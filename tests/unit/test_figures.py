"""Stored figures as rows for other tools."""

from datetime import date

from factories import snapshot
from plugin_digest.figures import COLUMNS, Figure, figures
from plugin_digest.model import Absent, TeamUsage, Usage, Week


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
    team = TeamUsage(frozenset({"a"}), Usage(Absent.NO_DATA, Absent.HIDDEN))
    row = figures([snapshot(teams={"ci": team})])[1]
    assert (row.views, row.users) == (None, None)


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
