"""What the portal team is told when a week is held or its run fails."""

import json
from datetime import UTC, datetime
from email import message_from_bytes, policy

MONDAY = datetime(2026, 11, 9, tzinfo=UTC)


def text_of(portal, name):
    mail = message_from_bytes((portal.directory / "outbox" / name).read_bytes(), policy=policy.default)
    return mail, " ".join(mail.get_body(("plain",)).get_content().split())


def test_a_held_week_is_told_once(portal):
    """To the portal team alone, with what happened and what to do; further runs say it no more (F55)."""
    portal.write_week(MONDAY, {"jenkins": 12, "techdocs": 30}, skip_days=(2,))
    for _ in range(2):
        assert portal("run").code == 4
    assert portal.mails() == []
    (name,) = portal.notices()
    mail, text = text_of(portal, name)
    assert mail["To"] == "portal-team@acme.example"
    assert mail["Subject"] == "Held: nothing was sent · Acme Portal week 46"
    assert "2026-W46 has only 6 days of 7; no data for 2026-11-11" in text
    assert "plugin-digest release --week 2026-W46" in text
    assert "after the portal" in text


def test_a_released_week_goes_out_beside_its_notice(portal):
    """The notice is no digest of the week: what was held is drafted, sent and recorded as ever."""
    portal.write_week(MONDAY, {"jenkins": 12, "techdocs": 30}, skip_days=(2,))
    portal("run")
    portal("release", "--reason", "known outage")
    assert portal("run").code == 0
    assert (len(portal.mails()), len(portal.notices())) == (5, 1)
    rows = json.loads(portal("status", "--json").out)
    assert [(row["recipient"], row["state"]) for row in rows if row["team"] == "portal:notice"] == [
        ("portal-team@acme.example", "sent")
    ]


def test_a_new_reason_is_told_again(portal):
    """A failure, then a missing day, then another one: each is told once, and nothing of it twice."""
    portal.write_week(MONDAY, {"jenkins": 2}).write_text("no json\n" * 200, encoding="utf-8")
    assert portal("run").code == 3
    for day, told in ((2, 2), (2, 2), (3, 3), (2, 3)):
        portal.write_week(MONDAY, {"jenkins": 12, "techdocs": 30}, skip_days=(day,))
        assert portal("run").code == 4
        assert len(portal.notices()) == told
    subjects = [text_of(portal, name)[0]["Subject"].split(":")[0] for name in portal.notices()]
    assert sorted(subjects) == ["Failed", "Held", "Held"]


def test_a_reason_with_another_number_is_the_same(portal):
    """An export that grows changes a count with every attempt, and fills no mailbox."""
    path = portal.write_week(MONDAY, {"jenkins": 2})
    for lines in (200, 210):
        path.write_text("no json\n" * lines, encoding="utf-8")
        result = portal("run")
        assert (result.code, f"{lines} of" in result.err) == (3, True)
    assert len(portal.notices()) == 1


def test_a_hold_that_a_send_meets_is_told(portal):
    """As one that a run meets: whoever pulls and sends apart hears of it too, and once."""
    portal.write_week(MONDAY, {"jenkins": 12, "techdocs": 30}, skip_days=(2,))
    assert portal("pull").code == 0
    for words in (("send",), ("send", "--team", "ci"), ("run",)):
        assert portal(*words).code == 4
        assert len(portal.notices()) == 1
    portal("reject", "--reason", "bad data")
    assert portal("send").code == 4
    assert len(portal.notices()) == 1


def test_a_week_that_comes_right_is_read_again(portal):
    """A notice must not pass for a frozen digest, after which nothing would be pulled any more."""
    portal.write_week(MONDAY, {"jenkins": 12, "techdocs": 30}, skip_days=(2,))
    assert portal("run").code == 4
    portal.write_week(MONDAY, {"jenkins": 12, "techdocs": 30})
    assert portal("run").code == 0
    assert len(portal.mails()) == 4


def test_a_run_that_fails_is_told(portal):
    """The source's own words, once; nobody else hears of it."""
    path = portal.write_week(MONDAY, {"jenkins": 2})
    path.write_text("no json\n" * 200, encoding="utf-8")
    assert portal("run").code == 3
    (name,) = portal.notices()
    mail, text = text_of(portal, name)
    assert mail["Subject"] == "Failed: nothing was sent · Acme Portal week 46"
    assert "lines cannot be read" in text
    assert "plugin-digest run --week 2026-W46" in text


def test_what_a_person_decided_or_mistyped_is_no_news(portal):
    """A rejected week and a week that is not over are not mailed about."""
    portal("reject", "--reason", "bad data")
    assert portal("run").code == 4
    assert portal("run", "--week", "2026-W47").code == 2
    assert portal.notices() == []


def test_who_has_left_the_portal_digest_gets_no_notice(portal):
    """An opt-out of the portal's mails is one."""
    portal("optout", "add", "portal-team@acme.example")
    portal.write_week(MONDAY, {"jenkins": 12, "techdocs": 30}, skip_days=(2,))
    assert portal("run").code == 4
    assert portal.notices() == []
