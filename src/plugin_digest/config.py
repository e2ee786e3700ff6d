"""The configuration: ``digest.yaml`` and the files that it names, read once, all problems at once.

Owns how the settings come to be; their meaning is in `settings`. Must not open a source, a store or a mail
server.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plugin_digest.documents import Document, json_schema, read, validate
from plugin_digest.errors import ConfigError, Problem
from plugin_digest.ownership import Provider
from plugin_digest.ownership.file import FileProvider
from plugin_digest.ownership.places import make_provider
from plugin_digest.settings import OutboxSettings, Settings, SmtpSettings
from plugin_digest.source_settings import EventsSettings, Ga4CsvSettings

__all__ = [
    "EventsSettings",
    "Ga4CsvSettings",
    "OutboxSettings",
    "Settings",
    "SmtpSettings",
    "load",
    "load_all",
    "ownership_paths",
    "schema",
]


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings in the file at ``path``, with ``${NAME}`` from ``environ``; its paths come out absolute.

    Raises:
        ConfigError: everything that is wrong with it.
    """
    return _settings(read(path, environ), path)


def load_all(path: Path, environ: Mapping[str, str]) -> tuple[Settings, tuple[Provider, ...]]:
    """The settings, and the places that know owners; those that are files like teams.yaml are read.

    Raises:
        ConfigError: everything that is wrong with any of the files.
    """
    document = read(path, environ)
    problems: list[Problem] = []
    files: dict[Path, FileProvider] = {}
    settings = None
    try:
        settings = _settings(document, path)
    except ConfigError as error:
        problems += error.problems
    for place in ownership_paths(document, path):
        try:
            files[place] = FileProvider(place, environ)
        except ConfigError as error:
            problems += error.problems
    if settings is None or problems:
        raise ConfigError(problems)
    return settings, tuple(make_provider(place, files) for place in settings.ownership)


def ownership_paths(document: Document, path: Path) -> tuple[Path, ...]:
    """The files like teams.yaml that the document at ``path`` names, whatever else is wrong with it."""
    told = {problem.key for problem in document.problems}
    entries = document.content.get("ownership")
    return tuple(
        _directory(path) / entry["path"].strip()
        for index, entry in enumerate(entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and entry.get("type", "file") == "file"
        if isinstance(entry.get("path"), str) and entry["path"].strip()
        if f"ownership[{index}].path" not in told
    )


def schema() -> dict[str, Any]:
    """The JSON Schema of ``digest.yaml``, for editors."""
    return json_schema(Settings, "Plugin Digest: digest.yaml")


def _settings(document: Document, path: Path) -> Settings:
    return validate(document, Settings, {"directory": _directory(path)})


def _directory(path: Path) -> Path:
    return path.absolute().parent
