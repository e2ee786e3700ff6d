"""How often views that moved to another plugin are recognised, and what else is taken for it.

In simulated portals 70 % or all of some plugins' views are booked on the most viewed plugin, called
``catalog``, from one week on, as an upgrade of Backstage does it with entity tabs. Or they are lost for real
and nobody has them. Or nothing happens at all. Each is looked at in the first week and in the third. Where
several things happen in weeks that follow each other, what is told of each is followed for two more weeks.

    python tests/bench/broken_series.py
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench._simulated import Portal, simulate
from factories import W46, snapshot
from plugin_digest.diff import Series, find_breaks
from plugin_digest.diff.steps import traffic
from plugin_digest.model import HISTORY_WEEKS, Break, BreakKind, Usage, Week, is_known, last_weeks

WEEKS = 36
HISTORY = HISTORY_WEEKS + 1
PLUGINS = 30
SIZES = ((30, 4), (100, 6), (300, 6), (1000, 4))
"""People, and how many portals of that size."""
SEED = 20_261_116
LEAST = 60
"""Weekly views of a plugin that is moved."""
EVERY = 3
"""So many weeks lie between the weeks that are looked at."""
OTHERS = 3
NOTHING = (0, 0)

PARTS = (("under 5 %", 0.05), ("5 to 15 %", 0.15), ("15 to 40 %", 0.4), ("more", 99.0))
"""How many views are moved, beside the usual ones of the catalog."""

Rows = list[list[tuple[int, int]]]
"""By week and plugin: views and users."""


@dataclass(frozen=True)
class Event:
    """``part`` of the views of ``plugins`` plugins goes to the catalog, or is lost, ``weeks`` weeks ago."""

    plugins: int
    part: float
    weeks: int
    is_moved: bool

    def play(self, rows: Rows, host: int, random: Random) -> tuple[list[int], int]:
        """Changes the rows; which plugins it befell, if enough are large, and the last week's views."""
        able = [n for n in range(PLUGINS) if n != host and min(row[n][0] for row in rows[-6:]) >= LEAST]
        if len(able) < self.plugins:
            return [], 0
        chosen, gone = random.sample(able, self.plugins), 0
        for row in rows[-self.weeks :]:
            gone = 0
            for n in chosen:
                views, users = row[n]
                left = views - round(views * self.part)
                gone += views - left
                row[n] = (left, max(round(users * (1 - self.part)), int(left > 0)))
            if self.is_moved:
                row[host] = (row[host][0] + gone, row[host][1])
        return chosen, gone


def portals() -> Iterator[Portal]:
    for people, count in SIZES:
        for number in range(count):
            yield simulate(people, PLUGINS, WEEKS, SEED + 1000 * people + number)


def rows_of(portal: Portal, end: int) -> Rows:
    return [[_counts(usage) for usage in portal.usages[week]] for week in range(end - HISTORY, end)]


def _counts(usage: Usage) -> tuple[int, int]:
    assert is_known(usage.views)
    assert is_known(usage.users)
    return usage.views, usage.users


def breaks_of(rows: Rows, names: Sequence[str], portal: Portal, end: int) -> dict[str, Break]:
    """As they were found in the last week of the rows, which may be fewer than the history has."""
    last = W46.plus(len(rows) - HISTORY)
    snapshots = {
        week: snapshot(
            week,
            {name: usage for name, usage in zip(names, row, strict=True) if usage[0]},
            portal=Usage(sum(views for views, _ in row), whole.users),
        )
        for week, row, whole in zip(
            last_weeks(last, len(rows)),
            rows,
            portal.wholes[end - HISTORY : end - HISTORY + len(rows)],
            strict=True,
        )
    }
    seen: dict[str, Week] = {}
    for week in sorted(snapshots):
        for name in snapshots[week].plugins:
            seen.setdefault(name, week)
    return dict(find_breaks(Series(last, snapshots, seen)))


def look(several: Iterable[Portal], event: Event | None) -> Counter[tuple[str, str]]:
    """By how much was moved: plugin-weeks looked at (``n``), and those said to have moved then (``told``)."""
    random, tally = Random(SEED), Counter[tuple[str, str]]()
    for portal in several:
        for end in range(HISTORY, WEEKS + 1, EVERY):
            rows = rows_of(portal, end)
            host = max(range(PLUGINS), key=lambda n: sum(row[n][0] for row in rows))
            level = median(row[host][0] for row in rows)
            names = ["catalog" if n == host else f"p{n}" for n in range(PLUGINS)]
            befell, moved = event.play(rows, host, random) if event else (list(range(PLUGINS)), 0)
            week = W46.plus(1 - event.weeks) if event else W46
            found = breaks_of(rows, names, portal, end)
            size = next(name for name, most in PARTS if moved <= most * level)
            tally[size, "n"] += len(befell)
            tally[size, "told"] += sum(
                1
                for one in (found[names[n]] for n in befell if names[n] in found)
                if one.kind in {BreakKind.MOVED, BreakKind.ID_CHANGED} and one.week == week
            )
    return tally


def follow(several: Iterable[Portal]) -> Counter[str]:
    """Views of two plugins move to the catalog, then one is retired, then one begins, then one is renamed."""
    random, tally = Random(SEED), Counter[str]()
    for portal in several:
        for end in range(HISTORY, WEEKS + 1, EVERY):
            rows = rows_of(portal, end)
            host = max(range(PLUGINS), key=lambda n: sum(row[n][0] for row in rows))
            befell, _ = Event(2, 1.0, 5, is_moved=True).play(rows, host, random)
            able = {n for n in range(PLUGINS) if min(row[n][0] for row in rows) >= LEAST} - {host, *befell}
            if not befell or len(able) < OTHERS:
                continue
            retired, begun, renamed = random.sample(sorted(able), OTHERS)
            for age, row in enumerate(reversed(rows)):
                row[retired] = row[retired] if age >= 4 else NOTHING
                row[begun] = row[begun] if age < 3 else NOTHING
                row.append(row[renamed] if age < 2 else NOTHING)
                row[renamed] = row[renamed] if age >= 2 else NOTHING
            names = [*("catalog" if n == host else f"p{n}" for n in range(PLUGINS)), "other"]
            weeks = [breaks_of(rows[: HISTORY - age], names, portal, end) for age in range(4, -1, -1)]
            views = {name: [row[n][0] for row in rows] for n, name in enumerate(names)}
            _count(weeks, {names[retired], names[begun]}, views, tally)
    return tally


def _count(
    weeks: Sequence[dict[str, Break]], alone: set[str], views: dict[str, list[int]], tally: Counter[str]
) -> None:
    """``alone`` are the plugins whose views neither came from another one nor went to one."""
    tally["n alone"] += len(alone)
    tally["alone"] += sum(any(name in found for found in weeks) for name in alone)
    tally["impossible"] += sum(not _is_possible(one, views) for found in weeks for one in found.values())
    for was, now in pairwise(weeks):
        tally["n"] += len(was)
        tally["gone"] += len(was.keys() - now.keys())
        both = [(was[name], now[name]) for name in was if name in now]
        tally["otherwise"] += sum(old != new and new.week <= old.week for old, new in both)


def _is_possible(found: Break, views: dict[str, list[int]]) -> bool:
    """Whether what lost views had some the week before, and what won them has some then.

    Weeks of holidays are left out.
    """
    usual = [share >= 0.5 for share in traffic(views.values())]
    seen = {
        name: [
            (week, count)
            for week, count, kept in zip(last_weeks(W46, HISTORY), row, usual, strict=True)
            if kept
        ]
        for name, row in views.items()
    }
    lost, won = (found.twin, found.plugin) if found.gained else (found.plugin, found.twin)
    had = [count for week, count in seen.get(lost, ()) if week < found.week][-1:]
    has = [count for week, count in seen.get(won, ()) if week >= found.week][:1]
    return 0 not in (*had, *has)


def shares(tally: Counter[tuple[str, str]]) -> str:
    counts = ((name, tally[name, "told"], tally[name, "n"]) for name, _ in PARTS)
    return ", ".join(f"{name} {told / n:.0%} of {n}" for name, told, n in counts if n)


def main() -> None:
    made = list(portals())
    calm = look(made, None)
    told, n = sum(calm[name, "told"] for name, _ in PARTS), sum(calm[name, "n"] for name, _ in PARTS)
    print(f"nothing happened: {told / n:.2%} of {n} plugin-weeks said to have moved")
    for is_moved, title in ((True, "views moved to the catalog"), (False, "views were lost for real")):
        print(f"{title}: said to have moved, by the part of the catalog's views that they are")
        for plugins in (1, 2, 4):
            for weeks in (1, 3):
                tally = look(made, Event(plugins, 0.7, weeks, is_moved))
                tally += look(made, Event(plugins, 1.0, weeks, is_moved))
                print(f"  {plugins} at once, week {weeks}: {shares(tally)}")
    stories = follow(made)
    print("several things in weeks that follow each other:")
    print(f"  told of the same week otherwise a week later: {stories['otherwise']} of {stories['n']}")
    print(f"  no more told a week later: {stories['gone']} of {stories['n']}")
    print(f"  retired or begun, and said to have moved: {stories['alone']} of {stories['n alone']}")
    print(f"  said of a week without views: {stories['impossible']}")


if __name__ == "__main__":
    main()
