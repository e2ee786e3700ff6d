"""Pages and search terms without those that would tell who opened or typed them.

Owns which rows stay in a list, given what the digest shows of their plugin.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from plugin_digest.diff.disclosure import UNKNOWN, Range, is_told_by_sum, is_told_by_union
from plugin_digest.diff.hiding import hide_small
from plugin_digest.model import Absent, Count, PluginPage, PluginSearch, Usage, is_known

_NONE = Range(0, 0)
_NOTHING_SHOWN = Usage(Absent.NO_DATA, Absent.NO_DATA)


def range_of(count: Count, limit: int) -> Range:
    """What a reader knows of a count that is shown so."""
    if is_known(count):
        return Range(count, count)
    return Range(1, limit - 1, is_secret=True) if count is Absent.HIDDEN else UNKNOWN


def private_pages(
    pages: Sequence[PluginPage], usages: Mapping[str, Usage], limit: int
) -> tuple[PluginPage, ...]:
    """The pages, most viewed first, with small counts hidden, and cut so that none can be worked out.

    ``usages`` are what the digest shows of each plugin in the week of the pages. The worst is assumed: that
    the reader knows all of a plugin's pages.
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
        rows = _cut_by_views(_cut_by_users(rows, shown.users, limit), shown.views, limit)
        kept |= {(row.plugin, row.page.path) for row in rows}
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


def _cut_by_users(rows: list[PluginPage], users: Count, limit: int) -> list[PluginPage]:
    """Without the rows from the first hidden one on, where the plugin's users tell how many it had."""
    ranges = [range_of(row.page.users, limit) for row in rows]
    if not is_told_by_union(range_of(users, limit), ranges):
        return rows
    first = next((n for n, row in enumerate(rows) if row.page.users is Absent.HIDDEN), len(rows))
    return rows[:first]


def _cut_by_views(rows: list[PluginPage], views: Count, limit: int) -> list[PluginPage]:
    """Without as many rows from below as it takes for the plugin's other views to be many, or none."""
    total = range_of(views, limit)
    ranges = [range_of(row.page.views, limit) for row in rows]
    if any(is_told_by_sum(total, [*ranges, rest]) for rest in (_NONE, UNKNOWN)):
        rows = [row for row in rows if row.page.views is not Absent.HIDDEN]
    while rows and 0 < _rest(rows, views) < limit:
        rows = rows[:-1]
    return rows


def _rest(rows: Sequence[PluginPage], views: Count) -> int:
    """The plugin's views that are in no row; 0 where it is not known, or some rows are hidden."""
    known = [row.page.views for row in rows if is_known(row.page.views)]
    return views - sum(known) if is_known(views) and len(known) == len(rows) else 0
