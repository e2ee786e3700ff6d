"""What a plan would do, put so that a person or a program can look it over before it happens. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from plugin_digest.audience import JOINER, Reader
from plugin_digest.model import Delivery, DeliveryState, Move, Week, canonical_address
from plugin_digest.plan import NOBODY, NOTHING, Draft, Plan, fate
from plugin_digest.ports import DeliveryStore

WOULD_BE_SENT = "would be sent"
ENDED = {DeliveryState.REFUSED, DeliveryState.UNKNOWN, DeliveryState.CLAIMED}
NO_OWNER = "plugins without an owner"
UNCOUNTED = (
    "teams whose users were not counted, as they had other plugins when the week was read; "
    "plugin-digest pull --week {week} counts them"
)


@dataclass(frozen=True)
class Line:
    """What happens with one recipient's digest of one team; ``recipient`` is empty where there is none."""

    team: str
    recipient: str
    fate: str
    subject: str
    origin: str

    @property
    def would_be_sent(self) -> bool:
        return self.fate == WOULD_BE_SENT


@dataclass(frozen=True)
class OwnedPlugin:
    """A plugin with its team, and where it is written that it is the team's."""

    name: str
    team: str
    origin: str


@dataclass(frozen=True)
class Forecast:
    """A plan for people. ``remarks`` are titled lists: what has changed, and ``faults`` what is wrong."""

    week: Week
    hold: str
    lines: tuple[Line, ...]
    plugins: tuple[OwnedPlugin, ...]
    changes: Mapping[str, Sequence[str]]
    faults: Mapping[str, Sequence[str]]
    compared_with: Week | None
    is_read: bool = True
    """Whether the week's figures are there, so that what would be sent is known."""
    viewed_in: Week | None = None
    """The week that says which plugins are in use."""
    uncounted: tuple[str, ...] = ()
    """Teams that have other plugins than when the week was read."""

    @property
    def remarks(self) -> dict[str, Sequence[str]]:
        since = f" since {self.compared_with}" if self.compared_with else ""
        changes = {f"{title}{since}": lines for title, lines in self.changes.items()}
        if self.uncounted:
            changes[UNCOUNTED.format(week=self.week)] = self.uncounted
        if self.viewed_in in (None, self.week):
            return {**changes, **self.faults}
        viewed = {NO_OWNER: f"{NO_OWNER}, viewed in {self.viewed_in}"}
        return {**changes, **{viewed.get(title, title): lines for title, lines in self.faults.items()}}

    def as_json(self) -> dict[str, Any]:
        """Everything, with stable keys."""
        return {
            "week": str(self.week),
            "is_read": self.is_read,
            "hold": self.hold,
            "mails": sum(1 for line in self.lines if line.would_be_sent),
            "recipients": [asdict(line) for line in self.lines],
            "plugins": [asdict(plugin) for plugin in self.plugins],
            "compared_with": str(self.compared_with) if self.compared_with else None,
            "viewed_in": str(self.viewed_in) if self.viewed_in else None,
            "changes": {title.replace(" ", "_"): list(lines) for title, lines in self.changes.items()},
            "teams_without_users": list(self.uncounted),
            "faults": {title.replace(" ", "_"): list(lines) for title, lines in self.faults.items()},
        }


def forecast(plan: Plan, ledger: DeliveryStore) -> Forecast:
    """What the plan would do now, with what the ledger says of it already."""
    known = {
        (row.team, canonical_address(row.recipient)): row for row in ledger.of_week(plan.week, plan.edition)
    }
    lines = tuple(
        Line(
            draft.team.key,
            reader.address,
            _fate(plan, draft, reader, known.get(_key(draft.team.key, reader.address))),
            draft.letter.subject if draft.letter else f"({draft.unread})" if draft.unread else "",
            reader.origin or draft.team.origin,
        )
        for draft in plan.drafts
        for reader in draft.readers or (NOBODY,)
    )
    compared = plan.compared_with
    return Forecast(
        plan.week,
        plan.hold,
        lines,
        tuple(_plugins(plan)),
        _changes(plan, lines, ledger) if compared else {},
        {title: found for title, found in _faults(plan).items() if found},
        compared,
        not any(draft.unread for draft in plan.drafts),
        plan.viewed_in,
        tuple(draft.team.key for draft in plan.drafts if draft.is_uncounted),
    )


def _fate(plan: Plan, draft: Draft, reader: Reader, row: Delivery | None) -> str:
    if reader.is_duplicate:
        row = None
    if row is not None and row.state is DeliveryState.SENT:
        return "sent already"
    if row is not None and row.state in ENDED:
        return row.reason
    state, reason = fate(plan, draft, reader)
    if state is DeliveryState.PLANNED:
        return WOULD_BE_SENT
    return "held" if plan.hold and state is DeliveryState.HELD else reason


def _plugins(plan: Plan) -> Iterable[OwnedPlugin]:
    names = plan.ownership.spellings
    for draft in plan.drafts:
        if not draft.parts:
            team = draft.team
            for plugin in sorted(team.plugins):
                origin = team.plugin_origins.get(plugin, team.origin)
                yield OwnedPlugin(names.get(plugin, plugin), team.key, origin)


def _changes(plan: Plan, lines: Sequence[Line], ledger: DeliveryStore) -> dict[str, Sequence[str]]:
    """Against each team's last digest that went out: its recipients, and plugins that changed hands."""
    had = {_key(_key_now(row.team, plan), row.recipient): row for row in _sent_last(plan, ledger)}
    get = {
        _key(line.team, line.recipient): line
        for line in lines
        if line.would_be_sent or line.fate in {"held", "sent already"}
    }
    known = set(had)
    if any(draft.unread for draft in plan.drafts):
        known |= {_key(_key_now(row.team, plan), row.recipient) for row in _silent_last(plan, ledger)}
    waiting = {draft.team.key for draft in plan.drafts if draft.reason and draft.team.plugins}
    return {
        "recipients added": [f"{get[key].recipient} ({get[key].team})" for key in get if key not in known],
        "recipients gone": [
            f"{row.recipient} ({key[0]})"
            for key, row in had.items()
            if key not in get and key[0] not in waiting
        ],
        "plugins that changed hands": [_told(move) for move in plan.moves],
        "teams with another key": [f"{old} is {new} now" for old, new in sorted(plan.renamed.items())],
    }


def _silent_last(plan: Plan, ledger: DeliveryStore) -> Iterator[Delivery]:
    """The rows of those who got nothing for want of anything to tell, which may be so again."""
    for row in ledger.of_week(plan.compared_with or plan.week, plan.edition):
        if row.state is DeliveryState.SKIPPED and row.reason.startswith(f"skipped: {NOTHING}"):
            yield row


def _key_now(key: str, plan: Plan) -> str:
    """The key that a team has now, or a combined digest."""
    return JOINER.join(plan.renamed.get(part, part) for part in key.split(JOINER))


def _sent_last(plan: Plan, ledger: DeliveryStore) -> Iterator[Delivery]:
    """The rows of each team's last digest; of teams that are no more, those of the last week."""
    base = plan.compared_with or plan.week
    old_keys = {new: old for old, new in plan.renamed.items()}
    teams = {key for draft in plan.drafts for key in (draft.team.key, old_keys.get(draft.team.key)) if key}
    weeks = {team: ledger.last_week_of(team, base.plus(1)) for team in teams}
    for week in {*weeks.values(), base}:
        for row in ledger.of_week(week, plan.edition) if week is not None else ():
            is_last = weeks[row.team] == week if row.team in teams else week == base
            if is_last and row.state is DeliveryState.SENT:
                yield row


def _key(team: str, recipient: str) -> tuple[str, str]:
    return team, canonical_address(recipient)


def _told(move: Move) -> str:
    return f"{move.name}: from {move.from_team or 'nobody'} to {move.to_team or 'nobody'}"


def _faults(plan: Plan) -> dict[str, Sequence[str]]:
    teams = plan.ownership.teams
    return {
        NO_OWNER: plan.orphans,
        "opt-outs of teams that are not there": [
            f"{one.team} ({one.address or 'everybody'}), by {one.by}" for one in plan.stray_opt_outs
        ],
        "teams without a plugin": [team.key for team in teams if not team.plugins],
        "teams without anybody to write to": [
            draft.team.key
            for draft in plan.drafts
            if draft.team.plugins and not draft.readers and not draft.team.opted_out
        ],
        "owners and addresses that are wrong": [
            f"{flaw.kind.value}: {flaw.sentence}" for flaw in plan.ownership.flaws
        ],
        "addresses outside mail.allowed_domains": [
            f"{reader.address} ({draft.team.key})"
            for draft in plan.drafts
            for reader in draft.readers
            if "mail.allowed_domains" in reader.left_out
        ],
    }
