"""What the commands say and end with when something around them is wrong."""

import io
import signal
import sys
from collections import Counter

import pytest

from deliver.servers import Do, ScriptedServer
from plugin_digest.cli import serve, wiring
from plugin_digest.cli.console import Invocation
from plugin_digest.cli.stopping import stopping


@pytest.fixture
def mailing(portal):
    """A server that the portal's mails go to; ``script`` is what it does."""
    with ScriptedServer() as server:
        transport = f"{{type: smtp, host: 127.0.0.1, port: {server.port}, security: none}}"
        portal.edit("digest.yaml", "{type: outbox, path: outbox}", transport)
        portal.edit("digest.yaml", "reply_to:", "rate_per_minute: 0\n  retry: {delays_s: []}\n  reply_to:")
        portal("pull", "--weeks", "4")
        yield server


def test_a_plan_knows_what_is_sent_again(portal, mailing):
    """What was deferred would be sent; what was refused or is in doubt would not, and says why."""
    answers = {
        "ci@acme.example": "451 later",
        "lead@acme.example": "550 unknown",
        "docs@acme.example": Do.DROP,
    }
    mailing.script = lambda now: answers.get(now.recipient) if now.step == "DOT" else None
    assert portal("send").code == 1
    shown = portal("plan").out
    fates = {line.split()[1]: line for line in shown.splitlines() if "@" in line}
    assert "would be sent" in fates["ci@acme.example"]
    assert "refused: " in fates["lead@acme.example"]
    assert "550 unknown" in fates["lead@acme.example"]
    assert "unknown:" in fates["docs@acme.example"]
    assert "sent already" in fates["portal-team@acme.example"]
    assert "1 mails would be sent, to 1 teams" in shown
    mailing.script = lambda now: None
    assert "this call sent 1 mails" in portal("send").out
    assert Counter(mailing.recipients) == {"ci@acme.example": 1, "portal-team@acme.example": 1}


def test_a_server_that_swallows_mails_leaves_the_slot_open(portal, mailing):
    """Where three mails in a row are in doubt, the rest is not given up: the slot gets another attempt."""
    mailing.script = lambda now: Do.DROP if now.step == "DOT" else None
    setup = wiring.load_file(portal.directory / "digest.yaml")
    slot = setup.settings.timetable.latest(setup.clock())
    invocation = Invocation(config=portal.directory / "digest.yaml")
    assert not serve.Attendant(invocation, setup).run(slot)
    assert "1 planned, 3 unknown" in portal("status").out
    mailing.script = lambda now: None
    assert serve.Attendant(invocation, setup).run(slot)
    assert len(mailing.mails) == 1


@pytest.mark.parametrize("address", ["me", "me@", "a@x.example, b@x.example", ""])
def test_a_test_address_that_is_none_is_a_usage_error(portal, address):
    """--to is looked at before anything is sent."""
    portal("pull", "--weeks", "4")
    result = portal("send", "--to", address)
    assert result.code == 2
    assert "--to: address" in result.err
    assert portal.mails() == []


def test_a_test_of_nothing_says_why(portal):
    """A team without a digest has nothing to test, and the reason is told."""
    portal("pull", "--weeks", "4")
    result = portal("send", "--team", "idle", "--to", "me@acme.example")
    assert result.code == 4
    assert "team idle: nothing to report" in result.err


def test_a_week_to_come_is_not_released(portal):
    """A release in advance would let through whatever is wrong then; a rejection does no harm."""
    result = portal("release", "--week", "2026-W47")
    assert result.code == 2
    assert "2026-W47 is not over" in result.err
    assert portal("reject", "--week", "2026-W47", "--reason", "a migration").code == 0


def test_a_week_that_nothing_holds_needs_no_release(portal):
    """No word is kept that would let through what comes up later; a rejection can still be taken back."""
    portal("pull", "--weeks", "4")
    result = portal("release", "--week", "2026-W46")
    assert (result.code, result.out) == (
        0,
        "2026-W46: nothing holds it; no word is needed, and none was kept\n",
    )
    assert portal("reject", "--week", "2026-W46").code == 0
    assert "Nothing more is sent of 2026-W46, rejected: no reason was given." in portal("explain", "ci").out
    assert "2026-W46: released; next:" in portal("release", "--week", "2026-W46").out


def test_init_says_what_the_directory_is_not(cli):
    """Whatever the system has against a directory, it is one line."""
    result = cli("init", "x" * 300)
    assert result.code == 2
    assert "File name too long" in result.err
    assert result.err.count("\n") == 1


def test_an_outbox_that_is_a_file_is_named(portal):
    """The mails stay planned, and the reason says what stands there."""
    (portal.directory / "outbox").write_text("", encoding="utf-8")
    result = portal("run")
    assert result.code == 3
    assert "outbox: is a file, expected a directory" in result.err
    assert "4 planned, 1 skipped" in portal("status").out


def test_a_terminal_without_all_letters_is_enough(portal, monkeypatch):
    """Where stdout is ASCII, what it lacks is a question mark and no error."""
    portal("pull", "--weeks", "4")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw := io.BytesIO(), encoding="ascii"))
    assert portal("plan").code == 0
    sys.stdout.flush()
    assert b"mails would be sent" in raw.getvalue()


def test_a_stop_that_is_sent_twice_at_once_is_one(portal):
    """A parent that passes on a signal that all got already does not cut off the mail in hand."""
    setup = wiring.load_file(portal.directory / "digest.yaml")
    with stopping(setup.stop):
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
    assert setup.stop.is_set()


def test_whoever_insists_is_obeyed(portal):
    """Asked to stop a second time, it ends without waiting for the mail server."""
    setup = wiring.load_file(portal.directory / "digest.yaml")
    with stopping(setup.stop, insist_s=0):
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
