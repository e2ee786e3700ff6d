"""The portal digest in words, for the same templates' parts as a team's.

Owns what the central team is told and in which order.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from plugin_digest.model import (
    PORTAL,
    Absent,
    Change,
    Count,
    Flaw,
    IndicatorTrouble,
    MailStatistics,
    Move,
    PluginChange,
    PortalDigest,
    Team,
    is_known,
)
from plugin_digest.render.chart import Kind
from plugin_digest.render.layout import Card, DataTable, Figure, Item, Section, View
from plugin_digest.render.letterhead import Letterhead
from plugin_digest.render.names import clean
from plugin_digest.render.words.breaks import are_users_in_doubt, is_change_in_doubt
from plugin_digest.render.words.cards import CardMaker, users_figure, views_figure
from plugin_digest.render.words.drawings import Drawings, chart_label
from plugin_digest.render.words.findings import movers
from plugin_digest.render.words.fineprint import definitions, ending, origin
from plugin_digest.render.words.indicators import indicator_figure, indicator_table
from plugin_digest.render.words.limits import Limits
from plugin_digest.render.words.notes import notes
from plugin_digest.render.words.numbers import NBSP
from plugin_digest.render.words.particulars import has_users, shown_state
from plugin_digest.render.words.preheader import portal_preheader
from plugin_digest.render.words.subjects import portal_subject
from plugin_digest.render.words.summary import portal_summary
from plugin_digest.render.words.tables import PluginTable, and_more, in_list
from plugin_digest.render.words.team import edition_of, week_line
from plugin_digest.render.words.writer import Noun, Writer

LISTED = 20
_FLAW_MOST = 200


def portal_view(digest: PortalDigest, letterhead: Letterhead, limits: Limits) -> View:
    """What the central team's letter says, with as much as ``limits`` has room for."""
    return _PortalLetter(digest, letterhead, limits).view()


class _PortalLetter:
    """What the parts of one letter share."""

    def __init__(self, digest: PortalDigest, letterhead: Letterhead, limits: Limits) -> None:
        self.digest = digest
        self.letterhead = letterhead
        self.limits = limits
        self.writer = Writer(letterhead.language, digest.hidden_below)
        self.drawings = Drawings(digest, PORTAL, self.writer)
        self.found = movers(digest)
        self.has_users = has_users(digest)
        self.table = PluginTable(
            self.writer, letterhead, self.drawings, digest.week, self.has_users, digest.owners
        )

    def view(self) -> View:
        digest, writer, found = self.digest, self.writer, self.found
        subject = portal_subject(digest, found, self.letterhead.brand.name, writer)
        marks = [note for note in digest.annotations if not note.plugin]
        figure: Noun = "users" if is_known(digest.users.current) else "views"
        judgement = digest.users_judgement if figure == "users" else digest.views_judgement
        chart = self.drawings.picture(
            digest.history, Kind.PANEL, judgement=judgement, marks=marks, figure=figure
        )
        cards = tuple(self._cards())
        words = {shown_state(plugin, digest.week) for plugin in digest.plugins[: self.limits.rows]}
        told = {found.plugin.plugin for found in found[: self.limits.cards]}
        return View(
            language=writer.language.tag,
            direction=writer.language.direction,
            finding=subject[0],
            place=subject[1],
            preheader=portal_preheader(digest, found, subject[0], writer),
            brand=self.letterhead.brand,
            title=writer.say("The whole portal"),
            week=week_line(digest, writer),
            edition=edition_of(digest.edition, writer),
            summary=portal_summary(digest, writer),
            figures=tuple(self._figures()),
            chart=chart,
            chart_label=chart_label(self.drawings.drawn[chart.name], writer) if chart else "",
            cards_title=writer.say("Plugins with an unusual week") if cards else "",
            cards=cards,
            parts=tuple(part for part in self._parts() if part is not None),
            notes=notes(digest, writer, told),
            definitions=definitions(digest, words, self.letterhead, writer),
            origin=origin(digest, writer),
            ending=ending(self.letterhead, writer),
            drawings=self.drawings.drawn,
            logo_png=self.letterhead.logo,
        )

    def _figures(self) -> Iterator[Figure]:
        digest, writer = self.digest, self.writer
        if self.has_users:
            yield self._users()
            if digest.four_week_users.current is not Absent.NOT_AVAILABLE:
                is_in_doubt = is_change_in_doubt(digest.four_week_users, digest)
                about = self._doubted(self._about_four_weeks(), is_in_doubt=is_in_doubt)
                yield self._plain(writer.say("Users in 28 days"), digest.four_week_users, about)
        yield views_figure(digest.views, digest.views_judgement, writer)
        yield self._plain(writer.say("Plugins in use"), digest.plugins_in_use)
        yield from self._owners_figures()
        share = writer.share(digest.unattributed.current, digest.views.current)
        about = writer.say("{percent} of all views", percent=share) if share else ""
        yield self._plain(writer.say("Views of no plugin"), digest.unattributed, about)
        for indicator in digest.indicators:
            yield indicator_figure(indicator, digest.week, writer)

    def _users(self) -> Figure:
        digest = self.digest
        is_in_doubt = are_users_in_doubt(digest)
        about = self._doubted(self._of_all(digest.users.current), is_in_doubt=is_in_doubt)
        figure = users_figure(digest.users, digest.users_judgement, about, self.writer)
        return replace(figure, is_news=False) if is_in_doubt else figure

    def _doubted(self, about: str, *, is_in_doubt: bool) -> str:
        """Besides, that the change is perhaps none."""
        doubt = self.writer.say("may come from how people are told apart") if is_in_doubt else ""
        return self.writer.apart([part for part in (doubt, about) if part])

    def _owners_figures(self) -> Iterator[Figure]:
        """Who contributes: teams with a plugin in use, and plugins from outside the central team."""
        digest, writer = self.digest, self.writer
        if digest.contributing_teams:
            yield self._part_of(
                writer.say("Teams with a plugin in use"), digest.contributing_teams, digest.team_count
            )
        if digest.outside_plugins:
            outside, every = digest.outside_plugins
            share = writer.share(outside, every)
            yield self._part_of(
                writer.say("Plugins from outside the central team"),
                outside,
                every,
                writer.say("{percent} of the plugins in use that have an owner", percent=share)
                if share
                else "",
            )

    def _part_of(self, label: str, part: int, whole: int, about: str = "") -> Figure:
        number = self.writer.numbers.number
        unit = self.writer.say("of {all}", all=number(whole)).replace(" ", NBSP)
        return Figure(label, number(part), is_number=True, about=about, unit=unit)

    def _about_four_weeks(self) -> str:
        """Their share, or why they are not known."""
        users = self.digest.four_week_users.current
        if users is Absent.NO_DATA:
            return self.writer.say("not all of the four weeks are whole")
        return self._of_all(users)

    def _of_all(self, users: Count) -> str:
        """Their share of all people who could use the portal."""
        people = self.digest.head_count
        if people and is_known(users) and users > people:
            known = self.writer.numbers.number(people)
            return self.writer.say("more than the {n} people that are known", n=known)
        share = self.writer.share(users, people) if people else ""
        if not (people and share):
            return ""
        return self.writer.plural("{percent} of {n} person", "{percent} of {n} people", people, percent=share)

    def _plain(self, label: str, change: Change, about: str = "") -> Figure:
        """A figure without a usual range: its change is told as it is, in counts."""
        writer = self.writer
        told = (
            writer.against(Change(change.current, change.previous, change.difference))
            if change.difference
            else ""
        )
        return Figure(label, writer.count(change.current), is_known(change.current), change=told, about=about)

    def _cards(self) -> Iterator[Card]:
        digest = self.digest
        maker = CardMaker(
            writer=self.writer,
            letterhead=self.letterhead,
            drawings=self.drawings,
            week=digest.week,
            names={plugin.plugin: plugin.name for plugin in digest.plugins},
            moves={},
            has_users=self.has_users,
            annotations=tuple(note for note in digest.annotations if not note.plugin),
        )
        for found in self.found[: self.limits.cards]:
            yield maker.card(found, self.table.owner(found.plugin.plugin))

    def _parts(self) -> Iterator[DataTable | Section | None]:
        digest, writer, rows = self.digest, self.writer, self.limits.rows
        carded = self.found[: self.limits.cards]
        yield from self._lists()
        title = writer.plural("The plugin", "All {n} plugins", len(digest.plugins))
        yield self.table.table(title, digest.plugins[:rows])
        yield self.table.rest(digest.plugins[rows:], self.limits.listed)
        told = {found.plugin.plugin for found in carded}
        others = [plugin for plugin in digest.plugins if plugin.plugin not in told]
        yield indicator_table(writer.say("Other figures"), (), others, digest.week, writer, rows)
        yield self._mail(digest.mail) if digest.mail else None

    def _lists(self) -> Iterator[Section | None]:
        """What the central team may want to act on; a list without entries is left out."""
        digest, say = self.digest, self.writer.say
        yield self._list(say("New this week"), map(self._new, digest.new))
        yield self._list(say("Silent this week"), map(self._silent, digest.silent))
        yield self._list(say("Viewed, but owned by no team"), map(self._orphan, digest.orphans))
        yield self._list(say("Plugins that changed hands"), map(self._move, digest.moves))
        yield self._list(say("Teams without a recipient"), map(self._unread, digest.teams_without_recipients))
        yield self._list(
            say("Teams without a plugin"), (in_list(team.name) for team in digest.teams_without_plugins)
        )
        yield self._list(say("What is wrong with what is known of owners"), map(self._flaw, digest.flaws))
        yield self._list(
            say("What is wrong with other figures"),
            (line for trouble in digest.indicator_troubles for line in self._troubles(trouble)),
        )

    def _list(self, title: str, lines: Iterable[str]) -> Section | None:
        every = [Item(line) for line in lines]
        if not every:
            return None
        return Section(title, tuple(every[:LISTED]), and_more(len(every) - LISTED, self.writer))

    def _new(self, plugin: PluginChange) -> str:
        return self.writer.say(
            "{name}, {owner}: {what}", what=self._views(plugin.views.current), **self._who(plugin)
        )

    def _silent(self, plugin: PluginChange) -> str:
        before = self.writer.count(plugin.views.previous)
        return self.writer.say(
            "{name}, {owner}: no views, {n} the week before", n=before, **self._who(plugin)
        )

    def _orphan(self, plugin: PluginChange) -> str:
        return self.writer.say(
            "{name}: {what}", name=in_list(plugin.name), what=self._views(plugin.views.current)
        )

    def _who(self, plugin: PluginChange) -> dict[str, str]:
        return {"name": in_list(plugin.name), "owner": self.table.owner(plugin.plugin)}

    def _views(self, count: Count) -> str:
        return self.writer.counted(count, "views")

    def _move(self, move: Move) -> str:
        nobody = self.writer.say("no owner")
        teams = (in_list(team) if team else nobody for team in (move.from_team, move.to_team))
        before, now = teams
        return self.writer.say(
            "{name}: from {from} to {to}", **{"name": in_list(move.name), "from": before, "to": now}
        )

    def _unread(self, team: Team) -> str:
        return self.writer.plural(
            "{name} ({n} plugin)", "{name} ({n} plugins)", len(team.plugins), name=in_list(team.name)
        )

    def _flaw(self, flaw: Flaw) -> str:
        said = f"{flaw.subject} {flaw.text}".strip()
        text, origin_ = clean(said, _FLAW_MOST), clean(flaw.origin, _FLAW_MOST)
        return self.writer.say("{text} ({origin})", text=text, origin=origin_)

    def _troubles(self, trouble: IndicatorTrouble) -> Iterator[str]:
        writer = self.writer
        title = clean(trouble.title, _FLAW_MOST)
        for text in trouble.texts:
            said = writer.closed(clean(text, _FLAW_MOST))
            yield writer.say("{title}: {text}", title=title, text=said)
        if trouble.last_read is not None:
            day = writer.dates.day(trouble.last_read.date())
            yield writer.say("{title}: the last value was read on {day}.", title=title, day=day)
        else:
            yield writer.say("{title}: no value was ever read.", title=title)

    def _mail(self, mail: MailStatistics) -> Section | None:
        writer = self.writer
        title = writer.say("Mails of {week}", week=writer.dates.week_name(mail.week))
        if mail.held:
            why = clean(mail.held, _FLAW_MOST)
            return Section(title, (Item(writer.say("none was sent; {why}", why=why)),), is_compact=True)
        lines = [writer.plural("{n} mail sent", "{n} mails sent", mail.sent)]
        if mail.refused:
            lines.append(writer.plural("{n} refused", "{n} refused", mail.refused))
        if mail.deferred:
            lines.append(writer.plural("{n} not accepted yet", "{n} not accepted yet", mail.deferred))
        if mail.unknown:
            lines.append(writer.plural("{n} in doubt", "{n} in doubt", mail.unknown))
        if mail.opted_out:
            lines.append(writer.plural("{n} opted out", "{n} opted out", mail.opted_out))
        return Section(title, tuple(map(Item, lines)), is_compact=True)
