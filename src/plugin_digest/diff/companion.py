"""The portal beside a plugin: how it moved from week to week, without the plugin itself and without noise.

Knows counts and working days, and nothing of what a plugin makes of them.
"""

from collections.abc import Sequence
from math import log
from statistics import fmean, median

from plugin_digest.diff.dispersion import Scatter

_WEEKEND_DAYS = 0.5
"""What a weekend brings, in working days."""


def moves(
    own: Sequence[int],
    portal: Sequence[int] | None,
    work_days: Sequence[int] | None,
    scatter: Scatter,
    *,
    adds_up: bool,
) -> list[float]:
    """How the portal moved, as logarithms that mean nothing but by their differences.

    All series have one count a week and this week last. Without a portal the working days stand for it, and
    without both there is no movement. A portal that scatters no less than its counts do by chance is drawn
    to the working days: a small one says little.
    """
    calendar = [log(days + _WEEKEND_DAYS) for days in work_days] if work_days else [0.0] * len(own)
    if portal is None:
        return calendar
    others = _others(own, portal, adds_up=adds_up)
    signal = [log(count) - days for count, days in zip(others, calendar, strict=True)]
    chance = scatter.clumps * fmean(1 / count for count in others)
    centre = fmean(signal)
    seen = sum((move - centre) ** 2 for move in signal) / (len(signal) - 1)
    trust = max(1 - chance / seen, 0.0) if seen else 0.0
    return [days + trust * move for days, move in zip(calendar, signal, strict=True)]


def _others(own: Sequence[int], portal: Sequence[int], *, adds_up: bool) -> list[float]:
    """The portal without the plugin, never zero.

    Views add up. Of users, those who came for the plugin alone ought to go; nobody counts them, and the
    plugin's share of the portal stands for their share of the plugin: a few of a small plugin, all of one
    that is the portal.
    """
    shares = [count / whole for count, whole in zip(own[:-1], portal, strict=False) if whole]
    part = 1.0 if adds_up else min(median(shares), 1.0) if shares else 0.0
    return [max(whole - part * count, 0.0) + 0.5 for count, whole in zip(own, portal, strict=True)]
