"""One Backstage backend over HTTP: how often and how long it is asked, and what each refusal means.

Owns every foreign exception of a request and the words for people. Knows no entity.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from plugin_digest.bodies import arriving
from plugin_digest.errors import OwnershipError

log = logging.getLogger(__name__)

WAITS_S = (1.0, 2.0, 4.0)
"""Before the second, third and last attempt of a request."""
LONGEST_WAIT_S = 30.0
MOST_WAITS = 12
"""Of all requests of one reading together: a server that is down is not asked for ever."""
MOST_BYTES = 64 * 2**20
"""Of one answer, decompressed. A group of 10,000 members has 0.7 MB."""
_WHOLE_PER_READ = 10
_PASSING = frozenset({429, 500, 502, 503, 504})
_SHOWN_LENGTH = 200


@dataclass(frozen=True)
class Reply:
    """What the server answered, read to its end. ``headers`` are looked up without case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class _Passing(OwnershipError):  # noqa: N818 - named for what happened, as those in errors
    """The same question may well be answered in a moment; ``asked_s`` is how long the server wants."""

    def __init__(self, text: str, asked_s: float = 0.0) -> None:
        super().__init__(text)
        self.asked_s = asked_s


class _Bearer(requests.auth.AuthBase):
    """Not a header of the session: a ``.netrc`` would take its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Session(requests.Session):
    """Takes no reply for a redirect: requests would read the body of one without bounds."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - requests' own
        return None


class Backend:
    """Questions to one backend, answered as JSON. Close it, or use it in a ``with``.

    ``name`` is what people call it. Redirects are not followed, so that the token does not go astray.
    """

    def __init__(
        self,
        url: str,
        token: str | None,
        *,
        name: str,
        timeout_s: float,
        whole_timeout_s: float = 600,
        most_bytes: int = MOST_BYTES,
        sleep: Callable[[float], None] = time.sleep,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._token = (token or "").strip()
        if any(not "!" <= character <= "~" for character in self._token):
            raise OwnershipError(
                f"{name}: the token is none: expected a static token of backend.auth.externalAccess, "
                "in ASCII and without blanks"
            )
        self._url = url
        self._timeout_s = timeout_s
        self._whole_timeout_s = whole_timeout_s
        self._most_bytes = most_bytes
        self._sleep = sleep
        self._stopwatch = stopwatch
        self._waits = 0
        self._ends = stopwatch() + whole_timeout_s
        self._session = _Session()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def get(self, path: str, params: Sequence[tuple[str, str]]) -> Any:
        """The answer; asked for again where that may help.

        Raises:
            OwnershipError: there is none, or it is no JSON.
        """
        return self._insist("GET", path, params=params)

    def post(self, path: str, content: Any) -> Any:
        """The answer to a question that is too long for a GET; it changes nothing, so it is asked again, too.

        Raises:
            OwnershipError: as `get` does.
        """
        return self._insist("POST", path, json=content)

    def _insist(self, method: str, path: str, **content: Any) -> Any:
        for wait_s in WAITS_S:
            try:
                return self._answer(method, path, **content)
            except _Passing as trouble:
                if self._waits >= MOST_WAITS:
                    raise
                self._wait(trouble, wait_s)
        return self._answer(method, path, **content)

    def _wait(self, trouble: _Passing, wait_s: float) -> None:
        self._waits += 1
        wait_s = min(LONGEST_WAIT_S, max(wait_s, trouble.asked_s))
        log.info("%s; next attempt in %.1f s", trouble, wait_s)
        self._sleep(wait_s)

    def _answer(self, method: str, path: str, **content: Any) -> Any:
        reply = self._attempt(method, path, content)
        if reply.status == HTTPStatus.OK:
            return self._content(reply)
        if reply.status in _PASSING:
            raise _Passing(f"{self._refused(reply)}; try again later", _asked_s(reply))
        raise OwnershipError(self._explained(reply))

    def _attempt(self, method: str, path: str, content: Mapping[str, Any]) -> Reply:
        begun = self._stopwatch()
        if begun > self._ends:
            raise OwnershipError(f"{self.name} was not read in {self._whole_timeout_s:g} s altogether")
        until = min(self._ends, begun + self._timeout_s * _WHOLE_PER_READ)
        try:
            with self._session.request(
                method,
                f"{self._url}{path}",
                headers={"Accept": "application/json"},
                auth=_Bearer(self._token) if self._token else None,
                timeout=self._timeout_s,
                allow_redirects=False,
                stream=True,
                **content,
            ) as response:
                body = b"".join(self._in_bounds(response, until))
                return Reply(response.status_code, response.headers, body)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise as_ownership_error(error, self.name) from None

    def _in_bounds(self, response: requests.Response, until: float) -> Iterator[bytes]:
        """The body in pieces; one that does not end is cut off."""
        size_bytes = 0
        for piece in arriving(response):
            size_bytes += len(piece)
            if size_bytes > self._most_bytes:
                raise OwnershipError(
                    f"{self.name} answered with more than {self._most_bytes:,} bytes at once"
                )
            if self._stopwatch() > until:
                raise OwnershipError(  # another attempt would take as long
                    f"{self.name} did not finish its answer in {self._timeout_s * _WHOLE_PER_READ:g} s"
                )
            yield piece

    def _content(self, reply: Reply) -> Any:
        try:
            return json.loads(reply.body)
        except (ValueError, RecursionError):
            pass
        if reply.body.lstrip().startswith(b"<"):
            raise OwnershipError(
                f"{self.name} answered with a web page instead of JSON: is url the backend's own address "
                "(backend.baseUrl), and no sign-in page in front of it?"
            )
        start = reply.body[:60].decode("utf-8", "replace")
        raise OwnershipError(
            f"{self.name} answered with something that is not JSON ({len(reply.body):,} bytes, "
            f"beginning {start!r})"
        )

    def _refused(self, reply: Reply) -> str:
        """The status and Backstage's own words, on one line and without the token."""
        said = one_line(_said(reply))
        if self._token:
            said = said.replace(self._token, "***")
        known = {status.value: status.phrase for status in HTTPStatus}
        status = f"{reply.status} {known.get(reply.status, '')}".rstrip()
        return f"{self.name} answered {status}{f' ({said})' if said else ''}"

    def _explained(self, reply: Reply) -> str:
        refused = self._refused(reply)
        if HTTPStatus.MULTIPLE_CHOICES <= reply.status < HTTPStatus.BAD_REQUEST:
            return f"{refused} to {_where(reply)}: give that address as url, or one behind the sign-in page"
        if reply.status == HTTPStatus.UNAUTHORIZED and not self._token:
            return f"{refused}: give it a token, a static one of backend.auth.externalAccess"
        advice = _ADVICE.get(reply.status)
        return f"{refused}: {advice}" if advice else refused


_ADVICE = {
    401: "is the token one of backend.auth.externalAccess in this backend's app-config?",
    403: "the accessRestrictions of the token in backend.auth.externalAccess must admit plugin: catalog",
    404: "is url the backend's address (backend.baseUrl), without /api/catalog, and Backstage 1.13 or newer?",
    407: "the proxy wants credentials: give them in HTTPS_PROXY",
}


def one_line(text: str, most: int = _SHOWN_LENGTH) -> str:
    """``text`` as it may stand in a message: printable, on one line, and not longer than ``most``."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(printable.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _said(reply: Reply) -> str:
    """Backstage's own words: ``{"error": {"name", "message"}}``; empty if it has none."""
    try:
        error = json.loads(reply.body)["error"]
        return f"{error['name']}: {error['message']}"
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""


def _where(reply: Reply) -> str:
    """The host and path that a redirect names; what else is in it may be secret."""
    try:
        url = urlsplit(reply.headers.get("Location", ""))
        where = f"{url.scheme}://{url.hostname}{f':{url.port}' if url.port else ''}{url.path}"
    except ValueError:
        return "elsewhere"
    return one_line(where if url.hostname else url.path) or "elsewhere"


def _asked_s(reply: Reply) -> float:
    """The seconds of ``Retry-After``; its other form, a date, is not worth a clock here."""
    asked = reply.headers.get("Retry-After", "")
    return float(asked) if asked.isascii() and asked.isdigit() else 0.0


def as_ownership_error(error: Exception, name: str) -> OwnershipError:
    """What a foreign exception of a request means; its own text is not quoted, it may hold a password."""
    if isinstance(error, requests.Timeout):
        return _Passing(f"{name} did not answer in time")
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return OwnershipError(f"{name} answered with a body that cannot be decompressed")
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return _Passing(f"{name} broke off in the middle of its answer")
    if isinstance(error, ValueError):  # requests' InvalidURL, MissingSchema, InvalidHeader … are ValueErrors
        return OwnershipError(f"{name} cannot be asked: url, or a proxy's, is not a valid http or https URL")
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return OwnershipError(f"{name}: its certificate is not trusted here; is a company proxy in between?")
    via = " through the proxy" if isinstance(error, requests.exceptions.ProxyError) else ""
    return _Passing(f"the connection to {name}{via} failed: {_cause(error)}")


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
