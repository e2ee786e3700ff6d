"""What a source error says and of which kind it is, for everything that can go wrong on the way."""

import gzip
import json
import re
import threading
from datetime import UTC, datetime

import pytest

from plugin_digest.errors import Malformed, Rejected, Unreachable
from plugin_digest.sources.ga4 import Ga4Source
from unit.sources.ga4.fake_ga4 import ACCOUNT, PROPERTY, SCOPE, error_body
from unit.sources.ga4.loopback import Fault
from unit.sources.ga4.portal import make_events
from unit.sources.ga4.test_pull import W46, request

POOL = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k8s"
GZIP = {"Content-Encoding": "gzip"}
NOW = datetime(2026, 11, 30, 22, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _events(fake):
    fake.events = make_events([W46])


def answers(server, fault: Fault, *, of: str = "runReport", times: int = 10**6) -> list[str]:
    """Sends the fault in place of the first answers; gives the methods that were asked."""
    asked: list[str] = []

    def meddle(method, answer):
        asked.append(method)
        return fault if method == of and asked.count(of) <= times else None

    server.meddle = meddle
    return asked


def refusal(status: int, word: str, message: str) -> Fault:
    return Fault(status, error_body(status, word, message))


class TestRetries:
    """What passes by itself is asked again, and nothing else."""

    @pytest.mark.parametrize("status", [500, 503])
    def test_a_server_error_that_passes(self, source, server, waits, status):
        """Two failures, then the right figures; the waits grow."""
        whole = source().pull(request())
        answers(server, refusal(status, "UNAVAILABLE", "The service is unavailable."), times=2)
        assert source().pull(request()) == whole
        assert len(waits) == 2

    def test_a_server_error_for_ever(self, source, server, waits):
        """Given up within the ten server errors an hour that the property allows; nothing is returned."""
        asked = answers(server, refusal(500, "INTERNAL", "Internal error encountered."))
        with pytest.raises(Unreachable, match="500: Internal error encountered"):
            source(dimension="contentGroup").pull(request())
        assert 4 <= len(asked) <= 10
        assert max(waits) <= 20

    def test_too_many_at_once_passes(self, source, server, waits):
        """The concurrent kind of 429 clears in seconds."""
        whole = source().pull(request())
        fault = refusal(429, "RESOURCE_EXHAUSTED", "Exhausted concurrent requests quota. Please wait.")
        answers(server, fault, times=2)
        assert source().pull(request()) == whole
        assert len(waits) == 2

    def test_too_many_at_once_for_ever(self, source, server):
        """Says what to lower."""
        fault = refusal(429, "RESOURCE_EXHAUSTED", "Exhausted concurrent requests quota.")
        answers(server, fault)
        with pytest.raises(Unreachable, match=r"lower source\.max_concurrent"):
            source().pull(request())

    @pytest.mark.parametrize(
        ("message", "back"),
        [
            (
                "Exhausted property tokens for a project per hour. These will return in under an hour.",
                "2026-11-30 23:15 UTC",
            ),
            (
                "Exhausted property tokens per day. These quota tokens will return in under 24 hours.",
                "2026-12-01 08:00 UTC",
            ),
            (
                "Exhausted client errors quota. These quota tokens will return in under 15 minutes.",
                "2026-11-30 22:30 UTC",
            ),
            ("Exhausted potentially thresholded requests quota.", "an hour"),
        ],
    )
    def test_an_exhausted_quota_is_not_asked_again(self, source, server, waits, message, back):
        """Hourly and daily exhaustion end the pull at once and say when it may go through."""
        asked = answers(server, refusal(429, "RESOURCE_EXHAUSTED", message))
        with pytest.raises(
            Unreachable, match=f"property {PROPERTY}: the quota is used up: again after {back}"
        ):
            source(clock=lambda: NOW).pull(request())
        assert (asked.count("runReport"), waits) == (1, [])

    def test_a_failure_ends_the_pull(self, source, server, fake):
        """A failure in the last step gives no week at all, and nothing is asked afterwards."""
        answers(server, refusal(400, "INVALID_ARGUMENT", "No."), of="batchRunReports")
        with pytest.raises(Rejected, match="refused the report: No"):
            source().pull(request())


class TestRefusals:
    """400, 401 and 403 in the words of the one who can do something."""

    @pytest.mark.parametrize(
        ("status", "message", "words"),
        [
            (
                400,
                "Field customEvent:c_pluginId is not a valid dimension. For a list of valid dimensions",
                "register it in Google Analytics under Admin > Custom definitions, scope Event",
            ),
            (400, "Field plugin is not a valid dimension.", "source.dimension wants an API name"),
            (400, "Please remove dateHour to make the request compatible.", "refused the report: Please"),
            (
                403,
                "User does not have sufficient permissions for this property. To learn more",
                f"{ACCOUNT} may not read property {PROPERTY}: add it as a Viewer",
            ),
            (
                403,
                "Google Analytics Data API has not been used in project 4711 before or it is disabled.",
                "not enabled .*analyticsdata.googleapis.com.project=4711",
            ),
            (403, "Request had insufficient authentication scopes.", "lack the scope analytics.readonly"),
            (403, "The analyticsdata.googleapis.com API requires a quota project.", "set-quota-project"),
            (403, "Invalid property ID: abc. A numeric Property ID is required.", "wants the number"),
            (413, "Request too large.", "answered 413: Request too large"),
        ],
    )
    def test_what_to_do_about_it(self, source, server, waits, status, message, words):
        """Each refusal is Rejected, asked once, and says what to change."""
        answers(server, refusal(status, "X", message))
        with pytest.raises(Rejected, match=words):
            source().pull(request())
        assert waits == []

    def test_a_token_that_is_not_accepted(self, source, server):
        """google-auth fetches another token twice; then it is the key's fault."""
        asked = answers(server, refusal(401, "UNAUTHENTICATED", "Request had invalid credentials."))
        with pytest.raises(Rejected, match=f"Google did not accept {ACCOUNT}"):
            source().pull(request())
        assert asked.count("runReport") == 3

    @pytest.mark.parametrize("property_id", ["G-ABC123DEF", "g-abc", "UA-1-1", "acme", "", "properties/1"])
    def test_an_id_that_is_no_property_id(self, source, fake, property_id):
        """Nothing is sent for a measurement id or another one that is no number."""
        for call in (source(property_id).check, lambda: source(property_id).pull(request())):
            with pytest.raises(Rejected, match="wants the number that Google Analytics shows under Admin"):
                call()
        assert fake.calls == []

    def test_a_quiet_day_that_is_no_weekday(self, source):
        """Weekdays go by their English names."""
        with pytest.raises(Rejected, match="'sonntag' is no weekday; they are monday, "):
            source(quiet_days={"sonntag"}).check()

    def test_another_property(self, source):
        """A property that the account may not read."""
        with pytest.raises(Rejected, match="may not read property 99"):
            source("99").pull(request())

    def test_no_plugin_ids_and_no_paths(self, source, fake):
        """What to change in the portal's app-config."""
        fake.events = [type(e)(e.at, e.user, group="catalog:entity") for e in fake.events]
        with pytest.raises(Rejected, match=r"contentGroup holds 'catalog:entity'.*contentGrouping: pluginId"):
            source().pull(request())

    def test_paths_need_a_reading(self, source):
        """dimension pagePath alone does not say how a path names its plugin."""
        with pytest.raises(Rejected, match=r"source\.plugin_from"):
            source(dimension="pagePath").pull(request())


class TestBrokenAnswers:
    """A short or garbled answer is an error and never a zero (PostHog/posthog#72105)."""

    @pytest.mark.parametrize(
        ("fault", "kind", "words"),
        [
            (Fault(body=b"<html>Sign in to the Wi-Fi</html>"), Malformed, "not JSON"),
            (Fault(body=b""), Malformed, "not JSON .0 bytes"),
            (Fault(body=b'{"rows": [{"dimen'), Malformed, "not JSON"),
            (Fault(body=b"{}"), Malformed, "its columns are"),
            (Fault(body=b"[]"), Malformed, "unreadable answer"),
            (Fault(body=b"null"), Malformed, "unreadable answer"),
            (Fault(body=b"[" * 100_000), Malformed, "not JSON"),
            (Fault(headers=GZIP, body=b"not gzip"), Malformed, "decompressed"),
            (Fault(body=b'{"rows": [', length=4000), Unreachable, "broke off"),
            (Fault(headers=GZIP, body=gzip.compress(b"{}")[:9], length=900), Unreachable, "broke off"),
            (
                Fault(302, headers={"Location": "https://a.example/?token=x"}),
                Rejected,
                "to https://a.example/:",
            ),
            (Fault(404, b"<html>Not Found</html>"), Rejected, "answered 404 Not Found"),
            (Fault(502, b"<html>Bad Gateway</html>"), Unreachable, "answered 502 Bad Gateway"),
        ],
    )
    @pytest.mark.parametrize("of", ["runReport", "batchRunReports"])
    def test_an_answer_that_is_none(self, source, server, of, fault, kind, words):
        """In the first step or the last: an error of the right kind."""
        if of == "batchRunReports":
            words = words.replace("its columns are", "0 answers").replace("unreadable answer", "0 answers")
        answers(server, fault, of=of)
        with pytest.raises(kind, match=words):
            source().pull(request())

    def test_a_body_cut_off_once(self, source, server):
        """A connection that broke is tried again."""
        whole = source().pull(request())
        answers(server, Fault(body=b'{"rows": [', length=4000), times=1)
        assert source().pull(request()) == whole

    def test_no_answer_in_time(self, source, server, waits):
        """A hanging server is given up after its time, several times."""
        answers(server, Fault(hang=True))
        with pytest.raises(Unreachable, match="did not answer in time"):
            source(timeout_s=0.4).pull(request())
        assert len(waits) == 3

    def test_nobody_there(self, source, waits):
        """A closed port: nobody listens."""
        with pytest.raises(Unreachable, match="Connection refused"):
            source(endpoint="http://127.0.0.1:9").pull(request())
        assert len(waits) == 3

    @pytest.mark.parametrize("endpoint", ["analyticsdata.googleapis.com", "ftp://x", "http://"])
    def test_an_endpoint_that_is_no_address(self, source, endpoint):
        """The setting is to be corrected."""
        with pytest.raises(Rejected, match="not a valid http or https URL"):
            source(endpoint=endpoint).pull(request())

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda report: report["rows"][0]["metricValues"].append({"value": "1"}), "cells"),
            (lambda report: report["rows"][0]["metricValues"][0].update(value="many"), "many"),
            (lambda report: report["rows"][0]["metricValues"][0].update(value="-1"), "a count is -1"),
            (lambda report: report["rows"][0].pop("metricValues"), "metricValues"),
            (lambda report: report["dimensionHeaders"].reverse(), "its columns are"),
            (lambda report: report.pop("metricHeaders"), "its columns are"),
            (
                lambda report: report["rows"][0]["dimensionValues"][-1].update(value="date_range_7"),
                "date_range_7",
            ),
            (lambda report: report.pop("rowCount"), "more rows than it says"),
            (lambda report: report.update(rows="all"), "unreadable"),
        ],
    )
    def test_rows_that_do_not_fit_the_question(self, source, server, change, words):
        """Other columns, cells that are no counts, other weeks than were asked for."""

        def meddle(method, answer):
            if len(answer.get("dimensionHeaders", ())) == 3:
                change(answer)
            return answer

        server.meddle = meddle
        with pytest.raises(Malformed, match=words):
            source().pull(request(W46.plus(-1), W46))

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda page: page.update(rows=[]), "after 3 came a page of 0 of"),
            (lambda page: page.update(rowCount=page["rowCount"] - 1), "came a page of 3 of"),
        ],
    )
    def test_a_page_missing_in_the_middle(self, source, server, change, words):
        """An empty page before the end, or a row count that moved: not what was there so far."""

        def meddle(method, answer):
            paged = [report for report in server.fake.reports if report.offset == 3]
            if paged and method == "runReport" and server.fake.reports[-1] is paged[0]:
                change(answer)
            return answer

        server.meddle = meddle
        with pytest.raises(Malformed, match=words):
            source(page_rows=3, dimension="contentGroup").pull(request())

    def test_a_row_on_two_pages(self, source, server):
        """Where a row comes twice another one is missing (Priyanshu-byte-coder/devtrack#3000)."""
        first = {}

        def meddle(method, answer):
            report = server.fake.reports[-1]
            key = tuple(d.name for d in report.dimensions)
            if report.offset and key in first:
                return {**answer, "rows": first[key]}
            first.setdefault(key, answer.get("rows"))
            return answer

        server.meddle = meddle
        with pytest.raises(Malformed, match="came twice"):
            source(page_rows=3, dimension="contentGroup").pull(request())

    def test_a_report_missing_from_a_batch(self, source, server):
        """Fewer answers than reports."""

        def meddle(method, answer):
            return {"reports": answer["reports"][1:]} if method == "batchRunReports" else answer

        server.meddle = meddle
        with pytest.raises(Malformed, match=r"\d answers to \d reports"):
            source().pull(request())

    def test_metadata_that_are_none(self, source, server):
        """The search for the dimension does not guess."""
        answers(server, Fault(body=b'{"dimensions": 3}'), of="metadata")
        with pytest.raises(Malformed, match="unreadable metadata"):
            source().pull(request())


class TestConcurrency:
    """How much is asked at once."""

    @pytest.mark.parametrize(("setting", "most"), [(1, 1), (3, 3), (99, 10)])
    def test_never_more_than_the_setting_and_ten(self, source, server, setting, most):
        """One property answers ten requests at once."""
        server.delay_s = 0.02
        source(max_concurrent=setting).pull(request(*(W46.plus(-n) for n in range(8))))
        assert 1 <= server.most_at_once <= most

    def test_nothing_keeps_running(self, source, server):
        """After a failure no thread of the pull is left."""
        before = set(threading.enumerate())
        answers(server, refusal(400, "INVALID_ARGUMENT", "No."))
        with pytest.raises(Rejected):
            source(dimension="contentGroup").pull(request())
        assert not [t for t in threading.enumerate() if t not in before and t.name.startswith("ga4")]


class TestCredentials:
    """How the token is come by, and what is wrong where it is not."""

    def test_the_key_signs_for_reading_only(self, source, server):
        """One token for the whole pull, of the scope that can only read."""
        source().pull(request())
        [claims] = server.tokens
        assert (claims["iss"], claims["scope"]) == (ACCOUNT, SCOPE)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("not json", "not JSON"),
            ("[]", 'no "type" in it'),
            ('{"installed": {"client_id": "x"}}', 'no "type" in it'),
            ('{"type": "service_account"}', "missing fields"),
            ('{"type": "gibberish"}', "does not have a valid type"),
            (
                '{"type": "service_account", "client_email": "a", "token_uri": "b", "private_key": "SECRET"}',
                "cannot be read",
            ),
            ('{"type": "external_account", "audience": "SECRET"}', ""),
        ],
    )
    def test_a_key_file_that_is_none(self, server, tmp_path, text, words):
        """Names the file and the fault, never the key."""
        path = tmp_path / "key.json"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(Rejected, match=re.escape(f"credentials_file {path}: ") + f".*{words}") as caught:
            Ga4Source(PROPERTY, credentials_file=path, endpoint=server.url).check()
        assert "SECRET" not in str(caught.value)

    def test_a_key_file_that_is_not_there(self, tmp_path):
        """The system's own words."""
        with pytest.raises(Rejected, match="No such file"):
            Ga4Source(PROPERTY, credentials_file=tmp_path / "none.json").check()

    def test_a_key_that_google_refuses(self, source, server):
        """invalid_grant is for the operator."""
        body = json.dumps({"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
        server.token_fault = Fault(400, body.encode())
        with pytest.raises(Rejected, match="credentials were refused: invalid_grant: Invalid JWT Signature"):
            source().pull(request())

    def test_no_token_in_the_answer(self, source, server):
        """An unknown scope gets 200 without a token."""
        server.token_fault = Fault(200, b'{"id_token": "x"}')
        with pytest.raises(Rejected, match="credentials were refused"):
            source().pull(request())

    def test_a_token_endpoint_that_is_not_there(self, source, key_file, waits):
        """Nobody listens where the token is fetched."""
        info = json.loads(key_file.read_text(encoding="utf-8"))
        key_file.write_text(json.dumps({**info, "token_uri": "http://127.0.0.1:9/token"}), encoding="utf-8")
        with pytest.raises(Unreachable, match="where the access token is fetched: Connection refused"):
            source().pull(request())
        assert len(waits) == 3

    def test_application_default_credentials(self, server, key_file, monkeypatch):
        """Without a file, what the environment offers."""
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))
        [snapshot] = Ga4Source(PROPERTY, endpoint=server.url).pull(request())
        assert snapshot.week == W46

    @pytest.mark.parametrize("by", ["file", "environment"])
    def test_workload_identity(self, server, tmp_path, monkeypatch, by):
        """A federated identity: a token of the cluster is exchanged for one of Google."""
        (tmp_path / "subject").write_text("cluster-token", encoding="utf-8")
        config = {
            "type": "external_account",
            "audience": POOL,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": f"{server.url}/token",
            "credential_source": {"file": str(tmp_path / "subject")},
        }
        path = tmp_path / "identity.json"
        path.write_text(json.dumps(config), encoding="utf-8")
        if by == "environment":
            monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
        source = Ga4Source(PROPERTY, endpoint=server.url, credentials_file=path if by == "file" else None)
        assert [snapshot.week for snapshot in source.pull(request())] == [W46]
        assert server.tokens[0]["subject_token"] == "cluster-token"
        assert server.tokens[0]["scope"] == SCOPE

    def test_no_credentials_at_all(self, monkeypatch, tmp_path):
        """Neither a file nor anything in the environment."""
        monkeypatch.setenv("NO_GCE_CHECK", "true")
        monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
        with pytest.raises(Rejected, match=r"no Google credentials: set source\.credentials_file"):
            Ga4Source(PROPERTY).check()

    def test_nothing_but_google_is_spoken_to(self, source, server):
        """google-auth's look-up of regional boundaries, in a thread of its own, stays away."""
        source().pull(request())
        assert not [t for t in threading.enumerate() if "RegionalAccessBoundary" in type(t).__name__]

    def test_secrets_are_not_logged(self, source, server, caplog):
        """Neither the token nor the key, at any level."""
        caplog.set_level(0)
        answers(server, refusal(503, "UNAVAILABLE", "Later."), times=1)
        source().pull(request())
        assert "the-token" not in caplog.text
        assert "PRIVATE" not in caplog.text


def test_the_quota_is_logged(source, server, caplog):
    """At the end of a pull; a warning where little is left."""
    caplog.set_level("INFO", logger="plugin_digest")
    source().pull(request())
    assert "quota left, in tokens: 39,990 this hour, 13,990 this hour for this project" in caplog.text

    def meddle(method, answer):
        for report in answer.get("reports", [answer]):
            report.get("propertyQuota", {}).update(tokensPerHour={"consumed": 5, "remaining": 12})
        return answer

    server.meddle = meddle
    caplog.clear()
    source().pull(request())
    assert [r.levelname for r in caplog.records if "12 this hour" in r.message] == ["WARNING"]


@pytest.mark.parametrize("quota", [[], {"tokensPerHour": 3}, {"tokensPerHour": {"remaining": "x"}}, None])
def test_an_unreadable_quota_is_no_reason_to_fail(source, server, quota):
    """No figure depends on it."""

    def meddle(method, answer):
        for report in answer.get("reports", [answer]):
            report["propertyQuota"] = quota
        return answer

    server.meddle = meddle
    assert source().pull(request())


def test_a_batch_answer_that_is_cut_is_read_on(source, server, fake):
    """A report of a batch with fewer rows than it says is asked for once more by itself."""
    whole = source().pull(request(W46.plus(-1), W46))
    cut = []

    def meddle(method, answer):
        if method == "batchRunReports" and not cut:
            cut.append(answer["reports"][0]["rows"].pop())
        return answer

    server.meddle = meddle
    assert source().pull(request(W46.plus(-1), W46)) == whole
    assert cut
