"""Indicators behind an address, over real HTTP on the loopback."""

import gzip
import json
import logging
import socket
import ssl
import traceback
from threading import Thread

import pytest
import trustme
from pytest_httpserver import HTTPServer
from werkzeug import Response

from plugin_digest.errors import Malformed, Rejected, SourceError, Unreachable
from plugin_digest.indicators.json_address import JsonSource
from plugin_digest.indicators.json_http import WAITS_S, JsonAddress
from plugin_digest.model import Scope
from unit.indicators.series import DAYS, found, request

TOKEN = "weekly-metrics-token"
PATH = "/weekly.json"
KEY = "key-of-the-address"
FIELDS = {"week": "week", "key": "key", "value": "value", "out_of": "out_of"}
ITEMS = [{"week": "2026-W46", "key": "ci", "value": 4.5, "out_of": 10}]


@pytest.fixture
def reading(httpserver, waits):
    """Reads what the server has at the address."""

    def reading(items="", fields=FIELDS, optional=frozenset({"out_of"}), token=TOKEN, query="", **limits):
        settings = {"timeout_s": 5, "sleep": waits.append, **limits}
        address = JsonAddress(httpserver.url_for(PATH) + query, token, **settings)
        return JsonSource(DAYS, Scope.TEAM, address, items, fields, optional).read(request())

    return reading


@pytest.fixture
def name(httpserver):
    return f"http://localhost:{httpserver.port}{PATH}"


def serve(httpserver, content, **matching):
    httpserver.expect_request(PATH, **matching).respond_with_json(content)


def test_a_list_of_objects_is_read(httpserver, reading):
    """With the token as a bearer, and what the address asks for."""
    serve(httpserver, ITEMS, headers={"Authorization": f"Bearer {TOKEN}"}, query_string="range=12w")
    read = reading(query="?range=12w")
    assert found(read) == [("2026-W46", "ci", 4.5)]
    assert (read.values[0].out_of, read.troubles) == (10, ())


def test_without_a_token_nobody_is_named(httpserver, reading, tmp_path, monkeypatch):
    """A ``.netrc`` of the account does not speak up either."""
    (tmp_path / ".netrc").write_text("machine localhost login me password hunter2\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    serve(httpserver, ITEMS)
    reading(token=None)
    assert "Authorization" not in httpserver.log[0][0].headers


def test_the_list_and_its_fields_may_lie_deeper(httpserver, reading):
    """Dots lead to them."""
    item = {"period": {"start": "2026-11-09"}, "team": "Cloud", "stats": {"median": 2}}
    serve(httpserver, {"data": {"items": [item]}})
    fields = {"week": "period.start", "key": "team", "value": "stats.median", "out_of": "out_of"}
    assert found(reading("data.items", fields)) == [("2026-W46", "Cloud", 2)]


def test_a_trouble_names_the_item(httpserver, reading, name):
    """Counted from 1; a value of null is none, a missing field is a mistake."""
    items = [{"week": "2026-W46", "key": "ci"}, {**ITEMS[0], "value": None}, {**ITEMS[0], "value": "x"}, 7]
    serve(httpserver, items)
    read = reading()
    assert read.values == ()
    assert read.troubles == (
        f"{name}: item 1: has no 'value'",
        f"{name}: item 3: 'x' is not a number like 1234.5",
        f"{name}: item 4: has no 'week'",
    )


def test_an_out_of_that_was_named_must_be_there(httpserver, reading, name):
    """It may only be missing where nobody asked for it."""
    serve(httpserver, [{"week": "2026-W46", "key": "ci", "value": 1}])
    assert reading(optional=frozenset()).troubles == (f"{name}: item 1: has no 'out_of'",)


@pytest.mark.parametrize(
    ("answer", "items", "told"),
    [
        ({"data": 1, "next": 2}, "", "the answer has no list; it has: data, next"),
        ({"data": 1}, "data.items", "the answer has no list at 'data.items'; it has: data"),
        ({"data": {}}, "data", "the answer has no list at 'data'; it has: data"),
        ("text", "", "the answer has no list"),
    ],
)
def test_an_answer_without_the_list_says_what_it_has(httpserver, reading, name, answer, items, told):
    """So that the right place is quickly found."""
    serve(httpserver, answer)
    with pytest.raises(Malformed) as caught:
        reading(items)
    assert str(caught.value) == f"{name}: {told}"


def test_what_passes_is_asked_for_again(httpserver, reading, waits):
    """An overloaded server gets time."""
    for status in (503, 429):
        httpserver.expect_ordered_request(PATH).respond_with_data("", status)
    httpserver.expect_ordered_request(PATH).respond_with_json(ITEMS)
    assert found(reading()) == [("2026-W46", "ci", 4.5)]
    assert waits == list(WAITS_S[:2])


@pytest.fixture
def refused(reading, name, caplog):
    """The kind and the one line that reading ends in; neither token nor query is anywhere."""

    def refused(**settings):
        with caplog.at_level(logging.DEBUG, "plugin_digest"), pytest.raises(SourceError) as caught:
            reading(query=f"?api_key={KEY}", **settings)
        told = "".join(traceback.format_exception(caught.value))
        ours = "".join(record.getMessage() for record in caplog.records if "plugin_digest" in record.name)
        assert TOKEN not in told + ours
        assert KEY not in told + ours
        (line,) = str(caught.value).splitlines()
        return type(caught.value), line.replace(name, "X")

    return refused


@pytest.mark.parametrize(
    ("status", "kind", "told"),
    [
        (401, Rejected, "X answered 401 Unauthorized: is the token the right one?"),
        (403, Rejected, "X answered 403 Forbidden: may the token read this?"),
        (404, Rejected, "X answered 404 Not Found: is url the right address?"),
        (418, Rejected, "X answered 418 I'm a Teapot"),
        (204, Rejected, "X answered 204 No Content"),
        (500, Unreachable, "X answered 500 Internal Server Error; try again later"),
        (599, Rejected, "X answered 599"),
    ],
)
def test_a_refusal_is_told_without_its_body(httpserver, refused, status, kind, told):
    """Whatever a server writes beside its status may hold a secret."""
    httpserver.expect_request(PATH).respond_with_data(f"bad token {TOKEN}", status)
    assert refused() == (kind, told)


def test_a_redirect_is_not_followed(httpserver, refused):
    """The token goes nowhere else."""
    httpserver.expect_request(PATH).respond_with_data(
        "", 302, headers={"Location": httpserver.url_for(f"/login?x={KEY}")}
    )
    assert refused() == (Rejected, "X answered 302 Found: it is elsewhere, or behind a sign-in page")
    assert len(httpserver.log) == 1


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html>Sign in", "X answered with a web page (13 bytes)"),
        (KEY.encode(), "X answered with something that is not JSON (18 bytes)"),
        (b"[" * 100_000, "X answered with something that is not JSON (100,000 bytes)"),
    ],
)
def test_what_is_no_json_is_told(httpserver, refused, body, told):
    """Without quoting it."""
    httpserver.expect_request(PATH).respond_with_data(body)
    assert refused() == (Malformed, told)


def test_an_answer_without_end_is_cut_off(httpserver, refused):
    """Also one that is small only while it is compressed."""
    packed = Response(gzip.compress(json.dumps(["x" * 5000]).encode()), headers={"Content-Encoding": "gzip"})
    httpserver.expect_request(PATH).respond_with_response(packed)
    assert refused(most_bytes=1000) == (Malformed, "X answered with more than 1,000 bytes")


def test_an_answer_that_trickles_is_cut_off(httpserver, refused):
    """Ten times the time limit for all of it, and no further attempt: that would take as long."""
    serve(httpserver, ITEMS)
    moments = iter((0, 60))
    told = refused(stopwatch=lambda: next(moments))
    assert told == (Rejected, "X did not finish its answer in 50 s")


def test_nobody_there_is_told_after_the_last_attempt(reading, httpserver, waits):
    """In the system's words."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/x"
        address = JsonAddress(url, None, timeout_s=5, sleep=waits.append)
        with pytest.raises(Unreachable) as caught:
            address.get()
    assert str(caught.value) == f"the connection to {url} failed: Connection refused"
    assert waits == list(WAITS_S)


def test_a_token_that_cannot_be_sent_is_told(refused):
    """A line break in it would end the header."""
    kind, told = refused(token=f"{TOKEN}\nX: y")
    assert (kind, told) == (Rejected, "X: the token is none: expected ASCII without blanks")


def test_a_certificate_that_is_not_trusted_is_not_asked_again(waits):
    """It will not be trusted in a moment either."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    with HTTPServer(host="localhost", ssl_context=context) as server:
        address = JsonAddress(server.url_for(PATH), TOKEN, timeout_s=5, sleep=waits.append)
        with pytest.raises(Rejected, match="its certificate is not trusted here"):
            address.get()
        assert server.log == []
    assert waits == []


def test_an_answer_that_breaks_off_is_asked_for_again(waits):
    """Half a list is no list."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=_hang_up, args=(server,), daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        address = JsonAddress(url, None, timeout_s=5, sleep=waits.append)
        with pytest.raises(Unreachable, match=r"failed|broke off"):
            address.get()
    assert waits == list(WAITS_S)


def _hang_up(server):
    for _ in range(len(WAITS_S) + 1):
        client, _ = server.accept()
        with client:
            client.recv(4096)
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[")
