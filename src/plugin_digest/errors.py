"""Every error that Plugin Digest raises on purpose, arranged by what the caller can do.

    PluginDigestError
    ├── UsageError               the call's words are wrong: call again, corrected
    ├── ConfigError              the files are wrong: lists every problem at once
    ├── SourceError              no figures: nothing was stored, and never a zero
    │   ├── Unreachable          try again later
    │   ├── Rejected             ask the operator: credentials, rights, settings
    │   │   └── NotCovered       ask for other weeks: it has nothing for these
    │   └── Malformed            ask the operator: the answer cannot be trusted
    ├── OwnershipError           who owns what is not known: nothing may be sent
    ├── StoreError               the database could not be used
    ├── RenderError              one digest could not be written: that team only
    ├── MailServerError          no mail can go out: nothing was handed over
    ├── DeliveryError            one mail to one recipient
    │   ├── Deferred             not accepted now: try again
    │   ├── Refused              not accepted, ever: record it
    │   └── Unknown              the connection broke after DATA: do not try again on its own
    └── Held                     the data look wrong: a person decides
        └── OwnersUnknown        nothing looks wrong yet: try again later

Foreign exceptions (duckdb, sqlalchemy, smtplib, yaml …) are mapped to these where they enter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class PluginDigestError(Exception):
    """Its text is one line for a person; ``exit_code`` is what the command line ends with."""

    exit_code: ClassVar[int] = 3


class UsageError(PluginDigestError):
    """Something that does not exist was named on the command line."""

    exit_code = 2


@dataclass(frozen=True)
class Problem:
    """One thing wrong in one file; ``line`` counts from 1, None where the file has no such line."""

    file: str
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class ConfigError(PluginDigestError):
    """What is wrong in the configuration, all problems at once, one line each."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SourceError(PluginDigestError):
    """The source gave no figures that can be trusted."""


class Unreachable(SourceError):  # noqa: N818 - named for what happened, as the docstring draws it
    """No answer; the same call may go through later."""


class Rejected(SourceError):  # noqa: N818
    """The source said no; someone must change a setting, a right or a credential."""


class NotCovered(Rejected):
    """The source is there and has nothing for any of the weeks that it was asked for."""


class Malformed(SourceError):  # noqa: N818
    """The source answered with something that cannot be read in full."""


class OwnershipError(PluginDigestError):
    """A place that knows owners could not be asked, or its answer cannot be trusted."""


class StoreError(PluginDigestError):
    """The database could not be opened, migrated, read or written."""


class RenderError(PluginDigestError):
    """A digest could not be written, or came out broken."""


class MailServerError(PluginDigestError):
    """The mail server could not be used at all; no mail was handed over by this attempt."""


class DeliveryError(PluginDigestError):
    """One mail was not accepted; the text holds the server's reply."""

    exit_code = 1


class Deferred(DeliveryError):  # noqa: N818
    """A temporary refusal (4xx): the same mail may be accepted later."""


class Refused(DeliveryError):  # noqa: N818
    """A permanent refusal (5xx)."""


class Unknown(DeliveryError):  # noqa: N818
    """The mail may or may not have been accepted; only a person may send it again."""


class Held(PluginDigestError):  # noqa: N818
    """The run stopped before sending because the data look wrong."""

    exit_code = 4


class OwnersUnknown(Held):
    """Nothing was sent, as a place that knows owners could not be asked."""
