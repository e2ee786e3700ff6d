"""The mail server: how to reach it, how to sign in, and what its answers mean.

Owns TLS and credentials. Must not know mails. The password is in no text and no traceback that leaves here.
"""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from plugin_digest.deliver.address import one_line
from plugin_digest.errors import MailServerError

Security = Literal["starttls", "tls", "none"]

_STORAGE = 552
_TOO_LARGE = re.compile(r"5\.(3\.4|2\.3)\b")
_MAX_REPLY = 300


@dataclass(frozen=True)
class Reply:
    """A server's answer, on one line."""

    code: int
    text: str

    @classmethod
    def of(cls, pair: tuple[int, bytes]) -> Self:
        return cls(pair[0], one_line(pair[1].decode("utf-8", "replace"))[:_MAX_REPLY])

    @property
    def is_positive(self) -> bool:
        return 200 <= self.code < 300  # noqa: PLR2004 - RFC 5321 4.2.1

    @property
    def is_negative(self) -> bool:
        return 400 <= self.code < 600  # noqa: PLR2004

    @property
    def is_about_size(self) -> bool:
        return bool(_TOO_LARGE.match(self.text))

    @property
    def is_permanent(self) -> bool:
        """5xx, but for 552 about a full mailbox or too many recipients (RFC 5321 4.5.3.1.10)."""
        if self.code == _STORAGE:
            return self.is_about_size
        return 500 <= self.code < 600  # noqa: PLR2004

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()


def cause(error: BaseException) -> str:
    """What the library or the system says went wrong, on one line."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return str(Reply.of((error.smtp_code, said if isinstance(said, bytes) else said.encode())))
    return one_line(str(getattr(error, "strerror", None) or error)) or type(error).__name__


@dataclass(frozen=True)
class MailServer:
    """One server and how to talk to it. ``local_hostname`` is what EHLO says.

    Raises:
        MailServerError: the settings would send credentials in the clear, or are half of a pair.
    """

    host: str
    port: int
    security: Security
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | str | None = None
    timeout_s: float = 30.0
    local_hostname: str = "[127.0.0.1]"

    def __post_init__(self) -> None:
        if bool(self.username) != bool(self.password):
            raise self.trouble("username and password go together; one of them is missing")
        if self.username and self.security == "none":
            raise self.trouble("security none would send the password in the clear; use starttls or tls")

    def trouble(self, what: str) -> MailServerError:
        hidden = what.replace(self.password, "***") if self.password else what
        return MailServerError(f"mail server {self.host}:{self.port}: {hidden}")

    def connect(self) -> smtplib.SMTP:
        """A connection that is encrypted and signed in as far as the settings ask for it.

        Raises:
            MailServerError: it did not come to that.
        """
        with self._mapped():
            client = self._open()
            try:
                if self.security == "starttls":
                    client.starttls(context=self._tls)
                client.ehlo_or_helo_if_needed()
                if self.username:
                    self._sign_in(client)
            except BaseException:
                client.close()
                raise
            return client

    def _open(self) -> smtplib.SMTP:
        name, timeout_s = self.local_hostname, self.timeout_s
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, name, timeout=timeout_s, context=self._tls)
        return smtplib.SMTP(self.host, self.port, name, timeout=timeout_s)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            raise self.trouble(f"ca_file {self.ca_file}: {cause(error)}") from error

    def _sign_in(self, client: smtplib.SMTP) -> None:
        """The library's errors are cut off: a traceback through its frames could show the password."""
        try:
            client.login(self.username, self.password)
        except smtplib.SMTPNotSupportedError:
            raise self.trouble("it does not offer AUTH on this connection") from None
        except smtplib.SMTPAuthenticationError as error:
            raise self.trouble(f"signing in as {self.username} was refused: {cause(error)}") from None
        except UnicodeError:
            raise self.trouble("username and password may hold only ASCII characters") from None
        except (smtplib.SMTPException, OSError) as error:
            raise self.trouble(f"signing in as {self.username} failed: {cause(error)}") from None

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        """What the library and the system raise while connecting, in our words."""
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            raise self.trouble(f"its certificate is not trusted: {error.verify_message}") from error
        except smtplib.SMTPNotSupportedError as error:
            raise self.trouble("it does not offer STARTTLS; set security to tls, or to none") from error
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            raise self.trouble(cause(error)) from error
