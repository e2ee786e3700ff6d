"""What a database's error means, in words that hold no credential, no parameter and no row.

Owns the reading of SQLSTATE codes and, where an engine has none, of its messages.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import quote, quote_plus, unquote

from sqlalchemy import URL
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    DisconnectionError,
    OperationalError,
    SQLAlchemyError,
)

from plugin_digest.errors import Malformed, Rejected, SourceError, Unreachable

_SECRET_KEY = re.compile(r"pass|pwd|secret|token|key|credential|auth", re.IGNORECASE)
_LIMIT_CHARS = 300
_REJECTED = re.compile(
    r"password|authentication(?! request from server)|role .* does not exist|database .* does not exist"
    r"|pg_hba|access denied|unknown database|permission denied|unable to open database file"
    r"|cannot open (database|file)|no such (table|column|function)|syntax error|read-?only"
    r"|not a database|not a valid duckdb",
    re.IGNORECASE,
)
_MALFORMED = re.compile(r"malformed|corrupt", re.IGNORECASE)
_TIMED_OUT = frozenset({"57014"})
_MEANINGS: Mapping[str, type[SourceError]] = {
    "08": Unreachable,
    "0A": Rejected,
    "22": Malformed,
    "25": Rejected,
    "28": Rejected,
    "3D": Rejected,
    "3F": Rejected,
    "40": Unreachable,
    "42": Rejected,
    "53": Unreachable,
    "55": Unreachable,
    "57": Unreachable,
    "58": Unreachable,
    "XX": Malformed,
}
"""Classes of SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html"""


def hidden_in(url: URL) -> frozenset[str]:
    """Everything in a URL that must not be repeated, in each way it may be written."""
    secrets = {str(url.password)} if url.password else set()
    for key, values in url.normalized_query.items():
        if _SECRET_KEY.search(key):
            secrets.update(values)
    forms = (str, quote, quote_plus, unquote, lambda text: quote(text, safe=""))
    return frozenset(form(secret) for secret in secrets if secret for form in forms)


class Complaints:
    """Turns foreign errors of one database into ours."""

    def __init__(self, label: str, hidden: frozenset[str], timeout_s: float, section: str) -> None:
        self._label = label
        self._hidden = hidden
        self._timeout_s = timeout_s
        self._section = section

    @contextmanager
    def heard(self, is_over: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """Whatever the driver raises comes out as ours; ``is_over``: the statement was interrupted by us."""
        try:
            yield
        except SourceError:
            raise
        except SQLAlchemyError as error:
            raise (self.too_slow() if is_over() else self.about(error)) from None
        except OSError as error:
            said = error.strerror or type(error).__name__
            raise Unreachable(f"{self._label}: the connection failed: {said}") from None
        except Exception as error:  # noqa: BLE001 - drivers raise what they like
            raise Rejected(f"{self._label}: its driver fails with {type(error).__name__}") from None

    def too_slow(self) -> Unreachable:
        return Unreachable(
            f"{self._label}: a statement took longer than {self._timeout_s:g} s "
            f"({self._section}statement_timeout_s); is there an index on the time column?"
        )

    def about(self, error: SQLAlchemyError) -> SourceError:
        """The error of the kind that says what to do about it."""
        if not isinstance(error, DBAPIError):
            return self._about_statement(error)
        state = str(getattr(error.orig, "sqlstate", None) or "")
        said = str(error.orig)
        if state in _TIMED_OUT or "maximum statement execution time exceeded" in said:
            return self.too_slow()
        if isinstance(error, DataError) or state.startswith("22"):
            # the message would quote the value, which may be a user
            return Malformed(f"{self._label}: a value cannot be read as what the query takes it for")
        return _meaning(error, state, said)(f"{self._label}: {self._repeat(said)}")

    def _about_statement(self, error: SQLAlchemyError) -> SourceError:
        if isinstance(error, DisconnectionError):
            return Unreachable(f"{self._label}: the connection broke")
        return Rejected(f"{self._label}: {self._repeat(str(error))}")

    def _repeat(self, said: str) -> str:
        """A database's words on one line, without the statement that it quotes and without secrets."""
        text = re.split(r"\n\s*(?:LINE \d+:|\[SQL:|CONTEXT:|DETAIL:|\(Background on)", said, maxsplit=1)[0]
        for secret in sorted(self._hidden, key=len, reverse=True):
            text = text.replace(secret, "***")
        return " ".join(text.split())[:_LIMIT_CHARS] or "no reason given"


def _meaning(error: DBAPIError, state: str, said: str) -> type[SourceError]:
    if state[:2] in _MEANINGS:
        return _MEANINGS[state[:2]]
    if _MALFORMED.search(said):
        return Malformed
    if _REJECTED.search(said):
        return Rejected
    return Unreachable if isinstance(error, OperationalError) or error.connection_invalidated else Rejected
