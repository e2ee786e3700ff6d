"""Views that turned up under another id: a plugin whose id changed, and views that moved between plugins.

Owns when two steps of one week are the two sides of one thing. Knows traces, no snapshots.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from statistics import median

from plugin_digest.diff.ids import are_alike
from plugin_digest.diff.steps import Step, Trace, steps
from plugin_digest.model import Break, BreakKind, Week

_STRAY = 0.05
"""Of the old level; so many views may still come from open tabs and bookmarks."""
_FEW = 2
_GONE = 4.0
"""Visits that must be missing, over all weeks since, before a plugin counts as gone."""
_STEADY = 0.4
_LIKE, _ALIKE = log(2), log(4)
"""How far two levels may differ, in logarithms: of any two ids, and of two spellings of one name."""
_CLEAR, _VERY_CLEAR = 2.5, 4.0
"""Standard deviations from none: of the one plugin on a side, and of each of those on the other."""
_LEAST_MOVED = 20
_LARGE_PART = 0.3
_CLOSE, _AT_MOST = 0.2, 0.5
"""What came may differ from what went by so much of it, and by more only where chance allows."""
_DEVIATIONS = 1.5


def id_changes(
    traces: Iterable[Trace], weeks: Sequence[Week], first_seen: Mapping[str, Week]
) -> Iterator[Break]:
    """Plugins whose views stopped in the week in which another plugin's began, at a similar level."""
    seen = list(traces)
    for boundary in range(1, len(weeks)):
        gone = [trace for trace in seen if _is_gone(trace, boundary)]
        born = [trace for trace in seen if _is_born(trace, boundary, weeks, first_seen)]
        for old, new in _pairs(gone, born, boundary):
            yield Break(old.plugin, BreakKind.ID_CHANGED, weeks[boundary], new.plugin)
            yield Break(new.plugin, BreakKind.ID_CHANGED, weeks[boundary], old.plugin, gained=True)


def moves(traces: Iterable[Trace], weeks: Sequence[Week]) -> Iterator[Break]:
    """Plugins a large part of whose views went to another one overnight, or came from there.

    One side may be several: a Backstage upgrade moves the views of many entity tabs to ``catalog`` at once.
    """
    seen = list(traces)
    before: set[tuple[str, str]] = set()
    for boundary in range(1, len(weeks)):
        transfers = list(_transfers([found for found in steps(seen, boundary) if _is_clear(found)]))
        for transfer in transfers:
            if not transfer.pairs & before:
                yield from transfer.breaks(weeks[boundary])
        before = {pair for transfer in transfers for pair in transfer.pairs}


@dataclass(frozen=True)
class _Transfer:
    """Views that went from ``many`` to ``one``, or the other way round."""

    one: Step
    many: tuple[Step, ...]

    @property
    def pairs(self) -> set[tuple[str, str]]:
        return {(self.one.plugin, other.plugin) for other in self.many}

    def breaks(self, week: Week) -> Iterator[Break]:
        largest = self.many[0].plugin
        yield Break(self.one.plugin, BreakKind.MOVED, week, largest, gained=self.one.size > 0)
        for other in self.many:
            yield Break(other.plugin, BreakKind.MOVED, week, self.one.plugin, gained=other.size > 0)


def _is_gone(trace: Trace, boundary: int) -> bool:
    """Whether steady views are followed by none, or in the week itself by a part of a week's."""
    before, after = trace.before(boundary), trace.after(boundary)
    level = median(before)
    rest = after[1:] if after[0] > max(_STRAY * level, _FEW) else after
    if not rest or min(before) < _STEADY * level or after[0] > level:
        return False
    return max(rest) <= max(_STRAY * level, _FEW) and level * len(rest) >= _GONE * trace.clumps


def _is_born(trace: Trace, boundary: int, weeks: Sequence[Week], first_seen: Mapping[str, Week]) -> bool:
    first = first_seen.get(trace.plugin)
    is_new = not any(trace.views[:boundary]) and (first is None or first > weeks[boundary - 1])
    return is_new and trace.views[boundary] > 0 and median(trace.after(boundary)) > _FEW


def _pairs(gone: Iterable[Trace], born: Collection[Trace], boundary: int) -> Iterator[tuple[Trace, Trace]]:
    """Each id with the one that took its place, the likeliest first; none stands in two pairs."""
    candidates = sorted(
        (not are_alike(old.plugin, new.plugin), mismatch, old.plugin, new.plugin, old, new)
        for old in gone
        for new in born
        if (mismatch := _mismatch(old, new, boundary)) is not None
    )
    paired: set[str] = set()
    for *_, old, new in candidates:
        if not {old.plugin, new.plugin} & paired:
            paired |= {old.plugin, new.plugin}
            yield old, new


def _mismatch(old: Trace, new: Trace, boundary: int) -> float | None:
    """How far the levels differ, in logarithms; None if it is too far for one and the same plugin."""
    before = old.before(boundary)
    both = [a + b for a, b in zip(old.after(boundary), new.after(boundary), strict=True)]
    was, is_now = median(before), median(both)
    chance = sqrt(old.clumps / (was * len(before)) + new.clumps / (is_now * len(both)))
    most = _ALIKE if are_alike(old.plugin, new.plugin) else _LIKE
    mismatch = abs(log(is_now / was))
    return mismatch if mismatch <= min(most, most / 2 + _DEVIATIONS * chance) else None


def _is_clear(found: Step) -> bool:
    return found.distance >= _CLEAR and abs(found.size) >= _LEAST_MOVED


def _transfers(clear: Collection[Step]) -> Iterator[_Transfer]:
    """The sides that match, the largest step first; none stands in two transfers."""
    left = {found.plugin: found for found in clear}
    for one in sorted(clear, key=lambda found: (-abs(found.size), found.plugin)):
        if one.plugin not in left:
            continue
        others = [other for other in left.values() if (other.size > 0) != (one.size > 0)]
        large = sorted(
            (other for other in others if other.share >= _LARGE_PART and other.distance >= _VERY_CLEAR),
            key=lambda other: (-abs(other.size), other.plugin),
        )
        if many := _matching(one, large):
            yield _Transfer(one, many)
            for found in (one, *many):
                left.pop(found.plugin)


def _matching(one: Step, others: Sequence[Step]) -> tuple[Step, ...]:
    """Those that together make up for ``one``: the largest few, or a single one; the closest match wins."""
    sets = [tuple(others[:n]) for n in range(1, len(others) + 1)] + [(other,) for other in others[1:]]
    fitting = [(mismatch, many) for many in sets if (mismatch := _difference(one, many)) is not None]
    return min(fitting, key=lambda found: found[0])[1] if fitting else ()


def _difference(one: Step, many: Sequence[Step]) -> float | None:
    """Of what went, the part by which what came differs; None if that is more than chance allows."""
    moved = sum(abs(other.size) for other in many)
    sd = sqrt(one.sd**2 + sum(other.sd**2 for other in many))
    difference = abs(abs(one.size) - moved)
    allowed = min(max(_CLOSE * moved, _DEVIATIONS * sd), _AT_MOST * moved)
    return difference / moved if difference <= allowed else None
