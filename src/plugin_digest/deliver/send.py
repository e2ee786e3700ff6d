"""Works off the ledger: one row after the other is claimed, written, handed over and finished.

Owns the order of these steps and what follows from each answer. Must not know databases, SMTP or wording of
mails; what it needs comes in through the ports below.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from plugin_digest.deliver.pace import Pace, Patience, RetryPolicy
from plugin_digest.errors import Deferred, MailServerError, PluginDigestError, Refused, StoreError, Unknown
from plugin_digest.model import OPEN_STATES, Delivery, DeliveryState, Outcome, Progress, no_progress

log = logging.getLogger(__name__)

_ENDS = ("sent", "refused", "deferred", "unknown", "skipped")


class Transport(Protocol):
    """Takes mails away, one by one; a context manager, because it may keep a connection."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...
    def check(self) -> Sequence[str]:
        """What was found on the way, a line each; MailServerError if no mail can go out."""
        ...

    def send(self, payload: bytes, sender: str, recipient: str) -> str:
        """The answer to a mail that was taken; else Deferred, Refused, Unknown or MailServerError."""
        ...


class Ledger(Protocol):
    """The rows that say what became of each mail; every change is durable when the call returns."""

    def get(self, id: int) -> Delivery | None: ...  # noqa: A002 - a ledger row has no better name
    def claim(self, id: int, at: datetime) -> Delivery | None: ...  # noqa: A002
    def unclaim(self, id: int, reason: str) -> object: ...  # noqa: A002
    def finish(self, id: int, state: DeliveryState, reason: str, at: datetime) -> bool: ...  # noqa: A002


class Stop(Protocol):
    """Like ``threading.Event``: set when nothing new may be begun."""

    def is_set(self) -> bool: ...
    def wait(self, timeout: float) -> bool:
        """Waits that many seconds, or until set; whether it is set."""
        ...


def always(delivery: Delivery) -> str | None:  # noqa: ARG001 - the port has it
    """The check of a caller that has no reason to leave anybody out."""
    return None


def deliver(
    ledger: Ledger,
    deliveries: Sequence[Delivery],
    compose: Callable[[Delivery], bytes],
    transport: Transport,
    *,
    sender: str,
    clock: Callable[[], datetime],
    retry: RetryPolicy,
    pace: Pace,
    stop: Stop,
    progress: Progress = no_progress,
    check_before: Callable[[Delivery], str | None] = always,
) -> Outcome:
    """Delivers the open ones among the rows, in their order, and then again what was deferred.

    ``check_before`` is asked right before each mail and answers with a reason to skip it, like ``opted out``.
    When ``stop`` is set, the mail in hand is finished and nothing new is claimed.

    Raises:
        MailServerError: no mail can go out (any more); what is left stays as it was.
    """
    run = _Run(ledger, compose, transport, sender, clock, retry, pace, stop, progress, check_before)
    return run.work_off([row for row in deliveries if row.state in OPEN_STATES])


@dataclass
class _Run:
    ledger: Ledger
    compose: Callable[[Delivery], bytes]
    transport: Transport
    sender: str
    clock: Callable[[], datetime]
    retry: RetryPolicy
    pace: Pace
    stop: Stop
    progress: Progress
    check_before: Callable[[Delivery], str | None]
    rows: dict[int, Delivery] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    """Rows that this run itself has finished, DEFERRED ones included."""
    troubles_in_a_row: int = 0
    """Mails deferred or in doubt since the last one that the server took or refused."""
    has_reached_server: bool = False
    is_stopped: bool = False

    def __post_init__(self) -> None:
        self.outages = Patience(self.retry)
        self.storms = Patience(self.retry)

    def work_off(self, deliveries: Sequence[Delivery]) -> Outcome:
        self.rows = {row.id: row for row in deliveries}
        rounds = Patience(self.retry)
        todo = list(self.rows)
        while self._work_round(todo):
            todo = [id_ for id_ in todo if self._is_deferred(id_)]
            delay_s = rounds.delay_s() if todo else None
            if delay_s is None or not self._wait(delay_s):
                break
        return self._outcome()

    def _work_round(self, todo: Sequence[int]) -> bool:
        """Each row once; False if the run is to end before the next row."""
        self.troubles_in_a_row = 0
        for id_ in todo:
            self.progress("sending", len(self.done), len(self.rows))
            if not self._work_row(id_):
                return False
        self.progress("sending", len(self.done), len(self.rows))
        return True

    def _work_row(self, id_: int) -> bool:
        while self._may_go_on():
            claimed = self._claim(id_)
            if claimed is None:
                return True
            try:
                self._hand_over(claimed)
            except MailServerError as error:
                self._give_back(claimed, f"not sent: {error}")
                delay_s = self.outages.delay_s() if self.has_reached_server else None
                if delay_s is None:
                    raise
                log.warning("the mail server went away; next try in %.0f s", delay_s)
                self._wait(delay_s)
            else:
                return True
        return False

    def _may_go_on(self) -> bool:
        """Waits as the rate limit and a server in trouble demand; then whether to go on."""
        if self.troubles_in_a_row >= self.retry.storm:
            pause_s = self.storms.delay_s()
            if pause_s is None:
                log.warning("the mail server takes nothing; the rest is left for the next run")
                return False
            log.warning(
                "%d mails in a row were not taken; pausing for %.0f s", self.troubles_in_a_row, pause_s
            )
            if not self._wait(pause_s):
                return False
        return self._wait(self.pace.delay_s())

    def _wait(self, seconds: float) -> bool:
        """False if the run was stopped meanwhile, or before."""
        self.is_stopped = self.stop.is_set() or (seconds > 0 and self.stop.wait(seconds))
        return not self.is_stopped

    def _claim(self, id_: int) -> Delivery | None:
        """The row, if it is this run's to send; it is not if somebody else has it or it is to be skipped."""
        reason = self.check_before(self.rows[id_])
        claimed = self.ledger.claim(id_, self.clock())
        if claimed is None:
            self.rows[id_] = self.ledger.get(id_) or self.rows[id_]
        elif reason is not None:
            self._finish(claimed, DeliveryState.SKIPPED, f"skipped: {reason}")
            return None
        return claimed

    def _hand_over(self, claimed: Delivery) -> None:
        payload = self._compose(claimed)
        if payload is None:
            return
        try:
            reply = self.transport.send(payload, self.sender, claimed.recipient)
        except Deferred as error:
            self._finish(claimed, DeliveryState.DEFERRED, f"deferred: {error}")
            self._reached(is_trouble=True)
        except Refused as error:
            self._finish(claimed, DeliveryState.REFUSED, f"refused: {error}")
            self._reached()
        except Unknown as error:
            self._finish(claimed, DeliveryState.UNKNOWN, f"unknown: {error}")
            self._reached(is_trouble=True)
        except MailServerError:
            raise
        except Exception as error:
            self._finish(claimed, DeliveryState.UNKNOWN, f"unknown: {type(error).__name__}: {error}")
            raise
        else:
            self._finish(claimed, DeliveryState.SENT, f"sent: {reply}")
            self._reached()

    def _compose(self, claimed: Delivery) -> bytes | None:
        """The message; None if it cannot be written, which is then this row's own end."""
        try:
            return self.compose(claimed)
        except Refused as error:
            self._finish(claimed, DeliveryState.REFUSED, f"refused: {error}")
        except (StoreError, MailServerError) as error:
            self._give_back(claimed, f"not sent: {error}")
            raise
        except PluginDigestError as error:
            self._finish(claimed, DeliveryState.REFUSED, f"failed: {error}")
        except Exception as error:
            log.exception("the mail of row %d could not be written", claimed.id)
            self._finish(claimed, DeliveryState.REFUSED, f"failed: {type(error).__name__}: {error}")
        return None

    def _reached(self, *, is_trouble: bool = False) -> None:
        self.has_reached_server = True
        self.outages.renew()
        self.troubles_in_a_row = self.troubles_in_a_row + 1 if is_trouble else 0
        if not is_trouble:
            self.storms.renew()

    def _finish(self, claimed: Delivery, state: DeliveryState, reason: str) -> None:
        at = self.clock()
        self.done.add(claimed.id)
        self.rows[claimed.id] = replace(claimed, state=state, reason=reason, finished_at=at)
        if not self.ledger.finish(claimed.id, state, reason, at):
            log.warning("row %d was changed by somebody else while it was %s", claimed.id, state)

    def _give_back(self, claimed: Delivery, reason: str) -> None:
        self.ledger.unclaim(claimed.id, reason)
        self.rows[claimed.id] = self.ledger.get(claimed.id) or claimed

    def _is_deferred(self, id_: int) -> bool:
        return id_ in self.done and self.rows[id_].state is DeliveryState.DEFERRED

    def _outcome(self) -> Outcome:
        ended = Counter(self.rows[id_].state for id_ in self.done)
        counts = {name: ended[DeliveryState(name)] for name in _ENDS}
        return Outcome(
            **counts,
            left=len(self.rows) - sum(counts.values()),
            stopped=self.is_stopped,
            unsent=tuple(row for row in self.rows.values() if row.state is not DeliveryState.SENT),
        )
