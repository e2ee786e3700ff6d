"""A team's digest as ready strings: what a template prints, and nothing that it would have to work out.

Owns the order and the limits of a letter's content. Knows no HTML and no line width.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from plugin_digest.model import (
    Change,
    PluginChange,
    PluginPage,
    Point,
    PortalDigest,
    Status,
    TeamDigest,
    is_known,
)
from plugin_digest.render import fineprint
from plugin_digest.render.dates import days_in_words, span, week_title
from plugin_digest.render.findings import findings, is_compared, team_subject, team_summary
from plugin_digest.render.names import clean, shorten
from plugin_digest.render.numbers import NBSP, against, change, count, counted, plural
from plugin_digest.render.sparkline import PANEL, ROW, Size, Sketch, describe

_NAME_MOST = 60
_NAME_IN_LIST = 40
_PATH_MOST = 80


@dataclass(frozen=True)
class Portal:
    """What is the same on every letter of a portal."""

    name: str
    url: str
    contact: str


@dataclass(frozen=True)
class Limits:
    """How many plugins stand in the table, and how many more in the compact list."""

    rows: int
    listed: int


@dataclass(frozen=True)
class Picture:
    """Refers to an image by ``cid:`` + ``name``; width and height in pixels on the screen."""

    name: str
    alt: str
    width: str
    height: str


@dataclass(frozen=True)
class Total:
    """One figure of the whole digest, large; a word instead of a number (``is_number``) is not."""

    label: str
    value: str
    change: str
    is_number: bool


@dataclass(frozen=True)
class Row:
    """One plugin of the table. Empty strings are left out."""

    name: str
    about: str
    picture: Picture | None
    views: str
    views_change: str
    users: str
    users_change: str


@dataclass(frozen=True)
class PageRow:
    """One of the pages most viewed."""

    path: str
    plugin: str
    views: str
    users: str


@dataclass(frozen=True)
class Listing:
    """A titled list of short lines; ``more`` says how many were left out."""

    title: str
    items: tuple[str, ...]
    more: str = ""


@dataclass(frozen=True)
class View:
    """One letter. Every value is text as it is printed, but escaped for no medium."""

    finding: str
    place: str
    preheader: str
    portal: Portal
    contact_href: str
    title: str
    week: str
    edition: str
    summary: str
    totals: tuple[Total, ...]
    chart: Picture | None
    chart_label: str
    weeks: str
    plugins_title: str
    has_users: bool
    has_changes: bool
    plugins: tuple[Row, ...]
    rest: Listing | None
    pages: tuple[PageRow, ...]
    listings: tuple[Listing, ...]
    notes: tuple[str, ...]
    meanings: tuple[str, ...]
    origin: str
    why: str
    sketches: Mapping[str, Sketch] = field(default_factory=dict)
    """What is to be drawn for each picture's name."""


def team_view(digest: TeamDigest, portal: Portal, limits: Limits) -> View:
    """What one team's letter says."""
    found = findings(digest.plugins)
    finding, place = team_subject(digest, found, portal.name)
    sketches = Sketches(digest, digest.team.key)
    table = Table(fineprint.has_users(digest), is_compared(digest), sketches)
    return View(
        finding=finding,
        place=place,
        preheader=team_preheader(digest),
        portal=portal,
        contact_href=href_of(portal.contact),
        title=clean(digest.team.name),
        week=week_title(digest.week),
        edition=edition_of(digest.edition),
        summary=team_summary(digest, found),
        totals=(total("Views", digest.views), total("Users", digest.users)),
        chart=sketches.picture(digest.history, PANEL),
        chart_label=chart_label(digest.history),
        weeks=f"{len(digest.history)} weeks",
        plugins_title="Your plugin" if len(digest.plugins) == 1 else f"Your {len(digest.plugins)} plugins",
        has_users=table.has_users,
        has_changes=table.has_changes,
        plugins=tuple(table.row(plugin) for plugin in digest.plugins[: limits.rows]),
        rest=table.rest(digest.plugins[limits.rows :], limits.listed),
        pages=tuple(page_row(page, has_users=table.has_users) for page in digest.pages),
        listings=(),
        notes=fineprint.notes(digest),
        meanings=fineprint.meanings(digest, "all of the team's plugins"),
        origin=fineprint.origin(digest.provenance),
        why=fineprint.why_team(digest),
        sketches=sketches.drawn,
    )


class Sketches:
    """Collects what is to be drawn while a view is put together, each under a name of its own.

    The names say whose letter it is: two mails of a thread must not mix up their pictures.
    """

    def __init__(self, digest: TeamDigest | PortalDigest, key: str) -> None:
        self.drawn: dict[str, Sketch] = {}
        owner = blake2b(key.encode("utf-8", "replace"), digest_size=6).hexdigest()
        self._suffix = f"{digest.week}.{digest.edition}.{owner}@plugin-digest"

    def picture(self, history: tuple[Point, ...], size: Size) -> Picture | None:
        alt = describe(history)
        if not alt:
            return None
        name, sketch = f"{len(self.drawn)}.{self._suffix}", Sketch(history, size)
        self.drawn[name] = sketch
        width, height = sketch.width_on_screen, sketch.height_on_screen
        return Picture(name, alt, str(width), str(height))


@dataclass(frozen=True)
class Table:
    """How the plugins of one digest are told: with users and changes only where there are any."""

    has_users: bool
    has_changes: bool
    sketches: Sketches
    owners: Mapping[str, str] | None = None

    def row(self, plugin: PluginChange) -> Row:
        return Row(
            name=clean(plugin.name, _NAME_MOST),
            about=", ".join(filter(None, (fineprint.state_word(plugin), self._owner(plugin.plugin)))),
            picture=self.sketches.picture(plugin.history, ROW),
            views=count(plugin.views.current),
            views_change=self._change(plugin.views),
            users=count(plugin.users.current),
            users_change=self._change(plugin.users),
        )

    def rest(self, plugins: Sequence[PluginChange], most: int) -> Listing | None:
        """The plugins that the table has no room for, by name."""
        if not plugins:
            return None
        lines = sorted((self._line(plugin) for plugin in plugins[:most]), key=str.casefold)
        return Listing(
            f"The other {plural(len(plugins), 'plugin')}, views", tuple(lines), left_out(plugins, most)
        )

    def _line(self, plugin: PluginChange) -> str:
        """A figure stays on the line of its name."""
        text = f"{clean(plugin.name, _NAME_IN_LIST)}{NBSP}{count(plugin.views.current)}"
        return f"{text}{NBSP}({change(plugin.views)})" if plugin.views.difference is not None else text

    def _change(self, value: Change) -> str:
        return change(value) if self.has_changes and is_known(value.current) else ""

    def _owner(self, plugin: str) -> str:
        if self.owners is None:
            return ""
        return clean(self.owners.get(plugin, "no owner"), _NAME_IN_LIST)


def total(label: str, value: Change) -> Total:
    known = is_known(value.current)
    return Total(label, count(value.current), against(value) if known else "", known)


def page_row(page: PluginPage, *, has_users: bool) -> PageRow:
    users = count(page.page.users) if has_users else ""
    return PageRow(
        clean(page.page.path, _PATH_MOST), clean(page.name, _NAME_MOST), count(page.page.views), users
    )


def team_preheader(digest: TeamDigest) -> str:
    """What a mail program shows behind the subject: the totals."""
    of = "of your plugin" if len(digest.plugins) == 1 else f"of your {len(digest.plugins)} plugins"
    text = f"{counted(digest.views.current, 'view')} by {counted(digest.users.current, 'user')} {of}"
    if not is_known(digest.users.current):
        text = f"{counted(digest.views.current, 'view')} {of}"
    return f"{text}, {days_in_words(digest.week)}. Views: {against(digest.views)}."


def chart_label(history: Sequence[Point]) -> str:
    """What the chart shows; what a striped bar and a dot are is said where there is one."""
    first, last = history[0].week.first_day, history[-1].week.last_day
    parts = [f"Views in each of {len(history)} weeks, {span(first, last)}", "the last bar is this week"]
    if any(point.status is Status.INCOMPLETE for point in history):
        parts.append("striped: incomplete")
    if not all(is_known(point.usage.views) for point in history):
        parts.append("a dot: no data")
    return "; ".join(parts)


def edition_of(edition: int) -> str:
    return f"Corrected edition {edition}" if edition > 1 else ""


def href_of(contact: str) -> str:
    """A link for a mail address or a web page; empty for anything else."""
    if contact.startswith(("https://", "http://")):
        return contact
    return f"mailto:{contact}" if "@" in contact and " " not in contact else ""


def left_out(things: Sequence[object], most: int) -> str:
    return f"and {len(things) - most:,} more" if len(things) > most else ""


def listing(title: str, lines: Iterable[str], most: int = 20) -> Listing:
    """A list of at most ``most`` lines."""
    every = tuple(lines)
    return Listing(title, every[:most], left_out(every, most))


def short_name(text: str) -> str:
    return shorten(clean(text), _NAME_IN_LIST)
