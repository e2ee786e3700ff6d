"""What is left of a property's quota, as the API's last answer said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

_PERIODS = {
    "tokensPerHour": "this hour",
    "tokensPerProjectPerHour": "this hour for this project",
    "tokensPerDay": "today",
}

SCARCE_TOKENS = 1_000
"""Below this the next pull may not get through: a first one, 13 weeks of 60 teams, is some 280 reports."""


@dataclass(frozen=True)
class Quota:
    """Tokens left by the API's name of the quota; empty where nothing was said."""

    left: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def parse(cls, payload: Any) -> Self:
        """A PropertyQuota. What cannot be read is left out: no figure depends on it."""
        given = payload if isinstance(payload, dict) else {}
        left = {
            name: given[name].get("remaining", 0) for name in _PERIODS if isinstance(given.get(name), dict)
        }
        return cls({name: tokens for name, tokens in left.items() if isinstance(tokens, int)})

    @property
    def is_scarce(self) -> bool:
        return any(tokens < SCARCE_TOKENS for tokens in self.left.values())

    def __str__(self) -> str:
        """``quota left: 39,990 tokens this hour, …``."""
        parts = [f"{self.left[name]:,} {period}" for name, period in _PERIODS.items() if name in self.left]
        return f"quota left, in tokens: {', '.join(parts)}" if parts else "quota left: not said"
