"""What a mail program shows behind a subject: what that has no room for, and nothing twice."""

from collections.abc import Iterator, Sequence

from plugin_digest.model import Absent, PortalDigest, TeamDigest, is_known
from plugin_digest.render.names import shorten
from plugin_digest.render.words.findings import Finding, Reason, agrees, clauses, headline
from plugin_digest.render.words.particulars import Digest, partial_week
from plugin_digest.render.words.subjects import yours
from plugin_digest.render.words.summary import team_summary
from plugin_digest.render.words.writer import Writer, is_missing

PREHEADER_MOST = 140
_NAMED = 3
_PAIR = 2


def team_preheader(digest: TeamDigest, found: Sequence[Finding], subject: str, writer: Writer) -> str:
    """The figures of the finding that the subject names, the other findings, then the totals."""
    if is_missing(digest.views.current):
        return team_summary(digest, found, writer)
    if partial_week(digest):
        found = ()
    sentences = [*_details(found, subject, writer), *_others(found, subject, writer)]
    if found and len(digest.plugins) > 1:
        sentences.append(_together(digest, writer))
    else:
        your = yours(digest.plugins, writer)
        sentences.append(_totals(digest, " ".join((subject, *sentences)), your, writer))
    return shorten(" ".join(sentences), PREHEADER_MOST)


def portal_preheader(digest: PortalDigest, found: Sequence[Finding], subject: str, writer: Writer) -> str:
    """As `team_preheader`: what stands out by name, then the totals."""
    totals = _totals(digest, subject, writer.say("the whole portal"), writer)
    if not found:
        return shorten(totals, PREHEADER_MOST)
    named = len(found) if len(found) <= _NAMED else _NAMED - 1
    names = [each.in_subject for each in found[:named]]
    if rest := len(found) - named:
        names.append(writer.plural("{n} more plugin", "{n} more plugins", rest))
    text = writer.plural(
        "{names} stands out. {totals}",
        "{names} stand out. {totals}",
        len(found), names=writer.listed(names), totals=totals,
    )  # fmt: skip
    return shorten(text, PREHEADER_MOST)


def _together(digest: TeamDigest, writer: Writer) -> str:
    """``All three plugins: 245 views by 61 users.``"""  # noqa: D415 - it ends as the sentence does
    seen = writer.seen(digest.views.current, digest.users.current)
    if len(digest.plugins) == _PAIR:
        return writer.say("Both plugins: {seen}.", seen=seen)
    return writer.plural_in_letters(
        "Your plugin: {seen}.", "All {n} plugins: {seen}.", len(digest.plugins), seen=seen
    )


def _details(found: Sequence[Finding], subject: str, writer: Writer) -> Iterator[str]:
    """``1,520 views (usual: 934–1,458).`` of the finding that the subject tells by its change."""  # noqa: RUF002
    if not found or headline(found[0], writer) not in subject:
        return
    first = found[0]
    if first.reason is Reason.UNUSUAL and agrees(first.change, first.judgement):
        seen, usual = writer.counted(first.change.current, first.figure), writer.range(first.judgement)
        yield writer.opened(writer.say("{seen} (usual: {range}).", seen=seen, range=usual))
    elif first.reason is Reason.SILENT and (usual := writer.range(first.plugin.views_judgement)):
        yield writer.sentence(writer.say("usual: {range}", range=usual))


def _others(found: Sequence[Finding], subject: str, writer: Writer) -> Iterator[str]:
    """The findings that the subject does not name."""
    others = [each for each in found[:_NAMED] if headline(each, writer) not in subject]
    if others:
        text = writer.listed(clauses(others, writer))
        yield writer.closed(writer.opened(text, [each.in_sentence for each in others]))


def _totals(digest: Digest, said: str, whose: str, writer: Writer) -> str:
    """``1,234 views by 210 users, 9–15 November.``; of what is ``said`` already, only the rest."""  # noqa: RUF002
    views, users = digest.views.current, digest.users.current
    if writer.tells(views) and writer.counted(views, "views").casefold() not in said.casefold():
        seen = writer.seen(views, users)
    elif is_known(users) and writer.counted(users, "users") not in said:
        seen = writer.counted(users, "users")
    elif Absent.HIDDEN in (views, users):
        seen = writer.say("so small a count is not shown exactly")
    else:
        seen = writer.say("the figures of {yours}", yours=whose)
    return writer.opened(writer.say("{seen}, {days}.", seen=seen, days=_days(digest, writer)), [whose])


def _days(digest: Digest, writer: Writer) -> str:
    """The days that are known."""
    part = partial_week(digest)
    if part and part.is_told:
        missing = digest.provenance.missing_days
        return writer.listed(writer.dates.days_except(digest.week, missing, writer.weeks))
    return writer.dates.span(digest.week.plus(1 - writer.weeks).first_day, digest.week.last_day)
