"""What is told of several plugins together beside what is told of each, so that no hidden count follows.

Owns which total is left out; `disclosure` knows what could be calculated from it.
"""

from collections.abc import Iterable, Sequence

from plugin_digest.diff.disclosure import UNKNOWN, Range, Seen, is_told
from plugin_digest.diff.hiding import WITHHELD, hide_new, hide_small, is_untold
from plugin_digest.model import LOOKBACK_WEEKS, Absent, Count, Point, Usage, is_known


def range_of(count: Count, limit: int) -> Range:
    """What a reader knows of a count that is shown so."""
    if is_known(count):
        return Range(count, count)
    return Range(1, limit - 1, is_secret=True) if count is Absent.HIDDEN else UNKNOWN


def seen(usage: Usage, limit: int) -> Seen:
    """What a reader knows of a usage that is shown so."""
    return Seen(range_of(usage.views, limit), range_of(usage.users, limit))


def protected(whole: Usage, parts: Iterable[Usage], limit: int) -> Usage:
    """What is told of several plugins together, where ``parts`` are told of each.

    Users are left out rather than views, which every chart is drawn from.
    """
    known = [seen(part, limit) for part in parts]
    choices = ((whole.views, whole.users), (whole.views, WITHHELD), (WITHHELD, whole.users))
    for views, users in choices:
        if not is_told(seen(Usage(views, users), limit), known):
            return Usage(views, users, whole.new_users)
    return Usage(WITHHELD, WITHHELD, whole.new_users)


def protected_portal(
    whole: Usage, plugins: Iterable[Usage], unattributed: Count, limit: int
) -> tuple[Usage, Count]:
    """As `protected`; the views of no plugin, which belong to the portal too, are left out first."""
    parts = [*plugins, Usage(hide_small(unattributed, limit), Absent.NOT_AVAILABLE)]
    if is_told(seen(whole, limit), [seen(part, limit) for part in parts]):
        parts[-1] = Usage(WITHHELD, Absent.NOT_AVAILABLE)
    return protected(whole, parts, limit), parts[-1].views


def told_users_of_weeks(users: Count, weeks: Sequence[Point], limit: int) -> Count:
    """The distinct users of several weeks, unless they tell those of one of the ``weeks``."""
    known = [Seen(users=range_of(point.usage.users, limit)) for point in weeks]
    return WITHHELD if is_told(Seen(users=range_of(users, limit)), known) else users


def told_new_users(usage: Usage, history: Sequence[Point], limit: int) -> Count:
    """A plugin's new users; ``history`` ends with the week.

    The others were users in one of the weeks before: had these too few, not many values are left.
    """
    return _told_new(usage, hide_new(usage.users, usage.new_users, limit), history, limit, limit - 1)


def told_new_users_together(
    usage: Usage, parts: Sequence[Usage], history: Sequence[Point], limit: int
) -> Count:
    """Those of several plugins, whose new users are told as in ``parts``.

    Who is new to all is new to each, and who returns to one returns to all: so they are left out with any
    part's.
    """
    if len(parts) == 1:
        return parts[0].new_users
    new = hide_new(usage.users, usage.new_users, limit)
    if not (is_known(new) or is_untold(new)):
        return new
    if usage.users is WITHHELD or any(is_untold(part.new_users) for part in parts):
        return WITHHELD
    most = sum(range_of(part.new_users, limit).high for part in parts)
    returning = [p.users - p.new_users for p in parts if is_known(p.users) and is_known(p.new_users)]
    if is_known(usage.users) and returning:
        most = min(most, usage.users - max(returning))
    return _told_new(usage, new, history, limit, most)


def _told_new(usage: Usage, new: Count, history: Sequence[Point], limit: int, most: int) -> Count:
    if new is not Absent.HIDDEN or not is_known(usage.users):
        return new
    before = history[-1 - LOOKBACK_WEEKS : -1]
    were_there = sum(range_of(point.usage.users, limit).high for point in before)
    if len(before) < LOOKBACK_WEEKS:
        were_there = usage.users
    least = max(usage.users - were_there, 1)
    return WITHHELD if least >= min(limit - 1, most) else new
