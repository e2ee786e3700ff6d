"""What arithmetic tells of counts that are not shown, from those that are. Knows ranges, and no digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Range:
    """What a reader knows of a count; ``is_secret`` if it must not be known exactly."""

    low: float
    high: float
    is_secret: bool = False


UNKNOWN = Range(0, inf)


def is_told_by_sum(total: Range, parts: Sequence[Range]) -> bool:
    """Whether a secret can have one value only, where the parts add up to the total.

    Not if they cannot: then there are other parts.
    """
    low, high = _Ends([part.low for part in parts]), _Ends([part.high for part in parts])
    if low.sum > total.high or high.sum < total.low:
        return False
    told = [_is_told(total, low.sum, high.sum)]
    told += [
        _is_told(part, total.low - high.without(part.high), total.high - low.without(part.low))
        for part in parts
        if part.is_secret
    ]
    return any(told)


def is_told_by_union(total: Range, parts: Sequence[Range]) -> bool:
    """The same, where each of the total's people is in at least one of the parts, and maybe in several."""
    high = _Ends([part.high for part in parts])
    if high.sum < total.low:
        return False
    told = [_is_told(total, max((part.low for part in parts), default=0), high.sum)]
    told += [
        _is_told(part, total.low - high.without(part.high), total.high) for part in parts if part.is_secret
    ]
    return any(told)


def _is_told(known: Range, low: float, high: float) -> bool:
    """Whether the range of a secret, narrowed by what else is known, has no two whole numbers any more."""
    return known.is_secret and max(known.low, low) >= min(known.high, high)


class _Ends:
    """Ends of ranges that can be added up although some are infinite."""

    def __init__(self, ends: Sequence[float]) -> None:
        self._finite = sum(end for end in ends if end < inf)
        self._infinite = sum(end == inf for end in ends)

    @property
    def sum(self) -> float:
        return inf if self._infinite else self._finite

    def without(self, end: float) -> float:
        """The sum of the others."""
        if end == inf:
            return inf if self._infinite > 1 else self._finite
        return inf if self._infinite else self._finite - end
