"""The sources that read files: `events` and `ga4_csv`."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from plugin_digest.errors import Malformed, Rejected, SourceError, Unreachable
from plugin_digest.model import Week
from plugin_digest.ports import Source
from plugin_digest.sources.events import EventsSource
from plugin_digest.sources.ga4_csv import Ga4CsvSource
from plugin_digest.weeks import week_of
from unit.sources.contract.harness import SETTLING_HOURS, Harness, Scope
from unit.sources.contract.portal import PERSON, Event, Group
from unit.sources.event_exports import body, write
from unit.sources.test_ga4_csv import exploration

_NO_SERVER = "files do not answer: they are there or not"


class FilesHarness(Harness, ABC):
    """One file per week; the one in the middle is the one that breaks."""

    faults: ClassVar[Mapping[str, type[SourceError]]] = {
        "garbage": Malformed,
        "truncated body": Malformed,
        "an empty file": Malformed,
        "no file": Rejected,
        "a file that cannot be opened": Unreachable,
    }
    without: ClassVar[Mapping[str, str]] = {
        "time-out": _NO_SERVER,
        "500": _NO_SERVER,
        "page missing": "a file that is gone is missing days or a missing week, and those have tests",
    }

    def break_(self, how: str) -> Source:
        files = sorted(self.place.directory.glob("portal-*"))
        broken = files[len(files) // 2]
        if how == "garbage":
            self.garble(broken)
        elif how == "truncated body":
            broken.write_bytes(broken.read_bytes()[: broken.stat().st_size // 2])
        elif how == "an empty file":
            broken.write_bytes(b"")
        elif how == "no file":
            for file in files:
                file.unlink()
        else:
            broken.unlink()
            broken.symlink_to(self.place.directory / "gone")
        return self.source()

    @abstractmethod
    def source(self) -> Source:
        """The source that reads the harness's files."""

    @abstractmethod
    def garble(self, file: Path) -> None:
        """Makes of a file something that is none of its kind."""


def _by_week(events: Sequence[Event]) -> dict[Week, list[Event]]:
    weeks: dict[Week, list[Event]] = defaultdict(list)
    for event in events:
        weeks[week_of(event.day(), "monday")].append(event)
    return weeks


class EventsHarness(FilesHarness):
    """Gzipped NDJSON in the shape of the Generic HTTP analytics module."""

    source_type = "events"
    has_new_users = True
    merges_duplicates = (
        "equal in every field is the same event: the module sends an event again after an error"
    )

    def make(self, events: Sequence[Event]) -> Source:
        for week, some in _by_week(events).items():
            write(self.place.directory / f"portal-{week}.ndjson.gz", [_body(event) for event in some])
        return self.source()

    def source(self) -> Source:
        return EventsSource(f"{self.place.directory}/portal-*", settling_hours=SETTLING_HOURS, threads=1)

    def garble(self, file: Path) -> None:
        """Lines that are no events, with people in them."""
        write(file, [f"{PERSON}{number} was here" for number in range(50)])


def _body(event: Event) -> dict[str, object]:
    action = "navigate" if event.is_view else "click"
    return body(event.time, event.plugin, event.user, event.path, action)


class Ga4CsvHarness(FilesHarness):
    """Explorations by content group with total users, one download per week."""

    source_type = "ga4_csv"
    gaps = (0, 6)
    gaps_reason = (
        "a download says from when to when it is, not what its days hold: gaps show at its ends only"
    )
    has_pages = False  # its first column is the plugin
    without_periods = "a download is of one week, and the users of several weeks are not their sum"

    def make(self, events: Sequence[Event]) -> Source:
        for week, some in _by_week(events).items():
            file = self.place.directory / f"portal-{week}.csv"
            file.write_text(_download(some), encoding="utf-8")
        return self.source()

    def source(self) -> Source:
        pattern = f"{self.place.directory}/portal-*"
        return Ga4CsvSource(pattern, plugin_from="dimension", settling_hours=SETTLING_HOURS)

    def garble(self, file: Path) -> None:
        file.write_bytes(bytes(range(256)) * 20)

    def has_users(self, scope: Scope, group: Group, plugins: int = 1) -> bool:
        """A row has its users and the total the portal's; users of several rows cannot be told apart."""
        return scope == "portal" or (plugins == 1 and len(_rows(group.events)) <= 1)


def _rows(events: Sequence[Event]) -> dict[str, Group]:
    rows: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        rows[event.plugin or "(not set)"].append(event)
    return {value: Group(tuple(some)) for value, some in rows.items()}


def _download(events: Sequence[Event]) -> str:
    views = [event for event in events if event.is_view]
    rows = [f"{value},{group.views},{group.users}" for value, group in _rows(views).items()]
    whole = Group(tuple(views))
    days = [f"{edge(event.day() for event in events):%Y%m%d}" for edge in (min, max)]
    return exploration(rows, f",{whole.views},{whole.users}").replace("20210822-20210828", "-".join(days))
