"""One made-up portal's events, what plain Python counts of them, and tables that hold them."""

import json
import random
from collections import defaultdict
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from plugin_digest.model import PullRequest, Week

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NEW_YORK = ZoneInfo("America/New_York")
WEEKS = tuple(Week(date(2026, 10, 19)).plus(number) for number in range(4))
"""The clocks change on 25 October in Stockholm and on 1 November in New York."""
AS_OF = datetime(2026, 11, 20, 8, tzinfo=UTC)
ALIASES = {"azuredevops": "azure-devops", "app": "shell"}
TEAMS = {
    "ci": frozenset({"jenkins", "azure-devops"}),
    "docs": frozenset({"techdocs"}),
    "idle": frozenset({"nobody-uses-this"}),
    "empty": frozenset[str](),
    "twins": frozenset({"techdocs", "jenkins"}),
}
EXCLUDED = "user:default/SVC-*"
PLUGINS = ("jenkins", "Jenkins", " jenkins ", "azureDevOps", "azure-devops", "techdocs", "TechDocs",
           "catalog", "root", "app", "", "(not set)", None)  # fmt: skip
PATHS = ("/a", "/a?tab=1", "/a#top", "/b/?x=#y", "/b/#y?z", "?only=query", "/Ü/%_'\"", "/b_", "/B_", None)
USERS = (*(f"user:default/u{number}" for number in range(25)), "user:default/svc-bot", "", None)


@dataclass(frozen=True, order=True)
class Event:
    time: datetime
    action: str
    plugin: Any
    path: Any
    user: Any
    session: str


def make_events(zone=STOCKHOLM, count=3_000, seed=7):
    """Events of the weeks and some around them, some on the very borders, some delivered twice."""
    chance = random.Random(seed)
    start = datetime.combine(WEEKS[0].first_day - timedelta(days=3), time(0), zone).astimezone(UTC)
    span_ms = 34 * 24 * 3_600_000
    moments = [start + timedelta(milliseconds=chance.randrange(span_ms)) for _ in range(count)]
    for day in (day for week in WEEKS for day in (week.first_day, week.days[6])):
        midnight = datetime.combine(day, time(0), zone).astimezone(UTC)
        moments += [midnight + timedelta(milliseconds=ms) for ms in (-1, 0, 1) for _ in range(5)]
    events = [
        Event(
            moment,
            chance.choice(("navigate", "navigate", "navigate", "click", "search")),
            chance.choice(PLUGINS),
            chance.choice(PATHS),
            chance.choice(USERS),
            f"s{chance.randrange(40)}",
        )
        for moment in moments
    ]
    events += chance.sample(events, count // 20)
    chance.shuffle(events)
    return events


def request(weeks=WEEKS, zone=STOCKHOLM, **changes):
    values: dict[str, Any] = {"teams": TEAMS, "aliases": ALIASES, "pages_per_plugin": 3, "as_of": AS_OF}
    return PullRequest(weeks=weeks, timezone=zone, **{**values, **changes})


def count_by_hand(events, asked, exclude_svc=False):
    """Week -> (portal, unattributed, plugins, teams, pages), each (views, users)."""
    weeks = {}
    for week in asked.weeks:
        views = [e for e in set(events) if e.action == "navigate" and _local(e, asked.timezone) in week.days]
        if exclude_svc:
            views = [e for e in views if "svc-" not in (e.user or "")]
        by_plugin = defaultdict(list)
        for event in views:
            by_plugin[_plugin(event, asked.aliases)].append(event)
        none = by_plugin.pop(None, [])
        teams = {
            team: [e for plugin in plugins for e in by_plugin.get(plugin, [])]
            for team, plugins in asked.teams.items()
        }
        weeks[week] = (
            _figures(views),
            _figures(none),
            {plugin: _figures(found) for plugin, found in by_plugin.items()},
            {team: _figures(found) for team, found in teams.items()},
            {plugin: top for plugin, found in by_plugin.items() if (top := _top(found, asked))},
        )
    return weeks


def _local(event, zone):
    return event.time.astimezone(zone).date()


def _plugin(event, aliases):
    plugin = (event.plugin or "").strip().lower()
    plugin = aliases.get(plugin, plugin)
    return None if plugin in {"", "root", "app", "(not set)", "(other)"} else plugin


def _figures(views):
    return len(views), len({e.user for e in views if e.user})


def _top(views, asked):
    by_path = defaultdict(list)
    for event in views:
        if event.path is not None:
            by_path[event.path.partition("#")[0].partition("?")[0]].append(event)
    ranked = sorted(by_path, key=lambda path: (-len(by_path[path]), path))[: asked.pages_per_plugin]
    return [(path or "/", *_figures(by_path[path])) for path in ranked]


def figures_of(snapshot):
    """A snapshot in the shape of `count_by_hand`."""

    def pair(usage):
        return usage.views, usage.users

    return (
        pair(snapshot.portal),
        pair(snapshot.unattributed),
        {plugin: pair(usage) for plugin, usage in snapshot.plugins.items()},
        {team: pair(together.usage) for team, together in snapshot.teams.items()},
        {plugin: [astuple(page) for page in pages] for plugin, pages in snapshot.pages.items()},
    )


TIME_TYPES: dict[str, Any] = {
    "timestamptz": sa.DateTime(timezone=True),
    "timestamp": sa.DateTime(),
    "iso_text": sa.String(),
    "iso_blank": sa.String(),
    "epoch_s": sa.BigInteger(),
    "epoch_ms": sa.BigInteger(),
}
COLUMNS = {
    "time": "created_at",
    "action": "action",
    "plugin": "plugin_id",
    "path": "subject",
    "user": "user_ref",
    "session": "Session-Id",
}


def stored_time(moment, form):
    """The moment as a column of that form holds it."""
    milliseconds = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "timestamptz": moment,
        "timestamp": moment.replace(tzinfo=None),
        "iso_text": milliseconds,
        "iso_blank": milliseconds.replace("T", " ").removesuffix("Z"),
        "epoch_s": int(moment.timestamp()),
        "epoch_ms": round(moment.timestamp() * 1000),
    }[form]


def write_table(url, events, form, table="events", schema=None, columns=COLUMNS):
    """Makes the table anew and fills it."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    held = sa.Table(
        table,
        sa.MetaData(),
        *(sa.Column(columns[f], TIME_TYPES[form] if f == "time" else sa.String, quote=True) for f in columns),
        schema=schema,
    )
    rows = [
        {columns[f]: stored_time(e.time, form) if f == "time" else getattr(e, f) for f in columns}
        for e in events
    ]
    with engine.begin() as connection:
        if schema:
            connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))
        connection.execute(sa.schema.DropTable(held, if_exists=True))
        connection.execute(sa.schema.CreateTable(held))
        for first in range(0, len(rows), 500):
            connection.execute(held.insert().values(rows[first : first + 500]))
    engine.dispose()


def write_ndjson(path: Path, events):
    """The same events as the body of the Generic HTTP analytics module, one a line."""
    lines = [
        {
            "event": {
                "action": e.action,
                "subject": e.path,
                "attributes": {},
                "context": {"pluginId": e.plugin},
            },
            "timestamp": stored_time(e.time, "iso_text"),
            "user": e.user,
            "sessionId": e.session,
        }
        for e in events
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
