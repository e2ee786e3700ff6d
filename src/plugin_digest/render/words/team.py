"""A team's digest in words: from its figures to everything that its letter says.

Owns the order and the limits of the content. Knows no HTML and no line width.
"""

from collections.abc import Collection, Iterator, Sequence

from plugin_digest.model import PluginChange, PluginState, TeamDigest
from plugin_digest.render.chart import Kind
from plugin_digest.render.layout import DataTable, Figure, Picture, Section, View
from plugin_digest.render.letterhead import Letterhead
from plugin_digest.render.names import clean
from plugin_digest.render.words.cards import CardMaker, users_about, users_figure, views_figure
from plugin_digest.render.words.drawings import Drawings, chart_label
from plugin_digest.render.words.findings import findings
from plugin_digest.render.words.fineprint import definitions, ending, origin
from plugin_digest.render.words.indicators import indicator_figure, indicator_table
from plugin_digest.render.words.limits import Limits
from plugin_digest.render.words.notes import notes, short_week
from plugin_digest.render.words.particulars import Digest, has_users, is_broken_since, shown_state
from plugin_digest.render.words.preheader import team_preheader
from plugin_digest.render.words.subjects import team_subject
from plugin_digest.render.words.summary import beside_summary, team_summary
from plugin_digest.render.words.tables import PluginTable, by_told_views, page_table, search_table
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
        carded = () if self.is_alone else found[: self.limits.cards]
        figures, chart = tuple(self._figures()), self._chart()
        told = {each.plugin.plugin for each in carded}
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
            remarks=tuple(self._remarks()),
            figures=figures,
            chart=chart,
            chart_label=chart_label(self.drawings.drawn[chart.name], writer) if chart else "",
            cards_title=writer.say("Worth a look") if carded else "",
            cards=tuple(map(self._maker().card, carded)),
            parts=tuple(self._parts(told)),
            notes=notes(digest, writer, told),
            definitions=definitions(digest, self._shown(told), self.letterhead, writer),
            origin=origin(digest, writer),
            ending=ending(self.letterhead, writer),
            drawings=self.drawings.drawn,
            logo_png=self.letterhead.logo,
        )

    def _remarks(self) -> Iterator[str]:
        """How the portal went, and of the only plugin what would stand in its card."""
        if self.is_alone and self.found:
            yield from self._maker().remarks(self.found[0])
            if self.found[0].plugin.against_portal is not None:
                return
        yield from beside_summary(self.digest, self.writer)

    def _chart(self) -> Picture | None:
        """Of all plugins together, or of the figure of the only one that stands out."""
        digest = self.digest
        figure = self.found[0].figure if self.is_alone and self.found else "views"
        broken = digest.plugins[0].series_break if self.is_alone else None
        return self.drawings.picture(
            digest.history,
            Kind.PANEL,
            judgement=digest.users_judgement if figure == "users" else digest.views_judgement,
            marks=digest.annotations,
            break_week=broken.week if broken else None,
            figure=figure,
        )

    def _figures(self) -> Iterator[Figure]:
        digest, writer = self.digest, self.writer
        compared = not (self.is_alone and is_broken_since(digest.plugins[0], self.since))
        yield views_figure(digest.views, digest.views_judgement, writer, compared=compared)
        if self.has_users:
            share = digest.plugins[0].share_of_users if self.is_alone else None
            about = users_about(digest.users.current, digest.new_users, share, writer)
            yield users_figure(digest.users, digest.users_judgement, about, writer, compared=compared)
        own = digest.plugins[0].indicators if self.is_alone else ()
        for indicator in (*digest.indicators, *own):
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
            annotations=tuple(note for note in digest.annotations if not note.plugin),
        )

    def _parts(self, told: Collection[str]) -> Iterator[DataTable | Section]:
        digest, writer = self.digest, self.writer
        others = () if self.is_alone else self._others(told)
        every: tuple[DataTable | Section | None, ...] = (
            *self._tables(others),
            page_table(
                digest.pages, writer, self.letterhead, has_users=self.has_users, is_alone=self.is_alone
            ),
            search_table(digest.searches, writer, is_alone=self.is_alone),
            indicator_table(writer.say("Other figures"), (), others, digest.week, writer, self.limits.rows),
        )
        yield from (part for part in every if part is not None)

    def _others(self, told: Collection[str]) -> Sequence[PluginChange]:
        """The plugins that have no card, the most viewed first: the smallest have no line of their own."""
        return by_told_views(plugin for plugin in self.digest.plugins if plugin.plugin not in told)

    def _shown(self, told: Collection[str]) -> set[PluginState | None]:
        """The states that stand in a line; cards tell them in sentences."""
        if self.is_alone:
            return set()
        return {shown_state(each, self.since) for each in self._others(told)[: self.limits.rows]}

    def _tables(self, others: Sequence[PluginChange]) -> Iterator[DataTable | Section | None]:
        rows = self.limits.rows
        table = PluginTable(self.writer, self.letterhead, self.drawings, self.since, self.has_users)
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
