"""Small event exports for tests, and a reference that counts them in plain Python."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from plugin_digest.model import Absent, Count, PullRequest, Usage, Week

STOCKHOLM = ZoneInfo("Europe/Stockholm")
W46 = Week(date(2026, 11, 9))
AS_OF = datetime(2026, 11, 16, 8, tzinfo=UTC)
MONDAY = datetime(2026, 11, 9, 10, tzinfo=UTC)

Body = dict[str, Any]


def body(
    at: datetime | str = MONDAY,
    plugin: str | None = "catalog",
    user: str | None = "user:default/ann",
    path: str | None = "/catalog",
    action: str = "navigate",
    session: str = "s1",
    context: Mapping[str, Any] | None = None,
) -> Body:
    """One event in the body shape of Backstage's Generic HTTP analytics module."""
    extra = {"routeRef": "catalog:index", "extension": "App"} if context is None else context
    event = {"action": action, "subject": path, "attributes": {}, "context": {"pluginId": plugin, **extra}}
    moment = at if isinstance(at, str) else stamp(at)
    return {"event": event, "timestamp": moment, "user": user, "sessionId": session}


def stamp(at: datetime) -> str:
    """As JavaScript's ``toISOString``."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def every_day(week: Week = W46, **changes: Any) -> list[Body]:
    """A click at noon of each day: what makes a week complete without a view."""
    noon = datetime(week.first_day.year, week.first_day.month, week.first_day.day, 12, tzinfo=UTC)
    return [body(noon + timedelta(days=n), **{"action": "click", **changes}) for n in range(7)]


def write(path: Path, events: Iterable[Body | str]) -> Path:
    """NDJSON, compressed as the name says; a string is written as it is."""
    lines = [event if isinstance(event, str) else json.dumps(event) for event in events]
    data = "".join(f"{line}\n" for line in lines).encode()
    if path.suffix == ".zst":
        return zstd(path, data)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def zstd(path: Path, data: bytes) -> Path:
    """Compresses text lines with DuckDB: Python 3.11 has no Zstandard."""
    plain = path.with_suffix(".plain")
    plain.write_bytes(data)
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (FROM read_csv('{plain}', auto_detect=false, header=false, delim='\x01', quote='', "
            f"escape='', columns={{'line': 'VARCHAR'}})) TO '{path}' "
            "(FORMAT csv, HEADER false, DELIMITER '\x01', QUOTE '', ESCAPE '', COMPRESSION zstd)"
        )
    plain.unlink()
    return path


def ask(*weeks: Week, zone: ZoneInfo = STOCKHOLM, as_of: datetime = AS_OF, **changes: Any) -> PullRequest:
    return PullRequest(weeks or (W46,), zone, as_of, **changes)


def used(views: int, users: int, new_users: Count = Absent.NO_DATA) -> Usage:
    """As a source that knows users gives it, of an export that begins with the week."""
    return Usage(views, users, new_users)


@dataclass(frozen=True)
class Reference:
    """What plain Python counts in one week: plugin, team or portal to (views, users)."""

    portal: tuple[int, int]
    unattributed: tuple[int, int]
    plugins: dict[str, tuple[int, int]]
    teams: dict[str, tuple[int, int]]
    pages: dict[str, list[tuple[str, int, int]]]


def count(events: Sequence[Body], week: Week, request: PullRequest) -> Reference:
    """Straight from the definitions, sharing no code with the source."""
    once = {json.dumps(event, sort_keys=True): event for event in events}.values()
    views = [event for event in once if _is_view_of(event, week, request.timezone)]
    plugins = {_plugin(event, request.aliases) for event in views}
    by_plugin = {
        plugin: [event for event in views if _plugin(event, request.aliases) == plugin] for plugin in plugins
    }
    nobodys = by_plugin.pop(None, [])
    return Reference(
        portal=_figures(views),
        unattributed=_figures(nobodys),
        plugins={str(plugin): _figures(events) for plugin, events in by_plugin.items()},
        teams={
            team: _figures([event for plugin in owned for event in by_plugin.get(plugin, [])])
            for team, owned in request.teams.items()
        },
        pages={str(p): _pages(events)[: request.pages_per_plugin] for p, events in by_plugin.items()},
    )


def _is_view_of(event: Body, week: Week, zone: ZoneInfo) -> bool:
    moment = datetime.fromisoformat(event["timestamp"])
    return event["event"]["action"] == "navigate" and moment.astimezone(zone).date() in week.days


def _plugin(event: Body, aliases: Mapping[str, str]) -> str | None:
    reported = (event["event"]["context"]["pluginId"] or "").strip().lower()
    plugin = aliases.get(reported, reported)
    return None if plugin in {"", "root", "app", "(not set)", "(other)"} else plugin


def _figures(views: Sequence[Body]) -> tuple[int, int]:
    return len(views), len({event["user"] for event in views if event["user"]})


def _pages(views: Sequence[Body]) -> list[tuple[str, int, int]]:
    by_page = defaultdict(list)
    for event in views:
        by_page[event["event"]["subject"].split("?")[0].split("#")[0] or "/"].append(event)
    figures = [(path, *_figures(events)) for path, events in by_page.items()]
    return sorted(figures, key=lambda row: (-row[1], row[0]))
