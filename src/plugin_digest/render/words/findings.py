"""Which plugins of a digest need a look, and why; in a few words for a subject and as part of a sentence.

Owns what is worth a word. Knows no layout; a rise is never called good, nor a fall bad.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from plugin_digest.model import (
    Change,
    Judgement,
    PluginChange,
    PluginState,
    PortalDigest,
    TeamDigest,
    Verdict,
    Week,
)
from plugin_digest.render.names import clean, shorten_middle
from plugin_digest.render.words.catalogue import mark
from plugin_digest.render.words.particulars import is_broken_since
from plugin_digest.render.words.writer import Noun, Writer, is_usual

NAME_IN_SUBJECT = 30
NAME_IN_SENTENCE = 40
_STEADY = 3.0
"""A plugin that was silent before anything is known to be usual: so many standard errors from zero."""
_FAR = 6.0
"""A change before anything is known to be usual: so many standard errors."""
_HALF, _TWICE = Fraction(-1, 2), Fraction(1)
"""And at least so far."""


class Reason(StrEnum):
    """Why a plugin needs a look; the first that applies."""

    BREAK = "break"
    NEW = "new"
    BACK = "back"
    SILENT = "silent"
    UNUSUAL = "unusual"
    CHANGED = "changed"
    """It lost half or doubled before it is known what is usual."""
    CAME = "came"
    """It came from another team, or from nobody."""


@dataclass(frozen=True)
class Finding:
    """A plugin that needs a look. ``figure`` is the one that stands out."""

    plugin: PluginChange
    reason: Reason
    figure: Noun = "views"

    @property
    def name(self) -> str:
        return clean(self.plugin.name)

    @property
    def in_sentence(self) -> str:
        return shorten_middle(self.name, NAME_IN_SENTENCE)

    @property
    def in_subject(self) -> str:
        return shorten_middle(self.name, NAME_IN_SUBJECT)

    @property
    def change(self) -> Change:
        return self.plugin.users if self.figure == "users" else self.plugin.views

    @property
    def judgement(self) -> Judgement:
        return judgement_of(self.plugin, self.figure)

    @property
    def rises(self) -> bool:
        return self.judgement.verdict is Verdict.ABOVE


def findings(digest: TeamDigest) -> list[Finding]:
    """What needs a look, in the order of the plugins."""
    came = {move.plugin for move in digest.moves}
    return found_in(digest.plugins, digest.week, digest.weeks, came)


def movers(digest: PortalDigest) -> list[Finding]:
    """The plugins with an unusual week, in their order; new and silent ones are listed on their own."""
    found = found_in(digest.movers, digest.week)
    return [each for each in found if each.reason not in (Reason.NEW, Reason.SILENT)]


def found_in(
    plugins: Sequence[PluginChange], week: Week, weeks: int = 1, came: Collection[str] = ()
) -> list[Finding]:
    """What needs a look in the ``weeks`` up to ``week``; ``came`` are new to their owner."""
    found: list[Finding] = []
    for plugin in plugins:
        reason = _reason(plugin, week.plus(1 - weeks), came)
        if reason is not None:
            found.append(Finding(plugin, reason, figure_of(plugin)))
    return found


def _reason(plugin: PluginChange, since: Week, came: Collection[str]) -> Reason | None:
    reasons = {
        Reason.BREAK: is_broken_since(plugin, since),
        Reason.NEW: plugin.state is PluginState.NEW,
        Reason.BACK: plugin.state is PluginState.BACK and not is_usual(plugin.views_judgement),
        Reason.SILENT: plugin.state is PluginState.SILENT and _was_steady(plugin),
        Reason.UNUSUAL: plugin.views_judgement.is_news or plugin.users_judgement.is_news,
        Reason.CHANGED: _changed_far(plugin),
        Reason.CAME: plugin.plugin in came,
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def _was_steady(plugin: PluginChange) -> bool:
    judgements = (plugin.views_judgement, plugin.users_judgement)
    if all(judgement.verdict is Verdict.UNKNOWN for judgement in judgements):
        return plugin.attention >= _STEADY
    return any(judgement.is_news for judgement in judgements)


def _changed_far(plugin: PluginChange) -> bool:
    ratio = plugin.views.ratio
    if plugin.views_judgement.verdict is not Verdict.UNKNOWN or ratio is None:
        return False
    return plugin.attention >= _FAR and not _HALF < ratio < _TWICE


def figure_of(plugin: PluginChange) -> Noun:
    """The figure that is further from what is usual; views where neither is."""
    users = plugin.users_judgement
    return "users" if users.is_news and users.surprise > plugin.views_judgement.surprise else "views"


def judgement_of(plugin: PluginChange, figure: Noun) -> Judgement:
    return plugin.users_judgement if figure == "users" else plugin.views_judgement


def headline(found: Finding, writer: Writer) -> str:
    """``Jenkins: 31 % more users``, for a subject."""
    return writer.say("{name}: {what}", name=found.in_subject, what=_brief(found, writer))


def _brief(found: Finding, writer: Writer) -> str:
    return _BRIEFS[found.reason](found, writer)


def outside(change: Change, judgement: Judgement, figure: Noun, writer: Writer) -> str:
    """The change, where it goes the way in which the week is unusual; else the figure with what is usual."""
    if agrees(change, judgement):
        return writer.more(change, figure)
    seen = writer.counted(change.current, figure)
    return writer.say("{seen}, usual: {range}", seen=seen, range=writer.range(judgement))


def agrees(change: Change, judgement: Judgement) -> bool:
    """Whether the change goes the way in which the week is unusual."""
    rises = judgement.verdict is Verdict.ABOVE
    return bool(change.difference) and ((change.difference or 0) > 0) is rises


_BRIEFS: dict[Reason, Callable[[Finding, Writer], str]] = {
    Reason.BREAK: lambda _, w: w.say("measured differently"),
    Reason.NEW: lambda f, w: w.say("new, {seen}", seen=w.counted(f.plugin.views.current, "views")),
    Reason.BACK: lambda f, w: w.say("back, {seen}", seen=w.counted(f.plugin.views.current, "views")),
    Reason.SILENT: lambda f, w: w.say("no views, {n} before", n=w.count(f.plugin.views.previous)),
    Reason.UNUSUAL: lambda f, w: outside(f.change, f.judgement, f.figure, w),
    Reason.CHANGED: lambda f, w: w.more(f.plugin.views, "views"),
    Reason.CAME: lambda _, w: w.say("now one of your plugins"),
}


def clause(found: Finding, writer: Writer) -> str:
    """``Jenkins had more users than usual``: a part of a sentence, without figures."""
    return _CLAUSES[found.reason](found, writer)


def clauses(found: Sequence[Finding], writer: Writer) -> list[str]:
    """One for each, or for several of the same kind: ``Flux and Kafka are new``."""
    told: list[str] = []
    for reason in dict.fromkeys(each.reason for each in found):
        same = [each for each in found if each.reason is reason]
        if reason in _TOGETHER and len(same) > 1:
            told.append(_TOGETHER[reason](writer.listed([each.in_sentence for each in same]), writer))
        else:
            told += [clause(each, writer) for each in same]
    return told


def _unusual(found: Finding, writer: Writer) -> str:
    name = found.in_sentence
    if found.figure == "users":
        if found.rises:
            return writer.say("{name} had more users than usual", name=name)
        return writer.say("{name} had fewer users than usual", name=name)
    if found.rises:
        return writer.say("{name} had more views than usual", name=name)
    return writer.say("{name} had fewer views than usual", name=name)


def _changed(found: Finding, writer: Writer) -> str:
    change = writer.more(found.plugin.views, "views")
    return writer.before(
        mark("{name} had {change} than the week before"),
        mark("{name} had {change} than in the {weeks} weeks before"),
        name=found.in_sentence, change=change,
    )  # fmt: skip


_CLAUSES: dict[Reason, Callable[[Finding, Writer], str]] = {
    Reason.BREAK: lambda f, w: w.say("{name} seems to be measured differently", name=f.in_sentence),
    Reason.NEW: lambda f, w: w.say("{name} is new", name=f.in_sentence),
    Reason.BACK: lambda f, w: w.say("{name} is back", name=f.in_sentence),
    Reason.SILENT: lambda f, w: w.say("{name} had no views", name=f.in_sentence),
    Reason.CAME: lambda f, w: w.say("{name} is now one of your plugins", name=f.in_sentence),
    Reason.UNUSUAL: _unusual,
    Reason.CHANGED: _changed,
}
_TOGETHER: dict[Reason, Callable[[str, Writer], str]] = {
    Reason.BREAK: lambda names, w: w.say("{names} seem to be measured differently", names=names),
    Reason.NEW: lambda names, w: w.say("{names} are new", names=names),
    Reason.SILENT: lambda names, w: w.say("{names} had no views", names=names),
}
