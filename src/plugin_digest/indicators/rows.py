"""From rows, as a file, an address or a query gives them, to values of weeks; what is wrong is told by row.

Owns what a week, a key and a number may look like. Must not know where the rows come from.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from plugin_digest.errors import UsageError
from plugin_digest.indicators.reading import Reading, Request
from plugin_digest.model import (
    LARGEST_VALUE,
    Indicator,
    IndicatorValue,
    Scope,
    Week,
    canonical_plugin,
)
from plugin_digest.weeks import parse_week, week_of

MOST_ROWS = 100_000
"""Of one file, answer or query; more are not believed."""
MOST_TROUBLES = 5
"""Lines about one indicator; what is left over is counted."""
_SHOWN_LENGTH = 60


@dataclass(frozen=True)
class Row:
    """One row, unchecked. ``where`` says where it stands, for people; ``flaw`` why it cannot be read."""

    where: str
    week: Any = None
    key: Any = None
    value: Any = None
    out_of: Any = None
    flaw: str = ""


class _BadRow(ValueError):  # noqa: N818 - never leaves this module
    """The text goes on after the place of the row."""


def values_of(rows: Iterable[Row], indicator: Indicator, scope: Scope, request: Request) -> Reading:
    """The values of the asked weeks, by week and key; of several in one week, that of the last day.

    A row without a value says nothing. Equal troubles of several rows are one line. The reading is whole from
    the oldest asked week on that any row names: a place may know the last weeks only.
    """
    sheet = _Sheet(indicator, scope, request)
    for row in rows:
        sheet.add(row)
    return sheet.reading()


@dataclass
class _Sheet:
    indicator: Indicator
    scope: Scope
    request: Request
    found: dict[tuple[Week, str], tuple[date, IndicatorValue]] = field(default_factory=dict)
    troubles: dict[str, tuple[str, int]] = field(default_factory=dict)
    since: Week | None = None

    def __post_init__(self) -> None:
        self.weeks = frozenset(self.request.weeks)
        self.teams = {team.casefold(): team for team in self.request.teams}

    def add(self, row: Row) -> None:
        try:
            self._add(row)
        except _BadRow as error:
            where, count = self.troubles.get(str(error), (row.where, 0))
            self.troubles[str(error)] = where, count + 1

    def reading(self) -> Reading:
        values = (value for _, (_, value) in sorted(self.found.items(), key=lambda item: item[0]))
        whole = [week for week in self.request.weeks if self.since is not None and week >= self.since]
        return Reading(self.indicator, tuple(values), tuple(self._lines()), tuple(whole))

    def _lines(self) -> Iterable[str]:
        for text, (where, count) in list(self.troubles.items())[:MOST_TROUBLES]:
            yield f"{where}: {text}{f'; so {count - 1:,} more' if count > 1 else ''}"
        if (more := len(self.troubles) - MOST_TROUBLES) > 0:
            yield f"and {more:,} more troubles like these"

    def _add(self, row: Row) -> None:
        if row.flaw:
            raise _BadRow(row.flaw)
        week, day = self._week(row.week)
        if week not in self.weeks:
            return
        self.since = min(week, self.since or week)
        if (value := _number(row.value)) is None:
            return
        out_of = _number(row.out_of)
        if out_of is not None and value > out_of:
            raise _BadRow(f"the value {value:g} is more than the {out_of:g} that it is out of")
        key = self._key(row.key)
        known = self.found.get((week, key))
        if known and known[0] == day:
            raise _BadRow(
                f"{_shown(row.week)} has a value{f' of {key}' if key else ''} already; that is taken"
            )
        if not known or known[0] < day:
            new = IndicatorValue(
                self.indicator.name, week, self.scope, key, value, out_of, self.request.as_of
            )
            self.found[week, key] = day, new

    def _week(self, written: Any) -> tuple[Week, date]:
        """The week, and the day up to which the value goes: the last one where only the week is named."""
        if _is_blank(written):
            raise _BadRow("has no week")
        try:
            return self._week_and_day(written)
        except UsageError as error:
            raise _BadRow(str(error)) from None
        except (ValueError, OverflowError):
            raise _BadRow(
                f"{_shown(written)} is neither a week like 2026-W46 nor a date like 2026-11-09"
            ) from None

    def _week_and_day(self, written: Any) -> tuple[Week, date]:
        starts_on = self.request.week_starts_on
        if (day := _day(written, self.request)) is not None:
            return week_of(day, starts_on), day
        week = parse_week(str(written), starts_on)
        return week, week.last_day

    def _key(self, written: Any) -> str:
        if self.scope is Scope.PORTAL:
            return ""
        if _is_blank(written):
            raise _BadRow(f"names no {self.scope.value}")
        if self.scope is Scope.TEAM:
            if (team := self.teams.get(str(written).strip().casefold())) is None:
                raise _BadRow(f"{_shown(written)} is not the key of a team")
            return team
        plugin = canonical_plugin(str(written))
        plugin = self.request.aliases.get(plugin, plugin)
        if plugin not in self.request.plugins:
            raise _BadRow(f"{_shown(written)} is no plugin that was ever seen or is owned")
        return plugin


def _day(written: Any, request: Request) -> date | None:
    """The day that is written, None where it is a week; a moment is taken to the portal's time zone.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(written, str):
        text = written.strip()
        if "w" in text.lower() and len(text) <= _SHOWN_LENGTH:
            return None
        written = datetime.fromisoformat(text)
    if isinstance(written, datetime):
        return (written.astimezone(request.timezone) if written.tzinfo else written).date()
    if isinstance(written, date):
        return written
    raise ValueError


def _number(written: Any) -> float | None:
    """None where there is none; a text is read as in 1234.5, whatever the language."""
    if _is_blank(written):
        return None
    wrong = _BadRow(f"{_shown(written)} is not a number like 1234.5")
    if isinstance(written, bool) or not isinstance(written, int | float | Decimal | str):
        raise wrong
    try:
        number = float(written)
    except (ValueError, OverflowError):
        raise wrong from None
    if not isfinite(number) or "_" in str(written):
        raise wrong
    if abs(number) > LARGEST_VALUE:
        raise _BadRow(f"{_shown(written)} is beyond {LARGEST_VALUE:,.0f}, which no figure is believed to be")
    return number


def _is_blank(written: Any) -> bool:
    return written is None or (isinstance(written, str) and not written.strip())


def _shown(written: Any) -> str:
    text = repr(written.isoformat() if isinstance(written, date) else written)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…"
