"""A ledger in memory that keeps the rules of the real one, and a clock and a stop that do not wait."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from deliver.letters import FROZEN_AT
from plugin_digest.model import OPEN_STATES, Delivery, DeliveryState


@dataclass
class MemoryLedger:
    """``history`` holds each change of state, in order."""

    rows: dict[int, Delivery] = field(default_factory=dict)
    history: list[tuple[int, DeliveryState]] = field(default_factory=list)

    @classmethod
    def of(cls, rows: Sequence[Delivery]) -> "MemoryLedger":
        return cls({row.id: row for row in rows})

    def get(self, id: int) -> Delivery | None:  # noqa: A002 - as the port names it
        return self.rows.get(id)

    def claim(self, id: int, at: datetime) -> Delivery | None:  # noqa: A002
        row = self.rows[id]
        if row.state not in OPEN_STATES:
            return None
        return self._set(replace(row, attempts=row.attempts + 1), DeliveryState.CLAIMED, "claimed")

    def unclaim(self, id: int, reason: str) -> bool:  # noqa: A002
        assert self.rows[id].state is DeliveryState.CLAIMED
        self._set(self.rows[id], DeliveryState.PLANNED, reason)
        return True

    def finish(self, id: int, state: DeliveryState, reason: str, at: datetime) -> bool:  # noqa: A002
        if self.rows[id].state is not DeliveryState.CLAIMED:
            return False
        self._set(replace(self.rows[id], finished_at=at), state, reason)
        return True

    def states(self) -> list[DeliveryState]:
        return [row.state for row in self.rows.values()]

    def reasons(self) -> list[str]:
        return [row.reason for row in self.rows.values()]

    def open_rows(self) -> list[Delivery]:
        return [row for row in self.rows.values() if row.state in OPEN_STATES]

    def _set(self, row: Delivery, state: DeliveryState, reason: str) -> Delivery:
        self.rows[row.id] = replace(row, state=state, reason=reason)
        self.history.append((row.id, state))
        return self.rows[row.id]


@dataclass
class PatientStop:
    """Waits without waiting: ``waits`` holds the seconds; ``on_wait`` may do something meanwhile."""

    waits: list[float] = field(default_factory=list)
    is_stopped: bool = False
    on_wait: Callable[[float], None] = lambda seconds: None

    def is_set(self) -> bool:
        return self.is_stopped

    def wait(self, timeout: float) -> bool:
        self.waits.append(timeout)
        self.on_wait(timeout)
        return self.is_stopped

    @property
    def elapsed_s(self) -> float:
        return sum(self.waits)

    def now(self) -> datetime:
        return FROZEN_AT + timedelta(seconds=self.elapsed_s)
