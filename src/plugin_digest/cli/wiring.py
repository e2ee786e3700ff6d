"""The one place that knows the concrete classes: from a configuration to the ports of the pipeline."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic
from types import FrameType

from plugin_digest import config, pipeline, weeks
from plugin_digest.cli.console import Invocation
from plugin_digest.cli.mailing import LedgerMailer, letterhead, make_transport
from plugin_digest.errors import UsageError
from plugin_digest.inspection import Limits
from plugin_digest.intake import Source
from plugin_digest.model import (
    PORTAL,
    Ownership,
    Progress,
    PullRequest,
    Week,
    no_progress,
)
from plugin_digest.plan import Choices, Plan, draft
from plugin_digest.render import Renderer
from plugin_digest.resources import templates_dir
from plugin_digest.store import Store, open_store


@dataclass(frozen=True)
class Setup:
    """A configuration that was read without a problem, and what is made from it."""

    settings: config.Settings
    ownership: Ownership
    clock: Callable[[], datetime] = weeks.now
    stop: Event = field(default_factory=Event)

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

    def teams(self, keys: Sequence[str] | None) -> tuple[str, ...]:
        """The named teams.

        Raises:
            UsageError: there is no such team.
        """
        known = [PORTAL, *(team.key for team in self.ownership.teams)]
        for key in keys or ():
            if key not in known:
                raise UsageError(f"there is no team {key!r}; the teams are: {', '.join(known)}")
        return tuple(keys or ())

    def request(self, wanted: Sequence[Week]) -> PullRequest:
        return PullRequest(
            weeks=tuple(wanted),
            timezone=self.settings.zone,
            as_of=self.clock(),
            teams=self.ownership.plugins_by_team(),
            aliases=self.ownership.aliases,
            pages_per_plugin=self.settings.digest.pages,
        )

    @property
    def choices(self) -> Choices:
        settings = self.settings
        return Choices(
            portal_recipients=tuple(settings.portal_team.recipients),
            portal_team_name=settings.portal_team.name,
            min_base=settings.digest.min_base,
            restated_share=settings.digest.restated_share,
            pages=settings.digest.pages,
            send_empty=settings.digest.send_empty,
            limits=Limits(missing_plugins_share=settings.hold.missing_plugins_share),
        )

    @property
    def late_limit(self) -> timedelta:
        return timedelta(hours=self.settings.schedule.late_limit_hours)

    def open_store(self) -> Store:
        return open_store(self.settings.store.url)

    def source(self) -> Source:
        from plugin_digest.cli.sourcing import make_source

        return make_source(self.settings.source)

    def renderer(self) -> Renderer:
        portal = self.settings.portal
        contact = letterhead(self.settings).replies.addr_spec
        return Renderer(templates_dir(), portal_name=portal.name, portal_url=portal.url, contact=contact)

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
        """The plan of a week; freezes and sends nothing."""
        return draft(
            week,
            self.ownership,
            self.choices,
            snapshots=store.snapshots,
            digests=store.digests,
            holds=store.holds,
            renderer=self.renderer(),
            teams=teams,
        )

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
            self.ownership,
            self.choices,
            store=store,
            renderer=self.renderer(),
            mailer=self.mailer(store),
            clock=self.clock,
            teams=teams,
            resend_unknown=resend_unknown,
            on_wait=on_wait,
            is_stopped=self.stop.is_set,
            progress=progress,
        )

    def run(
        self,
        store: Store,
        week: Week,
        on_wait: Callable[[], None] = lambda: None,
        progress: Progress = no_progress,
    ) -> pipeline.Report:
        """`pipeline.run` with everything of this configuration."""
        return pipeline.run(
            week,
            source=self.source(),
            store=store,
            request=self.request,
            deliver=lambda: self.send(store, week, on_wait=on_wait, progress=progress),
            clock=self.clock,
            progress=progress,
        )

    @contextmanager
    def stopping(self, insist_s: float = 1.0) -> Iterator[None]:
        """SIGTERM and SIGINT set ``stop``: the mail in hand is finished and nothing new is begun.

        Asked again later than ``insist_s``, it ends at once: whoever insists does not want to wait for a
        mail server. Sooner it is the same request: ``timeout`` and other parents send each signal twice.
        """
        asked: list[float] = []

        def ask(_number: int, _frame: FrameType | None) -> None:
            asked.append(monotonic())
            if asked[-1] - asked[0] > insist_s:
                raise KeyboardInterrupt
            self.stop.set()

        before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def load(invocation: Invocation, clock: Callable[[], datetime] = weeks.now) -> Setup:
    """Reads the configuration and the ownership.

    Raises:
        ConfigError: every problem of all files at once.
    """
    return load_file(invocation.config, clock)


def load_file(path: Path, clock: Callable[[], datetime] = weeks.now) -> Setup:
    """As `load`, of the configuration at ``path``."""
    settings, owners = config.load_all(path, os.environ)
    return Setup(settings, owners, clock)
