"""What is particular about a digest's weeks: whether they are whole, and held against others.

Asks the digest; words nothing.
"""

from dataclasses import dataclass

from plugin_digest.model import (
    DAYS_PER_WEEK,
    Absent,
    PluginChange,
    PluginState,
    PortalDigest,
    Status,
    TeamDigest,
    Verdict,
    Week,
)
from plugin_digest.render.words.writer import shows_change

Digest = TeamDigest | PortalDigest


@dataclass(frozen=True)
class Partial:
    """How many of the days are known; ``is_told`` is False where the missing ones are not named."""

    known: int
    every: int
    is_told: bool


def weeks_of(digest: Digest) -> int:
    return digest.weeks if isinstance(digest, TeamDigest) else 1


def partial_week(digest: Digest) -> Partial | None:
    """What is known of weeks that are not whole; None for whole ones."""
    provenance = digest.provenance
    if provenance.status is not Status.INCOMPLETE:
        return None
    every = DAYS_PER_WEEK * weeks_of(digest)
    missing = len(provenance.missing_days)
    return Partial(every - missing, every, is_told=bool(missing))


def is_compared(digest: Digest) -> bool:
    """Whether any figure of the digest could be held against the week before."""
    changes = (digest.views, digest.users, *(plugin.views for plugin in digest.plugins))
    return any(change.difference is not None for change in changes)


def has_changes(digest: Digest) -> bool:
    """Whether the letter tells any change."""
    every = (digest, *digest.plugins)
    return any(
        shows_change(each.views, each.views_judgement) or shows_change(each.users, each.users_judgement)
        for each in every
    )


def is_judged(digest: Digest) -> bool:
    """Whether it is known for any figure what is usual."""
    judgements = [digest.views_judgement, digest.users_judgement]
    judgements += [plugin.views_judgement for plugin in digest.plugins]
    return any(judgement.verdict is not Verdict.UNKNOWN for judgement in judgements)


def is_broken_since(plugin: PluginChange, since: Week) -> bool:
    """Whether it is measured in another way from one of the reported weeks on."""
    return plugin.series_break is not None and plugin.series_break.week >= since


def has_users(digest: Digest) -> bool:
    """Whether the source tells users at all; else a column of the same word would say nothing."""
    counts = (digest.users.current, *(plugin.users.current for plugin in digest.plugins))
    return any(count is not Absent.NOT_AVAILABLE for count in counts)


def shown_state(plugin: PluginChange, since: Week) -> PluginState | None:
    """What a plugin's week is called; None for an ordinary one, and where the figure says it already.

    Nobody is called quiet over two weeks of which one is not known, nor silent where the views may be counted
    elsewhere from one of the weeks since ``since`` on.
    """
    if is_broken_since(plugin, since) or plugin.state in (PluginState.ACTIVE, PluginState.NO_DATA):
        return None
    if plugin.state is PluginState.QUIET and plugin.views.difference is None:
        return None
    return plugin.state
