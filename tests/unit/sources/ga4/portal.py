"""A made-up portal's events, and the plain count that a source's figures are held against."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plugin_digest.model import Period, Week
from unit.sources.ga4.fake_ga4 import Event

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ALIASES = {"azuredevops": "azure-devops"}
SPELLINGS = {
    "catalog": ("catalog",),
    "techdocs": ("techdocs", "TechDocs"),
    "azure-devops": ("azureDevops", "azure-devops", "Azure-DevOps"),
    "jenkins": ("jenkins",),
    "rare": ("rare",),
}
NOBODYS = (None, "root", "app", "")


def make_events(
    weeks: Sequence[Week], per_day: int = 24, zone: ZoneInfo = STOCKHOLM, seed: int = 3
) -> list[Event]:
    """Views, clicks and searches on every day of the weeks, from the first minute to the last."""
    chance = random.Random(seed)
    events = []
    for week in weeks:
        for day in week.days:
            for number in range(per_day):
                minute = (number * 1439) // (per_day - 1)
                at = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone).astimezone(UTC)
                events.append(_event(chance, at))
    return events


def _event(chance: random.Random, at: datetime) -> Event:
    plugin = chance.choices([*SPELLINGS, None], weights=[9, 6, 5, 4, 1, 3])[0]
    spelt = chance.choice(SPELLINGS[plugin] if plugin else NOBODYS)
    page = chance.choice(["", "/", "/a", "/b?tab=1", "/b?tab=2#x", "/c/d"])
    name = chance.choices(["page_view", "navigate", "click", "search"], weights=[5, 4, 2, 1])[0]
    user = f"user-{chance.randrange(30)}"
    path = f"/{spelt}{page}" if spelt else "/"
    return Event(at, user, spelt, path, name, group=spelt, is_active=chance.random() < 0.7)


@dataclass(frozen=True)
class Counted:
    """Views and users, by hand."""

    views: int
    users: int

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Counted":
        some = list(events)
        return cls(len(some), len({event.user for event in some}))


@dataclass(frozen=True)
class Truth:
    """The view events of one week or period."""

    events: tuple[Event, ...]
    aliases: Mapping[str, str]

    @classmethod
    def of(
        cls,
        events: Iterable[Event],
        span: Week | Period,
        zone: ZoneInfo = STOCKHOLM,
        aliases: Mapping[str, str] = ALIASES,
    ) -> "Truth":
        weeks = span.weeks if isinstance(span, Period) else [span]
        days = {day for week in weeks for day in week.days}
        views = (event for event in events if event.name in ("page_view", "navigate"))
        return cls(tuple(view for view in views if view.at.astimezone(zone).date() in days), aliases)

    def plugin(self, event: Event) -> str | None:
        plugin = (event.plugin or "").strip().lower()
        plugin = self.aliases.get(plugin, plugin)
        return plugin if plugin not in ("", "root", "app") else None

    def plugins(self) -> dict[str, Counted]:
        names = {self.plugin(event) for event in self.events} - {None}
        return {str(name): self.of_plugins({str(name)}) for name in names}

    def of_plugins(self, plugins: Iterable[str | None]) -> Counted:
        wanted = set(plugins)
        return Counted.of(event for event in self.events if self.plugin(event) in wanted)

    def portal(self) -> Counted:
        return Counted.of(self.events)

    def pages(self, plugin: str) -> dict[str, int]:
        views: dict[str, int] = {}
        for event in self.events:
            if self.plugin(event) == plugin:
                path = event.path.split("?")[0].split("#")[0]
                views[path] = views.get(path, 0) + 1
        return views


def late(week: Week, days: int = 10) -> datetime:
    """A moment when the week's figures have long settled."""
    return datetime.combine(week.last_day + timedelta(days=days), time(8), tzinfo=UTC)
