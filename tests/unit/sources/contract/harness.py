"""What a source has to offer to be held to the contract, and what it may say of itself.

A harness fills its system with the portal's events and breaks it on request. What a source cannot do is
said here by name and with the reason, never by leaving a test out.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from plugin_digest.errors import Malformed, SourceError, Unreachable
from plugin_digest.model import Snapshot, Week
from plugin_digest.ports import Source
from unit.sources.contract.portal import WEEKS, Event, Group, request

SETTLING_HOURS = 24
FAULT_WEEKS = WEEKS[:2]
"""The weeks of a pull that fails: the first of them is whole where only the last answer is at fault."""
Scope = Literal["portal", "unattributed", "plugin", "team", "page"]
FAULTS = ("time-out", "500", "garbage", "truncated body", "page missing")
"""What every source meets, or says why it cannot."""


@dataclass
class Place:
    """Where a harness puts what it makes. ``fixture`` gives one of pytest's by its name."""

    directory: Path
    fixture: Callable[[str], Any]
    stack: ExitStack


class Harness(ABC):
    """One source on a system of its own."""

    source_type: ClassVar[str]
    faults: ClassVar[Mapping[str, type[SourceError]]]
    """Ways to break it, and what the error must be."""
    without: ClassVar[Mapping[str, str]] = {}
    """Of `FAULTS`, those that it cannot meet, and why."""
    gaps: ClassVar[tuple[int, ...]] = (0, 3, 6)
    """Days of a week whose absence it can see; all, unless `gaps_reason` says why not."""
    gaps_reason: ClassVar[str] = ""
    merges_duplicates: ClassVar[str] = ""
    """How it recognises an event that was delivered twice; empty: it counts two views."""
    has_pages: ClassVar[bool] = True
    has_new_users: ClassVar[bool] = False
    """Whether it must tell new users; one that need not may, and then they are right."""
    without_periods: ClassVar[str] = ""
    """Why it cannot count several weeks as one; empty: it can."""

    def __init__(self, place: Place) -> None:
        self.place = place

    @abstractmethod
    def make(self, events: Sequence[Event]) -> Source:
        """The source, on a system that holds the events."""

    @abstractmethod
    def break_(self, how: str) -> Source:
        """The source that was made, on the system as it is when broken in that way."""

    def has_users(self, scope: Scope, group: Group, plugins: int = 1) -> bool:
        """Whether the source can say the distinct users of a group, of a team of so many plugins."""
        return True

    def has_period_users(self, scope: Scope, group: Group, plugins: int = 1) -> bool:
        """The same for a period of several weeks."""
        return self.has_users(scope, group, plugins)


@dataclass
class Line:
    """Counts a server's answers and replaces those after the first ``good`` ones."""

    fault: Any = None
    good: int = 0
    answers: int = 0

    def fault_or_none(self) -> Any:
        self.answers += 1
        return self.fault if self.answers > self.good else None


GARBAGE = b"<html>Sign in to the Wi-Fi</html>"
_HALF = b'{"rows": [{"dimen'
_ANSWERS: Mapping[str, tuple[dict[str, Any], type[SourceError]]] = {
    "time-out": ({"hang": True}, Unreachable),
    "500": ({"status": 500, "body": b"oops"}, Unreachable),
    "garbage": ({"body": GARBAGE}, Malformed),
    "truncated body": ({"body": _HALF, "length": 4_000}, Unreachable),
    "half an answer": ({"body": _HALF}, Malformed),
    "an empty answer": ({"body": b""}, Malformed),
}
_LAST = ", last answer only"


class ServerHarness(Harness):
    """A source that asks a server on the loopback. Each fault comes with all answers, and with the last."""

    faults: ClassVar[Mapping[str, type[SourceError]]] = {
        **{how: kind for how, (_, kind) in _ANSWERS.items()},
        **{how + _LAST: _ANSWERS[how][1] for how in ("time-out", "500", "garbage", "truncated body")},
        "nobody there": Unreachable,
        "page missing": Malformed,
    }
    fault_type: ClassVar[type]
    impatient: ClassVar[Mapping[str, Any]] = {"timeout_s": 0.2}

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.line = Line()

    @abstractmethod
    def source(self, **settings: Any) -> Source:
        """The source; the settings go to its constructor."""

    @abstractmethod
    def lose_a_page(self) -> Source:
        """The source, on a server whose answer in several parts lacks one."""

    @abstractmethod
    def elsewhere(self, url: str) -> Source:
        """The source, sent to another address."""

    def break_(self, how: str) -> Source:
        if how == "page missing":
            return self.lose_a_page()
        if how == "nobody there":
            return self.elsewhere("http://127.0.0.1:9")
        if how.endswith(_LAST):
            self.line.answers = 0
            self.source().pull(request(*FAULT_WEEKS))
            self.line.good = self.line.answers - 1
        self.line.answers = 0
        given, _ = _ANSWERS[how.removesuffix(_LAST)]
        self.line.fault = self.fault_type(**given)
        return self.source(**self.impatient if "hang" in given else {})


@dataclass
class Memory:
    """A store of snapshots without a database."""

    stored: list[Snapshot] = field(default_factory=list)

    def add(self, snapshot: Snapshot) -> Snapshot:
        self.stored.append(snapshot)
        return snapshot

    def newest_of(self, weeks: Any) -> dict[Week, Snapshot]:
        wanted = set(weeks)
        return {snapshot.week: snapshot for snapshot in self.stored if snapshot.week in wanted}

    def revision(self, week: Week, n: int) -> Snapshot | None:
        of_week = [snapshot for snapshot in self.stored if snapshot.week == week]
        return of_week[n - 1] if 0 < n <= len(of_week) else None

    def first_seen(self) -> dict[str, Week]:
        return {}
