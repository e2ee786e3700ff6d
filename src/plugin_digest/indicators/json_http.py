"""One address that answers with JSON: how often and how long it is asked, and what each refusal means.

Knows no indicator. No token and no query of the address leaves this module.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from plugin_digest.bodies import arriving
from plugin_digest.errors import Malformed, Rejected, SourceError, Unreachable
from plugin_digest.ownership.catalog_http import as_ownership_error

log = logging.getLogger(__name__)

WAITS_S = (1.0, 2.0, 4.0)
"""Before the second, third and last attempt."""
MOST_BYTES = 16 * 2**20
_WHOLE_PER_READ = 10
_PASSING = frozenset({429, 500, 502, 503, 504})
_ADVICE = {
    401: "is the token the right one?",
    403: "may the token read this?",
    404: "is url the right address?",
    407: "the proxy wants credentials: give them in HTTPS_PROXY",
}


class _Token(requests.auth.AuthBase):
    """Not a header of the session: a ``.netrc`` would take its place, or stand in for none."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Session(requests.Session):
    """Takes no reply for a redirect: requests would read the body of one without bounds."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - requests' own
        return None


class JsonAddress:
    """``name`` is the address without its query, for people. Redirects are not followed."""

    def __init__(
        self,
        url: str,
        token: str | None,
        *,
        timeout_s: float,
        most_bytes: int = MOST_BYTES,
        sleep: Callable[[float], None] = time.sleep,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        parts = urlsplit(url)
        self.name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        self._url = url
        self._token = (token or "").strip()
        self._timeout_s = timeout_s
        self._most_bytes = most_bytes
        self._sleep = sleep
        self._stopwatch = stopwatch

    def get(self) -> Any:
        """The answer; asked for again where that may help.

        Raises:
            SourceError: there is none, or it is no JSON.
        """
        if any(not "!" <= character <= "~" for character in self._token):
            raise Rejected(f"{self.name}: the token is none: expected ASCII without blanks")
        with _Session() as session:
            for wait_s in WAITS_S:
                try:
                    return self._attempt(session)
                except Unreachable as trouble:
                    log.info("%s; next attempt in %.1f s", trouble, wait_s)
                    self._sleep(wait_s)
            return self._attempt(session)

    def _attempt(self, session: requests.Session) -> Any:
        until = self._stopwatch() + self._timeout_s * _WHOLE_PER_READ
        try:
            with session.get(
                self._url,
                headers={"Accept": "application/json"},
                auth=_Token(self._token),
                timeout=self._timeout_s,
                allow_redirects=False,
                stream=True,
            ) as response:
                if response.status_code != HTTPStatus.OK:
                    raise self._refusal(response.status_code)
                return self._content(b"".join(self._in_bounds(response, until)))
        except (requests.RequestException, HTTPError, OSError) as error:
            raise self._as_source_error(error) from None

    def _in_bounds(self, response: requests.Response, until: float) -> Iterator[bytes]:
        """The body in pieces; one that does not end is cut off."""
        size_bytes = 0
        for piece in arriving(response):
            size_bytes += len(piece)
            if size_bytes > self._most_bytes:
                raise Malformed(f"{self.name} answered with more than {self._most_bytes:,} bytes")
            if self._stopwatch() > until:
                raise Rejected(  # another attempt would take as long
                    f"{self.name} did not finish its answer in {self._timeout_s * _WHOLE_PER_READ:g} s"
                )
            yield piece

    def _content(self, body: bytes) -> Any:
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            what = "a web page" if body.lstrip().startswith(b"<") else "something that is not JSON"
            raise Malformed(f"{self.name} answered with {what} ({len(body):,} bytes)") from None

    def _refusal(self, status: int) -> SourceError:
        """The body is not read: whose words they are is not known, nor what is in them."""
        known = {each.value: each.phrase for each in HTTPStatus}
        answered = f"{self.name} answered {status} {known.get(status, '')}".rstrip()
        if status in _PASSING:
            return Unreachable(f"{answered}; try again later")
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return Rejected(f"{answered}: it is elsewhere, or behind a sign-in page")
        return Rejected(f"{answered}: {_ADVICE[status]}" if status in _ADVICE else answered)

    def _as_source_error(self, error: Exception) -> SourceError:
        """In the words that the catalog's client has for it, which quote nothing."""
        text = str(as_ownership_error(error, self.name))
        passes = isinstance(error, requests.ConnectionError | requests.Timeout)
        broke_off = isinstance(error, requests.exceptions.ChunkedEncodingError | HTTPError)
        is_distrusted = "its certificate is not trusted" in text
        return Unreachable(text) if (passes or broke_off) and not is_distrusted else Rejected(text)
