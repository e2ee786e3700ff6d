"""One language of letters: its strings, numbers, dates and lists, loaded once and shared by every letter."""

from collections.abc import Sequence
from dataclasses import dataclass

from babel.lists import format_list

from plugin_digest.render.words.catalogue import Catalogue, load_catalogue, mark
from plugin_digest.render.words.dates import Dates
from plugin_digest.render.words.numbers import Numbers

_LETTERS = (
    mark("two"), mark("three"), mark("four"), mark("five"), mark("six"), mark("seven"), mark("eight"),
    mark("nine"), mark("ten"), mark("eleven"), mark("twelve"),
)  # fmt: skip
_FIRST = 2


@dataclass(frozen=True)
class Language:
    """``tag`` is a BCP 47 tag, ``direction`` is ltr or rtl."""

    catalogue: Catalogue
    numbers: Numbers
    dates: Dates

    @property
    def tag(self) -> str:
        return self.catalogue.tag

    @property
    def direction(self) -> str:
        return str(self.catalogue.locale.text_direction)

    def listed(self, items: Sequence[str]) -> str:
        """``a``, ``a and b``, ``a, b and c``."""
        if len(items) < 2:  # noqa: PLR2004 - a list of two is the first that needs a word between
            return "".join(items)
        return str(format_list(items, "standard", self.catalogue.locale))

    def letters(self, value: int) -> str:
        """``two`` to ``twelve``, digits for every other number."""
        if _FIRST <= value < _FIRST + len(_LETTERS):
            return self.catalogue.say(_LETTERS[value - _FIRST])
        return self.numbers.number(value)

    def territory(self, code: str) -> str:
        """The name of a country; its code where the language has none."""
        return str(self.catalogue.locale.territories.get(code, code))


def load_language(tag: str = "en") -> Language:
    """Everything that letters in a language like ``de`` or ``de-CH`` need.

    Raises:
        RenderError: there is no such language.
    """
    catalogue = load_catalogue(tag)
    return Language(catalogue, Numbers(catalogue.locale), Dates(catalogue))
