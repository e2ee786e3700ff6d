"""Whether a week's count is news: held against its own last weeks and against the portal of the same weeks.

Owns what counts as unusual; does not know how that is worded. The method, where it comes from and what it
cannot do are in docs/is-it-news.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log, sqrt
from statistics import NormalDist, median
from typing import NamedTuple

from plugin_digest.diff.change import MIN_BASE
from plugin_digest.diff.companion import movement
from plugin_digest.diff.dispersion import Scatter, count_range, t_quantile
from plugin_digest.diff.expectation import ECHO, ECHO_SD, Expectation, Past, expect
from plugin_digest.model import (
    HISTORY_WEEKS,
    NOT_JUDGED,
    NOT_TOLD,
    AgainstPortal,
    Count,
    Judgement,
    Usage,
    UsualRange,
    Verdict,
    is_known,
)

MIN_WEEKS = 4
"""With fewer weeks before there is no usual range."""
OUTSIDE = 0.02
"""How often an ordinary week may lie outside its range, both sides together."""
FEW = 5
"""So many views or users, or fewer, are never unusually many."""
SILENT_WEEKS = 3
"""After so many without any use, what was before is not expected any more."""
_STEADY = 4
"""How many weeks with use there are before such a silence, at least, and for each without."""
_NO_CHANCE = 12.0
"""How many clumps of counts were to be expected of the weeks in which none came."""

_NORMAL = NormalDist().inv_cdf(1 - OUTSIDE / 2)


@dataclass(frozen=True)
class Figure:
    """What is counted: how it scatters, and what part of a plugin's the portal would lack without it."""

    scatter: Scatter
    part: float = 1.0


def users_of(part: float) -> Figure:
    """Less than chance in small counts, as many of the people are the same ones every week.

    Users do not add up: only ``part`` of them come to the portal for the plugin alone. Nobody counts them;
    the plugin's share of the portal's views stands for it: few for a small plugin, some for one that nearly
    everybody opens on the way to others, all for one that is the portal.
    """
    return Figure(Scatter(clumps=0.8, unrest=0.05), part)


USERS = users_of(0.0)
"""Where each of them would come without the plugin too."""


def views_of(views_per_user: float) -> Figure:
    """Views come in lumps: a person stays away with all of them, and some have many more than others."""
    return Figure(Scatter(clumps=max(1.2 * views_per_user, 1.0), unrest=0.06))


VIEWS = views_of(4.0)
"""Where users are not known."""


class _Week(NamedTuple):
    """One usable week of the past, ``age`` weeks ago."""

    age: int
    own: int
    portal: int | None
    days: float


@dataclass(frozen=True)
class UsageJudgement:
    """Both figures of one plugin, team or portal."""

    views: Judgement
    users: Judgement


def judge_usage(
    now: Usage,
    history: Sequence[Usage | None],
    portal_now: Usage,
    portal_history: Sequence[Usage | None],
    *,
    work_days: Sequence[float] | None = None,
    others: Sequence[Sequence[Usage | None]] = (),
) -> UsageJudgement:
    """A plugin's or a team's week against its own weeks before and the portal of all these weeks.

    Histories are aligned, oldest first, without this week; a week that is None (not stored, or incomplete)
    is left out. ``work_days`` has one number more than they have, this week last, and so has each of the
    ``others``: the plugins that the rest of the portal consists of, as far as they are known.
    """
    views, portal_views = _figure(history, "views"), _figure(portal_history, "views")
    users, portal_users = _figure(history, "users"), _figure(portal_history, "users")
    of_views = _figure_of_views(views, users)
    of_users = users_of(_usual_share(views, portal_views) or 0.0)
    return UsageJudgement(
        judge(
            now.views,
            views,
            portal_now.views,
            portal_views,
            figure=of_views,
            work_days=work_days,
            others=[_figure(other, "views") for other in others],
        ),
        judge(
            now.users,
            users,
            portal_now.users,
            portal_users,
            figure=of_users,
            work_days=work_days,
            others=[_figure(other, "users") for other in others],
        ),
    )


def judge_portal(
    now: Usage, history: Sequence[Usage | None], *, work_days: Sequence[float] | None = None
) -> UsageJudgement:
    """The portal's week against its own weeks before; only its working days stand beside it."""
    return judge_usage(now, history, NOT_TOLD, [None] * len(history), work_days=work_days)


def judge(
    current: Count,
    history: Sequence[Count | None],
    portal_now: Count,
    portal_history: Sequence[Count | None],
    *,
    figure: Figure,
    work_days: Sequence[float] | None = None,
    others: Sequence[Sequence[Count | None]] = (),
) -> Judgement:
    """One figure, as `judge_usage`. Weeks before the first count that is not zero are not history."""
    if not is_known(current):
        return NOT_JUDGED
    weeks = _weeks(history, portal_history, work_days)
    begun = _begun(history, weeks)
    silence = _silence(weeks, figure.scatter)
    weeks, needed = (silence, SILENT_WEEKS) if silence else (weeks, MIN_WEEKS)
    beside_portal = [week for week in weeks if week.portal is not None]
    is_told = len(beside_portal) >= needed and any(week.own for week in beside_portal)
    whole = portal_now if is_told and is_known(portal_now) else None
    weeks = weeks if whole is None else beside_portal
    if len(weeks) < needed:
        return NOT_JUDGED
    moved = movement(
        [*(week.own for week in weeks), current],
        None if whole is None else [*(week.portal or 0 for week in weeks), whole],
        [*(week.days for week in weeks), work_days[-1]] if work_days else None,
        figure.scatter,
        part=figure.part,
        others=[_at(other, weeks) for other in others],
    )
    *moves, move_now = moved.moves
    past = [Past(week.age, week.own, move) for week, move in zip(weeks, moves, strict=True)]
    usual = _usual(expect(past, move_now, figure.scatter, doubt=moved.doubt, begun=begun))
    return _verdict(current, usual, len(past))


def against_portal(
    now: Usage, before: Usage, portal_now: Usage, portal_before: Usage
) -> AgainstPortal | None:
    """A plugin's views as a multiple of the week before, beside the portal's.

    None where a count is missing or either base is too small for a percentage. It is news where the plugin
    parts from the rest of the portal by more than two weeks of both scatter.
    """
    counts = (now.views, before.views, portal_now.views, portal_before.views)
    known = [count for count in counts if is_known(count)]
    if len(known) < len(counts):
        return None
    own, own_before, portal, whole_before = known
    rest, rest_before = max(portal - own, 0), max(whole_before - own_before, 0)
    if min(own_before, whole_before) < MIN_BASE:
        return None
    figure = _figure_of_views([own, own_before], [now.users, before.users])
    parted = (
        _parted((own, own_before), (rest, rest_before), figure.scatter) if rest_before >= MIN_BASE else 0.0
    )
    return AgainstPortal(Fraction(own, own_before), Fraction(portal, whole_before), parted > _NORMAL)


def _parted(own: tuple[int, int], rest: tuple[int, int], scatter: Scatter) -> float:
    """The difference of two ratios in standard errors of its logarithm."""
    own_move, rest_move = (log((now + 0.5) / (before + 0.5)) for now, before in (own, rest))
    chance = sum(scatter.clumps / (count + 0.5) for count in (*own, *rest))
    return abs(own_move - ECHO * rest_move) / sqrt(
        chance + 2 * scatter.unrest**2 + (ECHO_SD * rest_move) ** 2
    )


def _weeks(
    history: Sequence[Count | None], portal_history: Sequence[Count | None], work_days: Sequence[float] | None
) -> list[_Week]:
    """The known ones of the last weeks, from the first that is not zero; all of them if each is."""
    days = work_days[:-1] if work_days else [0] * len(history)
    aligned = list(zip(range(len(history), 0, -1), history, portal_history, days, strict=True))
    weeks = [
        _Week(age, own, portal if isinstance(portal, int) else None, worked)
        for age, own, portal, worked in aligned[-HISTORY_WEEKS:]
        if isinstance(own, int)
    ]
    return weeks[next((n for n, week in enumerate(weeks) if week.own), 0) :]


def _begun(history: Sequence[Count | None], weeks: Sequence[_Week]) -> int | None:
    """How many weeks ago the first use was, if weeks without any are known before it."""
    if weeks and 0 in history[-HISTORY_WEEKS : -weeks[0].age]:
        return weeks[0].age
    return None


def _silence(weeks: Sequence[_Week], scatter: Scatter) -> list[_Week]:
    """The last weeks, if a plugin of every week had no use in them, neither by chance nor with the portal."""
    used = [week.own for week in weeks if week.own]
    if not used:
        return []
    last_use = max(at for at, week in enumerate(weeks) if week.own)
    silence = [week for week in weeks[last_use + 1 :] if week.portal != 0]
    paused = last_use + 1 - len(used)
    is_steady = len(used) >= _STEADY * max(paused, 1)
    is_certain = len(silence) * median(used) > _NO_CHANCE * scatter.clumps
    return silence if len(silence) >= max(SILENT_WEEKS, paused + 1) and is_steady and is_certain else []


def _at(other: Sequence[Count | None], weeks: Sequence[_Week]) -> list[int | None]:
    """What another plugin had in these weeks and in this one."""
    counts = [*(other[-1 - week.age] for week in weeks), other[-1]]
    return [count if isinstance(count, int) else None for count in counts]


def _figure(history: Sequence[Usage | None], name: str) -> list[Count | None]:
    return [None if usage is None else getattr(usage, name) for usage in history]


def _figure_of_views(views: Sequence[Count | None], users: Sequence[Count | None]) -> Figure:
    pairs = [(v, u) for v, u in zip(views, users, strict=True) if isinstance(v, int) and isinstance(u, int)]
    people = sum(u for _, u in pairs)
    return views_of(sum(v for v, _ in pairs) / people) if people else VIEWS


def _usual_share(counts: Sequence[Count | None], wholes: Sequence[Count | None]) -> float | None:
    """The plugin's part of the portal in most weeks."""
    shares = [
        min(own / whole, 1.0)
        for own, whole in zip(counts, wholes, strict=True)
        if isinstance(own, int) and isinstance(whole, int) and whole
    ]
    return median(shares) if shares else None


def _usual(expected: Expectation) -> UsualRange:
    wider = t_quantile(1 - OUTSIDE / 2, expected.degrees) / _NORMAL
    low, high = count_range(expected.mean, expected.variance * wider * wider, OUTSIDE)
    _, highest = count_range(*expected.highest, OUTSIDE)
    besides = [count_range(*level, OUTSIDE) for level in expected.besides]
    lows, highs = [low, *(one for one, _ in besides)], [min(high, highest), *(one for _, one in besides)]
    return UsualRange(min(lows), max(*highs, FEW))


def _verdict(current: int, usual: UsualRange, weeks: int) -> Judgement:
    half = max(usual.high - usual.low, 1) / 2
    if current > usual.high:
        return Judgement(usual, Verdict.ABOVE, weeks, (current - usual.high) / half)
    if current < usual.low:
        return Judgement(usual, Verdict.BELOW, weeks, (usual.low - current) / half)
    return Judgement(usual, Verdict.USUAL, weeks)
