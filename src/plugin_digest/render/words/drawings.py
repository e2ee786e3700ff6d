"""What is to be drawn in a letter, and each drawing's words for those who do not see it.

Owns the pictures' names: they say whose letter it is, as two mails of a thread must not mix up theirs.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

from plugin_digest.model import (
    Annotation,
    Count,
    Judgement,
    Point,
    PortalDigest,
    Status,
    TeamDigest,
    Week,
    is_known,
)
from plugin_digest.render.chart import Drawing, Kind
from plugin_digest.render.layout import Picture
from plugin_digest.render.words.writer import Noun, Writer, is_missing, is_untold


class Drawings:
    """Collects what is to be drawn while a view is put together, each under a name of its own."""

    def __init__(self, digest: TeamDigest | PortalDigest, key: str, writer: Writer) -> None:
        self.drawn: dict[str, Drawing] = {}
        self._writer = writer
        owner = blake2b(key.encode("utf-8", "replace"), digest_size=6).hexdigest()
        self._suffix = f"{digest.week}.{digest.edition}.{owner}@plugin-digest"

    def picture(
        self,
        history: tuple[Point, ...],
        kind: Kind,
        *,
        judgement: Judgement,
        marks: Iterable[Annotation] = (),
        break_week: Week | None = None,
        figure: Noun = "views",
    ) -> Picture | None:
        """The picture of a history; None where a word says as much: nothing but zeros and gaps."""
        weeks = {point.week for point in history}
        drawing = Drawing(
            history=history,
            kind=kind,
            usual=judgement.usual if self._writer.weeks == 1 else None,
            marks=tuple(sorted({mark.week for mark in marks} & weeks)),
            break_week=break_week if break_week in weeks else None,
            figure=figure,
        )
        alt = describe(drawing, self._writer)
        if not alt:
            return None
        name = f"{len(self.drawn)}.{self._suffix}"
        self.drawn[name] = drawing
        return Picture(name, alt, str(drawing.width_on_screen), str(drawing.height_on_screen))


def describe(drawing: Drawing, writer: Writer) -> str:
    """What the picture shows, in numbers; empty where there is nothing to draw."""
    history = drawing.history
    counts = [_count(point, drawing.figure) for point in history]
    known = [value for value in counts if is_known(value)]
    if max(known, default=0) == 0:
        return ""
    parts = [_course(drawing, known, writer)]
    if drawing.usual:
        parts.append(writer.say("usual this week: {range}", range=writer.numbers.span(drawing.usual)))
    if gaps := sum(map(is_missing, counts)):
        parts.append(writer.plural("{n} week without data", "{n} weeks without data", gaps))
    if untold := sum(map(is_untold, counts)):
        parts.append(writer.plural("{n} week not told", "{n} weeks not told", untold))
    if partial := [point.week for point in history if point.status is Status.INCOMPLETE]:
        parts.append(writer.say("incomplete: {weeks}", weeks=_codes(partial, writer)))
    if drawing.break_week:
        code = writer.dates.week_code(drawing.break_week)
        parts.append(writer.say("measured in another way from {week} on", week=code))
    if drawing.marks:
        parts.append(writer.say("with a note: {weeks}", weeks=_codes(drawing.marks, writer)))
    return writer.apart(parts)


def _course(drawing: Drawing, known: Sequence[int], writer: Writer) -> str:
    history, code = drawing.history, writer.dates.week_code
    counts = [_count(point, drawing.figure) for point in history]
    start = writer.numbers.number(known[0])
    if not is_known(counts[0]):
        start = f"{start} ({code(history[counts.index(known[0])].week)})"
    values = {
        "weeks": writer.language.letters(len(history)),
        "first": code(history[0].week),
        "last": code(history[-1].week),
        "from": start,
        "to": writer.count(counts[-1]),
        "top": writer.numbers.number(max(known)),
        "when": code(history[counts.index(max(known))].week),
    }
    if drawing.figure == "users":
        return writer.say(
            "Users over {weeks} weeks, {first} to {last}: from {from} to {to}, most: {top} ({when})", **values
        )
    return writer.say(
        "Views over {weeks} weeks, {first} to {last}: from {from} to {to}, most: {top} ({when})", **values
    )


def _count(point: Point, figure: str) -> Count:
    return point.usage.users if figure == "users" else point.usage.views


def _codes(weeks: Iterable[Week], writer: Writer) -> str:
    return ", ".join(map(writer.dates.week_code, weeks))


def card_label(history: Sequence[Point], writer: Writer, figure: Noun) -> str:
    """What a card's chart shows; how to read it is said at the chart of the whole digest."""
    days = writer.dates.span(history[0].week.first_day, history[-1].week.last_day)
    if figure == "users":
        return writer.say("Users, {days}", days=days)
    return writer.say("Views, {days}", days=days)


def chart_label(
    history: Sequence[Point],
    judgement: Judgement,
    marks: Iterable[Annotation],
    writer: Writer,
    figure: Noun = "views",
) -> str:
    """What the chart shows; what a band, a striped bar and a dot are is said where there is one."""
    weeks = {"weeks": writer.language.letters(len(history))}
    weeks["days"] = writer.dates.span(history[0].week.first_day, history[-1].week.last_day)
    if figure == "users":
        parts = [writer.say("Users in each of {weeks} weeks, {days}", **weeks)]
    else:
        parts = [writer.say("Views in each of {weeks} weeks, {days}", **weeks)]
    parts.append(writer.say("the last bar is this week"))
    if judgement.usual and writer.weeks == 1:
        parts.append(writer.say("the band: what is usual this week"))
    if any(point.status is Status.INCOMPLETE for point in history):
        parts.append(writer.say("striped: incomplete"))
    counts = [_count(point, figure) for point in history]
    if any(map(is_missing, counts)) and any(map(is_untold, counts)):
        parts.append(writer.say("a dot: no data, or not told"))
    elif any(map(is_missing, counts)):
        parts.append(writer.say("a dot: no data"))
    elif any(map(is_untold, counts)):
        parts.append(writer.say("a dot: not told"))
    if {mark.week for mark in marks} & {point.week for point in history}:
        parts.append(writer.say("a small mark below: see the notes"))
    return writer.apart(parts)
