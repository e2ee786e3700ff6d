"""What is to be drawn in a letter, and each drawing's words for those who do not see it.

Owns the pictures' names: they say whose letter it is, as two mails of a thread must not mix up theirs.
"""

from collections.abc import Iterable, Iterator, Sequence
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
        parts.append(writer.plural("{n} week not shown", "{n} weeks not shown", untold))
    if partial := [point.week for point in history if point.status is Status.INCOMPLETE]:
        parts.append(writer.say("incomplete: {weeks}", weeks=_codes(partial, writer)))
    if drawing.break_week:
        code = writer.dates.week_code(drawing.break_week)
        parts.append(writer.say("measured differently from {week} on", week=code))
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
    if len(known) == 1:
        if drawing.figure == "users":
            return writer.say("Users over {weeks} weeks, {first} to {last}: {top} ({when})", **values)
        return writer.say("Views over {weeks} weeks, {first} to {last}: {top} ({when})", **values)
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


def card_label(drawing: Drawing, writer: Writer) -> str:
    """What a card's chart shows; what bars and a band are is said at the chart of the whole digest."""
    days = writer.dates.span(drawing.history[0].week.first_day, drawing.history[-1].week.last_day)
    if drawing.figure == "users":
        shown = writer.say("Users, {days}", days=days)
    else:
        shown = writer.say("Views, {days}", days=days)
    return writer.apart([shown, *_signs(drawing, writer)])


def chart_label(drawing: Drawing, writer: Writer) -> str:
    """What the chart of the whole digest shows, and what each sign in it is."""
    history = drawing.history
    weeks = {"weeks": writer.language.letters(len(history))}
    weeks["days"] = writer.dates.span(history[0].week.first_day, history[-1].week.last_day)
    if drawing.figure == "users":
        parts = [writer.say("Users in each of {weeks} weeks, {days}", **weeks)]
    else:
        parts = [writer.say("Views in each of {weeks} weeks, {days}", **weeks)]
    if is_known(drawing.counts[-1]):
        parts.append(writer.say("the last bar is this week"))
    if drawing.usual:
        parts.append(writer.say("the band: what is usual this week"))
    return writer.apart([*parts, *_signs(drawing, writer)])


def _signs(drawing: Drawing, writer: Writer) -> Iterator[str]:
    """What is rare in a chart, and explained wherever it stands."""
    counts = drawing.counts
    if any(
        point.status is Status.INCOMPLETE and is_known(count)
        for point, count in zip(drawing.history, counts, strict=True)
    ):
        yield writer.say("striped: incomplete")
    if any(map(is_missing, counts)) and any(map(is_untold, counts)):
        yield writer.say("a dot: no data, or not shown")
    elif any(map(is_missing, counts)):
        yield writer.say("a dot: no data")
    elif any(map(is_untold, counts)):
        yield writer.say("a dot: not shown")
    if drawing.break_week:
        yield writer.say("the dashed line: measured differently from there on")
    if drawing.marks:
        yield writer.say("a triangle: something was noted")
