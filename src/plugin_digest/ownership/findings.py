"""What `discover` finds: values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from plugin_digest.model import Count, Ownership, Recipient, Team, Week, is_known


@dataclass(frozen=True)
class Seen:
    """A plugin in analytics: in how many weeks, the last of them, and its views in those that tell them."""

    weeks: int
    last: Week
    views: Count


class Kind(StrEnum):
    """What is known of a plugin's owner, best first."""

    MATCHED = "matched"
    ALIAS = "matched through an alias"
    CANDIDATES = "candidates"
    """Some place has an owner for an id like it."""
    NO_OWNER = "without an owner"
    NEVER_SEEN = "owned but never seen"


@dataclass(frozen=True)
class Evidence:
    """One place's word on a plugin's owner; ``owner`` is a team's key as it stands there.

    ``co_owners`` are the keys of those whom it names beside the owner.
    """

    place: str
    owner: str
    origin: str
    co_owners: tuple[str, ...] = ()


@dataclass(frozen=True)
class Likely:
    """An id that some place writes and that may be meant: ``how`` it is like the one that was seen."""

    plugin: str
    how: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Finding:
    """What was found about one plugin.

    ``plugin`` is the canonical id that analytics reports, or that places write where it was never seen.
    ``evidence`` is every place's word on it, the one that counts first.
    """

    plugin: str
    kind: Kind
    seen: Seen | None = None
    evidence: tuple[Evidence, ...] = ()
    alias_of: str = ""
    how: str = ""
    """Why it is an alias: it is one already, or how the two ids are alike."""
    candidates: tuple[Likely, ...] = ()
    remark: str = ""
    """What else is known of a plugin without an owner."""

    @property
    def owner(self) -> str:
        """The owner's key as the place that counts writes it; empty if there is none."""
        return self.evidence[0].owner if self.evidence else ""


@dataclass(frozen=True)
class Discovery:
    """Everything found, best known and most viewed first.

    ``ownership`` is what the ``places`` say together; what is only an offer is not in it. ``readers`` are
    those of everybody whom a place names, by their key in lower case.
    """

    findings: tuple[Finding, ...]
    ownership: Ownership
    places: tuple[str, ...] = ()
    weeks: tuple[Week, ...] = ()
    readers: Mapping[str, tuple[Recipient, ...]] = field(default_factory=dict)

    def of(self, *kinds: Kind) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.kind in kinds)

    def spelling(self, plugin: str) -> str:
        """The canonical id as people write it."""
        return self.ownership.spellings.get(plugin, plugin)

    def team(self, owner: str) -> Team:
        """The team of an evidence's owner; keys are compared without case."""
        return next(team for team in self.ownership.teams if team.key.lower() == owner.lower())


def attention(finding: Finding) -> tuple[bool, int, str]:
    """Sorts what was seen before what was not, and the most viewed first."""
    seen = finding.seen
    return (seen is None, -seen.views if seen and is_known(seen.views) else 0, finding.plugin)
