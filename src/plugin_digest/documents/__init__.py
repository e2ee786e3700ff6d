"""The configuration's files as checked values: YAML in, frozen models or a list of problems out.

Owns how a file is read, what a value of some kind must look like, and how what is wrong is worded; must not
know what a key is for.
"""

from plugin_digest.documents.hosts import Host, WebUrl, is_loopback
from plugin_digest.documents.misfit import Misfit
from plugin_digest.documents.paths import (
    DatabaseUrl,
    ExistingDirectory,
    ExistingFile,
    FilePath,
    MountedSecret,
    Pattern,
    Secret,
    StoreUrl,
)
from plugin_digest.documents.reading import Document, Place, read
from plugin_digest.documents.schema import json_schema
from plugin_digest.documents.texts import (
    Colour,
    Identifier,
    Line,
    Mailbox,
    MailDomain,
    Recipients,
    SomeRecipients,
    UrlPath,
    identifier,
    one_line,
)
from plugin_digest.documents.times import TimeOfDay, TimeZone, Weekday, WeekStart
from plugin_digest.documents.validation import Section, near, validate

__all__ = [
    "Colour",
    "DatabaseUrl",
    "Document",
    "ExistingDirectory",
    "ExistingFile",
    "FilePath",
    "Host",
    "Identifier",
    "Line",
    "MailDomain",
    "Mailbox",
    "Misfit",
    "MountedSecret",
    "Pattern",
    "Place",
    "Recipients",
    "Secret",
    "Section",
    "SomeRecipients",
    "StoreUrl",
    "TimeOfDay",
    "TimeZone",
    "UrlPath",
    "WebUrl",
    "WeekStart",
    "Weekday",
    "identifier",
    "is_loopback",
    "json_schema",
    "near",
    "one_line",
    "read",
    "validate",
]
