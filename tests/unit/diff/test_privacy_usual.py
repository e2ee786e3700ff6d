"""What is usual is worked out from what is told, and so tells no hidden count."""

from factories import W46, snapshot
from plugin_digest.diff import Series
from plugin_digest.diff.judging import Bench
from plugin_digest.model import TeamUsage, Usage, last_weeks

BOTH = frozenset({"a", "b"})


def bench(*weeks, **changes):
    """``weeks``, oldest first: the views and users of a, of b, and of both."""
    stored = {}
    for week, (one, other, together) in zip(last_weeks(W46, len(weeks)), weeks, strict=True):
        teams = {"ci": TeamUsage(BOTH, Usage(*together))}
        stored[week] = snapshot(week, {"a": one, "b": other}, portal=Usage(900, 200), teams=teams, pages={})
    return Bench.of(Series(W46, stored, dict.fromkeys("ab", W46.plus(-20)), **changes))


def test_what_is_usual_tells_no_hidden_week():
    """It is the same whatever the hidden counts were, and so are the verdicts."""
    ranges = set()
    for hidden in (1, 2, 3, 4):
        weeks = [((40, hidden if n % 3 else 9), (hidden, hidden), (40 + hidden, 12)) for n in range(13)]
        judge = bench(*weeks, hidden_below=5).of_plugins
        ranges.add((judge(frozenset("a")), judge(frozenset("b")), judge(BOTH)))
    assert len(ranges) == 1
    assert all(judged.users.usual is not None for judged in next(iter(ranges))[:2])


def test_what_is_usual_needs_no_hiding_by_default():
    """Without a limit for plugins it rests on the counts as they are."""
    found = {
        bench(*[((40, n), (90, 30), (130, 31))] * 13).of_plugins(frozenset("a")).users.usual for n in (1, 4)
    }
    assert len(found) == 2
