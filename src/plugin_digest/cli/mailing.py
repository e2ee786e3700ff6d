"""The mail side of a configuration: letterhead, transport, and the mailer that works off the ledger."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from threading import Event

from plugin_digest import render
from plugin_digest.audience import OptOutBook, Reader
from plugin_digest.config import OutboxSettings, Settings
from plugin_digest.deliver.message import Letterhead, build, message_id
from plugin_digest.deliver.outbox import OutboxTransport
from plugin_digest.deliver.pace import Pace, RetryPolicy
from plugin_digest.deliver.send import Transport, deliver
from plugin_digest.deliver.smtp import SmtpTransport
from plugin_digest.errors import RenderError
from plugin_digest.guards import is_allowed
from plugin_digest.model import NOTICE, PORTAL, Delivery, DeliveryState, FrozenDigest, Outcome, Progress
from plugin_digest.plan import Draft, Plan
from plugin_digest.render import Renderer
from plugin_digest.resources import templates_dir
from plugin_digest.store import Store

TEST_REASON = "This is a test that somebody sent with plugin-digest send --to."


def letterhead(settings: Settings) -> Letterhead:
    mail = settings.mail
    return Letterhead(
        from_=mail.from_,
        reply_to=mail.reply_to or mail.from_,
        list_name=f"{settings.portal.name} digest",
        portal_url=settings.portal.url,
    )


def make_renderer(settings: Settings) -> Renderer:
    """Writes letters with the portal's brand; its own templates come before the shipped ones.

    Raises:
        RenderError: a template or the logo is missing or broken.
    """
    portal, brand = settings.portal, settings.brand
    try:
        logo = brand.logo.read_bytes() if brand.logo else b""
    except OSError as error:
        raise RenderError(f"{brand.logo} cannot be read: {error.strerror}") from error
    made, png = render.make_brand(portal.name, portal.url, brand.accent, logo)
    head = render.Letterhead(
        made,
        render.load_language(settings.digest.language),
        contact=letterhead(settings).replies.addr_spec,
        logo=png,
        link_base=brand.link_base or portal.url,
        plugin_path=brand.plugin_path or "",
        docs=brand.docs or "",
        stop=brand.stop or "",
    )
    own = [brand.templates] if brand.templates else []
    return Renderer([*own, templates_dir()], head)


def make_transport(settings: Settings) -> Transport:
    transport = settings.mail.transport
    if isinstance(transport, OutboxSettings):
        return OutboxTransport(transport.path)
    return SmtpTransport(
        transport.host,
        transport.port,
        security=transport.security,
        username=transport.username,
        password=transport.secret,
        ca_file=transport.ca_file,
        timeout_s=transport.timeout_s,
    )


@dataclass(frozen=True)
class LedgerMailer:
    """Writes each delivery's message from its frozen digest and hands it to the transport."""

    settings: Settings
    store: Store
    clock: Callable[[], datetime]
    stop: Event

    @cached_property
    def letterhead(self) -> Letterhead:
        return letterhead(self.settings)

    @property
    def domain(self) -> str:
        return self.letterhead.domain

    def deliver(self, deliveries: Sequence[Delivery], progress: Progress) -> Outcome:
        """Delivers ledger rows.

        Raises:
            MailServerError: no mail can go out; what is left stays as it was.
        """
        if not deliveries:
            return Outcome()
        mail = self.settings.mail
        with make_transport(self.settings) as transport:
            return deliver(
                self.store.deliveries,
                deliveries,
                self.compose,
                transport,
                sender=self.letterhead.sender,
                clock=self.clock,
                retry=RetryPolicy(tuple(mail.retry.delays_s)),
                pace=Pace(mail.rate_per_minute),
                stop=self.stop,
                progress=progress,
                check_before=self._reason_to_skip,
            )

    def _reason_to_skip(self, delivery: Delivery) -> str | None:
        """Somebody may have left since the plan, and the last word counts."""
        team = PORTAL if delivery.team == NOTICE else delivery.team
        left = OptOutBook(self.store.opt_outs.all()).reason(delivery.recipient, team)
        if not left and not is_allowed(delivery.recipient, self.settings.mail.allowed_domains):
            return "its domain is not one of mail.allowed_domains"
        return left or None

    def compose(self, delivery: Delivery) -> bytes:
        """The message of a ledger row, from what is frozen."""
        frozen = None if delivery.digest_id is None else self.store.digests.get(delivery.digest_id)
        if frozen is None:
            raise RenderError(f"{delivery.week}: nothing is frozen for team {delivery.team}")
        return build(frozen, delivery, self.letterhead)

    def message(
        self, plan: Plan, draft: Draft, reader: Reader, why: str, message_id: str | None = None
    ) -> bytes:
        """The message of a draft as it would be sent to ``reader``; the frozen one where it is frozen."""
        assert draft.letter is not None
        now, team = self.clock(), draft.team
        frozen = draft.frozen or FrozenDigest(
            0, plan.week, team.key, team.name, plan.edition, plan.revision, now, draft.letter
        )
        identifier = message_id or self._message_id(plan, team.key, reader.address)
        row = Delivery(
            0, plan.week, team.key, plan.edition, reader.address, DeliveryState.PLANNED, "", identifier, 0,
            None, now, None, why,
        )  # fmt: skip
        return build(frozen, row, self.letterhead)

    def send_test(self, plan: Plan, recipient: str, progress: Progress) -> int:
        """Sends every drafted digest to one address; no row of the ledger knows of it. How many were sent."""
        drafts = [draft for draft in plan.drafts if draft.letter is not None]
        pace = Pace(self.settings.mail.rate_per_minute)
        with make_transport(self.settings) as transport:
            for done, draft in enumerate(drafts):
                progress("sending tests", done, len(drafts))
                if self.stop.wait(pace.delay_s()):
                    return done
                team = f"{draft.team.key}-test-{self.clock():%Y%m%d%H%M%S%f}"
                own_id = self._message_id(plan, team, recipient)
                payload = self.message(plan, draft, Reader(recipient, ""), TEST_REASON, own_id)
                transport.send(payload, self.letterhead.sender, recipient)
        return len(drafts)

    def _message_id(self, plan: Plan, team: str, recipient: str) -> str:
        return message_id(plan.week, team, plan.edition, recipient, self.domain)
