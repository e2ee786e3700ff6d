"""The portal beside a plugin: how it moved from week to week, without the plugin itself and without noise.

Knows counts and working days, and nothing of what a plugin makes of them.
"""

from collections.abc import Sequence
from math import log
from statistics import median
from typing import NamedTuple

from plugin_digest.diff.dispersion import Scatter

_WEEKEND_DAYS = 0.5
"""What a weekend brings, in working days."""
_SAFE = 2.0
"""How many times its variance by chance is taken off a single week; its own square is no mean of many."""


def moves(
    own: Sequence[int],
    portal: Sequence[int] | None,
    work_days: Sequence[float] | None,
    scatter: Scatter,
    *,
    part: float,
) -> list[float]:
    """How the portal moved, as logarithms that mean nothing but by their differences.

    All series have one count a week and this week last. Without a portal the working days stand for it, and
    without both there is no movement. The portal would lack ``part`` of the plugin's count without it. As far
    as it strays from its working days by chance, it is drawn to them: a small one says little, unless it goes
    far.
    """
    calendar = [log(days + _WEEKEND_DAYS) for days in work_days] if work_days else [0.0] * len(own)
    if portal is None:
        return calendar
    others = [_Others.of(count, whole, part) for count, whole in zip(own, portal, strict=True)]
    signal = [log(other.left) - days for other, days in zip(others, calendar, strict=True)]
    centre = median(signal)
    strays = [move - centre for move in signal]
    chances = [scatter.clumps * other.chance for other in others]
    seen = sum(stray * stray for stray in strays)
    trust = max(1 - sum(chances) * (len(strays) - 1) / len(strays) / seen, 0.0) if seen else 0.0
    return [
        days + stray * (max(trust, 1 - _SAFE * chance / (stray * stray)) if stray else trust)
        for days, stray, chance in zip(calendar, strays, chances, strict=True)
    ]


class _Others(NamedTuple):
    """The portal without the plugin, never zero; and its relative variance, if all came one by one."""

    left: float
    chance: float

    @classmethod
    def of(cls, own: int, whole: int, part: float) -> "_Others":
        rest, stays = max(whole - own, 0) + 0.5, 1 - part
        left = rest + stays * min(own, whole)
        return cls(left, (rest + stays * stays * min(own, whole)) / (left * left))
