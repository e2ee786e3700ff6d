"""HTTP for the sources: one session with time limits, retries and errors in our own words.

Owns how often and how long a request is tried and what each foreign exception means. Knows no analytics
system: a source says which replies may pass by themselves and explains the others.
"""

import json
import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock
from types import TracebackType
from typing import Any, Self

import requests
from google.auth import exceptions as google
from urllib3.exceptions import HTTPError

from plugin_digest.bodies import arriving
from plugin_digest.errors import Malformed, Rejected, SourceError, Unreachable

log = logging.getLogger(__name__)

PASSING_STATUSES = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


@dataclass(frozen=True)
class Reply:
    """What a server answered, read to its end. ``headers`` are looked up without case."""

    server: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def is_ok(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            Malformed: it is not.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            start = self.body[:60].decode("utf-8", "replace")
            raise Malformed(
                f"{self.server} answered with something that is not JSON ({len(self.body):,} bytes, "
                f"beginning {start!r})"
            ) from None


def is_passing(reply: Reply) -> bool:
    """Whether the same request may well be answered in a moment."""
    return reply.status in PASSING_STATUSES


@dataclass(frozen=True)
class Backoff:
    """How often a request is made, and the waits between: doubling up to a cap, half of each by chance.

    ``failures`` is how many failed attempts all requests of a session together may follow up with another.
    """

    attempts: int = 4
    first_s: float = 1.0
    cap_s: float = 20.0
    failures: int = 20

    def wait_s(self, failed: int, chance: float, asked_s: float = 0.0) -> float:
        """The wait after ``failed`` attempts; a server may ask for a longer one, up to the cap."""
        grown_s = self.first_s * 2.0 ** (failed - 1) * (0.5 + chance / 2)
        return min(self.cap_s, max(grown_s, asked_s))


@dataclass(frozen=True)
class Patience:
    """Time limits of one attempt: to connect, between two pieces of the answer, and for all of it."""

    connect_s: float = 10.0
    read_s: float = 60.0
    whole_s: float = 300.0


class HttpSession:
    """Requests to one server, from any number of threads. Close it, or use it in a ``with``.

    ``server`` is its name for people. Redirects are not followed, so that no credential goes astray.
    """

    def __init__(
        self,
        session: requests.Session,
        server: str,
        *,
        backoff: Backoff = Backoff(),
        patience: Patience = Patience(),
        passing: Callable[[Reply], bool] = is_passing,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self.server = server
        self._session = session
        self._backoff = backoff
        self._patience = patience
        self._passing = passing
        self._sleep = sleep
        self._chance = chance
        self._stopwatch = stopwatch
        self._failures = 0
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    def get(self, url: str, *, params: Mapping[str, str] | None = None) -> Reply:
        return self._request("GET", url, params=params)

    def post(self, url: str, *, json: Any = None, form: Mapping[str, str] | None = None) -> Reply:
        return self._request("POST", url, json=json, data=form)

    def _request(self, method: str, url: str, **content: Any) -> Reply:
        """The reply, whatever its status; one that may pass has been asked for several times.

        Raises:
            SourceError: there was none, or it broke off.
        """
        failed = 0
        while True:
            outcome = self._attempt(method, url, content)
            failed += 1
            is_final = isinstance(outcome, Reply) and not self._passing(outcome)
            if is_final or not isinstance(outcome, Reply | Unreachable) or not self._may_repeat(failed):
                break
            self._wait(outcome, failed)
        if isinstance(outcome, SourceError):
            raise outcome
        return outcome

    def _may_repeat(self, failed: int) -> bool:
        with self._lock:
            self._failures += 1
            return failed < self._backoff.attempts and self._failures <= self._backoff.failures

    def _wait(self, outcome: Reply | Unreachable, failed: int) -> None:
        asked_s = _asked_s(outcome) if isinstance(outcome, Reply) else 0.0
        wait_s = self._backoff.wait_s(failed, self._chance(), asked_s)
        what = f"status {outcome.status}" if isinstance(outcome, Reply) else str(outcome)
        log.info("%s: %s; attempt %d in %.1f s", self.server, what, failed + 1, wait_s)
        self._sleep(wait_s)

    def _attempt(self, method: str, url: str, content: Mapping[str, Any]) -> Reply | SourceError:
        patience = self._patience
        until = self._stopwatch() + patience.whole_s
        try:
            with self._session.request(
                method,
                url,
                timeout=(patience.connect_s, patience.read_s),
                allow_redirects=False,
                stream=True,
                **content,
            ) as response:
                body = b"".join(self._in_time(response, until))
                return Reply(self.server, response.status_code, response.headers, body)
        except SourceError as error:
            return error
        except (requests.RequestException, google.GoogleAuthError, HTTPError, OSError) as error:
            return as_source_error(error, self.server)

    def _in_time(self, response: requests.Response, until: float) -> Iterator[bytes]:
        """The body in pieces; a server that trickles for ever is cut off."""
        for piece in arriving(response):
            yield piece
            if self._stopwatch() > until:
                raise Unreachable(
                    f"{self.server} did not finish its answer within {self._patience.whole_s:g} s"
                )


def _asked_s(reply: Reply) -> float:
    """The seconds of ``Retry-After``; its other form, a date, is not worth a clock here."""
    asked = reply.headers.get("Retry-After", "")
    return float(asked) if asked.isascii() and asked.isdigit() else 0.0


_MEANINGS: tuple[tuple[type[Exception], type[SourceError], str], ...] = (
    (requests.Timeout, Unreachable, "did not answer in time"),
    (requests.exceptions.ContentDecodingError, Malformed, "answered with a body that cannot be decompressed"),
    (requests.exceptions.ChunkedEncodingError, Unreachable, "broke off in the middle of its answer"),
    # requests' InvalidURL, MissingSchema, InvalidSchema and InvalidHeader are ValueErrors
    (ValueError, Rejected, "cannot be asked: its address is not a valid http or https URL"),
)


def as_source_error(error: Exception, server: str) -> SourceError:
    """The SourceError that a foreign exception of a request means.

    Its text never quotes the foreign one, which may hold an address with a token in it.
    """
    if isinstance(error, google.GoogleAuthError):
        return _credentials_error(error, server)
    for kind, meaning, text in _MEANINGS:
        if isinstance(error, kind):
            return meaning(f"{server} {text}")
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Rejected(f"{server}: its certificate is not trusted here; is a company proxy in between?")
    via = " through the proxy" if isinstance(error, requests.exceptions.ProxyError) else ""
    return Unreachable(f"the connection to {server}{via} failed: {_cause(error)}")


def _credentials_error(error: google.GoogleAuthError, server: str) -> SourceError:
    if isinstance(error, google.TransportError):
        return Unreachable(f"{server}: no answer where the access token is fetched: {_cause(error)}")
    if error.retryable:
        return Unreachable(f"{server}: no access token could be fetched: {_said(error)}")
    return Rejected(f"{server}: the credentials were refused: {_said(error)}")


def _said(error: google.GoogleAuthError) -> str:
    """The first line of what the token endpoint said, without the raw body that follows it."""
    text = str(error.args[0]) if error.args else type(error).__name__
    return " ".join(text.split())[:300]


def _cause(error: BaseException) -> str:
    """The system's own words for a failed connection: ``Connection refused``."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and isinstance(seen.strerror, str):
            return seen.strerror
        if isinstance(seen, TimeoutError):
            return "timed out"
        seen = seen.__cause__ or seen.__context__
    return "no reason given"


def refusal(reply: Reply) -> SourceError:
    """The SourceError that a reply means which is not OK, where the source has no better words."""
    if is_passing(reply) or reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable(f"{reply.server} answered {_status(reply)}; try again later")
    if reply.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Rejected(f"{reply.server} answered {_status(reply)}: are the credentials and rights in order?")
    if HTTPStatus.MULTIPLE_CHOICES <= reply.status < HTTPStatus.BAD_REQUEST:
        where = reply.headers.get("Location", "nowhere").split("?", 1)[0]
        return Rejected(f"{reply.server} answered {_status(reply)} to {where}: name that address instead")
    return Rejected(f"{reply.server} answered {_status(reply)}")


def _status(reply: Reply) -> str:
    known = {status.value: status.phrase for status in HTTPStatus}
    return f"{reply.status} {known.get(reply.status, '')}".rstrip()
