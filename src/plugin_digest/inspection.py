"""Whether a week's figures may be mailed at all: the reasons to hold a run. Pure."""

from dataclasses import dataclass

from plugin_digest.diff import Series
from plugin_digest.model import Snapshot, is_known


@dataclass(frozen=True)
class Limits:
    """What still passes: ``missing_plugins_share`` of last week's plugins may have no view this week,
    and in any case ``missing_plugins`` of them.
    """  # noqa: D205 - one sentence

    missing_plugins_share: float = 1 / 3
    missing_plugins: int = 5


def reasons_to_hold(series: Series, limits: Limits) -> list[str]:
    """Why the week should not be mailed before a person has looked; empty if nothing looks wrong."""
    current = series.current
    if not current.is_complete:
        return [_incomplete(current)]
    if current.portal.views == 0:
        return [f"the source reports no view at all in {current.week}"]
    if all(usage.views == 0 for usage in current.plugins.values()):
        return [f"no view of {current.week} is attributed to a plugin"]
    return _vanished(current, series.previous, limits)


def _incomplete(snapshot: Snapshot) -> str:
    if not snapshot.missing_days:
        return f"{snapshot.week} was not over when it was read"
    days = ", ".join(day.isoformat() for day in snapshot.missing_days)
    return f"{snapshot.week} has only {snapshot.days_covered} days of 7; no data for {days}"


def _vanished(current: Snapshot, previous: Snapshot | None, limits: Limits) -> list[str]:
    if previous is None or not previous.is_complete:
        return []
    before = _viewed(previous)
    gone = before - _viewed(current)
    if len(gone) <= max(limits.missing_plugins, limits.missing_plugins_share * len(before)):
        return []
    some = ", ".join(sorted(gone)[:3])
    return [f"{len(gone)} of the {len(before)} plugins viewed in {previous.week} have no view ({some}, …)"]


def _viewed(snapshot: Snapshot) -> frozenset[str]:
    return frozenset(p for p, usage in snapshot.plugins.items() if is_known(usage.views) and usage.views > 0)
