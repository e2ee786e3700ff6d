"""The event export of the made-up portal: one gzipped NDJSON file a week, the same bytes every time.

Each line is an item of the body that the Generic HTTP analytics module posts. As in a real export, a
file holds what was *received* in its week: a browser tab posts every half hour, and now and then twice.
"""

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import accumulate
from math import sqrt
from pathlib import Path
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from plugin_digest.demo import pages
from plugin_digest.demo.behaviour import (
    SEARCHED_FIRST,
    TIMEZONE,
    WEEKS,
    absence,
    expected_views,
    search_terms,
)
from plugin_digest.demo.organisation import people, usual_views
from plugin_digest.model import Progress, Week, no_progress
from plugin_digest.weeks import bounds, local_moment

SEED = "acme"
ZONE = ZoneInfo(TIMEZONE)

UNATTRIBUTED = {pages.NOWHERE_LEGACY: 420, pages.NOWHERE_NEW: 330}
"""Views in a week that Backstage books on no plugin."""

POSTED_TWICE = 0.01
OTHER_ACTIONS = 0.14
_MS_PER_HOUR = 3_600_000
_POST_EVERY_MS = _MS_PER_HOUR // 2
_HOURS_PER_DAY = 24
_NIGHT_SHIFT = 7

_WORKING_DAY = (2, 1, 1, 1, 1, 3, 12, 45, 90, 110, 105, 80, 55, 90, 105, 100, 80, 45, 18, 12, 10, 9, 6, 3)
_DAYS = (1.05, 1.1, 1.08, 1.02, 0.8, 0.05, 0.06)
_HOUR_WEIGHTS = tuple(accumulate(day * hour for day in _DAYS for hour in _WORKING_DAY))
"""How likely each of the week's 168 hours is: offices are open, and somebody is always on call."""


class Event(NamedTuple):
    """A line of the export, in the order in which lines arrive; moments in ms since 1970."""

    received_ms: int
    line: str


@dataclass(frozen=True)
class Audience:
    """The people who have reason to use a plugin, in order of how often; indexes into `people`."""

    plugin: str
    usual: int
    members: Sequence[int]


def write_events(directory: Path, progress: Progress = no_progress) -> int:
    """Writes ``<directory>/2026-W35.ndjson.gz`` and so on; returns the number of lines."""
    directory.mkdir(parents=True, exist_ok=True)
    audiences, waiting, written = _audiences(), list[Event](), 0
    for done, week in enumerate(WEEKS):
        progress(f"making the events of {week}", done, len(WEEKS))
        end_ms = _ms(bounds(week, ZONE)[1])
        waiting += _events(week, audiences)
        waiting.sort()
        due = [event for event in waiting if event.received_ms < end_ms or week == WEEKS[-1]]
        waiting = waiting[len(due) :]
        lines = [*(event.line for event in due), *_unreadable(due, done)]
        _write(directory / f"{week}.ndjson.gz", lines)
        written += len(lines)
    progress("making the events", len(WEEKS), len(WEEKS))
    return written


def _write(path: Path, lines: Sequence[str]) -> None:
    """Without the time and name that gzip would note, so that the bytes depend on the lines alone."""
    path.write_bytes(gzip.compress("".join(lines).encode(), compresslevel=4, mtime=0))


def _unreadable(events: Sequence[Event], file_number: int) -> list[str]:
    """What a log collector leaves behind in some files: a line cut off, or the answer of a proxy."""
    if file_number % 3 == 0:
        return []
    if file_number % 3 == 1:
        return ["<html><body>502 Bad Gateway</body></html>\n"]
    whole = events[file_number * 100].line
    return [whole[: len(whole) // 2] + "\n"]


def _audiences() -> list[Audience]:
    """Half of a plugin's people sit together, the others anywhere, so teams' plugins share people."""
    random, count = Random(SEED), len(people())  # noqa: S311 - repeatable, not secret
    audiences = []
    for plugin, usual in (*usual_views().items(), *UNATTRIBUTED.items()):
        size = min(count * 19 // 20, max(6, round(usual * 0.7)))
        together = random.randrange(count)
        members = [(together + n) % count for n in range(size // 2)]
        known = set(members)
        members += [n for n in random.sample(range(count), size) if n not in known][: size - len(members)]
        random.shuffle(members)
        audiences.append(Audience(plugin, usual, members))
    return audiences


def _events(week: Week, audiences: Sequence[Audience]) -> Iterator[Event]:
    random = Random(f"{SEED} {week}")  # noqa: S311 - repeatable, not secret
    searching = Random(f"{SEED} {week} searches")  # noqa: S311 - the same
    names = people()
    away = {n for n in range(len(names)) if random.random() < absence(n, week)}
    for audience in audiences:
        present = [member for member in audience.members if member not in away]
        yield from _views(random, searching, week, audience, present, names)
    yield from _border_events(week, names)


def _views(
    random: Random,
    searching: Random,
    week: Week,
    audience: Audience,
    present: Sequence[int],
    names: Sequence[str],
) -> Iterator[Event]:
    """One plugin's week: visits of some views each, and what else is done on the way."""
    midnights = [_ms(local_moment(day, time(12), ZONE)) - 12 * _MS_PER_HOUR for day in week.days]
    where, subjects = pages.context(audience.plugin, week), pages.subjects(audience.plugin)
    left = _by_chance(random, expected_views(audience.plugin, audience.usual, week)) if present else 0
    hours = iter(random.choices(range(len(_HOUR_WEIGHTS)), cum_weights=_HOUR_WEIGHTS, k=left))
    while left > 0:
        person = present[int(len(present) * random.random() ** 1.5)]
        day, hour = divmod(next(hours), _HOURS_PER_DAY)
        at = midnights[day] + int((hour + 0.97 * random.random()) * _MS_PER_HOUR)
        copies = 2 if random.random() < POSTED_TWICE else 1
        if hour > 0 and searching.random() < SEARCHED_FIRST:
            yield from _search(searching, week, audience.plugin, at, person, names)
        for _ in range(min(left, 1 + int(random.expovariate(0.8)))):
            left -= 1
            what = f'"action":"navigate",{subjects[int(len(subjects) * random.random() ** 2.5)]}'
            yield from _posted(at, what, where, person, names, copies)
            at += int(8_000 * random.random()) + 500
        if random.random() < 2 * OTHER_ACTIONS:
            what = pages.other_action(audience.plugin, int(1000 * random.random()))
            yield from _posted(at, what, where, person, names, copies)


def _search(
    random: Random, week: Week, plugin: str, before_ms: int, person: int, names: Sequence[str]
) -> Iterator[Event]:
    """A search some seconds before the visit that it leads to, which is not the first of a day.

    Its chances are its own, so that searches move no view.
    """
    terms = search_terms(plugin)
    term = terms[int(len(terms) * random.random() ** 1.5)]
    what = f'"action":"search","subject":{pages.dumps(term)},"value":{random.randrange(40)},"attributes":{{}}'
    at = before_ms - random.randrange(2_000, 45_000)
    yield from _posted(at, what, pages.context("search", week), person, names, 1)


def _by_chance(random: Random, expected: float) -> int:
    """Counts scatter more than by their square root: people come in visits and tell each other."""
    return max(0, round(random.gauss(expected, sqrt(1.5 * expected) + 0.02 * expected)))


def _border_events(week: Week, names: Sequence[str]) -> Iterator[Event]:
    """Views at the first and last moment of the week, and in the hour that comes twice, if it has one."""
    start, end = (_ms(moment) for moment in bounds(week, ZONE))
    where, what = pages.context("catalog", week), f'"action":"navigate",{pages.subjects("catalog")[0]}'
    for at in (start, end - 1, *_repeated_moments(week)):
        yield from _posted(at, what, where, _NIGHT_SHIFT, names, 2)


def _repeated_moments(week: Week) -> Iterator[int]:
    for day in week.days:
        both = {_ms(datetime.combine(day, time(2, 30, fold=fold), tzinfo=ZONE)) for fold in (0, 1)}
        if len(both) > 1:
            yield from sorted(both)


def _posted(
    at_ms: int, what: str, where: str, person: int, names: Sequence[str], copies: int
) -> Iterator[Event]:
    """The event as it arrives: with the next post of that person's tab, and again if that is repeated."""
    stamp = datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    session = (person * 0x9E3779B1 + at_ms // (_HOURS_PER_DAY * _MS_PER_HOUR) * 0x85EBCA6B) & 0xFFFFFFFFFFFF
    line = (
        f'{{"event":{{{what},"context":{where}}},"timestamp":"{stamp}.{at_ms % 1000:03}Z",'
        f'"user":"user:default/{names[person]}","sessionId":"{session:012x}"}}\n'
    )
    received = at_ms + _POST_EVERY_MS - (at_ms + person * 7_919_000) % _POST_EVERY_MS
    for copy in range(copies):
        yield Event(received + copy * 5000, line)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
