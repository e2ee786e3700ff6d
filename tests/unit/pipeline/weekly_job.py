"""The weekly job over a real store and the real renderer; the source and the mail server are made up."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Event
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

from factories import W46, snapshot, team
from plugin_digest import pipeline
from plugin_digest.audience import OptOutBook
from plugin_digest.deliver.message import Letterhead, build
from plugin_digest.deliver.pace import Pace, RetryPolicy
from plugin_digest.deliver.send import deliver
from plugin_digest.model import (
    Delivery,
    Outcome,
    Ownership,
    Progress,
    PullRequest,
    Snapshot,
    Team,
    TeamUsage,
    Usage,
    Week,
    no_progress,
)
from plugin_digest.plan import Choices
from plugin_digest.ports import Renderer
from plugin_digest.store import Store

ZONE = ZoneInfo("Europe/Stockholm")
SLOT = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
CI = team("ci", name="CI Platform", plugins=frozenset({"jenkins", "sonarqube"}))
DOCS = team("docs", name="Documentation", plugins=frozenset({"techdocs"}))
PORTAL_TEAM = "portal-team@acme.example"


def week(which: Week, teams: Sequence[Team] = (CI, DOCS), **views: int) -> Snapshot:
    """A whole week; a team's users are fewer than its plugins' together, as people use several."""
    figures = {plugin: (count, -(-count // 4)) for plugin, count in views.items()}
    together = {
        each.key: TeamUsage(each.plugins, Usage(total, -(-total // 6)))
        for each in teams
        for total in (sum(count for plugin, count in views.items() if plugin in each.plugins),)
    }
    return snapshot(which, figures, teams=together, pages={}, notes=())


class MadeUpSource:
    """Answers with the weeks that it knows, or raises what it is told to; ``asked`` is what it was asked."""

    name = "made up"

    def __init__(self, *known: Snapshot) -> None:
        self.known = {each.week: each for each in known}
        self.trouble: Exception | None = None
        self.asked: list[tuple[Week, ...]] = []

    def check(self) -> Sequence[str]:
        return []

    def pull(self, request: PullRequest, progress: Progress = no_progress) -> Sequence[Snapshot]:
        self.asked.append(tuple(request.weeks))
        if self.trouble is not None:
            raise self.trouble
        found = (self.known.get(each) for each in request.weeks)
        return [replace(each, as_of=request.as_of) for each in found if each is not None]


class MailServer:
    """Takes mails, after it has raised what it is told to raise for a recipient (once each)."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.troubles: dict[str, list[BaseException]] = {}
        self.stop = Event()
        self.stop_after: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is kept open."""

    def check(self) -> Sequence[str]:
        return []

    def send(self, payload: bytes, sender: str, recipient: str) -> str:
        if self.troubles.get(recipient):
            raise self.troubles[recipient].pop(0)
        self.taken.append((recipient, payload))
        if len(self.taken) == self.stop_after:
            self.stop.set()
        return "250 OK"

    def copies(self) -> Counter[str]:
        """How many mails each address has got."""
        return Counter(recipient for recipient, _ in self.taken)

    def mails(self, recipient: str) -> Iterator[EmailMessage]:
        for address, payload in self.taken:
            if address == recipient:
                yield message_from_bytes(payload, policy=policy.default)

    def text(self, recipient: str) -> str:
        """The text of the only mail to the recipient, on one line."""
        (mail,) = self.mails(recipient)
        return " ".join(body(mail).split())


def body(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@dataclass
class Mailer:
    """As the command line's, without a configuration."""

    store: Store
    server: MailServer
    letterhead: Letterhead
    now: datetime

    @property
    def domain(self) -> str:
        return self.letterhead.domain

    def deliver(self, deliveries: Sequence[Delivery], progress: Progress) -> Outcome:
        return deliver(
            self.store.deliveries,
            deliveries,
            self.compose,
            self.server,
            sender=self.letterhead.sender,
            clock=lambda: self.now,
            retry=RetryPolicy(()),
            pace=Pace(),
            stop=self.server.stop,
            check_before=self.reason_to_skip,
        )

    def reason_to_skip(self, delivery: Delivery) -> str | None:
        return OptOutBook(self.store.opt_outs.all()).reason(delivery.recipient, delivery.team) or None

    def compose(self, delivery: Delivery) -> bytes:
        assert delivery.digest_id is not None
        frozen = self.store.digests.get(delivery.digest_id)
        assert frozen is not None
        return build(frozen, delivery, self.letterhead)


@dataclass
class Job:
    """One installation: what it is set to, and the two calls that the command line makes."""

    store: Store
    renderer: Renderer
    source: MadeUpSource
    server: MailServer = field(default_factory=MailServer)
    teams: tuple[Team, ...] = (CI, DOCS)
    choices: Choices = field(default_factory=lambda: Choices(portal_recipients=(PORTAL_TEAM,)))
    now: datetime = SLOT
    from_: str = "Portal <portal@acme.example>"
    aliases: Mapping[str, str] = field(default_factory=dict)
    owners_trouble: Exception | None = None

    def send(self, which: Week = W46, **options: Any) -> pipeline.Report:
        letterhead = Letterhead(self.from_, self.from_, "Portal digest", "https://backstage.acme.example")
        return pipeline.send(
            which,
            self.owners,
            self.choices,
            store=self.store,
            renderer=self.renderer,
            mailer=Mailer(self.store, self.server, letterhead, self.now),
            clock=lambda: self.now,
            **options,
        )

    def send_of_pulled(self, which: Week, **options: Any) -> pipeline.Report:
        """Pulls the week without asking for owners, then sends."""
        self.store.snapshots.add(self.source.known[which])
        return self.send(which, **options)

    def owners(self) -> Ownership:
        if self.owners_trouble is not None:
            raise self.owners_trouble
        return Ownership(self.teams, self.aliases)

    def run(self, which: Week = W46) -> pipeline.Report:
        return pipeline.run(
            which,
            source=self.source,
            store=self.store,
            request=lambda weeks: PullRequest(
                weeks, ZONE, self.now, Ownership(self.teams).plugins_by_team(), self.aliases
            ),
            deliver=lambda: self.send(which),
            clock=lambda: self.now,
        )

    def a_week_later(self) -> None:
        self.now += timedelta(weeks=1)
