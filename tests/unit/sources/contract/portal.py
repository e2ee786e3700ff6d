"""One made-up portal's events, the same for every source, and what plain Python counts of them."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from plugin_digest.model import Period, PullRequest, Week

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SPRING = Week(date(2026, 3, 23))
"""Stockholm's clocks go forward on its last day: 167 hours."""
AUTUMN = Week(date(2026, 10, 19))
"""They go back on its last day: 169 hours."""
WEEKS = tuple(AUTUMN.plus(number) for number in (-1, 0, 1))
LONG_AGO = (AUTUMN.plus(-30), AUTUMN.plus(-29))
ALIASES = {"azuredevops": "azure-devops"}
TEAMS = {
    "ci": frozenset({"jenkins", "azure-devops"}),
    "docs": frozenset({"techdocs"}),
    "twins": frozenset({"techdocs", "catalog"}),
    "nobody": frozenset({"unheard-of"}),
}
SPELLINGS = ("catalog", "jenkins", "techdocs", "TechDocs", "azureDevops", "azure-devops", "AZURE-devops")
NOBODYS = ("root", "app", "", None)
PAGES = ("", "/", "/a", "/b?tab=1", "/b?tab=2#x", "/c/d#y")
PERSON = "person-"
"""How every user's name begins, so that one can be looked for where none may be."""


@dataclass(frozen=True)
class Event:
    """``plugin`` is what the portal reports; a path begins with it too, for sources that know paths only."""

    time: datetime
    user: str
    plugin: str | None = "jenkins"
    page: str = "/a"
    is_view: bool = True

    @property
    def path(self) -> str:
        return f"/{self.plugin}{self.page}" if self.plugin else "/"

    @property
    def path_without_query(self) -> str:
        return self.path.split("?")[0].split("#")[0]

    def day(self) -> date:
        return self.time.astimezone(STOCKHOLM).date()


def make_events(weeks: Iterable[Week] = WEEKS, *, seed: int = 11) -> list[Event]:
    """Views and clicks on every day of the weeks, the first and the last millisecond of each among them."""
    chance = random.Random(seed)
    found = [
        _event(moment, chance) for week in weeks for day in week.days for moment in _moments(day, chance)
    ]
    return list(dict.fromkeys(found))


def _moments(day: date, chance: random.Random) -> list[datetime]:
    start, end = (
        datetime.combine(one, time(0), STOCKHOLM).astimezone(UTC) for one in (day, day + timedelta(days=1))
    )
    moment_ms = timedelta(milliseconds=1)
    within = [start + moment_ms * chance.randrange((end - start) // moment_ms) for _ in range(9)]
    return [start, *sorted(within), end - moment_ms]


def _event(moment: datetime, chance: random.Random) -> Event:
    plugin = chance.choice(SPELLINGS) if chance.random() < 0.8 else chance.choice(NOBODYS)
    user = f"{PERSON}{chance.randrange(14):02}"
    return Event(moment, user, plugin, chance.choice(PAGES), is_view=chance.random() < 0.85)


def request(*weeks: Week, **changes: Any) -> PullRequest:
    """A pull long after the last of the weeks, `WEEKS` if none is given."""
    asked = weeks or WEEKS
    values: dict[str, Any] = {
        "timezone": STOCKHOLM,
        "as_of": datetime.combine(max(asked).plus(3).first_day, time(8), UTC),
        "teams": TEAMS,
        "aliases": ALIASES,
        "pages_per_plugin": 3,
    }
    return PullRequest(weeks=asked, **{**values, **changes})


@dataclass(frozen=True)
class Group:
    """Views that are counted together."""

    events: tuple[Event, ...]

    @property
    def views(self) -> int:
        return len(self.events)

    @property
    def users(self) -> int:
        return len({event.user for event in self.events})

    @property
    def spellings(self) -> frozenset[str | None]:
        """The ids under which the group's views are reported."""
        return frozenset(event.plugin or None for event in self.events)


@dataclass(frozen=True)
class Truth:
    """The views of one week, or of a period, straight from the definitions."""

    events: Sequence[Event]
    span: Week | Period
    aliases: Mapping[str, str]

    @cached_property
    def portal(self) -> Group:
        weeks = self.span.weeks if isinstance(self.span, Period) else (self.span,)
        days = {day for week in weeks for day in week.days}
        return Group(tuple(e for e in self.events if e.is_view and e.day() in days))

    @cached_property
    def unattributed(self) -> Group:
        return self.of({None})

    @cached_property
    def plugins(self) -> dict[str, Group]:
        found = {self.plugin(event) for event in self.portal.events} - {None}
        return {str(plugin): self.of({plugin}) for plugin in found}

    def of(self, plugins: Iterable[str | None]) -> Group:
        wanted = set(plugins)
        return Group(tuple(event for event in self.portal.events if self.plugin(event) in wanted))

    def plugin(self, event: Event) -> str | None:
        reported = (event.plugin or "").lower()
        plugin = self.aliases.get(reported, reported)
        return None if plugin in {"", "root", "app"} else plugin

    def pages(self, plugin: str) -> dict[str, Group]:
        views = self.of({plugin}).events
        paths = {event.path_without_query for event in views}
        return {path: Group(tuple(e for e in views if e.path_without_query == path)) for path in paths}


def count(events: Sequence[Event], span: Week | Period) -> Truth:
    return Truth(events, span, ALIASES)
