"""Made-up portals to judge the judge by: people, not distributions.

Every person has habits of their own (heavy-tailed), favourite plugins, holidays, a first and a last day; a
session visits some plugins and a visit opens some pages. Counts, and how much they scatter, come out of that:
nothing here knows a negative binomial, a level, an echo or any other part of the detector.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from math import exp, log
from random import Random
from typing import NamedTuple

from plugin_digest.model import Usage

WORK_DAYS = 5
SUMMER, CHRISTMAS = range(26, 33), range(51, 53)
SHORT_WEEKS = (1, 14, 16, 18, 20, 23, 44)
"""Weeks of the year with one public holiday; around Christmas there is one working day."""
AWAY, AWAY_IN_SUMMER, AWAY_AT_CHRISTMAS = 0.05, 0.45, 0.7
OUTAGE_CHANCE, OUTAGE_DAYS = 0.03, 2
PUSH_CHANCE, PUSH = 0.02, 1.33
"""Of the portal, per week: it is down for two days; somebody makes everybody open it more often."""

Bag = tuple[int, ...]
"""What the users of a plugin opened in a week: one number of views per user."""


class Kind(StrEnum):
    """What sort of plugin it is."""

    ORDINARY = "ordinary"
    SPREADING = "still spreading"
    """Known to more people every week."""
    ON_SHIFT = "on shift"
    """Used mostly by people and displays that come whatever the calendar says."""


class Person(NamedTuple):
    """Sessions a working day; plugins with summed-up weights and the week in which each was taken up."""

    sessions: float
    plugins: tuple[int, ...]
    weights: tuple[float, ...]
    adopted: tuple[int, ...]
    weeks: range
    on_shift: bool


@dataclass(frozen=True)
class Portal:
    """What sort each plugin is; then, by week: what was opened of each, and the counts that come of it."""

    people: int
    kinds: tuple[Kind, ...]
    bags: list[list[Bag]] = field(default_factory=list)
    usages: list[list[Usage]] = field(default_factory=list)
    wholes: list[Usage] = field(default_factory=list)
    work_days: list[int] = field(default_factory=list)


def usage_of(bag: Bag) -> Usage:
    return Usage(sum(bag), len(bag))


def simulate(
    people: int, plugins: int, weeks: int, seed: int, *, growth: float = 0.004, fads: float = 0.0
) -> Portal:
    """A portal of so many people halfway through, starting in any week of a year.

    ``growth`` is of the people, per week. ``fads`` is how much the interest in each plugin swings by itself
    from week to week, as a relative standard deviation.
    """
    random = Random(seed)
    portal = Portal(people, _kinds(plugins))
    start = random.randrange(52)
    crowd = list(_crowd(random, portal, weeks, growth))
    for week in range(weeks):
        _play(random, portal, crowd, (week, (start + week) % 52 + 1), fads)
    return portal


def _kinds(plugins: int) -> tuple[Kind, ...]:
    """A fifth is still spreading; two are for people on shift, if there are enough."""
    spreading = max(plugins // 5, 1)
    on_shift = 2 if plugins > 5 else 0
    ordinary = plugins - spreading - on_shift
    return (Kind.ORDINARY,) * ordinary + (Kind.ON_SHIFT,) * on_shift + (Kind.SPREADING,) * spreading


def _crowd(random: Random, portal: Portal, weeks: int, growth: float) -> Iterator[Person]:
    popular = [1 / rank for rank in range(1, len(portal.kinds) + 1)]
    random.shuffle(popular)
    hired = round(portal.people * growth * weeks)
    for number in range(round(portal.people * (1 - growth * weeks / 2)) + hired):
        first = random.randrange(weeks) if number < hired else 0
        leaves = random.random() < 0.002 * weeks
        on_shift = Kind.ON_SHIFT in portal.kinds and random.random() < 0.08
        liked = _favourites(random, popular, portal.kinds, on_shift=on_shift)
        yield Person(
            min(exp(random.gauss(log(0.35), 1.0)), 8.0),
            tuple(liked),
            tuple(accumulate(liked.values())),
            tuple(
                random.randrange(-weeks // 2, weeks) if portal.kinds[plugin] is Kind.SPREADING else -1
                for plugin in liked
            ),
            range(first, random.randrange(weeks) if leaves else weeks),
            on_shift,
        )


def _favourites(
    random: Random, popular: Sequence[float], kinds: Sequence[Kind], *, on_shift: bool
) -> dict[int, float]:
    among = [n for n, kind in enumerate(kinds) if kind is Kind.ON_SHIFT or not on_shift]
    chosen = set(random.choices(among, [popular[n] for n in among], k=random.randint(2, 9)))
    return {plugin: popular[plugin] ** 0.5 * random.expovariate(1) for plugin in sorted(chosen)}


def _play(
    random: Random, portal: Portal, crowd: Sequence[Person], dates: tuple[int, int], fads: float
) -> None:
    """One week, the second of ``dates`` being its number in the year."""
    week, of_year = dates
    days = 1 if of_year in CHRISTMAS else WORK_DAYS - (of_year in SHORT_WEEKS)
    up = days - OUTAGE_DAYS if random.random() < OUTAGE_CHANCE else days
    push = PUSH if random.random() < PUSH_CHANCE else 1.0
    away = AWAY_AT_CHRISTMAS if of_year in CHRISTMAS else AWAY_IN_SUMMER if of_year in SUMMER else AWAY
    moods = [exp(random.gauss(-2 * fads, fads)) for _ in portal.kinds] if fads else None
    opened: list[list[int]] = [[] for _ in portal.kinds]
    users = 0
    for person in crowd:
        if week in person.weeks and (person.on_shift or random.random() >= away):
            own_days = WORK_DAYS if person.on_shift else max(up, 0)
            seen = _week_of(random, person, week, person.sessions * own_days * push, moods)
            users += bool(seen)
            for plugin, views in seen.items():
                opened[plugin].append(views)
    portal.bags.append([tuple(views) for views in opened])
    portal.usages.append([usage_of(bag) for bag in portal.bags[week]])
    portal.wholes.append(Usage(sum(map(sum, opened)), users))
    portal.work_days.append(days)


def _week_of(
    random: Random, person: Person, week: int, sessions: float, moods: Sequence[float] | None
) -> dict[int, int]:
    """Views per plugin."""
    seen: dict[int, int] = {}
    _, plugins, weights, adopted, _, _ = person
    clock, uniform, last = random.expovariate(1), random.random, len(plugins) - 1
    while clock < sessions:
        clock += random.expovariate(1)
        while True:
            at = min(bisect_right(weights, uniform() * weights[-1]), last)
            plugin = plugins[at]
            if adopted[at] <= week and (moods is None or uniform() < moods[plugin]):
                seen[plugin] = seen.get(plugin, 0) + 1 + int(random.expovariate(0.55))
            if uniform() < 0.4:
                break
    return seen
