"""What a letter says first: its subject, its preheader and the one sentence for the week.

Owns their order and their length: a phone shows the first forty characters.
"""

from collections.abc import Iterator, Sequence

from plugin_digest.model import (
    Change,
    Judgement,
    PluginChange,
    PluginState,
    PortalDigest,
    TeamDigest,
    Verdict,
    is_known,
)
from plugin_digest.render.names import clean, shorten
from plugin_digest.render.words.catalogue import mark
from plugin_digest.render.words.findings import NAME_IN_SUBJECT, Finding, agrees, clause, headline, outside
from plugin_digest.render.words.particulars import Digest, Partial, is_compared, partial_week
from plugin_digest.render.words.writer import Noun, Writer, is_missing, is_usual

SUBJECT_MOST = 70
PREHEADER_MOST = 140
_NAMED = 3


def team_subject(
    digest: TeamDigest, found: Sequence[Finding], portal: str, writer: Writer
) -> tuple[str, str]:
    """The finding, and where and when it was: together at most 70 characters with `` · `` between."""
    return _fitted(list(_team_headlines(digest, found, writer)), digest, portal, writer)


def portal_subject(
    digest: PortalDigest, found: Sequence[Finding], portal: str, writer: Writer
) -> tuple[str, str]:
    """As `team_subject`, for the whole portal."""
    return _fitted(list(_portal_headlines(digest, found, writer)), digest, portal, writer)


def _team_headlines(digest: TeamDigest, found: Sequence[Finding], writer: Writer) -> Iterator[str]:
    """From the one that says most to the one that fits most."""
    yours = _yours(digest.plugins, writer)
    if is_missing(digest.views.current):
        yield writer.say("No data for {yours}", yours=yours)
    elif part := partial_week(digest):
        yield _partial(writer.counted(digest.views.current, "views"), part, writer)
    elif found:
        yield from _found_headlines(found, writer)
    else:
        yield _without_finding(digest, yours, writer)


def _found_headlines(found: Sequence[Finding], writer: Writer) -> Iterator[str]:
    first, others = headline(found[0], writer), len(found) - 1
    if others == 1:
        yield writer.apart([first, headline(found[1], writer)])
    if others:
        yield writer.plural(
            "{first}; {n} other stands out", "{first}; {n} others stand out", others, first=first
        )
    yield first


def _without_finding(digest: TeamDigest, yours: str, writer: Writer) -> str:
    if digest.quiet_weeks:
        weeks = writer.language.letters(digest.quiet_weeks)
        return writer.say("Nothing unusual in {weeks} weeks for {yours}", weeks=weeks, yours=yours)
    if digest.views.current == 0:
        return writer.say("No views of {yours}", yours=yours)
    if is_ordinary(digest):
        return _ordinary(digest, yours, writer)
    if not writer.tells(digest.views.current):
        return _untold(digest, yours, writer)
    return writer.say("{seen} of {yours}", yours=yours, seen=writer.counted(digest.views.current, "views"))


def _untold(digest: TeamDigest, yours: str, writer: Writer) -> str:
    """Where the views are left out: the users, if they are not."""
    if not writer.tells(digest.users.current):
        return writer.say("Views of {yours}: not told", yours=yours)
    users = writer.counted(digest.users.current, "users")
    return writer.sentence_start(writer.say("{yours} had {users}", yours=yours, users=users))


def is_ordinary(digest: TeamDigest) -> bool:
    """Whether enough is known to say that nothing unusual happened; what needs a look is not asked here."""
    judged = (digest.views_judgement, *(plugin.views_judgement for plugin in digest.plugins))
    together = (digest.views_judgement, digest.users_judgement)
    return any(map(is_usual, judged)) and not any(judgement.is_news for judgement in together)


def _ordinary(digest: TeamDigest, yours: str, writer: Writer) -> str:
    if digest.weeks > 1:
        weeks = writer.language.letters(digest.weeks)
        text = writer.say("{weeks} ordinary weeks for {yours}", weeks=weeks, yours=yours)
        return writer.sentence_start(text)
    return writer.say("An ordinary week for {yours}", yours=yours)


def _partial(seen: str, part: Partial, writer: Writer) -> str:
    if not part.is_told:
        return writer.say("{seen} in a week that was not over", seen=seen)
    every = writer.numbers.number(part.every)
    return writer.plural(
        "{seen} on {n} day of {all}", "{seen} on {n} days of {all}", part.known, seen=seen, all=every
    )


def _portal_headlines(digest: PortalDigest, found: Sequence[Finding], writer: Writer) -> Iterator[str]:
    views = writer.counted(digest.views.current, "views")
    if not is_known(digest.views.current):
        yield writer.sentence_start(views)
        return
    if part := partial_week(digest):
        yield _partial(views, part, writer)
        return
    parts = [_portal_finding(digest, writer)]
    if found:
        parts.append(writer.plural("{n} plugin stands out", "{n} plugins stand out", len(found)))
    if digest.new:
        parts.append(writer.plural("{n} new", "{n} new", len(digest.new)))
    if digest.silent:
        parts.append(writer.plural("{n} silent", "{n} silent", len(digest.silent)))
    for kept in range(len(parts), 0, -1):
        yield ", ".join(parts[:kept])


def _portal_finding(digest: PortalDigest, writer: Writer) -> str:
    if digest.users_judgement.is_news:
        return writer.sentence_start(outside(digest.users, digest.users_judgement, "users", writer))
    if digest.views_judgement.is_news:
        return writer.sentence_start(outside(digest.views, digest.views_judgement, "views", writer))
    if is_usual(digest.views_judgement) or is_usual(digest.users_judgement):
        return writer.say("An ordinary week")
    return writer.counted(digest.views.current, "views")


def _fitted(headlines: Sequence[str], digest: Digest, portal: str, writer: Writer) -> tuple[str, str]:
    short = writer.dates.week_name(digest.week, writer.weeks)
    whole = writer.say("{portal} {week}", portal=portal, week=short)
    if digest.edition > 1:
        headlines = [writer.say("Corrected: {finding}", finding=finding) for finding in headlines]
    for finding in headlines:
        for place in (whole, short):
            if len(f"{finding} · {place}") <= SUBJECT_MOST:
                return finding, place
    return shorten(headlines[-1], SUBJECT_MOST - len(f" · {short}")), short


def team_summary(digest: TeamDigest, found: Sequence[Finding], writer: Writer) -> str:
    """The letter's first sentence: what happened to the team's plugins, if anything did."""
    yours = _yours(digest.plugins, writer)
    if is_missing(digest.views.current):
        return writer.say("There are no data for {yours}, which is not the same as no views.", yours=yours)
    seen = writer.seen(digest.views.current, digest.users.current)
    if part := partial_week(digest):
        text = _partial(seen, part, writer)
        return writer.say("{seen}; so it is not compared with other weeks.", seen=text)
    if found:
        return _told(found, digest.plugins, writer)
    if digest.views.current == 0:
        return _without_views(digest, yours, writer)
    return _without_findings(digest, yours, seen, writer)


def _without_findings(digest: TeamDigest, yours: str, seen: str, writer: Writer) -> str:
    if digest.quiet_weeks or is_ordinary(digest):
        return _nothing_unusual(digest, yours, seen, writer)
    if digest.views_judgement.is_news or digest.users_judgement.is_news:
        return _unusual_together(digest, seen, writer)
    if not writer.tells(digest.views.current):
        return f"{_untold(digest, yours, writer)}."
    if not is_compared(digest):
        return writer.say("{seen} of {yours}; not compared, the notes say why.", seen=seen, yours=yours)
    before = writer.count(digest.views.previous)
    return writer.before(
        mark("{seen} of {yours}; {n} views the week before."),
        mark("{seen} of {yours}; {n} views in the {weeks} weeks before."),
        seen=seen, yours=yours, n=before,
    )  # fmt: skip


def _nothing_unusual(digest: TeamDigest, yours: str, seen: str, writer: Writer) -> str:
    text = _without_finding(digest, yours, writer)
    if not any(map(writer.tells, (digest.views.current, digest.users.current))):
        return f"{text}."
    if digest.quiet_weeks:
        return writer.say("{text}; the last week had {seen}.", text=text, seen=seen)
    return writer.say("{text}: {seen}.", text=text, seen=seen)


def _unusual_together(digest: TeamDigest, seen: str, writer: Writer) -> str:
    judgement = digest.views_judgement if digest.views_judgement.is_news else digest.users_judgement
    if judgement.verdict is Verdict.ABOVE:
        return writer.say("Together more than usual, though no plugin alone stands out: {seen}.", seen=seen)
    return writer.say("Together fewer than usual, though no plugin alone stands out: {seen}.", seen=seen)


def _without_views(digest: TeamDigest, yours: str, writer: Writer) -> str:
    if all(plugin.state is PluginState.NEVER_SEEN for plugin in digest.plugins):
        return writer.say("No views of {yours} in any stored week.", yours=yours)
    if digest.views.previous == 0:
        return writer.before(
            mark("No views of {yours}, as in the week before."),
            mark("No views of {yours}, as in the {weeks} weeks before."),
            yours=yours,
        )
    return writer.say("No views of {yours}.", yours=yours)


def _told(found: Sequence[Finding], plugins: Sequence[PluginChange], writer: Writer) -> str:
    named = found if len(found) <= _NAMED else found[: _NAMED - 1]
    text = writer.sentence_start(writer.listed([clause(each, writer) for each in named]))
    if others := len(found) - len(named):
        return writer.plural_in_letters(
            "{text}; one more plugin stands out.", "{text}; {n} more plugins stand out.", others, text=text
        )
    told = {each.plugin.plugin for each in found}
    rest = [plugin for plugin in plugins if plugin.plugin not in told]
    if rest and all(is_usual(plugin.views_judgement) for plugin in rest):
        return writer.plural_in_letters(
            "{text}; nothing unusual in the other one.",
            "{text}; nothing unusual in the other {n}.",
            len(rest),
            text=text,
        )
    return f"{text}."


def portal_summary(digest: PortalDigest, writer: Writer) -> str:
    """The portal letter's first sentence: its size, and whether that is unusual."""
    seen = writer.seen(digest.views.current, digest.users.current)
    if is_known(digest.plugins_in_use.current):
        seen = writer.plural(
            "{seen}, {n} plugin in use",
            "{seen}, {n} plugins in use",
            digest.plugins_in_use.current,
            seen=seen,
        )
    if part := partial_week(digest):
        return writer.say(
            "{seen}; so it is not compared with other weeks.", seen=_partial(seen, part, writer)
        )
    return _portal_told(digest, seen, writer)


def _portal_told(digest: PortalDigest, seen: str, writer: Writer) -> str:
    judgements = (digest.users_judgement, digest.views_judgement)
    if not any(judgement.is_news for judgement in judgements):
        if any(map(is_usual, judgements)):
            return writer.say("An ordinary week for the portal: {seen}.", seen=seen)
        return f"{seen}."
    figures: tuple[tuple[Change, Judgement, Noun], ...] = (
        (digest.users, digest.users_judgement, "users"),
        (digest.views, digest.views_judgement, "views"),
    )
    unusual = [each for each in figures if each[1].is_news]
    changes = [writer.more(change, noun) for change, judgement, noun in unusual if agrees(change, judgement)]
    if not changes:
        told = writer.apart([outside(*each, writer) for each in unusual])
        return writer.say("An unusual week for the portal: {seen}.", seen=told)
    return writer.say(
        "{changes} than the week before: {seen}.",
        changes=writer.sentence_start(writer.listed(changes)),
        seen=seen,
    )


def team_preheader(digest: TeamDigest, found: Sequence[Finding], subject: str, writer: Writer) -> str:
    """What a mail program shows behind the subject: the findings that it does not name, then the totals."""
    if is_missing(digest.views.current):
        return team_summary(digest, found, writer)
    others = [clause(each, writer) for each in found[:_NAMED] if headline(each, writer) not in subject]
    totals = _totals(digest, "" if found else subject, writer)
    text = f"{writer.sentence_start(writer.listed(others))}. {totals}" if others else totals
    return shorten(text, PREHEADER_MOST)


def _totals(digest: Digest, said: str, writer: Writer) -> str:
    """``1,234 views by 210 users, 9–15 November.``; of what is ``said`` already, only the rest."""  # noqa: RUF002
    views, users = digest.views.current, digest.users.current
    days = writer.dates.span(digest.week.plus(1 - writer.weeks).first_day, digest.week.last_day)
    if writer.tells(views) and writer.counted(views, "views") not in said:
        seen = writer.sentence_start(writer.seen(views, users))
    elif is_known(users) and writer.counted(users, "users") not in said:
        seen = writer.counted(users, "users")
    else:
        return f"{days}."
    return writer.say("{seen}, {days}.", seen=seen, days=days)


def portal_preheader(digest: PortalDigest, found: Sequence[Finding], subject: str, writer: Writer) -> str:
    """As `team_preheader`: what stands out by name, then the totals."""
    totals = _totals(digest, subject, writer)
    named = [shorten(each.name, NAME_IN_SUBJECT) for each in found[:_NAMED]]
    if named:
        names = writer.listed(named)
        totals = writer.plural(
            "{names} stands out. {totals}",
            "{names} stand out. {totals}",
            len(named),
            names=names,
            totals=totals,
        )
    return shorten(totals, PREHEADER_MOST)


def _yours(plugins: Sequence[PluginChange], writer: Writer) -> str:
    if len(plugins) == 1:
        return shorten(clean(plugins[0].name), NAME_IN_SUBJECT)
    return writer.plural_in_letters("your plugin", "your {n} plugins", len(plugins))
