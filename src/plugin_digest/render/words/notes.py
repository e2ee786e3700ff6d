"""What a reader must know about this week: short weeks, corrections, moves, annotations, gaps in the data.

Owns the notes below the figures; nothing is noted in an ordinary week.
"""

from collections.abc import Collection, Iterator

from plugin_digest.model import (
    Holiday,
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
from plugin_digest.render.words.source_notes import source_notes
from plugin_digest.render.words.tables import in_list
from plugin_digest.render.words.writer import Writer, is_untold

_NOTE_MOST = 300
_RESTATED_MOST = 10
_MOVES_MOST = 10
_ANNOTATIONS_MOST = 8
_BREAKS_MOST = 5
_WORKING_DAYS = 5
_SUBDIVISION = "-"
_FIRST_JUDGED = 5


def notes(digest: Digest, writer: Writer, carded: Collection[str] = ()) -> Section | None:
    """What is particular about this week's figures, but for what the cards of ``carded`` plugins say."""
    items = tuple(_notes(digest, writer, carded))
    return Section(writer.say("Notes"), items) if items else None


def _notes(digest: Digest, writer: Writer, carded: Collection[str]) -> Iterator[Item]:
    if digest.edition > 1:
        edition = writer.numbers.number(digest.edition)
        yield Item(writer.say("This is corrected edition {n}; it replaces what was sent before.", n=edition))
    yield from map(Item, _of_hold(digest, writer))
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
        yield from map(Item, _moves(digest, writer, carded))
    yield from map(Item, _earlier_breaks(digest, writer))
    yield from _annotations(digest, writer, carded)
    yield from map(Item, source_notes(digest, writer))


def _of_hold(digest: Digest, writer: Writer) -> Iterator[str]:
    """Why the week's data looked wrong, and what a person said of it; both are nobody's translation."""
    if not digest.hold_reason:
        return
    reason = writer.closed(clean(digest.hold_reason, _NOTE_MOST))
    if not digest.held_for:
        yield writer.say("This week was held and then released: {reason}", reason=reason)
        return
    yield writer.say(
        "This week was held at first ({why}) and then released: {reason}",
        why=clean(digest.held_for, _NOTE_MOST),
        reason=reason,
    )


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
    elif is_untold(digest.views.current):
        return
    elif not is_compared(digest):
        yield _not_compared(digest, writer)
    elif weeks == 1 and not is_judged(digest):
        yield from _before_usual(digest, writer)


def _not_compared(digest: Digest, writer: Writer) -> str:
    """What is usual may be known all the same, from other weeks."""
    why = _why_not_compared(digest, writer)
    if is_judged(digest):
        return writer.say("No change is given: {why}.", why=why)
    return writer.say("Not compared: {why}.", why=why)


def _before_usual(digest: Digest, writer: Writer) -> Iterator[str]:
    """Only where there are too few weeks, or too few since the way of measuring changed."""
    if sum(point.status is not None for point in digest.history) < _FIRST_JUDGED:
        yield writer.say("What is usual is told from the fifth week on.")
    elif any(plugin.series_break for plugin in digest.plugins):
        yield writer.say("What is usual is told again from the fifth week that is measured in the new way.")


def _set_aside(provenance: Provenance, writer: Writer) -> Iterator[str]:
    """Weeks that the portal team held, whose figures stand in no digest and are no base of any change."""
    for week in provenance.set_aside:
        yield writer.say(
            "The figures {in_week} are left out: they looked wrong and were not released.",
            in_week=writer.dates.in_week(week),
        )


def _why_not_compared(digest: Digest, writer: Writer) -> str:
    provenance, weeks = digest.provenance, weeks_of(digest)
    if is_untold(digest.views.previous):
        return writer.before(
            mark("the views of the week before are too few to be shown"),
            mark("the views of the {weeks} weeks before are too few to be shown"),
        )
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
        "name": in_list(moved.name) if moved.name else writer.say("in all"),
        "week": writer.dates.week_name(digest.week.plus(-1)),
        "mailed": writer.numbers.number(moved.mailed),
        "now": writer.numbers.number(moved.now),
    }
    if moved.figure == "users":
        return writer.say(
            "Restated for {week}: users ({name}) from {mailed} to {now}, by late data.", **values
        )
    return writer.say("Restated for {week}: views ({name}) from {mailed} to {now}, by late data.", **values)


def _moves(digest: TeamDigest, writer: Writer, carded: Collection[str]) -> Iterator[str]:
    """Plugins that came or went; what came and has a card, or stands alone, is told there."""
    here = {plugin.plugin for plugin in digest.plugins}
    said = here if len(here) == 1 else carded
    moves = [move for move in digest.moves if move.plugin not in said]
    for move in moves[:_MOVES_MOST]:
        yield came(move, writer) if move.plugin in here else went(move, writer)
    if (more := len(moves) - _MOVES_MOST) > 0:
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


def _annotations(digest: Digest, writer: Writer, carded: Collection[str]) -> Iterator[Item]:
    """The newest first; those of a plugin that has a card stand there."""
    names = {plugin.plugin: in_list(plugin.name) for plugin in digest.plugins}
    every = [note for note in digest.annotations if note.plugin not in carded]
    newest = sorted(every, key=lambda note: (note.week, note.day or note.week.first_day), reverse=True)
    for note in newest[:_ANNOTATIONS_MOST]:
        text = annotated(note, writer)
        if note.plugin in names:
            text = writer.say("{text} ({name})", text=text, name=names[note.plugin])
        yield Item(text, web_link(note.link))


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
