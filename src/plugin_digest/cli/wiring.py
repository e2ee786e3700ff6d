"""The one place that knows the concrete classes: from a configuration to the ports of the pipeline."""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import Any

from plugin_digest import annotations, config, indicators, notice, pipeline, weeks
from plugin_digest.asking import Known, known_owners
from plugin_digest.audience import JOINER, Rules, audiences, portal_readers
from plugin_digest.cli import choosing, indicating
from plugin_digest.cli.console import Invocation
from plugin_digest.cli.mailing import LedgerMailer, letterhead, make_renderer, make_transport
from plugin_digest.diff import FOUR_WEEKS, both_periods
from plugin_digest.drafting import draft, outline
from plugin_digest.errors import (
    Held,
    OwnershipError,
    OwnersUnknown,
    PluginDigestError,
    UsageError,
)
from plugin_digest.model import (
    PORTAL,
    Annotation,
    Ownership,
    Period,
    Progress,
    PullRequest,
    Week,
    is_known,
    no_progress,
)
from plugin_digest.monthly import lengths_of
from plugin_digest.ownership import Provider, resolve
from plugin_digest.plan import Choices, Plan
from plugin_digest.ports import Source
from plugin_digest.render import Renderer
from plugin_digest.store import Store, open_store
from plugin_digest.telling import Telling

log = logging.getLogger(__name__)

NO_OWNERS = Ownership(())


@dataclass(frozen=True)
class Setup:
    """A configuration that was read without a problem, and what is made from it."""

    settings: config.Settings
    providers: tuple[Provider, ...]
    clock: Callable[[], datetime] = weeks.now
    stop: Event = field(default_factory=Event)
    _found: list[Ownership | OwnershipError] = field(default_factory=list)

    def ownership(self, store: Store) -> Ownership:
        """Who owns what, as the places say now; each is asked once, also one that cannot be reached.

        Raises:
            OwnershipError: a place cannot be reached, or its answer cannot be trusted.
        """
        if not self._found:
            self._found.append(self._ask(store))
        found = self._found[0]
        if isinstance(found, OwnershipError):
            raise found
        return found

    def _ask(self, store: Store) -> Ownership | OwnershipError:
        co_owners_read = self.settings.mail.co_owners == "readers"
        try:
            return resolve(self.providers, store.snapshots.first_seen(), co_owners_read=co_owners_read)
        except OwnershipError as error:
            return error

    def ownership_or_last(self, store: Store) -> Ownership:
        """As `ownership`, or what the last plan knew: good enough to pull figures, not to write to people."""
        try:
            return self.ownership(store)
        except OwnershipError as error:
            last = store.ownerships.newest()
            using = "no team" if last is None else "the teams of the last plan"
            log.warning("%s; figures are read for %s meanwhile", error, using)
            return last or Ownership(())

    def week(self, text: str | None) -> Week:
        """The named week, or that of the latest slot."""
        if text is None:
            return self.settings.timetable.latest(self.clock()).week
        return weeks.parse_week(text, self.settings.portal.week_starts_on)

    def finished_weeks(self, count: int) -> list[Week]:
        """The last ``count`` weeks that are over, oldest first."""
        today = self.clock().astimezone(self.settings.zone).date()
        current = weeks.week_of(today, self.settings.portal.week_starts_on)
        return [current.plus(-back) for back in range(count, 0, -1)]

    def teams(self, store: Store, keys: Sequence[str] | None) -> tuple[str, ...]:
        """The named teams.

        Raises:
            UsageError: there is no such team.
        """
        if not keys:
            return ()
        return _known(keys, [PORTAL, *(team.key for team in self.ownership_or_last(store).teams)])

    def digests(self, store: Store, week: Week, keys: Sequence[str] | None) -> tuple[str, ...]:
        """The named teams, or the combined digests of several that somebody gets or has had in the week.

        Raises:
            UsageError: there is no such digest.
        """
        if not keys:
            return ()
        known = [PORTAL, *self.plugin_sets(self.ownership_or_last(store))]
        had = (row.team for row in store.deliveries.of_week(week) if JOINER in row.team)
        return _known(keys, [*known, *(key for key in dict.fromkeys(had) if key not in known)])

    def request(self, wanted: Sequence[Week], owners: Ownership = NO_OWNERS) -> PullRequest:
        """What the source is asked for, with the teams and combined teams whose users it is to count."""
        return PullRequest(
            weeks=tuple(wanted),
            timezone=self.settings.zone,
            as_of=self.clock(),
            teams=self.plugin_sets(owners),
            aliases=owners.aliases,
            pages_per_plugin=self.settings.digest.pages,
        )

    def plugin_sets(self, owners: Ownership) -> dict[str, frozenset[str]]:
        """The plugins of each team, and of each combination of teams that somebody reads as one."""
        return {one.team.key: one.team.plugins for one in audiences(owners, self.rules, ())}

    @property
    def rules(self) -> Rules:
        return choosing.rules(self.settings)

    def choices(self, week: Week) -> Choices:
        """What is set about the digests of a week."""
        return choosing.choices(self.settings, week, self.annotations)

    def periods(self, store: Store, week: Week, owners: Ownership) -> tuple[Period, ...]:
        """Which periods are read as wholes in the run of a week: those of the monthly digests that are due.

        And the 28 days for the portal digest, where the week's own reading does not have them.
        """
        month = self.settings.timetable.month(week)
        due = audiences(owners, self.rules, store.opt_outs.all())
        lengths = set(lengths_of(due, month, Telling(week, owners, store)))
        read = store.snapshots.newest(week)
        if read is not None and not is_known(read.four_weeks.users):
            lengths.add(FOUR_WEEKS)
        return tuple(period for length in sorted(lengths) for period in both_periods(week, length))

    @cached_property
    def annotations(self) -> tuple[Annotation, ...]:
        """What stands in the file of annotations.

        Raises:
            ConfigError: everything that is wrong with it.
        """
        path = self.settings.annotations
        if path is None:
            return ()
        return annotations.load(path, os.environ, self.settings.portal.week_starts_on)

    @property
    def late_limit(self) -> timedelta:
        return timedelta(hours=self.settings.schedule.late_limit_hours)

    def open_store(self) -> Store:
        return open_store(self.settings.store.url)

    def source(self) -> Source:
        from plugin_digest.cli.sourcing import make_source

        return make_source(self.settings.source)

    def renderer(self) -> Renderer:
        """Writes letters with the portal's brand.

        Raises:
            RenderError: a template or the logo is missing or broken.
        """
        return make_renderer(self.settings)

    def mailer(self, store: Store) -> LedgerMailer:
        return LedgerMailer(self.settings, store, self.clock, self.stop)

    def check_mail(self) -> Sequence[str]:
        """What is found on the way to the mail server, a line each.

        Raises:
            MailServerError: no mail can go out.
        """
        letterhead(self.settings)
        return make_transport(self.settings).check()

    def draft(self, store: Store, week: Week, teams: Sequence[str] = ()) -> Plan:
        """The plan of a week; freezes and sends nothing.

        Raises:
            Held: it is not known who owns what, or no figures of the week are stored.
        """
        known = self.known_owners(store)
        if known.hold or known.ownership is None:
            raise OwnersUnknown(f"{week} would be held: {known.hold}")
        return self.draft_with(known.ownership, store, week, teams)

    def known_owners(self, store: Store) -> Known:
        """As a send would find them, without leaving a trace."""
        reuses = self.settings.hold.reuse_ownership
        return known_owners(lambda: self.ownership(store), store, reuses=reuses)

    def draft_with(self, owners: Ownership, store: Store, week: Week, teams: Sequence[str] = ()) -> Plan:
        """As `draft`, by a known ownership."""
        return draft(week, owners, self.choices(week), records=store, renderer=self.renderer(), teams=teams)

    def outlook(self, store: Store, week: Week) -> Plan:
        """As `draft`; of a week that is not read yet, who would get a digest and no digest.

        Where it is not known who owns what, those who would be held.

        Raises:
            OwnersUnknown: nor was it ever.
        """
        known = self.known_owners(store)
        owners = known.ownership
        if owners is None:
            raise OwnersUnknown(f"{week} would be held: {known.hold}")
        if store.snapshots.newest(week) is not None:
            plan = self.draft_with(owners, store, week)
        else:
            choices, renderer = self.choices(week), self.renderer()
            plan = outline(week, owners, choices, records=store, renderer=renderer)
        return replace(plan, hold=known.hold or plan.hold)

    def send(
        self,
        store: Store,
        week: Week,
        teams: Sequence[str] = (),
        *,
        resend_unknown: bool = False,
        on_wait: Callable[[], None] = lambda: None,
        progress: Progress = no_progress,
    ) -> pipeline.Report:
        """`pipeline.send` with everything of this configuration."""
        store.bind_instance(self.settings.store.instance)
        return pipeline.send(
            week,
            lambda: self.ownership(store),
            self.choices(week),
            store=store,
            reuses_ownership=self.settings.hold.reuse_ownership,
            renderer=self.renderer(),
            mailer=self.mailer(store),
            clock=self.clock,
            teams=teams,
            resend_unknown=resend_unknown,
            on_wait=on_wait,
            is_stopped=self.stop.is_set,
            progress=progress,
        )

    def send_and_tell(
        self, store: Store, week: Week, teams: Sequence[str] = (), **options: Any
    ) -> pipeline.Report:
        """As `send`; the portal team is told where it fails."""
        with notice.telling(week, store.holds, lambda error: self.tell(store, week, error)):
            return self.send(store, week, teams, **options)

    def run(
        self,
        store: Store,
        week: Week,
        on_wait: Callable[[], None] = lambda: None,
        progress: Progress = no_progress,
        tell: Callable[[PluginDigestError], None] | None = None,
    ) -> pipeline.Report:
        """`pipeline.run` with everything of this configuration; without ``tell`` the portal team is told."""
        owners = self.ownership_or_last(store)
        with notice.telling(week, store.holds, tell or (lambda error: self.tell(store, week, error))):
            return pipeline.run(
                week,
                source=self.source(),
                store=store,
                request=lambda wanted: self.request(wanted, owners),
                periods=lambda: self.periods(store, week, owners),
                before_sending=lambda: self.store_indicators(store, week, owners),
                deliver=lambda: self.send(store, week, on_wait=on_wait, progress=progress),
                clock=self.clock,
                progress=progress,
            )

    def store_indicators(self, store: Store, week: Week, owners: Ownership) -> None:
        """Reads and stores the indicators of the week and those before."""
        indicating.keep(self.read_indicators(store, week, owners), store, week, self.clock())

    def read_indicators(self, store: Store, week: Week, owners: Ownership) -> Sequence[indicators.Reading]:
        """What the places say of the indicators of the week and those before."""
        return indicating.read(self.settings, store, week, owners, self.clock())

    def tell(self, store: Store, week: Week, error: PluginDigestError) -> None:
        """Tells the portal team of a week that is held, or of a run that has failed."""
        recipients = self.settings.portal_team.recipients
        notice.tell(
            week,
            str(error),
            is_held=isinstance(error, Held),
            readers=portal_readers(recipients, self.rules, store.opt_outs.all()),
            store=store,
            renderer=self.renderer(),
            mailer=self.mailer(store),
            at=self.clock(),
        )


def _known(keys: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    wanted = tuple(key.lower() for key in keys)
    for key in wanted:
        if key not in known:
            raise UsageError(f"there is no team {key!r}; the teams are: {', '.join(known)}")
    return wanted


def load(invocation: Invocation, clock: Callable[[], datetime] = weeks.now) -> Setup:
    """Reads the configuration, and the files that say who owns what.

    Raises:
        ConfigError: every problem of all files at once.
    """
    return load_file(invocation.config, clock)


def load_file(path: Path, clock: Callable[[], datetime] = weeks.now) -> Setup:
    """As `load`, of the configuration at ``path``."""
    settings, providers = config.load_all(path, os.environ)
    setup = Setup(settings, providers, clock)
    setup.annotations  # noqa: B018 - read now, so that what is wrong in it is told before anything is done
    return setup
