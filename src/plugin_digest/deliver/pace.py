"""How fast mails go out and how long to wait before trying again; decides on numbers, never sleeps."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Pace:
    """At most ``per_minute`` mails a minute, evenly spaced; None or 0 is as fast as the server takes them."""

    per_minute: float | None = None
    monotonic: Callable[[], float] = time.monotonic
    _next_s: float = field(default=float("-inf"), init=False)

    def delay_s(self) -> float:
        """Seconds until the next mail may go; its place is taken."""
        if not self.per_minute:
            return 0.0
        now = self.monotonic()
        at = max(now, self._next_s)
        self._next_s = at + 60 / self.per_minute
        return at - now


@dataclass(frozen=True)
class RetryPolicy:
    """How long to wait before each further try within one run, in seconds; empty: one try only.

    The same delays serve three troubles, each counted on its own: rows that were deferred, a mail server that
    went away in the middle, and one that has taken none of the last ``storm`` mails.
    """

    delays_s: tuple[float, ...] = (60.0, 300.0, 900.0)
    storm: int = 3


@dataclass
class Patience:
    """The delays of a policy, handed out one by one until none is left."""

    policy: RetryPolicy
    _used: int = field(default=0, init=False)

    def delay_s(self) -> float | None:
        """The next delay, or None when it is time to give up."""
        if self._used >= len(self.policy.delays_s):
            return None
        self._used += 1
        return self.policy.delays_s[self._used - 1]

    def renew(self) -> None:
        """Things went well again: the next trouble starts with the first delay."""
        self._used = 0
