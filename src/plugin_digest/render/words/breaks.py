"""What is said of a plugin that seems to be measured in another way than before, and of the whole with it."""

from collections.abc import Mapping
from fractions import Fraction
from math import inf

from plugin_digest.model import (
    NOT_JUDGED,
    Break,
    BreakKind,
    Change,
    Judgement,
    PluginChange,
    PortalDigest,
    Verdict,
    is_known,
)
from plugin_digest.render.names import clean, shorten_middle
from plugin_digest.render.words.findings import NAME_IN_SENTENCE
from plugin_digest.render.words.writer import Writer

_LATELY = 4
"""Weeks until the portal's usual range, and its users in 28 days, are of the new kind."""
_FAR = Fraction(1, 20)
"""A change of a figure without a usual range that a reader may wonder at."""


def broken(found: Break, name: str, names: Mapping[str, str], writer: Writer) -> str:
    """A sentence about a plugin's break.

    ``names`` says how people write the canonical ids of the digest's own plugins; the twin may be another's.
    """
    twin = found.twin_name or names.get(found.twin, found.twin)
    return writer.say(
        "The way {name} is measured seems to have changed {when}: {how}.",
        name=shorten_middle(clean(name), NAME_IN_SENTENCE),
        when=writer.dates.in_week(found.week),
        how=_how(found, shorten_middle(clean(twin), NAME_IN_SENTENCE) if twin else "", writer),
    )


def _how(found: Break, twin: str, writer: Writer) -> str:
    if found.kind is BreakKind.USERS_LOST:
        return writer.say("users are hardly counted any more, while views go on")
    if found.kind is BreakKind.USERS_JUMPED:
        return writer.say("users changed out of proportion to views, so people may be told apart differently")
    if found.kind is BreakKind.ID_CHANGED:
        return _under_another_id(twin, writer, gained=found.gained)
    return _in_part(twin, writer, gained=found.gained)


def _in_part(twin: str, writer: Writer, *, gained: bool) -> str:
    if not twin and gained:
        return writer.say("a part of the views of no plugin may now be counted here")
    if not twin:
        return writer.say("a part of its views may now be counted under no plugin")
    if gained:
        return writer.say("a part of the views of {twin} may now be counted here", twin=twin)
    return writer.say("a part of its views may now be counted under {twin}", twin=twin)


def _under_another_id(twin: str, writer: Writer, *, gained: bool) -> str:
    if gained:
        return writer.say("its views may have been counted under {twin} before", twin=twin)
    return writer.say("its views may now be counted under {twin}", twin=twin)


def users_judgement(digest: PortalDigest) -> Judgement:
    """That of the portal's users; none where what is unusual may come from how people are told apart."""
    return NOT_JUDGED if are_users_in_doubt(digest) else digest.users_judgement


def are_users_in_doubt(digest: PortalDigest) -> bool:
    """Whether so many more or fewer users than usual may come from how people are told apart."""
    judgement, users = digest.users_judgement, digest.users.current
    if judgement.usual is None:
        return is_change_in_doubt(digest.users, digest)
    if not is_known(users) or not judgement.is_news:
        return False
    end = judgement.usual.high if judgement.verdict is Verdict.ABOVE else judgement.usual.low
    return _may_come_of_breaks(users - end, digest)


def is_change_in_doubt(users: Change, digest: PortalDigest) -> bool:
    """The same of a change of the portal's users, if it is large."""
    if not users.difference or not is_known(users.previous):
        return False
    return abs(users.difference) >= _FAR * users.previous and _may_come_of_breaks(users.difference, digest)


def _may_come_of_breaks(more: int, digest: PortalDigest) -> bool:
    since = digest.week.plus(1 - _LATELY)
    broken_lately = (
        (plugin, plugin.series_break)
        for plugin in digest.plugins
        if plugin.series_break is not None and plugin.series_break.week >= since
    )
    return abs(more) <= sum(_part(plugin, found, rises=more > 0) for plugin, found in broken_lately)


def _part(plugin: PluginChange, found: Break, *, rises: bool) -> float:
    """So many users at most may a plugin's break add to the portal's, or take from them."""
    if found.kind not in (BreakKind.USERS_LOST, BreakKind.USERS_JUMPED):
        return 0
    counts = [point.usage.users for point in plugin.history if point.week < found.week]
    before = max((count for count in counts[-_LATELY:] if is_known(count)), default=None)
    now = plugin.users.current
    if before is None or not is_known(now):
        return inf
    if rises:
        return now if now > before else 0
    return before if now < before else 0
