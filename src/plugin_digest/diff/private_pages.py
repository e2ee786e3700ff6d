"""Pages and search terms without those that would tell who opened or typed them.

Owns which rows stay in a list, given what the digest shows of their plugin.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile

from plugin_digest.diff.disclosure import Seen, is_told
from plugin_digest.diff.hiding import hide_small
from plugin_digest.diff.protection import seen
from plugin_digest.model import Absent, Count, PluginPage, PluginSearch, Usage, is_known

_NOTHING_SHOWN = Usage(Absent.NO_DATA, Absent.NO_DATA)


def private_pages(
    pages: Sequence[PluginPage], usages: Mapping[str, Usage], limit: int
) -> tuple[PluginPage, ...]:
    """The pages, most viewed first, with small counts hidden, and cut so that none can be worked out.

    ``usages`` are what the digest shows of each plugin in the week of the pages. The worst is assumed: that
    the reader knows all of a plugin's pages. Of a plugin whose own views are hidden no page is told, as the
    number of its pages would say how many they are at least.
    """
    hidden = [
        replace(
            row,
            page=replace(
                row.page, views=hide_small(row.page.views, limit), users=hide_small(row.page.users, limit)
            ),
        )
        for row in pages
    ]
    kept: set[tuple[str, str]] = set()
    for plugin in {row.plugin for row in hidden}:
        rows = [row for row in hidden if row.plugin == plugin]
        shown = usages.get(plugin, _NOTHING_SHOWN)
        kept |= {(row.plugin, row.page.path) for row in _cut(rows, shown, limit)}
    told = [row for row in hidden if (row.plugin, row.page.path) in kept]
    return tuple(sorted(told, key=_place))


def private_searches(searches: Iterable[PluginSearch], limit: int) -> tuple[PluginSearch, ...]:
    """The terms that at least ``limit`` people searched for, as far as is known."""
    return tuple(
        one for one in searches if limit == 0 or (is_known(one.search.users) and one.search.users >= limit)
    )


def _place(row: PluginPage) -> tuple[int, str, str]:
    """Those whose views are told keep their order, as it is that of the views; the others go by name."""
    if row.page.views is Absent.HIDDEN:
        return (1, row.plugin, row.page.path)
    return (0, "", "")


def _cut(rows: Sequence[PluginPage], usage: Usage, limit: int) -> Sequence[PluginPage]:
    """Without the rows that give a hidden count away: those of few views, then all from one of few users on.

    Last without as many rows from below as it takes for the plugin's other views to be many, or none. What is
    shown less can only tell less.
    """
    if usage.views is Absent.HIDDEN:
        return ()
    if _are_told(rows, usage, limit):
        rows = [row for row in rows if row.page.views is not Absent.HIDDEN]
    if _are_told(rows, usage, limit):
        rows = list(takewhile(lambda row: row.page.users is not Absent.HIDDEN, rows))
    while rows and 0 < _rest(rows, usage.views) < limit:
        rows = rows[:-1]
    return rows


def _are_told(rows: Sequence[PluginPage], usage: Usage, limit: int) -> bool:
    """Whether there are other pages, which nothing is known of, or none."""
    known = [seen(Usage(row.page.views, row.page.users), limit) for row in rows]
    whole = seen(usage, limit)
    return is_told(whole, known) or is_told(whole, [*known, Seen()])


def _rest(rows: Sequence[PluginPage], views: Count) -> int:
    """The plugin's views that are in no row; 0 where it is not known, or some rows are hidden."""
    known = [row.page.views for row in rows if is_known(row.page.views)]
    return views - sum(known) if is_known(views) and len(known) == len(rows) else 0
