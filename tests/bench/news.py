"""How often "unusual" is wrong, and how often it is missed, in simulated portals of 3 to 3,000 people.

Nothing happens to a plugin in the simulated weeks: whatever is called unusual is a false alarm. Then the same
week is judged again with a change put in: two in five of the plugin's users stay away, or two in five as many
more people like them come, or nobody comes. Beside it the naive rule: users more than 20 % up or down on the
week before. The constants of the detector were chosen on portals with other seeds than these.

    python tests/bench/news.py
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from statistics import median
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench._simulated import Bag, Kind, Portal, simulate, usage_of
from plugin_digest.diff.judging import HEARD
from plugin_digest.diff.news import MIN_WEEKS, UsageJudgement, judge_portal, judge_usage
from plugin_digest.model import HISTORY_WEEKS, Usage, Verdict, is_known

WEEKS = 40
SIZES = ((3, 3, 60), (10, 5, 40), (30, 8, 25), (100, 12, 12), (300, 20, 6), (1000, 30, 4), (3000, 40, 4))
"""People, plugins, and how many portals of that size."""
SEED = 20_261_116
NAIVE = 0.2
CLASSES = ((1, 5), (6, 20), (21, 60), (61, 150), (151, 260), (261, 9999))
"""Weekly users of a plugin; the fifth is where the aims are set."""
CHANGES = {"+40 %": Verdict.ABOVE, "-40 %": Verdict.BELOW, "silent": Verdict.BELOW}
FADS = (0.05, 0.1, 0.2, 0.3)
GAPS = 0.15
SETTLING = (0.4, 0.5, 0.6, 0.75, 1.0)
SILENT_FOR = range(3, 7)


def retired(weeks: int) -> Callable[[int, Random], float]:
    """Used as ever, but for the last so many weeks and this one."""
    return lambda age, _: float(age > weeks)


SHAPES: dict[str, Callable[[int, Random], float]] = {
    "grows by 5 % a week": lambda age, _: 1.05**-age,
    "grows by 10 % a week": lambda age, _: 1.1**-age,
    "launched 4 weeks ago, then steady": lambda age, _: float(age <= 4),
    "launched 4 weeks ago, settling": lambda age, _: SETTLING[age] if age <= 4 else 0.0,
    "launched 8 weeks ago, doubled": lambda age, _: 0.5 ** (age / 8) if age <= 8 else 0.0,
    "used in one week of three": lambda _, random: float(random.random() < 1 / 3),
    "1.6 times in every fourth week": lambda age, _: 1.0 if age % 4 == 0 else 0.625,
    **{f"retired, silent for {weeks} weeks": retired(weeks) for weeks in SILENT_FOR},
}
"""How many of a plugin's users there are, of this week's, so many weeks ago."""

NEIGHBOURS = ("nothing", "a small one jumps", "a small one falls silent")
"""What happens elsewhere in the week in which a plugin that is most of the portal is judged."""
LARGE, LEFT, JUMP = 0, 0.12, 3.7
"""The plugin that is most of the portal, what part of the users of the others is left, how far one jumps."""
SIZES_OF_LARGE = ((400, 5, 20),)

DOWN, AIMED_AT = "portal down 20 %", "151 to 260"
MIN_PEOPLE_OF_SHAPES = 100
EVERY = 3
"""Of so many plugin-weeks, one is judged with less knowledge and in other shapes."""

Tally = Counter[str]
"""How many weeks (``n``), and in how many of them which rule spoke up."""
Tables = dict[str, dict[str, Tally]]
"""By title and row."""


@dataclass(frozen=True)
class Case:
    """One plugin in one week, and the weeks before it, as the detector gets to know them."""

    portal: Portal
    plugin: int
    now: int
    knows_calendar: bool = True
    unread: frozenset[int] = frozenset()
    """Weeks that are not in the store."""
    kept: tuple[float, ...] = ()
    """How many of the plugin's users there were in the weeks before and in this one, of those there are."""
    neighbour: tuple[int, Bag] | None = None
    """Another plugin, and what was opened of it this week instead."""

    @property
    def past(self) -> range:
        return range(self.now - HISTORY_WEEKS, self.now)

    @property
    def bag(self) -> Bag:
        return self.bag_of(self.now)

    @property
    def kind(self) -> Kind:
        return self.portal.kinds[self.plugin]

    @property
    def size(self) -> str:
        usual = median(len(self.portal.bags[week][self.plugin]) for week in self.past)
        return next(f"{low} to {high}" for low, high in CLASSES if usual <= high)

    @property
    def season(self) -> str:
        views = [whole.views for whole in self.portal.wholes[self.past.start : self.now + 1]]
        known = [count for count in views if is_known(count)]
        return DOWN if known[-1] < 0.8 * median(known[:-1]) else "portal as usual"

    def bag_of(self, week: int) -> Bag:
        bag = self.portal.bags[week][self.plugin]
        if not self.kept:
            return bag
        random = Random(f"{self.now} {week} {self.plugin}")
        part = self.kept[week - self.past.start]
        return tuple(views for views in bag if random.random() < part)

    def judged(self, bag: Bag) -> UsageJudgement:
        """With ``bag`` instead of what was opened."""
        history = [None if week in self.unread else self._before(week) for week in self.past]
        return judge_usage(
            usage_of(bag),
            [None if both is None else both[0] for both in history],
            self._with_neighbour(self._whole(self.now, bag)),
            [None if both is None else both[1] for both in history],
            work_days=self.portal.work_days[self.past.start : self.now + 1] if self.knows_calendar else None,
            others=self._others(),
        )

    def _others(self) -> list[list[Usage | None]]:
        """Those with the most views in these weeks."""
        weeks = range(self.past.start, self.now + 1)
        others = {
            plugin: [None if week in self.unread else self.portal.usages[week][plugin] for week in weeks]
            for plugin in range(len(self.portal.kinds))
            if plugin != self.plugin
        }
        if self.neighbour is not None:
            plugin, bag = self.neighbour
            others[plugin][-1] = usage_of(bag)
        return sorted(others.values(), key=_views, reverse=True)[:HEARD]

    def _before(self, week: int) -> tuple[Usage, Usage]:
        if not self.kept:
            return self.portal.usages[week][self.plugin], self.portal.wholes[week]
        bag = self.bag_of(week)
        return usage_of(bag), self._whole(week, bag)

    def _whole(self, week: int, bag: Bag) -> Usage:
        """The portal, had ``bag`` been opened."""
        return with_bag(self.portal, week, self.portal.wholes[week], self.plugin, bag)

    def _with_neighbour(self, whole: Usage) -> Usage:
        if self.neighbour is None:
            return whole
        return with_bag(self.portal, self.now, whole, *self.neighbour)

    def naive(self, bag: Bag) -> Verdict:
        before = len(self.bag_of(self.now - 1))
        if len(bag) > (1 + NAIVE) * before:
            return Verdict.ABOVE
        return Verdict.BELOW if len(bag) < (1 - NAIVE) * before else Verdict.USUAL


def _views(row: list[Usage | None]) -> int:
    return sum(usage.views for usage in row if usage is not None and is_known(usage.views))


def with_bag(portal: Portal, week: int, whole: Usage, plugin: int, bag: Bag) -> Usage:
    """The portal, had ``bag`` been opened; who opens nothing else comes and goes with the plugin."""
    was = portal.bags[week][plugin]
    if bag == was or not (is_known(whole.views) and is_known(whole.users)):
        return whole
    alone = portal.alone[week][plugin] / len(was) if was else 0.0
    users = whole.users + round(alone * (len(bag) - len(was)))
    return Usage(whole.views + sum(bag) - sum(was), max(users, len(bag)))


def overshadowed(portal: Portal, random: Random) -> Portal:
    """The portal, were one plugin most of it: of the users of all others only some are left."""
    made = replace(portal, bags=[], alone=[], usages=[], wholes=[])
    for week, bags in enumerate(portal.bags):
        left = [tuple(v for v in bag if n == LARGE or random.random() < LEFT) for n, bag in enumerate(bags)]
        whole = portal.wholes[week]
        for plugin, bag in enumerate(left):
            whole = with_bag(portal, week, whole, plugin, bag)
        made.bags.append(left)
        users = whole.users if is_known(whole.users) else 0
        others = sum(len(bag) for plugin, bag in enumerate(left) if plugin != LARGE)
        alone = [round(LEFT * n) for n in portal.alone[week]]
        alone[LARGE] = min(max(users - others, 0), len(left[LARGE]))
        made.alone.append(alone)
        made.usages.append([usage_of(bag) for bag in left])
        made.wholes.append(whole)
    return made


def beside_neighbour(case: Case, kind: str, random: Random) -> Case:
    """The largest of the other plugins were suddenly used by far more people, or by nobody."""
    if kind == "nothing":
        return case
    others = [plugin for plugin in range(len(case.portal.kinds)) if plugin != case.plugin]
    views = {n: sum(sum(case.portal.bags[week][n]) for week in case.past) for n in others}
    plugin = max(others, key=views.__getitem__)
    bag = case.portal.bags[case.now][plugin]
    more = tuple(random.choice(bag) for _ in range(round((JUMP - 1) * len(bag)))) if bag else ()
    return replace(case, neighbour=(plugin, bag + more if kind == "a small one jumps" else ()))


def portals(
    fads: float = 0.0, sizes: tuple[tuple[int, int, int], ...] = SIZES, seed: int = SEED
) -> Iterator[Portal]:
    for people, plugins, count in sizes:
        for number in range(count):
            yield simulate(people, plugins, WEEKS, seed + 1000 * people + number, fads=fads)


def cases(portal: Portal) -> Iterator[Case]:
    """Every plugin that was used in the twelve weeks before."""
    for now in range(HISTORY_WEEKS, WEEKS):
        for plugin in range(len(portal.kinds)):
            case = Case(portal, plugin, now)
            if any(portal.bags[week][plugin] for week in case.past):
                yield case


def with_gaps(case: Case, random: Random) -> Case:
    """About every seventh week was missing or incomplete."""
    return replace(case, unread=frozenset(week for week in case.past if random.random() < GAPS))


def with_few_weeks(case: Case, random: Random) -> Case:
    """The first pull was four to eleven weeks ago."""
    return replace(case, unread=frozenset(case.past[: -random.randrange(MIN_WEEKS, HISTORY_WEEKS)]))


def without_calendar(case: Case, _: Random) -> Case:
    """No country is set."""
    return replace(case, knows_calendar=False)


KNOWING_LESS = {
    "no countries set": without_calendar,
    "every seventh week missing": with_gaps,
    "four to eleven weeks of history": with_few_weeks,
}


def shaped(case: Case, shape: str, random: Random) -> Case:
    """The plugin were not steady, though nothing happens this week."""
    return replace(case, kept=tuple(SHAPES[shape](age, random) for age in range(HISTORY_WEEKS, -1, -1)))


def changed(random: Random, bag: Bag, change: str) -> Bag:
    if change == "silent":
        return ()
    if change == "-40 %":
        return tuple(views for views in bag if random.random() >= 0.4)
    return bag + tuple(random.choice(bag) for _ in bag if random.random() < 0.4)


def alarms(case: Case) -> Tally:
    """Of a week in which nothing happened."""
    judged, naive = case.judged(case.bag), case.naive(case.bag)
    return _tally(judged.views.is_news, judged.users.is_news, naive is not Verdict.USUAL)


def found(case: Case, change: str, random: Random) -> Tally:
    """Of the same week with a change put in, and only if it is seen in the right direction."""
    bag, right = changed(random, case.bag, change), CHANGES[change]
    judged = case.judged(bag)
    return _tally(judged.views.verdict is right, judged.users.verdict is right, case.naive(bag) is right)


def _tally(views: bool, users: bool, naive: bool) -> Tally:
    return Counter(n=1, either=views or users, views=views, users=users, naive=naive)


def print_tables(tables: Tables) -> None:
    for title, rows in sorted(tables.items()):
        print(f"\n{title:<46}{'weeks':>8}{'either':>9}{'views':>9}{'users':>9}{'naive':>9}")
        for name, tally in sorted(rows.items(), key=_leading_number):
            shares = (f"{tally[rule] / tally['n']:9.1%}" for rule in ("either", "views", "users", "naive"))
            print(f"  {name:<44}{tally['n']:>8,}{''.join(shares)}")


def _leading_number(row: tuple[str, Tally]) -> tuple[int, str]:
    first = row[0].split()[0].replace(",", "")
    return int(first) if first.isdecimal() else 0, row[0]


def portal_itself(portal: Portal) -> Tally:
    tally: Tally = Counter()
    for now in range(HISTORY_WEEKS, WEEKS):
        past = slice(now - HISTORY_WEEKS, now)
        days = portal.work_days[past.start : now + 1]
        result = judge_portal(portal.wholes[now], portal.wholes[past], work_days=days)
        tally += _tally(result.views.is_news, result.users.is_news, naive=False)
    return tally


@dataclass(frozen=True)
class Results:
    """All tables."""

    calm: Tables = field(default_factory=lambda: defaultdict(lambda: defaultdict(Counter)))
    finds: Tables = field(default_factory=lambda: defaultdict(lambda: defaultdict(Counter)))

    def add_calm(self, case: Case, tally: Tally) -> None:
        self.calm["by size of the portal"][_people(case)] += tally
        self.calm["by size of the plugin"][f"{case.size} users a week"] += tally
        self.calm["by kind of plugin"][case.kind] += tally
        self.calm["by what the portal did"][case.season] += tally
        if case.season == DOWN:
            self.calm["by kind of plugin, portal down"][case.kind] += tally

    def add_hard(self, case: Case, random: Random) -> None:
        """What the detector knows less of, and plugins that are never steady."""
        for title, less in KNOWING_LESS.items():
            self.calm[title][_people(case)] += alarms(less(case, random))
        if case.bag and case.kind is Kind.ORDINARY and case.portal.people >= MIN_PEOPLE_OF_SHAPES:
            for shape in SHAPES:
                self.calm["plugins that are not steady"][shape] += alarms(shaped(case, shape, random))

    def add_overshadowed(self, portal: Portal, random: Random) -> None:
        made = overshadowed(portal, random)
        for now in range(HISTORY_WEEKS, WEEKS):
            for kind in NEIGHBOURS:
                case = beside_neighbour(Case(made, LARGE, now), kind, random)
                row = f"{kind}, {DOWN}" if case.season == DOWN else kind
                self.calm["a plugin that is most of the portal"][row] += alarms(case)
                for change in CHANGES:
                    title = f"{change}, a plugin that is most of the portal"
                    self.finds[title][kind] += found(case, change, random)

    def add_returns(self, case: Case, random: Random) -> None:
        """As many people as before come back to a plugin that nobody used for some weeks."""
        was = retired(random.choice(SILENT_FOR))
        kept = (*(was(age, random) for age in range(HISTORY_WEEKS, 0, -1)), 1.0)
        back = replace(case, kept=kept)
        judged, naive = back.judged(case.bag), back.naive(case.bag)
        self.finds["back after 3 to 6 weeks of silence"][f"{case.size} users a week"] += _tally(
            *(verdict is Verdict.ABOVE for verdict in (judged.views.verdict, judged.users.verdict, naive))
        )

    def add_changes(self, case: Case, random: Random) -> None:
        for change in CHANGES:
            tally = found(case, change, random)
            self.finds[change][f"{case.size} users a week"] += tally
            if case.size == AIMED_AT:
                for row in (case.season, case.kind):
                    self.finds[f"{change}, {AIMED_AT} users"][row] += tally


def _people(case: Case) -> str:
    return f"{case.portal.people:,} people"


def main() -> None:
    random, results = Random(SEED), Results()
    spent, judged = 0.0, 0
    for portal in portals():
        for case in cases(portal):
            started = process_time()
            tally = alarms(case)
            spent, judged = spent + process_time() - started, judged + 1
            results.add_calm(case, tally)
            if judged % EVERY == 0:
                results.add_hard(case, random)
                if case.bag:
                    results.add_returns(case, random)
            if case.bag:
                results.add_changes(case, random)
        if portal.people >= MIN_PEOPLE_OF_SHAPES:
            results.calm["the portal itself, any season"]["100 to 3,000 people"] += portal_itself(portal)
    random = Random(SEED)
    for portal in portals(sizes=SIZES_OF_LARGE):
        results.add_overshadowed(portal, random)
    for fads in FADS:
        tally = sum((alarms(c) for p in portals(fads, SIZES[3:6]) for c in cases(p)), Counter())
        results.calm["interest swings by itself, 100 to 1,000 people"][f"{100 * fads:.0f} percent"] = tally
    print("share of plugin-weeks called unusual although nothing happened (aim: at most 2 %)")
    print_tables(results.calm)
    print("\nshare of real changes found (aim: nine in ten at about 200 users)")
    print_tables(results.finds)
    print(f"\none plugin's views and users: {spent / judged * 1e6:.0f} µs")


if __name__ == "__main__":
    main()
