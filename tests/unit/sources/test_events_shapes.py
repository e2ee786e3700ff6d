"""Which files the events source reads: formats, compressions, shapes and column names."""

import gzip
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from plugin_digest.errors import Rejected
from plugin_digest.model import Absent, Page, PullRequest, Snapshot, Usage
from plugin_digest.sources.events import EventsSource
from unit.sources.event_exports import MONDAY, W46, ask, body, every_day, stamp, used, write, zstd

EVENTS = [
    body(),
    body(plugin="techdocs", path="/docs?q=1", session="s2"),
    body(user="user:default/bo", session="s3"),
    body(action="click"),
]
HEADER = "time,user,action,plugin,path,session"
ROWS = [
    f"{stamp(MONDAY)},user:default/ann,navigate,catalog,/catalog,s1",
    f'{stamp(MONDAY)},"user:default/o""neil, jr",navigate,Catalog,/catalog?x=1,s2',
    f"{stamp(MONDAY)},user:default/ann,click,catalog,/catalog,s1",
]


def pull(
    directory: Path, pattern: str = "*", request: PullRequest | None = None, **settings: Any
) -> Snapshot:
    [snapshot] = EventsSource(f"{directory}/{pattern}", **settings).pull(request or ask())
    return snapshot


def as_parquet(path: Path, select: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")


def assert_events_counted(snapshot: Snapshot) -> None:
    assert snapshot.portal == used(3, 2)
    assert snapshot.plugins == {"catalog": used(2, 2), "techdocs": used(1, 1)}
    assert snapshot.pages["techdocs"] == (Page("/docs", 1, 1),)


@pytest.mark.parametrize("name", ["e.ndjson", "e.jsonl", "e.json", "e.ndjson.gz", "e.jsonl.zst", "e.json.gz"])
def test_an_event_a_line_is_read_under_every_name_and_compression(tmp_path, name):
    """Newline-delimited JSON, plain, gzip and Zstandard."""
    write(tmp_path / name, EVENTS)

    assert_events_counted(pull(tmp_path))


@pytest.mark.parametrize("name", ["e.ndjson", "e.json", "e.json.zst"])
def test_a_posted_array_a_line_is_read(tmp_path, name):
    """A collector that writes each request's body on a line gives arrays, mixed with single events."""
    lines = [json.dumps(EVENTS[:2]), "[]", "", f"  {json.dumps([EVENTS[2]])} ", json.dumps(EVENTS[3])]
    write(tmp_path / name, lines)

    assert_events_counted(pull(tmp_path))


def test_lines_that_become_arrays_only_later_are_read(tmp_path):
    """The shape is told from each line, not from the first ones."""
    write(tmp_path / "e.ndjson", [*(body(session=f"x{n}") for n in range(3_000)), json.dumps(EVENTS)])

    assert pull(tmp_path).portal.views == 3_003


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ["e.json", "e.json.gz"])
def test_an_array_that_spans_the_file_is_read(tmp_path, name, indent):
    """A JSON array, on one line longer than what is looked at first, or indented."""
    data = json.dumps([*EVENTS, *(body(action="click", session=f"x{n}") for n in range(400))], indent=indent)
    packed = gzip.compress(data.encode()) if name.endswith(".gz") else data.encode()
    (tmp_path / name).write_bytes(packed)

    assert_events_counted(pull(tmp_path))


def test_a_gzip_file_that_was_appended_to_is_read_to_its_end(tmp_path):
    """Rotated logs are often several gzip streams in one file."""
    (tmp_path / "e.ndjson.gz").write_bytes(
        b"".join(gzip.compress(f"{json.dumps(e)}\n".encode()) for e in EVENTS)
    )

    assert_events_counted(pull(tmp_path))


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.csv.zst"])
def test_a_flat_table_in_csv_is_read(tmp_path, name, ending):
    """CSV with the usual column names and RFC 4180 quoting."""
    data = ending.join([HEADER, *ROWS, ""]).encode()
    if name.endswith(".zst"):
        zstd(tmp_path / name, data)
    else:
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)

    snapshot = pull(tmp_path)

    assert snapshot.plugins == {"catalog": used(2, 2)}
    assert snapshot.pages == {"catalog": (Page("/catalog", 2, 2),)}


def test_a_table_with_semicolons_and_a_byte_order_mark_is_read(tmp_path):
    """As spreadsheets write it."""
    rows = [line.replace(",", ";") for line in (HEADER, ROWS[0])]
    (tmp_path / "t.csv").write_text("\ufeff" + "\n".join(rows), encoding="utf-8")

    assert pull(tmp_path).plugins == {"catalog": used(1, 1)}


def test_columns_can_be_named(tmp_path):
    """A table of one's own: each field's column is named, in any letter case."""
    write(
        tmp_path / "t.csv", ['When,who,what,"the ""plugin""",where', f"{stamp(MONDAY)},ann,view,catalog,/c"]
    )
    columns = {
        "time": "when",
        "user": "who",
        "action": "=navigate",
        "plugin": 'the "plugin"',
        "path": "where",
    }

    snapshot = pull(tmp_path, columns=columns)

    assert snapshot.plugins == {"catalog": used(1, 1)}
    assert snapshot.pages == {"catalog": (Page("/c", 1, 1),)}


def test_a_flat_table_in_json_is_read(tmp_path):
    """A record without an event object is a row of a table; keys that are null may be left out."""
    rows = [
        {"timestamp": stamp(MONDAY), "action": "navigate", "pluginId": "catalog"},
        {
            "timestamp": stamp(MONDAY),
            "action": "navigate",
            "pluginId": "catalog",
            "user_id": "ann",
            "path": "/c",
        },
    ]
    write(tmp_path / "t.ndjson", rows)

    assert pull(tmp_path).plugins == {"catalog": used(2, 1)}


def test_json_columns_can_be_named(tmp_path):
    """A named column replaces the usual names, in JSON as in CSV."""
    rows = [{"t": stamp(MONDAY), 'it\'s "p"': "catalog", "plugin": "wrong", "u": "ann"}]
    write(tmp_path / "t.ndjson", rows)
    columns = {"time": "t", "action": "=navigate", "plugin": 'it\'s "p"', "user": "u"}

    assert pull(tmp_path, columns=columns).plugins == {"catalog": used(1, 1)}


@pytest.mark.parametrize(
    "moment",
    [
        "TIMESTAMP '2026-11-09 10:00'",
        "TIMESTAMPTZ '2026-11-09 11:00+01'",
        "epoch_ms(TIMESTAMP '2026-11-09 10:00')",
    ],
)
def test_a_flat_table_in_parquet_is_read(tmp_path, moment):
    """Parquet with timestamps of its own types; those without a zone are UTC."""
    as_parquet(
        tmp_path / "t.parquet",
        f"SELECT {moment} AS time, 'navigate' AS action, 'catalog' AS plugin, 'ann' AS user_id",
    )

    week_before = ask(W46.plus(-1), W46)
    [snapshot] = EventsSource(f"{tmp_path}/*").pull(week_before)

    assert snapshot.plugins == {"catalog": used(1, 1)}


def test_bodies_in_parquet_are_read(tmp_path):
    """The same nested events, converted to Parquet."""
    source = write(tmp_path / "e.ndjson", EVENTS)
    as_parquet(tmp_path / "e.parquet", f"FROM read_json('{source}')")

    assert_events_counted(pull(tmp_path, "*.parquet"))


def test_a_table_without_users_gives_no_users(tmp_path):
    """A metric that the file lacks is not available, which is not zero."""
    write(tmp_path / "t.csv", ["time,action,plugin", f"{stamp(MONDAY)},navigate,catalog"])

    assert pull(tmp_path).portal == Usage(1, Absent.NOT_AVAILABLE)


def test_files_of_all_formats_under_one_glob_are_one_export(tmp_path):
    """Nested, flat, compressed and plain files are counted together, users distinct over all of them."""
    write(tmp_path / "a.ndjson.gz", EVENTS)
    write(tmp_path / "b.csv", [HEADER, f"{stamp(MONDAY)},user:default/ann,navigate,quay,/quay,s1"])
    write(tmp_path / "c.csv", ["time,action,plugin", f"{stamp(MONDAY)},navigate,kafka"])
    as_parquet(
        tmp_path / "d.parquet", f"SELECT '{stamp(MONDAY)}' AS ts, 'navigate' AS action, 'acr' AS plugin_id"
    )
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "e.json").write_text(json.dumps([body(plugin="dora", session="9")], indent=1))

    snapshot = pull(tmp_path, "**/*.*")

    assert snapshot.portal == used(7, 2)
    assert set(snapshot.plugins) == {"catalog", "techdocs", "quay", "kafka", "acr", "dora"}


def test_a_file_name_is_taken_literally(tmp_path):
    """Quotes, brackets and stars in a file's name mean nothing to the database."""
    (tmp_path / "it's [1]*").mkdir()
    write(tmp_path / "it's [1]*" / "e?.ndjson", EVENTS)
    write(tmp_path / "e1.ndjson", [body(session="other")])

    assert_events_counted(pull(tmp_path, "*/*"))


def test_the_format_can_be_told(tmp_path):
    """Logs often end in .log; the format is a setting then."""
    write(tmp_path / "portal.log", EVENTS)

    assert_events_counted(pull(tmp_path, format="ndjson"))
    with pytest.raises(Rejected, match=re.escape("portal.log: the name does not tell the format")):
        pull(tmp_path)


def test_check_says_what_was_found(tmp_path):
    """The files, and how much of the newest one can be read; no user is named."""
    write(tmp_path / "e1.ndjson", EVENTS)
    write(tmp_path / "e2.ndjson", [*EVENTS, "{broken"])

    lines = EventsSource(f"{tmp_path}/*").check()

    assert lines == (
        "2 event files, 0.0 MB: e1.ndjson to e2.ndjson",
        "e2.ndjson: 4 of the first 5 events can be read, 3 of them views, of 2 plugins",
    )


def test_no_user_comes_out_of_the_source(tmp_path):
    """Identities are used to count and are in no snapshot."""
    secret = "user:default/very-secret-name"
    write(tmp_path / "e.ndjson", [*every_day(user=secret), body(user=secret)])

    assert "secret" not in repr(pull(tmp_path))


def test_nothing_is_left_in_the_temporary_directory(tmp_path, monkeypatch):
    """What is spilled to disk while counting is gone afterwards, also after a failure."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    noon = datetime(2026, 11, 9, 12, tzinfo=UTC)
    write(tmp_path / "e.ndjson", [body(noon + timedelta(seconds=n)) for n in range(2_000)])

    assert pull(tmp_path, "*.ndjson").portal.views == 2_000
    with pytest.raises(Rejected):
        pull(tmp_path, "*.ndjson", request=ask(W46.plus(9)))

    assert list(scratch.iterdir()) == []
