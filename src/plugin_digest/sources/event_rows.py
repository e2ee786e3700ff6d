# ruff: noqa: S608 - statements are made of literals that sql.py escapes; DuckDB binds no parameters here
"""SQL that brings every shape of an event export to the same rows: one per event, all text.

Owns the shapes: the body of Backstage's Generic HTTP analytics module (``[{event: {action, subject,
attributes, context}, timestamp, user, sessionId}]``) and flat tables. Knows nothing of weeks and counts.

The rows are ``action, plugin, path, moment_text, user_id, session, rest, file``: ``rest`` is a hash of what
else tells two events apart. What is not an event has no ``action``.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plugin_digest.errors import Rejected
from plugin_digest.sources.event_files import EventFile
from plugin_digest.sources.sql import name_literal, path_list, text_literal

_BODY = (
    '{"event":{"action":"VARCHAR","subject":"VARCHAR","value":"VARCHAR","attributes":"JSON",'
    '"context":{"pluginId":"VARCHAR","routeRef":"VARCHAR","extension":"VARCHAR","extensionId":"VARCHAR"}},'
    '"timestamp":"VARCHAR","user":"VARCHAR","sessionId":"VARCHAR"}'
)
_CONSTANT = "="
"""``action: =navigate``: not a column; every row is that."""
_REQUIRED = ("time", "action", "plugin")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "time": ("time", "timestamp", "ts", "event_time", "event_timestamp", "created_at"),
    "action": ("action", "event_action", "event_name", "event"),
    "plugin": ("plugin", "plugin_id", "pluginId", "c_pluginId"),
    "path": ("path", "subject", "page_path", "pagePath", "pathname"),
    "user": ("user", "user_ref", "userRef", "user_id", "userId"),
    "session": ("session", "session_id", "sessionId"),
}
"""The fields of a flat table, each with the column names that are tried where none is configured."""


@dataclass(frozen=True)
class Columns:
    """Which columns of a flat table hold which field; empty: the usual names."""

    named: Mapping[str, str]

    def __post_init__(self) -> None:
        for field in self.named:
            if field not in FIELDS:
                raise Rejected(f"source.columns: {field!r} is no field; the fields are {', '.join(FIELDS)}")

    def candidates(self, field: str) -> tuple[str, ...]:
        if self.constant(field) is not None:
            return ()
        return (self.named[field],) if field in self.named else FIELDS[field]

    def is_required(self, field: str) -> bool:
        return self.constant(field) is None and (field in _REQUIRED or field in self.named)

    def constant(self, field: str) -> str | None:
        named = self.named.get(field, "")
        return named.removeprefix(_CONSTANT) if named.startswith(_CONSTANT) else None

    def are_flat(self, file: EventFile) -> bool:
        """Whether to read the file as a flat table rather than as Generic HTTP bodies."""
        return bool(self.named) or file.is_flat


def select_rows(files: Sequence[EventFile], columns: Columns) -> str:
    """One SELECT over all files.

    Raises:
        Rejected: a flat table lacks a column that it needs.
    """
    groups: dict[tuple[str, tuple[str, ...], str, bool], list[EventFile]] = defaultdict(list)
    for file in files:
        is_flat = columns.are_flat(file)
        header = file.columns if file.format in ("csv", "parquet") else ()
        groups[file.format, header, file.delimiter, is_flat].append(file)
    return "\nUNION ALL BY NAME\n".join(_select_group(group, columns) for group in groups.values())


def _select_group(files: Sequence[EventFile], columns: Columns) -> str:
    first = files[0]
    if first.format in ("csv", "parquet") and columns.are_flat(first):
        return _select_table(files, columns)
    return _select_flat_json(files, columns) if columns.are_flat(first) else _select_bodies(files)


def _select_table(files: Sequence[EventFile], columns: Columns) -> str:
    header = {name.lower(): name for name in files[0].columns}
    fields = {}
    for field in FIELDS:
        found = [header[name.lower()] for name in columns.candidates(field) if name.lower() in header]
        if not found and columns.is_required(field):
            raise Rejected(_lacks_column(files[0], field, columns))
        fields[field] = [f"{name_literal(name)}::VARCHAR" for name in found]
    reader = _read_csv(files) if files[0].format == "csv" else _read_parquet(files)
    return _select_fields(fields, columns, reader)


def _lacks_column(file: EventFile, field: str, columns: Columns) -> str:
    hint = ", or action: '=navigate' if every row is a view" if field == "action" else ""
    return (
        f"{file.path}: no column for {field}: looked for {', '.join(columns.candidates(field))}, "
        f"found {', '.join(file.columns)}; name it in source.columns{hint}"
    )


def _select_flat_json(files: Sequence[EventFile], columns: Columns) -> str:
    """A key that is null is often left out, so every name is asked of every record."""
    for file in files:
        for field in ("time", "action"):
            has_none = file.columns and not set(columns.candidates(field)) & set(file.columns)
            if has_none and columns.is_required(field):
                raise Rejected(_lacks_column(file, field, columns))
    names = {field: columns.candidates(field) for field in FIELDS}
    record = json.dumps({name: "VARCHAR" for group in names.values() for name in group})
    fields = {field: [f"record.{name_literal(name)}" for name in group] for field, group in names.items()}
    return _select_fields(fields, columns, _read_records(files, record))


def _select_fields(fields: Mapping[str, Sequence[str]], columns: Columns, reader: str) -> str:
    value = {}
    for field, found in fields.items():
        constant = columns.constant(field)
        value[field] = text_literal(constant) if constant is not None else _coalesce(found)
    return (
        f"SELECT {value['action']} AS action, {value['plugin']} AS plugin, {value['path']} AS path, "
        f"{value['time']} AS moment_text, {value['user']} AS user_id, {value['session']} AS session, "
        f"hash({value['session']}) AS rest, _file AS file FROM {reader}"
    )


def _coalesce(names: Sequence[str]) -> str:
    return f"coalesce({', '.join(names)})" if names else "NULL::VARCHAR"


def _select_bodies(files: Sequence[EventFile]) -> str:
    return (
        "SELECT record.event.action AS action, record.event.context.pluginId AS plugin, "
        'record.event.subject AS path, record."timestamp" AS moment_text, record."user" AS user_id, '
        'record."sessionId" AS session, '
        'hash(record."sessionId", record.event.value, record.event.attributes, record.event.context) '
        f"AS rest, _file AS file FROM {_read_records(files, _BODY)}"
    )


def _read_records(files: Sequence[EventFile], record: str) -> str:
    """Objects, or the objects of arrays; a line that is not JSON is a NULL, so that it can be counted."""
    one, many = text_literal(record), text_literal(f"[{record}]")
    return (
        f"(SELECT unnest(CASE WHEN starts_with(json::VARCHAR, '[') THEN from_json(json, {many}) "
        f"ELSE [from_json(json, {one})] END) AS record, _file FROM {_read_json(files)})"
    )


def _read_json(files: Sequence[EventFile]) -> str:
    if files[0].format in ("csv", "parquet"):
        reader = _read_csv(files) if files[0].format == "csv" else _read_parquet(files)
        return f"(SELECT to_json(t) AS json, t._file FROM {reader} AS t)"
    form = "newline_delimited" if files[0].format == "ndjson" else "array"
    return (
        f"read_json({_paths(files)}, format = '{form}', ignore_errors = {form == 'newline_delimited'}, "
        "records = false, columns = {json: 'JSON'}, filename = '_file')"
    )


def _read_parquet(files: Sequence[EventFile]) -> str:
    return f"read_parquet({_paths(files)}, filename = '_file')"


def _read_csv(files: Sequence[EventFile]) -> str:
    """Lines with too few or too many fields are set aside in DuckDB's ``reject_errors``."""
    header = ", ".join(f"{name_literal(name)}: 'VARCHAR'" for name in files[0].columns)
    return (
        f"read_csv({_paths(files)}, columns = {{{header}}}, header = true, auto_detect = false, "
        f"delim = {text_literal(files[0].delimiter)}, quote = '\"', escape = '\"', "
        "ignore_errors = true, store_rejects = true, filename = '_file')"
    )


def _paths(files: Sequence[EventFile]) -> str:
    return path_list(file.path for file in files)
