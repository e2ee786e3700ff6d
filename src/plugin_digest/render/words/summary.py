"""The one sentence for the week that stands above all figures, and what a reader should know beside it.

The figures themselves stand below: a sentence repeats none of them.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from plugin_digest.model import (
    Absent,
    Change,
    Judgement,
    PluginChange,
    PluginState,
    PortalDigest,
    TeamDigest,
    Verdict,
    is_known,
)
from plugin_digest.render.names import clean, shorten_middle
from plugin_digest.render.words.breaks import users_judgement
from plugin_digest.render.words.catalogue import mark
from plugin_digest.render.words.findings import NAME_IN_SENTENCE, Finding, agrees, clauses, outside
from plugin_digest.render.words.ordinary import are_too_new, is_ordinary, is_partly_judged, unjudged
from plugin_digest.render.words.particulars import is_compared, partial_week
from plugin_digest.render.words.subjects import part_of_week, untold, without_finding, yours
from plugin_digest.render.words.writer import Noun, Writer, is_missing, is_usual

_NAMED = 3
_SUMMARY_MOST = 130
"""On a phone, five lines."""
_MOVED = Fraction(1, 20)
"""A change of the whole portal that a team is told of."""


def team_summary(digest: TeamDigest, found: Sequence[Finding], writer: Writer) -> str:
    """The letter's first sentence: what happened to the team's plugins, if anything did."""
    names = [each.in_sentence for each in found] + [_named(plugin) for plugin in digest.plugins]
    if len(digest.plugins) == 1:
        names.append(yours(digest.plugins, writer))
    return writer.opened(_team_summary(digest, found, writer), names)


def _team_summary(digest: TeamDigest, found: Sequence[Finding], writer: Writer) -> str:
    your = yours(digest.plugins, writer)
    if is_missing(digest.views.current):
        return writer.say("There are no data for {yours}, which is not the same as no views.", yours=your)
    if part := partial_week(digest):
        seen = part_of_week(writer.counted(digest.views.current, "views"), part, writer)
        return writer.say("{seen}, so not compared with other weeks.", seen=seen)
    if found:
        return _told(found, digest.plugins, writer)
    if digest.views.current == 0:
        return _without_views(digest, your, writer)
    return _without_findings(digest, your, writer)


def _without_findings(digest: TeamDigest, your: str, writer: Writer) -> str:
    if digest.quiet_weeks or is_ordinary(digest):
        return f"{without_finding(digest, writer)}."
    if digest.views_judgement.is_news or digest.users_judgement.is_news:
        return _unusual_together(digest, writer)
    if is_partly_judged(digest):
        return _partly_judged(digest, writer)
    if digest.views.current is Absent.HIDDEN and digest.hidden_below:
        seen = writer.counted(digest.views.current, "views")
        return writer.say("{seen} of {yours}, too few to compare.", seen=seen, yours=your)
    if not writer.tells(digest.views.current):
        return f"{untold(digest, writer)}."
    return _unjudged(digest, your, writer)


def _unjudged(digest: TeamDigest, your: str, writer: Writer) -> str:
    """The size of the week, beside that of the week before where that is told."""
    seen = writer.seen(digest.views.current, digest.users.current)
    if not is_compared(digest):
        return writer.say("{seen} of {yours}; not compared, the notes say why.", seen=seen, yours=your)
    if not writer.tells(digest.views.previous):
        return writer.say("{seen} of {yours}.", seen=seen, yours=your)
    return writer.before(
        mark("{seen} of {yours}; {before} the week before."),
        mark("{seen} of {yours}; {before} in the {weeks} weeks before."),
        seen=seen, yours=your, before=writer.counted(digest.views.previous, "views"),
    )  # fmt: skip


def _partly_judged(digest: TeamDigest, writer: Writer) -> str:
    """``Nothing unusual in nine plugins; Flux is too new to be judged``."""
    young = unjudged(digest.plugins)
    settled = [plugin for plugin in digest.plugins if is_usual(plugin.views_judgement)]
    usual, rest = _names_or_count(settled, writer), _names_or_count(young, writer)
    if are_too_new(young, digest):
        return writer.plural(
            "Nothing unusual in {usual}; {rest} is too new to be judged.",
            "Nothing unusual in {usual}; {rest} are too new to be judged.",
            len(young), usual=usual, rest=rest,
        )  # fmt: skip
    return writer.plural(
        "Nothing unusual in {usual}; {rest} cannot be judged.",
        "Nothing unusual in {usual}; {rest} cannot be judged.",
        len(young), usual=usual, rest=rest,
    )  # fmt: skip


def _names_or_count(plugins: Sequence[PluginChange], writer: Writer) -> str:
    if len(plugins) < _NAMED:
        return writer.listed([_named(plugin) for plugin in plugins])
    return writer.plural_in_letters("one plugin", "{n} plugins", len(plugins))


def _named(plugin: PluginChange) -> str:
    return shorten_middle(clean(plugin.name), NAME_IN_SENTENCE)


def _unusual_together(digest: TeamDigest, writer: Writer) -> str:
    is_views = digest.views_judgement.is_news
    judgement = digest.views_judgement if is_views else digest.users_judgement
    if judgement.verdict is Verdict.ABOVE and is_views:
        return writer.say("More views than usual in all, though no plugin alone stands out.")
    if is_views:
        return writer.say("Fewer views than usual in all, though no plugin alone stands out.")
    if judgement.verdict is Verdict.ABOVE:
        return writer.say("More users than usual in all, though no plugin alone stands out.")
    return writer.say("Fewer users than usual in all, though no plugin alone stands out.")


def _without_views(digest: TeamDigest, your: str, writer: Writer) -> str:
    if all(plugin.state is PluginState.NEVER_SEEN for plugin in digest.plugins):
        return writer.say("No views of {yours} in any stored week.", yours=your)
    if digest.views.previous == 0:
        return writer.before(
            mark("No views of {yours}, as in the week before."),
            mark("No views of {yours}, as in the {weeks} weeks before."),
            yours=your,
        )
    return writer.say("No views of {yours}.", yours=your)


def _told(found: Sequence[Finding], plugins: Sequence[PluginChange], writer: Writer) -> str:
    """Up to three findings by name: fewer where the names are long."""
    most = len(found) if len(found) <= _NAMED else _NAMED - 1
    for count in range(most, 0, -1):
        text = writer.listed(clauses(found[:count], writer))
        if len(text) <= _SUMMARY_MOST:
            break
    if others := len(found) - count:
        return writer.plural_in_letters(
            "{text}; one more plugin stands out.", "{text}; {n} more plugins stand out.", others, text=text
        )
    told = {each.plugin.plugin for each in found}
    rest = [plugin for plugin in plugins if plugin.plugin not in told]
    if any(is_usual(plugin.views_judgement) for plugin in rest) and not unjudged(rest):
        return writer.plural_in_letters(
            "{text}; nothing unusual in the other one.",
            "{text}; nothing unusual in the other {n}.",
            len(rest),
            text=text,
        )
    return f"{text}."


def beside_summary(digest: TeamDigest, writer: Writer) -> Iterator[str]:
    """How the whole portal went, where it moved so far that a plugin's change may be the portal's."""
    ratio = digest.portal_views.ratio
    if digest.weeks > 1 or ratio is None or abs(ratio) < _MOVED:
        return
    yield writer.say("The whole portal: {change}.", change=writer.more(digest.portal_views, "views"))


def portal_summary(digest: PortalDigest, writer: Writer) -> str:
    """The portal letter's first sentence: whether the week is unusual, or its size."""
    return writer.opened(_portal_summary(digest, writer))


def _portal_summary(digest: PortalDigest, writer: Writer) -> str:
    if part := partial_week(digest):
        seen = part_of_week(writer.counted(digest.views.current, "views"), part, writer)
        return writer.say("{seen}, so not compared with other weeks.", seen=seen)
    judgements = (users_judgement(digest), digest.views_judgement)
    if any(judgement.is_news for judgement in judgements):
        return _portal_unusual(digest, writer)
    if any(map(is_usual, judgements)):
        return writer.say("An ordinary week for the portal.")
    seen = writer.seen(digest.views.current, digest.users.current)
    if is_known(digest.plugins_in_use.current):
        in_use = digest.plugins_in_use.current
        seen = writer.plural("{seen}, {n} plugin in use", "{seen}, {n} plugins in use", in_use, seen=seen)
    return f"{seen}."


def _portal_unusual(digest: PortalDigest, writer: Writer) -> str:
    figures: tuple[tuple[Change, Judgement, Noun], ...] = (
        (digest.users, users_judgement(digest), "users"),
        (digest.views, digest.views_judgement, "views"),
    )
    unusual = [each for each in figures if each[1].is_news]
    changes = [writer.more(change, noun) for change, judgement, noun in unusual if agrees(change, judgement)]
    if not changes:
        told = writer.apart([outside(*each, writer) for each in unusual])
        return writer.say("An unusual week for the portal: {seen}.", seen=told)
    return writer.say("{changes} than the week before.", changes=writer.listed(changes))
