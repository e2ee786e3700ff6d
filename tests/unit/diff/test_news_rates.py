"""How often "unusual" is right in a simulated portal: a small part of tests/bench/news.py."""

from collections import Counter
from functools import cache
from random import Random

import pytest

from bench._simulated import Kind, simulate
from bench.news import CHANGES, WEEKS, alarms, cases, found

SEED = 46
SIZES = {3: (3, 30), 30: (8, 5), 300: (20, 2), 1500: (12, 3)}
"""People: plugins and portals."""


@cache
def simulated(people):
    plugins, portals = SIZES[people]
    return [simulate(people, plugins, WEEKS, SEED + people + number) for number in range(portals)]


@pytest.mark.parametrize("people", SIZES)
def test_an_ordinary_week_is_rarely_called_unusual(people):
    """At most 2 % of plugin-weeks in which nothing happened, at every size, where the naive rule cries."""
    tally = sum((alarms(case) for portal in simulated(people) for case in cases(portal)), Counter())
    assert tally["n"] >= 1000
    assert tally["either"] <= 0.02 * tally["n"]
    assert tally["naive"] >= 8 * tally["either"]


@pytest.mark.parametrize("change", CHANGES)
def test_real_changes_are_found(change):
    """Nine in ten at about 200 weekly users, whatever the season."""
    random = Random(SEED)
    every = [case for portal in simulated(1500) for case in cases(portal)]
    at_200 = [case for case in every if case.size == "151 to 260" and case.kind is not Kind.ON_SHIFT]
    tally = sum((found(case, change, random) for case in at_200), Counter())
    assert tally["n"] >= 100
    assert tally["either"] >= 0.9 * tally["n"]
