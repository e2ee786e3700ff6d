"""Which plugin each page of a report belongs to, and the segment that holds the visits to some plugins. Pure.

A segment is a condition on visits: those with at least one page whose address begins with one of several
texts. Matomo compares them with SQL's LIKE, without case, ``_`` standing for any character
(``core/Tracker/TableLogAction.php``), so a text that would take another plugin's page too is not used.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from plugin_digest.model import Absent, Page
from plugin_digest.sources.attribution import PathRule, PluginFrom, attribute_path, match_rule, strip_query
from plugin_digest.sources.matomo.answers import Row

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)
_FIRST_SEGMENT = re.compile(r"/*[^/?#]+")
_PLAIN = re.compile(r"[A-Za-z0-9/:._~?#=@!-]+")
"""An address that survives however often a version of Matomo decodes it, and holds no separator."""

_SEGMENT_LIMIT = 8_000
"""Matomo cuts a segment off after 8,192 characters, without a word (``core/Segment.php``)."""

_STARTS, _IS = "pageUrl=^", "pageUrl=="


@dataclass(frozen=True)
class SeenPage:
    """One row of the report; ``url`` is empty where it stands for several pages.

    ``condition`` takes visits to it, and to pages that are the plugin's alike.
    """

    url: str
    path: str
    plugin: str | None
    views: int
    condition: str


@dataclass(frozen=True)
class SeenPages:
    """All pages of a week.

    Matomo may put pages together, those of a folder or of the whole site: ``is_truncated``. Where it is not
    clear whose they are, they are hidden.
    """

    pages: tuple[SeenPage, ...]
    hidden_views: int = 0
    has_hidden: bool = False
    is_truncated: bool = False

    @cached_property
    def views(self) -> int:
        return sum(page.views for page in self.pages) + self.hidden_views

    @cached_property
    def by_plugin(self) -> Mapping[str | None, Sequence[SeenPage]]:
        found: dict[str | None, list[SeenPage]] = defaultdict(list)
        for page in self.pages:
            found[page.plugin].append(page)
        return dict(found)

    @cached_property
    def plugins(self) -> Mapping[str, int]:
        """Views of each plugin, most viewed first."""
        views = {
            plugin: sum(page.views for page in pages)
            for plugin, pages in self.by_plugin.items()
            if plugin is not None
        }
        ranked = sorted(views.items(), key=lambda item: (-item[1], item[0]))
        return {plugin: count for plugin, count in ranked if count}

    def top(self, plugin: str | None, most: int) -> tuple[Page, ...]:
        """The plugin's most viewed pages, without query."""
        views: dict[str, int] = defaultdict(int)
        for page in self.by_plugin.get(plugin, ()):
            if page.url:
                views[page.path] += page.views
        ranked = sorted(views.items(), key=lambda item: (-item[1], item[0]))[:most]
        return tuple(Page(path, count, Absent.NOT_AVAILABLE) for path, count in ranked)

    def segment(self, plugins: Collection[str]) -> str | None:
        """The segment of visits to any page of these plugins, None if Matomo cannot be asked for it."""
        pages = [page for plugin in plugins for page in self.by_plugin.get(plugin, ()) if page.url]
        taken = {page.condition for page in pages if self._reach[page.condition] <= set(plugins)}
        single = {f"{_IS}{page.url}" for page in pages if page.condition not in taken}
        if single and self.is_truncated:
            return None  # not every page of theirs is listed
        conditions = sorted(taken | single)
        segment = ",".join(conditions)
        is_plain = all(_PLAIN.fullmatch(condition[len(_IS) :]) for condition in conditions)
        return segment if conditions and is_plain and len(segment) <= _SEGMENT_LIMIT else None

    @cached_property
    def _reach(self) -> Mapping[str, frozenset[str | None]]:
        """The plugins that each condition's pages belong to."""
        own = {(page.condition, page.plugin) for page in self.pages if page.url}
        texts = {condition: _as_like(condition) for condition, _ in own if condition.startswith(_STARTS)}
        reach: dict[str, set[str | None]] = defaultdict(set)
        for condition, plugin in own:
            reach[condition].add(plugin)
        urls = [(page.url, page.plugin) for page in self.pages if page.url]
        for condition, like in texts.items():
            reach[condition].update(plugin for url, plugin in urls if like.match(url))
        return {condition: frozenset(some) for condition, some in reach.items()}


def _as_like(condition: str) -> re.Pattern[str]:
    text = re.escape(condition.removeprefix(_STARTS)).replace("_", ".")
    return re.compile(text, re.IGNORECASE | re.DOTALL)


def sort_pages(rows: Sequence[Row], plugin_from: PluginFrom, aliases: Mapping[str, str]) -> SeenPages:
    """Every row with its plugin. Rows that belong to no page count as unattributed."""
    hidden = [row for row in rows if row.is_others and not _is_of_one(row.folder, plugin_from)]
    pages = (_seen(row, plugin_from, aliases) for row in rows if row not in hidden)
    return SeenPages(
        tuple(pages),
        hidden_views=sum(row.views for row in hidden),
        has_hidden=bool(hidden),
        is_truncated=any(row.is_others for row in rows),
    )


def _is_of_one(folder: str | None, plugin_from: PluginFrom) -> bool:
    """Whether all pages of a folder belong to the same plugin, or to none."""
    if folder is None or isinstance(plugin_from, str):
        return folder is not None
    return not any(
        rule.prefix.lower().startswith(folder.lower())
        for rule in plugin_from
        if rule.prefix.lower() != folder.lower()
    )


def _seen(row: Row, plugin_from: PluginFrom, aliases: Mapping[str, str]) -> SeenPage:
    if row.folder:
        return SeenPage("", row.folder, attribute_path(row.folder, plugin_from, aliases), row.views, "")
    origin = match[0] if (match := _ORIGIN.match(row.url)) else ""
    path = strip_query(row.url[len(origin) :]) or "/"
    plugin = attribute_path(path, plugin_from, aliases) if row.url else None
    condition = _condition(row.url, len(origin), path, plugin_from)
    return SeenPage(row.url, path, plugin, row.views, condition)


def _condition(url: str, origin: int, path: str, plugin_from: PluginFrom) -> str:
    """What the addresses of all pages of the same kind begin with; the page's own where there is no more."""
    head, has_border = _head(path, plugin_from)
    if not has_border:
        return f"{_STARTS}{url[: origin + head]}"
    border = origin + head
    return f"{_STARTS}{url[: border + 1]}" if len(url) > border else f"{_IS}{url}"


def _head(path: str, plugin_from: PluginFrom) -> tuple[int, bool]:
    """How many characters of the path name the plugin, and whether a ``/``, ``?`` or ``#`` must follow."""
    if isinstance(plugin_from, str):
        match = _FIRST_SEGMENT.match(path)
        return (match.end() if match else len(path)), True
    prefix = max(_taking(path, plugin_from), key=len, default=path)
    return len(prefix.rstrip("/")), prefix.endswith("/")


def _taking(path: str, rules: Sequence[PathRule]) -> Iterator[str]:
    return (rule.prefix for rule in rules if match_rule(path, [rule]) is not None)
