"""What a reader must know about this week: short weeks, corrections, moves, annotations, gaps in the data.

Owns the notes below the figures; nothing is noted in an ordinary week.
"""

from collections.abc import Iterator

from plugin_digest.model import (
    Absent,
    Holiday,
    NoteKind,
    PortalDigest,
    Provenance,
    Restatement,
    Status,
    TeamDigest,
)
from plugin_digest.render.layout import Item, Section
from plugin_digest.render.letterhead import web_link
from plugin_digest.render.names import clean
from plugin_digest.render.words.breaks import broken
from plugin_digest.render.words.cards import annotated, came, went
from plugin_digest.render.words.catalogue import mark
from plugin_digest.render.words.particulars import (
    Digest,
    is_compared,
    is_judged,
    partial_week,
    weeks_of,
)
from plugin_digest.render.words.writer import Writer

_NOTE_MOST = 300
_RESTATED_MOST = 10
_MOVES_MOST = 10
_ANNOTATIONS_MOST = 8
_BREAKS_MOST = 5
_WORKING_DAYS = 5
_SUBDIVISION = "-"


def notes(digest: Digest, writer: Writer) -> Section | None:
    """What is particular about this week's figures."""
    items = tuple(_notes(digest, writer))
    return Section(writer.say("Notes"), items) if items else None


def _notes(digest: Digest, writer: Writer) -> Iterator[Item]:
    if digest.edition > 1:
        edition = writer.numbers.number(digest.edition)
        yield Item(writer.say("This is corrected edition {n}; it replaces what was sent before.", n=edition))
    if isinstance(digest, PortalDigest) and digest.hold_reason:
        reason = clean(digest.hold_reason, _NOTE_MOST)
        yield Item(writer.say("This week was held and then released: {reason}", reason=writer.closed(reason)))
    yield from map(Item, _of_days(digest, writer))
    yield from map(Item, _set_aside(digest.provenance, writer))
    if digest.provenance.status is Status.PROVISIONAL:
        yield Item(
            writer.say(
                "Provisional: read before the source says that its figures are settled; they may still "
                "change."
            )
        )
    yield from map(Item, _restated(digest, writer))
    if isinstance(digest, TeamDigest):
        yield from map(Item, _moves(digest, writer))
    yield from map(Item, _earlier_breaks(digest, writer))
    yield from _annotations(digest, writer)
    yield from map(Item, _of_source(digest.provenance, writer))


def _of_days(digest: Digest, writer: Writer) -> Iterator[str]:
    """Which days are known, and whether they are held against others."""
    provenance, weeks = digest.provenance, weeks_of(digest)
    if part := partial_week(digest):
        if not part.is_told:
            yield writer.say("The week was not over when it was read; not compared.")
            return
        days = writer.listed(writer.dates.days_except(digest.week, provenance.missing_days, weeks))
        every, known = writer.numbers.number(part.every), part.known
        yield writer.plural(
            "{n} day of {all} is known: {days}; not compared.",
            "{n} days of {all} are known: {days}; not compared.",
            known, all=every, days=days,
        )  # fmt: skip
    elif Absent.HIDDEN in (digest.views.current, digest.views.previous):
        return
    elif not is_compared(digest):
        yield writer.say("Not compared: {why}.", why=_why_not_compared(digest, writer))
    elif weeks == 1 and not is_judged(digest):
        yield writer.say("What is usual is told from the fifth week on.")


def _set_aside(provenance: Provenance, writer: Writer) -> Iterator[str]:
    """Weeks that the portal team held, whose figures stand in no digest and are no base of any change."""
    for week in provenance.set_aside:
        yield writer.say(
            "The figures {in_week} are left out: they looked wrong and were not released.",
            in_week=writer.dates.in_week(week),
        )


def _why_not_compared(digest: Digest, writer: Writer) -> str:
    provenance, weeks = digest.provenance, weeks_of(digest)
    if not provenance.has_previous:
        return writer.before(
            mark("there are no figures of the week before"),
            mark("there are no figures of the {weeks} weeks before"),
        )
    if missing := provenance.previous_missing_days:
        days = writer.dates.days_except(digest.week.plus(-weeks), missing, weeks)
        if not days:
            return writer.say("the week before has no data")
        return writer.before(
            mark("of the week before only {days} is known"),
            mark("of the {weeks} weeks before only {days} is known"),
            days=writer.listed(days),
        )
    return writer.before(
        mark("the week before was not read whole, or was counted by other means"),
        mark("the {weeks} weeks before were not read whole, or were counted by other means"),
    )


def _restated(digest: Digest, writer: Writer) -> Iterator[str]:
    """What the last digest said and is no longer so, a sentence for each figure, the total first."""
    alone = len(digest.plugins) == 1
    every = [moved for moved in digest.restated if moved.name or not alone]
    for moved in every[:_RESTATED_MOST]:
        yield _restatement(moved, digest, writer)
    if (more := len(every) - _RESTATED_MOST) > 0:
        yield writer.plural("{n} more figure was restated.", "{n} more figures were restated.", more)


def _restatement(moved: Restatement, digest: Digest, writer: Writer) -> str:
    values = {
        "name": clean(moved.name) if moved.name else writer.say("in all"),
        "week": writer.dates.week_name(digest.week.plus(-1)),
        "mailed": writer.numbers.number(moved.mailed),
        "now": writer.numbers.number(moved.now),
    }
    if moved.figure == "users":
        return writer.say(
            "Restated for {week}: users ({name}) from {mailed} to {now}, by late data.", **values
        )
    return writer.say("Restated for {week}: views ({name}) from {mailed} to {now}, by late data.", **values)


def _moves(digest: TeamDigest, writer: Writer) -> Iterator[str]:
    """Plugins that came or went; what came and has a card is told there too, what went only here."""
    here = {plugin.plugin for plugin in digest.plugins}
    for move in digest.moves[:_MOVES_MOST]:
        yield came(move, writer) if move.plugin in here else went(move, writer)
    if (more := len(digest.moves) - _MOVES_MOST) > 0:
        yield writer.plural("{n} more plugin changed hands.", "{n} more plugins changed hands.", more)


def _earlier_breaks(digest: Digest, writer: Writer) -> Iterator[str]:
    """Breaks in the weeks that the charts show; those of the reported weeks have a card."""
    since = digest.week.plus(1 - weeks_of(digest))
    names = {plugin.plugin: plugin.name for plugin in digest.plugins}
    earlier = [
        plugin for plugin in digest.plugins if plugin.series_break and plugin.series_break.week < since
    ]
    for plugin in earlier[:_BREAKS_MOST]:
        if plugin.series_break:
            yield broken(plugin.series_break, plugin.name, names, writer)


def _annotations(digest: Digest, writer: Writer) -> Iterator[Item]:
    """The newest first."""
    names = {plugin.plugin: clean(plugin.name) for plugin in digest.plugins}
    newest = sorted(
        digest.annotations, key=lambda note: (note.week, note.day or note.week.first_day), reverse=True
    )
    for note in newest[:_ANNOTATIONS_MOST]:
        text = annotated(note, writer)
        if note.plugin in names:
            text = writer.say("{text} ({name})", text=text, name=names[note.plugin])
        yield Item(text, web_link(note.link))


def _of_source(provenance: Provenance, writer: Writer) -> Iterator[str]:
    """The source's own notes, except where this letter says the same in its own words."""
    said = set()
    if provenance.missing_days:
        said.add(NoteKind.MISSING_DAYS)
    if provenance.status is Status.PROVISIONAL:
        said.add(NoteKind.NOT_SETTLED)
    for note in provenance.notes:
        if note.kind not in said:
            yield writer.sentence(clean(note.text, _NOTE_MOST))


def short_week(digest: Digest, writer: Writer) -> str:
    """``4 working days: Thanksgiving on Thursday``; empty for a week without public holidays.

    Holidays of some places only are named: how many days are left differs between the readers.
    """
    if not digest.holidays or weeks_of(digest) > 1:
        return ""
    holidays = digest.holidays
    names = writer.listed([_holiday(each, writer) for each in holidays])
    if any(each.places for each in holidays):
        return writer.plural(
            "public holiday: {names}", "public holidays: {names}", len(holidays), names=names
        )
    left = _WORKING_DAYS - len({each.day for each in holidays})
    return writer.plural("{n} working day: {names}", "{n} working days: {names}", max(left, 0), names=names)


def _holiday(holiday: Holiday, writer: Writer) -> str:
    text = writer.say("{name} on {day}", name=clean(holiday.name), day=writer.dates.weekday(holiday.day))
    if not holiday.places:
        return text
    places = ", ".join(_place(place, writer) for place in holiday.places)
    return f"{text} ({places})"


def _place(code: str, writer: Writer) -> str:
    """A country by name, a part of one by its code."""
    return clean(code) if _SUBDIVISION in code else writer.language.territory(clean(code))
