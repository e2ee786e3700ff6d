"""How the figures of one letter are written: counts, changes and usual ranges, in the letter's language.

Owns the words around a figure. Knows no plugin and no layout.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from plugin_digest.model import Absent, Change, Count, Judgement, Verdict, is_known
from plugin_digest.render.words.dates import Dates
from plugin_digest.render.words.language import Language
from plugin_digest.render.words.numbers import MINUS, NBSP, Numbers

Noun = Literal["views", "users"]


@dataclass(frozen=True)
class Writer:
    """Writes the figures of one letter.

    ``hidden_below`` is what hidden counts are fewer than, 0 if that is not told; ``weeks`` is how many weeks
    the figures are about.
    """

    language: Language
    hidden_below: int = 0
    weeks: int = 1

    @property
    def numbers(self) -> Numbers:
        return self.language.numbers

    @property
    def dates(self) -> Dates:
        return self.language.dates

    def say(self, message: str, /, **values: str) -> str:
        return self.language.catalogue.say(message, **values)

    def plural(self, one: str, many: str, n: int, /, **values: str) -> str:
        """In the form for ``n``, which stands as ``{n}`` in digits."""
        return self.language.catalogue.plural(one, many, n, n=self.numbers.number(n), **values)

    def plural_in_letters(self, one: str, many: str, n: int, /, **values: str) -> str:
        """As `plural`, with small numbers as words: ``three plugins``."""
        return self.language.catalogue.plural(one, many, n, n=self.language.letters(n), **values)

    def before(self, weekly: str, several: str, /, **values: str) -> str:
        """The message about the week before, or about the ``{weeks}`` weeks before; both marked."""
        if self.weeks == 1:
            return self.say(weekly, **values)
        return self.say(several, weeks=self.language.letters(self.weeks), **values)

    def listed(self, items: Sequence[str]) -> str:
        return self.language.listed(items)

    def apart(self, parts: Sequence[str]) -> str:
        """``a; b; c``: independent remarks in one line."""
        return self.say("; ").join(parts)

    def count(self, value: Count) -> str:
        """The number, or the words for why there is none; 0 is a number."""
        if not isinstance(value, Absent):
            return self.numbers.number(value)
        if value is Absent.HIDDEN and self.hidden_below:
            return self.say("fewer than {n}", n=self.numbers.number(self.hidden_below))
        return self.absence(value)

    def absence(self, value: Absent) -> str:
        return {
            Absent.NO_DATA: self.say("no data"),
            Absent.NOT_AVAILABLE: self.say("not available"),
            Absent.HIDDEN: self.say("hidden"),
            Absent.WITHHELD: self.say("not shown"),
        }[value]

    def tells(self, value: Count) -> bool:
        """Whether a count is told as a size: a number, or that it is below the limit."""
        return is_known(value) or (value is Absent.HIDDEN and bool(self.hidden_below))

    def counted(self, value: Count, noun: Noun) -> str:
        """``1,520 views``, ``fewer than 5 users``, or ``views: not available``."""
        if not isinstance(value, Absent):
            if noun == "views":
                return self.plural("{n} view", "{n} views", value)
            return self.plural("{n} user", "{n} users", value)
        if value is Absent.HIDDEN and self.hidden_below:
            limit = self.numbers.number(self.hidden_below)
            if noun == "views":
                return self.say("fewer than {n} views", n=limit)
            return self.say("fewer than {n} users", n=limit)
        if noun == "views":
            return self.say("views: {why}", why=self.absence(value))
        return self.say("users: {why}", why=self.absence(value))

    def seen(self, views: Count, users: Count) -> str:
        """``1,520 views by 312 users``; one of them alone where the other is not to be told."""
        if not self.tells(views) and self.tells(users):
            return self.counted(users, "users")
        text = self.counted(views, "views")
        if is_known(users):
            return self.plural("{views} by {n} user", "{views} by {n} users", users, views=text)
        if users is Absent.HIDDEN and self.hidden_below:
            limit = self.numbers.number(self.hidden_below)
            return self.say("{views} by fewer than {n} users", views=text, n=limit)
        return text

    def more(self, change: Change, noun: Noun) -> str:
        """``31 % more views``, ``1 fewer user``, ``as many views``; for a change with a difference."""
        size = abs(change.difference or 0)
        rises = (change.difference or 0) > 0
        share = self.numbers.percent(change.ratio)
        if noun == "views":
            return self._more_views(size, share, rises=rises)
        return self._more_users(size, share, rises=rises)

    def _more_views(self, size: int, share: str, *, rises: bool) -> str:
        if not size:
            return self.say("as many views")
        if share and rises:
            return self.say("{percent} more views", percent=share)
        if share:
            return self.say("{percent} fewer views", percent=share)
        if rises:
            return self.plural("{n} more view", "{n} more views", size)
        return self.plural("{n} fewer view", "{n} fewer views", size)

    def _more_users(self, size: int, share: str, *, rises: bool) -> str:
        if not size:
            return self.say("as many users")
        if share and rises:
            return self.say("{percent} more users", percent=share)
        if share:
            return self.say("{percent} fewer users", percent=share)
        if rises:
            return self.plural("{n} more user", "{n} more users", size)
        return self.plural("{n} fewer user", "{n} fewer users", size)

    def against(self, change: Change) -> str:
        """``360 more (+31 %)``, ``2 fewer``, ``no change``; empty where the weeks are not compared."""
        if change.difference is None:
            return ""
        if change.difference == 0:
            return self.say("no change")
        size = self.numbers.number(abs(change.difference))
        rises = change.difference > 0
        text = self.say("{n} more", n=size) if rises else self.say("{n} fewer", n=size)
        share = self.numbers.percent(change.ratio)
        text = f"{text} ({'+' if rises else MINUS}{share})" if share else text
        return text.replace(" ", NBSP)

    def signed(self, change: Change) -> str:
        """``+31 %``, ``−3``; empty where nothing changed or the weeks are not compared."""  # noqa: RUF002
        if not change.difference:
            return ""
        share = self.numbers.percent(change.ratio)
        sign = "+" if change.difference > 0 else MINUS
        return f"{sign}{share}" if share else self.numbers.signed(change.difference)

    def usual(self, judgement: Judgement) -> str:
        """``usual: 310–420``; empty where that is not known."""  # noqa: RUF002
        return self.say("usual: {range}", range=self.range(judgement)) if judgement.usual else ""

    def range(self, judgement: Judgement) -> str:
        """``310–420``; empty where the usual range is not known."""  # noqa: RUF002
        return self.numbers.span(judgement.usual) if judgement.usual else ""

    def share(self, part: Count, whole: Count) -> str:
        """``31 %`` of a known whole; empty otherwise."""
        if not (is_known(part) and is_known(whole) and whole > 0):
            return ""
        return self.numbers.percent(Fraction(part, whole))

    def sentence(self, text: str) -> str:
        """With a capital letter and, where it has no end of its own, a full stop."""
        return self.closed(self.opened(text))

    def closed(self, text: str) -> str:
        """With a full stop, where it has no end of its own."""
        return text if text.endswith((".", "!", "?", "…")) else f"{text}."

    def opened(self, text: str, names: Iterable[str] = ()) -> str:
        """With a capital letter, unless it begins with one of the names: those are written as they are."""
        if any(name and text.startswith(name) and not text[len(name) :][:1].isalnum() for name in names):
            return text
        return text[:1].upper() + text[1:]


def is_missing(count: Count) -> bool:
    """Whether nothing is known of a count; a hidden or withheld one is known, but not told."""
    return count is Absent.NO_DATA or count is Absent.NOT_AVAILABLE


def is_untold(count: Count) -> bool:
    """Whether a count is known but left out, to protect few people."""
    return count is Absent.HIDDEN or count is Absent.WITHHELD


def is_usual(judgement: Judgement) -> bool:
    return judgement.verdict is Verdict.USUAL


def shows_change(change: Change, judgement: Judgement) -> bool:
    """Whether the change is worth ink: within what is usual it is noise, after 0 it is the figure itself."""
    return bool(change.difference) and bool(change.previous) and not is_usual(judgement)
