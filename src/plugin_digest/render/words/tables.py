"""The tables and lists of a letter: plugins, pages, searches."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from plugin_digest.model import Absent, Count, PluginChange, PluginPage, PluginSearch, Week, is_known
from plugin_digest.render.chart import Kind
from plugin_digest.render.layout import Cell, DataTable, Item, Row, Section
from plugin_digest.render.letterhead import Letterhead
from plugin_digest.render.names import clean, in_order, shorten_middle
from plugin_digest.render.words.cards import went_by
from plugin_digest.render.words.drawings import Drawings
from plugin_digest.render.words.fineprint import state_word
from plugin_digest.render.words.numbers import NBSP
from plugin_digest.render.words.particulars import is_broken_since, shown_state
from plugin_digest.render.words.writer import Writer, shows_change

NAME_IN_LIST = 60
PATH_MOST = 80


@dataclass(frozen=True)
class PluginTable:
    """How the plugins of one digest are told in lines; ``owners`` is None where all are the reader's."""

    writer: Writer
    letterhead: Letterhead
    drawings: Drawings
    since: Week
    """The first of the reported weeks."""
    has_users: bool
    owners: Mapping[str, str] | None = None

    def table(self, title: str, plugins: Sequence[PluginChange]) -> DataTable | None:
        """The plugins that have room in it; None without any."""
        if not plugins:
            return None
        say = self.writer.say
        has_rank = any(plugin.rank for plugin in plugins)
        has_usual = any(plugin.views_judgement.usual for plugin in plugins)
        heads = (
            *((say("Rank"),) if has_rank else ()),
            say("Views"),
            *((say("Usual"),) if has_usual else ()),
            *((say("Users"),) if self.has_users else ()),
        )
        rows = tuple(self._row(plugin, has_rank=has_rank, has_usual=has_usual) for plugin in plugins)
        return DataTable(title, say("Plugin"), heads, rows)

    def _row(self, plugin: PluginChange, *, has_rank: bool, has_usual: bool) -> Row:
        writer = self.writer
        compared = not is_broken_since(plugin, self.since)
        views = plugin.views_judgement
        cells = (
            *((Cell(writer.numbers.number(plugin.rank) if plugin.rank else ""),) if has_rank else ()),
            Cell(
                writer.count(plugin.views.current),
                writer.signed(plugin.views) if compared and shows_change(plugin.views, views) else "",
            ),
            *((Cell(writer.range(views) if compared else ""),) if has_usual else ()),
            *((self._users(plugin, compared=compared),) if self.has_users else ()),
        )
        break_week = plugin.series_break.week if plugin.series_break else None
        return Row(
            name=clean(plugin.name),
            cells=cells,
            about=self.about(plugin),
            picture=self.drawings.picture(
                plugin.history, Kind.ROW, judgement=views, marks=plugin.annotations, break_week=break_week
            ),
            link=self.letterhead.plugin_link(plugin.plugin),
        )

    def _users(self, plugin: PluginChange, *, compared: bool) -> Cell:
        shown = compared and shows_change(plugin.users, plugin.users_judgement)
        return Cell(
            self.writer.count(plugin.users.current), self.writer.signed(plugin.users) if shown else ""
        )

    def about(self, plugin: PluginChange) -> str:
        """What its week is called, how it parts from the portal and, in the portal digest, who owns it."""
        if is_broken_since(plugin, self.since):
            word = self.writer.say("measured differently")
        else:
            word = state_word(shown_state(plugin, self.since), self.writer) or self._apart(plugin)
        return self.writer.apart(list(filter(None, (word, self.owner(plugin.plugin)))))

    def _apart(self, plugin: PluginChange) -> str:
        """``up 4 %, portal down 36 %``; empty where the plugin goes with the portal."""
        against = plugin.against_portal
        if against is None or not against.is_news:
            return ""
        own, portal = (went_by(ratio - 1, self.writer) for ratio in (against.own, against.portal))
        return self.writer.say("{own}, portal {portal}", own=own, portal=portal)

    def owner(self, plugin: str) -> str:
        if self.owners is None:
            return ""
        name = self.owners.get(plugin)
        return in_list(name) if name else self.writer.say("no owner")

    def rest(self, plugins: Sequence[PluginChange], most: int) -> Section | None:
        """The plugins that the table has no room for, by name."""
        if not plugins:
            return None
        named = sorted(plugins[:most], key=lambda plugin: in_order(clean(plugin.name)))
        title = self.writer.plural("{n} more plugin, views", "{n} more plugins, views", len(plugins))
        items = tuple(Item(self._line(plugin)) for plugin in named)
        return Section(title, items, and_more(len(plugins) - most, self.writer), is_compact=True)

    def _line(self, plugin: PluginChange) -> str:
        """A figure stays on the line of its name; a change only where it is news."""
        text = f"{in_list(plugin.name)}{NBSP}{self.writer.count(plugin.views.current)}"
        change = self.writer.signed(plugin.views)
        if not change or not plugin.views_judgement.is_news or is_broken_since(plugin, self.since):
            return text
        return f"{text}{NBSP}({change})"


def in_list(name: str) -> str:
    return shorten_middle(clean(name), NAME_IN_LIST)


def by_told_views(plugins: Iterable[PluginChange]) -> Sequence[PluginChange]:
    """The most viewed first, in so far as their views are told; the name decides between equals."""
    return sorted(plugins, key=lambda plugin: (-_told(plugin.views.current), in_order(clean(plugin.name))))


def _told(count: Count) -> float:
    """Fewer than some are more than none; of what is not told nothing is given away."""
    if is_known(count):
        return count
    return 0.5 if count is Absent.HIDDEN else -1


def page_table(
    pages: Sequence[PluginPage], writer: Writer, letterhead: Letterhead, *, has_users: bool, is_alone: bool
) -> DataTable | None:
    """The most viewed pages; without the plugins' names where there is one only."""
    if not pages:
        return None
    heads = (writer.say("Views"), *((writer.say("Users"),) if has_users else ()))
    rows = tuple(
        Row(
            name=clean(each.page.path, PATH_MOST),
            cells=(
                Cell(writer.count(each.page.views)),
                *((Cell(writer.count(each.page.users)),) if has_users else ()),
            ),
            about="" if is_alone else in_list(each.name),
            link=letterhead.page_link(each.page.path),
        )
        for each in pages
    )
    return DataTable(writer.say("Most viewed pages"), writer.say("Page"), heads, rows)


def search_table(searches: Sequence[PluginSearch], writer: Writer, *, is_alone: bool) -> DataTable | None:
    """What people searched right before they came."""
    if not searches:
        return None
    rows = tuple(
        Row(
            name=clean(each.search.term, PATH_MOST),
            cells=(Cell(writer.count(each.search.users)),),
            about="" if is_alone else in_list(each.name),
        )
        for each in searches
    )
    title = writer.say("Searched right before they came")
    return DataTable(title, writer.say("Search term"), (writer.say("Users"),), rows)


def and_more(left: int, writer: Writer) -> str:
    return writer.plural("and {n} more", "and {n} more", left) if left > 0 else ""
