"""Made-up portals to judge the judge by: people, not distributions.

Every person has habits of their own (heavy-tailed), favourite plugins, holidays, a first and a last day; a
session visits some plugins and a visit opens some pages. Counts, and how much they scatter, come out of that:
nothing here knows a negative binomial, a level, an echo or any other part of the detector. Each portal lives
in a country and in real weeks, so that what the calendar says of them can be put beside what people did.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from itertools import accumulate
from math import exp, log
from random import Random
from typing import NamedTuple

from plugin_digest.model import Usage, Week
from plugin_digest.work_days import work_days, work_share

WORK_DAYS = 5
COUNTRIES = ("SE", "US", "DE", "GB", "FR")
FIRST_WEEK, YEARS = Week(date(2021, 1, 4)), 5
SUMMER = range(26, 33)
"""Weeks of the year."""
DAYS_AT_CHRISTMAS = 1
"""On so many people work in the week of Christmas and in that of New Year; no calendar says so."""
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
    LANDING = "opened by nearly all"
    """Where most sessions begin, as in a catalog: three to nineteen of twenty users open it in a week."""


class Person(NamedTuple):
    """Sessions a working day; plugins with summed-up weights and the week in which each was taken up."""

    sessions: float
    plugins: tuple[int, ...]
    weights: tuple[float, ...]
    adopted: tuple[int, ...]
    weeks: range
    on_shift: bool
    lands: float
    """How likely a session begins in the plugin where most do."""


@dataclass(frozen=True)
class Portal:
    """What sort each plugin is; then, by week: what was opened of each, and the counts that come of it."""

    people: int
    kinds: tuple[Kind, ...]
    country: str
    bags: list[list[Bag]] = field(default_factory=list)
    alone: list[list[int]] = field(default_factory=list)
    """How many users of each plugin opened nothing else."""
    usages: list[list[Usage]] = field(default_factory=list)
    wholes: list[Usage] = field(default_factory=list)
    work_days: list[float] = field(default_factory=list)
    """As the calendar has them, the days between two holidays counted as halves."""


def usage_of(bag: Bag) -> Usage:
    return Usage(sum(bag), len(bag))


def simulate(
    people: int, plugins: int, weeks: int, seed: int, *, growth: float = 0.004, fads: float = 0.0
) -> Portal:
    """A portal of so many people halfway through, starting in any week of some years.

    ``growth`` is of the people, per week. ``fads`` is how much the interest in each plugin swings by itself
    from week to week, as a relative standard deviation.
    """
    random = Random(seed)
    portal = Portal(people, _kinds(plugins), random.choice(COUNTRIES))
    start = FIRST_WEEK.plus(random.randrange(52 * YEARS))
    crowd = list(_crowd(random, portal, weeks, growth))
    for week in range(weeks):
        _play(random, portal, crowd, (week, start.plus(week)), fads)
    return portal


def _kinds(plugins: int) -> tuple[Kind, ...]:
    """One is opened by nearly all, a fifth is still spreading; two are for people on shift, if room."""
    spreading = max(plugins // 5, 1)
    on_shift = 2 if plugins > 5 else 0
    ordinary = plugins - spreading - on_shift - 1
    some = (Kind.ORDINARY,) * ordinary + (Kind.ON_SHIFT,) * on_shift + (Kind.SPREADING,) * spreading
    return (Kind.LANDING, *some)


def _crowd(random: Random, portal: Portal, weeks: int, growth: float) -> Iterator[Person]:
    popular = [1 / rank for rank in range(1, len(portal.kinds) + 1)]
    random.shuffle(popular)
    hired = round(portal.people * growth * weeks)
    lands = random.uniform(0.4, 0.95)
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
            0.0 if on_shift else lands,
        )


def _favourites(
    random: Random, popular: Sequence[float], kinds: Sequence[Kind], *, on_shift: bool
) -> dict[int, float]:
    open_to = {Kind.ON_SHIFT} if on_shift else {*Kind} - {Kind.LANDING}
    among = [n for n, kind in enumerate(kinds) if kind in open_to]
    chosen = set(random.choices(among, [popular[n] for n in among], k=random.randint(2, 9)))
    return {plugin: popular[plugin] ** 0.5 * random.expovariate(1) for plugin in sorted(chosen)}


def _play(
    random: Random, portal: Portal, crowd: Sequence[Person], dates: tuple[int, Week], fads: float
) -> None:
    """One week, by its number in the simulation and in the calendar."""
    week, real = dates
    free, told = _calendar(real, portal.country)
    at_christmas = any((day.month, day.day) in {(12, 25), (1, 1)} for day in real.days)
    days = DAYS_AT_CHRISTMAS if at_christmas else WORK_DAYS - free
    up = days - OUTAGE_DAYS if random.random() < OUTAGE_CHANCE else days
    push = PUSH if random.random() < PUSH_CHANCE else 1.0
    in_summer = real.first_day.isocalendar().week in SUMMER
    away = AWAY_AT_CHRISTMAS if at_christmas else AWAY_IN_SUMMER if in_summer else AWAY
    moods = [exp(random.gauss(-2 * fads, fads)) for _ in portal.kinds] if fads else None
    opened: list[list[int]] = [[] for _ in portal.kinds]
    alone = [0] * len(portal.kinds)
    users = 0
    for person in crowd:
        if week in person.weeks and (person.on_shift or random.random() >= away):
            own_days = WORK_DAYS if person.on_shift else max(up, 0)
            seen = _week_of(random, person, week, person.sessions * own_days * push, moods)
            users += bool(seen)
            for plugin, views in seen.items():
                opened[plugin].append(views)
                alone[plugin] += len(seen) == 1
    portal.bags.append([tuple(views) for views in opened])
    portal.alone.append(alone)
    portal.usages.append([usage_of(bag) for bag in portal.bags[week]])
    portal.wholes.append(Usage(sum(map(sum, opened)), users))
    portal.work_days.append(told)


@cache
def _calendar(week: Week, country: str) -> tuple[int, float]:
    """How many working days are holidays, and how many are told to be worked."""
    free = WORK_DAYS - int(work_days(week, [country]))
    return free, float(WORK_DAYS * work_share(week, [country]))


def _week_of(
    random: Random, person: Person, week: int, sessions: float, moods: Sequence[float] | None
) -> dict[int, int]:
    """Views per plugin."""
    seen: dict[int, int] = {}
    plugins, weights, adopted = person.plugins, person.weights, person.adopted
    clock, uniform, last = random.expovariate(1), random.random, len(plugins) - 1
    while clock < sessions:
        clock += random.expovariate(1)
        if uniform() < person.lands and (moods is None or uniform() < moods[0]):
            seen[0] = seen.get(0, 0) + 1 + int(random.expovariate(0.55))
        while True:
            at = min(bisect_right(weights, uniform() * weights[-1]), last)
            plugin = plugins[at]
            if adopted[at] <= week and (moods is None or uniform() < moods[plugin]):
                seen[plugin] = seen.get(plugin, 0) + 1 + int(random.expovariate(0.55))
            if uniform() < 0.4:
                break
    return seen
