"""A team's digest in words: from its figures to everything that its letter says.

Owns the order and the limits of the content. Knows no HTML and no line width.
"""

from collections.abc import Iterator, Sequence

from plugin_digest.model import PluginChange, PluginState, TeamDigest
from plugin_digest.render.chart import Kind
from plugin_digest.render.layout import DataTable, Figure, Picture, Section, View
from plugin_digest.render.letterhead import Letterhead
from plugin_digest.render.names import clean
from plugin_digest.render.words.cards import CardMaker, users_about, users_figure, views_figure
from plugin_digest.render.words.drawings import Drawings, chart_label
from plugin_digest.render.words.findings import Finding, findings
from plugin_digest.render.words.fineprint import definitions, ending, origin
from plugin_digest.render.words.indicators import indicator_figure, indicator_table
from plugin_digest.render.words.limits import Limits
from plugin_digest.render.words.notes import notes, short_week
from plugin_digest.render.words.particulars import Digest, has_users, is_broken_since, shown_state
from plugin_digest.render.words.summary import team_preheader, team_subject, team_summary
from plugin_digest.render.words.tables import PluginTable, page_table, search_table
from plugin_digest.render.words.writer import Writer


def team_view(digest: TeamDigest, letterhead: Letterhead, limits: Limits) -> View:
    """What one team's letter says, with as much as ``limits`` has room for."""
    return _TeamLetter(digest, letterhead, limits).view()


class _TeamLetter:
    """What the parts of one letter share."""

    def __init__(self, digest: TeamDigest, letterhead: Letterhead, limits: Limits) -> None:
        self.digest = digest
        self.letterhead = letterhead
        self.limits = limits
        self.writer = Writer(letterhead.language, digest.hidden_below, digest.weeks)
        self.drawings = Drawings(digest, digest.team.key, self.writer)
        self.found = findings(digest)
        self.has_users = has_users(digest)
        self.since = digest.week.plus(1 - digest.weeks)
        self.is_alone = len(digest.plugins) == 1

    def view(self) -> View:
        digest, writer, found = self.digest, self.writer, self.found
        subject = team_subject(digest, found, self.letterhead.brand.name, writer)
        chart = None if self.is_alone and found else self._chart()
        carded = found[: self.limits.cards]
        return View(
            language=writer.language.tag,
            direction=writer.language.direction,
            finding=subject[0],
            place=subject[1],
            preheader=team_preheader(digest, found, subject[0], writer),
            brand=self.letterhead.brand,
            title=clean(digest.team.name),
            week=week_line(digest, writer),
            edition=edition_of(digest.edition, writer),
            summary=team_summary(digest, found, writer),
            figures=tuple(self._figures()),
            chart=chart,
            chart_label=self._chart_label() if chart else "",
            cards_title=writer.say("Worth a look") if carded else "",
            cards=tuple(map(self._maker().card, carded)),
            parts=tuple(self._parts(carded)),
            notes=notes(digest, writer),
            definitions=definitions(digest, self._words(carded), self.letterhead, writer),
            origin=origin(digest, writer),
            ending=ending(self.letterhead, writer),
            drawings=self.drawings.drawn,
            logo_png=self.letterhead.logo,
        )

    def _chart(self) -> Picture | None:
        digest = self.digest
        return self.drawings.picture(
            digest.history, Kind.PANEL, judgement=digest.views_judgement, marks=digest.annotations
        )

    def _chart_label(self) -> str:
        digest = self.digest
        return chart_label(digest.history, digest.views_judgement, digest.annotations, self.writer)

    def _figures(self) -> Iterator[Figure]:
        digest, writer = self.digest, self.writer
        compared = not (self.is_alone and is_broken_since(digest.plugins[0], self.since))
        yield views_figure(digest.views, digest.views_judgement, writer, compared=compared)
        if self.has_users:
            share = digest.plugins[0].share_of_users if self.is_alone else None
            about = users_about(digest.users.current, digest.new_users, share, writer)
            yield users_figure(digest.users, digest.users_judgement, about, writer, compared=compared)
        for indicator in digest.indicators:
            yield indicator_figure(indicator, digest.week, writer)

    def _maker(self) -> CardMaker:
        digest = self.digest
        return CardMaker(
            writer=self.writer,
            letterhead=self.letterhead,
            drawings=self.drawings,
            week=digest.week,
            names={plugin.plugin: plugin.name for plugin in digest.plugins},
            moves={move.plugin: move for move in digest.moves},
            has_users=self.has_users,
            annotations=digest.annotations if self.is_alone else (),
            is_alone=self.is_alone,
        )

    def _parts(self, carded: Sequence[Finding]) -> Iterator[DataTable | Section]:
        digest, writer = self.digest, self.writer
        told = {each.plugin.plugin for each in carded}
        others = [plugin for plugin in digest.plugins if plugin.plugin not in told]
        every: tuple[DataTable | Section | None, ...] = (
            *(() if self.is_alone else self._others(others)),
            page_table(
                digest.pages, writer, self.letterhead, has_users=self.has_users, is_alone=self.is_alone
            ),
            search_table(digest.searches, writer, is_alone=self.is_alone),
            indicator_table(writer.say("Other figures"), (), others, digest.week, writer, self.limits.rows),
        )
        yield from (part for part in every if part is not None)

    def _words(self, carded: Sequence[Finding]) -> set[PluginState | None]:
        """The states that are called by their word: cards tell them in sentences."""
        if self.is_alone:
            return set()
        told = {each.plugin.plugin for each in carded}
        return {shown_state(each, self.since) for each in self.digest.plugins if each.plugin not in told}

    def _others(self, others: Sequence[PluginChange]) -> Iterator[DataTable | Section | None]:
        writer, rows = self.writer, self.limits.rows
        table = PluginTable(writer, self.letterhead, self.drawings, self.since, self.has_users)
        yield table.table(self._title(len(others)), others[:rows])
        yield table.rest(others[rows:], self.limits.listed)

    def _title(self, others: int) -> str:
        every = len(self.digest.plugins)
        if others == every:
            return self.writer.plural_in_letters("Your plugin", "Your {n} plugins", every)
        return self.writer.plural_in_letters("Your other plugin", "Your other {n} plugins", others)


def week_line(digest: Digest, writer: Writer) -> str:
    """``Week 48, 23–29 November 2026 · 4 working days: Thanksgiving on Thursday``."""  # noqa: RUF002
    title = writer.dates.week_title(digest.week, writer.weeks)
    return " · ".join(filter(None, (title, short_week(digest, writer))))


def edition_of(edition: int, writer: Writer) -> str:
    return writer.say("Corrected edition {n}", n=writer.numbers.number(edition)) if edition > 1 else ""
