"""What an error of BigQuery's client means, in the user's terms.

Owns the reading of its reasons and messages. Foreign exceptions are told by what they carry, so that this
module does without the client.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import requests
from google.auth.exceptions import GoogleAuthError

from plugin_digest.errors import Malformed, Rejected, SourceError, Unreachable
from plugin_digest.sources.http import as_source_error

SERVER = "BigQuery"

_PASSING_REASONS = frozenset({"backendError", "internalError", "rateLimitExceeded", "tableUnavailable"})
_PASSING_STATUSES = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_TIMED_OUT_REASONS = frozenset({"stopped", "timeout"})
_NEEDED = re.compile(r"limit for bytes billed: (\d+)\. (\d+) or higher required")
_LIMIT_CHARS = 300


class Refusals:
    """Turns the client's errors about one dataset into ours.

    ``project`` is the one that queries run in and are billed to.
    """

    def __init__(self, dataset: str, project: str, account: str, timeout_s: float) -> None:
        self._dataset = dataset
        self._project = project
        self._account = account or "the account of these credentials"
        self._timeout_s = timeout_s

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Whatever the client raises comes out as ours."""
        try:
            yield
        except SourceError:
            raise
        except Exception as error:  # noqa: BLE001 - the client fails in its own ways on an unexpected answer
            raise self.about(error) from None

    def about(self, error: BaseException) -> SourceError:
        """The error of the kind that says what to do about it."""
        cause = getattr(error, "cause", None)
        if isinstance(cause, BaseException):  # api_core's RetryError: the last failure is what matters
            error = cause
        if isinstance(getattr(error, "code", None), int):
            return self._about_answer(error)
        if isinstance(error, requests.exceptions.JSONDecodeError | json.JSONDecodeError):
            return Malformed(f"{SERVER} answered with something that is not JSON")
        if isinstance(error, requests.RequestException | GoogleAuthError):
            return as_source_error(error, SERVER)
        if isinstance(error, TimeoutError):
            return self._too_slow()
        if isinstance(error, OSError):
            return as_source_error(error, SERVER)
        return Malformed(f"{SERVER} answered with something that cannot be read ({type(error).__name__})")

    def _too_slow(self) -> Unreachable:
        return Unreachable(
            f"{self._dataset}: {SERVER} did not finish within {self._timeout_s:g} s (source.timeout_s)"
        )

    def _about_answer(self, error: BaseException) -> SourceError:
        status, reason, said = int(getattr(error, "code", 0)), _reason(error), _said(error)
        if reason in _TIMED_OUT_REASONS:
            return self._too_slow()
        if reason == "quotaExceeded":
            return Unreachable(f"{self._project}: a quota of {SERVER} is used up; again later ({said})")
        passes = status in _PASSING_STATUSES or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        if passes or reason in _PASSING_REASONS:
            return Unreachable(f"{SERVER} answered {status}; try again later ({said})")
        explain = {
            HTTPStatus.UNAUTHORIZED.value: self._unauthorized,
            HTTPStatus.FORBIDDEN.value: self._forbidden,
            HTTPStatus.NOT_FOUND.value: self._not_found,
        }.get(status, self._bad_request)
        return Rejected(explain(said))

    def _unauthorized(self, said: str) -> str:
        return f"{SERVER} does not accept the credentials of {self._account} ({said})"

    def _forbidden(self, said: str) -> str:
        if "has not been used" in said or "it is disabled" in said:
            return (
                f"the BigQuery API is not enabled in project {self._project}: enable it at https://console."
                f"cloud.google.com/apis/library/bigquery.googleapis.com?project={self._project} and wait a "
                "few minutes"
            )
        if "scope" in said:
            return f"the credentials may not use {SERVER}: they lack the scope bigquery ({said})"
        if "jobs.create" in said:
            return (
                f"{self._account} may not run queries in project {self._project}: give it "
                f"roles/bigquery.jobUser there ({said})"
            )
        if "billing" in said.lower():
            return f"project {self._project}: {said}"
        return (
            f"{self._account} may not read {self._dataset}: give it roles/bigquery.dataViewer on the dataset "
            f"and roles/bigquery.jobUser on project {self._project} ({said})"
        )

    def _not_found(self, said: str) -> str:
        if "does not match any table" in said:
            return f"{self._dataset} {_NO_TABLES}"
        if "ataset" in said:
            return (
                f"there is no dataset {self._dataset}, or not in that location: GA4 names it "
                "analytics_ and the property id, and source.location is best left out "
                f"({said})"
            )
        return f"{self._dataset}: {said}"

    def _bad_request(self, said: str) -> str:
        if needed := _NEEDED.search(said):
            return (
                f"{self._dataset}: the query would be billed {int(needed[2]):,} bytes, and "
                f"source.maximum_bytes_billed allows {int(needed[1]):,}"
            )
        return f"{self._dataset}: {SERVER} refused the query: {said}"

    def too_dear(self, what: str, size_bytes: int, maximum_bytes: int) -> Rejected:
        """For the query of ``what``, which would read more than it may."""
        return Rejected(
            f"{self._dataset}: the query of {what} reads {size_bytes:,} bytes, and "
            f"source.maximum_bytes_billed allows {maximum_bytes:,}; nothing was read"
        )

    def no_tables(self) -> Rejected:
        return Rejected(f"{self._dataset} {_NO_TABLES}")


_NO_TABLES = (
    "has no table of events: link the GA4 property to it under Admin > Product links > BigQuery links with "
    "the daily export; the first table comes a day later, and none for the time before"
)


def _reason(error: BaseException) -> str:
    errors = getattr(error, "errors", None) or [{}]
    first = errors[0]
    return str(first.get("reason", "")) if isinstance(first, dict) else ""


def _said(error: BaseException) -> str:
    """What BigQuery says, without the request's address before it and the job's particulars after it."""
    errors = getattr(error, "errors", None) or [{}]
    told = errors[0].get("message") if isinstance(errors[0], dict) else None
    text = str(told or getattr(error, "message", "") or "no reason given").split("\n\n", 1)[0]
    return " ".join(text.split())[:_LIMIT_CHARS].rstrip(".")
