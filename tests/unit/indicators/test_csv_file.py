"""Indicators in CSV files, as people and programs write them."""

import pytest

from plugin_digest.errors import Malformed, Rejected
from plugin_digest.indicators import csv_file, read
from plugin_digest.indicators.csv_file import CsvSource
from plugin_digest.model import Scope
from unit.indicators.series import DAYS, found, request

COLUMNS = {"week": "week", "key": "key", "value": "value", "out_of": "out_of"}


@pytest.fixture
def reading(tmp_path):
    """Writes the file and reads it."""

    def reading(content, columns=COLUMNS, scope=Scope.TEAM, optional=frozenset({"out_of"})):
        path = tmp_path / "days.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return CsvSource(DAYS, scope, path, columns, optional).read(request())

    return reading


def test_a_row_is_a_value(reading):
    """By the names of the columns, in whatever order they stand; others are not looked at."""
    read = reading("value,note,key,week,out_of\n4.5,fine,ci,2026-W46,10\n3,,cloud,2026-11-02,\n")
    assert found(read) == [("2026-W45", "Cloud", 3), ("2026-W46", "ci", 4.5)]
    assert [value.out_of for value in read.values] == [None, 10]
    assert read.troubles == ()


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_separates_the_cells_is_found(reading, sign, end):
    """As spreadsheets write them in different countries, with Excel's mark and quotes."""
    rows = ["week;key;value", '"2026-W46";"ci";"7"', ""]
    assert found(reading("\ufeff" + end.join(rows).replace(";", sign))) == [("2026-W46", "ci", 7)]


def test_columns_may_be_called_otherwise(reading):
    """The portal has no key column."""
    columns = {"week": "Date", "value": "Days, mean"}
    assert found(reading('Date,"Days, mean"\n2026-11-10,2\n', columns, Scope.PORTAL)) == [("2026-W46", "", 2)]


def test_a_trouble_names_the_line_of_the_file(reading, tmp_path):
    """Counted as an editor does, also after blank lines and cells of several lines."""
    read = reading('week,key,value\n\n2026-W46,"c\ni",1\n2026-W46,ci,x\n2026-W46,ci\n')
    assert read.troubles == (
        f"{tmp_path}/days.csv:3: 'c\\ni' is not the key of a team",
        f"{tmp_path}/days.csv:5: 'x' is not a number like 1234.5",
        f"{tmp_path}/days.csv:6: has 2 cells where the header has 3",
    )


@pytest.mark.parametrize(
    ("content", "kind", "told"),
    [
        ("week,team,value\n", Rejected, ":1: has no column 'key'; its header has: week, team, value"),
        ("week,key,value,value\n", Rejected, ":1: has two columns 'value'"),
        ("", Rejected, ":1: has no column 'week'; its header has: nothing"),
        ("week,key,value\n2026-W46,\xfc,1\n".encode("latin-1"), Malformed, " is not UTF-8 text"),
        ('week,key,value\n2026-W46,ci,"1\n', Malformed, ":2: is no CSV: unexpected end of data"),
        ('week,key,value\n2026-W46,ci,"1"x\n', Malformed, ":2: is no CSV: "),
    ],
)
def test_a_file_that_cannot_be_read_says_why(reading, tmp_path, content, kind, told):
    """One line with the file, and nothing of it is taken."""
    with pytest.raises(kind) as caught:
        reading(content)
    assert str(caught.value).startswith(f"{tmp_path}/days.csv{told}")


def test_a_column_that_is_asked_for_must_be_there(reading):
    """``out_of`` may only be missing where nobody named it."""
    with pytest.raises(Rejected, match="no column 'all'"):
        reading("week,key,value\n", COLUMNS | {"out_of": "all"}, optional=frozenset())


def test_a_missing_file_is_one_line(tmp_path):
    """It is told as a trouble, and the other indicators are read."""
    missing = CsvSource(DAYS, Scope.PORTAL, tmp_path / "no.csv", COLUMNS)
    (tmp_path / "days.csv").write_text("week,value\n2026-W46,1\n")
    there = CsvSource(DAYS, Scope.PORTAL, tmp_path / "days.csv", {"week": "week", "value": "value"})
    first, second = read([missing, there], request())
    assert first.troubles == (f"{tmp_path}/no.csv cannot be read: No such file or directory",)
    assert found(second) == [("2026-W46", "", 1)]


def test_a_file_too_large_is_not_read(reading, monkeypatch):
    """Neither in bytes nor in rows."""
    monkeypatch.setattr(csv_file, "MOST_ROWS", 2)
    with pytest.raises(Malformed, match="more than 2 rows"):
        reading("week,key,value\n" + "2026-W46,ci,1\n" * 3)
    monkeypatch.setattr(csv_file, "MOST_BYTES", 10)
    with pytest.raises(Malformed, match="larger than 0 MB"):
        reading("week,key,value\n")
