"""Annotations: what people did or met in a week, from ``annotations.yaml``.

Owns what that file may say; knows no figures, and not which digest shows what.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from plugin_digest.documents import Line, Misfit, Section, json_schema, one_line, read, validate
from plugin_digest.errors import UsageError
from plugin_digest.model import UNATTRIBUTED_IDS, Annotation, canonical_plugin
from plugin_digest.weeks import parse_week, week_of

_WEEK_SCHEMA = {"type": "string", "pattern": r"^\s*\d{4}(-?[Ww]\d{2}|-\d{2}-\d{2})\s*$|\$\{"}
_DAY_SCHEMA = {"type": "string", "pattern": r"^\s*\d{4}-\d{2}-\d{2}\s*$|\$\{"}
_LINK_SCHEMA = {"type": "string", "pattern": r"^\s*https://|\$\{"}
_PLUGIN_SCHEMA = {"type": ["string", "number"], "minLength": 1}


def _starts_on(info: ValidationInfo) -> str:
    return str((info.context or {}).get("week_starts_on", "monday"))


def _week(text: str, info: ValidationInfo) -> str:
    try:
        parse_week(text, _starts_on(info))
    except (UsageError, OverflowError) as error:
        raise Misfit.here(str(error)) from None
    return text


def _day(text: str, info: ValidationInfo) -> str:
    wrong = ValueError("is not a day; expected one like 2026-10-02")
    try:
        day = date.fromisoformat(text)
        week_of(day, _starts_on(info))
    except (ValueError, OverflowError):
        raise wrong from None
    if text != day.isoformat():
        raise wrong
    return text


def _link(text: str) -> str:
    """A web page. The text is not shown: it may hold a password."""
    wrong = Misfit.here("expected a link like https://acme.example/release-notes")
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        raise wrong from None
    if url.scheme != "https" or not url.hostname or not text.isprintable() or " " in text:
        raise wrong
    if url.username is not None:
        raise Misfit.here("holds a user name, which would be mailed to every recipient")
    return text


def _plugin(text: str) -> str:
    if canonical_plugin(one_line(text)) in UNATTRIBUTED_IDS:
        raise ValueError("is no plugin: analytics reports views under it that belong to none")
    return text


class AnnotationEntry(Section):
    """Something that people did or met: a release, an outage, a campaign."""

    week: Annotated[str, AfterValidator(_week), WithJsonSchema(_WEEK_SCHEMA)] | None = None
    """The week, like 2026-W40, or any of its days; or else the date."""
    date: Annotated[str, AfterValidator(_day), WithJsonSchema(_DAY_SCHEMA)] | None = None
    """The day, like 2026-10-02, which is shown too; or else the week."""
    plugin: Annotated[str, AfterValidator(_plugin), WithJsonSchema(_PLUGIN_SCHEMA)] | None = None
    """The plugin it is about, as analytics reports it or by an alias; without it, the whole portal."""
    text: Line = Field(examples=["Jenkins 2.5 is out"])
    """What happened, in a few words."""
    link: Annotated[str, AfterValidator(_link), WithJsonSchema(_LINK_SCHEMA)] | None = None
    """A page that says more, https://…"""

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if self.week and self.date:
            raise Misfit({"date": "stands beside week; expected one of them"})
        if not self.week and not self.date:
            raise Misfit.here("has no week; expected a week like 2026-W40 or a date like 2026-10-02")
        return self


class AnnotationsFile(Section):
    """All of ``annotations.yaml``."""

    annotations: tuple[AnnotationEntry, ...] = ()
    """What happened, in any order."""


def load(path: Path, environ: Mapping[str, str], week_starts_on: str) -> tuple[Annotation, ...]:
    """The annotations in the file at ``path``, oldest first; those of one week in the order of the file.

    Raises:
        ConfigError: everything that is wrong with the file.
    """
    content = validate(read(path, environ), AnnotationsFile, {"week_starts_on": week_starts_on})
    found = (_annotation(entry, week_starts_on) for entry in content.annotations)
    return tuple(sorted(found, key=lambda annotation: (annotation.week, annotation.day or date.min)))


def schema() -> dict[str, Any]:
    """The JSON Schema of ``annotations.yaml``, for editors."""
    return json_schema(AnnotationsFile, "Plugin Digest: annotations.yaml")


def _annotation(entry: AnnotationEntry, week_starts_on: str) -> Annotation:
    day = date.fromisoformat(entry.date) if entry.date else None
    week = week_of(day, week_starts_on) if day else parse_week(str(entry.week), week_starts_on)
    return Annotation(week, entry.text, canonical_plugin(entry.plugin or ""), day, entry.link or "")
