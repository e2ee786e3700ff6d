"""Each figure of a week against what is usual for it, within the limits of what can be compared. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice

from plugin_digest.diff.breaks import usable_weeks
from plugin_digest.diff.change import are_comparable, usage_of, usage_of_set
from plugin_digest.diff.hiding import in_usage
from plugin_digest.diff.news import UsageJudgement, against_portal, judge_portal, judge_usage
from plugin_digest.diff.protection import protected
from plugin_digest.diff.series import Series
from plugin_digest.model import (
    HISTORY_WEEKS,
    NOT_JUDGED,
    Absent,
    AgainstPortal,
    Break,
    Count,
    Snapshot,
    Usage,
    Week,
    is_known,
    last_weeks,
)

WORK_DAYS = 5
HEARD = 16
"""So many plugins say what most of the portal does; more would say the same."""
UNJUDGED = UsageJudgement(NOT_JUDGED, NOT_JUDGED)


@dataclass(frozen=True)
class Bench:
    """The weeks that this week's figures are judged by; made once for all figures of a week."""

    series: Series
    weeks: tuple[Week, ...]
    usable: tuple[Snapshot | None, ...]
    work_days: tuple[float, ...] | None

    @classmethod
    def of(cls, series: Series) -> "Bench":
        weeks = last_weeks(series.week.plus(-1), HISTORY_WEEKS)
        found = (series.snapshots.get(week) for week in weeks)
        usable = tuple(one if are_comparable(series.current, one) else None for one in found)
        days = None
        if series.work_days:
            days = tuple(series.work_days.get(week, WORK_DAYS) for week in (*weeks, series.week))
        return cls(series, weeks, usable, days)

    def of_portal(self) -> UsageJudgement:
        if not self.series.current.is_complete:
            return UNJUDGED
        history = [None if one is None else one.portal for one in self.usable]
        return judge_portal(self.series.current.portal, history, work_days=self.work_days)

    def of_plugins(self, plugins: frozenset[str]) -> UsageJudgement:
        """Of a plugin, or of several together; from what is told of them, so that it tells nothing more."""
        if not self.series.current.is_complete:
            return UNJUDGED
        breaks = self.foreign_breaks(plugins)
        return judge_usage(
            self._as_told(self.series.current, plugins),
            [
                None if one is None else _of_one_kind(self._as_told(one, plugins), week, breaks, self.weeks)
                for week, one in zip(self.weeks, self.usable, strict=True)
            ],
            self.series.current.portal,
            [None if one is None else one.portal for one in self.usable],
            work_days=self.work_days,
            others=self._others(plugins),
        )

    def _others(self, plugins: frozenset[str]) -> list[tuple[Usage | None, ...]]:
        """The largest of the plugins that are not of this set, in all weeks and this one."""
        heard = islice((plugin for plugin in self._largest if plugin not in plugins), HEARD)
        return [self._row(plugin) for plugin in heard]

    def _row(self, plugin: str) -> tuple[Usage | None, ...]:
        if plugin not in self._rows:
            every, alone = (*self.usable, self.series.current), frozenset({plugin})
            self._rows[plugin] = tuple(None if one is None else self._as_told(one, alone) for one in every)
        return self._rows[plugin]

    @cached_property
    def _largest(self) -> list[str]:
        """All plugins, those with the most views first; from what is told of them."""
        views = Counter[str]()
        for one in (*self.usable, self.series.current):
            for plugin, usage in () if one is None else one.plugins.items():
                if is_known(usage.views) and usage.views >= self.series.hidden_below:
                    views[plugin] += usage.views
        return sorted(views, key=lambda plugin: (-views[plugin], plugin))

    @cached_property
    def _rows(self) -> dict[str, tuple[Usage | None, ...]]:
        return {}

    def _as_told(self, snapshot: Snapshot, plugins: frozenset[str]) -> Usage:
        """What a set of plugins had; half of the limit where that is hidden, no data where it is withheld."""
        usage, limit = usage_of_set(snapshot, plugins), self.series.hidden_below
        if not limit:
            return usage
        told = in_usage(usage, limit)
        if len(plugins) > 1:
            parts = [in_usage(usage_of(snapshot, plugin), limit) for plugin in plugins]
            told = protected(told, parts, limit)
        return Usage(_stand_in(usage.views, told.views, limit), _stand_in(usage.users, told.users, limit))

    def foreign_breaks(self, plugins: frozenset[str]) -> list[Break]:
        """The breaks of a set's plugins, but for views that only went from one to another of them."""
        return [found for plugin in plugins if (found := self._foreign_break(plugin, plugins)) is not None]

    def _foreign_break(self, plugin: str, plugins: frozenset[str]) -> Break | None:
        """A plugin's break, unless what it lost or gained is another one of the same set."""
        found = self.series.breaks.get(plugin)
        return None if found is None or (found.twin in plugins and found.twin != plugin) else found


def _stand_in(count: Count, told: Count, limit: int) -> Count:
    """A count that the source itself does not tell stays so."""
    if told == count:
        return count
    return limit // 2 if told is Absent.HIDDEN else Absent.NO_DATA


def _of_one_kind(usage: Usage, week: Week, breaks: Iterable[Break], weeks: tuple[Week, ...]) -> Usage:
    """The usage without what was measured in another way than this week."""
    views, users = usage.views, usage.users
    for found in breaks:
        if week not in usable_weeks(found, weeks, "views"):
            views = Absent.NO_DATA
        if week not in usable_weeks(found, weeks, "users"):
            users = Absent.NO_DATA
    return Usage(views, users)


def beside_portal(series: Series, plugin: str) -> AgainstPortal | None:
    """The plugin's change beside the portal's; none across a break, or where the weeks cannot be compared."""
    found = series.breaks.get(plugin)
    if found is not None and found.week == series.week:
        return None
    if series.previous is None or not are_comparable(series.current, series.previous):
        return None
    return against_portal(
        usage_of(series.current, plugin),
        usage_of(series.previous, plugin),
        series.current.portal,
        series.previous.portal,
    )


def share_of_users(series: Series, plugin: str) -> Fraction | None:
    """Of the portal's users of the week, those who used the plugin."""
    users, everybody = usage_of(series.current, plugin).users, series.current.portal.users
    if not (is_known(users) and is_known(everybody) and everybody):
        return None
    return Fraction(users, everybody) if users <= everybody else None
