"""Pulling twelve weeks of events, as ratios within one run: against DuckDB by hand and a json.loads loop.

By hand is what one would type to get the same figures: views and distinct users per plugin, team and
portal, unattributed views and the five most viewed pages of each plugin, per local week, each event once.
All three must agree before anything is printed. By hand there is no limit on memory, no check of the
files, no list of missing days, no count of unreadable lines and no progress. Memory is the peak of a
process of its own that pulls, at a quarter of the events and at all of them.

    python tests/bench/bench_pull.py [--events 2000000]
"""

import argparse
import gzip
import json
import resource
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from plugin_digest.model import PullRequest, Snapshot, Week
from plugin_digest.sources.events import EventsSource

ZONE = ZoneInfo("Europe/Stockholm")
FIRST = Week(date(2026, 8, 24))
WEEKS = [FIRST.plus(n) for n in range(12)]
PLUGINS, USERS, PAGES = 135, 8_000, 40
TEAMS = {f"team-{n}": frozenset(f"plugin-{p}" for p in range(n, PLUGINS, 63)) for n in range(63)}
REQUEST = PullRequest(WEEKS, ZONE, datetime(2026, 11, 20, tzinfo=UTC), TEAMS)
NOBODYS = ("", "root", "app", "(not set)", "(other)")
ROUNDS = 5

Figures = dict[tuple[str, ...], tuple[int, int]]
"""(week, what, key) to views and users."""


def make_events(directory: Path, events: int) -> None:
    """A file a week; numbers come from hashes of a counter, so that every run has the same events."""
    directory.mkdir()
    with duckdb.connect(config={"threads": 2}) as connection:
        for number, week in enumerate(WEEKS):
            start = datetime(week.first_day.year, week.first_day.month, week.first_day.day, tzinfo=ZONE)
            made = _made_events(number * events // 12, (number + 1) * events // 12, start)
            file = directory / f"{week}.ndjson.gz"
            connection.execute(f"COPY ({made}) TO '{file}' (FORMAT json, COMPRESSION gzip)")


def _made_events(first: int, end: int, start: datetime) -> str:
    """One event in a hundred stands twice, one in a hundred belongs to no plugin, seven are clicks."""
    start_ms = round(start.timestamp() * 1000)
    return f"""
        SELECT {{action: CASE WHEN hash(n, 5) % 100 < 93 THEN 'navigate' ELSE 'click' END,
                 subject: '/plugin-' || p || '/page-' || page || if(n % 5 = 0, '?tab=' || page, ''),
                 attributes: {{kind: 'component', "namespace": 'default', name: 'service-' || page}},
                 context: {{pluginId: CASE WHEN hash(n, 6) % 100 = 0 THEN 'root' ELSE 'plugin-' || p END,
                            routeRef: 'plugin-' || p || ':root', extension: 'App'}}}} AS event,
               strftime(moment, '%Y-%m-%dT%H:%M:%S.%gZ') AS "timestamp",
               'user:default/user-' || u AS "user", printf('%x', hash(u, {first})) AS "sessionId"
        FROM (SELECT n, hash(n, 3) % {USERS} AS u, hash(n, 4) % {PAGES} AS page,
                     (pow((hash(n, 2) % 1000000) / 1000000.0, 2.5) * {PLUGINS})::INT AS p,
                     make_timestamp_ms({start_ms} + (hash(n, 1) % 604800000)::BIGINT) AS moment
              FROM range({first}, {end}) AS counter(n), range(CASE WHEN n % 100 = 0 THEN 2 ELSE 1 END))"""


def pull_by_source(directory: Path) -> Figures:
    return dict(_snapshot_figures(EventsSource(f"{directory}/*.gz").pull(REQUEST)))


def _snapshot_figures(snapshots: Iterable[Snapshot]) -> Iterable[tuple[tuple[str, ...], Any]]:
    for snapshot in snapshots:
        week = str(snapshot.week)
        yield (week, "portal"), (snapshot.portal.views, snapshot.portal.users)
        yield (week, "unattributed"), (snapshot.unattributed.views, snapshot.unattributed.users)
        for plugin, usage in snapshot.plugins.items():
            yield (week, "plugin", plugin), (usage.views, usage.users)
        for team, figures in snapshot.teams.items():
            yield (week, "team", team), (figures.usage.views, figures.usage.users)
        for plugin, pages in snapshot.pages.items():
            for page in pages:
                yield (week, "page", plugin, page.path), (page.views, page.users)


BY_HAND = """
    CREATE TEMP TABLE views AS
    SELECT strftime("timestamp"::TIMESTAMPTZ AT TIME ZONE 'Europe/Stockholm', '%G-W%V') AS week,
           lower(trim(event.context.pluginId)) AS plugin,
           split_part(split_part(event.subject, '?', 1), '#', 1) AS path, "user" AS visitor
    FROM (SELECT DISTINCT event, "timestamp", "user", "sessionId"
          FROM read_json('{files}', format = 'newline_delimited', ignore_errors = true, columns = {{
            event: 'STRUCT(action VARCHAR, subject VARCHAR, value VARCHAR, attributes JSON, context STRUCT(
                    pluginId VARCHAR, routeRef VARCHAR, extension VARCHAR, extensionId VARCHAR))',
            timestamp: 'VARCHAR', user: 'VARCHAR', sessionId: 'VARCHAR'}}))
    WHERE event.action = 'navigate';
"""
_FIGURES = "count(*) AS views, count(DISTINCT visitor) AS users"
QUERIES = {
    "portal": f"SELECT week, {_FIGURES} FROM views GROUP BY ALL",
    "unattributed": f"SELECT week, {_FIGURES} FROM views WHERE plugin IN {NOBODYS} GROUP BY ALL",
    "plugin": f"SELECT week, plugin, {_FIGURES} FROM views WHERE plugin NOT IN {NOBODYS} GROUP BY ALL",
    "team": f"SELECT week, team, {_FIGURES} FROM views JOIN owners USING (plugin) GROUP BY ALL",
    "page": f"FROM (SELECT week, plugin, path, {_FIGURES} FROM views "
    f"WHERE plugin NOT IN {NOBODYS} GROUP BY ALL) QUALIFY row_number() "
    "OVER (PARTITION BY week, plugin ORDER BY views DESC, path) <= 5",
}


def pull_by_hand(directory: Path) -> Figures:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        pairs = [(team, plugin) for team, owned in TEAMS.items() for plugin in owned]
        connection.execute(f"CREATE TEMP TABLE owners AS FROM (VALUES {str(pairs)[1:-1]}) AS t(team, plugin)")
        connection.execute(BY_HAND.format(files=f"{directory}/*.gz"))
        return {
            (row[0], what, *row[1:-2]): (row[-2], row[-1])
            for what, query in QUERIES.items()
            for row in connection.execute(query).fetchall()
        }


def pull_by_loop(directory: Path) -> Figures:
    """A set of what was seen, a set of users for everything that has users."""
    seen: set[str] = set()
    users: dict[tuple[str, ...], set[str]] = defaultdict(set)
    views: Counter[tuple[str, ...]] = Counter()
    owners = {plugin: team for team, owned in TEAMS.items() for plugin in owned}
    for path in sorted(directory.glob("*.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                body = json.loads(line)
                event = body["event"]
                if line in seen or event["action"] != "navigate":
                    continue
                seen.add(line)
                for key in _keys(body, owners):
                    views[key] += 1
                    users[key].add(body["user"])
    figures = {key: (count, len(users[key])) for key, count in views.items()}
    return {key: figures[key] for key in _without_rare_pages(figures)}


def _keys(body: Any, owners: dict[str, str]) -> Iterable[tuple[str, ...]]:
    moment = datetime.fromisoformat(body["timestamp"]).astimezone(ZONE)
    week = f"{moment:%G-W%V}"
    plugin = body["event"]["context"]["pluginId"].strip().lower()
    yield week, "portal"
    if plugin in NOBODYS:
        yield week, "unattributed"
        return
    yield week, "plugin", plugin
    yield week, "page", plugin, body["event"]["subject"].split("?", 1)[0].split("#", 1)[0]
    if plugin in owners:
        yield week, "team", owners[plugin]


def _without_rare_pages(figures: Figures) -> Iterable[tuple[str, ...]]:
    by_plugin = defaultdict(list)
    for key, (views, _) in figures.items():
        if key[1] == "page":
            by_plugin[key[0], key[2]].append((-views, key[3], key))
        else:
            yield key
    for pages in by_plugin.values():
        yield from (key for *_, key in sorted(pages)[:5])


def timed(work: Callable[[Path], Figures], directory: Path) -> tuple[float, float, Figures]:
    """Seconds by the clock and of processor time, and what came out."""
    clock, processor = perf_counter(), process_time()
    figures = work(directory)
    return perf_counter() - clock, process_time() - processor, figures


def compare(directory: Path) -> None:
    """The two that are close run in turns; the best of each counts, being the least disturbed."""
    source, hand = [], []
    for _ in range(ROUNDS):
        source.append(timed(pull_by_source, directory))
        hand.append(timed(pull_by_hand, directory))
    loop = timed(pull_by_loop, directory)
    expected = {key: value for key, value in source[0][2].items() if value != (0, 0)}
    assert expected == hand[0][2] == loop[2], "the three do not agree"
    ours, theirs = (min(run[0] for run in runs) for runs in (source, hand))
    our_cpu, their_cpu = (min(run[1] for run in runs) for runs in (source, hand))
    print(f"EventsSource.pull            {ours:7.1f} s, {our_cpu:.1f} s of processor time")
    print(f"  against DuckDB by hand     {ours / theirs:7.2f}, processor {our_cpu / their_cpu:.2f}; aim 1.5")
    print(f"  against a json.loads loop  {ours / loop[0]:7.2f}, processor {our_cpu / loop[1]:.2f}")


def peak_mb(directory: Path) -> float:
    """The most memory that a process held which did nothing but pull."""
    answer = subprocess.run(
        [sys.executable, __file__, "--pull-only", str(directory)], check=True, capture_output=True, text=True
    )
    return float(answer.stdout)


def own_peak_mb() -> float:
    """Linux hands a parent's peak down to ``ru_maxrss``; its own page of the process does not have it."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    kilobytes = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), None)
    return (kilobytes or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--pull-only", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.pull_only:
        pull_by_source(arguments.pull_only)
        print(own_peak_mb())
        return
    with TemporaryDirectory() as name:
        few, many = Path(name, "few"), Path(name, "many")
        make_events(few, arguments.events // 4)
        make_events(many, arguments.events)
        print(f"{arguments.events:,} events, 12 weeks, {PLUGINS} plugins, {len(TEAMS)} teams")
        compare(many)
        small, large = peak_mb(few), peak_mb(many)
    print(f"peak memory of a pull        {small:7.0f} MB of {arguments.events // 4:,} events")
    print(f"                             {large:7.0f} MB of {arguments.events:,}: {large / small:.2f} times")


if __name__ == "__main__":
    main()
