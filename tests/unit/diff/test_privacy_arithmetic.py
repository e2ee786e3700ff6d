"""A reader who calculates: tries all counts that fit what a digest shows, and learns no hidden one.

The portals are small and made of people, so that views, users and their unions fit together as real ones do.
"""

from collections import Counter
from itertools import product
from random import Random

import pytest

from factories import W46, snapshot, team
from plugin_digest.diff import Series, portal_digest, team_digest
from plugin_digest.diff.disclosure import Range, Seen, is_told
from plugin_digest.diff.privacy import PrivacyLimits, suppress
from plugin_digest.model import Absent, Ownership, Page, TeamUsage, Usage, is_known

NAMES = ("a", "b", "c", "d")
DIGESTS = 120
"""So many for each seed."""
DEFAULTS, STRICT = PrivacyLimits(), PrivacyLimits(pages=5, plugins=5)


def visits(random):
    """Who viewed which page how often: by plugin, then by page."""
    overlap, everybody, found = random.choice((0.0, 0.1, 0.3)), [], {}
    for name in NAMES[: random.randint(1, 4)]:
        found[name] = {}
        for page in range(random.choice((1, 1, 2, 3, 4))):
            seen = Counter()
            for n in range(min(int(random.expovariate(1 / 3)), 9)):
                known = everybody and random.random() < overlap
                person = random.choice(everybody) if known else (name, page, n)
                seen[person] += 1 + int(random.expovariate(1.2))
                everybody.append(person)
            if seen:
                found[name][f"/{name}/{page}"] = seen
    return found


def usage(*counted):
    """Of several pages together."""
    return Usage(sum(one.total() for one in counted), len(set().union(*counted)))


def series(random):
    """Two weeks of a portal, whose team owns every plugin."""
    weeks = {}
    for week in (W46.plus(-1), W46):
        found = visits(random)
        stray = Counter({("none", n): 1 for n in range(int(random.expovariate(1 / 3)))})
        every = [page for pages in found.values() for page in pages.values()]
        pages = {
            name: tuple(Page(path, *pair(usage(seen))) for path, seen in pages.items())
            for name, pages in found.items()
        }
        weeks[week] = snapshot(
            week,
            {name: pair(usage(*pages.values())) for name, pages in found.items() if pages},
            portal=usage(*every, stray),
            unattributed=usage(stray),
            teams={"ci": TeamUsage(frozenset(NAMES), usage(*every))},
            pages=pages,
        )
    return Series(W46, weeks, dict.fromkeys(NAMES, W46.plus(-20)))


def pair(counts):
    return counts.views, counts.users


def candidates(count, limit):
    """What a count may be; None for anything."""
    if is_known(count):
        return [count]
    return range(1, limit) if count is Absent.HIDDEN else [None]


def ways(shown, limit):
    """The views and users that a page or a plugin may have: nobody is a user without a view."""
    views, users = (candidates(count, limit) for count in shown)
    return [(v, u) for v in views for u in users if u is None or u <= v]


def learned(whole, parts, limit, others):
    """The hidden counts that can have one value only, each as what it can be; none where nothing fits.

    ``others``: whether the whole may have views in no part.
    """
    counts = [*whole, *(count for part in parts for count in part)]
    possible = [set() for _ in counts]
    for guess in product(*(ways(part, limit) for part in parts)):
        views = sum(v for v, _ in guess)
        least = max((u or 0 for _, u in guess), default=0)
        most = sum(v if u is None else u for v, u in guess)
        for all_views, all_users in product(*(candidates(count, limit) for count in whole)):
            unseen = 0 if not others else 10**6 if all_views is None else all_views - views
            if unseen < 0 or (all_views is not None and views + unseen != all_views):
                continue
            if all_users is None or least <= all_users <= most + unseen:
                for values, value in zip(possible, (all_views, all_users, *sum(guess, ())), strict=True):
                    values.add(value)
    return [
        values
        for count, values in zip(counts, possible, strict=True)
        if count is Absent.HIDDEN and len(values) == 1
    ]


def sides(digest):
    """Of this week and of the week before: the whole and its parts, as they are shown."""
    for side in ("current", "previous"):
        whole, *parts = (
            (getattr(one.views, side), getattr(one.users, side)) for one in (digest, *digest.plugins)
        )
        yield side, whole, parts


@pytest.mark.parametrize("seed", range(5))
def test_nobody_learns_a_hidden_count_of_a_team(seed):
    """From the team's totals, its plugins' views and users, and what the one says of the other."""
    random = Random(seed)
    for _ in range(DIGESTS):
        private = suppress(team_digest(series(random), team(plugins=frozenset(NAMES))), STRICT)
        for _, whole, parts in sides(private):
            assert learned(whole, parts, 5, others=False) == [], (whole, parts)


@pytest.mark.parametrize("seed", range(5))
def test_nobody_learns_a_hidden_count_of_the_portal(seed):
    """Nor from the views that are of no plugin, nor theirs."""
    random = Random(seed)
    for _ in range(DIGESTS):
        private = suppress(portal_digest(series(random), Ownership(()), []), STRICT)
        for side, whole, parts in sides(private):
            stray = getattr(private.unattributed, side)
            is_left_out = stray is Absent.WITHHELD
            every = parts if is_left_out else [*parts, (stray, Absent.NOT_AVAILABLE)]
            assert learned(whole, every, 5, others=is_left_out) == [], (whole, every)


@pytest.mark.parametrize("limits", [DEFAULTS, STRICT], ids=["defaults", "strict"])
@pytest.mark.parametrize("seed", range(5))
def test_nobody_learns_a_hidden_count_of_a_page(limits, seed):
    """From the plugin's views and users, whether it has other pages or the reader knows that it has none."""
    random = Random(seed)
    for _ in range(DIGESTS):
        private = suppress(team_digest(series(random), team(plugins=frozenset(NAMES))), limits)
        for plugin in private.plugins:
            whole = (plugin.views.current, plugin.users.current)
            pages = [(p.page.views, p.page.users) for p in private.pages if p.plugin == plugin.plugin]
            for others in (False, True):
                assert learned(whole, pages, 5, others) == [], (whole, pages, others)


def some_range(random, most):
    kind, low = random.random(), random.randint(0, most)
    if kind < 0.6:
        return Range(1, 3, is_secret=True) if kind < 0.4 else Range(low, low)
    return Range(low // 2, low // 2 + random.randint(0, 4))


def numbers(known):
    return range(known.low, known.high + 1)


def told_by_trying(whole, parts):
    """Whether all counts that fit have one value only for a secret; None where none fit."""
    ranges = [whole.views, whole.users, *(one for part in parts for one in (part.views, part.users))]
    possible = [set() for _ in ranges]
    pairs = [[(v, u) for v in numbers(part.views) for u in numbers(part.users) if u <= v] for part in parts]
    for guess in product(*pairs):
        views, users = sum(v for v, _ in guess), [u for _, u in guess]
        for everybody in numbers(whole.users):
            if views in numbers(whole.views) and max(users) <= everybody <= sum(users):
                for values, value in zip(possible, (views, everybody, *sum(guess, ())), strict=True):
                    values.add(value)
    if not possible[0]:
        return None
    return any(len(values) == 1 for values, known in zip(possible, ranges, strict=True) if known.is_secret)


def test_no_more_is_left_out_than_calculating_tells():
    """What sums say is what trying all counts says, neither more nor less."""
    random, answers = Random(7), Counter()
    while min(answers[True], answers[False]) < 100:
        parts = [Seen(some_range(random, 6), some_range(random, 4)) for _ in range(random.randint(1, 3))]
        whole = Seen(some_range(random, 12), some_range(random, 7))
        expected = told_by_trying(whole, parts)
        if expected is not None:
            assert is_told(whole, parts) is expected, (whole, parts)
        answers[expected] += 1
