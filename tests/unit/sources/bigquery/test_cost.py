"""What a pull reads and pays for, and what it refuses to pay for."""

import logging

import pytest

from plugin_digest.errors import Rejected
from unit.sources.bigquery.fake_bigquery import PROJECT, Refused
from unit.sources.bigquery.portal import W46, day_tables, make_events, request


def test_only_the_needed_days_and_columns_are_read(serve, read):
    """The week's tables and one on each side, of both kinds, and four columns; no other table."""
    tables = day_tables(make_events(*(W46.plus(n) for n in (-2, -1, 0, 1)), count=300))
    tables |= {f"intraday_{suffix}": [] for suffix in ("20261116", "20261117")}
    server = serve(tables | {"fresh_20261111": [], "2026": []})
    read(server).pull(request())
    days = {f"202611{day:02}" for day in range(8, 17)}
    assert server.read_tables == {*days, "intraday_20261116"}
    assert server.read_columns == {"event_timestamp", "event_name", "event_params", "user_pseudo_id"}


def test_each_week_is_one_query_and_every_dry_run_comes_first(serve, read):
    """Nothing is paid for before it is known that no week reads too much."""
    weeks = (W46.plus(-1), W46)
    server = serve(day_tables(make_events(*weeks, count=300)))
    read(server).pull(request(*weeks))
    assert [call for call in server.calls if call in {"dry run", "insert"}] == [
        "dry run", "dry run", "insert", "insert"]  # fmt: skip


def test_what_a_week_reads_is_logged(week_server, read, caplog):
    """An operator can see what each pull costs."""
    caplog.set_level(logging.INFO, "plugin_digest")
    read(week_server).pull(request())
    [line] = [record.getMessage() for record in caplog.records if "the query of" in record.getMessage()]
    rows = sum(len(week_server.tables[suffix]) for suffix in week_server.read_tables)
    assert line == f"{PROJECT}.analytics_123456789: the query of 2026-W46 reads {rows} kB"


def test_a_week_that_reads_too_much_is_refused_before_it_runs(week_server, read):
    """Above maximum_bytes_billed no job is started, and the line says both numbers."""
    with pytest.raises(Rejected) as refused:
        read(week_server, maximum_bytes_billed=1_000).pull(request())
    rows = sum(len(week_server.tables[suffix]) for suffix in week_server.read_tables)
    assert str(refused.value) == (
        f"acme-analytics.analytics_123456789: the query of a week reads {rows * 1000:,} bytes, and "
        "source.maximum_bytes_billed allows 1,000; nothing was read"
    )
    assert week_server.calls == ["dry run"]


def test_the_limit_goes_with_the_job_too(week_server, read):
    """BigQuery itself stops a job that would be billed more; without a setting nothing is sent."""
    read(week_server, maximum_bytes_billed=10_000_000_000, timeout_s=60).pull(request())
    dry, real = week_server.jobs
    assert real["query"]["maximumBytesBilled"] == "10000000000"
    assert real["jobTimeoutMs"] == "60000"
    assert real["labels"] == {"application": "plugin-digest"}
    assert dry["dryRun"] is True
    week_server.jobs.clear()
    read(week_server).pull(request())
    assert "maximumBytesBilled" not in week_server.jobs[-1]["query"]


def test_bigquerys_own_limit_is_told_in_our_words(week_server, read):
    """BigQuery bills 10 MB for each table at least: a low limit may pass the dry run and still be too low."""
    message = "Query exceeded limit for bytes billed: 5000000. 94371840 or higher required."

    def refuse(name, answer):
        return Refused(400, "bytesBilledLimitExceeded", message).fault if name == "insert" else None

    week_server.meddle = refuse
    with pytest.raises(Rejected, match=r"would be billed 94,371,840 bytes, and .* allows 5,000,000"):
        read(week_server, maximum_bytes_billed=5_000_000).pull(request())


def test_queries_may_be_billed_to_another_project(week_server, read):
    """job_project runs and pays, project holds the data."""
    read(week_server, job_project="acme-billing").pull(request())
    assert week_server.projects == {"acme-billing"}
    assert "FROM `acme-analytics.analytics_123456789.events_*`" in week_server.jobs[0]["query"]["query"]
