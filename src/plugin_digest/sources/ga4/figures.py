"""From the answers about some spans of days to their figures. Pure: no request, no clock.

Owns what a missing row means: no view, users that the source did not say, or rows held back.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from plugin_digest.model import UNATTRIBUTED_IDS, Absent, Count, Page, TeamUsage, Usage
from plugin_digest.sources.attribution import strip_query
from plugin_digest.sources.ga4.dimension import PluginDimension
from plugin_digest.sources.ga4.reports import Answer

Units = frozenset[str]


@dataclass(frozen=True)
class Tally:
    """The report on views, by plugin; None stands for views of no plugin. ``views`` is per span."""

    views: tuple[Mapping[str | None, int], ...]
    units: Mapping[str | None, Units]

    def together(self, plugins: Iterable[str | None]) -> Units:
        """The units of all these plugins, of those that were seen."""
        return frozenset().union(*(self.units.get(plugin, frozenset()) for plugin in plugins))


def tally(answer: Answer, dimension: PluginDimension, spans: int) -> Tally:
    """Adds up the rows of each plugin: views may be added, unlike users."""
    views: list[dict[str | None, int]] = [{} for _ in range(spans)]
    units: dict[str | None, set[str]] = {}
    for row in answer.rows:
        plugin = dimension.plugin(row.values[0])
        views[row.span][plugin] = views[row.span].get(plugin, 0) + row.counts[0]
        units.setdefault(plugin, set()).add(dimension.unit(row.values[0]))
    return Tally(tuple(views), {plugin: frozenset(some) for plugin, some in units.items()})


def sets_to_ask(
    tally_: Tally, dimension: PluginDimension, teams: Mapping[str, frozenset[str]]
) -> list[Units]:
    """The sets of units whose users need a report of their own, each once: users are never added up."""
    wanted = [units for plugin, units in tally_.units.items() if plugin is not None]
    wanted += [tally_.together(plugins) for plugins in teams.values()]
    if dimension.has_users_per_row:
        wanted = [units for units in [*wanted, tally_.together([None])] if len(units) > 1]
    return list(dict.fromkeys(units for units in wanted if units))


@dataclass(frozen=True)
class Reading:
    """All that was asked about some spans. ``users`` is by unit where the dimension can tell.

    ``four_weeks`` and ``pages`` are asked about weeks alone.
    """

    days: Answer
    portal_users: Answer
    views: Answer
    four_weeks: Answer | None
    users: Answer | None
    pages: Answer | None
    sets: Mapping[Units, Answer]

    @cached_property
    def users_by_unit(self) -> dict[tuple[int, Units], int]:
        rows = self.users.rows if self.users else ()
        return {(row.span, frozenset(row.values)): row.counts[0] for row in rows}

    def by_subject(self) -> dict[str, list[Answer]]:
        """The answers behind each kind of figure."""
        users = [
            self.portal_users,
            *([self.four_weeks] if self.four_weeks else []),
            *([self.users] if self.users else []),
            *self.sets.values(),
        ]
        return {
            "views": [self.days, self.views],
            "users": users,
            "pages": [self.pages] if self.pages else [],
        }


@dataclass(frozen=True)
class Figures:
    """One span of a reading; ``span`` is its place in it."""

    reading: Reading
    tally: Tally
    dimension: PluginDimension
    span: int

    def days(self) -> dict[date, int]:
        """Views of each day that has any."""
        rows = (row for row in self.reading.days.rows if row.span == self.span and row.counts[0])
        return {_day(row.values[0]): row.counts[0] for row in rows}

    def counted(self) -> int:
        """Views in the rows by plugin."""
        return sum(self.tally.views[self.span].values())

    def total(self) -> int:
        """Views of the portal. The rows by plugin may lack some (thresholds), the days may be older."""
        return max(sum(self.days().values()), self.counted())

    def is_named(self) -> bool:
        """Whether any view of the span names its plugin."""
        return any(plugin is not None for plugin in self.tally.views[self.span])

    def holds_back(self) -> bool:
        """Whether rows are missing that the totals count, and the API says that it may hold rows back."""
        return self.reading.views.caveats.is_thresholded and self.total() > self.counted()

    def portal(self) -> Usage:
        views = self.total()
        return Usage(views, self._users(views, _only_count(self.reading.portal_users, self.span)))

    def four_weeks(self) -> Usage:
        """The users of 28 days have a report of their own: they are no sum of weeks. Views are not asked."""
        answer = self.reading.four_weeks
        users = _only_count(answer, self.span) if answer else None
        return Usage(Absent.NOT_AVAILABLE, users or Absent.NOT_AVAILABLE)

    def unattributed(self) -> Usage:
        views = self.total() - self._views_of(self.plugins_seen())
        if not self.dimension.has_users_per_row:
            return Usage(views, 0 if views == 0 else Absent.NOT_AVAILABLE)
        return Usage(views, self._users(views, self._distinct(self.tally.together([None]))))

    def plugins_seen(self) -> frozenset[str]:
        return frozenset(plugin for plugin in self.tally.views[self.span] if plugin is not None)

    def plugins(self, owned: Collection[str]) -> dict[str, Usage]:
        """Usage of each plugin with a row; of the owned ones without, where that does not mean zero."""
        absent = self._absence()
        without = {plugin: Usage(absent, absent) for plugin in owned} if absent is not None else {}
        return {**without, **{plugin: self._usage({plugin}) for plugin in self.plugins_seen()}}

    def team(self, plugins: frozenset[str]) -> TeamUsage:
        if not self.is_named():
            return TeamUsage(plugins, Usage(Absent.NOT_AVAILABLE, Absent.NOT_AVAILABLE))
        return TeamUsage(plugins, self._usage(plugins))

    def _absence(self) -> Absent | None:
        """What it means that a plugin has no row; None if it means that it had no view."""
        if not self.is_named():
            return Absent.NOT_AVAILABLE
        return Absent.HIDDEN if self.holds_back() else None

    def _usage(self, plugins: Collection[str]) -> Usage:
        views = self._views_of(plugins)
        return Usage(views, self._users(views, self._distinct(self.tally.together(plugins))))

    def _views_of(self, plugins: Iterable[str]) -> int:
        return sum(self.tally.views[self.span].get(plugin, 0) for plugin in plugins)

    def _distinct(self, units: Units) -> int | None:
        """Distinct users of these units, None where the API does not say."""
        if units in self.reading.sets:
            return _only_count(self.reading.sets[units], self.span)
        return self.reading.users_by_unit.get((self.span, units))

    def _users(self, views: int, users: int | None) -> Count:
        """Somebody viewed what was viewed: no users then means that they were not counted or not told."""
        if views == 0:
            return 0
        if users:
            return users
        thresholded = any(answer.caveats.is_thresholded for answer in self.reading.by_subject()["users"])
        return Absent.HIDDEN if thresholded else Absent.NOT_AVAILABLE

    def pages(self, most: int) -> dict[str, tuple[Page, ...]]:
        """The ``most`` viewed pages of each plugin."""
        found: dict[str, dict[str, Page]] = {}
        for row in self.reading.pages.rows if self.reading.pages else ():
            plugin, path = self.dimension.plugin(row.values[0]), strip_query(row.values[-1])
            if row.span != self.span or plugin is None or path in UNATTRIBUTED_IDS:
                continue
            page = Page(path, row.counts[0], row.counts[1] or Absent.NOT_AVAILABLE)
            pages = found.setdefault(plugin, {})
            pages[path] = _together(pages[path], page) if path in pages else page
        return {plugin: _most_viewed(pages.values(), most) for plugin, pages in found.items()}


def _together(page: Page, more: Page) -> Page:
    """One page that came in two rows: views add up, users do not."""
    assert isinstance(page.views, int)
    assert isinstance(more.views, int)
    return Page(page.path, page.views + more.views, Absent.NOT_AVAILABLE)


def _most_viewed(pages: Iterable[Page], most: int) -> tuple[Page, ...]:
    def rank(page: Page) -> tuple[int, str]:
        return (-page.views if isinstance(page.views, int) else 0, page.path)

    return tuple(sorted(pages, key=rank)[:most])


def _only_count(answer: Answer, span: int) -> int | None:
    return next((row.counts[0] for row in answer.rows if row.span == span), None)


def _day(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day of the property's, not a moment
