"""A letter's subject: the finding, and where and when it was.

Owns its length: a phone shows the first forty characters, and no mail program more than seventy.
"""

from collections.abc import Iterator, Sequence

from plugin_digest.model import PluginChange, PortalDigest, TeamDigest, is_known
from plugin_digest.render.names import clean, shorten, shorten_middle
from plugin_digest.render.words.breaks import users_judgement
from plugin_digest.render.words.findings import NAME_IN_SUBJECT, Finding, headline, outside
from plugin_digest.render.words.ordinary import is_ordinary
from plugin_digest.render.words.particulars import Digest, Partial, partial_week
from plugin_digest.render.words.writer import Writer, is_missing, is_usual

SUBJECT_MOST = 70


def team_subject(
    digest: TeamDigest, found: Sequence[Finding], portal: str, writer: Writer
) -> tuple[str, str]:
    """The finding, and where and when it was: together at most 70 characters with `` · `` between."""
    names = [yours(digest.plugins, writer)] if len(digest.plugins) == 1 else []
    names += [each.in_subject for each in found]
    headlines = [writer.opened(line, names) for line in _team_headlines(digest, found, writer)]
    bare = headlines.pop() if len(found) > 1 and len(headlines) > 1 else ""
    return _fitted(headlines, digest, portal, writer, bare)


def portal_subject(
    digest: PortalDigest, found: Sequence[Finding], portal: str, writer: Writer
) -> tuple[str, str]:
    """As `team_subject`, for the whole portal."""
    headlines = [writer.opened(line) for line in _portal_headlines(digest, found, writer)]
    return _fitted(headlines, digest, portal, writer)


def yours(plugins: Sequence[PluginChange], writer: Writer) -> str:
    """``your three plugins``, or the name of the only one."""
    if len(plugins) == 1:
        return shorten_middle(clean(plugins[0].name), NAME_IN_SUBJECT)
    return writer.plural_in_letters("your plugin", "your {n} plugins", len(plugins))


def _team_headlines(digest: TeamDigest, found: Sequence[Finding], writer: Writer) -> Iterator[str]:
    """From the one that says most to the one that fits most."""
    if is_missing(digest.views.current):
        yield writer.say("No data for {yours}", yours=yours(digest.plugins, writer))
    elif part := partial_week(digest):
        yield part_of_week(writer.counted(digest.views.current, "views"), part, writer)
    elif found:
        yield from _found_headlines(found, writer)
    else:
        yield without_finding(digest, writer)
        if not digest.quiet_weeks and is_ordinary(digest):
            yield writer.say("An ordinary week") if digest.weeks == 1 else writer.say("Nothing unusual")


def _found_headlines(found: Sequence[Finding], writer: Writer) -> Iterator[str]:
    first, others = headline(found[0], writer), len(found) - 1
    if others == 1:
        yield writer.apart([first, headline(found[1], writer)])
    if others:
        yield writer.plural(
            "{first}; {n} other stands out", "{first}; {n} others stand out", others, first=first
        )
    yield first


def without_finding(digest: TeamDigest, writer: Writer) -> str:
    """The size of a week in which no plugin needs a look, or that it is an ordinary one."""
    your = yours(digest.plugins, writer)
    if digest.quiet_weeks:
        weeks = writer.language.letters(digest.quiet_weeks)
        return writer.say("Nothing unusual in {weeks} weeks for {yours}", weeks=weeks, yours=your)
    if digest.views.current == 0:
        return writer.say("No views of {yours}", yours=your)
    if is_ordinary(digest):
        return _ordinary(digest, your, writer)
    if not writer.tells(digest.views.current):
        return untold(digest, writer)
    return writer.say("{seen} of {yours}", yours=your, seen=writer.counted(digest.views.current, "views"))


def untold(digest: TeamDigest, writer: Writer) -> str:
    """Where the views are left out: the users, if they are not."""
    your = yours(digest.plugins, writer)
    if not writer.tells(digest.users.current):
        return writer.say("Views of {yours}: not shown", yours=your)
    users = writer.counted(digest.users.current, "users")
    return writer.say("{yours} had {users}", yours=your, users=users)


def _ordinary(digest: TeamDigest, your: str, writer: Writer) -> str:
    if digest.weeks > 1:
        weeks = writer.language.letters(digest.weeks)
        return writer.say("{weeks} ordinary weeks for {yours}", weeks=weeks, yours=your)
    return writer.say("An ordinary week for {yours}", yours=your)


def part_of_week(seen: str, part: Partial, writer: Writer) -> str:
    """``2,506 views on 5 of 7 days``."""
    if not part.is_told:
        return writer.say("{seen} in a week that was not over", seen=seen)
    every = writer.numbers.number(part.every)
    return writer.plural(
        "{seen} on {n} of {all} days", "{seen} on {n} of {all} days", part.known, seen=seen, all=every
    )


def _portal_headlines(digest: PortalDigest, found: Sequence[Finding], writer: Writer) -> Iterator[str]:
    views = writer.counted(digest.views.current, "views")
    if not is_known(digest.views.current):
        yield views
        return
    if part := partial_week(digest):
        yield part_of_week(views, part, writer)
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
    users = users_judgement(digest)
    if users.is_news:
        return outside(digest.users, users, "users", writer)
    if digest.views_judgement.is_news:
        return outside(digest.views, digest.views_judgement, "views", writer)
    if is_usual(digest.views_judgement) or is_usual(users):
        return writer.say("An ordinary week")
    return writer.counted(digest.views.current, "views")


def _fitted(
    headlines: Sequence[str], digest: Digest, portal: str, writer: Writer, bare: str = ""
) -> tuple[str, str]:
    """A shorter finding rather than no name of the portal, and both rather than ``bare``."""
    short = writer.dates.week_name(digest.week, writer.weeks)
    whole = writer.say("{portal} {week}", portal=portal, week=short)
    choices = [(finding, place) for place in (whole, short) for finding in headlines]
    choices += [(bare or headlines[-1], short)]
    if digest.edition > 1:
        choices = [(writer.say("Corrected: {finding}", finding=finding), place) for finding, place in choices]
    for finding, place in choices:
        if len(f"{finding} · {place}") <= SUBJECT_MOST:
            return finding, place
    return shorten(choices[-1][0], SUBJECT_MOST - len(f" · {short}")), short
