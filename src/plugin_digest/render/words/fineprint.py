"""What stands at the end of every letter: what the words mean, where the figures come from, whom to ask.

Owns the definitions; the figures themselves are elsewhere.
"""

from collections.abc import Collection, Iterator

from plugin_digest.model import (
    READER_MARK,
    Absent,
    PluginState,
    PortalDigest,
    Provenance,
    Status,
    TeamDigest,
    is_known,
)
from plugin_digest.render.layout import Item, Section
from plugin_digest.render.letterhead import Letterhead, href_of, web_link
from plugin_digest.render.names import clean
from plugin_digest.render.words.catalogue import mark
from plugin_digest.render.words.particulars import Digest, has_changes, has_users, is_judged
from plugin_digest.render.words.writer import Writer

_SOURCES = {
    "events": mark("Backstage analytics events"),
    "ga4_csv": mark("Google Analytics 4 exports"),
    "ga4": mark("Google Analytics 4"),
    "ga4_bigquery": mark("Google Analytics 4 in BigQuery"),
    "sql": mark("a database of analytics events"),
    "adoption_insights": mark("Adoption Insights"),
    "matomo": mark("Matomo"),
}
_KNOW_PEOPLE = ("events", "sql", "adoption_insights")
"""Sources that count who is signed in; others count browsers where nobody tells them who it is."""
_STATES = {
    PluginState.NEW: (mark("new"), mark("New: the first views in all stored weeks.")),
    PluginState.BACK: (mark("back"), mark("Back: views again after a week without any.")),
    PluginState.SILENT: (mark("silent"), mark("Silent: no views this week, some in the week before.")),
    PluginState.QUIET: (
        mark("quiet"),
        mark("Quiet: no views this week nor the week before, some earlier."),
    ),
    PluginState.NEVER_SEEN: (mark("never seen"), mark("Never seen: no views in any stored week.")),
}
_ABSENT = {
    Absent.NO_DATA: mark("No data: nothing was read; it is not 0."),
    Absent.NOT_AVAILABLE: mark("Not available: the source cannot say it; it is not 0."),
    Absent.HIDDEN: mark("Hidden: left out, because so few people could be recognised."),
    Absent.WITHHELD: mark("Not shown: it would give away a count of few people."),
}


def state_word(state: PluginState | None, writer: Writer) -> str:
    """``new``, ``silent``; empty for a week that has no word."""
    return writer.say(_STATES[state][0]) if state in _STATES else ""


def definitions(
    digest: Digest, words: Collection[PluginState | None], letterhead: Letterhead, writer: Writer
) -> Section:
    """What the words mean, a line each; of states (``words``) and gaps those that stand in this letter."""
    items = [Item(line) for line in _definitions(digest, words, writer)]
    if docs := web_link(letterhead.docs):
        items.append(Item(writer.say("How all of this is counted and judged"), docs))
    return Section(writer.say("What the figures mean"), tuple(items))


def _definitions(digest: Digest, words: Collection[PluginState | None], writer: Writer) -> Iterator[str]:
    yield writer.say("View: one page opened in the portal.")
    if has_users(digest):
        yield _meaning_of_user(digest, writer)
    if is_known(digest.new_users if isinstance(digest, TeamDigest) else Absent.NOT_AVAILABLE):
        yield writer.say("New users: without a view in the four weeks before.")
    if has_changes(digest):
        yield writer.before(
            mark("Changes: against the week before."),
            mark("Changes: against the {weeks} weeks before."),
        )
    if is_judged(digest):
        yield writer.say(
            "Usual: what to expect after its own last twelve weeks, and in such a week of the portal."
        )
    if isinstance(digest, PortalDigest):
        yield writer.say("Views of no plugin: of pages whose plugin analytics does not know.")
    yield from (writer.say(meaning) for state, (_, meaning) in _STATES.items() if state in words)
    yield from _meanings_of_gaps(digest, writer)


def _meaning_of_user(digest: Digest, writer: Writer) -> str:
    if digest.provenance.source not in _KNOW_PEOPLE:
        return writer.say("User: one browser with a view, or one person where the source knows people.")
    if len(digest.plugins) == 1:
        return writer.say("User: one person with at least one view.")
    return writer.say("User: one person with a view; people who use several plugins count once.")


def _meanings_of_gaps(digest: Digest, writer: Writer) -> Iterator[str]:
    counts = {digest.views.current, digest.users.current}
    for plugin in digest.plugins:
        counts.update((plugin.views.current, plugin.users.current))
    for page in digest.pages if isinstance(digest, TeamDigest) else ():
        counts.update((page.page.views, page.page.users))
    for absent, text in _ABSENT.items():
        if absent not in counts:
            continue
        if absent is Absent.HIDDEN and digest.hidden_below:
            limit = writer.numbers.number(digest.hidden_below)
            yield writer.say(
                "Fewer than {n}: not shown exactly, because so few people could be recognised.", n=limit
            )
        else:
            yield writer.say(text)


def origin(digest: Digest, writer: Writer) -> str:
    """Where the figures come from, as of when, whether they may change, and what the source cannot say."""
    provenance = digest.provenance
    moment = writer.dates.moment(provenance.as_of, clean(provenance.timezone))
    source = _source(provenance, writer)
    if provenance.revision:
        revision = writer.numbers.number(provenance.revision)
        parts = [
            writer.say(
                "Source: {source}, as of {moment}, reading {n}.", source=source, moment=moment, n=revision
            )
        ]
    else:
        parts = [writer.say("Source: {source}, as of {moment}.", source=source, moment=moment)]
    parts.append(_standing(provenance, writer))
    if not has_users(digest):
        parts.append(writer.say("Not available from this source: users."))
    return " ".join(parts)


def _source(provenance: Provenance, writer: Writer) -> str:
    known = _SOURCES.get(provenance.source)
    return writer.say(known) if known else clean(provenance.source)


def _standing(provenance: Provenance, writer: Writer) -> str:
    return {
        Status.FINAL: writer.say("The figures are final."),
        Status.PROVISIONAL: writer.say("The figures are provisional."),
        Status.INCOMPLETE: writer.say("The figures are incomplete."),
    }[provenance.status]


def ending(letterhead: Letterhead, writer: Writer) -> tuple[tuple[Item, ...], ...]:
    """Why the reader gets this, how to stop it, and whom to ask: whole phrases, each an item."""
    paragraphs = [(Item(READER_MARK),), _stopping(letterhead, writer)]
    if letterhead.contact:
        contact = clean(letterhead.contact, 200)
        question = Item(writer.say("Questions, or a wrong address? Ask"))
        paragraphs.append((question, Item(contact, href_of(contact))))
    return tuple(paragraphs)


def _stopping(letterhead: Letterhead, writer: Writer) -> tuple[Item, ...]:
    link = href_of(letterhead.stop)
    if link:
        return (Item(writer.say("No longer wanted?")), Item(writer.say("Stop these mails"), link))
    return (Item(writer.say("No longer wanted? Answer this mail and say so.")),)
