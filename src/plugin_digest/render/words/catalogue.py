"""The strings of letters: English stands in the code, every other language in ``locales/<language>.po``.

Owns how a string is found and filled in. Reads a file when a catalogue is loaded, then nothing.
"""

from dataclasses import dataclass
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from plugin_digest.errors import RenderError

ENGLISH = "en"
LANGUAGES = (ENGLISH, "de", "fr", "sv")
"""Those with a complete catalogue."""

LOCALES = Path(__file__).parent / "locales"
_CONVENTIONS = {ENGLISH: "en-GB"}
"""Plain English is not the American one: 9 November, 09:00."""


@dataclass(frozen=True)
class Catalogue:
    """The strings of one language; ``tag`` is a BCP 47 tag, ``locale`` knows its numbers and days."""

    tag: str
    locale: Locale
    translations: NullTranslations

    def say(self, message: str, /, **values: str) -> str:
        """The message in this language, its ``{names}`` filled in."""
        text = self.translations.gettext(message)
        return text.format_map(values) if values else text

    def plural(self, one: str, many: str, n: int, /, **values: str) -> str:
        """As `say`, in the form that this language has for ``n``."""
        text = self.translations.ngettext(one, many, n)
        return text.format_map(values) if values else text


def mark(message: str) -> str:
    """Marks a message that is said later, for the catalogues."""
    return message


def load_catalogue(tag: str) -> Catalogue:
    """The catalogue of a language like ``de``, or of its form in a country like ``de-CH``.

    Raises:
        RenderError: there is no such language, or its file cannot be read.
    """
    language = tag.partition("-")[0]
    expected = f"expected one of {', '.join(LANGUAGES)}, with or without a country: de-CH"
    if language not in LANGUAGES:
        raise RenderError(f"there are no strings in the language {tag!r}; {expected}")
    try:
        locale = Locale.parse(_CONVENTIONS.get(tag, tag), sep="-")
    except (UnknownLocaleError, ValueError) as error:
        raise RenderError(f"{tag!r} is no language; {expected}") from error
    return Catalogue(tag, locale, _translations(language))


def _translations(language: str) -> NullTranslations:
    if language == ENGLISH:
        return NullTranslations()
    path = LOCALES / f"{language}.po"
    compiled = BytesIO()
    try:
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=language))
    except OSError as error:
        raise RenderError(f"{path}: {error.strerror}") from error
    compiled.seek(0)
    return GNUTranslations(compiled)
