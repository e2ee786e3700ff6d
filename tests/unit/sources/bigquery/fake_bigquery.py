"""A BigQuery that runs the SQL it is sent: sqlglot turns it into DuckDB's, on the export's nested rows.

It knows the few REST calls that the client makes, answers in pages, and is strict: what it does not know
it refuses.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import sqlglot
from sqlglot import exp

from unit.sources.bigquery.portal import Event
from unit.sources.ga4.fake_ga4 import FakeGa4
from unit.sources.ga4.loopback import Fault, Server

PROJECT, DATASET = "acme-analytics", "analytics_123456789"
_ROW_BYTES = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PARAMETER = (
    "STRUCT(key VARCHAR, value STRUCT(string_value VARCHAR, int_value BIGINT, float_value DOUBLE, "
    "double_value DOUBLE))"
)
COLUMNS = {
    "event_date": "VARCHAR",
    "event_timestamp": "BIGINT",
    "event_name": "VARCHAR",
    "event_params": f"{_PARAMETER}[]",
    "event_previous_timestamp": "BIGINT",
    "event_value_in_usd": "DOUBLE",
    "event_bundle_sequence_id": "BIGINT",
    "event_server_timestamp_offset": "BIGINT",
    "user_id": "VARCHAR",
    "user_pseudo_id": "VARCHAR",
    "privacy_info": "STRUCT(analytics_storage VARCHAR, ads_storage VARCHAR, uses_transient_token VARCHAR)",
    "user_first_touch_timestamp": "BIGINT",
    "device": "STRUCT(category VARCHAR, operating_system VARCHAR, language VARCHAR)",
    "geo": "STRUCT(continent VARCHAR, country VARCHAR, region VARCHAR, city VARCHAR)",
    "stream_id": "VARCHAR",
    "platform": "VARCHAR",
    "is_active_user": "BOOLEAN",
    "batch_event_index": "BIGINT",
    "batch_page_id": "BIGINT",
    "batch_ordering_id": "BIGINT",
}
"""Of Google's page on the schema (support.google.com/analytics/answer/7029846), what a portal's rows have."""


class Refused(Exception):  # noqa: N818
    """An error answer, as BigQuery writes it."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        error = {
            "code": status,
            "message": message,
            "status": reason.upper(),
            "errors": [{"message": message, "domain": "global", "reason": reason}],
        }
        self.fault = Fault(status, json.dumps({"error": error}).encode())


class FakeBigQuery(Server):
    """One dataset behind HTTP on the loopback.

    ``tables`` has rows by suffix (``20261109``, ``intraday_20261115``). ``meddle`` may replace answers; it is
    given ``insert``, ``dry run``, ``results``, ``job`` or ``tables`` and the right answer.
    """

    def __init__(self, tables: dict[str, list[Event]], certificate: bytes | None = None) -> None:
        super().__init__(FakeGa4(), certificate)  # only its token endpoint and its HTTP are of use here
        self.tables = tables
        self.page_rows = 40
        self.calls: list[str] = []
        self.jobs: list[dict[str, Any]] = []
        self.read_tables: set[str] = set()
        self.read_columns: set[str] = set()
        self.authorizations: set[str] = set()
        self.projects: set[str] = set()
        self._results: dict[str, tuple[list[str], list[tuple[Any, ...]]]] = {}

    def answer(self, method: str, path: str, body: bytes, authorization: str) -> Fault:
        """What to send to one request."""
        if path == "/token":
            return super().answer(method, path, body, authorization)
        self.authorizations.add(authorization)
        try:
            name, answer = self._route(method, path, json.loads(body) if body else {})
        except Refused as refused:
            return refused.fault
        self.calls.append(name)
        meddled = self.meddle(name, answer)
        if isinstance(meddled, Fault):
            return meddled
        return Fault(200, json.dumps(answer if meddled is None else meddled).encode())

    def _route(self, method: str, path: str, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        address = urlsplit(path)
        options = {key: value[0] for key, value in parse_qs(address.query).items()}
        match = re.fullmatch(r"/bigquery/v2/projects/([^/]+)/(.+)", address.path)
        assert match, path
        self.projects.add(match[1])
        parts = match[2].split("/")
        if (method, parts) == ("POST", ["jobs"]):
            is_dry = bool(body["configuration"].get("dryRun"))
            return "dry run" if is_dry else "insert", self._insert(match[1], body)
        if method == "GET" and parts[0] == "queries":
            return "results", self._page({**_reference(match[1]), "jobId": parts[1]}, options)
        if method == "GET" and parts[0] == "jobs":
            return "job", self._job_answer({**_reference(match[1]), "jobId": parts[1]}, "DONE")
        assert (method, parts[0], parts[2:]) == ("GET", "datasets", ["tables"]), path
        return "tables", self._list(parts[1], options)

    def _insert(self, project: str, body: dict[str, Any]) -> dict[str, Any]:
        asked = body["configuration"]["query"]
        assert asked["useLegacySql"] is False
        assert asked["parameterMode"] == "NAMED"
        if f"`{PROJECT}.{DATASET}." not in asked["query"]:
            raise Refused(404, "notFound", f"Not found: Dataset {PROJECT}:other was not found in location EU")
        self.jobs.append(body["configuration"])
        if not self.tables:
            raise Refused(404, "notFound", f"{PROJECT}:{DATASET}.events_* does not match any table.")
        sql, parameters = transpile(asked)
        self._note_reads(asked["query"], parameters)
        reference = _reference(project)
        if not body["configuration"].get("dryRun"):
            reference["jobId"] = body["jobReference"]["jobId"]
            answer = self.database.execute(sql, parameters)
            names = [column[0] for column in answer.description]
            self._results[reference["jobId"]] = (names, answer.fetchall())
        return self._job_answer(reference, "RUNNING")

    def _job_answer(self, reference: dict[str, Any], state: str) -> dict[str, Any]:
        size = str(_ROW_BYTES * sum(len(self.tables[suffix]) for suffix in self.read_tables))
        return {
            "kind": "bigquery#job",
            "jobReference": reference,
            "configuration": self.jobs[-1],
            "status": {"state": state},
            "statistics": {
                "totalBytesProcessed": size,
                "query": {"totalBytesProcessed": size, "totalBytesBilled": size, "statementType": "SELECT"},
            },
        }

    def _page(self, reference: dict[str, Any], options: dict[str, str]) -> dict[str, Any]:
        names, rows = self._results[reference["jobId"]]
        start = int(options.get("pageToken", "0"))
        end = min(len(rows), start + min(int(options.get("maxResults", self.page_rows)), self.page_rows))
        kinds = {"scope": "STRING", "name": "STRING", "detail": "STRING"}
        answer: dict[str, Any] = {
            "kind": "bigquery#getQueryResultsResponse",
            "jobReference": reference,
            "jobComplete": True,
            "schema": {"fields": [{"name": name, "type": kinds.get(name, "INTEGER")} for name in names]},
            "totalRows": str(len(rows)),
        }
        if end > start:
            answer["rows"] = [{"f": [{"v": _text(cell)} for cell in row]} for row in rows[start:end]]
        if start < end < len(rows):
            answer["pageToken"] = str(end)
        return answer

    def _list(self, dataset: str, options: dict[str, str]) -> dict[str, Any]:
        if dataset != DATASET:
            raise Refused(404, "notFound", f"Not found: Dataset {PROJECT}:{dataset}")
        names = sorted([*(f"events_{suffix}" for suffix in self.tables), "users_20261109", "notes"])
        start = int(options.get("pageToken", "0"))
        end = start + min(int(options["maxResults"]), 5)
        answer: dict[str, Any] = {
            "tables": [
                {"tableReference": {"projectId": PROJECT, "datasetId": DATASET, "tableId": name}}
                for name in names[start:end]
            ]
        }
        if end < len(names):
            answer["nextPageToken"] = str(end)
        return answer

    def _note_reads(self, statement: str, parameters: dict[str, Any]) -> None:
        """Which tables and columns BigQuery would read for the statement: a pseudo column reads nothing."""
        self.read_tables, self.read_columns = set(), set()
        for select in sqlglot.parse_one(statement, read="bigquery").find_all(exp.Select):
            source = select.args["from_"].this
            if not isinstance(source, exp.Table) or not source.name.endswith("*"):
                continue
            columns = {column.name for column in select.find_all(exp.Column) if not column.table}
            if columns == {"_TABLE_SUFFIX"}:
                continue
            where = select.args["where"].this.sql(dialect="duckdb")
            used = {name: value for name, value in parameters.items() if f"${name}" in where}
            matching = f"SELECT _TABLE_SUFFIX FROM suffixes WHERE {where}"
            self.read_tables |= {suffix for (suffix,) in self.database.execute(matching, used).fetchall()}
            self.read_columns |= columns - {"_TABLE_SUFFIX"}

    @cached_property
    def database(self) -> Any:
        """A table for each day, and the wildcard over them as a view with BigQuery's pseudo column."""
        database = duckdb.connect(config={"threads": 1})
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        database.execute(f"CREATE TABLE events_ ({columns})")
        database.execute("CREATE TABLE suffixes (_TABLE_SUFFIX VARCHAR)")
        for suffix, events in self.tables.items():
            database.execute(f"CREATE TABLE events_{suffix} ({columns})")
            database.execute("INSERT INTO suffixes VALUES (?)", [suffix])
            rows = json.dumps([_exported(event, suffix) for event in events])
            database.execute(
                f"INSERT INTO events_{suffix} BY NAME SELECT unnest(from_json(?::JSON, ?), max_depth := 2)",
                [rows, json.dumps([_SHAPE])],
            )
        union = " UNION ALL ".join(
            f"SELECT *, '{suffix}' AS _TABLE_SUFFIX FROM events_{suffix}" for suffix in ("", *self.tables)
        )
        database.execute(f"CREATE VIEW export AS {union}")
        return database


def _reference(project: str) -> dict[str, Any]:
    return {"projectId": project, "location": "EU"}


_SHAPE = {
    "event_date": "VARCHAR",
    "event_timestamp": "BIGINT",
    "event_name": "VARCHAR",
    "user_id": "VARCHAR",
    "user_pseudo_id": "VARCHAR",
    "event_params": [{"key": "VARCHAR", "value": {"string_value": "VARCHAR", "int_value": "BIGINT"}}],
}


def _exported(event: Event, suffix: str) -> dict[str, Any]:
    """The event as a row of the export. Parameters without a value are not there at all."""
    values = {
        "ga_session_id": 1_700_000_000,
        "c_pluginId": event.plugin,
        "content_group": event.plugin,
        "label": event.label,
        "page_path": event.page_path,
        "page_location": event.page_location,
        "page_title": "404",
        "search_term": event.term,
    }
    return {
        "event_date": suffix.removeprefix("intraday_"),
        "event_timestamp": (event.time - _EPOCH) // timedelta(microseconds=1),
        "event_name": event.name,
        "user_id": event.person,
        "user_pseudo_id": event.browser,
        "event_params": [
            {"key": key, "value": {("int_value" if isinstance(value, int) else "string_value"): value}}
            for key, value in values.items()
            if value is not None
        ],
    }


_KINDS = {"STRING": "VARCHAR", "INT64": "BIGINT", "BOOL": "BOOLEAN"}


@cache
def _for_duckdb(statement: str) -> str:
    """BigQuery's SQL as DuckDB's, reading the view."""

    def adapt(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Table) and node.name == "events_*":
            return exp.to_table("export")
        if isinstance(node, exp.Normalize):  # DuckDB cannot fold; for the tests' letters this is the same
            assert node.args["is_casefold"]
            return exp.Lower(this=exp.func("nfc_normalize", node.this))
        return node

    return sqlglot.parse_one(statement, read="bigquery").transform(adapt).sql(dialect="duckdb")


def transpile(asked: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A query job's statement as DuckDB runs it, and the values of its parameters."""
    statement = _for_duckdb(asked["query"])
    parameters = {}
    for parameter in asked["queryParameters"]:
        name, kind = parameter["name"], parameter["parameterType"]
        statement, uses = re.subn(rf"\${name}\b", f"CAST(${name} AS {_kind(kind)})", statement)
        assert uses, f"nothing uses the parameter {name}"
        parameters[name] = _value(kind, parameter["parameterValue"])
    return statement, parameters


def _kind(kind: dict[str, Any]) -> str:
    if kind["type"] == "ARRAY":
        return f"{_kind(kind['arrayType'])}[]"
    if kind["type"] == "STRUCT":
        fields = ", ".join(f"{field['name']} {_kind(field['type'])}" for field in kind["structTypes"])
        return f"STRUCT({fields})"
    return _KINDS[kind["type"]]


def _value(kind: dict[str, Any], value: dict[str, Any]) -> Any:
    if kind["type"] == "ARRAY":
        return [_value(kind["arrayType"], one) for one in value["arrayValues"]]
    if kind["type"] == "STRUCT":
        fields = {field["name"]: field["type"] for field in kind["structTypes"]}
        return {name: _value(fields[name], one) for name, one in value["structValues"].items()}
    text = value["value"]
    assert isinstance(text, str), f"BigQuery wants every value as text: {value}"
    if kind["type"] == "BOOL":
        return {"true": True, "false": False}[text]
    return int(text) if kind["type"] == "INT64" else text


def _text(cell: Any) -> Any:
    return None if cell is None else str(cell)
