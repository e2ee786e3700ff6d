"""Indicators that a Backstage catalog counts: how many entities carry a plugin's annotation, how many people.

A catalog knows no past: it is counted for the reported week, and only while that is the last one. One that
has lost most of its entities since the last time, as after a failed import, is not believed.

API: ``totalItems`` of ``GET /entities/by-query`` of ``@backstage/plugin-catalog-backend``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from plugin_digest.errors import OwnershipError
from plugin_digest.indicators.reading import Reading, Request
from plugin_digest.model import FRESH_WEEKS, Indicator, IndicatorValue, Scope, Week, canonical_plugin
from plugin_digest.ownership.catalog_http import Backend
from plugin_digest.weeks import week_of

_BY_QUERY = "/api/catalog/entities/by-query"
_BELIEVED_SHARE = 0.5


@dataclass(frozen=True)
class AnnotationSource:
    """``annotations`` gives those of each plugin; ``among`` is the filter of what could carry one."""

    indicator: Indicator
    connect: Callable[[], Backend]
    annotations: Mapping[str, tuple[str, ...]]
    among: str = "kind=component"

    def read(self, request: Request) -> Reading:
        """One value per plugin, out of all entities that could carry its annotation.

        Raises:
            OwnershipError: the catalog gives no answer, or it is not of the API's shape.
        """
        if not _is_current(request):
            return Reading(self.indicator, troubles=(_past(request),))
        asked, troubles = self._known(request)
        with self.connect() as backend:
            counts = {
                plugin: count(backend, [f"{self.among},metadata.annotations.{name}" for name in names])
                for plugin, names in asked.items()
            }
            whole = count(backend, [self.among])
        before = [known.out_of for known in _last(request, self.indicator)]
        if flaw := _why_not_believed(whole, before, f"entities of {self.among}"):
            return Reading(self.indicator, troubles=(flaw, *troubles))
        values = (
            IndicatorValue(
                self.indicator.name, request.weeks[-1], Scope.PLUGIN, plugin, part, whole, request.as_of
            )
            for plugin, part in sorted(counts.items())
        )
        return Reading(
            self.indicator,
            tuple(values),
            troubles,
            whole=(request.weeks[-1],),
            keys=frozenset(_canonical(written, request) for written in self.annotations),
        )

    def _known(self, request: Request) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
        """The annotations by canonical plugin id, and a line for each plugin that nobody knows."""
        asked: dict[str, tuple[str, ...]] = {}
        troubles = []
        for written, names in self.annotations.items():
            plugin = _canonical(written, request)
            if plugin in request.plugins:
                asked[plugin] = (*asked.get(plugin, ()), *names)
            else:
                troubles.append(f"annotations: {written!r} is no plugin that was ever seen or is owned")
        return asked, tuple(troubles)


@dataclass(frozen=True)
class PeopleSource:
    """How many users the catalog has."""

    indicator: Indicator
    connect: Callable[[], Backend]

    def read(self, request: Request) -> Reading:
        """One value, of the portal.

        Raises:
            OwnershipError: the catalog gives no answer, or it is not of the API's shape.
        """
        if not _is_current(request):
            return Reading(self.indicator, troubles=(_past(request),))
        with self.connect() as backend:
            people = count(backend, ["kind=user"])
        before = [known.value for known in _last(request, self.indicator)]
        if flaw := _why_not_believed(people, before, "people"):
            return Reading(self.indicator, troubles=(flaw,))
        value = IndicatorValue(
            self.indicator.name, request.weeks[-1], Scope.PORTAL, "", people, None, request.as_of
        )
        return Reading(self.indicator, (value,), whole=(request.weeks[-1],))


def count(backend: Backend, filters: Sequence[str]) -> int:
    """How many entities fit any of the filters.

    Raises:
        OwnershipError: there is no answer, or it is not of the API's shape.
    """
    params = [*(("filter", one) for one in filters), ("fields", "kind"), ("limit", "1")]
    answer = backend.get(_BY_QUERY, params)
    total = answer.get("totalItems") if isinstance(answer, dict) else None
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise OwnershipError(
            f"{backend.name} answered without the number totalItems; is it Backstage's catalog?"
        )
    return total


def _last(request: Request, indicator: Indicator) -> Sequence[IndicatorValue]:
    """The newest values that a digest of the week could still show."""
    since = request.weeks[-1].plus(-FRESH_WEEKS)
    known = [one for one in request.known if one.indicator == indicator.name and one.week >= since]
    newest = max((one.week for one in known), default=None)
    return [one for one in known if one.week == newest]


def _why_not_believed(number: int, before: Iterable[float | None], what: str) -> str:
    """Empty where it is; fewer than half may have come to stay, and are believed once the last is too old."""
    last = max((one for one in before if one), default=0.0)
    if number and number >= last * _BELIEVED_SHARE:
        return ""
    than = f", {last:,.0f} the last time" if last else ""
    return f"the catalog has {number:,} {what}{than}: not believed, and not counted"


def _canonical(written: str, request: Request) -> str:
    plugin = canonical_plugin(written)
    return request.aliases.get(plugin, plugin)


def _is_current(request: Request) -> bool:
    """Whether the reported week is this one or the one before: what the catalog holds now is of its end."""
    today = request.as_of.astimezone(request.timezone).date()
    now = week_of(today, request.week_starts_on)
    return request.weeks[-1] in (now, now.plus(-1))


def _past(request: Request) -> str:
    week: Week = request.weeks[-1]
    return f"not counted for {week}: a catalog only knows how things are now"
