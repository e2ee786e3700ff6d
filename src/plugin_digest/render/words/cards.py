"""The plugins that need a look: each with its sentences, figures and chart.

Owns what is said of one plugin, and in which order: what is unusual, against the portal, how it is measured.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from plugin_digest.model import (
    Absent,
    AgainstPortal,
    Annotation,
    Change,
    Count,
    Judgement,
    Move,
    PluginChange,
    Verdict,
    Week,
    is_known,
)
from plugin_digest.render.chart import Kind
from plugin_digest.render.layout import Card, Figure, Item
from plugin_digest.render.letterhead import Letterhead, web_link
from plugin_digest.render.names import clean, shorten_middle
from plugin_digest.render.words.breaks import broken
from plugin_digest.render.words.catalogue import mark
from plugin_digest.render.words.drawings import Drawings, card_label
from plugin_digest.render.words.findings import NAME_IN_SENTENCE, Finding, Reason
from plugin_digest.render.words.indicators import indicator_figure
from plugin_digest.render.words.particulars import is_broken_since
from plugin_digest.render.words.writer import Writer, shows_change

FEW_WEEKS = 8
"""A usual range that rests on fewer is wide, and said to be."""
_NOTE_MOST = 200
_NOTES_MOST = 3
_ALIKE = Fraction(1, 200)
"""A change of the whole portal smaller than this is none."""
_APART = Fraction(1, 10)
"""Changes further apart than this are not alike, be it chance or not."""


@dataclass(frozen=True)
class CardMaker:
    """Makes the cards of one digest."""

    writer: Writer
    letterhead: Letterhead
    drawings: Drawings
    week: Week
    names: Mapping[str, str]
    """How people write a canonical plugin id."""
    moves: Mapping[str, Move]
    has_users: bool
    annotations: tuple[Annotation, ...] = ()
    """Marked in every card's chart, beside those of its plugin."""

    def card(self, found: Finding, about: str = "") -> Card:
        plugin = found.plugin
        chart = self.drawings.picture(
            plugin.history,
            Kind.CARD,
            judgement=found.judgement,
            marks=(*plugin.annotations, *self.annotations),
            break_week=plugin.series_break.week if plugin.series_break else None,
            figure=found.figure,
        )
        return Card(
            name=found.name,
            about=about,
            sentences=tuple(filter(None, (what_happened(found, self.writer), *self.remarks(found)))),
            notes=tuple(self._notes(plugin)),
            figures=tuple(self._figures(plugin)),
            chart=chart,
            chart_label=card_label(self.drawings.drawn[chart.name], self.writer) if chart else "",
            link=self.letterhead.plugin_link(plugin.plugin),
        )

    def _figures(self, plugin: PluginChange) -> Iterator[Figure]:
        compared = not is_broken_since(plugin, self._since)
        yield views_figure(plugin.views, plugin.views_judgement, self.writer, compared=compared)
        if self.has_users:
            about = users_about(plugin.users.current, plugin.new_users, plugin.share_of_users, self.writer)
            judgement = plugin.users_judgement
            yield users_figure(plugin.users, judgement, about, self.writer, compared=compared)
        for indicator in plugin.indicators:
            yield indicator_figure(indicator, self.week, self.writer)

    @property
    def _since(self) -> Week:
        return self.week.plus(1 - self.writer.weeks)

    def remarks(self, found: Finding) -> Iterator[str]:
        """What a reader should know beside the figures."""
        plugin, writer = found.plugin, self.writer
        if plugin.series_break and is_broken_since(plugin, self._since):
            yield broken(plugin.series_break, plugin.name, self.names, writer)
        elif sentence := _beside_portal(found, writer):
            yield sentence
        if plugin.plugin in self.moves:
            yield came(self.moves[plugin.plugin], writer)
        if found.reason is Reason.UNUSUAL and 0 < found.judgement.weeks < FEW_WEEKS:
            yield writer.plural_in_letters(
                "The usual range rests on one week only.",
                "The usual range rests on {n} weeks only, so it is wide.",
                found.judgement.weeks,
            )

    def _notes(self, plugin: PluginChange) -> Iterator[Item]:
        """What was noted about the plugin itself, the newest first."""
        newest = sorted(plugin.annotations, key=lambda note: note.week, reverse=True)
        for note in newest[:_NOTES_MOST]:
            yield Item(annotated(note, self.writer), web_link(note.link))


def _beside_portal(found: Finding, writer: Writer) -> str:
    """Only where there are views in both weeks."""
    against = found.plugin.against_portal
    if against is None or found.reason not in (Reason.UNUSUAL, Reason.CAME, Reason.CHANGED):
        return ""
    return against_portal(against, writer)


def what_happened(found: Finding, writer: Writer) -> str:
    """Why the plugin needs a look, in words; its figures stand below."""
    match found.reason:
        case Reason.NEW:
            return writer.say("New: there were no views of it before.")
        case Reason.BACK:
            return writer.before(
                mark("Back after a week without any views."),
                mark("Back after {weeks} weeks without any views."),
            )
        case Reason.SILENT:
            return writer.before(mark("No views this week."), mark("No views in these {weeks} weeks."))
        case Reason.CHANGED:
            return _changed(found, writer)
        case Reason.UNUSUAL:
            return _unusual(found.plugin, writer)
        case _:
            return ""


def _changed(found: Finding, writer: Writer) -> str:
    if (found.plugin.views.difference or 0) > 0:
        return writer.before(
            mark("At least twice as many views as in the week before; whether that is usual is not known."),
            mark(
                "At least twice as many views as in the {weeks} weeks before; whether that is usual is not "
                "known."
            ),
        )
    return writer.before(
        mark("At most half of the views of the week before; whether that is usual is not known."),
        mark("At most half of the views of the {weeks} weeks before; whether that is usual is not known."),
    )


def _unusual(plugin: PluginChange, writer: Writer) -> str:
    """Both figures in one phrase where they go the same way."""
    views, users = plugin.views_judgement.verdict, plugin.users_judgement.verdict
    if views is users:
        both = {
            Verdict.ABOVE: writer.say("More views and users than usual."),
            Verdict.BELOW: writer.say("Fewer views and users than usual."),
        }
        return both[views]
    told = {
        (Verdict.ABOVE, "views"): writer.say("More views than usual."),
        (Verdict.BELOW, "views"): writer.say("Fewer views than usual."),
        (Verdict.ABOVE, "users"): writer.say("More users than usual."),
        (Verdict.BELOW, "users"): writer.say("Fewer users than usual."),
    }
    return " ".join(told[key] for key in ((views, "views"), (users, "users")) if key in told)


def against_portal(against: AgainstPortal, writer: Writer) -> str:
    """How the plugin's views went beside those of the whole portal."""
    own, portal = went_by(against.own - 1, writer), went_by(against.portal - 1, writer)
    if not against.is_news:
        if abs(against.portal - 1) < _ALIKE:
            return ""
        is_one_way = (against.own > 1) is (against.portal > 1)
        if not is_one_way or abs(against.own - against.portal) > _APART:
            return writer.say(
                "Its views are {own}; those of the whole portal are {portal}.", own=own, portal=portal
            )
        return writer.say(
            "Its views are {own}, much as those of the whole portal: {portal}.", own=own, portal=portal
        )
    if against.own > against.portal:
        return writer.say(
            "Its views are {own}, while those of the whole portal are {portal}; so its share of them grew.",
            own=own,
            portal=portal,
        )
    return writer.say(
        "Its views are {own}, while those of the whole portal are {portal}; so its share of them shrank.",
        own=own,
        portal=portal,
    )


def went_by(ratio: Fraction, writer: Writer) -> str:
    """``up 12 %``, of a change as a part of the week before."""
    percent = writer.numbers.percent(ratio)
    if not percent:
        return writer.say("unchanged") if abs(ratio) < 1 else writer.say("up many times over")
    return (
        writer.say("up {percent}", percent=percent)
        if ratio > 0
        else writer.say("down {percent}", percent=percent)
    )


def came(move: Move, writer: Writer) -> str:
    """That a plugin came to this team, told to the team that has it now."""
    values = {"name": _short(move.name), "to": clean(move.to_team), "from": clean(move.from_team)}
    if not move.from_team:
        return writer.say("{name} now belongs to {to}; nobody owned it before.", **values)
    return writer.say(
        "{name} now belongs to {to}; it came from {from}, and its history came with it.", **values
    )


def went(move: Move, writer: Writer) -> str:
    """That a plugin left this team, told to the team that had it."""
    values = {"name": _short(move.name), "to": clean(move.to_team)}
    if not move.to_team:
        return writer.say("{name} now belongs to no team.", **values)
    return writer.say("{name} now belongs to {to}; its history went with it.", **values)


def _short(name: str) -> str:
    return shorten_middle(clean(name), NAME_IN_SENTENCE)


def annotated(note: Annotation, writer: Writer) -> str:
    """``Week 45: release 2.1``, with the day where it is known."""
    when = writer.dates.day(note.day) if note.day else writer.dates.week_name(note.week)
    text = clean(note.text, _NOTE_MOST)
    return writer.say("{when}: {text}", when=writer.opened(when), text=text)


def views_figure(
    change: Change, judgement: Judgement, writer: Writer, about: str = "", *, compared: bool = True
) -> Figure:
    return _figure(writer.say("Views"), change, judgement, about, writer, compared=compared)


def users_figure(
    change: Change, judgement: Judgement, about: str, writer: Writer, *, compared: bool = True
) -> Figure:
    return _figure(writer.say("Users"), change, judgement, about, writer, compared=compared)


def _figure(
    label: str, change: Change, judgement: Judgement, about: str, writer: Writer, *, compared: bool
) -> Figure:
    """One figure; a change within what is usual is not told, nor one between two ways of measuring."""
    shown = compared and shows_change(change, judgement)
    return Figure(
        label=label,
        value=writer.count(change.current),
        is_number=is_known(change.current),
        change=writer.against(change) if shown else "",
        usual=writer.usual(judgement) if compared else "",
        about=about,
        is_news=judgement.is_news,
    )


def users_about(users: Count, new: Count, share: Fraction | None, writer: Writer) -> str:
    """How many of the users are new and what share of the portal's they are, as far as that is known."""
    parts = []
    if is_known(new) and is_known(users):
        parts.append(
            writer.say(
                "{new} new, {returning} returning",
                new=writer.numbers.number(new),
                returning=writer.numbers.number(users - new),
            )
        )
    elif new is Absent.HIDDEN and is_known(users):
        parts.append(writer.say("{new} new", new=writer.count(new)))
    if percent := writer.numbers.percent(share):
        parts.append(writer.say("{percent} of all users of the portal", percent=percent))
    return writer.apart(parts)
