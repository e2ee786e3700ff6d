"""Whether a week's figures may be mailed at all: the reasons to hold a run. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import exp, log, sqrt
from statistics import median

from plugin_digest.diff import Series
from plugin_digest.diff.change import are_comparable
from plugin_digest.model import NoteKind, Snapshot, is_known

_LEAST_WEEKS = 3
"""Fewer weeks before tell nobody what is usual."""
_LEAST_VIEWS = 50
_LEAST_BROKEN = 3
_RECENT = 4
_CLUMPS = {"views": 12.0, "users": 2.0}
"""A total's variance in units of its mean: a person who is away for the week takes a dozen views along."""
_SPREADS = 3.0
"""A total within so many standard deviations of the usual one, in logarithms, is no reason."""
_MAD_TO_SD = 1.4826


@dataclass(frozen=True)
class Limits:
    """What still passes: ``missing_plugins_share`` of last week's plugins may have no view this week,
    and in any case ``missing_plugins`` of them; the portal's views and users may be as few as ``fall_share``
    of what is usual, and as many as ``jump_factor`` times that.

    A portal's total, of at least some hundred views, does not move that far from one week to the next but for
    holidays, which are allowed for. A collector that is down for half the week does, and so does one that
    counts everything twice: hence less than double.
    """  # noqa: D205 - one sentence

    missing_plugins_share: float = 1 / 3
    missing_plugins: int = 5
    fall_share: float = 0.5
    jump_factor: float = 1.8
    anonymous_share: float = 0.25
    """By so much the part of the views without a user may be above what is usual."""
    broken_plugins_share: float = 0.5
    """Of the plugins viewed, so many may be measured in another way from this week on."""


def reasons_to_hold(series: Series, limits: Limits, work_share: Fraction | float = 1) -> list[str]:
    """Why the week should not be mailed before a person has looked; empty if nothing looks wrong.

    ``work_share`` is how much of a usual week's work its public holidays leave, from 0 to 1: the fewer people
    were at work, the more of the views, and of the plugins, may be missing.
    """
    current = series.current
    lost = _lost_data(current)
    if not current.is_complete:
        return [_incomplete(current), *lost]
    if current.portal.views == 0:
        return [f"the source reports no view at all in {current.week}", *lost]
    if all(usage.views == 0 for usage in current.plugins.values()):
        return [f"no view of {current.week} is attributed to a plugin", *lost]
    share = min(max(float(work_share), 0.0), 1.0)
    return [
        *_unlikely_totals(series, limits, share),
        *_lost_users(series, limits),
        *_vanished(series, limits, share),
        *_broken(series, limits),
        *lost,
    ]


def _incomplete(snapshot: Snapshot) -> str:
    if not snapshot.missing_days:
        return f"{snapshot.week} was not over when it was read"
    days = ", ".join(day.isoformat() for day in snapshot.missing_days)
    return f"{snapshot.week} has only {snapshot.days_covered} days of 7; no data for {days}"


def _lost_data(snapshot: Snapshot) -> list[str]:
    told = dict.fromkeys(note.text for note in snapshot.notes if note.kind is NoteKind.DATA_LOSS)
    return [f"the source says that it lost data: {text}" for text in told]


def _unlikely_totals(series: Series, limits: Limits, work_share: float) -> Iterator[str]:
    """The portal's views and users, where they are far from what they usually are."""
    current, before = series.current, _comparable(series)
    for figure, clumps in _CLUMPS.items():
        count = getattr(current.portal, figure)
        past = [getattr(snapshot.portal, figure) for snapshot in before]
        known = [value for value in past if is_known(value) and value > 0]
        if not is_known(count) or len(known) < _LEAST_WEEKS:
            continue
        low, high = _limits(known, clumps, limits, work_share)
        if not low <= count <= high:
            than = (
                f"less than {limits.fall_share:.0%} of"
                if count < low
                else f"over {limits.jump_factor:g} times"
            )
            usual = f"{round(median(known)):,}, the median of the {len(known)} weeks before"
            yield f"{count:,} {figure} in {current.week}, {than} the usual ({usual})"


def _comparable(series: Series) -> list[Snapshot]:
    """The weeks before that can be held against this one, oldest first."""
    return [
        snapshot
        for week, snapshot in sorted(series.snapshots.items())
        if week < series.week and are_comparable(series.current, snapshot)
    ]


def _lost_users(series: Series, limits: Limits) -> Iterator[str]:
    """A portal that knows its users no more, or those of a far smaller part of its views."""
    current, before = series.current, _comparable(series)
    knew = sum(1 for one in before if is_known(one.portal.users) and one.portal.users > 0)
    if not is_known(current.portal.users):
        if knew >= _LEAST_WEEKS:
            yield f"the users of {current.week} are not known, those of {knew} weeks before are"
        return
    shares = [share for one in before if (share := _anonymous(one)) is not None]
    share = _anonymous(current)
    if share is None or len(shares) < _LEAST_WEEKS:
        return
    usual = median(shares)
    if share - usual > limits.anonymous_share:
        yield f"{share:.0%} of the views of {current.week} came without a user, usually {usual:.0%}"


def _anonymous(snapshot: Snapshot) -> float | None:
    """The part of the views that came without a user; of a few views it says nothing."""
    views = snapshot.portal.views
    if not is_known(snapshot.anonymous) or not is_known(views) or views < _LEAST_VIEWS:
        return None
    return snapshot.anonymous / views


def _broken(series: Series, limits: Limits) -> list[str]:
    """Many plugins that are measured in another way at once: then it is the measuring, and all is suspect."""
    viewed = _viewed(series.current).union(_viewed(series.previous) if series.previous else ())
    broken = sorted(
        one.plugin for one in series.breaks.values() if one.week == series.week and one.plugin in viewed
    )
    if len(broken) < _LEAST_BROKEN or len(broken) <= limits.broken_plugins_share * len(viewed):
        return []
    some = ", ".join(broken[:3])
    of = f"{len(broken)} of the {len(viewed)} plugins"
    return [f"{of} seem to be measured in another way since {series.week} ({some}, …)"]


def _limits(past: Sequence[int], clumps: float, limits: Limits, work_share: float) -> tuple[float, float]:
    """The least and the most that passes, given the weeks before, oldest first.

    What is usual is the median of all the weeks and that of the last few: growth, or a summer that began some
    weeks ago, is held against the latter, the first week after it against the former. A total that scatters
    widely by its nature, as a small one does, may go further. The least is lowered to the part of the work
    that holidays leave, and to that part of it once more, as many take the days around them off too.
    """
    usual = (median(past), median(past[-_RECENT:]))
    logarithms = [log(count) for count in past]
    middle = median(logarithms)
    unrest = _MAD_TO_SD * median(abs(one - middle) for one in logarithms)
    spread = exp(_SPREADS * sqrt(clumps / min(usual) + unrest * unrest))
    fall = limits.fall_share * work_share * work_share
    return min(usual) * min(fall, 1 / spread), max(usual) * max(limits.jump_factor, spread)


def _vanished(series: Series, limits: Limits, work_share: float) -> list[str]:
    """In a short week, small plugins have no view more often: the share that may vanish grows up to all."""
    current, previous = series.current, series.previous
    if previous is None or not previous.is_complete:
        return []
    before = _viewed(previous)
    gone = before - _viewed(current)
    share = limits.missing_plugins_share**work_share
    if len(gone) <= max(limits.missing_plugins, share * len(before)):
        return []
    some = ", ".join(sorted(gone)[:3])
    return [f"{len(gone)} of the {len(before)} plugins viewed in {previous.week} have no view ({some}, …)"]


def _viewed(snapshot: Snapshot) -> frozenset[str]:
    return frozenset(p for p, usage in snapshot.plugins.items() if is_known(usage.views) and usage.views > 0)
