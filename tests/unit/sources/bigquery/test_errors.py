"""What goes wrong between the source and BigQuery: an error of the right kind, and never a zero."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from plugin_digest.errors import Malformed, Rejected, Unreachable
from plugin_digest.sources.bigquery import BigQuerySource
from unit.sources.bigquery.fake_bigquery import DATASET, PROJECT, Refused
from unit.sources.bigquery.portal import W46, day_tables, make_events, request
from unit.sources.ga4.loopback import Fault

CALLS = ("dry run", "insert", "job", "results")
ACCESS = (
    "Access Denied: Table acme-analytics:analytics_123456789.events_20261109: User does not have permission"
)


def only(call, fault):
    """A meddler that sends the fault to every call of that name."""
    return lambda name, answer: fault if name == call else None


def error(status, reason, message="it said so"):
    return Refused(status, reason, message).fault


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("fault", "kind", "text"),
    [
        (Fault(500, b"oops"), Unreachable, "BigQuery answered 500; try again later"),
        (Fault(503, b""), Unreachable, "BigQuery answered 503; try again later"),
        (error(429, "rateLimitExceeded"), Unreachable, "BigQuery answered 429"),
        (error(403, "rateLimitExceeded"), Unreachable, "try again later"),
        (error(403, "quotaExceeded"), Unreachable, "a quota of BigQuery is used up; again later"),
        (Fault(200, b"<html>sign in</html>"), Malformed, "something that is not JSON"),
        (Fault(200, b"[1, 2]"), Malformed, "something that cannot be read"),
        (Fault(200, b'{"kind": "bigq', length=9_000), Unreachable, "broke off in the middle of its answer"),
        (Fault(200, b'{"kind": "bigq'), Malformed, "something that is not JSON"),
        (Fault(hang=True), Unreachable, "did not"),
        (error(403, "accessDenied", ACCESS), Rejected, "roles/bigquery.dataViewer on the dataset"),
    ],
)
def test_an_answer_that_is_none_ends_the_pull(week_server, read, call, fault, kind, text):
    """At whatever call BigQuery fails, the pull fails with it (PostHog/posthog#72105)."""
    week_server.meddle = only(call, fault)
    with pytest.raises(kind, match=text) as raised:
        read(week_server, timeout_s=0.4 if fault.hang else 20).pull(request())
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (error(403, "accessDenied", "Access Denied: Project acme-analytics: User does not have "
               "bigquery.jobs.create permission in project acme-analytics."),
         "may not run queries in project acme-analytics: give it roles/bigquery.jobUser there"),
        (error(403, "accessDenied", ACCESS),
         "may not read acme-analytics.analytics_123456789: give it roles/bigquery.dataViewer"),
        (error(403, "accessNotConfigured", "BigQuery API has not been used in project 1 before or it is "
               "disabled."), "the BigQuery API is not enabled in project acme-analytics"),
        (error(403, "insufficientPermissions", "Request had insufficient authentication scopes."),
         "they lack the scope bigquery"),
        (error(403, "billingNotEnabled", "Billing has not been enabled for this project."),
         "project acme-analytics: Billing has not been enabled"),
        (error(404, "notFound", "Not found: Dataset acme-analytics:analytics_1 was not found in location US"),
         "there is no dataset acme-analytics.analytics_123456789, or not in that location"),
        (error(404, "notFound", "Not found: Project nowhere"), "Not found: Project nowhere"),
        (error(400, "invalidQuery", "Unrecognized name: event_params at [3:4]"),
         "BigQuery refused the query: Unrecognized name: event_params"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_change(week_server, read, fault, text):
    """Rights, settings and names are explained in the user's terms, on one line."""
    week_server.meddle = only("dry run", fault)
    with pytest.raises(Rejected) as refused:
        read(week_server).pull(request())
    assert text in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_job_that_fails_while_it_runs_is_no_empty_week(week_server, read):
    """The job's own error is read, not only that of the call that started it."""

    def fail(name, answer):
        if name != "job":
            return None
        failed = {"reason": "resourcesExceeded", "message": "Resources exceeded during query execution."}
        return {**answer, "status": {"state": "DONE", "errorResult": failed, "errors": [failed]}}

    week_server.meddle = fail
    with pytest.raises(Rejected, match="Resources exceeded during query execution"):
        read(week_server).pull(request())


@pytest.mark.parametrize("reason", ["stopped", "timeout"])
def test_a_job_that_bigquery_stopped_was_too_slow(week_server, read, reason):
    """jobTimeoutMs ends a job at the server; that may go better later."""

    def stop(name, answer):
        stopped = {"reason": reason, "message": "Job execution was cancelled: Job timed out after 1s"}
        return {**answer, "status": {"state": "DONE", "errorResult": stopped}} if name == "job" else None

    week_server.meddle = stop
    with pytest.raises(Unreachable, match=r"did not finish within 300 s \(source.timeout_s\)"):
        read(week_server).pull(request())


def test_a_job_that_never_ends_is_given_up(week_server, read):
    """A query that is still running at the end of its time is no answer."""

    def run_on(name, answer):
        if name == "job":
            return {**answer, "status": {"state": "RUNNING"}}
        return {"jobComplete": False, "jobReference": answer["jobReference"]} if name == "results" else None

    week_server.meddle = run_on
    with pytest.raises(Unreachable, match=r"did not finish within 3 s"):
        read(week_server, timeout_s=3).pull(request())  # each answer has as long, also on a busy machine


@pytest.mark.parametrize(
    "lose",
    [
        lambda answer: {**answer, "rows": []},
        lambda answer: {key: value for key, value in answer.items() if key != "pageToken"},
        lambda answer: {**answer, "rows": answer["rows"][:-1]},
        lambda answer: {**answer, "pageToken": "30"},
    ],
    ids=["an empty page", "no further pages", "a row less", "the same rows again"],
)
def test_a_page_missing_in_the_middle_is_not_a_smaller_portal(week_server, read, lose):
    """Fewer or more rows than there are: nothing is returned (a shrunken plugin list is no news)."""
    week_server.page_rows = 10
    pages = []

    def meddle(name, answer):
        if name != "results" or not answer.get("rows"):
            return None
        pages.append(answer)
        return lose(answer) if len(pages) == 2 else None

    week_server.meddle = meddle
    with pytest.raises(Malformed, match="rows; pull again"):
        read(week_server).pull(request())
    assert len(pages) >= 2


def test_all_pages_are_read(week_server, read):
    """However small BigQuery's pages are, and whatever size is asked for, the figures are the same."""
    whole = read(week_server).pull(request())
    week_server.page_rows = 7
    week_server.calls.clear()
    assert read(week_server).pull(request()) == whole
    assert week_server.calls.count("results") > 3
    assert read(week_server, page_rows=5).pull(request()) == whole


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda answer: {"jobComplete": True, "jobReference": answer["jobReference"]}, "without saying what"),
        (lambda answer: {**answer, "schema": {"fields": answer["schema"]["fields"][:5]}}, "column"),
        (lambda answer: _cell(answer, 3, "many"), "cannot be read"),
        (lambda answer: _cell(answer, 3, None), "another kind"),
        (lambda answer: _cell(answer, 3, "77777"), "do not add up"),
        (lambda answer: _cell(answer, 1, "someday"), "a day that is none"),
    ],
)
def test_rows_that_are_not_what_was_asked_for_are_refused(week_server, read, change, text):
    """An answer that contradicts the query or itself is not stored."""
    week_server.meddle = lambda name, answer: change(answer) if name == "results" else None
    with pytest.raises(Malformed, match=text):
        read(week_server).pull(request())


def _cell(answer, column, value):
    """The answer with another value in a column of the first plugin's row, or of the first day's."""
    scope = "day" if column == 1 else "plugin"
    changed = json.loads(json.dumps(answer))
    for row in changed.get("rows", []):
        if row["f"][0]["v"] == scope:
            row["f"][column]["v"] = value
            break
    return changed


def test_a_dry_run_that_names_no_bytes_is_refused(week_server, read):
    """What a query would cost must be known before it runs."""

    def forget(name, answer):
        return {**answer, "statistics": {"query": {}}} if name == "dry run" else None

    week_server.meddle = forget
    with pytest.raises(Malformed, match="does not say how many bytes"):
        read(week_server).pull(request())
    assert week_server.calls == ["dry run"]


def test_a_passing_failure_is_tried_again(week_server, read):
    """One 503 at each call does not cost the week."""
    failed = set()

    def stumble(name, answer):
        if name in failed:
            return None
        failed.add(name)
        return Fault(503, b"")

    week_server.meddle = stumble
    assert len(read(week_server, retry_s=30).pull(request())) == 1
    assert failed == {*CALLS}


def test_nobody_there_is_unreachable(week_server, read):
    """A refused connection is told as such."""
    source = read(week_server, endpoint="http://127.0.0.1:9")
    with pytest.raises(Unreachable, match="the connection to BigQuery failed: Connection refused"):
        source.pull(request())


def test_weeks_without_anything_are_named_with_what_is_there(serve, read):
    """An export that was linked later has nothing for the week: the line says which days it has."""
    tables = day_tables(make_events(W46, count=300))
    tables["intraday_20261118"] = []
    with pytest.raises(Rejected) as refused:
        read(serve(tables)).pull(request(W46.plus(-9), W46.plus(-8)))
    assert str(refused.value) == (
        "acme-analytics.analytics_123456789 has nothing for 2026-W37 to 2026-W38; it has 11 daily tables of "
        "2026-11-07 to 2026-11-17 and 1 intraday table of 2026-11-18 to 2026-11-18"
    )


def test_a_dataset_without_tables_says_how_to_link_it(serve, read):
    """A dataset that GA4 does not write to yet is explained, by a pull and by a check."""
    source = read(serve({}))
    for call in (lambda: source.pull(request()), source.check):
        with pytest.raises(Rejected, match="has no table of events: link the GA4 property"):
            call()


def test_no_weeks_are_no_question(week_server, read):
    """Nothing asked, nothing read."""
    assert list(read(week_server).pull(replace(request(), weeks=()))) == []
    assert week_server.calls == []


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"project": "Acme Analytics"}, "source.project: 'Acme Analytics' is no project id"),
        ({"project": "acme`; SELECT"}, "source.project"),
        ({"project": "acme-analytics\n"}, "source.project"),
        (
            {"dataset": "acme-analytics.analytics_1"},
            "source.dataset: 'acme-analytics.analytics_1' is no dataset",
        ),
        ({"dataset": "a`b"}, "source.dataset"),
        ({"job_project": "X"}, "source.job_project"),
        ({"user": "email"}, "source.user: 'email' is not known; there is user_pseudo_id and user_id"),
        ({"quiet_days": ["sonntag"]}, "source.quiet_days: 'sonntag' is no weekday"),
    ],
)
def test_a_setting_that_is_no_name_never_gets_near_the_statement(settings, text):
    """Project, dataset and user column cannot be parameters, so they are checked (and told apart)."""
    with pytest.raises(Rejected, match=text.replace("(", r"\(")):
        BigQuerySource(**{"project": PROJECT, "dataset": DATASET, **settings})


def test_a_project_of_a_domain_is_a_project():
    """Old projects are named with their company's domain."""
    assert BigQuerySource("acme.example:portal-data", DATASET).name == "ga4_bigquery"


def test_without_the_client_one_line_says_what_to_install(week_server, read, monkeypatch):
    """The client is an extra: nobody else needs it, and who does is told its name."""
    monkeypatch.setitem(sys.modules, "google.cloud.bigquery", None)
    with pytest.raises(Rejected) as refused:
        read(week_server).pull(request())
    assert str(refused.value) == (
        "source.type ga4_bigquery needs the BigQuery client: pip install 'plugin-digest[bigquery]'"
    )


def test_the_client_is_imported_only_when_a_source_is_used():
    """Whoever merely has the module around does not wait for Google's libraries, or need them."""
    program = (
        "import sys; from plugin_digest.sources.bigquery import BigQuerySource; "
        f"BigQuerySource({PROJECT!r}, {DATASET!r}); print('google.cloud.bigquery' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
