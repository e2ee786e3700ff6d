"""The weekly run: plain functions over injected ports; the wiring knows the concrete classes.

source ─► pull ─► snapshot ─► draft ─► freeze ─► deliver
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from plugin_digest.asking import known_owners
from plugin_digest.audience import JOINER, carried
from plugin_digest.deliver.message import message_id
from plugin_digest.drafting import draft
from plugin_digest.errors import (
    Held,
    OwnersUnknown,
    PluginDigestError,
)
from plugin_digest.intake import pull, pull_periods, refuse_unfinished, require, weeks_to_pull
from plugin_digest.model import (
    Delivery,
    DeliveryState,
    Hold,
    HoldState,
    Outcome,
    Ownership,
    Period,
    PlannedDelivery,
    Progress,
    PullRequest,
    Week,
    canonical_address,
    no_progress,
)
from plugin_digest.plan import Choices, Draft, Plan, planned_deliveries
from plugin_digest.ports import (
    DeliveryStore,
    DigestStore,
    HoldStore,
    Mailer,
    OptOutStore,
    Renderer,
    Source,
    Store,
)
from plugin_digest.telling import handed_over

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Report:
    """What a ``send`` did. ``rows`` is the week's ledger afterwards, of the teams that were asked for."""

    plan: Plan
    outcome: Outcome
    stranded: tuple[Delivery, ...]
    rows: tuple[Delivery, ...]

    @property
    def broken(self) -> tuple[Draft, ...]:
        """Digests that could not be written."""
        return tuple(draft for draft in self.plan.drafts if draft.is_broken)

    @property
    def exit_code(self) -> int:
        failed = self.outcome.refused + self.outcome.deferred + self.outcome.unknown + len(self.stranded)
        return 1 if failed or self.broken or self.outcome.left or self.outcome.stopped else 0


def send(
    week: Week,
    owners: Callable[[], Ownership],
    choices: Choices,
    *,
    store: Store,
    reuses_ownership: bool = False,
    renderer: Renderer,
    mailer: Mailer,
    clock: Callable[[], datetime],
    teams: Sequence[str] = (),
    resend_unknown: bool = False,
    on_wait: Callable[[], None] = lambda: None,
    is_stopped: Callable[[], bool] = lambda: False,
    progress: Progress = no_progress,
) -> Report:
    """Plans the week, freezes its digests and delivers what is not delivered yet.

    One sender at a time: another process that sends the same store waits, until ``is_stopped``, and then
    finds nothing to do. ``owners`` finds out who owns what; where that fails, the ownership of the last plan
    is used only if ``reuses_ownership``.

    Raises:
        Held: the data or the ownership look wrong; nothing was sent.
        MailServerError: no mail can go out; what is left stays planned.
        StoreError: it was stopped while another process was sending.
    """
    with store.sending(week, on_wait, is_stopped):
        known = known_owners(owners, store, reuses=reuses_ownership)
        if known.hold:
            _place(week, known.hold, store.holds, clock())
        ownership = known.ownership
        if ownership is None:
            raise OwnersUnknown(f"{week} is held, nothing was sent: {known.hold}")

        def planned() -> Plan:
            plan = draft(week, ownership, choices, records=store, renderer=renderer, teams=teams)
            plan = replace(plan, hold=known.hold or plan.hold)
            _write(plan, store, mailer, renderer, clock(), everyone=not teams)
            return plan

        plan = planned()
        if plan.hold:
            held = OwnersUnknown if known.hold else Held
            more = " more" if handed_over(store.deliveries.of_week(week, plan.edition)) else ""
            raise held(f"{week} is held, nothing{more} was sent: {plan.hold}")
        for one in plan.drafts:
            if one.is_uncounted:
                log.warning("%s: the users of %s's plugins were not counted together", week, one.team.name)
        stranded = _strand(week, store.deliveries, clock())
        if resend_unknown:
            _reopen(_asked(store.deliveries.of_week(week, plan.edition), teams), store.deliveries)

        def delivered() -> Outcome:
            rows = _asked(store.deliveries.of_week(week, plan.edition), teams)
            return mailer.deliver([row for row in rows if _is_open(row)], progress)

        outcome = latest = delivered()
        left: set[int] = set()
        while not latest.stopped and (new := _left_in_part(latest) - left):
            left |= new
            plan, latest = planned(), delivered()
            outcome = outcome.and_then(latest)
        after = _asked(store.deliveries.of_week(week, plan.edition), teams)
        return Report(plan, outcome, () if resend_unknown else tuple(stranded), tuple(after))


def _left_in_part(outcome: Outcome) -> set[int]:
    """Combined digests whose reader left one of the teams while it was sent: the rest is still to come."""
    return {row.id for row in outcome.unsent if row.state is DeliveryState.SKIPPED and JOINER in row.team}


def _write(
    plan: Plan, store: Store, mailer: Mailer, renderer: Renderer, at: datetime, *, everyone: bool
) -> None:
    """Freezes the plan's digests, unless it is held, and brings the ledger in line with it."""
    if plan.hold:
        _place(plan.week, plan.hold, store.holds, at)
    ids = {} if plan.hold else _freeze(plan, store.digests, at)
    if ids:
        # What nothing is frozen with, no digest speaks of: the next week is held against what was told.
        store.ownerships.keep(plan.week, plan.ownership, at)
        _carry_over(plan.renamed, store.opt_outs, at)
        _lift(plan.week, store.holds, at)
    ids.update({draft.team.key: draft.frozen.id for draft in plan.drafts if draft.frozen})
    rows = planned_deliveries(
        plan,
        ids,
        lambda week, team, edition, to: message_id(week, team, edition, to, mailer.domain),
        renderer.reason,
    )
    if everyone:
        rows += _gone(rows, store.deliveries.of_week(plan.week, plan.edition))
    store.deliveries.plan(rows, at)


def _carry_over(renamed: Mapping[str, str], opt_outs: OptOutStore, at: datetime) -> None:
    """Who has left a team has left it under its new key, too."""
    before = opt_outs.all()
    for old, new in zip(before, carried(before, renamed), strict=True):
        if new != old:
            opt_outs.add(new, at)
            opt_outs.remove(old.address, old.team)


def _place(week: Week, hold: str, holds: HoldStore, at: datetime) -> None:
    known = holds.of(week)
    if known is None or (known.state is HoldState.HELD and known.reason != hold):
        holds.place(week, hold, at)


def _lift(week: Week, holds: HoldStore, at: datetime) -> None:
    """A hold that nobody had to release has come to an end when the week goes out."""
    known = holds.of(week)
    if known is not None and known.state is HoldState.HELD:
        holds.decide(week, HoldState.RELEASED, "nothing looked wrong any more", at)


def _freeze(plan: Plan, digests: DigestStore, at: datetime) -> dict[str, int]:
    return {
        draft.team.key: digests.freeze(
            plan.week, draft.team.key, draft.team.name, plan.edition, plan.revision, draft.letter, at
        ).id
        for draft in plan.drafts
        if draft.letter is not None and draft.frozen is None
    }


def _gone(rows: Sequence[PlannedDelivery], ledger: Iterable[Delivery]) -> list[PlannedDelivery]:
    """Rows for those who were planned once and whom the plan no longer knows; what was skipped stays so."""
    wanted = {(row.team, canonical_address(row.recipient)) for row in rows}
    waiting = (DeliveryState.PLANNED, DeliveryState.DEFERRED, DeliveryState.HELD)
    gone = (
        row for row in ledger if row.recipient and (row.team, canonical_address(row.recipient)) not in wanted
    )
    return [
        PlannedDelivery(
            row.week,
            row.team,
            row.edition,
            row.recipient,
            DeliveryState.SKIPPED,
            "skipped: no longer read as one" if JOINER in row.team else "skipped: no longer a recipient",
            row.message_id,
        )
        for row in gone
        if row.state in waiting
    ]


def _strand(week: Week, deliveries: DeliveryStore, at: datetime) -> list[Delivery]:
    """Rows that a process claimed and did not live to finish: whether the mail left is not known."""
    reason = "unknown: the sender stopped before the mail server's answer was recorded; not sent again"
    stranded = deliveries.strand(week, reason, at)
    for row in stranded:
        log.warning("%s: the mail of team %s may or may not have been sent", row.week, row.team)
    return stranded


def _reopen(rows: Iterable[Delivery], deliveries: DeliveryStore) -> None:
    for row in rows:
        if row.state is DeliveryState.UNKNOWN:
            deliveries.reopen(row.id, "planned again on request")


def _asked(rows: Iterable[Delivery], teams: Sequence[str]) -> list[Delivery]:
    """Those of the named teams, in combined digests, too."""
    wanted = set(teams)
    return [row for row in rows if not wanted or not wanted.isdisjoint((row.team, *row.team.split(JOINER)))]


def _is_open(row: Delivery) -> bool:
    return row.state in (DeliveryState.PLANNED, DeliveryState.DEFERRED)


def run(
    week: Week,
    *,
    source: Source,
    store: Store,
    request: Callable[[Sequence[Week]], PullRequest],
    deliver: Callable[[], Report],
    clock: Callable[[], datetime],
    periods: Callable[[], Sequence[Period]] = tuple,
    before_sending: Callable[[], object] = lambda: None,
    progress: Progress = no_progress,
) -> Report:
    """The weekly run: pull, then send; ``periods``, asked after the pull, are read as wholes if possible.

    Once a digest of the week is frozen, or the week is released as it was read, nothing is pulled any more.
    ``request`` makes the pull request for some weeks, ``before_sending`` reads whatever else a digest speaks
    of, ``deliver`` is `send` with everything bound. How it ended is recorded, also when it fails.
    """
    started = store.runs.start(week, clock())
    try:
        refuse_unfinished(week, request([week]))
        if not (store.digests.of_week(week) or _is_released(store.holds.of(week))):
            read = pull(source, store.snapshots, request(weeks_to_pull(week, store.snapshots)), progress)
            require(week, read, source.name)
            pull_periods(source, store.periods, request([week]), periods(), progress)
            before_sending()
        report = deliver()
    except PluginDigestError as error:
        store.runs.finish(started.id, error.exit_code, str(error), clock())
        raise
    except Exception as error:
        store.runs.finish(started.id, PluginDigestError.exit_code, f"internal error: {error!r}", clock())
        raise
    store.runs.finish(started.id, report.exit_code, _summary(report.outcome), clock())
    return report


def _is_released(hold: Hold | None) -> bool:
    """Whether a person has let the week go as it was read; another reading might be a worse one."""
    return hold is not None and hold.state is HoldState.RELEASED


def _summary(outcome: Outcome) -> str:
    counts = ("sent", "refused", "deferred", "unknown", "skipped")
    return ", ".join(f"{getattr(outcome, name)} {name}" for name in counts)
