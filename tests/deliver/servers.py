"""A small SMTP server on a real socket that does at each step what a test tells it to."""

import base64
import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import BinaryIO, Self


class Do(Enum):
    """What a script may do instead of answering."""

    DROP = "close the connection"
    HANG = "say nothing more"
    KEEP_AND_DROP = "take the mail, then close the connection without an answer"
    KEEP_AND_HANG = "take the mail, then say nothing more"


@dataclass(frozen=True)
class Moment:
    """Where a session is. ``mail`` counts MAIL commands over all connections, from 1."""

    step: str
    connection: int
    mail: int
    recipient: str


@dataclass(frozen=True)
class Received:
    sender: str
    recipient: str
    data: bytes

    @property
    def message_id(self) -> str:
        match = re.search(rb"(?m)^Message-ID: (\S+)", self.data)
        return match[1].decode() if match else ""


Script = Callable[[Moment], str | Do | None]
ANSWERS = {
    "CONNECT": "220 mail.example",
    "AUTH": "235 welcome",
    "STARTTLS": "220 go on",
    "DATA": "354 go on",
    "DOT": "250 2.0.0 queued",
    "QUIT": "221 bye",
}
STEPS = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "MID-DATA", "DOT")


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as placeholder:
        return int(placeholder.getsockname()[1])


def polite(moment: Moment) -> str | Do | None:
    return None


@dataclass
class ScriptedServer:
    """Serves each connection in a thread; ``mails`` holds what it has taken responsibility for."""

    script: Script = polite
    tls: ssl.SSLContext | None = None
    is_implicit_tls: bool = False
    passwords: dict[str, str] = field(default_factory=dict)
    extensions: tuple[str, ...] = ("SIZE 10000000",)
    port: int = 0
    mails: list[Received] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self.is_closing = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.sockets: list[socket.socket] = []

    def __enter__(self) -> Self:
        self.threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_closing.set()
        for open_socket in (self.listener, *self.sockets):
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
            open_socket.close()
        for thread in self.threads:
            thread.join(5)

    @property
    def recipients(self) -> list[str]:
        return [mail.recipient for mail in self.mails]

    def steps(self, *names: str) -> list[str]:
        return [moment.step for moment in self.moments if moment.step in names or not names]

    def _accept(self) -> None:
        while not self.is_closing.is_set():
            try:
                connected, _ = self.listener.accept()
            except OSError:
                return
            self.sockets.append(connected)
            self.connections += 1
            session = _Session(self, connected, self.connections)
            self.threads.append(threading.Thread(target=session.serve, daemon=True))
            self.threads[-1].start()


class _Over(Exception):  # noqa: N818 - not an error
    """The session is at its end."""


@dataclass
class _Session:
    server: ScriptedServer
    socket: socket.socket
    number: int
    sender: str = ""
    recipient: str = ""

    def serve(self) -> None:
        try:
            if self.server.is_implicit_tls:
                self._encrypt()
            self.file: BinaryIO = self.socket.makefile("rb")
            self._answer("CONNECT")
            for line in self._lines():
                self._serve_command(line)
        except (_Over, OSError, ValueError):
            pass
        finally:
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)
            if hasattr(self, "file"):
                self.file.close()
            self.socket.close()

    def _lines(self) -> Iterator[str]:
        while line := self.file.readline():
            yield line.decode("ascii").rstrip("\r\n")

    def _serve_command(self, line: str) -> None:
        self.server.commands.append(line)
        verb = line.split(" ", maxsplit=1)[0].upper()
        if verb == "MAIL":
            self.sender, self.recipient = self._address(line), ""
        if verb == "RCPT":
            self.recipient = self._address(line)
        if verb in ("EHLO", "HELO"):
            self._answer("EHLO", self._capabilities())
        elif verb == "STARTTLS":
            self._answer(verb)
            self.file.close()
            self._encrypt()
            self.file = self.socket.makefile("rb")
        elif verb == "AUTH":
            self._answer(verb, None if self._is_known(line) else "535 5.7.8 no such user")
        else:
            is_positive = self._answer(verb)
            if verb == "DATA" and is_positive:
                self._take_mail()
            if verb == "QUIT":
                raise _Over

    def _take_mail(self) -> None:
        data = b""
        while not data.endswith(b"\r\n.\r\n"):
            line = self.file.readline()
            if not line:
                raise _Over
            if not data:
                self._answer("MID-DATA", "")
            data += line
        received = Received(
            self.sender, self.recipient, re.sub(rb"(?m)^\.\.", b".", data.removesuffix(b".\r\n"))
        )
        self._answer("DOT", received=received)

    def _answer(self, step: str, default: str | None = None, received: Received | None = None) -> bool:
        mails = sum(moment.step == "MAIL" for moment in self.server.moments) + (step == "MAIL")
        moment = Moment(step, self.number, mails, self.recipient)
        self.server.moments.append(moment)
        action = self.server.script(moment)
        text = action if isinstance(action, str) else default
        text = ANSWERS.get(step, "250 2.0.0 ok") if text is None else text
        is_taken = action in (Do.KEEP_AND_DROP, Do.KEEP_AND_HANG) or (
            isinstance(text, str) and text[:1] == "2" and not isinstance(action, Do)
        )
        if received and is_taken:
            self.server.mails.append(received)
        if action in (Do.HANG, Do.KEEP_AND_HANG):
            self.server.is_closing.wait(30)
        if isinstance(action, Do):
            raise _Over
        if text:
            self.socket.sendall(text.encode() + b"\r\n")
        if text.startswith("421"):
            raise _Over
        return text[:1] in ("2", "3")

    def _capabilities(self) -> str:
        is_encrypted = isinstance(self.socket, ssl.SSLSocket)
        names = ["mail.example", *self.server.extensions]
        if self.server.tls and not is_encrypted:
            names.append("STARTTLS")
        if self.server.passwords:
            names.append("AUTH PLAIN")
        *first, last = names
        return "".join(f"250-{name}\r\n" for name in first) + f"250 {last}"

    def _is_known(self, line: str) -> bool:
        _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        return self.server.passwords.get(user) == password

    def _encrypt(self) -> None:
        assert self.server.tls
        self.socket = self.server.tls.wrap_socket(self.socket, server_side=True)
        self.server.sockets.append(self.socket)

    @staticmethod
    def _address(line: str) -> str:
        match = re.search(r"<(.*?)>", line)
        return match[1] if match else ""
