"""One made-up portal's events as GA4 exports them, and what plain Python counts of them."""

import random
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from plugin_digest.model import PullRequest, Week

STOCKHOLM = ZoneInfo("Europe/Stockholm")
W46 = Week(date(2026, 11, 9))
CLOCK_CHANGE = Week(date(2026, 10, 19))
"""Stockholm's clocks go back on its last day: 169 hours."""
ALIASES = {"azuredevops": "azure-devops", "app": "shell", "404": "not-found"}
TEAMS = {
    "ci": frozenset({"jenkins", "azure-devops", "not-found"}),
    "docs": frozenset({"techdocs"}),
    "idle": frozenset({"nobody-uses-this"}),
    "empty": frozenset[str](),
    "twins": frozenset({"techdocs", "jenkins"}),
}
PLUGINS = ("jenkins", "Jenkins", " jenkins ", "azureDevOps", "azure-devops", "techdocs", "TechDocs",
           "catalog", "root", "app", "", "(not set)", "(other)", None, 404, 7)  # fmt: skip
LABELS = ("/a", "/a?tab=1", "/a#top", "/b/?x=#y", "/b/#y?z", "/Ü/%_'\"", "/b_", "/B_", "Docs", None)
ADDRESSES = (
    "https://portal.acme.example/c/d?x=1#y",
    "https://portal.acme.example",
    "https://portal.acme.example?code=1",
    "HTTP://localhost:7007/Ü/x\ny?z",
    None,
)
PATHS = (None, None, None, "/p/q?r", "?only=query")
USERS = (*(f"{number}.1761{number}" for number in range(25)), "", "  ", None)
UNATTRIBUTED = {"", "root", "app", "(not set)", "(other)"}


@dataclass(frozen=True)
class Event:
    """One row of the export; a number as ``plugin`` goes into int_value."""

    time: datetime
    name: str = "page_view"
    plugin: str | int | None = "jenkins"
    label: str | None = "/ci"
    page_path: str | None = None
    page_location: str | None = None
    browser: str | None = "1.1"
    person: str | None = None
    term: str | int | None = None


def request(*weeks: Week, **changes: Any) -> PullRequest:
    """A pull long after the last of the weeks, W46 if none is given."""
    asked = weeks or (W46,)
    values: dict[str, Any] = {
        "timezone": STOCKHOLM,
        "as_of": datetime.combine(max(asked).plus(2).first_day, time(8), UTC),
        "teams": TEAMS,
        "aliases": ALIASES,
        "pages_per_plugin": 3,
    }
    return PullRequest(weeks=asked, **{**values, **changes})


def make_events(*weeks: Week, zone: ZoneInfo = STOCKHOLM, count: int = 1_500, seed: int = 7) -> list[Event]:
    """Events of the weeks and two days around them, some on the very borders, some twice in one moment."""
    chance = random.Random(seed)
    first, last = min(weeks).first_day - timedelta(days=2), max(weeks).last_day + timedelta(days=3)
    start, end = (datetime.combine(day, time(0), zone).astimezone(UTC) for day in (first, last))
    moments = [start + timedelta(microseconds=chance.randrange((end - start) // US)) for _ in range(count)]
    for week in weeks:
        for day in (*week.days, week.plus(1).first_day):
            midnight = datetime.combine(day, time(0), zone).astimezone(UTC)
            moments += [midnight + timedelta(microseconds=us) for us in (-1, 0, 1) for _ in range(3)]
    events = [_make_event(moment, chance) for moment in moments]
    return [*events, *chance.sample(events, 20)]


US = timedelta(microseconds=1)


def _make_event(moment: datetime, chance: random.Random) -> Event:
    return Event(
        moment,
        chance.choice(("page_view", "navigate", "page_view", "click", "session_start")),
        chance.choice(PLUGINS),
        chance.choice(LABELS),
        chance.choice(PATHS),
        chance.choice(ADDRESSES),
        chance.choice(USERS),
        chance.choice(("hash-a", "hash-b", "", None)),
    )


def day_tables(events: list[Event], property_zone: ZoneInfo = STOCKHOLM) -> dict[str, list[Event]]:
    """The export of the events: table suffix to rows, one table for each day of the property's zone."""
    tables: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        tables[f"{event.time.astimezone(property_zone):%Y%m%d}"].append(event)
    return dict(tables)


def views_on(days: Collection[date], events: Iterable[Event], asked: PullRequest) -> list[Event]:
    """The views on these local days."""
    return [
        event
        for event in events
        if event.name in {"page_view", "navigate"} and event.time.astimezone(asked.timezone).date() in days
    ]


def users_by_group(views: Iterable[Event], asked: PullRequest) -> dict[tuple[str, str], set[str]]:
    """Who viewed the portal, each plugin, and any plugin of each team."""
    users: dict[tuple[str, str], set[str]] = defaultdict(set)
    for event in views:
        if not event.browser or not event.browser.strip():
            continue
        plugin = _plugin(event, asked)
        users["portal", ""].add(event.browser)
        if plugin is not None:
            users["plugin", plugin].add(event.browser)
        for team in (team for team, owned in asked.teams.items() if plugin in owned):
            users["team", team].add(event.browser)
    return users


def count_by_hand(
    events: list[Event], days: Week | Collection[date], asked: PullRequest, user: str = "browser"
) -> Any:
    """(portal, unattributed, plugins, teams, pages), each as (views, users); every row is one view."""
    days = days.days if isinstance(days, Week) else days
    views = [replace(event, browser=getattr(event, user)) for event in views_on(days, events, asked)]
    by_plugin = defaultdict(list)
    for event in views:
        by_plugin[_plugin(event, asked)].append(event)
    none = by_plugin.pop(None, [])
    return (
        _figures(views),
        _figures(none),
        {plugin: _figures(found) for plugin, found in by_plugin.items()},
        {
            team: _figures([event for plugin in plugins for event in by_plugin.get(plugin, [])])
            for team, plugins in asked.teams.items()
        },
        {plugin: top for plugin, found in by_plugin.items() if (top := _top(found, asked))},
    )


def figures_of(snapshot: Any) -> Any:
    """A snapshot in the shape of `count_by_hand`."""

    def pair(usage: Any) -> Any:
        return usage.views, usage.users

    return (
        pair(snapshot.portal),
        pair(snapshot.unattributed),
        {plugin: pair(usage) for plugin, usage in snapshot.plugins.items()},
        {team: pair(together.usage) for team, together in snapshot.teams.items()},
        {
            plugin: [(page.path, page.views, page.users) for page in pages]
            for plugin, pages in snapshot.pages.items()
        },
    )


def _plugin(event: Event, asked: PullRequest) -> str | None:
    plugin = str("" if event.plugin is None else event.plugin).strip().lower()
    plugin = asked.aliases.get(plugin, plugin)
    return None if plugin in UNATTRIBUTED else plugin


def _figures(views: list[Event]) -> tuple[int, int]:
    return len(views), len({event.browser for event in views if event.browser and event.browser.strip()})


def _path(event: Event) -> str | None:
    label = event.label if event.label and event.label.startswith("/") else None
    address = next((one for one in (label, event.page_path, event.page_location) if one is not None), None)
    if address is None:
        return None
    if "://" in address:
        rest = address.split("://", 1)[1]
        cut = min((rest.find(mark) for mark in "/?#" if mark in rest), default=len(rest))
        address = rest[cut:]
    return address.split("?")[0].split("#")[0] or "/"


def _top(views: list[Event], asked: PullRequest) -> list[tuple[str, int, int]]:
    by_path = defaultdict(list)
    for event in views:
        if (path := _path(event)) is not None:
            by_path[path].append(event)
    ranked = sorted(by_path, key=lambda path: (-len(by_path[path]), path))[: asked.pages_per_plugin]
    return [(path, *_figures(by_path[path])) for path in ranked]
