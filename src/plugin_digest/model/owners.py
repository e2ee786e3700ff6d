"""Who owns plugins, who reads mail, how often, and what the places that say so got wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Cadence(StrEnum):
    """How often a team gets its digest."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    """At the first slot of a month, about all weeks since the one before."""
    UNUSUAL = "unusual"
    """Only when something is unusual, with a sign of life every eighth week."""


@dataclass(frozen=True)
class Recipient:
    """A mail address and where it was found, for people: ``spec.profile.email of group:default/ci``."""

    address: str
    origin: str
    left_out: str = ""
    """Why nothing is sent to it, as far as the place where it was found says so."""


@dataclass(frozen=True)
class Team:
    """A group that owns plugins. ``origin`` says where that is written, for people.

    ``plugin_origins`` says it for single canonical plugin ids, ``recipient_origins`` for single canonical
    addresses; both fall back on ``origin``.
    """

    key: str
    name: str
    recipients: tuple[str, ...]
    plugins: frozenset[str]
    origin: str
    plugin_origins: Mapping[str, str] = field(default_factory=dict)
    recipient_origins: Mapping[str, str] = field(default_factory=dict)
    opted_out: str = ""
    """Where the configuration says that the team wants no mail; empty if it does not."""
    cadence: Cadence | None = None
    """None: the setting of the installation."""
    left_out: tuple[Recipient, ...] = ()
    """Found like the recipients and not written to: who has opted out, then addresses found once more."""


class FlawKind(StrEnum):
    """What is wrong with what a place says of owners; none of it is fatal."""

    DANGLING_OWNER = "dangling owner"
    """The owner that is named does not exist."""
    PLACEHOLDER_OWNER = "placeholder owner"
    """The owner that is named is nobody, such as ``user:guest``."""
    AMBIGUOUS_PLUGIN = "ambiguous plugin"
    """Several entities or packages claim one plugin for different owners; none was taken on its own word."""
    BAD_ADDRESS = "bad address"
    TOO_MANY_MEMBERS = "too many members"
    CIRCULAR_GROUP = "circular group"
    NOT_FOUND = "not found"
    """Something is missing that another part refers to."""
    BAD_ANNOTATION = "bad annotation"
    """An annotation has an unknown value, or does not count where it stands."""
    UNREADABLE = "unreadable"
    """A file that cannot be read, or a part of it that is skipped."""
    NOT_ASKED = "not asked"
    """A place could not be reached, and its last answer is used."""


@dataclass(frozen=True)
class Flaw:
    """One thing wrong: ``subject`` is a plugin, group, address or file, ``text`` says the rest of a sentence.

    ``plugins`` are those that it leaves without the owner that is named, as they are written there.
    """

    kind: FlawKind
    subject: str
    text: str
    origin: str
    plugins: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What is wrong and where, without a full stop; nothing is said twice."""
        if self.origin and self.origin.partition(" ")[0] == self.subject:
            return f"{self.origin} {self.text}"
        said = f"{self.subject} {self.text}".strip()
        return f"{said} ({self.origin})" if self.origin else said


@dataclass(frozen=True)
class Ownership:
    """Who owns what and who reads mail; ``spellings`` maps a canonical plugin id to how people write it."""

    teams: tuple[Team, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    spellings: Mapping[str, str] = field(default_factory=dict)
    flaws: tuple[Flaw, ...] = ()

    def plugins_by_team(self) -> dict[str, frozenset[str]]:
        return {team.key: team.plugins for team in self.teams}

    def owned_plugins(self) -> frozenset[str]:
        return frozenset().union(*(team.plugins for team in self.teams))

    def owner_of(self, plugin: str) -> Team | None:
        return next((team for team in self.teams if plugin in team.plugins), None)


@dataclass(frozen=True)
class OptOut:
    """Somebody wants no more mail: an address everywhere (no ``team``), an address of one team, or a team.

    ``address`` is canonical, empty for a whole team; ``by`` says how it was asked for, for people.
    """

    address: str
    team: str
    by: str
    reason: str = ""
