"""What the weekly run needs of the world: one port for each thing, whoever uses it.

The wiring knows the concrete classes; tests have their own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from plugin_digest.model import (
    Delivery,
    FrozenDigest,
    Hold,
    HoldState,
    IndicatorValue,
    Letter,
    OptOut,
    Outcome,
    Ownership,
    Period,
    PeriodUsage,
    PlannedDelivery,
    PortalDigest,
    Progress,
    PullRequest,
    Run,
    Snapshot,
    Team,
    TeamDigest,
    Week,
    no_progress,
)


class Source(Protocol):
    """A system that counts are pulled from."""

    @property
    def name(self) -> str: ...
    def check(self) -> Sequence[str]: ...
    def pull(self, request: PullRequest, progress: Progress = no_progress) -> Sequence[Snapshot]: ...


class SnapshotStore(Protocol):
    """Readings of weeks; a snapshot is never changed."""

    def add(self, snapshot: Snapshot) -> Snapshot: ...
    def newest_of(self, weeks: Iterable[Week]) -> dict[Week, Snapshot]: ...
    def revision(self, week: Week, n: int) -> Snapshot | None: ...
    def first_seen(self) -> dict[str, Week]: ...


class PeriodStore(Protocol):
    """Readings of several weeks as a whole."""

    def add(self, usage: PeriodUsage) -> None: ...
    def newest(self, period: Period) -> PeriodUsage | None: ...


class IndicatorStore(Protocol):
    """Values of indicators by week."""

    def of(self, weeks: Iterable[Week]) -> list[IndicatorValue]: ...
    def troubles(self, week: Week) -> dict[str, tuple[str, ...]]: ...
    def last_read(self) -> dict[str, datetime]: ...


class OwnershipStore(Protocol):
    """Who owned what when each week was planned."""

    def keep(self, week: Week, ownership: Ownership, at: datetime) -> None: ...
    def of(self, week: Week, by: datetime | None = None) -> Ownership | None: ...
    def before(self, week: Week) -> tuple[Week, Ownership] | None: ...
    def aliases_since(self, week: Week) -> Sequence[Mapping[str, str]]: ...
    def last_week(self) -> Week | None: ...
    def newest(self) -> Ownership | None: ...


class OptOutStore(Protocol):
    """Who wants no mail."""

    def add(self, opt_out: OptOut, at: datetime) -> bool: ...
    def remove(self, address: str, team: str) -> bool: ...
    def all(self) -> list[OptOut]: ...


class DigestStore(Protocol):
    """Frozen digests; freezing one again gives back what is frozen."""

    def freeze(
        self,
        week: Week,
        team: str,
        team_name: str,
        edition: int,
        revision: int,
        letter: Letter,
        frozen_at: datetime,
    ) -> FrozenDigest: ...
    def of_week(self, week: Week, edition: int = 1) -> list[FrozenDigest]: ...


class DeliveryStore(Protocol):
    """The ledger."""

    def plan(self, rows: Sequence[PlannedDelivery], at: datetime) -> None: ...
    def of_week(self, week: Week, edition: int | None = None) -> list[Delivery]: ...
    def last_week_of(self, team: str, before: Week) -> Week | None: ...
    def strand(self, week: Week | None, reason: str, at: datetime) -> list[Delivery]: ...
    def reopen(self, id: int, reason: str) -> bool: ...  # noqa: A002 - a ledger row has no better name


class HoldStore(Protocol):
    """What was held, and what a person decided."""

    def place(self, week: Week, reason: str, at: datetime) -> None: ...
    def decide(self, week: Week, state: HoldState, reason: str, at: datetime) -> None: ...
    def held_for(self, week: Week) -> str: ...
    def of(self, week: Week) -> Hold | None: ...


class RunStore(Protocol):
    """Which weekly runs were started and how they ended."""

    def start(self, week: Week, at: datetime) -> Run: ...
    def finish(self, id: int, exit_code: int, summary: str, at: datetime) -> None: ...  # noqa: A002


class Store(Protocol):
    """Everything that is kept between runs."""

    @property
    def snapshots(self) -> SnapshotStore: ...
    @property
    def periods(self) -> PeriodStore: ...
    @property
    def indicators(self) -> IndicatorStore: ...
    @property
    def ownerships(self) -> OwnershipStore: ...
    @property
    def opt_outs(self) -> OptOutStore: ...
    @property
    def digests(self) -> DigestStore: ...
    @property
    def deliveries(self) -> DeliveryStore: ...
    @property
    def holds(self) -> HoldStore: ...
    @property
    def runs(self) -> RunStore: ...
    def bind_instance(self, name: str) -> None: ...
    def sending(
        self, week: Week, on_wait: Callable[[], None], is_stopped: Callable[[], bool]
    ) -> AbstractContextManager[None]: ...


class Renderer(Protocol):
    """Writes digests and notices, and why somebody gets them."""

    def team(self, digest: TeamDigest) -> Letter: ...
    def portal(self, digest: PortalDigest) -> Letter: ...
    def notice(self, week: Week, reason: str, *, is_held: bool) -> Letter: ...
    def reason(
        self, owners: Sequence[tuple[Team, tuple[str, ...]]], origin: str, letter: Letter | None = None
    ) -> str: ...


class Mailer(Protocol):
    """Works off ledger rows: writes each message and hands it over."""

    @property
    def domain(self) -> str: ...
    def deliver(self, deliveries: Sequence[Delivery], progress: Progress) -> Outcome: ...
