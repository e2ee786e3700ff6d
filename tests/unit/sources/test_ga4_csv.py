"""What the ga4_csv source makes of Google Analytics 4's "Download CSV" files."""

import csv
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plugin_digest.errors import Malformed, Rejected, SourceError, Unreachable
from plugin_digest.model import (
    Absent,
    NoteKind,
    Page,
    PullRequest,
    Snapshot,
    Status,
    TeamUsage,
    Usage,
    Week,
)
from plugin_digest.sources.attribution import PathRule, PluginFrom
from plugin_digest.sources.ga4_csv import Ga4CsvSource

LONDON = ZoneInfo("Europe/London")
AS_OF = datetime(2022, 2, 1, tzinfo=UTC)
FIRST = Week(date(2021, 8, 22))
NOT_AVAILABLE = Absent.NOT_AVAILABLE
SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "ga4-weekly-exports"


def report(
    rows: Sequence[str],
    header: str = "Page path and screen class,Views,Active users",
    first: str = "20210822",
    last: str = "20210828",
) -> str:
    """A detail report as Google writes it since 2023: no blank line, no total, no last line end."""
    return "\n".join(
        [
            "# ----------------------------------------",
            "# Pages and screens: Page path and screen class",
            "# Account: Acme",
            "# Property: Portal",
            "# ----------------------------------------",
            "# ",
            "# All Users",
            f"# Start date: {first}",
            f"# End date: {last}",
            header,
            *rows,
        ]
    )


def exploration(rows: Sequence[str], total: str, header: str = "Content group,Views,Total users") -> str:
    """An exploration's download: the range on one line, the total first with one field more."""
    return "\n".join(
        [
            "# ----------------------------------------",
            "# Portal",
            "# Plugins-Free form 1",
            "# 20210822-20210828",
            "# ----------------------------------------",
            "",
            header,
            f"{total},Grand total",
            *rows,
            "",
        ]
    )


def ask(*weeks: Week, **changes: Any) -> PullRequest:
    return PullRequest(**{"weeks": weeks or (FIRST,), "timezone": LONDON, "as_of": AS_OF, **changes})


def pull_one(
    directory: Path,
    text: str,
    plugin_from: PluginFrom = "first_path_segment",
    request: PullRequest | None = None,
    **settings: Any,
) -> Snapshot:
    (directory / "report.csv").write_text(text, encoding="utf-8")
    source = Ga4CsvSource(f"{directory}/*.csv", plugin_from=plugin_from, **settings)
    [snapshot] = source.pull(request or ask())
    return snapshot


def refusal(directory: Path, text: str, kind: type[SourceError], request: PullRequest | None = None) -> str:
    with pytest.raises(kind) as caught:
        pull_one(directory, text, request=request)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{directory}/")


def sum_views(path: Path) -> int:
    """The first table's views, summed without any of the source's code."""
    table = path.read_text().split("\n\n")[1].splitlines()
    return sum(int(row["Views"]) for row in csv.DictReader(table))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real exports lie beside this checkout only")
def test_twenty_real_weeks_add_up():
    """Per-week totals equal the sums of the files; the week with five days is incomplete."""
    weeks = [FIRST.plus(n) for n in range(20)]

    snapshots = Ga4CsvSource(str(SHARED / "*.csv"), plugin_from="first_path_segment").pull(ask(*weeks))

    assert [snapshot.week for snapshot in snapshots] == weeks
    for snapshot in snapshots:
        file = SHARED / f"data-export_{snapshot.week}.csv"
        plugin_views = [usage.views for usage in snapshot.plugins.values()]
        assert snapshot.portal == Usage(sum_views(file), NOT_AVAILABLE)
        assert sum(views for views in plugin_views if isinstance(views, int)) + views_of(
            snapshot.unattributed
        ) == views_of(snapshot.portal)
        assert {usage.users for usage in snapshot.plugins.values()} == {NOT_AVAILABLE}
    incomplete = [s for s in snapshots if s.status is Status.INCOMPLETE]
    assert [(str(s.week), s.days_covered) for s in incomplete] == [("2021-12-12", 5)]
    assert incomplete[0].missing_days == (date(2021, 12, 17), date(2021, 12, 18))


def views_of(usage: Usage) -> int:
    assert isinstance(usage.views, int)
    return usage.views


def test_pages_are_counted_for_the_plugin_that_their_first_segment_names(tmp_path):
    """Query strings are dropped; the bare / and GA's own rows belong to no plugin."""
    rows = [
        "/,5,4",
        "/docs/a?x=1,3,2",
        "/docs/a?x=2,2,2",
        "/Docs,1,1",
        "(not set),7,7",
        "(other),1,1",
        "/app/x,2,1",
    ]

    snapshot = pull_one(tmp_path, report(rows))

    assert snapshot.portal == Usage(21, NOT_AVAILABLE)
    assert snapshot.unattributed == Usage(15, NOT_AVAILABLE)
    assert snapshot.plugins == {"docs": Usage(6, NOT_AVAILABLE)}
    assert snapshot.pages == {"docs": (Page("/docs/a", 5, NOT_AVAILABLE), Page("/Docs", 1, 1))}


def test_the_longest_prefix_wins(tmp_path):
    """A page is the plugin's whose rule says most about it; a page that no rule takes is nobody's."""
    rules = [PathRule("/docs/", "techdocs"), PathRule("/docs/api/", "api-docs"), PathRule("/ci", "Jenkins")]
    rows = ["/docs,1,1", "/docs/x,2,1", "/docs/api/y,4,1", "/DOCS/API/z,8,1", "/ci/1,16,1", "/x,32,1"]

    snapshot = pull_one(tmp_path, report(rows), rules)

    views = {plugin: usage.views for plugin, usage in snapshot.plugins.items()}
    assert views == {"techdocs": 3, "api-docs": 12, "jenkins": 16}
    assert snapshot.unattributed == Usage(32, 1)


def test_users_are_never_added_up(tmp_path):
    """A plugin with one page has that page's users; with two, how many people they are is not known."""
    rows = ["/ci,10,4", "/docs/a,6,5", "/docs/b,3,2", "/quay?x,2,2", "/quay?y,0,1"]
    teams = {
        "ci": frozenset({"ci"}),
        "both": frozenset({"ci", "quay"}),
        "docs": frozenset({"docs"}),
        "idle": frozenset({"acr"}),
    }

    snapshot = pull_one(tmp_path, report(rows), request=ask(teams=teams))

    assert snapshot.plugins == {"ci": Usage(10, 4), "docs": Usage(9, NOT_AVAILABLE), "quay": Usage(2, 2)}
    assert snapshot.teams == {
        "ci": TeamUsage(teams["ci"], Usage(10, 4)),
        "both": TeamUsage(teams["both"], Usage(12, NOT_AVAILABLE)),
        "docs": TeamUsage(teams["docs"], Usage(9, NOT_AVAILABLE)),
        "idle": TeamUsage(teams["idle"], Usage(0, 0)),
    }
    assert [n.text for n in snapshot.notes if n.kind is NoteKind.NOT_AVAILABLE] == [
        "a report by page does not say how many users a plugin with several pages had"
    ]


def test_a_dimension_of_plugin_ids_gives_users_per_plugin(tmp_path):
    """One row per plugin; ids that an alias or letter case joins are several rows of one plugin."""
    rows = ["catalog,30,9", "Jenkins,4,3", "azureDevOps,5,4", "azure-devops,1,1", "root,8,6", "(not set),2,1"]
    request = ask(aliases={"azuredevops": "azure-devops"})

    snapshot = pull_one(tmp_path, report(rows, "Content group,Views,Active users"), "dimension", request)

    assert snapshot.plugins == {
        "azure-devops": Usage(6, NOT_AVAILABLE),
        "catalog": Usage(30, 9),
        "jenkins": Usage(4, 3),
    }
    assert snapshot.unattributed == Usage(10, NOT_AVAILABLE)
    assert snapshot.pages == {}
    assert snapshot.notes == ()


def test_a_metric_that_the_file_lacks_is_not_available(tmp_path):
    """No column of users is not a column of zeros (matomo-org/matomo#20463)."""
    snapshot = pull_one(tmp_path, report(["/ci,10"], "Page path + query string and screen class,Views"))

    assert snapshot.plugins == {"ci": Usage(10, NOT_AVAILABLE)}
    assert [n.text for n in snapshot.notes] == ["users are not available from this export"]


@pytest.mark.parametrize(
    ("header", "labels"),
    [
        ("Page path and screen class,Views,Users", ("Start date", "End date")),
        (
            "Caminho da página e classe da tela,Visualizações,Usuários ativos",
            ("Data de início", "Data de término"),
        ),
        ("Seitenpfad und Bildschirmklasse,Aufrufe,Aktive Nutzer", ("Startdatum", "Enddatum")),
        ("ページパスとスクリーン クラス,表示回数,アクティブ ユーザー", ("開始日", "終了日")),
        ("Chemin,Vues,Utilisateurs actifs", ("Date de début ", "Date de fin ")),
    ],
)
def test_a_report_in_another_language_is_read(tmp_path, header, labels):
    """Labels and headers follow the language of the interface; dates and numbers do not."""
    text = report(["/ci,10,4"], header).replace("Start date", labels[0]).replace("End date", labels[1])

    assert pull_one(tmp_path, text).plugins == {"ci": Usage(10, 4)}


def test_what_spreadsheets_do_to_a_file_is_tolerated(tmp_path):
    """Byte order mark, CRLF, semicolons, blanks of all kinds between digits and in the header."""
    rows = ["/ci;1\u00a0234;1 000", '"/a;b";"1\u202f000";5.0']
    text = "\ufeff" + report(rows, "Path;Views;Active\u00a0users").replace("\n", "\r\n") + "\r\n\r\n"

    snapshot = pull_one(tmp_path, text)

    assert snapshot.plugins == {"a;b": Usage(1000, 5), "ci": Usage(1234, 1000)}


def test_active_users_are_preferred_to_total_users(tmp_path):
    """Google Analytics means active users where it says users."""
    header = "Content group,Total users,Views,Active users"

    assert pull_one(tmp_path, report(["ci,9,20,7"], header), "dimension").plugins == {"ci": Usage(20, 7)}


def test_a_report_of_2021_holds_its_figures_three_times(tmp_path):
    """The same figures with more columns each time, in one file: counted once, with users where asked for."""
    dates = "# Start date: 20210822\n# End date: 20210828\n"
    tables = [
        report(["ci,10"], "Content group,Views"),
        f"{dates}Content group,Views,Users\nci,10,4\nquay,0,1",
        f"# All Users\n{dates}\nContent group,Hostname,Views,Users\nci,a.example,7,3\nci,b.example,3,2",
    ]

    assert pull_one(tmp_path, "\n\n".join(tables)).plugins == {"ci": Usage(10, NOT_AVAILABLE)}
    assert pull_one(tmp_path, "\n\n".join(tables), "dimension").plugins == {"ci": Usage(10, 4)}


def test_an_exploration_has_its_own_total(tmp_path):
    """The total is no row; its users are the portal's, being one distinct count."""
    snapshot = pull_one(tmp_path, exploration(["ci,10,4", "quay,5,3"], ",15,6"), "dimension")

    assert snapshot.portal == Usage(15, 6)
    assert snapshot.plugins == {"ci": Usage(10, 4), "quay": Usage(5, 3)}


def test_an_exploration_that_does_not_show_all_rows_is_refused(tmp_path):
    """Views that are in the total and in no row would be missing from somebody's digest."""
    text = refusal(tmp_path, exploration(["ci,10,4"], ",15,6"), Malformed)

    assert text.startswith("report.csv: its rows have 10 views together and its total says 15;")


def test_a_file_of_fewer_days_is_an_incomplete_week(tmp_path):
    """Five days are stored as five days of seven, and never as a small week."""
    snapshot = pull_one(tmp_path, report(["/ci,10,4"], last="20210826"))

    assert snapshot.status is Status.INCOMPLETE
    assert snapshot.missing_days == (date(2021, 8, 27), date(2021, 8, 28))
    assert snapshot.notes[0].text == "5 of 7 days: the source has nothing for 2021-08-27 and 2021-08-28"


@pytest.mark.parametrize(
    ("settling_hours", "after", "status"),
    [(0, 0, Status.FINAL), (48, 47, Status.PROVISIONAL), (48, 48, Status.FINAL), (0, -1, Status.INCOMPLETE)],
)
def test_a_week_settles_as_told(tmp_path, settling_hours, after, status):
    """Google may change figures for two days after the week's end (GA4 documentation)."""
    end = datetime(2021, 8, 28, 23, tzinfo=UTC)
    request = ask(as_of=end + timedelta(hours=after))

    snapshot = pull_one(tmp_path, report(["/ci,10,4"]), request=request, settling_hours=settling_hours)

    assert snapshot.status is status


def test_each_file_is_its_weeks_and_other_weeks_are_left_out(tmp_path):
    """Files are matched by the dates in them, whatever their names and however many there are."""
    spans = [
        ("20210822", "20210828"),
        ("20210829", "20210904"),
        ("20210905", "20210911"),
        ("20210101", "20210131"),
    ]
    for number, (first, last) in enumerate(spans):
        text = report([f"/ci,{number},1", "/x,1,1"], first=first, last=last)
        (tmp_path / f"{number}.csv").write_text(text)
    heard = []

    source = Ga4CsvSource(str(tmp_path), plugin_from="first_path_segment")
    snapshots = source.pull(ask(FIRST.plus(2), FIRST, FIRST.plus(5)), lambda *told: heard.append(told))

    assert [(s.week, views_of(s.portal)) for s in snapshots] == [(FIRST, 1), (FIRST.plus(2), 3)]
    assert heard == [("reading 0.csv", 0, 2), ("reading 2.csv", 1, 2)]


def test_two_files_of_one_week_are_refused(tmp_path):
    """Which of them counts is for a person to say; both are named."""
    (tmp_path / "older.csv").write_text(report(["/ci,9,4"]))

    text = refusal(tmp_path, report(["/ci,10,4"], last="20210826"), Rejected)

    assert text == (
        "report.csv: covers 2021-08-22 to 2021-08-26, and so does older.csv for the same week (2021-08-22); "
        "keep one of them"
    )


@pytest.mark.parametrize(
    ("first", "last", "week", "words"),
    [
        (
            "20210801",
            "20210831",
            FIRST,
            "covers 2021-08-01 to 2021-08-31, 31 days, .*; download one week per file",
        ),
        ("20210822", "20210828", Week(date(2021, 8, 23)), "its weeks start on sunday: set week_starts_on"),
        ("20210823", "20210829", FIRST, "its weeks start on monday: set week_starts_on"),
    ],
)
def test_a_file_of_another_span_than_one_week_is_refused(tmp_path, first, last, week, words):
    """The line says what the file covers and what to do (google/site-kit-wp#12043)."""
    assert re.search(
        words, refusal(tmp_path, report(["/ci,1,1"], first=first, last=last), Rejected, ask(week))
    )


def test_weeks_without_a_file_are_refused(tmp_path):
    """If there is nothing for any asked week, the line says which days there are."""
    (tmp_path / "a.csv").write_text(report(["/ci,1,1"], first="20210801", last="20210807"))

    text = refusal(tmp_path, report(["/ci,1,1"]), Rejected, ask(FIRST.plus(9)))

    assert text.endswith("no export of 2021-10-24; there are 2021-08-01 to 2021-08-28")


def test_an_unknown_header_is_refused(tmp_path):
    """The line says which columns were found and which names are known."""
    text = refusal(tmp_path, report(["/ci,1,1"], "Útvonal,Megtekintések,Felhasználók"), Rejected)

    found = "report.csv: line 10: no column of views: found Útvonal, Megtekintések, Felhasználók"
    assert text.startswith(f"{found}; known are Views,")


def test_an_overview_is_refused(tmp_path):
    """Many tables of different things cannot be one week's figures."""
    text = report(["0000,5"], "Nth day,Active users") + "\n\n# Start date: 20210822\n# End date: 20210828\n"

    answer = refusal(tmp_path, f"{text}Page title,Views\nHome,5", Rejected)

    assert answer.startswith(
        "report.csv: holds 2 different tables (by Nth day, Page title); download a detail"
    )


@pytest.mark.parametrize("last", ["20210904", "20210827"])
def test_tables_of_different_days_are_refused(tmp_path, last):
    """A snapshot report's retention table covers other days."""
    text = (
        report(["/ci,1,1"])
        + f"\n\n# Start date: 20210822\n# End date: {last}\nPage path and screen class,Views\n/a,1"
    )

    assert "holds 2 different tables" in refusal(tmp_path, text, Rejected)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (report(["/ci,1,1", "/x,many,1"]), "line 12: 'many' where a whole number belongs"),
        (report(["/ci,-1,1"]), "line 11: '-1' where a whole number belongs"),
        (report(["/ci,1.5,1"]), "line 11: '1.5' where a whole number belongs"),
        (report(["/ci,,1"]), "line 11: '' where a whole number belongs"),
        (report(["/ci,1,1", "/x,1"]), "line 12: 2 fields where the header has 3"),
        (report(["/ci,1,1", ",1,1,Grand total"]), "line 12: 4 fields where the header has 3"),
        (report(["/ci,1,1", '"/x,1,1']), "line 12: unexpected end of data"),
        (report([]), "has a header and no rows; download the report again"),
        ("", "holds no table; download the report again"),
        ("# Start date: 20210822\n# End date: 20210828\n", "holds no table; download the report again"),
        ("Path,Views\n/ci,1", "does not say in its first lines which days it covers, as '# Start date:'"),
        (report(["/ci,1,1"], first="20210829"), "does not say in its first lines which days it covers"),
        (report(["/ci,1,1"], first="20211399"), "20211399 to 20210828 are no dates"),
        (
            report(["ci,10"], "Path,Views") + "\n\n# All Users\nPath,Views,Users\nci,9,4",
            "its tables do not agree on the views: [9, 10]; download it again",
        ),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, text, words):
    """One line names the file, the line in it and what is wrong; nothing is counted around it."""
    assert words in refusal(tmp_path, text, Malformed)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    """Excel's Unicode text is UTF-16."""
    (tmp_path / "a.csv").write_bytes(report(["/ci,1,1"]).encode("utf-16"))

    with pytest.raises(Malformed, match=re.escape("a.csv: is not UTF-8 text")):
        Ga4CsvSource(f"{tmp_path}/*.csv", plugin_from="dimension").pull(ask())


def test_a_missing_folder_is_refused(tmp_path):
    """Nothing to read is a wrong setting, not an empty week."""
    with pytest.raises(Rejected, match="no file matches"):
        Ga4CsvSource(f"{tmp_path}/*.csv", plugin_from="dimension").pull(ask())
    (tmp_path / "a.csv").symlink_to(tmp_path / "gone")
    with pytest.raises(Unreachable, match=re.escape("a.csv: cannot be opened: No such file or directory")):
        Ga4CsvSource(f"{tmp_path}/*.csv", plugin_from="dimension").pull(ask())


def test_check_says_what_the_files_cover(tmp_path):
    """The span of all files and what the newest one holds."""
    (tmp_path / "a.csv").write_text(report(["/ci,10,4", "/docs/a,5,2", "/,1,1"]))
    (tmp_path / "b.csv").write_text(report(["/x,1,1"], first="20210815", last="20210821"))

    lines = Ga4CsvSource(f"{tmp_path}/*.csv", plugin_from="first_path_segment").check()

    assert lines == (
        "2 exports, 2021-08-15 to 2021-08-28",
        "a.csv: 2021-08-22 to 2021-08-28: 16 views of 2 plugins, with users",
    )
