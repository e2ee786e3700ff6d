import os

import pytest

from deliver.letters import LETTERHEAD, delivery, digest, mail
from factories import W46
from plugin_digest.deliver.message import build, message_id
from plugin_digest.deliver.outbox import OutboxTransport
from plugin_digest.errors import MailServerError, Refused

SENDER = "portal@acme.example"


def test_one_file_per_mail(tmp_path):
    """Each mail is one file, named after week, team, edition and recipient, with the mail's own bytes."""
    with OutboxTransport(tmp_path / "new" / "outbox") as outbox:
        answers = [outbox.send(mail(delivery(n)), SENDER, f"r{n}@acme.example") for n in (1, 2)]
    files = sorted((tmp_path / "new" / "outbox").iterdir())
    assert [f"written to {file.name}" for file in files] == sorted(answers)
    assert all(file.name.startswith("2026-W46.ci.1.") for file in files)
    assert {file.name.split(".", 4)[4] for file in files} == {"r1@acme.example.eml", "r2@acme.example.eml"}
    assert {file.read_bytes() for file in files} == {mail(delivery(1)), mail(delivery(2))}


def test_same_mail_again_is_the_same_file(tmp_path):
    """A mail that is sent again replaces its own file (getsentry/sentry#71855)."""
    outbox = OutboxTransport(tmp_path)
    for _ in range(2):
        outbox.send(mail(delivery()), SENDER, "r1@acme.example")
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("team", ["../../etc/passwd", "/etc/passwd", "..", "a\0b", "x" * 300, ".hidden"])
def test_data_stays_inside_the_folder(team, tmp_path):
    """Whatever a team is called, its mail lands in the folder, as a visible file."""
    row = delivery(team=team, message_id=message_id(W46, team, 1, "a/../b@acme.example", "acme.example"))
    payload = build(digest(team=team), row, LETTERHEAD)
    OutboxTransport(tmp_path / "outbox").send(payload, SENDER, "a/b@acme.example")
    (file,) = tmp_path.rglob("*.*")
    assert file.parent == tmp_path / "outbox"
    assert file.name.startswith("2026-W46.")


@pytest.mark.parametrize(
    "identifier", [b"<../../evil@x>", b"</etc/passwd@x>", b"<.@x>", b"", b"<" + b"y" * 400]
)
def test_foreign_message_id_stays_inside_the_folder(identifier, tmp_path):
    """Not even a mail with a Message-ID that is a path gets out, or hides."""
    payload = b"Message-ID: " + identifier + b"\r\n\r\nbody\r\n"
    OutboxTransport(tmp_path / "outbox").send(payload, SENDER, "r1@acme.example")
    (file,) = (tmp_path / "outbox").iterdir()
    assert not file.name.startswith(".")
    assert [path.name for path in tmp_path.iterdir()] == ["outbox"]


def test_a_mail_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    """A mail that could not be brought to the disk is not in the folder, and the old one still is."""
    outbox = OutboxTransport(tmp_path)
    outbox.send(mail(delivery()), SENDER, "r1@acme.example")

    def fail(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(MailServerError, match="No space left on device"):
        outbox.send(mail(delivery()) + b"more", SENDER, "r1@acme.example")
    assert [file.read_bytes() for file in tmp_path.glob("*.eml")] == [mail(delivery())]


def test_folder_that_cannot_be_written(tmp_path):
    """A folder that is a file is one line with its name."""
    (tmp_path / "outbox").write_text("")
    outbox = OutboxTransport(tmp_path / "outbox")
    for attempt in (outbox.check, lambda: outbox.send(mail(delivery()), SENDER, "r1@acme.example")):
        with pytest.raises(MailServerError, match=f"^outbox {tmp_path}/outbox: "):
            attempt()


def test_check_leaves_nothing(tmp_path):
    """A check says that the folder can be written to and leaves nothing in it."""
    assert OutboxTransport(tmp_path / "outbox").check() == [f"outbox {tmp_path}/outbox: writable"]
    assert list((tmp_path / "outbox").iterdir()) == []


def test_recipient_that_mail_cannot_reach(tmp_path):
    """The outbox refuses what SMTP would refuse, so that a trial run finds it."""
    with pytest.raises(Refused):
        OutboxTransport(tmp_path).send(mail(delivery()), SENDER, "../../evil")
    assert list(tmp_path.iterdir()) == []
