"""Views that turned up under another id: a plugin whose id changed, and views that moved between plugins.

Owns when two steps of one week are the two sides of one thing. Knows traces, no snapshots.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from statistics import median

from plugin_digest.diff.ids import are_alike
from plugin_digest.diff.steps import Step, Trace, changes
from plugin_digest.model import Break, BreakKind, Week

_Pair = tuple[str, str]
"""Of a transfer: the one, and one of many."""

_STRAY = 0.05
"""Of the old level; so many views may still come from open tabs and bookmarks."""
_FEW = 2
_ONE_WEEK = 1.5
"""A week in which an id changed has days of each, together no more than so many weeks' views."""
_GONE = 4.0
"""Visits that must be missing, over all weeks since, before a plugin counts as gone."""
_STEADY = 0.4
_LIKE, _ALIKE = log(2), log(4)
"""How far two levels may differ, in logarithms: of any two ids, and of two spellings of one name."""
_CLEAR, _VERY_CLEAR = 2.0, 3.0
"""Standard deviations from none: of each plugin on the side of many, and of at least one of them."""
_LEAST_MOVED = 20
_LARGE_PART = 0.3
_CLOSE = 0.2
"""What came may differ from what went by so much of it, and by more only where chance allows."""
_AT_LEAST, _AT_MOST = 0.5, 2.0
"""But what came is never less or more than so much of it: less speaks for no move at all."""
_DEVIATIONS = 1.5
_HOSTS = frozenset({"catalog", ""})
"""Where views of other plugins are known to end up, and to come from: entity tabs are routes of the catalog's
page (backstage#34770), and views whose plugin is not found are nobody's (backstage#17998)."""
_DOUBT, _DOUBT_OF_HOSTS = 5.0, 1.5
"""How much likelier it must be, as a logarithm, that views moved than that a single plugin changed by itself
in a week in which the other happened to change as well: of any two plugins, and where one is of `_HOSTS`."""
_AGAIN = 2.0
"""Each further plugin that changed as much in the same week makes it so much likelier; not without limit."""
_MOST_AGAIN = 2


def id_changes(
    traces: Iterable[Trace], weeks: Sequence[Week], first_seen: Mapping[str, Week]
) -> Iterator[Break]:
    """Plugins whose views stopped in the week in which another plugin's began, at a similar level.

    What is left in the week after one that was half of either kind stops with it, and not once more.
    """
    seen = list(traces)
    before: set[str] = set()
    for boundary in range(1, len(weeks)):
        gone = [trace for trace in seen if trace.plugin not in before and _is_gone(trace, boundary)]
        born = [trace for trace in seen if _is_born(trace, boundary, weeks, first_seen)]
        pairs = list(_pairs(gone, born, boundary))
        for old, new in pairs:
            yield Break(old.plugin, BreakKind.ID_CHANGED, weeks[boundary], new.plugin)
            yield Break(new.plugin, BreakKind.ID_CHANGED, weeks[boundary], old.plugin, gained=True)
        before = {old.plugin for old, _ in pairs}


def moves(
    traces: Iterable[Trace], weeks: Sequence[Week], renamed: Collection[tuple[str, Week]] = ()
) -> Iterator[Break]:
    """Plugins a large part of whose views went to another one overnight, or came from there.

    One side may be several: a Backstage upgrade moves the views of many entity tabs to ``catalog`` at once.
    The trace of no plugin has an empty name; it may be a twin, and has no break of its own. What changes
    under an id that was ``renamed`` in the week, or in the week before, is told already. Where a week is half
    of either kind, what was found in it is not found anew a week later.
    """
    seen = list(traces)
    now: dict[int, list[_Transfer]] = {}
    then: dict[int, set[_Pair]] = {0: set()}
    for boundary in range(1, len(weeks)):
        told = {plugin for plugin, week in renamed if week in weeks[boundary - 1 : boundary + 1]}
        others = [trace for trace in seen if trace.plugin not in told]
        now[boundary] = list(_transfers(changes(others, boundary)))
        cut = [trace.until(boundary) for trace in others]
        then[boundary] = _pairs_of(_transfers(changes(cut, boundary)))
    for boundary, transfers in now.items():
        before = _pairs_of(now.get(boundary - 1, ()))
        for transfer in transfers:
            dates = {pair: boundary - (pair in then[boundary - 1]) for pair in transfer.pairs - before}
            yield from (found for found in transfer.breaks(dates, weeks) if found.plugin)


@dataclass(frozen=True)
class _Transfer:
    """Views that went from ``many`` to ``one``, or the other way round."""

    one: Step
    many: tuple[Step, ...]

    @property
    def pairs(self) -> set[_Pair]:
        return {(self.one.plugin, other.plugin) for other in self.many}

    def breaks(self, dates: Mapping[_Pair, int], weeks: Sequence[Week]) -> Iterator[Break]:
        """One for each of many that has a date, and for the one if all have."""
        one = self.one
        dated = [(dates[pair], other) for other in self.many if (pair := (one.plugin, other.plugin)) in dates]
        for date, other in dated:
            yield Break(other.plugin, BreakKind.MOVED, weeks[date], one.plugin, gained=other.size > 0)
        if len(dated) == len(self.many):
            date, largest = min(dated, key=lambda each: (each[0], -abs(each[1].taken), each[1].plugin))
            yield Break(one.plugin, BreakKind.MOVED, weeks[date], largest.plugin, gained=one.size > 0)


def _pairs_of(transfers: Iterable[_Transfer]) -> set[_Pair]:
    return {pair for transfer in transfers for pair in transfer.pairs}


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
    before, rest, came = old.before(boundary), old.after(boundary), new.after(boundary)
    both = [a + b for a, b in zip(rest, came, strict=True)]
    was, is_now = median(before), median(both)
    if rest[0] / was + came[0] / max(median(came[1:] or came), 1.0) > _ONE_WEEK:
        return None
    chance = sqrt(old.clumps / (was * len(before)) + new.clumps / (is_now * len(both)))
    most = _ALIKE if are_alike(old.plugin, new.plugin) else _LIKE
    mismatch = abs(log(is_now / was))
    return mismatch if mismatch <= min(most, most / 2 + _DEVIATIONS * chance) else None


def _transfers(found: Collection[Step]) -> Iterator[_Transfer]:
    """The sides that match, the likeliest first; none stands in two transfers."""
    large = [step for step in found if _is_large(step)]
    fitting = [
        (doubt, one, many)
        for one in found
        if one.is_of_the_week
        for many in _sides([step for step in large if (step.size > 0) != (one.size > 0)], one)
        if (doubt := _doubt(one, many)) is not None
    ]
    taken: set[str] = set()
    for _, one, many in sorted(fitting, key=lambda fit: (fit[0], fit[1].plugin, len(fit[2]))):
        names = {one.plugin, *(other.plugin for other in many)}
        if not names & taken:
            taken |= names
            yield _Transfer(one, many)


def _is_large(step: Step) -> bool:
    return (
        bool(step.plugin)
        and step.is_overnight
        and step.share >= _LARGE_PART
        and step.distance >= _CLEAR
        and abs(step.size) >= _LEAST_MOVED
    )


def _sides(others: Iterable[Step], one: Step) -> Iterator[tuple[Step, ...]]:
    """What may be the side of many: the largest few, or a single one."""
    ranked = sorted(
        (other for other in others if other.plugin != one.plugin),
        key=lambda other: (-abs(other.size), other.plugin),
    )
    yield from (tuple(ranked[:n]) for n in range(1, len(ranked) + 1))
    yield from ((other,) for other in ranked[1:])


def _doubt(one: Step, many: Sequence[Step]) -> float | None:
    """How far chance is from being excluded, the less the better; None where the sides do not match.

    The step of ``one`` is held against two normal distributions, around what the others lost or gained and
    around none.
    """
    moved, size = sum(abs(other.size) for other in many), abs(one.size)
    variance = one.sd**2 + sum(other.sd**2 for other in many)
    if abs(size - moved) > max(_CLOSE * moved, _DEVIATIONS * sqrt(variance)):
        return None
    if not _AT_LEAST * moved <= size <= _AT_MOST * moved:
        return None
    likelier = (size * moved - moved * moved / 2) / variance
    clear = sum(1 for other in many if other.distance >= _VERY_CLEAR)
    likelier += _AGAIN * min(clear - 1, _MOST_AGAIN)
    needed = _DOUBT_OF_HOSTS if one.plugin in _HOSTS else _DOUBT
    return needed - likelier if clear and likelier >= needed else None
