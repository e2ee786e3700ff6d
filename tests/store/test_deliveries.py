"""The ledger: which moves a row can make, and that each is made once."""

from datetime import timedelta
from itertools import product

import pytest

from factories import AS_OF, W46
from plugin_digest.errors import StoreError
from plugin_digest.model import OPEN_STATES, DeliveryState, Letter, PlannedDelivery

LATER = AS_OF + timedelta(hours=1)
ADDRESS = "ci@acme.example"

PLANNED, CLAIMED, SENT, REFUSED, DEFERRED, UNKNOWN, SKIPPED, HELD = (
    DeliveryState.PLANNED,
    DeliveryState.CLAIMED,
    DeliveryState.SENT,
    DeliveryState.REFUSED,
    DeliveryState.DEFERRED,
    DeliveryState.UNKNOWN,
    DeliveryState.SKIPPED,
    DeliveryState.HELD,
)


def planned(recipient=ADDRESS, state=PLANNED, team="ci", edition=1, week=W46, **changes):
    values = {"reason": state.value, "message_id": f"<{team}.{recipient.strip()}@acme.example>"}
    return PlannedDelivery(week, team, edition, recipient, state, **{**values, **changes})


def only(store):
    (row,) = store.deliveries.of_week(W46)
    return row


def in_state(store, state, recipient=ADDRESS):
    """A ledger row that has come to ``state`` by the moves of the product."""
    first = state if state in (PLANNED, SKIPPED, HELD) else PLANNED
    store.deliveries.plan([planned(recipient, first)], AS_OF)
    row = next(row for row in store.deliveries.of_week(W46) if row.recipient == recipient)
    if state is not first:
        store.deliveries.claim(row.id, AS_OF)
    if state not in (first, CLAIMED):
        store.deliveries.finish(row.id, state, f"{state.value}: so it ended", AS_OF)
    found = store.deliveries.get(row.id)
    assert found.state is state
    return found


def digest(store, team="ci"):
    return store.digests.freeze(W46, team, team, 1, 1, Letter("s", "h", "t"), AS_OF).id


def test_a_planned_row_is_read_as_it_was_planned(store):
    """Every field of the plan is in the ledger, and nothing has been tried."""
    store.deliveries.plan([planned(f" {ADDRESS} ", digest_id=digest(store))], AS_OF)
    row = only(store)
    assert (row.week, row.team, row.edition, row.recipient) == (W46, "ci", 1, ADDRESS)
    assert (row.state, row.reason, row.message_id) == (PLANNED, "planned", f"<ci.{ADDRESS}@acme.example>")
    assert (row.attempts, row.digest_id, row.planned_at, row.finished_at) == (0, 1, AS_OF, None)
    assert store.deliveries.get(row.id) == row


def test_an_address_is_planned_once(store):
    """An address written a hundred ways is one row (matomo-org/matomo#14474)."""
    store.deliveries.plan([planned(ADDRESS), planned(ADDRESS.upper()), planned(f" {ADDRESS}\t")], AS_OF)
    store.deliveries.plan([planned("Ci@Acme.Example")], LATER)
    assert only(store).planned_at == AS_OF


def test_the_key_is_week_team_edition_and_recipient(store):
    """Each of the four makes another row, and nothing else does (matomo-org/matomo#24508)."""
    rows = [
        planned(),
        planned("web@acme.example"),
        planned(team="web"),
        planned(edition=2),
        planned(week=W46.plus(1)),
    ]
    for message_id in ("<one@acme.example>", "<two@acme.example>"):
        store.deliveries.plan([*rows, planned(message_id=message_id, reason="again")], LATER)
    assert len(store.deliveries.of_week(W46)) == 4
    assert len(store.deliveries.of_week(W46.plus(1))) == 1


def test_rows_come_in_a_stable_order(store):
    """By team, recipient and edition, on every database (Priyanshu-byte-coder/devtrack#3000)."""
    keys = [("b", "a@x", 1), ("B", "a@x", 1), ("a-b", "a@x", 1), ("ab", "a@x", 2), ("ab", "a@x", 1)]
    store.deliveries.plan([planned(who, team=team, edition=n) for team, who, n in keys], AS_OF)
    rows = store.deliveries.of_week(W46)
    assert [(row.team, row.recipient, row.edition) for row in rows] == sorted(keys)
    assert [row.team for row in store.deliveries.of_week(W46, edition=2)] == ["ab"]


@pytest.mark.parametrize(("before", "after"), list(product([PLANNED, SKIPPED, HELD], repeat=2)))
def test_a_row_that_was_not_tried_follows_the_plan(store, before, after):
    """What was planned, held or skipped follows the new plan; only its Message-ID stays."""
    in_state(store, before)
    number = digest(store)
    store.deliveries.plan(
        [planned("CI@acme.example", after, reason="new", message_id="<new@x>", digest_id=number)], LATER
    )
    row = only(store)
    assert (row.state, row.reason, row.digest_id) == (after, "new", number)
    assert (row.recipient, row.message_id) == ("CI@acme.example", f"<ci.{ADDRESS}@acme.example>")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        *product([CLAIMED, SENT, REFUSED, UNKNOWN], [PLANNED, SKIPPED, HELD]),
        (DEFERRED, PLANNED),
        (DEFERRED, HELD),
    ],
)
def test_a_row_that_was_tried_is_not_planned_again(store, before, after):
    """A second run does not touch mails that are out, in doubt or refused (metabase/metabase#47961)."""
    row = in_state(store, before)
    store.deliveries.plan([planned(state=after, reason="new")], LATER)
    assert only(store) == row


def test_the_plan_may_skip_what_is_deferred(store):
    """Who opts out while his mail waits for another try gets none (getsentry/sentry#49947)."""
    in_state(store, DEFERRED)
    store.deliveries.plan([planned(state=SKIPPED, reason="skipped: opted out")], LATER)
    assert (only(store).state, only(store).reason) == (SKIPPED, "skipped: opted out")


def test_a_plan_is_written_whole_or_not_at_all(store):
    """If one row cannot be written, none is."""
    with pytest.raises(StoreError):
        store.deliveries.plan([planned("a@x"), planned("b@x", digest_id=99)], AS_OF)
    assert store.deliveries.of_week(W46) == []


def test_planning_nothing_is_no_error(store):
    """A portal without teams has an empty plan."""
    store.deliveries.plan([], AS_OF)
    assert store.deliveries.of_week(W46) == []


@pytest.mark.parametrize("state", list(DeliveryState))
def test_only_open_rows_can_be_claimed(store, state):
    """A claim takes a planned or deferred row, counts the attempt, and leaves every other row alone."""
    row = in_state(store, state)
    claimed = store.deliveries.claim(row.id, LATER)
    if state in OPEN_STATES:
        assert claimed == store.deliveries.get(row.id)
        assert (claimed.state, claimed.attempts) == (CLAIMED, row.attempts + 1)
        assert claimed.message_id == row.message_id
    else:
        assert claimed is None
        assert store.deliveries.get(row.id) == row


def test_a_row_is_claimed_once(store):
    """The second claim of the same row gets nothing (metabase/metabase#69577)."""
    row = in_state(store, PLANNED)
    assert store.deliveries.claim(row.id, AS_OF) is not None
    assert store.deliveries.claim(row.id, AS_OF) is None


@pytest.mark.parametrize("state", [SENT, REFUSED, DEFERRED, UNKNOWN])
def test_a_claimed_row_ends_with_a_reason(store, state):
    """How an attempt ended is recorded with its reason and time."""
    row = in_state(store, CLAIMED)
    assert store.deliveries.finish(row.id, state, "550 5.1.1 no such user", LATER)
    ended = store.deliveries.get(row.id)
    assert (ended.state, ended.reason, ended.finished_at) == (state, "550 5.1.1 no such user", LATER)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pair
        for pair in product(DeliveryState, [SENT, REFUSED, DEFERRED, UNKNOWN])
        if pair[0] is not CLAIMED and pair != (UNKNOWN, SENT)
    ],
)
def test_only_a_claimed_row_can_be_finished(store, before, after):
    """A late answer does not overwrite what has become of a row since."""
    row = in_state(store, before)
    assert not store.deliveries.finish(row.id, after, "late", LATER)
    assert store.deliveries.get(row.id) == row


def test_a_row_in_doubt_may_turn_out_sent(store):
    """A sender that was only slow still records its success on a row that another called unknown."""
    row = in_state(store, UNKNOWN)
    assert store.deliveries.finish(row.id, SENT, "sent", LATER)
    assert store.deliveries.get(row.id).state is SENT


def test_a_row_given_back_counts_no_attempt(store):
    """Nothing was handed over, so the row is planned again as if it had not been claimed."""
    row = in_state(store, CLAIMED)
    store.deliveries.unclaim(row.id, "planned: the mail server hung up")
    given = store.deliveries.get(row.id)
    assert (given.state, given.attempts, given.reason) == (PLANNED, 0, "planned: the mail server hung up")


@pytest.mark.parametrize("state", [state for state in DeliveryState if state is not CLAIMED])
def test_only_a_claimed_row_can_be_given_back(store, state):
    """A row in any other state is left alone."""
    row = in_state(store, state)
    store.deliveries.unclaim(row.id, "no")
    assert store.deliveries.get(row.id) == row


def test_what_a_dead_sender_left_is_unknown(store):
    """Only claimed rows of the week are stranded, and they are returned (apache/superset#39779)."""
    rows = {state: in_state(store, state, f"{state.value}@acme.example") for state in DeliveryState}
    store.deliveries.plan([planned(week=W46.plus(1))], AS_OF)
    (other,) = store.deliveries.of_week(W46.plus(1))
    store.deliveries.claim(other.id, AS_OF)
    (stranded,) = store.deliveries.strand(W46, "unknown: killed", LATER)
    assert (stranded.id, stranded.state, stranded.reason) == (rows[CLAIMED].id, UNKNOWN, "unknown: killed")
    assert stranded.finished_at == LATER
    untouched = [row for row in store.deliveries.of_week(W46) if row.id != stranded.id]
    assert untouched == [
        row for row in sorted(rows.values(), key=lambda r: r.recipient) if row.state is not CLAIMED
    ]
    assert store.deliveries.get(other.id).state is CLAIMED


def test_every_week_can_be_stranded_at_once(store):
    """Without a week, whatever is claimed is stranded; a second time there is nothing left."""
    store.deliveries.plan([planned(), planned(week=W46.plus(1))], AS_OF)
    for row in (only(store), *store.deliveries.of_week(W46.plus(1))):
        store.deliveries.claim(row.id, AS_OF)
    assert {row.week for row in store.deliveries.strand(None, "unknown", LATER)} == {W46, W46.plus(1)}
    assert store.deliveries.strand(None, "unknown", LATER) == []


@pytest.mark.parametrize("state", list(DeliveryState))
def test_a_person_may_reopen_what_is_in_doubt_or_refused(store, state):
    """An unknown or refused row is planned again under the same Message-ID; no other row is."""
    row = in_state(store, state)
    reopened = store.deliveries.reopen(row.id, "planned again by hand")
    now = store.deliveries.get(row.id)
    assert reopened == (state in (UNKNOWN, REFUSED))
    if reopened:
        assert (now.state, now.reason, now.message_id) == (PLANNED, "planned again by hand", row.message_id)
        assert (now.attempts, now.finished_at) == (row.attempts, None)
    else:
        assert now == row


def test_the_last_sent_week_is_the_newest_with_a_sent_row(store):
    """Planned and refused weeks do not count, and before the first mail there is none."""
    assert store.deliveries.last_sent_week() is None
    in_state(store, SENT)
    store.deliveries.plan([planned(week=W46.plus(1)), planned(week=W46.plus(-1))], AS_OF)
    assert store.deliveries.last_sent_week() == W46


def test_an_unknown_id_moves_nothing(store):
    """A row that is not there is not claimed, finished or reopened."""
    assert store.deliveries.get(1) is None
    assert store.deliveries.claim(1, AS_OF) is None
    assert not store.deliveries.finish(1, SENT, "sent", AS_OF)
    assert not store.deliveries.reopen(1, "again")


def test_the_last_week_of_a_team_is_one_whose_digest_went_out(store):
    """Alone or combined, before the week asked for; what was only planned or refused has told nobody."""
    for back, team, state in (
        (9, "ci", SENT),
        (6, "a+ci", SENT),
        (5, "ci+b", UNKNOWN),
        (4, "a+ci+b", CLAIMED),
        (3, "ci", REFUSED),
        (2, "ci", PLANNED),
        (1, "ci-2", SENT),
        (1, "x_ci", SENT),
    ):
        store.deliveries.plan([planned(team=team, week=W46.plus(-back))], AS_OF)
        (row,) = (r for r in store.deliveries.of_week(W46.plus(-back)) if r.team == team)
        if state is not PLANNED:
            store.deliveries.claim(row.id, AS_OF)
        if state not in (PLANNED, CLAIMED):
            store.deliveries.finish(row.id, state, state.value, AS_OF)
    assert store.deliveries.last_week_of("ci", W46) == W46.plus(-4)
    assert store.deliveries.last_week_of("ci", W46.plus(-4)) == W46.plus(-5)
    assert store.deliveries.last_week_of("ci", W46.plus(-6)) == W46.plus(-9)
    assert store.deliveries.last_week_of("_ci", W46) is None
