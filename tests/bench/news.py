"""How often "unusual" is wrong, and how often it is missed, in simulated portals of 3 to 3,000 people.

Nothing happens to a plugin in the simulated weeks: whatever is called unusual is a false alarm. Then the same
week is judged again with a change put in: two in five of the plugin's users stay away, or two in five as many
more people like them come, or nobody comes. Beside it the naive rule: users more than 20 % up or down on the
week before. The constants of the detector were chosen on portals with other seeds than these.

    python tests/bench/news.py
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench._simulated import Bag, Kind, Portal, simulate, usage_of
from plugin_digest.diff.news import UsageJudgement, judge_portal, judge_usage
from plugin_digest.model import HISTORY_WEEKS, Usage, Verdict, is_known

WEEKS = 40
SIZES = ((3, 3, 60), (10, 5, 40), (30, 8, 25), (100, 12, 12), (300, 20, 6), (1000, 30, 4), (3000, 40, 4))
"""People, plugins, and how many portals of that size."""
SEED = 20_261_116
NAIVE = 0.2
CLASSES = ((1, 5), (6, 20), (21, 60), (61, 150), (151, 260), (261, 9999))
"""Weekly users of a plugin; the fifth is where the aims are set."""
CHANGES = {"+40 %": Verdict.ABOVE, "-40 %": Verdict.BELOW, "silent": Verdict.BELOW}
FADS = (0.05, 0.1, 0.2)

Tally = Counter[str]
"""How many weeks (``n``), and in how many of them which rule spoke up."""


@dataclass(frozen=True)
class Case:
    """One plugin in one week, and the weeks before it."""

    portal: Portal
    plugin: int
    now: int

    @property
    def past(self) -> range:
        return range(self.now - HISTORY_WEEKS, self.now)

    @property
    def bag(self) -> Bag:
        return self.portal.bags[self.now][self.plugin]

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
        return "portal down 20 %" if known[-1] < 0.8 * median(known[:-1]) else "portal as usual"

    def judged(self, bag: Bag) -> UsageJudgement:
        """With ``bag`` instead of what was opened."""
        portal, weeks = self.portal, slice(self.past.start, self.now)
        whole = portal.wholes[self.now]
        views = (whole.views if is_known(whole.views) else 0) + sum(bag) - sum(self.bag)
        return judge_usage(
            usage_of(bag),
            [usages[self.plugin] for usages in portal.usages[weeks]],
            Usage(views, whole.users),
            portal.wholes[weeks],
            work_days=portal.work_days[self.past.start : self.now + 1],
        )

    def naive(self, bag: Bag) -> Verdict:
        before = len(self.portal.bags[self.now - 1][self.plugin])
        if len(bag) > (1 + NAIVE) * before:
            return Verdict.ABOVE
        return Verdict.BELOW if len(bag) < (1 - NAIVE) * before else Verdict.USUAL


def portals(fads: float = 0.0, sizes: tuple[tuple[int, int, int], ...] = SIZES) -> Iterator[Portal]:
    for people, plugins, count in sizes:
        for number in range(count):
            yield simulate(people, plugins, WEEKS, SEED + 1000 * people + number, fads=fads)


def cases(portal: Portal) -> Iterator[Case]:
    """Every plugin that was used in the twelve weeks before."""
    for now in range(HISTORY_WEEKS, WEEKS):
        for plugin in range(len(portal.kinds)):
            case = Case(portal, plugin, now)
            if any(portal.bags[week][plugin] for week in case.past):
                yield case


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


def print_table(title: str, rows: Mapping[str, Tally]) -> None:
    print(f"\n{title:<34}{'weeks':>8}{'either':>9}{'views':>9}{'users':>9}{'naive':>9}")
    for name, tally in rows.items():
        shares = (f"{tally[rule] / tally['n']:9.1%}" for rule in ("either", "views", "users", "naive"))
        print(f"  {name:<32}{tally['n']:>8,}{''.join(shares)}")


def main() -> None:
    random = Random(SEED)
    by_people, by_size, by_kind, by_season = (defaultdict[str, Tally](Counter) for _ in range(4))
    finds = {change: defaultdict[str, Tally](Counter) for change in CHANGES}
    at_200 = {change: defaultdict[str, Tally](Counter) for change in CHANGES}
    whole: Tally = Counter()
    spent, judged = 0.0, 0
    for portal in portals():
        for case in cases(portal):
            started = process_time()
            tally = alarms(case)
            spent, judged = spent + process_time() - started, judged + 1
            by_people[f"{portal.people:,} people"] += tally
            by_size[f"{case.size} users a week"] += tally
            by_kind[case.kind] += tally
            by_season[case.season] += tally
            if case.bag and case.kind is not Kind.ON_SHIFT:
                for change in CHANGES:
                    tally = found(case, change, random)
                    finds[change][f"{case.size} users a week"] += tally
                    if case.size == "151 to 260":
                        at_200[change][case.season] += tally
        for now in range(HISTORY_WEEKS, WEEKS):
            past = slice(now - HISTORY_WEEKS, now)
            days = portal.work_days[past.start : now + 1]
            if portal.people >= 100:
                result = judge_portal(portal.wholes[now], portal.wholes[past], work_days=days)
                whole += _tally(result.views.is_news, result.users.is_news, naive=False)
    print("share of plugin-weeks called unusual although nothing happened (aim: at most 2 %)")
    print_table("by size of the portal", by_people)
    print_table(
        "by size of the plugin", dict(sorted(by_size.items(), key=lambda row: int(row[0].split()[0])))
    )
    print_table("by kind of plugin", by_kind)
    print_table("by what the portal did", by_season)
    for fads in FADS:
        tally = sum((alarms(c) for p in portals(fads, SIZES[3:6]) for c in cases(p)), Counter())
        print_table(f"interest swings by {fads:.0%} of itself", {"100 to 1,000 people": tally})
    print("\nshare of real changes found (aim: nine in ten at about 200 users)")
    for change in CHANGES:
        print_table(change, dict(sorted(finds[change].items(), key=lambda row: int(row[0].split()[0]))))
        print_table(f"{change}, 151 to 260 users", dict(sorted(at_200[change].items())))
    print_table("the portal itself, any season", {"100 to 3,000 people": whole})
    print(f"\none plugin's views and users: {spent / judged * 1e6:.0f} µs")


if __name__ == "__main__":
    main()
