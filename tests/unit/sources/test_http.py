"""HTTP for the sources: retries, time limits, and what each foreign exception means."""

import gzip
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from google.auth import exceptions as google
from pytest_httpserver import HTTPServer
from werkzeug import Response

from plugin_digest.errors import Malformed, Rejected, SourceError, Unreachable
from plugin_digest.sources.http import Backoff, HttpSession, Patience, Reply, as_source_error, refusal


@pytest.fixture(autouse=True)
def _proxies(monkeypatch):
    """A proxy in the environment is not for the loopback."""
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "localhost,127.0.0.1")


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def session(waits) -> Iterator[HttpSession]:
    with HttpSession(requests.Session(), "The Server", sleep=waits.append, chance=lambda: 1.0) as made:
        yield made


def test_what_is_sent_and_read(session, httpserver: HTTPServer):
    """JSON, a form or parameters go out, status, headers and body come back."""
    httpserver.expect_request("/json", json={"a": 1}).respond_with_json({"b": 2}, status=201)
    httpserver.expect_request("/form", data="token=x").respond_with_data(gzip.compress(b"[3]"), headers={
        "Content-Encoding": "gzip"})  # fmt: skip
    httpserver.expect_request("/get", query_string="q=1").respond_with_data("4")
    reply = session.post(httpserver.url_for("/json"), json={"a": 1})
    assert (reply.status, reply.is_ok, reply.json()) == (201, True, {"b": 2})
    assert reply.headers["content-type"] == "application/json"
    assert session.post(httpserver.url_for("/form"), form={"token": "x"}).json() == [3]
    assert session.get(httpserver.url_for("/get"), params={"q": "1"}).json() == 4


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_waits_double_up_to_the_cap(waits, httpserver: HTTPServer, status):
    """Six attempts, the last reply is the result."""
    httpserver.expect_request("/").respond_with_data("later", status=status)
    backoff = Backoff(attempts=6, first_s=1, cap_s=5)
    with HttpSession(
        requests.Session(), "S", sleep=waits.append, chance=lambda: 1.0, backoff=backoff
    ) as session:
        assert session.get(httpserver.url_for("/")).status == status
    assert waits == [1, 2, 4, 5, 5]


def test_half_of_a_wait_is_chance():
    """So that clients that failed together do not come back together."""
    assert [Backoff().wait_s(2, chance) for chance in (0.0, 0.5, 1.0)] == [1.0, 1.5, 2.0]


def test_a_server_may_ask_for_a_longer_wait(session, waits, httpserver: HTTPServer):
    """Retry-After in seconds, up to the cap; a date in it is passed over."""
    for asked in ("7", "9999", "Wed, 21 Oct 2026 07:28:00 GMT", "²"):
        httpserver.expect_ordered_request("/").respond_with_data(
            status=503, headers={"Retry-After": asked.encode().decode("latin-1")}
        )
        httpserver.expect_ordered_request("/").respond_with_data("ok")
        assert session.get(httpserver.url_for("/")).is_ok
    assert waits == [7, 20, 1, 1]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 301])
def test_a_refusal_is_not_asked_again(session, waits, httpserver: HTTPServer, status):
    """Neither is a redirect followed, which could carry a credential elsewhere."""
    httpserver.expect_oneshot_request("/").respond_with_data(status=status, headers={"Location": "/other"})
    assert session.get(httpserver.url_for("/")).status == status
    assert waits == []


def test_failures_of_all_requests_are_limited_together(waits, httpserver: HTTPServer):
    """After three repeats in all, whatever fails is not repeated any more."""
    httpserver.expect_request("/").respond_with_data(status=500)
    with HttpSession(requests.Session(), "S", sleep=waits.append, backoff=Backoff(failures=3)) as session:
        for _ in range(5):
            session.get(httpserver.url_for("/"))
    assert len(waits) == 3
    assert len(httpserver.log) == 3 + 5


def test_an_answer_that_trickles_is_cut_off(httpserver: HTTPServer, waits):
    """Each piece comes in time, the whole does not."""
    httpserver.expect_request("/").respond_with_handler(
        lambda request: Response((b"x" * 70_000 for _ in range(9)), direct_passthrough=True)
    )
    ticks = iter(range(10_000))
    with (
        HttpSession(
            requests.Session(),
            "The Server",
            sleep=waits.append,
            stopwatch=lambda: float(next(ticks)),
            patience=Patience(whole_s=2.5),
        ) as session,
        pytest.raises(Unreachable, match=r"did not finish its answer within 2\.5 s"),
    ):
        session.get(httpserver.url_for("/"))
    assert len(waits) == 3


def test_a_proxy_that_is_not_there(monkeypatch, waits):
    """The proxy is named, the address with its token is not."""
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    with (
        HttpSession(requests.Session(), "The Server", sleep=waits.append) as session,
        pytest.raises(Unreachable, match="through the proxy failed: Connection refused") as caught,
    ):
        session.get("http://matomo.example/?token_auth=SECRET")
    assert "SECRET" not in str(caught.value)
    assert len(waits) == 3


def test_a_body_that_is_not_json():
    """The beginning is shown, on one line."""
    reply = Reply("The Server", 200, {}, b"<html>\n" + b"x" * 500)
    with pytest.raises(Malformed, match=r"not JSON \(507 bytes, beginning '<html>\\nx"):
        reply.json()


def exceptions_of(module, root) -> list[Any]:
    return [kind for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, root)]


@pytest.mark.parametrize("kind", exceptions_of(requests.exceptions, requests.RequestException))
def test_every_exception_of_requests_is_mapped(kind):
    """To one of the three kinds, in words that do not quote it."""
    error = kind("SECRET", "x", 0) if issubclass(kind, requests.JSONDecodeError) else kind("SECRET")
    mapped = as_source_error(error, "The Server")
    assert type(mapped) in (Unreachable, Rejected, Malformed)
    assert "The Server" in str(mapped)
    assert "SECRET" not in str(mapped)


@pytest.mark.parametrize("kind", exceptions_of(google, google.GoogleAuthError))
def test_every_exception_of_google_auth_is_mapped(kind):
    """To the operator, unless it passes by itself."""
    error = (
        kind("what was said") if issubclass(kind, google.ReauthFailError) else kind("what", "the raw body")
    )
    mapped = as_source_error(error, "Google")
    assert isinstance(mapped, SourceError)
    assert "the raw body" not in str(mapped)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (requests.ConnectTimeout(), Unreachable),
        (requests.ReadTimeout(), Unreachable),
        (requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED]"), Rejected),
        (requests.exceptions.SSLError("EOF occurred"), Unreachable),
        (requests.exceptions.ContentDecodingError(), Malformed),
        (requests.exceptions.ChunkedEncodingError(), Unreachable),
        (requests.exceptions.InvalidURL(), Rejected),
        (requests.ConnectionError(), Unreachable),
        (google.TransportError(requests.ConnectionError()), Unreachable),
        (google.RefreshError("busy", retryable=True), Unreachable),
        (google.RefreshError("invalid_grant"), Rejected),
    ],
)
def test_what_is_worth_another_try(error, kind):
    """What passes by itself is Unreachable, what a person must change Rejected, what is garbled Malformed."""
    assert type(as_source_error(error, "S")) is kind


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (429, Unreachable, "429 Too Many Requests; try again later"),
        (503, Unreachable, "503 Service Unavailable"),
        (599, Unreachable, "answered 599; try"),
        (401, Rejected, "credentials and rights"),
        (403, Rejected, "credentials and rights"),
        (302, Rejected, "to https://other.example/x: name that address instead"),
        (404, Rejected, "404 Not Found"),
    ],
)
def test_a_refusal_without_better_words(status, kind, words):
    """The kind follows from the status."""
    reply = Reply("S", status, {"Location": "https://other.example/x?token=1"}, b"")
    with pytest.raises(kind, match=words):
        raise refusal(reply)
