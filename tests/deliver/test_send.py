import threading
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from deliver.ledger import MemoryLedger, PatientStop
from deliver.letters import delivery, mail
from deliver.servers import Do, Moment, ScriptedServer, free_port
from plugin_digest.deliver.outbox import OutboxTransport
from plugin_digest.deliver.pace import Pace, RetryPolicy
from plugin_digest.deliver.send import deliver
from plugin_digest.deliver.smtp import SmtpTransport
from plugin_digest.errors import Deferred, MailServerError, Refused, RenderError, StoreError, Unknown
from plugin_digest.model import DeliveryState, Outcome

SENDER = "portal@acme.example"
RETRY = RetryPolicy((10.0, 20.0, 40.0))
SENT, REFUSED, DEFERRED, UNKNOWN, PLANNED, SKIPPED = (
    DeliveryState[name] for name in ("SENT", "REFUSED", "DEFERRED", "UNKNOWN", "PLANNED", "SKIPPED")
)


class Scripted:
    """A transport that answers from a list, then takes everything; ``taken`` holds the recipients."""

    def __init__(self, *answers: str | Exception | None) -> None:
        self.answers = list(answers)
        self.taken: list[str] = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def check(self):
        return []

    def send(self, payload: bytes, sender: str, recipient: str) -> str:
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        self.taken.append(recipient)
        return answer or "250 ok"


def ledger_of(count: int) -> MemoryLedger:
    return MemoryLedger.of([delivery(n) for n in range(1, count + 1)])


def run(ledger: MemoryLedger, transport: Any, stop: PatientStop | None = None, **changes: Any) -> Outcome:
    stop = stop or PatientStop()
    settings: dict[str, Any] = {"retry": RETRY, "pace": Pace(), "compose": mail, **changes}
    compose = settings.pop("compose")
    rows = list(ledger.rows.values())
    return deliver(ledger, rows, compose, transport, sender=SENDER, clock=stop.now, stop=stop, **settings)


def smtp(server: ScriptedServer, **changes: Any) -> SmtpTransport:
    settings: dict[str, Any] = {"security": "none", "timeout_s": 5, "final_timeout_s": 5, **changes}
    return SmtpTransport("127.0.0.1", server.port, **settings)


def to(*numbers: int) -> list[str]:
    return [f"r{n}@acme.example" for n in numbers]


def test_every_row_is_sent_and_says_so():
    """Each recipient gets one mail, claimed before and finished after, with the server's answer as reason."""
    ledger = ledger_of(2)
    with ScriptedServer() as server, smtp(server) as transport:
        outcome = run(ledger, transport)
    assert server.recipients == to(1, 2)
    assert ledger.history == [(1, "claimed"), (1, "sent"), (2, "claimed"), (2, "sent")]
    assert ledger.reasons() == ["sent: 250 2.0.0 queued"] * 2
    assert outcome == Outcome(sent=2)


def test_second_send_sends_nothing():
    """A week that was sent is not sent again (getsentry/sentry#71855)."""
    ledger = ledger_of(3)
    with ScriptedServer() as server, smtp(server) as transport:
        run(ledger, transport)
        assert run(ledger, transport) == Outcome()
    assert server.recipients == to(1, 2, 3)


def test_one_message_per_recipient():
    """51 recipients are 51 messages with one envelope address each (metabase/metabase#74825, #34293)."""
    ledger = ledger_of(51)
    with ScriptedServer() as server, smtp(server) as transport:
        run(ledger, transport)
    assert server.recipients == to(*range(1, 52))
    assert server.steps("MAIL", "RCPT", "DATA") == ["MAIL", "RCPT", "DATA"] * 51
    assert all(b"Bcc" not in m.data and b"Cc:" not in m.data for m in server.mails)
    assert len({m.message_id for m in server.mails}) == 51


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize(
    "reply", ["421 4.3.2 closing", "450 4.2.0 greylisted", "452 4.3.1 full", "451 4.7.1 later"]
)
def test_temporary_trouble_of_one(step, reply):
    """One of three is told to wait: the others get one mail each, it gets its own in the next round.

    One failing recipient had all of them mailed again (metabase/metabase#47961).
    """
    ledger, stop = ledger_of(3), PatientStop()

    def script(moment: Moment) -> str | None:
        return reply if moment.step == step and moment.mail == 2 else None

    with ScriptedServer(script) as server, smtp(server) as transport:
        outcome = run(ledger, transport, stop)
    is_tried_at_once = step == "MAIL" and reply.startswith("421")
    assert server.recipients == (to(1, 2, 3) if is_tried_at_once else to(1, 3, 2))
    assert stop.waits == ([] if is_tried_at_once else [10.0])
    assert outcome == Outcome(sent=3)
    assert run(ledger, transport) == Outcome()


@pytest.mark.parametrize("step", ["RCPT", "DATA", "DOT"])
def test_permanent_trouble_of_one(step):
    """One of three is refused for good: recorded with the server's words, and the others get their mail."""
    ledger = ledger_of(3)

    def script(moment: Moment) -> str | None:
        return "550 5.1.1 no such user" if (moment.step, moment.recipient) == (step, *to(2)) else None

    with ScriptedServer(script) as server, smtp(server) as transport:
        outcome = run(ledger, transport)
        again = run(ledger, transport)
    assert server.recipients == to(1, 3)
    assert ledger.reasons()[1] == "refused: 550 5.1.1 no such user"
    assert replace(outcome, unsent=()) == Outcome(sent=2, refused=1)
    assert outcome.unsent == (ledger.rows[2],)
    assert again == Outcome()


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_connection_lost_before_data(step):
    """A connection that breaks before 354 at one of three costs nobody a mail, and nobody gets two."""
    ledger = ledger_of(3)

    def script(moment: Moment) -> Do | None:
        return Do.DROP if (moment.step, moment.mail) == (step, 2) else None

    with ScriptedServer(script) as server, smtp(server) as transport:
        assert run(ledger, transport) == Outcome(sent=3)
    assert server.recipients == to(1, 2, 3)


@pytest.mark.parametrize("step", ["MID-DATA", "DOT"])
@pytest.mark.parametrize("action", [Do.DROP, Do.HANG, Do.KEEP_AND_DROP, Do.KEEP_AND_HANG])
def test_connection_lost_after_data(step, action):
    """A mail whose answer never came is in doubt: reported, and not sent again; the others get theirs."""
    ledger = ledger_of(3)

    def script(moment: Moment) -> Do | None:
        return action if (moment.step, moment.mail) == (step, 2) else None

    with ScriptedServer(script) as server, smtp(server, final_timeout_s=0.5) as transport:
        outcome = run(ledger, transport)
        assert run(ledger, transport) == Outcome()
    assert ledger.states() == [SENT, UNKNOWN, SENT]
    assert ledger.reasons()[1].startswith("unknown: no answer after DATA: ")
    assert replace(outcome, unsent=()) == Outcome(sent=2, unknown=1)
    is_kept = step == "DOT" and action in (Do.KEEP_AND_DROP, Do.KEEP_AND_HANG)
    assert server.recipients == (to(1, 2, 3) if is_kept else to(1, 3))


def test_server_closes_after_some_mails():
    """A server that ends the connection again and again: all get one mail (knadh/listmonk#2313, #2070)."""
    ledger = ledger_of(12)

    def script(moment: Moment) -> Do | None:
        return Do.DROP if moment.step == "MAIL" and moment.mail % 4 == 0 else None

    with ScriptedServer(script) as server, smtp(server) as transport:
        assert run(ledger, transport) == Outcome(sent=12)
    assert server.recipients == to(*range(1, 13))


def test_server_goes_away_for_good():
    """The server dies in the middle: tried again with growing delays; then the rest stays planned."""
    ledger, stop = ledger_of(4), PatientStop()
    server = ScriptedServer()
    with server, smtp(server) as transport:

        def compose(row):
            if row.id == 3:
                server.__exit__(None, None, None)
            return mail(row)

        with pytest.raises(MailServerError, match="mail server"):
            run(ledger, transport, stop, compose=compose)
    assert stop.waits == [10.0, 20.0, 40.0]
    assert ledger.states() == [SENT, SENT, PLANNED, PLANNED]
    assert ledger.reasons()[2].startswith("not sent: mail server 127.0.0.1:")
    assert server.recipients == to(1, 2)


def test_server_comes_back():
    """The server dies in the middle and is there again after the second delay: everybody gets one mail."""
    ledger = ledger_of(4)
    first, second = ScriptedServer(), None
    transport = smtp(first)

    def compose(row):
        if row.id == 3:
            first.__exit__(None, None, None)
        return mail(row)

    def come_back(seconds):
        nonlocal second
        if seconds == 20:
            second = ScriptedServer(port=first.port).__enter__()

    with first, transport:
        outcome = run(ledger, transport, PatientStop(on_wait=come_back), compose=compose)
    assert second is not None
    second.__exit__(None, None, None)
    assert outcome == Outcome(sent=4)
    assert first.recipients + second.recipients == to(1, 2, 3, 4)


def test_every_outage_is_a_new_one():
    """A server that goes away, comes back and goes away again is waited for from the first delay on."""
    stop, gone = PatientStop(), MailServerError("gone")
    outcome = run(ledger_of(3), Scripted(None, gone, gone, None, gone), stop)
    assert outcome == Outcome(sent=3)
    assert stop.waits == [10.0, 20.0, 10.0]


def test_every_storm_is_a_new_one():
    """A server that defers, takes a mail and defers again is left alone from the first delay on."""
    stop, later = PatientStop(), Deferred("450 later")
    outcome = run(ledger_of(9), Scripted(later, later, later, later, None, later, later, later), stop)
    assert outcome == Outcome(sent=9)
    assert stop.waits == [10.0, 20.0, 10.0, 10.0]


def test_server_that_was_never_there():
    """A server that cannot be reached at all ends the run at once; every row stays planned."""
    ledger, stop = ledger_of(2), PatientStop()
    with pytest.raises(MailServerError):
        run(ledger, SmtpTransport("127.0.0.1", free_port(), security="none"), stop)
    assert ledger.states() == [PLANNED, PLANNED]
    assert stop.waits == []


def test_sender_that_is_not_accepted():
    """A refused sender is nobody's refusal: the run ends and every row stays planned for the next."""
    ledger = ledger_of(3)

    def script(moment: Moment) -> str | None:
        return "550 5.7.60 not your address" if (moment.step, moment.mail) == ("MAIL", 1) else None

    with ScriptedServer(script) as server, smtp(server) as transport:
        with pytest.raises(
            MailServerError, match=r"the sender portal@acme\.example is not accepted: 550 5\.7\.60"
        ):
            run(ledger, transport)
        assert ledger.states() == [PLANNED] * 3
        assert run(ledger, transport) == Outcome(sent=3)
    assert server.recipients == to(1, 2, 3)


def test_deferred_until_the_end():
    """What is still deferred after the last round stays so, with the reason, for the next run."""
    ledger, stop = ledger_of(2), PatientStop()

    def script(moment: Moment) -> str | None:
        return "450 4.2.0 greylisted" if (moment.step, moment.recipient) == ("RCPT", *to(1)) else None

    with ScriptedServer(script) as server, smtp(server) as transport:
        outcome = run(ledger, transport, stop)
        assert stop.waits == [10.0, 20.0, 40.0]
        assert ledger.rows[1].state is DEFERRED
        assert ledger.rows[1].reason == "deferred: 450 4.2.0 greylisted"
        assert ledger.rows[1].attempts == 4
        assert replace(outcome, unsent=()) == Outcome(sent=1, deferred=1)
        server.script = lambda moment: None
        assert run(ledger, transport) == Outcome(sent=1)
    assert server.recipients == to(2, 1)


def test_storm():
    """A server that defers everybody is left alone for a while, and then for good: most rows are not touched.

    4xx storms burnt through whole lists (knadh/listmonk#2602).
    """
    ledger, stop = ledger_of(20), PatientStop()

    def script(moment: Moment) -> str | None:
        return "421 4.7.28 slow down" if moment.step == "RCPT" else None

    with ScriptedServer(script) as server, smtp(server) as transport:
        outcome = run(ledger, transport, stop)
    assert server.recipients == []
    assert stop.waits == [10.0, 20.0, 40.0]
    assert replace(outcome, unsent=()) == Outcome(deferred=6, left=14)
    assert [row.state for row in outcome.unsent] == [DEFERRED] * 6 + [PLANNED] * 14


def test_storm_that_passes():
    """After a pause the server takes mails again: everybody gets one, the deferred ones in the next round."""
    ledger, stop = ledger_of(8), PatientStop()

    def script(moment: Moment) -> str | None:
        return "451 4.3.2 overloaded" if moment.step == "DOT" and not stop.waits else None

    with ScriptedServer(script) as server, smtp(server) as transport:
        assert run(ledger, transport, stop) == Outcome(sent=8)
    assert server.recipients == to(4, 5, 6, 7, 8, 1, 2, 3)
    assert stop.waits == [10.0, 10.0]


def test_server_that_swallows_everything():
    """A server that breaks off after every DATA does not get to put the whole list in doubt."""
    ledger = ledger_of(20)
    drop = ScriptedServer(lambda moment: Do.DROP if moment.step == "DOT" else None)
    with drop as server, smtp(server) as transport:
        outcome = run(ledger, transport)
    assert replace(outcome, unsent=()) == Outcome(unknown=6, left=14)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RenderError("2026-W46 ci: broken"), "failed: 2026-W46 ci: broken"),
        (Refused("address 'x': expected one"), "refused: address 'x': expected one"),
        (KeyError("ci"), "failed: KeyError: 'ci'"),
    ],
)
def test_mail_that_cannot_be_written(error, reason):
    """A mail that cannot be written is its own row's end, and the rest goes on."""
    ledger, transport = ledger_of(3), Scripted()

    def compose(row):
        if row.id == 2:
            raise error
        return mail(row)

    outcome = run(ledger, transport, compose=compose)
    assert transport.taken == to(1, 3)
    assert ledger.rows[2].state is REFUSED
    assert ledger.rows[2].reason == reason
    assert replace(outcome, unsent=()) == Outcome(sent=2, refused=1)


def test_store_that_fails_while_a_mail_is_written():
    """A store that cannot be read is nobody's refusal: the row is given back and the run ends."""
    ledger, transport = ledger_of(2), Scripted()

    def compose(row):
        raise StoreError("store digest.db: disk I/O error")

    with pytest.raises(StoreError):
        run(ledger, transport, compose=compose)
    assert ledger.states() == [PLANNED, PLANNED]


def test_mistake_in_the_transport():
    """An error that nobody foresaw leaves its row in doubt and ends the run, so not every row is."""
    ledger, transport = ledger_of(3), Scripted(None, TypeError("oops"))
    with pytest.raises(TypeError):
        run(ledger, transport)
    assert ledger.states() == [SENT, UNKNOWN, PLANNED]
    assert ledger.reasons()[1] == "unknown: TypeError: oops"


def test_opted_out_at_send_time():
    """Who opted out after the plan gets nothing: asked right before each mail (getsentry/sentry#49947)."""
    ledger, transport = ledger_of(3), Scripted()
    opted_out = set()

    def compose(row):
        opted_out.add("r2@acme.example")
        return mail(row)

    def check(row):
        return "opted out" if row.recipient in opted_out else None

    outcome = run(ledger, transport, compose=compose, check_before=check)
    assert transport.taken == to(1, 3)
    assert ledger.rows[2].reason == "skipped: opted out"
    assert replace(outcome, unsent=()) == Outcome(sent=2, skipped=1)


def test_row_that_somebody_else_has():
    """A row that another process claimed meanwhile is left alone (metabase/metabase#70474)."""
    ledger, transport = ledger_of(3), Scripted()
    rows = list(ledger.rows.values())
    ledger.claim(2, PatientStop().now())
    outcome = deliver(
        ledger,
        rows,
        mail,
        transport,
        sender=SENDER,
        clock=PatientStop().now,
        retry=RETRY,
        pace=Pace(),
        stop=PatientStop(),
    )
    assert transport.taken == to(1, 3)
    assert replace(outcome, unsent=()) == Outcome(sent=2, left=1)
    assert [row.state for row in outcome.unsent] == [DeliveryState.CLAIMED]


def test_row_that_was_taken_away_while_it_was_sent(caplog):
    """A row that somebody changed during its mail keeps that change, and the log says so."""
    ledger = ledger_of(1)

    class Thief(Scripted):
        def send(self, payload, sender, recipient):
            ledger.finish(1, UNKNOWN, "unknown: stranded", PatientStop().now())
            return super().send(payload, sender, recipient)

    run(ledger, Thief())
    assert ledger.states() == [UNKNOWN]
    assert "changed by somebody else" in caplog.text


@pytest.mark.parametrize("state", sorted(set(DeliveryState) - {PLANNED, DEFERRED}))
def test_only_open_rows(state):
    """Rows in any state but planned and deferred are not even claimed."""
    ledger, transport = MemoryLedger.of([delivery(1, state=state)]), Scripted()
    assert run(ledger, transport) == Outcome()
    assert ledger.history == []


def test_stop_finishes_the_mail_in_hand():
    """When stopped, the mail in hand is finished, and nothing new is claimed (knadh/listmonk#2278)."""
    ledger, stop = ledger_of(5), PatientStop()

    def script(moment: Moment) -> None:
        stop.is_stopped = stop.is_stopped or (moment.step, moment.mail) == ("DATA", 2)

    with ScriptedServer(script) as server, smtp(server) as transport:
        outcome = run(ledger, transport, stop)
        assert ledger.states() == [SENT, SENT, PLANNED, PLANNED, PLANNED]
        assert replace(outcome, unsent=()) == Outcome(sent=2, left=3, stopped=True)
        assert run(ledger, transport) == Outcome(sent=3)
    assert server.recipients == to(1, 2, 3, 4, 5)


def test_stop_ends_a_wait():
    """A stop ends the wait between two rounds; the deferred row stays deferred."""
    ledger, stop = ledger_of(1), PatientStop()

    def stop_now(seconds):
        stop.is_stopped = True

    stop.on_wait = stop_now
    outcome = run(ledger, Scripted(Deferred("450 later")), stop)
    assert stop.waits == [10.0]
    assert replace(outcome, unsent=()) == Outcome(deferred=1, stopped=True)


def test_stop_during_an_outage():
    """A stop while the server is away ends the run without an error; the row is planned again."""
    ledger, stop = ledger_of(2), PatientStop()

    def stop_now(seconds):
        stop.is_stopped = True

    stop.on_wait = stop_now
    outcome = run(ledger, Scripted(None, MailServerError("gone")), stop)
    assert replace(outcome, unsent=()) == Outcome(sent=1, left=1, stopped=True)
    assert ledger.reasons()[1] == "not sent: gone"


def test_stop_after_the_last_mail():
    """A stop that comes when all is done has stopped nothing."""
    ledger, stop = ledger_of(1), PatientStop()

    def compose(row):
        stop.is_stopped = True
        return mail(row)

    assert run(ledger, Scripted(), stop, compose=compose) == Outcome(sent=1)


def test_a_real_event_stops():
    """The stop may be a threading.Event; a wait of minutes ends when it is set."""
    ledger, stop = ledger_of(1), threading.Event()
    threading.Timer(0.05, stop.set).start()
    outcome = deliver(
        ledger,
        list(ledger.rows.values()),
        mail,
        Scripted(Deferred("450 later")),
        sender=SENDER,
        clock=PatientStop().now,
        retry=RetryPolicy((300,)),
        pace=Pace(),
        stop=stop,
    )
    assert outcome.stopped


def test_rate_limit():
    """At most so many mails a minute, evenly, retries included."""
    ledger, stop = ledger_of(4), PatientStop()
    transport = Scripted(None, Deferred("450 later"))
    outcome = run(ledger, transport, stop, pace=Pace(30, lambda: stop.elapsed_s))
    assert outcome == Outcome(sent=4)
    assert stop.waits == [2.0, 2.0, 2.0, 10.0]


def test_rate_limiter_that_fails():
    """A failure between two mails loses and doubles nothing (metabase/metabase#75183)."""
    ledger, transport = ledger_of(4), Scripted()
    calls = iter([0.0, 0.0])

    class Broken(Pace):
        def delay_s(self):
            return next(calls)

    with pytest.raises(StopIteration):
        run(ledger, transport, pace=Broken())
    assert ledger.states() == [SENT, SENT, PLANNED, PLANNED]
    run(ledger, transport)
    assert transport.taken == to(1, 2, 3, 4)


def test_progress():
    """Progress goes from none to all, one mail at a time."""
    told = []
    run(ledger_of(3), Scripted(), progress=lambda *words: told.append(words))
    assert told == [("sending", n, 3) for n in (0, 1, 2, 3)]


def test_finished_at_is_when_it_was_finished():
    """The moments in the ledger come from the clock that was given."""
    ledger, stop = ledger_of(1), PatientStop()
    run(ledger, Scripted(Deferred("450 later")), stop)
    finished = ledger.rows[1].finished_at
    assert isinstance(finished, datetime)
    assert (finished - delivery().planned_at).total_seconds() == 10


def test_logs_name_nobody(caplog):
    """No address of a recipient reaches the log, whatever goes wrong."""
    caplog.set_level("DEBUG")
    troubles = [Deferred("450 r1@acme.example"), Refused("550 r2@acme.example"), Unknown("r3@acme.example")]
    run(ledger_of(4), Scripted(*troubles))
    assert "acme.example" not in caplog.text


def test_outbox(tmp_path):
    """The whole way into an outbox: one file per recipient, and the ledger says which."""
    ledger = ledger_of(3)
    with OutboxTransport(tmp_path) as outbox:
        assert run(ledger, outbox) == Outcome(sent=3)
    assert set(ledger.reasons()) == {f"sent: written to {path.name}" for path in tmp_path.iterdir()}
