"""The transport that writes each mail as an ``.eml`` file into a folder; nothing leaves the machine."""

import os
import re
from collections.abc import Sequence
from email.parser import BytesHeaderParser
from pathlib import Path
from types import TracebackType
from typing import Self

from plugin_digest.deliver.address import addr_spec
from plugin_digest.errors import MailServerError

_MAX_NAME = 180


class OutboxTransport:
    """Files named after Message-ID and recipient, so the same message again replaces its own file."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __repr__(self) -> str:
        return f"OutboxTransport({str(self._directory)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is kept open between mails."""

    def check(self) -> Sequence[str]:
        """Writes a file, takes it away again and says so.

        Raises:
            MailServerError: the folder cannot be written to.
        """
        self._write(".check", b"")
        (self._directory / ".check").unlink(missing_ok=True)
        return [f"outbox {self._directory}: writable"]

    def send(self, payload: bytes, sender: str, recipient: str) -> str:  # noqa: ARG002 - the port has it
        """Writes the mail, whole or not at all, and answers with the file's name.

        Raises:
            Refused: the recipient is no address that mail can reach.
            MailServerError: the folder cannot be written to.
        """
        name = _file_name(payload, addr_spec(recipient))
        self._write(name, payload)
        return f"written to {name}"

    def _write(self, name: str, payload: bytes) -> None:
        temporary = self._directory / f".{name}.part"
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                file.write(payload)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._directory / name)
        except (FileExistsError, NotADirectoryError) as error:
            raise MailServerError(f"outbox {self._directory}: is a file, expected a directory") from error
        except OSError as error:
            raise MailServerError(f"outbox {self._directory}: {error.strerror or error}") from error


def _file_name(payload: bytes, recipient: str) -> str:
    """``2026-W46.ci-platform.1.0f3a….ci-platform@acme.example.eml``, with nothing that could be a path."""
    identifier = str(BytesHeaderParser().parsebytes(payload)["Message-ID"] or "")
    local = identifier.strip("<> \r\n").rpartition("@")[0]
    name = re.sub(r"[^A-Za-z0-9@._-]+", "_", f"{local}.{recipient}").lstrip(".")
    return f"{name[:_MAX_NAME]}.eml"
