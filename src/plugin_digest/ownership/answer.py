"""What one place says of owners, before the answers of all places become one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from plugin_digest.model import Cadence, Flaw, Recipient
from plugin_digest.ownership.packages import Package


@dataclass(frozen=True)
class Claim:
    """One place's word that ``owner`` (a key) owns ``plugin`` (as it is written there).

    ``co_owners`` are the keys of those whom it names beside the owner.
    """

    plugin: str
    owner: str
    origin: str
    co_owners: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """What one place knows of an owner: who reads its mail, and its name, empty where the place has none."""

    key: str
    name: str
    recipients: tuple[Recipient, ...]
    origin: str
    opted_out: str = ""
    cadence: Cadence | None = None
    is_listed: bool = True
    """Whether somebody wrote it down as a team; else it is here only for plugins that it may own."""


@dataclass(frozen=True)
class Answer:
    """Everything that one place says. Of several claims on a plugin the first counts."""

    claims: tuple[Claim, ...] = ()
    groups: tuple[Group, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Canonical id that analytics reports: the id that is used for it, as it is written there."""
    flaws: tuple[Flaw, ...] = ()


class Provider(Protocol):
    """A place that knows who owns what."""

    @property
    def name(self) -> str:
        """For people: ``teams.yaml``, ``catalog backstage.acme.example``."""
        ...

    def packages(self) -> Sequence[Package]:
        """The plugins' packages, where the place has their code; none elsewhere.

        Raises:
            OwnershipError: it cannot be reached, or its answer cannot be trusted.
        """
        ...

    def read(self, seen: Collection[str], packages: Sequence[Package] = ()) -> Answer:
        """Everything that the place knows.

        ``seen`` are canonical ids of plugins that analytics reported, for places that are asked id by id;
        ``packages`` those of all places, for places that know plugins by their packages' names.

        Raises:
            ConfigError: a file of it is wrong.
            OwnershipError: it cannot be reached, or its answer cannot be trusted.
        """
        ...

    def groups(self, owners: Collection[str]) -> Answer:
        """What it knows of owners that other places have named, by key: groups and flaws, no claims."""
        ...

    def check(self) -> Sequence[str]:
        """What was found on the way, a line each; raises as `read` does."""
        ...
