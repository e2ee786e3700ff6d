"""The SMTP transport: one reused connection, certificates verified, and exact about what an answer means.

The one question that it must never get wrong is whether the server may have the mail. Until the answer 354
to DATA it provably does not, so a connection that breaks before is opened again and the mail offered once
more; after it nobody knows (RFC 5321 6.1), and the answer is Unknown. smtplib raises the same
``SMTPServerDisconnected`` for both, so the transaction is driven step by step here.
"""

import logging
import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from plugin_digest.deliver.address import addr_spec
from plugin_digest.deliver.server import MailServer, Reply, Security, cause
from plugin_digest.errors import Deferred, Refused, Unknown

log = logging.getLogger(__name__)

_GO_AHEAD = 354
_CLOSING = 421
_SIGN_IN_FIRST = frozenset({530, 534, 535, 538})


class _Broken(Exception):  # noqa: N818 - never leaves this module
    """The connection ended at ``step``, before the server was given anything of the mail."""

    def __init__(self, step: str, cause: object) -> None:
        super().__init__(step, cause)
        self.step = step
        self.cause = cause


@dataclass(frozen=True)
class _Envelope:
    sender: str
    recipient: str
    size_bytes: int


class SmtpTransport:
    """Hands mails to one server over one connection, which opens with the first of them.

    ``timeout_s`` holds for every answer but the one that ends a mail, which may take ``final_timeout_s``: to
    hang up earlier is how mails arrive twice (RFC 5321 4.5.3.2.6). ``local_hostname`` is what EHLO says; the
    library's own choice would tell the host's name.

    Raises:
        MailServerError: the settings would send credentials in the clear, or are half of a pair.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        security: Security = "starttls",
        username: str | None = None,
        password: str | None = None,
        ca_file: Path | str | None = None,
        timeout_s: float = 30.0,
        final_timeout_s: float = 600.0,
        local_hostname: str = "[127.0.0.1]",
    ) -> None:
        self._server = MailServer(
            host, port, security, username or "", password or "", ca_file, timeout_s, local_hostname
        )
        self._final_timeout_s = final_timeout_s
        self._client: smtplib.SMTP | None = None
        self._has_accepted_sender = False

    def __repr__(self) -> str:
        return f"SmtpTransport({self._server!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Says goodbye, if there is a connection."""
        if self._client is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._client.quit()
            self._drop()

    def check(self) -> Sequence[str]:
        """Goes as far as a mail would without sending one, and says what it found, a line each.

        Raises:
            MailServerError: no mail can go out.
        """
        self.close()
        client = self._server.connect()
        lines = [f"connected to {self._server.host}:{self._server.port}"]
        if isinstance(client.sock, ssl.SSLSocket):
            lines.append(f"{client.sock.version()}, certificate verified")
        if self._server.username:
            lines.append(f"signed in as {self._server.username}")
        try:
            lines.append(f"NOOP: {Reply.of(client.noop())}")
            client.quit()
        except (smtplib.SMTPException, OSError) as error:
            raise self._server.trouble(cause(error)) from error
        finally:
            client.close()
        return lines

    def send(self, payload: bytes, sender: str, recipient: str) -> str:
        """Hands over one mail for one recipient; the server's answer comes back.

        Raises:
            Deferred: a temporary refusal, or a connection that broke while the recipient was discussed.
            Refused: a permanent refusal, or an address that is none.
            Unknown: the connection broke, or no answer came, after the server asked for the mail.
            MailServerError: no mail can go out; the server was given nothing.
        """
        envelope = _Envelope(addr_spec(sender), addr_spec(recipient), len(payload))
        try:
            client = self._offer(envelope)
        except _Broken as first:
            log.info("mail server closed the connection at %s; opening it again", first.step)
            client = self._offer_again(envelope)
        return self._hand_over(client, payload)

    def _offer_again(self, envelope: _Envelope) -> smtplib.SMTP:
        try:
            return self._offer(envelope)
        except _Broken as broken:
            story = f"the connection broke at {broken.step}, twice: {broken.cause}"
            if broken.step == "MAIL":
                raise self._server.trouble(story) from broken
            raise Deferred(story) from broken

    def _offer(self, envelope: _Envelope) -> smtplib.SMTP:
        """Everything before the mail itself; ends with the server's 354."""
        is_reused = self._client is not None
        client = self._client = self._client or self._server.connect()
        size = f" SIZE={envelope.size_bytes}" if client.has_extn("size") else ""
        reply = self._ask(client, "MAIL", f"MAIL FROM:<{envelope.sender}>{size}")
        if reply.code == _CLOSING and is_reused:
            self._drop()
            raise _Broken("MAIL", reply)
        if not reply.is_positive:
            raise self._sender_refusal(client, envelope.sender, reply)
        self._has_accepted_sender = True
        reply = self._ask(client, "RCPT", f"RCPT TO:<{envelope.recipient}>")
        if not reply.is_positive:
            raise self._refusal(client, reply)
        reply = self._ask(client, "DATA", "DATA")
        if reply.code != _GO_AHEAD:
            raise self._refusal(client, reply)
        return client

    def _ask(self, client: smtplib.SMTP, step: str, command: str) -> Reply:
        try:
            return Reply.of(client.docmd(command))
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise _Broken(step, cause(error)) from error

    def _hand_over(self, client: smtplib.SMTP, payload: bytes) -> str:
        """The mail and the answer to its final dot. From here on every silence is an Unknown."""
        try:
            assert client.sock is not None
            client.sock.settimeout(self._final_timeout_s)
            client.send(_framed(payload))
            reply = Reply.of(client.getreply())
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise Unknown(f"no answer after DATA: {cause(error)}") from error
        client.sock.settimeout(self._server.timeout_s)
        if reply.is_positive:
            return str(reply)
        if not reply.is_negative:
            self._drop()
            raise Unknown(f"no valid answer after DATA: {reply}")
        raise self._refusal(client, reply)

    def _sender_refusal(self, client: smtplib.SMTP, sender: str, reply: Reply) -> Exception:
        """MAIL names no recipient: a sender refused for good is the server's trouble with all of them.

        Once the sender has been accepted, though, it is a mood, and the mail is tried again later.
        """
        is_about_sender = reply.is_permanent and not reply.is_about_size
        if is_about_sender and not self._has_accepted_sender:
            self._drop()
            return self._server.trouble(f"the sender {sender} is not accepted: {reply}")
        refusal = self._refusal(client, reply)
        return Deferred(str(reply)) if is_about_sender and isinstance(refusal, Refused) else refusal

    def _refusal(self, client: smtplib.SMTP, reply: Reply) -> Exception:
        """What a negative answer means; the connection is ready for the next mail, or gone."""
        if reply.code in _SIGN_IN_FIRST:
            self._drop()
            return self._server.trouble(str(reply))
        if reply.code == _CLOSING:
            self._drop()
        else:
            self._reset(client)
        return Refused(str(reply)) if reply.is_permanent else Deferred(str(reply))

    def _reset(self, client: smtplib.SMTP) -> None:
        try:
            is_ready = Reply.of(client.rset()).is_positive
        except (smtplib.SMTPException, OSError):
            is_ready = False
        if not is_ready:
            self._drop()

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def _framed(payload: bytes) -> bytes:
    """The mail with its dots doubled at the start of lines, and the lone dot that ends it."""
    begin = b"." if payload.startswith(b".") else b""
    end = b"" if payload.endswith(b"\r\n") else b"\r\n"
    return begin + payload.replace(b"\n.", b"\n..") + end + b".\r\n"
