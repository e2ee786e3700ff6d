"""A `FakeGa4` behind real HTTP on the loopback, with its token endpoint, and ways to break it."""

import http.server
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs

from google.auth import jwt

from unit.sources.ga4.fake_ga4 import PROPERTY, FakeGa4, Refused


@dataclass(frozen=True)
class Fault:
    """What is sent instead of an answer. ``length`` is what it claims to have; ``hang``: nothing is sent."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    hang: bool = False


Meddle = Callable[[str, dict[str, Any]], Fault | dict[str, Any] | None]
"""Given a method and the right answer as JSON: another one, a fault, or None to leave it."""


class Server:
    """A `FakeGa4` behind HTTP on the loopback, with its token endpoint.

    ``meddle`` may replace answers; ``most_at_once`` is how many API requests ran side by side.
    """

    def __init__(self, fake: FakeGa4, certificate: bytes | None = None) -> None:
        self.fake = fake
        self.certificate = certificate
        self.meddle: Meddle = lambda method, answer: None
        self.token_fault: Fault | None = None
        self.tokens: list[dict[str, Any]] = []
        self.most_at_once = 0
        self.delay_s = 0.0
        self._at_once = 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, method: str, path: str, body: bytes, authorization: str) -> Fault:
        """What to send to one request."""
        try:
            if path == "/token":
                return self.token_fault or self._token(parse_qs(body.decode()))
            return self._api_answer(method, path, body, authorization)
        except Refused as refused:
            return Fault(refused.status, refused.body)

    def _token(self, form: Mapping[str, Sequence[str]]) -> Fault:
        if "assertion" in form:
            claims = jwt.decode(form["assertion"][0], certs=self.certificate)
        else:
            claims = {key: value[0] for key, value in form.items()}
        self.tokens.append(claims)
        token = {
            "access_token": "the-token",
            "expires_in": 3599,
            "token_type": "Bearer",
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        }
        return Fault(200, json.dumps(token).encode())

    def _api_answer(self, method: str, path: str, body: bytes, authorization: str) -> Fault:
        name = path.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        time.sleep(self.delay_s)
        try:
            self._check(path, authorization)
            with self._lock:
                answer = self._count(method, name, body)
                meddled = self.meddle(name, answer)
        finally:
            with self._lock:
                self._at_once -= 1
        if isinstance(meddled, Fault):
            return meddled
        return Fault(200, json.dumps(answer if meddled is None else meddled).encode())

    def _check(self, path: str, authorization: str) -> None:
        if authorization != "Bearer the-token":
            raise Refused(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        if f"/v1beta/properties/{PROPERTY}" not in path:
            raise Refused(
                403, "PERMISSION_DENIED", "User does not have sufficient permissions for this property."
            )

    def _count(self, method: str, name: str, body: bytes) -> dict[str, Any]:
        if (method, name) == ("GET", "metadata"):
            return self.fake.metadata_answer()
        if (method, name) == ("POST", "runReport"):
            return self.fake.run_report(body)
        if (method, name) == ("POST", "batchRunReports"):
            return self.fake.batch_run_reports(body)
        raise AssertionError(f"no such method: {method} {name}")

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one packet per answer: loopback waits 40 ms between two

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                authorization = self.headers.get("Authorization", "")
                self._send(server.answer(self.command, self.path, body, authorization))

            do_GET = do_POST  # noqa: N815 - the name that http.server calls

            def _send(self, fault: Fault) -> None:
                if fault.hang:
                    server._over.wait(10)
                    self.close_connection = True
                    return
                self.send_response(fault.status)
                for name, value in {"Content-Type": "application/json", **fault.headers}.items():
                    self.send_header(name, value)
                self.send_header(
                    "Content-Length", str(len(fault.body) if fault.length is None else fault.length)
                )
                self.end_headers()
                self.wfile.write(fault.body)
                self.close_connection = fault.length is not None

            def log_message(self, *_: object) -> None:
                pass

        return Handler
