"""Whether enough is judged to call a week ordinary, and which plugins stand in the way.

Asks the digest; words nothing.
"""

from collections.abc import Iterable, Sequence

from plugin_digest.model import PluginChange, TeamDigest, Verdict, is_known
from plugin_digest.render.words.writer import is_usual

_FIRST_WEEKS = 5
"""A plugin that was first seen so few weeks ago has no usual range yet."""


def is_ordinary(digest: TeamDigest) -> bool:
    """Whether enough is known to say that nothing unusual happened; what needs a look is not asked here."""
    judged = (digest.views_judgement, *(plugin.views_judgement for plugin in digest.plugins))
    if any(judgement.is_news for judgement in (digest.views_judgement, digest.users_judgement)):
        return False
    return any(map(is_usual, judged)) and not unjudged(digest.plugins)


def is_partly_judged(digest: TeamDigest) -> bool:
    """Whether nothing unusual can be said of some plugins, though not of all."""
    return any(is_usual(plugin.views_judgement) for plugin in digest.plugins) and bool(
        unjudged(digest.plugins)
    )


def unjudged(plugins: Iterable[PluginChange]) -> Sequence[PluginChange]:
    """Plugins with views of which nobody knows whether they are usual."""
    return [
        plugin
        for plugin in plugins
        if plugin.views_judgement.verdict is Verdict.UNKNOWN and _has_views(plugin)
    ]


def are_too_new(plugins: Iterable[PluginChange], digest: TeamDigest) -> bool:
    """Whether it is for their age that they are not judged."""
    since = digest.week.plus(1 - _FIRST_WEEKS)
    return all(plugin.first_seen is not None and plugin.first_seen >= since for plugin in plugins)


def _has_views(plugin: PluginChange) -> bool:
    counts = (plugin.views.current, plugin.views.previous)
    return any(is_known(count) and count > 0 for count in counts)
