"""How much one letter holds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """How many plugins have a card, how many more a line of the table, how many more are listed by name."""

    cards: int
    rows: int
    listed: int
