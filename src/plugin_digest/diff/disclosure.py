"""What arithmetic tells of counts that are not shown, from those that are. Knows ranges, and no digest.

What a reader can calculate with, of one week: the views of the parts add up to those of the whole; each user
of the whole is a user of at least one part, maybe of several; each user of a part is one of the whole; and
nobody is a user without a view, so that views cap users. With the whole's users fixed this is a flow of views
into parts, each of which passes on at most its users: so it is seen from sums alone whether there are counts
like those that are shown.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

MANY = 10**15
"""More than any count, and still exact in sums."""


@dataclass(frozen=True)
class Range:
    """What a reader knows of a count; ``is_secret`` if it must not be known exactly."""

    low: int
    high: int
    is_secret: bool = False

    def values(self) -> Iterator["Range"]:
        """Each value that it may have, as known exactly."""
        return (Range(n, n) for n in range(self.low, self.high + 1))


UNKNOWN = Range(0, MANY)


@dataclass(frozen=True)
class Seen:
    """What a reader knows of the views and the users of a page, a plugin, or several together."""

    views: Range = UNKNOWN
    users: Range = UNKNOWN


def is_told(whole: Seen, parts: Sequence[Seen]) -> bool:
    """Whether a secret can have one value only.

    Not by figures that contradict each other, as where there are parts that the reader does not know of, or
    users that were counted by other means than views: then views and users are looked at one by one.
    """
    told = _tells(whole, parts)
    if told is None:
        views = _tells(Seen(whole.views), [Seen(part.views) for part in parts])
        users = _tells(Seen(users=whole.users), [Seen(users=part.users) for part in parts])
        return bool(views or users)
    return told


def _tells(whole: Seen, parts: Sequence[Seen]) -> bool | None:
    """Whether a secret can have one value only; None where it can have none, as the figures contradict."""
    ways = set(_ways(whole, parts))
    return None if 0 in ways else 1 in ways


def _ways(whole: Seen, parts: Sequence[Seen]) -> Iterator[int]:
    """For each secret how many values it can have, 2 for more; parts alike are looked at once."""
    sums = _sums(whole, parts)
    if whole.users.is_secret:
        yield _few(each.fits(whole.views) for each in sums)
    if whole.views.is_secret:
        yield _few(any(each.fits(views) for each in sums) for views in whole.views.values())
    for part in dict.fromkeys(parts):
        for guesses in _guesses(part):
            yield _few(any(each.fits(whole.views, part, guess) for each in sums) for guess in guesses)


def _guesses(part: Seen) -> Iterator[list[Seen]]:
    """For each secret of a part: the part with each value that it may have."""
    if part.views.is_secret:
        yield [replace(part, views=value) for value in part.views.values()]
    if part.users.is_secret:
        yield [replace(part, users=value) for value in part.users.values()]


def _few(fits: Iterable[bool]) -> int:
    return sum(islice(filter(None, fits), 2))


class _Room(NamedTuple):
    """What a part can take: from ``low`` to ``high`` views.

    The fewest allow ``users``, each further view one user more, up to ``more``.
    """

    low: int
    high: int
    users: int
    more: int


@dataclass(frozen=True)
class _Sums:
    """The parts together, where the whole has ``users``; impossible where a part has more than they are."""

    users: Range
    room: _Room
    is_possible: bool

    def fits(self, views: Range, part: Seen | None = None, guess: Seen | None = None) -> bool:
        """Whether there are counts like these; with a ``guess`` instead of one ``part``."""
        room = self.room
        if part is not None and guess is not None:
            old, new = _room_of(part, part, self.users), _room_of(guess, part, self.users)
            if old is None or new is None:
                return False
            room = _Room(*(all_ - was + now for all_, was, now in zip(room, old, new, strict=True)))
        spare = min(views.high, room.high) - room.low
        if not self.is_possible or spare < 0 or room.high < views.low:
            return False
        return room.users + min(spare, room.more) >= self.users.low


def _sums(whole: Seen, parts: Sequence[Seen]) -> list[_Sums]:
    """One for each number of users that the whole may have, as none of its parts can have more."""
    numbers = whole.users.values() if whole.users.is_secret else [whole.users]
    return [_summed(users, parts) for users in numbers]


def _summed(users: Range, parts: Sequence[Seen]) -> _Sums:
    rooms = [_room_of(part, part, users) for part in parts]
    known = [room for room in rooms if room is not None]
    total = _Room(*map(sum, zip(*known, strict=True))) if known else _Room(0, 0, 0, 0)
    return _Sums(users, total, is_possible=len(known) == len(rooms))


def _room_of(guess: Seen, part: Seen, everybody: Range) -> _Room | None:
    """None where no counts are like this.

    Where what is shown of a part is more users than views, its views cap nothing.
    """
    views, low = guess.views, guess.users.low
    high = min(guess.users.high, everybody.high)
    if part.users.low > part.views.high:
        return _Room(views.low, views.high, high, 0) if low <= high else None
    high, least = min(high, views.high), max(views.low, low)
    if low > high:
        return None
    users = min(least, high)
    return _Room(least, views.high, users, high - users)
