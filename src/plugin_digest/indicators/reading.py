"""Reading all indicators: what they are asked for, what they answer, and that one's trouble is its own.

Must not know how any place is asked.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from plugin_digest.errors import OwnershipError, SourceError
from plugin_digest.model import Indicator, IndicatorValue, Week

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """Which weeks are asked for, oldest first, the reported one last; ``as_of`` is the moment of the run.

    ``known`` are the values that were read before, of the asked weeks.
    ``plugins`` (canonical ids) and ``teams`` (keys) are those that are known; a value of another is told and
    left out. ``aliases`` gives the canonical id for another canonical one.
    """

    weeks: Sequence[Week]
    timezone: ZoneInfo
    as_of: datetime
    plugins: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)
    known: Sequence[IndicatorValue] = ()

    @property
    def week_starts_on(self) -> str:
        return "monday" if self.weeks[-1].is_iso else "sunday"


@dataclass(frozen=True)
class Reading:
    """One indicator's values of the asked weeks. ``troubles`` are lines about what could not be read.

    ``whole`` are the weeks of which these are all values: another one that was read before was taken back.
    ``keys`` are the only keys that the indicator has any more, in any week; None where that is not known.
    """

    indicator: Indicator
    values: tuple[IndicatorValue, ...] = ()
    troubles: tuple[str, ...] = ()
    whole: tuple[Week, ...] = ()
    keys: frozenset[str] | None = None

    @property
    def is_failed(self) -> bool:
        """Whether nothing at all could be read, and not only some rows."""
        return bool(self.troubles) and not self.values and not self.whole

    @property
    def lines(self) -> tuple[str, ...]:
        """What was found, for people: a line, and one for each trouble."""
        weeks = sorted({value.week for value in self.values})
        keys = {value.key for value in self.values}
        about = f" about {_counted(len(keys), 'key')}" if keys - {""} else ""
        span = str(weeks[0]) if len(weeks) == 1 else f"{weeks[0]} to {weeks[-1]}" if weeks else ""
        found = (
            f"{_counted(len(self.values), 'value')}{about}, {span}"
            if weeks
            else "no value of the asked weeks"
        )
        return tuple(f"{self.indicator.name}: {line}" for line in (found, *self.troubles))


class Source(Protocol):
    """A place that knows one indicator."""

    @property
    def indicator(self) -> Indicator: ...

    def read(self, request: Request) -> Reading:
        """The values of the asked weeks.

        Raises:
            SourceError: there is no answer, or it cannot be read at all.
            OwnershipError: the same, of a Backstage catalog.
        """
        ...


def read(sources: Iterable[Source], request: Request) -> tuple[Reading, ...]:
    """Every indicator's reading; one that fails is a reading without values, and stops nobody."""
    return tuple(_read(source, request) for source in sources)


def _read(source: Source, request: Request) -> Reading:
    try:
        return source.read(request)
    except (SourceError, OwnershipError) as error:
        return Reading(source.indicator, troubles=(str(error),))
    except Exception as error:  # whatever is wrong with one indicator, the mails are worth more
        log.exception("indicator %s", source.indicator.name)
        return Reading(source.indicator, troubles=(f"internal error: {type(error).__name__}",))


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
