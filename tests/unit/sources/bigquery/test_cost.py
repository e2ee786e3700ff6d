"""What a pull reads and pays for, and what it refuses to pay for."""

import logging
from dataclasses import replace
from datetime import date, timedelta

import pytest

from plugin_digest.errors import Rejected
from plugin_digest.model import NOT_TOLD, Absent, Period
from unit.sources.bigquery.fake_bigquery import PROJECT, Refused
from unit.sources.bigquery.portal import W46, day_tables, make_events, request

COLUMNS = {"event_timestamp", "event_name", "event_params", "user_pseudo_id"}


def suffixes(first: date, last: date) -> set[str]:
    return {f"{first + timedelta(days=n):%Y%m%d}" for n in range((last - first).days + 1)}


@pytest.fixture
def two_months(serve):
    """Nine weeks and what else may be in a dataset."""
    tables = day_tables(make_events(*(W46.plus(n) for n in range(-7, 2)), count=600))
    tables |= {f"intraday_{suffix}": [] for suffix in ("20261116", "20261117")}
    return serve(tables | {"fresh_20261111": [], "2026": []})


def test_only_the_needed_days_and_columns_are_read(two_months, read):
    """The week's tables, those of four weeks before, one on each side, of both kinds, and four columns."""
    read(two_months).pull(request())
    days = suffixes(date(2026, 10, 11), date(2026, 11, 16))
    assert len(days) == 37
    assert two_months.read_tables == {*days, "intraday_20261116"}
    assert two_months.read_columns == COLUMNS


def test_a_limit_that_the_weeks_before_would_exceed_leaves_them_out(two_months, read, caplog):
    """Who set a limit for a week's own tables keeps his digest: new users alone are not available."""
    [whole] = read(two_months).pull(request())
    two_months.calls.clear()
    [snapshot] = read(two_months, maximum_bytes_billed=499_999_999).pull(request())
    assert two_months.read_tables == {*suffixes(date(2026, 11, 8), date(2026, 11, 16)), "intraday_20261116"}
    assert snapshot.portal == replace(whole.portal, new_users=Absent.NOT_AVAILABLE)
    assert snapshot.four_weeks == NOT_TOLD
    assert isinstance(whole.portal.new_users, int)
    assert two_months.calls.count("dry run") == 1
    assert "source.maximum_bytes_billed allows no look at the weeks before" in caplog.text


def test_a_week_too_large_to_look_back_is_read_alone(two_months, read):
    """What counts is the dry run of the whole: the week alone is then asked for in a second one."""
    sizes = {"long": 700_000_000, "short": 400_000_000}

    def grow(name, answer):
        if name == "dry run":
            size = sizes["long" if len(two_months.read_tables) > 20 else "short"]
            answer["statistics"]["totalBytesProcessed"] = str(size)
            answer["statistics"]["query"]["totalBytesProcessed"] = str(size)

    two_months.meddle = grow
    [snapshot] = read(two_months, maximum_bytes_billed=600_000_000).pull(request())
    assert snapshot.portal.new_users is Absent.NOT_AVAILABLE
    assert [call for call in two_months.calls if call in {"dry run", "insert"}] == [
        "dry run", "dry run", "insert"]  # fmt: skip


def test_a_period_is_one_query_over_its_own_days(two_months, read, caplog):
    """Four weeks are 28 tables and one on each side, once and not four times, with what they read logged."""
    caplog.set_level(logging.INFO, "plugin_digest")
    read(two_months).pull_period(Period(W46.plus(-3), W46), request())
    assert two_months.read_tables == {
        *suffixes(date(2026, 10, 18), date(2026, 11, 16)),
        "intraday_20261116",
    }
    assert two_months.read_columns == COLUMNS
    assert [call for call in two_months.calls if call in {"dry run", "insert"}] == ["dry run", "insert"]
    assert "the query of 2026-W43 to 2026-W46 reads" in caplog.text


def test_a_period_that_reads_too_much_is_refused_before_it_runs(two_months, read):
    """The line names the period, and nothing is paid for."""
    with pytest.raises(Rejected, match=r"the query of 2026-W43 to 2026-W46 reads .* nothing was read"):
        read(two_months, maximum_bytes_billed=1_000).pull_period(Period(W46.plus(-3), W46), request())
    assert two_months.calls == ["dry run"]


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
