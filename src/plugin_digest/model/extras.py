"""What stands beside the counts in a digest: usual ranges, breaks, annotations, indicators."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from plugin_digest.model.figures import Week


@dataclass(frozen=True)
class UsualRange:
    """The counts that would surprise nobody this week, both ends included."""

    low: int
    high: int


class Verdict(StrEnum):
    """A count against its usual range."""

    USUAL = "usual"
    ABOVE = "above"
    BELOW = "below"
    UNKNOWN = "unknown"
    """No range: too short a history, or no count."""


@dataclass(frozen=True)
class Judgement:
    """What is usual for one figure this week, and whether it was so.

    ``usual`` allows for what the whole portal did this week; ``verdict`` is against it. ``weeks`` is how many
    weeks the range rests on. ``surprise`` orders what is unusual: how far outside in units of half the range,
    0 for what is usual; never shown.
    """

    usual: UsualRange | None
    verdict: Verdict
    weeks: int
    surprise: float = 0.0

    @property
    def is_news(self) -> bool:
        return self.verdict in (Verdict.ABOVE, Verdict.BELOW)


NOT_JUDGED = Judgement(None, Verdict.UNKNOWN, 0)


class BreakKind(StrEnum):
    """How the way a plugin is measured seems to have changed."""

    ID_CHANGED = "id changed"
    """Its views stopped and those of ``twin`` began, or the other way round."""
    MOVED = "moved"
    """A part of its views went to ``twin`` overnight, or came from it."""
    USERS_LOST = "users lost"
    """Users vanished while views stayed."""
    USERS_JUMPED = "users jumped"
    """Users changed far out of proportion to views: people may be told apart in another way."""


@dataclass(frozen=True)
class Break:
    """A plugin's figures before ``week`` and from ``week`` on are not of one kind.

    ``twin`` is the canonical id of the other plugin; empty where views moved from or to no plugin, and where
    only users broke. ``gained`` is True where the views came from the twin, False where they went to it.
    ``twin_name`` is how people write the twin, where that is known.
    """

    plugin: str
    kind: BreakKind
    week: Week
    twin: str = ""
    gained: bool = False
    twin_name: str = ""


@dataclass(frozen=True)
class Annotation:
    """Something that people did or met: a release, an outage. ``plugin`` is empty for the portal."""

    week: Week
    text: str
    plugin: str = ""
    day: date | None = None
    link: str = ""


@dataclass(frozen=True)
class Holiday:
    """A public holiday on a working day of the reported week.

    ``places`` are the countries that have it, empty where all people have it.
    """

    day: date
    name: str
    places: tuple[str, ...]


@dataclass(frozen=True)
class Move:
    """A plugin that changed hands since the digests before; a name is empty where nobody owns it."""

    plugin: str
    name: str
    from_team: str
    to_team: str
    from_key: str = ""
    to_key: str = ""


class Scope(StrEnum):
    PLUGIN = "plugin"
    TEAM = "team"
    PORTAL = "portal"


@dataclass(frozen=True)
class Indicator:
    """A named weekly series that comes from elsewhere than page views."""

    name: str
    """Its key in the configuration, plain ASCII."""
    title: str
    """As it stands in a digest."""
    unit: str = ""
    decimals: int = 0


FRESH_WEEKS = 4
"""An indicator without a value of the reported week or of so many weeks before is left out."""
LARGEST_VALUE = 1e15
"""Of an indicator, above and below zero. No company measures more, and beyond it a range that is worked out
from such values may not be a number any more."""


@dataclass(frozen=True)
class IndicatorValue:
    """One week's value of an indicator; ``key`` is a canonical plugin id or a team key, empty for the portal.

    ``out_of`` is the whole that the value is a part of, where there is one: 312 of 900 components.
    """

    indicator: str
    week: Week
    scope: Scope
    key: str
    value: float
    out_of: float | None = None
    as_of: datetime | None = None

    @property
    def is_believable(self) -> bool:
        """Whether it can be told and reckoned with."""
        return all(abs(number) <= LARGEST_VALUE for number in (self.value, self.out_of or 0.0))


@dataclass(frozen=True)
class IndicatorTrouble:
    """What was wrong when an indicator was read for the week; ``texts`` are lines, in English."""

    title: str
    texts: tuple[str, ...]
    last_read: datetime | None = None
    """When its newest value was read; None where there is none."""


@dataclass(frozen=True)
class IndicatorChange:
    """An indicator's newest value in a digest, against the value before and its own usual range."""

    indicator: Indicator
    scope: Scope
    key: str
    value: float
    week: Week
    """The week of the value; earlier than the reported one where no newer value is known."""
    out_of: float | None = None
    previous: float | None = None
    low: float | None = None
    high: float | None = None
    owner: str = ""
    """The team's name, where a digest is about several."""

    @property
    def difference(self) -> float | None:
        return None if self.previous is None else self.value - self.previous


@dataclass(frozen=True)
class MailStatistics:
    """What became of the digests of the week before, in recipients."""

    week: Week
    sent: int = 0
    refused: int = 0
    deferred: int = 0
    unknown: int = 0
    opted_out: int = 0
    held: str = ""
    """Why none was sent, where the week was held or rejected."""


@dataclass(frozen=True)
class AgainstPortal:
    """A plugin's views against those of the whole portal, both as ratios to the week before.

    ``is_news`` where the difference between the two is more than chance.
    """

    own: Fraction
    portal: Fraction
    is_news: bool = False
