"""What the events source says of exports that are short, damaged or not what they should be."""

import gzip
import json
import os
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from plugin_digest.errors import Malformed, Rejected, SourceError, Unreachable
from plugin_digest.model import NoteKind, Snapshot, Status, Week
from plugin_digest.sources.events import EventsSource
from unit.sources.event_exports import MONDAY, W46, Body, ask, body, every_day, stamp, used, write, zstd

MANY = [body(MONDAY + timedelta(seconds=n), user=f"user:default/u{n}") for n in range(300)]


def pull_one(directory: Path, events: Iterable[Body | str], **settings: Any) -> Snapshot:
    write(directory / "e.ndjson", events)
    [snapshot] = EventsSource(f"{directory}/e.ndjson", **settings).pull(ask())
    return snapshot


def refusal(directory: Path, kind: type[SourceError], **settings: Any) -> str:
    """The one line with which the export in the directory is refused."""
    with pytest.raises(kind) as caught:
        EventsSource(f"{directory}/*", **settings).pull(ask())
    text = str(caught.value)
    assert "\n" not in text
    assert "user:default" not in text
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return text.removeprefix(f"{directory}/")


def texts(snapshot: Snapshot, kind: NoteKind) -> list[str]:
    return [note.text for note in snapshot.notes if note.kind is kind]


# Lines that cannot be read


@pytest.mark.parametrize(
    "line",
    [
        '{"event": {"action": "navigate", "subj',
        "not json",
        "5",
        "null",
        '"text"',
        "{}",
        '{"event": "navigate"}',
        json.dumps({**body(), "event": {"subject": "/x"}}),
        json.dumps({**body(), "timestamp": None}),
        json.dumps({**body(), "timestamp": "yesterday"}),
        json.dumps({**body(), "timestamp": "2026-11-09"}),
        json.dumps({**body(), "timestamp": "2026-13-09T10:00:00Z"}),
        json.dumps({**body(), "timestamp": "infinity"}),
        json.dumps({**body(), "timestamp": "0001-01-01T00:00:00Z"}),
        json.dumps({**body(), "timestamp": "9999-12-31T23:59:59Z"}),
        json.dumps({**body(), "timestamp": 1e300}),
        json.dumps({**body(), "timestamp": "nan"}),
        json.dumps({**body(), "timestamp": True}),
        json.dumps({**body(), "timestamp": 7}),
        json.dumps([5]),
    ],
)
def test_a_line_that_cannot_be_read_is_counted_and_reported(tmp_path, line):
    """Broken JSON, another shape and no valid time: not guessed at, and not passed over in silence."""
    snapshot = pull_one(tmp_path, [*MANY, line])

    assert snapshot.portal.views == 300
    assert texts(snapshot, NoteKind.UNREADABLE) == ["1 of 301 lines of the export could not be read"]


def test_bytes_that_are_no_text_are_an_unreadable_line(tmp_path):
    """A line that is not UTF-8 does not stop the others."""
    write(tmp_path / "e.ndjson", MANY)
    with (tmp_path / "e.ndjson").open("ab") as file:
        file.write(b'{"event": "\xff\xfe"}\n\x00\x00\n')

    [snapshot] = EventsSource(f"{tmp_path}/*").pull(ask())

    assert texts(snapshot, NoteKind.UNREADABLE) == ["2 of 302 lines of the export could not be read"]


def test_too_many_unreadable_lines_fail_the_pull(tmp_path):
    """Above one line in a hundred the figures are not trusted; the worst file is named."""
    write(tmp_path / "a.ndjson", [*MANY, "{"])
    write(
        tmp_path / "b.ndjson", [*MANY[:50], *["{user:default/x"] * 3, json.dumps({**body(), "timestamp": ""})]
    )

    text = refusal(tmp_path, Malformed)

    assert text == (
        "*: 5 of 355 lines cannot be read, 1 of them for want of a valid time; source.max_unreadable_share "
        f"allows 1.00%; most of them are in {tmp_path}/b.ndjson"
    )
    [snapshot] = EventsSource(f"{tmp_path}/*", max_unreadable_share=0.02).pull(ask())
    assert snapshot.portal.views == 300


def test_exactly_the_allowed_share_is_allowed(tmp_path):
    """One in a hundred is not above one in a hundred."""
    assert pull_one(tmp_path, [*MANY[:99], "{"]).portal.views == 99


def test_csv_lines_of_another_width_are_unreadable(tmp_path):
    """Too few and too many fields are counted as lines, not as fields."""
    row = f"{stamp(MONDAY)},navigate,catalog,ann"
    write(tmp_path / "t.csv", ["time,action,plugin,user", row, "x", f"{row},more,and,more", row])

    text = refusal(tmp_path, Malformed)

    assert text.startswith("*: 2 of 4 lines cannot be read;")
    assert text.endswith(f"most of them are in {tmp_path}/t.csv")


# Weeks that are not whole


def test_a_day_without_any_event_makes_the_week_incomplete(tmp_path):
    """A missing day is a gap in the export, not a small day (PostHog/posthog#72105)."""
    snapshot = pull_one(tmp_path, [event for n, event in enumerate(every_day()) if n != 3])

    assert snapshot.status is Status.INCOMPLETE
    assert snapshot.missing_days == (date(2026, 11, 12),)
    assert texts(snapshot, NoteKind.MISSING_DAYS) == ["6 of 7 days: the source has nothing for 2026-11-12"]


def test_a_week_that_lies_partly_outside_the_files_is_incomplete(tmp_path):
    """The first and the last week of an export are seldom whole."""
    write(tmp_path / "e.ndjson", [*every_day(W46.plus(-1))[5:], *every_day(W46)[:2]])

    before, after = EventsSource(f"{tmp_path}/*").pull(ask(W46.plus(-1), W46))

    assert before.missing_days == W46.plus(-1).days[:5]
    assert after.missing_days == W46.days[2:]


def test_quiet_days_may_be_without_events(tmp_path):
    """In a small portal nobody is there at weekends; that is a setting, not a guess."""
    weekdays = every_day()[:5]

    assert pull_one(tmp_path, weekdays).missing_days == W46.days[5:]
    quiet = pull_one(tmp_path, weekdays, quiet_days=frozenset({"saturday", "sunday"}))
    assert (quiet.status, quiet.missing_days) == (Status.FINAL, ())


def test_events_of_any_action_show_that_a_day_was_there(tmp_path):
    """A day with clicks and no view is a day without views: complete, and zero."""
    snapshot = pull_one(tmp_path, every_day())

    assert (snapshot.status, snapshot.portal, snapshot.plugins) == (Status.FINAL, used(0, 0), {})


def test_a_week_that_is_not_over_is_incomplete(tmp_path):
    """The day on which it is read is not over either, however many events it has."""
    write(tmp_path / "e.ndjson", every_day())
    friday = datetime(2026, 11, 13, 15, tzinfo=UTC)

    [snapshot] = EventsSource(f"{tmp_path}/*").pull(ask(as_of=friday))

    assert snapshot.status is Status.INCOMPLETE
    assert snapshot.missing_days == W46.days[4:]
    assert texts(snapshot, NoteKind.MISSING_DAYS) == [
        "4 of 7 days: 2026-11-13, 2026-11-14 and 2026-11-15 not over when this was read"
    ]


@pytest.mark.parametrize(("minutes", "status"), [(0, "provisional"), (119, "provisional"), (120, "final")])
def test_a_week_read_soon_after_its_end_is_provisional(tmp_path, minutes, status):
    """Browsers deliver up to half an hour late; until then the week may still grow."""
    write(tmp_path / "e.ndjson", every_day())
    end = datetime(2026, 11, 15, 23, tzinfo=UTC)

    [snapshot] = EventsSource(f"{tmp_path}/*").pull(ask(as_of=end + timedelta(minutes=minutes)))

    assert snapshot.status == status
    assert bool(texts(snapshot, NoteKind.NOT_SETTLED)) == (status == "provisional")


def test_a_day_that_the_zone_skipped_is_not_missing(tmp_path):
    """Samoa had no 30 December 2011."""
    week = Week(date(2011, 12, 26))
    write(
        tmp_path / "e.ndjson",
        [body(datetime(2011, 12, 26, 12, tzinfo=UTC) + timedelta(days=n)) for n in range(6)],
    )

    [snapshot] = EventsSource(f"{tmp_path}/*").pull(ask(week, zone=ZoneInfo("Pacific/Apia")))

    assert (snapshot.status, snapshot.portal.views) == (Status.FINAL, 6)


def test_a_week_outside_the_files_is_left_out(tmp_path):
    """No snapshot is made up for a week that the files know nothing of."""
    write(tmp_path / "e.ndjson", every_day())

    snapshots = EventsSource(f"{tmp_path}/*").pull(ask(W46.plus(-1), W46, W46.plus(1)))

    assert [snapshot.week for snapshot in snapshots] == [W46]


def test_weeks_that_the_files_have_nothing_for_are_refused(tmp_path):
    """The answer says which days there are."""
    write(tmp_path / "e.ndjson", every_day())

    with pytest.raises(
        Rejected, match=re.escape("nothing for 2027-W01; their events are of 2026-11-09 to 2026-11-15")
    ):
        EventsSource(f"{tmp_path}/*").pull(ask(Week(date(2027, 1, 4))))


def test_files_without_any_event_are_refused(tmp_path):
    """An empty answer is not a week of zeros (PostHog/posthog#72105)."""
    write(tmp_path / "e.ndjson.gz", [])

    assert refusal(tmp_path, Rejected) == "*: the files have nothing for 2026-W46; they hold no event at all"


# Files that are damaged or are not what they should be


def test_no_file_is_refused(tmp_path):
    """A glob that matches nothing is a wrong setting or a missing export, not an empty week."""
    (tmp_path / "folder.ndjson").mkdir()

    with pytest.raises(Rejected, match=re.escape(f"no file matches {tmp_path}/*.ndjson")):
        EventsSource(f"{tmp_path}/*.ndjson").pull(ask())


@pytest.mark.parametrize("keep", [0.5, 0.99, -8, -1])
def test_a_gzip_file_that_was_cut_off_is_refused(tmp_path, keep):
    """A short read is never a small week."""
    data = gzip.compress("".join(f"{json.dumps(event)}\n" for event in MANY).encode())
    end = int(len(data) * keep) if keep > 0 else keep
    (tmp_path / "e.ndjson.gz").write_bytes(data[:end])

    assert refusal(tmp_path, Malformed) == (
        "e.ndjson.gz: the gzip stream is cut off or damaged; copy the file again"
    )


@pytest.mark.parametrize("name", ["e.ndjson.gz", "e.csv.gz"])
def test_a_file_that_is_no_gzip_is_refused(tmp_path, name):
    """A name that promises gzip is believed."""
    (tmp_path / name).write_text("time,action,plugin\n")

    assert "the gzip stream is cut off or damaged" in refusal(tmp_path, Malformed)


@pytest.mark.parametrize("keep", [0.5, 0.99, -4, -1])
def test_a_zstandard_file_that_was_cut_off_is_refused(tmp_path, keep):
    """DuckDB reads such a file as if it ended there, so that it is looked at before."""
    path = write(tmp_path / "e.ndjson.zst", [*MANY, *MANY])
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep) if keep > 0 else keep])

    assert refusal(tmp_path, Malformed) == (
        "e.ndjson.zst: the Zstandard stream is cut off or damaged; copy the file again"
    )


@pytest.mark.parametrize("name", ["e.ndjson", "e.ndjson.gz", "t.csv", "t.parquet", "e.json.zst"])
def test_an_empty_file_is_refused(tmp_path, name):
    """An export that wrote nothing has failed."""
    (tmp_path / name).touch()
    write(tmp_path / "other.ndjson", MANY)

    assert refusal(tmp_path, Malformed) == f"{name}: the file is empty; write the export again or remove it"


def test_a_file_that_is_gone_cannot_be_opened(tmp_path):
    """A broken link, or a file removed since the folder was listed."""
    (tmp_path / "e.ndjson").symlink_to(tmp_path / "gone")

    assert refusal(tmp_path, Unreachable) == "e.ndjson: cannot be opened: No such file or directory"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_cannot_be_opened(tmp_path):
    """The line names the file and says why."""
    write(tmp_path / "e.ndjson", MANY).chmod(0)

    assert refusal(tmp_path, Unreachable) == "e.ndjson: cannot be opened: Permission denied"


@pytest.mark.parametrize("text", ['[{"event": {}},\n {"event":', "[\n {},\n]", '[{"event": {}}] trailing'])
def test_an_array_that_is_not_whole_is_refused(tmp_path, text):
    """In an array one broken place makes the rest unreadable."""
    (tmp_path / "e.json").write_text(text)

    assert refusal(tmp_path, Malformed) == "e.json: is not whole JSON; write the export again"


def test_a_parquet_file_that_was_cut_off_is_refused(tmp_path):
    """Parquet keeps its index at the end."""
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 1 AS time) TO '{tmp_path}/t.parquet'")
    data = (tmp_path / "t.parquet").read_bytes()
    (tmp_path / "t.parquet").write_bytes(data[:-20])

    assert refusal(tmp_path, Malformed) == "t.parquet: not a whole Parquet file; copy the file again"


def test_a_byte_order_mark_before_json_is_refused(tmp_path):
    """It would cost the first event of each file."""
    (tmp_path / "e.ndjson").write_text("\ufeff" + json.dumps(body()), encoding="utf-8")

    assert "begins with a byte order mark" in refusal(tmp_path, Malformed)


def test_a_line_longer_than_the_buffer_is_refused(tmp_path):
    """A file without line ends is not read as one event."""
    write(tmp_path / "e.ndjson", [body(path="/" + "x" * 40_000_000)])

    assert refusal(tmp_path, Malformed) == "e.ndjson: holds a line of more than 16 MB; write one event a line"


NAMES = {
    "time": "time, timestamp, ts, event_time, event_timestamp, created_at",
    "action": "action, event_action, event_name, event",
    "plugin": "plugin, plugin_id, pluginId, c_pluginId",
}


@pytest.mark.parametrize(
    ("name", "field", "header"),
    [
        ("t.csv", "time", "when,action,plugin"),
        ("t.csv", "action", "time,verb,plugin"),
        ("t.csv", "plugin", "time,action,module"),
        ("t.ndjson", "time", "when,action,plugin"),
        ("t.ndjson", "action", "time,verb,plugin"),
    ],
)
def test_a_table_without_a_needed_column_is_refused(tmp_path, name, field, header):
    """The line says what was looked for, what is there and where to name it."""
    record = json.dumps(dict.fromkeys(header.split(","), "x"))
    write(tmp_path / name, [header if name == "t.csv" else record])

    text = refusal(tmp_path, Rejected)

    assert text.startswith(
        f"{name}: no column for {field}: looked for {NAMES[field]}, found {header.replace(',', ', ')}; "
        "name it in source.columns"
    )
    assert ("=navigate" in text) == (field == "action")


def test_a_named_column_must_be_there(tmp_path):
    """A configured name is not replaced by a guess."""
    write(tmp_path / "t.csv", ["time,action,plugin,user", f"{stamp(MONDAY)},navigate,catalog,ann"])

    text = refusal(tmp_path, Rejected, columns={"user": "who"})

    assert text.startswith("t.csv: no column for user: looked for who, found time, action, plugin, user")


def test_a_csv_header_with_a_name_twice_is_refused(tmp_path):
    """Which of the two is meant cannot be told."""
    write(tmp_path / "t.csv", ["time,action,plugin,plugin", "x,y,z,z"])

    assert "line 1: two columns have the same name" in refusal(tmp_path, Malformed)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"columns": {"visitor": "v"}},
            "source.columns: 'visitor' is no field; the fields are time, action,",
        ),
        (
            {"quiet_days": frozenset({"sabbath"})},
            "source.quiet_days: 'sabbath' is no weekday; they are monday,",
        ),
        ({"memory_limit_mb": 8}, "cannot be counted within memory_limit_mb: 8; allow more"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused(tmp_path, settings, words):
    """One line names the setting."""
    write(tmp_path / "e.ndjson", MANY)

    assert words in refusal(tmp_path, Rejected, **settings)


def test_check_refuses_what_a_pull_would_refuse(tmp_path):
    """A newest file without one readable event is not reported as fine."""
    write(tmp_path / "e.ndjson", ["{"] * 3)

    with pytest.raises(Malformed, match=re.escape("e.ndjson: none of its first 3 lines is an event")):
        EventsSource(f"{tmp_path}/*").check()


def test_a_damaged_zstandard_block_is_refused(tmp_path):
    """Headers in order do not make the content whole; the words come from us, not from the file."""
    path = zstd(tmp_path / "t.csv.zst", b"time,action,plugin,user\n" + b"x,y,z,user:default/ann\n" * 5_000)
    data = bytearray(path.read_bytes())
    data[20:60] = bytes(40)
    path.write_bytes(data)

    refusal(tmp_path, Malformed)


def test_an_interrupted_pull_stops(tmp_path):
    """What the progress raises ends the pull and comes out of it."""
    write(tmp_path / "e.ndjson", MANY)

    def stop(*_told: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        EventsSource(f"{tmp_path}/*").pull(ask(), stop)


def test_a_wrong_first_line_does_not_decide_for_the_others(tmp_path):
    """Whether lines are events or rows of a table is told from the first fifty."""
    snapshot = pull_one(tmp_path, [{"time": "x"}, *MANY])

    assert snapshot.portal.views == 300
