"""Figures of the week before that were mailed and have moved since, because late data came in. Pure."""

from collections.abc import Iterable, Iterator

from plugin_digest.diff.change import usage_of, usage_of_set
from plugin_digest.model import Restatement, Snapshot, Usage, is_known

RESTATED_SHARE = 0.02
"""A figure that moved by no more than this share is not spoken of."""


def restated_figures(
    mailed: Snapshot | None,
    now: Snapshot | None,
    names: Iterable[tuple[str, str]],
    total: frozenset[str] | None,
    share: float = RESTATED_SHARE,
) -> tuple[Restatement, ...]:
    """What moved by more than ``share`` of what was mailed.

    ``names`` are the plugins with how they are called; ``total`` the set whose figures together are looked
    at first, None for the whole portal. Nothing is restated from or to a week that is not whole.
    """
    if mailed is None or now is None or not (mailed.is_complete and now.is_complete):
        return ()
    whole = (
        (mailed.portal, now.portal)
        if total is None
        else (usage_of_set(mailed, total), usage_of_set(now, total))
    )
    found = [*_moved("", *whole, share)]
    for plugin, name in names:
        found += _moved(name, usage_of(mailed, plugin), usage_of(now, plugin), share)
    return tuple(found)


def _moved(name: str, mailed: Usage, now: Usage, share: float) -> Iterator[Restatement]:
    pairs = (("views", mailed.views, now.views), ("users", mailed.users, now.users))
    for figure, before, after in pairs:
        if is_known(before) and is_known(after) and abs(after - before) > share * before:
            yield Restatement(name, figure, before, after)
