"""The reported week with the weeks before it, and whatever else a digest is put together from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from plugin_digest.diff.change import MIN_BASE, are_comparable, compare
from plugin_digest.diff.restated import RESTATED_SHARE
from plugin_digest.model import (
    HISTORY_WEEKS,
    Absent,
    Annotation,
    Break,
    Change,
    Count,
    Holiday,
    IndicatorChange,
    Period,
    PeriodUsage,
    Point,
    Snapshot,
    Usage,
    Week,
    last_weeks,
)


@dataclass(frozen=True)
class Series:
    """The reported week with the weeks before it, each as last read.

    ``snapshots`` holds ``week`` and whatever is stored of the weeks before; ``first_seen`` the first
    stored week in which a plugin had a view.
    """

    week: Week
    snapshots: Mapping[Week, Snapshot]
    first_seen: Mapping[str, Week] = field(default_factory=dict)
    spellings: Mapping[str, str] = field(default_factory=dict)
    min_base: int = MIN_BASE
    mailed: Snapshot | None = None
    """The reading of the week before that its digests were made from, if there were any."""
    restated_share: float = RESTATED_SHARE
    periods: Mapping[Period, PeriodUsage] = field(default_factory=dict)
    breaks: Mapping[str, Break] = field(default_factory=dict)
    """By plugin; figures before a break are not of one kind with those after it."""
    annotations: tuple[Annotation, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    """Of the reported week."""
    work_days: Mapping[Week, float] = field(default_factory=dict)
    """How many working days each week has, where that is known at all; one between two holidays is a half."""
    indicator_changes: tuple[IndicatorChange, ...] = ()
    """Of the reported week, for every plugin, team and the portal."""
    hidden_below: int = 0
    """Smaller counts of a plugin or a team are told to nobody, nor is anything worked out from them."""
    set_aside: frozenset[Week] = frozenset()
    """Weeks whose figures were held and never released: stored, but not in ``snapshots``."""

    @property
    def current(self) -> Snapshot:
        return self.snapshots[self.week]

    @property
    def previous(self) -> Snapshot | None:
        return self.snapshots.get(self.week.plus(-1))

    @property
    def has_earlier(self) -> bool:
        return any(s.is_complete for week, s in self.snapshots.items() if week < self.week)

    def weeks(self) -> tuple[Week, ...]:
        return last_weeks(self.week, HISTORY_WEEKS)

    def status_of(self, week: Week) -> Point:
        snapshot = self.snapshots.get(week)
        usage = Usage(Absent.NO_DATA, Absent.NO_DATA) if snapshot is None else snapshot.portal
        return Point(week, usage, None if snapshot is None else snapshot.status)

    def change(self, current: Count, previous: Count) -> Change:
        comparable = are_comparable(self.current, self.previous)
        return compare(current, previous, comparable=comparable, min_base=self.min_base)

    def plugins_seen(self) -> frozenset[str]:
        """Plugins with at least one view in any of the weeks."""
        return frozenset(
            plugin
            for snapshot in self.snapshots.values()
            for plugin, usage in snapshot.plugins.items()
            if usage.views != 0
        )
