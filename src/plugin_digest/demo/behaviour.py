"""How the made-up portal is used: how many views each plugin can expect in each week, and why.

Only expectations and dates; chance is added where the events are made. Weeks are named by their ISO
number, as all of them lie in 2026.
"""

import zlib
from collections.abc import Callable
from datetime import date

from plugin_digest.demo.organisation import ALIASES, NEVER_SEEN
from plugin_digest.model import HISTORY_WEEKS, Week

TIMEZONE = "Europe/Stockholm"

WEEKS = tuple(Week(date(2026, 8, 24)).plus(n) for n in range(HISTORY_WEEKS))
"""2026-W35 to 2026-W46; summer time ends on the last day of W43."""

HOLIDAY = 44
"""Autumn break: about a third of the people are away."""

RENAMED = 42
"""The week in which the plugin with an alias moves to the new frontend and reports its other id."""

GROWTH_PER_WEEK = 1.012

Story = Callable[[int], float]
"""What a plugin's usual views are multiplied by in a week of 2026."""


def _released(week: int, factor: float) -> Story:
    return lambda w: factor if w >= week else 1.0


def _born(week: int) -> Story:
    """Starts small and is known to everybody who needs it after a month."""
    return lambda w: 0.0 if w < week else min(1.0, 0.4 + 0.2 * (w - week))


def _ends_after(week: int) -> Story:
    return lambda w: 1.0 if w <= week else 0.0


def _drifts(factor_per_week: float) -> Story:
    return lambda w: factor_per_week ** (w - WEEKS[0].first_day.isocalendar().week)


def _peaks(week: int, factor: float) -> Story:
    return lambda w: factor if w == week else 1.0


def _pauses(first: int, last: int) -> Story:
    return lambda w: 0.0 if first <= w <= last else 1.0


STORIES: dict[str, Story] = {
    "cost-insights": _released(42, 1.9),
    "mcp-chat": _born(43),
    "agent-forge": _born(46),
    "carbon-footprint": _born(46),
    "opsgenie": _ends_after(41),
    "xcmetrics": _ends_after(45),
    "jenkins": _drifts(0.93),
    "github-actions": _drifts(1.03),
    "pager-duty": _peaks(46, 1.8),
    "announcements": _peaks(40, 2.5),
    "storybook": _released(46, 1.8),
    "servicenow": _released(46, 0.45),
    "tech-radar": _peaks(46, 2.2),
    "skill-exchange": _pauses(43, 45),
    "root": _drifts(0.97),
    "app": _drifts(1.03),
}
"""Everything else follows the portal as a whole; ``root`` shrinks as plugins move to the new frontend."""

SEARCHED_FIRST = 0.05
"""How many visits begin with a search."""

_SEARCHED = {
    "techdocs": ("kafka retention", "How to deploy", "så här kör vi", "gdpr"),
    "pager-duty": ("on-call", "who is on call"),
    "kubernetes": ("pods", "OOMKilled", 'error "ECONNRESET"'),
    "cost-insights": ("cloud cost", "budget 2027"),
    "scaffolder": ("new service", "Template"),
    "catalog": ("checkout-api", "payments owner", "API"),
}

_HIRED_BEFORE = 1850
_HIRED_PER_WEEK = 12
_OCCASIONAL = 3
_OCCASIONALLY_ABSENT = 0.6

_NOT_YET = 100
_SUMMER_ENDS = {35: 0.94, 36: 0.98}


def search_terms(plugin: str) -> tuple[str, ...]:
    """What people type who look for the plugin, the most frequent first."""
    name = plugin.replace("-", " ")
    return (*_SEARCHED.get(plugin, ()), name, f"{name} setup", f"How to  {name.title()}")


def week_number(week: Week) -> int:
    return week.first_day.isocalendar().week


def expected_views(plugin: str, usual: int, week: Week) -> float:
    """What a week would bring without chance; the holiday is in `away_share`."""
    if plugin == NEVER_SEEN:
        return 0.0
    number = week_number(week)
    grown = GROWTH_PER_WEEK ** (number - week_number(WEEKS[0]))
    present = (1 - away_share(week)) * _SUMMER_ENDS.get(number, 1.0)
    return usual * grown * present * STORIES.get(plugin, _drifts(1.0))(number)


def away_share(week: Week) -> float:
    """Which share of the people has no working day in this week."""
    return 0.32 if week_number(week) == HOLIDAY else 0.04


def absence(person: int, week: Week) -> float:
    """How likely a person does not open the portal all week: every third one seldom needs it."""
    if person >= _HIRED_BEFORE + _HIRED_PER_WEEK * WEEKS.index(week):
        return 1.0
    return away_share(week) + (_OCCASIONALLY_ABSENT if person % _OCCASIONAL == 0 else 0.0)


def is_migrated(plugin: str, week: Week) -> bool:
    """Whether the plugin's page runs in the new frontend system by then."""
    return week_number(week) >= _migration_week(plugin)


def _migration_week(plugin: str) -> int:
    """A third of the plugins moved before the first week, a third does not; the rest moves one by one."""
    if plugin in ALIASES.values():
        return RENAMED
    third, step = zlib.crc32(plugin.encode()) % 3, zlib.crc32(plugin.encode()) // 3 % 8
    return (0, week_number(WEEKS[2]) + step, _NOT_YET)[third]


def reported_id(plugin: str, week: Week) -> str:
    """The id under which analytics books the plugin's views in this week."""
    old = {new: old for old, new in ALIASES.items()}.get(plugin)
    return plugin if old is None or is_migrated(plugin, week) else old
