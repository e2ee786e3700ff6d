import logging
import socket
import ssl
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from deliver.letters import delivery, mail
from deliver.servers import Do, Moment, Script, ScriptedServer, free_port
from plugin_digest.deliver.smtp import SmtpTransport
from plugin_digest.errors import Deferred, MailServerError, Refused, Unknown

SENDER = "portal@acme.example"
TO = "r1@acme.example"
MAIL = mail(delivery())
PASSWORD = "s3cret-Horse"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


def transport(server: ScriptedServer, **changes) -> SmtpTransport:
    settings = {"security": "none", "timeout_s": 5, "final_timeout_s": 5}
    return SmtpTransport("127.0.0.1", server.port, **{**settings, **changes})


def at(step: str, action: str | Do, *, connection: int | None = None, mail: int | None = None) -> Script:
    """A script that does something at one step, of one connection or one mail only if so asked."""

    def script(moment: Moment) -> str | Do | None:
        is_there = moment.step == step and connection in (None, moment.connection)
        return action if is_there and mail in (None, moment.mail) else None

    return script


def test_mails_arrive_as_they_are():
    """Several mails go over one connection and arrive to the byte, lines that begin with dots included."""
    dots = b".first\r\n.\r\n..two\r\n...\r\n"
    payloads = [mail(delivery(1)), dots, mail(delivery(3))]
    with ScriptedServer() as server, transport(server) as smtp:
        answers = [smtp.send(p, SENDER, f"r{n}@acme.example") for n, p in enumerate(payloads, 1)]
    assert [received.data for received in server.mails] == payloads
    assert server.recipients == ["r1@acme.example", "r2@acme.example", "r3@acme.example"]
    assert answers == ["250 2.0.0 queued"] * 3
    assert server.connections == 1
    assert server.steps("RSET", "QUIT") == ["QUIT"]


def test_against_aiosmtpd():
    """An independent SMTP server reads the same mail that was written."""
    seen = []

    class Keep(Message):
        def handle_message(self, message):
            seen.append(message)

    controller = Controller(Keep(), hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        with SmtpTransport("127.0.0.1", controller.port, security="none") as smtp:
            smtp.send(MAIL, SENDER, TO)
    finally:
        controller.stop()
    assert [m["Message-ID"] for m in seen] == [delivery().message_id]
    assert seen[0]["X-RcptTo"] == TO


def test_domain_of_another_script_in_the_envelope():
    """The envelope holds the ASCII form of a domain, and no address can smuggle a command."""
    with ScriptedServer() as server, transport(server) as smtp:
        smtp.send(MAIL, "Portal <portal@bücher.example>", "a@bücher.example")
        with pytest.raises(Refused):
            smtp.send(MAIL, SENDER, "a@acme.example>\r\nRCPT TO:<evil@x.example")
    assert [(m.sender, m.recipient) for m in server.mails] == [
        ("portal@xn--bcher-kva.example", "a@xn--bcher-kva.example")
    ]


def test_no_host_name_in_the_greeting(monkeypatch):
    """EHLO does not tell the machine's name, and nobody asks the resolver for it."""
    monkeypatch.setattr(socket, "getfqdn", lambda *_: pytest.fail("the host name was asked for"))
    with ScriptedServer() as server, transport(server) as smtp:
        smtp.send(MAIL, SENDER, TO)
    assert server.commands[:1] == ["ehlo [127.0.0.1]"]


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("CONNECT", MailServerError),
        ("EHLO", MailServerError),
        ("MAIL", MailServerError),
        ("RCPT", Deferred),
        ("DATA", Deferred),
        ("MID-DATA", Unknown),
        ("DOT", Unknown),
    ],
)
def test_connection_dropped_at_every_try(step, error):
    """A connection that always breaks at a step is Unknown after 354, and provably nothing before."""
    with ScriptedServer(at(step, Do.DROP)) as server, transport(server) as smtp:
        for _ in range(2):
            with pytest.raises(error):
                smtp.send(MAIL, SENDER, TO)
    assert server.mails == []


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_connection_dropped_once(step):
    """A connection that breaks before 354 is opened again, and the mail arrives once."""
    with ScriptedServer(at(step, Do.DROP, connection=1)) as server, transport(server) as smtp:
        smtp.send(MAIL, SENDER, TO)
    assert server.recipients == [TO]
    assert server.connections == 2


@pytest.mark.parametrize("step", ["MID-DATA", "DOT"])
@pytest.mark.parametrize("action", [Do.DROP, Do.KEEP_AND_DROP])
def test_nothing_is_offered_twice_after_data(step, action):
    """Whether the server kept the mail or not, a connection lost after 354 is one try and Unknown."""
    with (
        ScriptedServer(at(step, action)) as server,
        transport(server) as smtp,
        pytest.raises(Unknown, match="no answer after DATA"),
    ):
        smtp.send(MAIL, SENDER, TO)
    assert server.steps("MAIL") == ["MAIL"]


@pytest.mark.parametrize("farewell", [Do.DROP, "421 4.7.0 too many messages in this session"])
def test_server_closes_after_some_mails(farewell):
    """A server that ends each connection after two mails gets every mail once (knadh/listmonk#2313)."""
    on_connection: dict[int, int] = {}

    def script(moment: Moment) -> str | Do | None:
        if moment.step != "MAIL":
            return None
        on_connection[moment.connection] = on_connection.get(moment.connection, 0) + 1
        return farewell if on_connection[moment.connection] > 2 else None

    with ScriptedServer(script) as server, transport(server) as smtp:
        for n in range(7):
            smtp.send(MAIL, SENDER, f"r{n}@acme.example")
    assert server.recipients == [f"r{n}@acme.example" for n in range(7)]
    assert server.connections == 4


def test_hang_after_the_dot():
    """No answer to the final dot is waited for longer than any other, and is Unknown then."""
    with ScriptedServer(at("DOT", Do.KEEP_AND_HANG)) as server:
        smtp = transport(server, timeout_s=0.5, final_timeout_s=0.8)
        began = time.monotonic()
        with smtp, pytest.raises(Unknown, match="timed out"):
            smtp.send(MAIL, SENDER, TO)
        assert time.monotonic() - began >= 0.8
    assert server.recipients == [TO]


def test_slow_final_answer_is_waited_for():
    """The final answer may take longer than the others: hanging up early is how mails arrive twice."""

    def script(moment: Moment) -> None:
        if (moment.step, moment.mail) == ("DOT", 1):
            time.sleep(0.8)

    with ScriptedServer(script) as server, transport(server, timeout_s=0.5) as smtp:
        assert smtp.send(MAIL, SENDER, TO).startswith("250")
        smtp.send(MAIL, SENDER, TO)


@pytest.mark.parametrize(
    ("step", "error"), [("CONNECT", MailServerError), ("MAIL", MailServerError), ("RCPT", Deferred)]
)
def test_hang_before_data(step, error):
    """A server that falls silent before DATA has nothing: the mail can be tried again."""
    with (
        ScriptedServer(at(step, Do.HANG)) as server,
        transport(server, timeout_s=0.4) as smtp,
        pytest.raises(error, match="timed out"),
    ):
        smtp.send(MAIL, SENDER, TO)


TEMPORARY = [
    (step, reply)
    for step in ("RCPT", "DATA", "DOT")
    for reply in (
        "421 4.3.2 closing",
        "450 4.2.0 greylisted",
        "452 4.5.3 too many",
        "552 too many recipients",
    )
]
PERMANENT = [
    *((step, "550 5.1.1 no such user") for step in ("RCPT", "DATA", "DOT")),
    ("RCPT", "554 5.7.1 no"),
    ("DOT", "552 5.3.4 message too big"),
    ("MAIL", "552 5.3.4 message too big"),
]


@pytest.mark.parametrize(
    ("step", "reply", "error"),
    [
        *((step, reply, Deferred) for step, reply in TEMPORARY),
        *(
            ("MAIL", reply, Deferred)
            for reply in ("421 4.3.2 closing", "451 4.3.0 later", "452 4.3.1 disk full")
        ),
        *((step, reply, Refused) for step, reply in PERMANENT),
        ("MAIL", "550 5.7.60 not your address", MailServerError),
        *((step, "530 5.7.0 sign in first", MailServerError) for step in ("MAIL", "RCPT", "DATA")),
        *((step, "hello", Deferred) for step in ("MAIL", "RCPT", "DATA")),
        ("DOT", "hello", Unknown),
        ("DOT", "354 once more", Unknown),
    ],
)
def test_answers(step, reply, error):
    """Each negative answer is what it says, with its text; the connection serves the next mail."""
    with ScriptedServer(at(step, reply, mail=1)) as server, transport(server) as smtp:
        with pytest.raises(error, match=reply[4:]):
            smtp.send(MAIL, SENDER, TO)
        smtp.send(MAIL, SENDER, "r2@acme.example")
    assert server.recipients == ["r2@acme.example"]


def test_sender_refused_after_it_was_accepted():
    """A server that has taken the sender before and refuses it for one mail defers that mail."""
    with ScriptedServer(at("MAIL", "550 5.7.1 no", mail=2)) as server, transport(server) as smtp:
        smtp.send(MAIL, SENDER, TO)
        with pytest.raises(Deferred, match="550"):
            smtp.send(MAIL, SENDER, TO)
        smtp.send(MAIL, SENDER, TO)


def test_endless_answer():
    """An answer that never ends its line is no answer: Deferred before DATA, Unknown after."""
    flood = "250 " + "x" * 20_000
    for step, error in (("RCPT", Deferred), ("DOT", Unknown)):
        with ScriptedServer(at(step, flood)) as server, transport(server) as smtp, pytest.raises(error):
            smtp.send(MAIL, SENDER, TO)


def test_answer_is_one_short_line():
    """What a server answers is kept on one line without control characters, and not for ever long."""
    text = "550-no\r\n550-\x1b[31mno\x00\r\n550 " + "y" * 900
    with (
        ScriptedServer(at("RCPT", text)) as server,
        transport(server) as smtp,
        pytest.raises(Refused) as caught,
    ):
        smtp.send(MAIL, SENDER, TO)
    assert str(caught.value).startswith("550 no [31mno ")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 320


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_tls(security, server_tls, ca_file):
    """Over STARTTLS and over TLS, with a certificate that the given authority vouches for, mails arrive."""
    server = ScriptedServer(tls=server_tls, is_implicit_tls=security == "tls", passwords={"digest": PASSWORD})
    settings = {"security": security, "ca_file": ca_file, "username": "digest", "password": PASSWORD}
    with server, transport(server, **settings) as smtp:
        lines = smtp.check()
        smtp.send(MAIL, SENDER, TO)
    assert server.recipients == [TO]
    assert lines == [
        f"connected to 127.0.0.1:{server.port}",
        "TLSv1.3, certificate verified",
        "signed in as digest",
        "NOOP: 250 2.0.0 ok",
    ]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_certificate_of_nobody(security, server_tls):
    """A certificate that no known authority vouches for is refused, and nothing is said after it."""
    server = ScriptedServer(tls=server_tls, is_implicit_tls=security == "tls", passwords={"digest": PASSWORD})
    with (
        server,
        transport(server, security=security, username="digest", password=PASSWORD) as smtp,
        pytest.raises(MailServerError, match="its certificate is not trusted: "),
    ):
        smtp.send(MAIL, SENDER, TO)
    assert server.steps("AUTH", "MAIL") == []


def test_certificate_of_another_host(authority, ca_file):
    """A good certificate for another name is refused."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("other.example").configure_cert(context)
    with (
        ScriptedServer(tls=context) as server,
        transport(server, security="starttls", ca_file=ca_file) as smtp,
        pytest.raises(MailServerError, match="not trusted"),
    ):
        smtp.send(MAIL, SENDER, TO)


def test_starttls_not_offered():
    """A server without STARTTLS gets neither mail nor password when STARTTLS is set."""
    with ScriptedServer(passwords={"digest": PASSWORD}) as server:
        smtp = transport(server, security="starttls", username="digest", password=PASSWORD)
        with smtp, pytest.raises(MailServerError, match="does not offer STARTTLS"):
            smtp.send(MAIL, SENDER, TO)
    assert server.steps("AUTH", "MAIL") == []


@pytest.mark.parametrize("action", [Do.DROP, "454 4.7.0 not now", "501 5.5.4 no"])
def test_starttls_fails(action, server_tls, ca_file):
    """A STARTTLS that does not come about is never followed by anything in the clear."""
    with (
        ScriptedServer(at("STARTTLS", action), tls=server_tls) as server,
        transport(server, security="starttls", ca_file=ca_file) as smtp,
        pytest.raises(MailServerError),
    ):
        smtp.send(MAIL, SENDER, TO)
    assert server.steps("MAIL") == []


def test_tls_to_a_plain_port():
    """TLS spoken to a server that does not is one line about the server."""
    with (
        ScriptedServer() as server,
        transport(server, security="tls") as smtp,
        pytest.raises(MailServerError, match=f"mail server 127.0.0.1:{server.port}: "),
    ):
        smtp.check()


def test_credentials_in_the_clear():
    """Credentials with security none are refused before any connection."""
    with pytest.raises(MailServerError, match="in the clear"):
        SmtpTransport("127.0.0.1", 25, security="none", username="digest", password=PASSWORD)


@pytest.mark.parametrize("half", [{"username": "digest"}, {"password": PASSWORD}])
def test_half_of_the_credentials(half):
    """A user without a password, or the other way round, is said before any connection."""
    with pytest.raises(MailServerError, match="go together"):
        SmtpTransport("127.0.0.1", 25, **half)


@pytest.fixture
def signing_in(server_tls, ca_file) -> Iterator[tuple[ScriptedServer, dict[str, Any]]]:
    with ScriptedServer(tls=server_tls, passwords={"digest": PASSWORD}) as server:
        yield server, {"security": "starttls", "ca_file": ca_file, "username": "digest", "password": PASSWORD}


@pytest.mark.parametrize(
    ("action", "says"),
    [
        (f"535 5.7.8 not {PASSWORD}", "signing in as digest was refused: 535 5.7.8 not \\*\\*\\*"),
        ("454 4.7.0 later", "454 4.7.0 later"),
        (f"550 5.7.30 basic authentication is off for {PASSWORD}", "550 5.7.30"),
        (Do.DROP, "closed"),
    ],
)
def test_signing_in_fails(action, says, signing_in, caplog):
    """A failed AUTH is one line; the password is in no error, log, traceback or repr, even if echoed."""
    server, settings = signing_in
    server.script = at("AUTH", action)
    caplog.set_level(logging.DEBUG)
    smtp = transport(server, **settings)
    with smtp, pytest.raises(MailServerError, match=says) as caught:
        smtp.send(MAIL, SENDER, TO)
    story = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    told = [frame.locals for frame in story.stack if frame.filename != __file__]
    assert story.__cause__ is None
    assert story.__suppress_context__
    assert PASSWORD not in f"{told} {caught.value}"
    assert PASSWORD not in caplog.text + repr(smtp) + repr(vars(smtp))
    assert server.steps("MAIL") == []


def test_password_of_another_script(signing_in):
    """A password that AUTH cannot carry is said so, without a letter of it."""
    server, settings = signing_in
    with (
        transport(server, **{**settings, "password": "pässword"}) as smtp,
        pytest.raises(MailServerError, match="only ASCII") as caught,
    ):
        smtp.check()
    assert "\\xe4" not in str(caught.value)


def test_auth_not_offered(server_tls, ca_file):
    """A server that knows no AUTH is said so."""
    with ScriptedServer(tls=server_tls) as server:
        smtp = transport(server, security="starttls", ca_file=ca_file, username="u", password=PASSWORD)
        with smtp, pytest.raises(MailServerError, match="does not offer AUTH"):
            smtp.check()


def test_missing_ca_file(tmp_path):
    """A missing or broken file of authorities is named."""
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    for path in (tmp_path / "none.pem", broken):
        with (
            ScriptedServer() as server,
            transport(server, security="tls", ca_file=path) as smtp,
            pytest.raises(MailServerError, match=f"ca_file {path}"),
        ):
            smtp.check()


@pytest.mark.parametrize("host", ["127.0.0.1", "mail.invalid", "a..b", "x" * 300])
def test_server_that_is_not_there(host):
    """A closed port and a name that is none are one line with host and port."""
    port = free_port()
    smtp = SmtpTransport(host, port, security="none", timeout_s=2)
    for attempt in (smtp.check, lambda: smtp.send(MAIL, SENDER, TO)):
        with pytest.raises(MailServerError, match=f"^mail server {host}:{port}: .+$"):
            attempt()


@pytest.mark.parametrize("greeting", ["421 4.3.2 busy", "554 5.7.1 you are blocked"])
def test_greeting_that_says_no(greeting):
    """A server that refuses the connection has refused nobody's mail."""
    with (
        ScriptedServer(at("CONNECT", greeting)) as server,
        transport(server) as smtp,
        pytest.raises(MailServerError, match=greeting),
    ):
        smtp.send(MAIL, SENDER, TO)


@pytest.mark.parametrize("step", ["NOOP", "QUIT"])
def test_check_against_a_server_that_goes(step):
    """A check that does not get to its end says so."""
    with (
        ScriptedServer(at(step, Do.DROP)) as server,
        transport(server) as smtp,
        pytest.raises(MailServerError, match="closed"),
    ):
        smtp.check()


def test_closing_is_harmless():
    """Closing without a connection, twice, or after the server went away raises nothing."""
    with ScriptedServer() as server:
        smtp = transport(server)
        smtp.close()
        smtp.send(MAIL, SENDER, TO)
    smtp.close()
    smtp.close()


@pytest.mark.parametrize(("extensions", "size"), [(("SIZE 10000000",), f" SIZE={len(MAIL)}"), ((), "")])
def test_size_is_announced(extensions, size):
    """Where the server knows SIZE it hears of the mail's size in time to say no."""
    with ScriptedServer(extensions=extensions) as server, transport(server) as smtp:
        smtp.send(MAIL, SENDER, TO)
    assert server.commands[1] == f"MAIL FROM:<{SENDER}>{size}"
