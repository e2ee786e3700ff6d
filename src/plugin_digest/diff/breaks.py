"""Breaks in a plugin's series: weeks from which on its figures are not of one kind with those before.

Told from weekly counts alone: an id that stops while another begins, views that move from one id to another,
users that vanish or multiply while views stay. Each may be a real event as well, so a break is a suspicion;
it keeps -100 % and "new" from being told as news. Pure, and the same every week from the same snapshots.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from plugin_digest.diff.change import usage_of
from plugin_digest.diff.series import Series
from plugin_digest.diff.steps import Trace, traffic
from plugin_digest.diff.transfers import id_changes, moves
from plugin_digest.diff.user_breaks import user_breaks
from plugin_digest.model import Break, BreakKind, Count, Snapshot, Week, is_known

_LEAST_WEEKS = 4
_QUIET = 0.35
"""Weeks with less of the usual traffic are left out: holidays and outages hit plugins unevenly."""
_OF_USERS = frozenset({BreakKind.USERS_LOST, BreakKind.USERS_JUMPED})


def find_breaks(series: Series) -> Mapping[str, Break]:
    """Each plugin's newest break in the weeks of the history, by canonical id.

    Incomplete weeks, those of another source and those without the usual traffic are skipped; where fewer
    than four are left, nothing can be told. The same break is found again every week, until it is older than
    the history.
    """
    weeks = _usable(series)
    views = {plugin: _views(series, plugin, weeks) for plugin in series.plugins_seen()}
    known = {plugin: row for plugin, row in views.items() if row is not None}
    index = traffic(known.values())
    kept = [n for n, share in enumerate(index) if share >= _QUIET]
    if len(kept) < _LEAST_WEEKS:
        return {}
    weeks = [weeks[n] for n in kept]
    traces = [
        Trace(
            plugin,
            tuple(row[n] for n in kept),
            tuple(row[n] / index[n] for n in kept),
            _views_per_user(series, plugin, weeks),
        )
        for plugin, row in sorted(known.items())
    ]
    changed = list(id_changes(traces, weeks, series.first_seen))
    nobodys = _of_nobody(series, weeks, [index[n] for n in kept])
    moved = moves([*traces, *nobodys], weeks, {(one.plugin, one.week) for one in changed})
    users = user_breaks(traces, weeks, series.snapshots)
    newest = _newest(chain(changed, moved, users), series.weeks())
    return {
        plugin: replace(one, twin_name=series.spellings.get(one.twin, "")) for plugin, one in newest.items()
    }


def usable_weeks(found: Break | None, weeks: Iterable[Week], figure: str) -> tuple[Week, ...]:
    """Those of the ``weeks`` whose ``figure`` (views or users) is of one kind with the newest one.

    A week before a break is not; where only users broke, views of all weeks are.
    """
    if found is None or (figure == "views" and found.kind in _OF_USERS):
        return tuple(weeks)
    return tuple(week for week in weeks if week >= found.week)


def _usable(series: Series) -> list[Week]:
    current = series.current
    return [
        week
        for week, snapshot in sorted(series.snapshots.items())
        if week <= series.week and snapshot.is_complete and _is_of_one_source(snapshot, current)
    ]


def _is_of_one_source(one: Snapshot, other: Snapshot) -> bool:
    return (one.source, one.timezone) == (other.source, other.timezone)


def _views(series: Series, plugin: str, weeks: Sequence[Week]) -> list[int] | None:
    """The plugin's views in each of the weeks; None where one of them is not known."""
    counts: list[Count] = [usage_of(series.snapshots[week], plugin).views for week in weeks]
    known = [count for count in counts if is_known(count)]
    return known if len(known) == len(counts) else None


def _of_nobody(series: Series, weeks: Sequence[Week], index: Sequence[float]) -> Iterator[Trace]:
    """The trace of views without a plugin, if they are known in all of the weeks."""
    counts = [series.snapshots[week].unattributed.views for week in weeks]
    known = [count for count in counts if is_known(count)]
    if len(known) == len(counts):
        yield Trace("", tuple(known), tuple(count / share for count, share in zip(known, index, strict=True)))


def _views_per_user(series: Series, plugin: str, weeks: Sequence[Week]) -> float:
    usages = [usage_of(series.snapshots[week], plugin) for week in weeks]
    pairs = [(u.views, u.users) for u in usages if is_known(u.views) and is_known(u.users) and u.users > 0]
    return sum(views for views, _ in pairs) / sum(users for _, users in pairs) if pairs else 0.0


def _newest(breaks: Iterable[Break], weeks: Sequence[Week]) -> dict[str, Break]:
    """Of the breaks within the weeks each plugin's newest; of one week, the first that was found."""
    newest: dict[str, Break] = {}
    for one in breaks:
        if weeks[0] <= one.week and (one.plugin not in newest or newest[one.plugin].week < one.week):
            newest[one.plugin] = one
    return newest
