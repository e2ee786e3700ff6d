import re
import socket
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deliver.letters import FROZEN_AT, LETTERHEAD, PIXEL, delivery, digest, letter
from factories import W46
from plugin_digest.deliver.address import one_line
from plugin_digest.deliver.message import Letterhead, build, for_reader, message_id
from plugin_digest.errors import MailServerError, Refused, RenderError
from plugin_digest.model import READER_MARK, Attachment

HEADERS = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Id",
    "List-Unsubscribe",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Precedence",
    "MIME-Version",
    "Content-Type",
]


def parsed(payload: bytes) -> EmailMessage:
    message = message_from_bytes(payload, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def content(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_headers():
    """Every header of the policy is there, once, with nothing beside it."""
    message = parsed(build(digest(), delivery(), LETTERHEAD))
    assert message.keys() == HEADERS
    assert dict(message.items()) == {
        "From": "Developer Portal <portal@acme.example>",
        "To": "r1@acme.example",
        "Reply-To": "portal-team@acme.example",
        "Subject": "CI Platform: jenkins +31 % users",
        "Date": "Mon, 16 Nov 2026 08:00:00 +0000",
        "Message-ID": delivery().message_id,
        "List-Id": "Acme Developer Portal digest <digest.backstage.acme.example>",
        "List-Unsubscribe": "<mailto:portal-team@acme.example?subject=unsubscribe%20ci>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "Precedence": "bulk",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }


def test_tree():
    """The mail is alternative[text, related[html, image]], without a defect for a strict parser."""
    message = parsed(build(digest(), delivery(), LETTERHEAD))
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    assert [part.defects for part in message.walk() if part.defects] == []
    assert content(message, "html") == letter().html
    assert content(message, "plain") == letter().text


def test_letter_without_images():
    """A letter without pictures has no related part."""
    message = parsed(build(digest(letter=letter(images=())), delivery(), LETTERHEAD))
    assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]


def test_images_are_what_the_html_names():
    """The Content-ID is the name that stands behind cid: in the HTML, and the part is inline."""
    message = parsed(build(digest(), delivery(), LETTERHEAD))
    image = next(part for part in message.walk() if part.get_content_type() == "image/png")
    assert image["Content-ID"] == "<spark-1>"
    assert "cid:spark-1" in content(message, "html")
    assert image.get_content_disposition() == "inline"
    assert image.get_content() == PIXEL


@pytest.mark.parametrize("name", ["", "a b", "a>", "a\r\nX: y", "ä", "x" * 61])
def test_image_name_that_no_header_can_hold(name):
    """A picture's name that would break its header is a RenderError."""
    image = replace(letter().images[0], name=name)
    with pytest.raises(RenderError, match="image"):
        build(digest(letter=letter(images=(image,))), delivery(), LETTERHEAD)


def test_octets():
    """Pure ASCII, CRLF only, no line over 76 octets but for a header that must not be folded."""
    long = letter(
        html="<p>" + "ü" * 5000 + "</p>\r\n\rx", text="  \n.\nFrom here\n" + "word " * 99 + "\n\n\n"
    )
    payload = build(digest(letter=long), delivery(), LETTERHEAD)
    payload.decode("ascii")
    assert b"\r" not in payload.replace(b"\r\n", b"")
    assert b"\n" not in payload.replace(b"\r\n", b"")
    assert max(len(line) for line in payload.split(b"\r\n")) <= 76
    assert content(parsed(payload), "html") == "<p>" + "ü" * 5000 + "</p>\n\nx\n"
    assert content(parsed(payload), "plain") == long.text.rstrip() + "\n"


def test_resend_is_the_same_bytes():
    """A resend repeats the mail to the byte, boundaries included (getsentry/sentry#71855)."""
    assert build(digest(), delivery(), LETTERHEAD) == build(digest(), delivery(attempts=3), LETTERHEAD)


def test_recipients_get_the_same_content():
    """Two recipients' mails differ in To and Message-ID and in nothing else."""
    one, two = (build(digest(), delivery(n), LETTERHEAD).split(b"\r\n") for n in (1, 2))
    assert [a.split(b":")[0] for a, b in zip(one, two, strict=True) if a != b] == [b"To", b"Message-ID"]


@settings(deadline=None)
@given(st.text(), st.text())
def test_boundaries_are_not_in_the_content(text, html):
    """Whatever the text and the HTML say, they come back whole: no line of theirs is a boundary."""
    message = parsed(build(digest(letter=letter(text=f"--=_a{text}", html=html)), delivery(), LETTERHEAD))
    assert len(list(message.walk())) == 5
    want = re.sub(r"\r\n?", "\n", f"--=_a{text}".rstrip()) + "\n"
    assert content(message, "plain").split("\n") == want.split("\n")


def test_no_host_name(monkeypatch):
    """Nothing in a mail asks for or tells the name of the machine that writes it."""

    def ask(*args):
        raise AssertionError("the host name was asked for")

    for name in ("gethostname", "getfqdn"):
        monkeypatch.setattr(socket, name, ask)
    assert build(digest(), delivery(), LETTERHEAD)


ENCODED_BREAK = "=?utf-8?q?a=0D=0ABcc:_evil=40x.example?="
ANY_TEXT = (
    st.just(ENCODED_BREAK)
    | st.text(st.characters(), max_size=200)
    | st.text('\r\n: <>@,;"\\=?abX\x00\x85\u2028é', max_size=60)
)


@settings(deadline=None)
@example("\ud800", "\ud800", "\ud800")
@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_injection(subject, team, list_name):
    """No text from data can add a header, a recipient or a line (google/ggrc-core#9154)."""
    frozen = digest(letter=letter(subject=subject), team=team, team_name=team)
    row = delivery(team=team, message_id=message_id(W46, team, 1, "r1@acme.example", "acme.example"))
    payload = build(frozen, row, replace(LETTERHEAD, list_name=list_name))
    message = parsed(payload)
    assert message.keys() == HEADERS
    assert message["To"] == "r1@acme.example"
    assert message["Message-ID"] == row.message_id
    assert str(message["List-Id"]).endswith("<digest.backstage.acme.example>")
    assert len(list(message.walk())) == 5
    payload.decode("ascii")
    assert b"\r\nBcc:" not in payload


@pytest.mark.parametrize("field", ["from_", "reply_to", "list_name"])
def test_encoded_line_end_in_the_letterhead(field):
    """A name that is itself an encoded word with a line end in it adds no header."""
    value = ENCODED_BREAK if field == "list_name" else f"{ENCODED_BREAK} <portal@acme.example>"
    payload = build(digest(), delivery(), replace(LETTERHEAD, **{field: value}))
    assert parsed(payload).keys() == HEADERS
    assert b"\r\nBcc" not in payload


WORDS = st.text("ab é\u20ac\u0800.,:=?_ ÅX1%+", max_size=150)


@settings(deadline=None)
@example("0000" + "\u0800" * 26 + " ¡ ¡")
@example("=?utf-8?q?no?=")
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=150) | WORDS)
def test_subject_comes_back(subject):
    """A subject of any script comes back as it was written, and no line of it is too long."""
    payload = build(digest(letter=letter(subject=subject)), delivery(), LETTERHEAD)
    message = message_from_bytes(payload)
    assert str(make_header(decode_header(message["Subject"]))) == one_line(subject)
    assert max(len(line) for line in payload.split(b"\r\n")) <= 78


@settings(deadline=None)
@given(ANY_TEXT)
def test_recipient_is_one_address_or_refused(text):
    """A recipient is one ASCII address in the header, or the mail is refused."""
    try:
        message = parsed(build(digest(), delivery(recipient=text), LETTERHEAD))
    except Refused:
        return
    assert len(message["To"].addresses) == 1
    assert message.keys() == HEADERS


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "team",
        "team@",
        "@acme.example",
        "a@b@acme.example",
        "a@acme.example, evil@x.example",
        "Team <a@acme.example>, evil@x.example",
        "a@acme.example>\r\nBcc: <evil@x.example",
        "a\r\n@acme.example",
        "a b@acme.example",
        "jörg@acme.example",
        "a@acme..example",
        "a@straße.example",
        "a@-acme.example",
        f"{'a' * 65}@acme.example",
        f"a@{'b.' * 130}example",
    ],
)
def test_recipient_that_mail_cannot_reach(recipient):
    """What is not exactly one address of plain SMTP is refused, with its text."""
    with pytest.raises(Refused, match="address"):
        build(digest(), delivery(recipient=recipient), LETTERHEAD)


def test_domain_of_another_script():
    """A domain that is not ASCII goes out in the form that the mail system knows."""
    message = parsed(build(digest(), delivery(recipient="Team <ci@Bücher.example>"), LETTERHEAD))
    assert message["To"] == "ci@xn--bcher-kva.example"


def test_letterhead_of_another_script():
    """Names in the letterhead may hold anything; the addresses and the list's id stay plain."""
    head = Letterhead(
        '"Åcme, Portal" <portal@åcme.example>',
        "Frågor <ask@acme.example>",
        "Åcme utvecklarportal, veckobrev om allt som används av någon någonstans",
        "https://backstage.åcme.example:7007/catalog",
    )
    payload = build(digest(), delivery(), head)
    message = parsed(payload)
    assert message["From"].addresses[0].display_name == "Åcme, Portal"
    assert message["From"].addresses[0].addr_spec == "portal@xn--cme-tla.example" == head.sender
    assert message["Reply-To"].addresses[0].display_name == "Frågor"
    assert message["List-Id"] == f"{head.list_name} <digest.backstage.xn--cme-tla.example>"
    assert b"<digest.backstage.xn--cme-tla.example>" in payload


def test_list_name_with_specials_is_quoted():
    """A list name with a comma or a quote does not end the phrase."""
    payload = build(digest(), delivery(), replace(LETTERHEAD, list_name='Acme, "the" portal'))
    assert b'List-Id: "Acme, \\"the\\" portal" <digest.backstage.acme.example>\r\n' in payload


def test_long_addresses_stay_whole():
    """An address, an id and a URI are never encoded or cut, however long: an encoded one is a dead one."""
    domain = f"{'b' * 50}.{'c' * 50}.example"
    head = Letterhead(
        f"Pörtal <{'f' * 60}@{domain}>", f"{'r' * 60}@{domain}", "List " * 30, f"https://{domain}"
    )
    row = delivery(recipient=f"{'t' * 60}@{domain}", message_id=message_id(W46, "x" * 99, 12, "", domain))
    payload = build(digest(), row, head).decode("ascii")
    for whole in (
        f"<{head.sender}>\r\n",
        f"To: {row.recipient}\r\n",
        f"Reply-To: <{head.reply_to}>\r\n",
        f"Message-ID: {row.message_id}\r\n",
        f"<digest.{domain}>\r\n",
        f"List-Unsubscribe: <mailto:{head.reply_to}?subject=unsubscribe%20ci>\r\n",
    ):
        assert whole in payload


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"from_": "Portal"}, "mail.from"),
        ({"from_": "a@x.example, b@x.example"}, "mail.from"),
        ({"reply_to": "Portal <jörg@acme.example>"}, "mail.reply_to"),
        ({"portal_url": "https://"}, "portal.url"),
        ({"portal_url": "https://acme example/"}, "portal.url"),
    ],
)
def test_letterhead_that_cannot_stand_in_a_mail(change, place):
    """What would spoil every mail is one error before the first, and it names the setting."""
    with pytest.raises(MailServerError, match=place):
        replace(LETTERHEAD, **change)


def test_letter_that_cannot_be_encoded():
    """A letter with half a character is a RenderError: that team's trouble alone."""
    with pytest.raises(RenderError, match="2026-W46 ci"):
        build(digest(letter=letter(text="\ud800")), delivery(), LETTERHEAD)


def test_date_is_when_it_was_frozen():
    """The Date is the digest's, with its offset, whenever the mail is sent."""
    message = parsed(build(digest(), delivery(), LETTERHEAD))
    assert message["Date"].datetime == FROZEN_AT


def test_message_id_is_fixed():
    """The Message-ID follows from week, team, edition and recipient alone, in every version of this program.

    A salt that could be rotated sent every campaign again (PostHog's sent-message record).
    """
    want = "<2026-W46.ci-platform.1.30c3dbbe67fecde6@acme.example>"
    assert message_id(W46, "ci-platform", 1, "ci@acme.example", "acme.example") == want
    assert message_id(W46, "ci-platform", 1, " CI@acme.example ", "acme.example") == want


def test_message_ids_differ():
    """Another week, team, edition or recipient is another mail, also where the readable part is the same."""
    ids = {
        message_id(week, team, edition, recipient, "acme.example")
        for week in (W46, W46.plus(1))
        for team in ("ci", "c/i", "c-i", "ci\0", "")
        for edition in (1, 2)
        for recipient in ("a@acme.example", "b@acme.example", "")
    }
    assert len(ids) == 2 * 5 * 2 * 3


@settings(deadline=None)
@given(ANY_TEXT, ANY_TEXT)
def test_message_id_is_safe(team, recipient):
    """Whatever a team is called, its Message-ID is a short plain one."""
    identifier = message_id(W46, team, 1, recipient, "acme.example")
    assert re.fullmatch(r"<2026-W46\.[a-z0-9-]{1,24}\.1\.[0-9a-f]{16}@acme\.example>", identifier)


def test_each_reader_gets_their_own_reason():
    """It stands where the letter keeps a place for it, escaped in HTML and within 72 columns in text."""
    why = "You get this because CI & <Platform> owns jenkins; that is set in teams.yaml. " * 2
    one = letter(html=f"<p>{READER_MARK}</p>", text=f"Figures\n\n{READER_MARK}\n")
    message = parsed(build(digest(letter=one), delivery(why=why.strip()), LETTERHEAD))
    assert "CI &amp; &lt;Platform&gt; owns jenkins" in content(message, "html")
    text = content(message, "plain")
    assert " ".join(text.split()) == f"Figures {why.strip()}"
    assert max(map(len, text.splitlines())) <= 72


def test_a_letter_without_that_place_stays_as_it_is():
    """One that was frozen by an earlier version has no mark."""
    assert for_reader(letter(), "why") == letter()


def test_a_file_goes_beside_the_letter():
    """The letter and its pictures are one part, each file another, with its name and bytes."""
    figures = Attachment(
        "plugin-digest-2026-W46-ci.csv", "text/csv; charset=utf-8", b"week,views\n2026-W46,5\n"
    )
    message = parsed(build(digest(letter=letter(attachments=(figures,))), delivery(), LETTERHEAD))
    assert message.get_content_type() == "multipart/mixed"
    first, second = message.iter_parts()
    assert first.get_content_type() == "multipart/alternative"
    assert (second.get_content_type(), second.get_filename()) == ("text/csv", figures.name)
    assert second.get_content_disposition() == "attachment"
    assert second.get_payload(decode=True) == figures.content
    assert content(message, "plain") == letter().text


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("../figures.csv", "text/csv"),
        ("a\r\nBcc: x", "text/csv"),
        ('a".csv', "text/csv"),
        ("", "text/csv"),
        ("figures.csv", "text/csv\r\nX: y"),
    ],
)
def test_an_attachment_that_no_header_can_hold(name, media_type):
    """A name or a type never reaches a header unchecked."""
    with pytest.raises(RenderError, match="attachment"):
        build(digest(letter=letter(attachments=(Attachment(name, media_type, b""),))), delivery(), LETTERHEAD)
