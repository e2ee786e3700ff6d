"""The shape of a letter: what a template prints, and nothing that it would have to work out.

Every value is text as it is printed, in the reader's language, but escaped for no medium. Empty strings,
empty tuples and None are left out. Owns no wording and no look.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from plugin_digest.render.chart import Drawing


@dataclass(frozen=True)
class Picture:
    """Refers to an image by ``cid:`` + ``name``; width and height in pixels on the screen."""

    name: str
    alt: str
    width: str
    height: str


@dataclass(frozen=True)
class Brand:
    """Whose letter it is. ``accent`` and ``accent_dark`` are colours like ``#1c5da8``, for light and dark."""

    name: str
    url: str
    accent: str
    accent_dark: str
    logo: Picture | None = None


@dataclass(frozen=True)
class Figure:
    """One figure, large; a word instead of a number (``is_number``) is not."""

    label: str
    value: str
    is_number: bool
    change: str = ""
    """Against the week before: ``31 more (+8 %)``."""
    usual: str = ""
    """What is usual this week."""
    about: str = ""
    unit: str = ""
    """Behind the value, small: ``days``, ``of 900 components``."""
    is_news: bool = False
    """Whether the value lies outside what is usual."""


@dataclass(frozen=True)
class Item:
    """A piece of text that may be a link."""

    text: str
    link: str = ""


@dataclass(frozen=True)
class Card:
    """A plugin that needs a look: words first, then its figures and its chart."""

    name: str
    about: str
    sentences: tuple[str, ...]
    figures: tuple[Figure, ...]
    chart: Picture | None = None
    chart_label: str = ""
    link: str = ""
    notes: tuple[Item, ...] = ()
    """What was noted about the plugin: releases, outages."""


@dataclass(frozen=True)
class Cell:
    """A figure of a table, with a smaller second line."""

    value: str
    under: str = ""


@dataclass(frozen=True)
class Row:
    """One line of a table: as many cells as the table has heads."""

    name: str
    cells: tuple[Cell, ...]
    about: str = ""
    picture: Picture | None = None
    link: str = ""


@dataclass(frozen=True)
class DataTable:
    """``name_head`` stands over the names, ``heads`` over the cells; ``more`` says what was left out."""

    title: str
    name_head: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    more: str = ""


@dataclass(frozen=True)
class Section:
    """A titled list; ``is_compact`` runs its items on with dots between them."""

    title: str
    items: tuple[Item, ...]
    more: str = ""
    is_compact: bool = False


@dataclass(frozen=True)
class View:
    """One letter, from its subject to its end."""

    language: str
    """A BCP 47 tag for the attribute lang."""
    direction: str
    """``ltr`` or ``rtl``."""
    finding: str
    """With `` · `` and ``place`` the subject, at most 70 characters."""
    place: str
    preheader: str
    brand: Brand
    title: str
    week: str
    edition: str
    summary: str
    """The one sentence for the week."""
    figures: tuple[Figure, ...]
    chart: Picture | None
    chart_label: str
    cards_title: str
    cards: tuple[Card, ...]
    parts: tuple[DataTable | Section, ...]
    """In this order: the other plugins, pages, searches, lists."""
    notes: Section | None
    definitions: Section | None
    origin: str
    """Source, as of, revision, status: one or two sentences."""
    ending: tuple[tuple[Item, ...], ...]
    """Paragraphs, each of items run together: why the reader gets this, how to stop, who to ask."""
    remarks: tuple[str, ...] = ()
    """Sentences beside the summary: how the whole portal went, what is particular about the only plugin."""
    drawings: Mapping[str, Drawing] = field(default_factory=dict)
    """What is to be drawn for each picture's name."""
    logo_png: bytes = b""
    """The bytes of ``brand.logo``."""
