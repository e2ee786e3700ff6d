"""The portal beside a plugin: how it moved from week to week, without the plugin itself and without noise.

Knows counts and working days, and nothing of what a plugin makes of them.
"""

from collections.abc import Iterable, Sequence
from math import exp, log
from statistics import fmean, median
from typing import NamedTuple

from plugin_digest.diff.dispersion import Scatter

_WEEKEND_DAYS = 0.5
"""What a weekend brings, in working days."""
_SAFE = 2.0
"""How many times its variance by chance is taken off a single week; its own square is no mean of many."""
_LIFE = 0.1
"""How much each of the other plugins moves by itself, relative to its level."""
_APART = 3.0
"""Standard deviations from the others at which a plugin counts for a quarter in what most of them do."""
_ROUNDS = 2
_DOUBTED = 0.5
"""What part of its variance by chance a movement keeps; the rest is seen in how the past scatters."""


class Movement(NamedTuple):
    """By week, logarithms that mean nothing but by their differences; and the variance of the last."""

    moves: list[float]
    doubt: float = 0.0


class _Stray(NamedTuple):
    """How far a week strays from its working days, as a logarithm; and the variance of that by chance."""

    far: float
    chance: float


class _Seen(NamedTuple):
    """What a plugin had in a week, what it usually has in such a week, and how much it tells."""

    counted: int
    usual: float
    weight: float


def movement(
    own: Sequence[int],
    portal: Sequence[int] | None,
    work_days: Sequence[float] | None,
    scatter: Scatter,
    *,
    part: float,
    others: Sequence[Sequence[int | None]] = (),
) -> Movement:
    """How the portal moved.

    All series have one count a week and this week last. Without a portal the working days stand for it, and
    without both there is no movement. The portal would lack ``part`` of the plugin's count without it. As far
    as it strays from its working days by chance, it is drawn to them: a small one says little, unless it goes
    far. Where ``others`` are known, the plugins of the rest, most of them say how it moved; where counts do
    not add up (``part`` below 1), what strays less, they or the portal's own count.
    """
    calendar = [log(days + _WEEKEND_DAYS) for days in work_days] if work_days else [0.0] * len(own)
    if portal is None:
        return Movement(calendar)
    strays = _of_rest(own, portal, calendar, scatter, part)
    shared = _of_most([*others, own] if len(others) == 1 else others, calendar, scatter)
    if shared:
        strays = shared if part == 1 else list(map(_nearer, strays, shared))
    return _without_noise(calendar, strays)


def _nearer(one: _Stray, other: _Stray) -> _Stray:
    """The one that strays less."""
    return one if abs(one.far) <= abs(other.far) else other


def _without_noise(calendar: Sequence[float], strays: Sequence[_Stray]) -> Movement:
    seen = sum(stray.far * stray.far for stray in strays)
    noise = sum(stray.chance for stray in strays) * (len(strays) - 1) / len(strays)
    trust = max(1 - noise / seen, 0.0) if seen else 0.0
    trusts = [max(trust, 1 - _SAFE * chance / (far * far)) if far else trust for far, chance in strays]
    moves = [days + far * at for days, (far, _), at in zip(calendar, strays, trusts, strict=True)]
    return Movement(moves, _DOUBTED * trusts[-1] * strays[-1].chance)


def _of_rest(
    own: Sequence[int], portal: Sequence[int], calendar: Sequence[float], scatter: Scatter, part: float
) -> list[_Stray]:
    """Of the portal's counts less the plugin's."""
    rests = [_Rest.of(count, whole, part) for count, whole in zip(own, portal, strict=True)]
    signal = [log(rest.left) - days for rest, days in zip(rests, calendar, strict=True)]
    centre = median(signal)
    return [
        _Stray(move - centre, scatter.clumps * rest.chance) for move, rest in zip(signal, rests, strict=True)
    ]


class _Rest(NamedTuple):
    """The portal without the plugin, never zero; and its relative variance, if all came one by one."""

    left: float
    chance: float

    @classmethod
    def of(cls, own: int, whole: int, part: float) -> "_Rest":
        rest, stays = max(whole - own, 0) + 0.5, 1 - part
        left = rest + stays * min(own, whole)
        return cls(left, (rest + stays * stays * min(own, whole)) / (left * left))


def _of_most(
    rows: Sequence[Sequence[int | None]], calendar: Sequence[float], scatter: Scatter
) -> list[_Stray]:
    """Of the plugins together, without those that part from them; none if a week knows no plugin."""
    factors = [exp(days) for days in calendar]
    weeks: list[list[_Seen]] = [[] for _ in calendar]
    for row in rows:
        leveled = [n / factor for n, factor in zip(row, factors, strict=True) if n is not None]
        level = (median(leveled) or fmean(leveled)) if leveled else 0.0
        for count, factor, week in zip(row, factors, weeks, strict=True):
            if count is not None and level:
                usual = level * factor
                week.append(_Seen(count, usual, 1 / (scatter.clumps / usual + _LIFE * _LIFE)))
    if not all(weeks):
        return []
    strays = [_of_week(week, scatter) for week in weeks]
    centre = median(far for far, _ in strays)
    return [_Stray(far - centre, chance) for far, chance in strays]


def _of_week(week: Sequence[_Seen], scatter: Scatter) -> _Stray:
    """Counts over what is usual, weighted and added up; begun at their median, where no single one tells."""
    far, known = _median(week), 0.0
    clumps, life, apart = scatter.clumps, _LIFE * _LIFE, _APART * _APART
    least = 0.5 / max(usual for _, usual, _ in week)
    for _ in range(_ROUNDS):
        factor = exp(far)
        above = known = least
        for counted, usual, weight in week:
            mean = usual * factor
            miss = counted - mean
            nearness = 1 / (1 + miss * miss / ((clumps + life * mean) * mean * apart))
            heard = weight * nearness * nearness
            above += heard * counted / usual
            known += heard
        far = log(above / known)
    return _Stray(far, 1 / known)


def _median(week: Sequence[_Seen]) -> float:
    """The weighted median of the logarithms; one that is usual stands with them, as heavy as the heaviest."""
    votes = [(log((counted + 0.5) / (usual + 0.5)), weight) for counted, usual, weight in week]
    ranked = sorted([*votes, (0.0, max(weight for _, weight in votes))])
    half = sum(weight for _, weight in ranked) / 2
    return min(_reaching(half, ranked), _reaching(half, reversed(ranked)), key=abs)


def _reaching(half: float, ranked: Iterable[tuple[float, float]]) -> float:
    """Where the weights added up reach a half, but for rounding."""
    reached = 0.0
    for value, weight in ranked:
        reached += weight
        if reached >= half * (1 - 1e-9):
            return value
    return 0.0
