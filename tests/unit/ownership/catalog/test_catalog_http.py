"""A catalog that cannot be asked, or answers with something else: one clear line each, without the token."""

import gzip
import inspect
import json
import logging
import socket
import traceback

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Response
from werkzeug.datastructures import Headers

from plugin_digest.errors import OwnershipError
from plugin_digest.ownership.catalog_http import (
    LONGEST_WAIT_S,
    MOST_WAITS,
    Backend,
    Reply,
    _where,
    as_ownership_error,
)
from unit.ownership.catalog.catalog_server import TOKEN, error, group, plugin, send

PAGE = {"items": [], "totalItems": 0, "pageInfo": {}}
LOGIN = "<!DOCTYPE html>\n<html><body>Sign in</body></html>"


class Unchecked(Response):
    """Sends headers as they are, as a proxy may."""

    def get_wsgi_headers(self, environ):
        return Headers(self.headers)


@pytest.fixture
def refused(catalog, provider, httpserver, caplog):
    """The one line that reading ends in, without the catalog's name; the token is nowhere."""

    def refused(*faults, **settings):
        catalog.faults = list(faults)
        made = provider(**settings)
        with caplog.at_level(logging.DEBUG), pytest.raises(OwnershipError) as caught:
            made.read(())
        text = str(caught.value)
        assert len(text.splitlines()) == 1
        assert text.isprintable()
        told = "".join(traceback.format_exception(caught.value)) + repr(made) + caplog.text
        assert TOKEN not in told
        return text.replace(f"catalog localhost:{httpserver.port}", "catalog X")

    return refused


def test_a_wrong_token_is_told_in_backstages_words(refused, waits):
    """401, and it is not tried again."""
    assert refused(token="another-token") == (
        "catalog X answered 401 Unauthorized (AuthenticationError: Illegal token): "
        "is the token one of backend.auth.externalAccess in this backend's app-config?"
    )
    assert waits == []


def test_a_missing_token_is_told(refused):
    """401 as well, with another way out."""
    assert refused(token=None) == (
        "catalog X answered 401 Unauthorized (AuthenticationError: Missing credentials): "
        "give it a token, a static one of backend.auth.externalAccess"
    )


def test_a_token_that_may_not_read_the_catalog_is_told(catalog, refused):
    """403 comes from accessRestrictions."""
    catalog.plugins = ("search",)
    assert refused() == (
        "catalog X answered 403 Forbidden "
        "(NotAllowedError: This token's access is restricted to plugin(s) 'search'): "
        "the accessRestrictions of the token in backend.auth.externalAccess must admit plugin: catalog"
    )


def test_another_address_than_the_backends_is_told(refused, httpserver):
    """404 without Backstage's words, as a web server has none."""
    httpserver.expect_request("/portal/api/catalog/entities/by-query").respond_with_data(LOGIN, status=404)
    assert refused(url=httpserver.url_for("/portal")) == (
        "catalog X answered 404 Not Found: is url the backend's address (backend.baseUrl), "
        "without /api/catalog, and Backstage 1.13 or newer?"
    )


@pytest.mark.parametrize("body", [LOGIN, "\n  <html>"])
def test_a_web_page_is_told(refused, body):
    """The frontend answers anything with its page, and so does a sign-in."""
    assert refused(Response(body, content_type="text/html")) == (
        "catalog X answered with a web page instead of JSON: is url the backend's own address "
        "(backend.baseUrl), and no sign-in page in front of it?"
    )


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://user:pw@login.example:8443/oauth?state=secret#x", "https://login.example:8443/oauth"),
        ("/login?next=x", "/login"),
        ("http://[", "elsewhere"),
        ("", "elsewhere"),
    ],
)
def test_a_redirect_is_not_followed(refused, location, shown):
    """The token would go astray; where it led to is shown without what may be secret."""
    assert refused(Unchecked("", 302, {"Location": location})) == (
        f"catalog X answered 302 Found to {shown}: give that address as url, or one behind the sign-in page"
    )


@pytest.mark.parametrize("location", ["http://[", "http://login.example:99999/", "http://login.example:x/"])
def test_a_redirect_to_what_is_no_address_is_told_all_the_same(location):
    """A proxy may send anything."""
    assert _where(Reply(302, {"Location": location}, b"")) == "elsewhere"


def test_a_question_that_is_not_understood_is_told(refused):
    """400, in Backstage's words."""
    assert refused(error(400, "InputError", "Malformed cursor")) == (
        "catalog X answered 400 Bad Request (InputError: Malformed cursor)"
    )


def test_backstages_words_are_kept_short_on_one_line_and_without_the_token(refused):
    """A message can hold a stack, a terminal's escape codes and what was sent."""
    message = f"bad\n\tBearer {TOKEN}\x1b[31m " + "x" * 999
    text = refused(error(400, "InputError", message))
    assert text.startswith("catalog X answered 400 Bad Request (InputError: bad Bearer *** [31m xxx")
    assert len(text) < 260


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(catalog, provider, waits, status):
    """With growing waits, and then the answer counts."""
    catalog.entities = [plugin("a", "ci"), group("ci", "ci@acme.example")]
    catalog.faults = [error(status, "Error", "busy")] * 3
    assert provider().read(()).claims
    assert waits == [1, 2, 4]


def test_what_does_not_pass_is_given_up(refused, waits):
    """After four attempts."""
    assert refused(*[error(500, "Error", "database is down")] * 9) == (
        "catalog X answered 500 Internal Server Error (Error: database is down); try again later"
    )
    assert waits == [1, 2, 4]


def test_a_question_that_is_posted_is_asked_again_too(catalog, provider, waits):
    """It changes nothing in the catalog."""
    catalog.entities = [plugin("a", "ci"), group("ci", "ci@acme.example")]
    catalog.faults = [send({**PAGE, "items": catalog.related()[:1]}), error(503, "Error", "busy")]
    assert provider().read(()).groups[0].recipients
    assert waits == [1]
    assert [method for method, _, _ in catalog.asked] == ["GET", "POST", "POST"]


def test_a_server_may_ask_for_a_longer_wait(catalog, provider, waits):
    """In seconds, up to a limit; a date is passed over."""
    for asked in ("7", "9999", "Wed, 21 Oct 2026 07:28:00 GMT"):
        catalog.faults = [Response("", 503, {"Retry-After": asked})]
        provider().read(())
    assert waits == [7, LONGEST_WAIT_S, 1]


def test_all_waits_of_one_reading_are_limited_together(catalog, provider, waits):
    """A server that fails on every page is given up."""
    pages = [
        send({**PAGE, "items": [plugin(f"a{n}", "ci")], "pageInfo": {"nextCursor": str(n)}}) for n in range(9)
    ]
    catalog.faults = [fault for page in pages for fault in (*[error(503, "Error", "busy")] * 2, page)]
    with pytest.raises(OwnershipError, match="answered 503"):
        provider().read(())
    assert len(waits) == MOST_WAITS


def _closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_server_that_is_not_there_is_told(provider, waits):
    """After it was tried again."""
    port = _closed_port()
    with pytest.raises(OwnershipError) as caught:
        provider(url=f"http://127.0.0.1:{port}").read(())
    assert str(caught.value) == f"the connection to catalog 127.0.0.1:{port} failed: Connection refused"
    assert len(waits) == 3


def test_a_proxy_that_is_not_there_is_told(provider, monkeypatch):
    """Proxies are those of the environment, as everywhere."""
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{_closed_port()}")
    with pytest.raises(OwnershipError, match="through the proxy failed: Connection refused"):
        provider(url="http://backstage.acme.example").read(())


def test_a_netrc_does_not_take_the_tokens_place(catalog, provider, monkeypatch, tmp_path):
    """requests would send its password instead, and the catalog refuse it."""
    (tmp_path / "netrc").write_text("machine localhost login x password y\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert provider().read(()).claims == ()


def test_a_server_that_is_silent_is_told(httpserver: HTTPServer, provider):
    """After the seconds that the setting gives."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        port = silent.getsockname()[1]
        with pytest.raises(OwnershipError, match=rf"catalog 127\.0\.0\.1:{port} did not answer in time"):
            provider(url=f"http://127.0.0.1:{port}", timeout_s=0.05).read(())


def test_an_answer_that_trickles_is_cut_off(httpserver: HTTPServer, waits):
    """Each piece comes in time, the whole does not."""
    httpserver.expect_request("/x").respond_with_handler(
        lambda request: Response((b"x" * 70_000 for _ in range(9)), direct_passthrough=True)
    )
    ticks = iter(range(10_000))
    with (
        Backend(
            httpserver.url_for(""),
            None,
            name="catalog X",
            timeout_s=0.25,
            sleep=waits.append,
            stopwatch=lambda: float(next(ticks)),
        ) as backend,
        pytest.raises(OwnershipError, match=r"did not finish its answer in 2\.5 s"),
    ):
        backend.get("/x", [])


@pytest.mark.parametrize("encoding", [None, "gzip"])
def test_an_answer_that_is_too_large_is_cut_off(refused, encoding):
    """Also where it is small until it is unpacked."""
    body = b"[" * 200_000
    packed = gzip.compress(body) if encoding else body
    headers = {"Content-Encoding": encoding} if encoding else {}
    assert refused(Response(packed, headers=headers), most_bytes=100_000) == (
        "catalog X answered with more than 100,000 bytes at once"
    )


def test_a_body_that_cannot_be_unpacked_is_told(refused):
    """It says gzip and is none."""
    fault = Response(b"not gzip", headers={"Content-Encoding": "gzip"})
    assert refused(fault) == "catalog X answered with a body that cannot be decompressed"


@pytest.mark.parametrize("body", [b"", b"OK", b"\xff\xfe", b"[" * 100_000, b'{"items": [', b"{}{}"])
def test_what_is_no_json_is_told(refused, body):
    """Half an answer is none."""
    text = refused(Response(body, content_type="application/json"))
    assert text.startswith(f"catalog X answered with something that is not JSON ({len(body):,} bytes")


ITEM = {"kind": "Component", "metadata": {"name": "a"}}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "the whole: Input should be"),
        ([], "the whole: Input should be"),
        ({}, "items: Field required"),
        ({"items": []}, "pageInfo: Field required"),
        ({"items": {}, "pageInfo": {}}, "items: Input should be a valid tuple"),
        ({"items": [], "pageInfo": {"nextCursor": 7}}, "pageInfo.nextCursor: Input should be a valid string"),
        ({"items": [], "pageInfo": {}, "totalItems": "many"}, "totalItems: Input should be a valid integer"),
        ({"items": [7], "pageInfo": {}}, "items.0: Input should be"),
        ({"items": [None], "pageInfo": {}}, "items.0: Input should be"),
        ({"items": [{"metadata": {"name": "a"}}], "pageInfo": {}}, "items.0.kind: Field required"),
        ({"items": [{"kind": "Component"}], "pageInfo": {}}, "items.0.metadata: Field required"),
        ({"items": [{**ITEM, "metadata": {"name": 7}}], "pageInfo": {}}, "items.0.metadata.name: Input"),
        ({"items": [{**ITEM, "spec": "x"}], "pageInfo": {}}, "items.0.spec: Input should be"),
        (
            {"items": [{**ITEM, "relations": [{"type": "ownedBy"}]}], "pageInfo": {}},
            "relations.0.targetRef: Field",
        ),
    ],
)
def test_an_answer_of_another_shape_is_told(refused, answer, words):
    """With the place in it and without what stands there."""
    text = refused(send(answer))
    assert text.startswith("catalog X answered in another shape than the catalog's API: ")
    assert words in text


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([], "was asked for 1 entities and answered 0"),
        ([None, None], "was asked for 1 entities and answered 2"),
        ([group("web")], "was asked for group:default/ci and answered group:default/web"),
        ("x", "answered in another shape than the catalog's API: items"),
    ],
)
def test_an_answer_about_others_than_were_asked_for_is_told(catalog, provider, items, words):
    """Their mail would go to the wrong people."""
    catalog.entities = [plugin("a", "ci"), group("ci", "ci@acme.example")]
    catalog.faults = [send({**PAGE, "items": catalog.related()[:1]}), send({"items": items})]
    with pytest.raises(OwnershipError, match=words):
        provider().read(())


@pytest.mark.parametrize(
    "item",
    [
        {**ITEM, "spec": {"type": None, "owner": ["ci"]}, "relations": None},
        {**ITEM, "spec": {"type": 7, "owner": {}}},
        {**ITEM, "metadata": {"name": "a", "annotations": {"plugin-digest/plugin-id": 7}, "title": None}},
        {**ITEM, "relations": [{"type": "ownedBy", "targetRef": "not a ref"}], "more": 1},
    ],
)
def test_an_odd_component_is_no_reason_to_stop(catalog, provider, item):
    """Whoever wrote it, the others still have owners."""
    catalog.entities = [plugin("b", "ci"), group("ci", "ci@acme.example")]
    catalog.faults = [send({**PAGE, "items": [item, catalog.related()[0]]})]
    assert [claim.plugin for claim in provider().read(()).claims] == ["b"]


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "tökén"])
def test_a_token_that_cannot_be_one_is_told_before_it_is_sent(catalog, provider, token):
    """And is not shown."""
    with pytest.raises(OwnershipError, match="the token is none: expected a static token") as caught:
        provider(token=token).read(())
    assert token not in str(caught.value)
    assert catalog.asked == []


def test_a_tokens_line_end_does_no_harm(catalog, provider):
    """Files of secrets often have one."""
    assert provider(token=f"{TOKEN}\n").read(()).claims == ()


def exceptions():
    members = inspect.getmembers(requests.exceptions, inspect.isclass)
    return [kind for _, kind in members if issubclass(kind, requests.RequestException)]


@pytest.mark.parametrize("kind", exceptions())
def test_every_exception_of_requests_is_mapped(kind):
    """In words that do not quote it."""
    foreign = kind("SECRET", "x", 0) if issubclass(kind, json.JSONDecodeError) else kind("SECRET")
    mapped = as_ownership_error(foreign, "catalog X")
    assert isinstance(mapped, OwnershipError)
    assert "catalog X" in str(mapped)
    assert "SECRET" not in str(mapped)


def test_a_certificate_that_is_not_trusted_is_told():
    """Most often a company's proxy."""
    error = requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED]")
    assert str(as_ownership_error(error, "catalog X")) == (
        "catalog X: its certificate is not trusted here; is a company proxy in between?"
    )
