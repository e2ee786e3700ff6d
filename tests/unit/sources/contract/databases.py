"""The `sql` source, on a real PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import sqlalchemy as sa

from plugin_digest.errors import Malformed, Rejected, SourceError, Unreachable
from plugin_digest.ports import Source
from plugin_digest.sources.database import SqlSource
from unit.sources.contract.harness import FAULT_WEEKS, SETTLING_HOURS, Harness
from unit.sources.contract.portal import Event, request
from unit.sources.sql.portal_events import COLUMNS, write_table
from unit.sources.sql.portal_events import Event as Row
from unit.sources.sql.wire import listening, relay, say_garbage


class SqlHarness(Harness):
    """A table of events, reached through a socket that can be cut."""

    source_type = "sql"
    has_new_users = True
    merges_duplicates = "rows equal in every column that is named are the same event, as for events"
    faults: ClassVar[Mapping[str, type[SourceError]]] = {
        "time-out": Unreachable,
        "garbage": Unreachable,
        "truncated body": Unreachable,
        "nobody there": Unreachable,
        "the table is gone": Rejected,
        "times that are none": Malformed,
    }
    without: ClassVar[Mapping[str, str]] = {
        "500": "a database has no status codes; `the table is gone` is an error of its own",
        "page missing": "the driver gives the whole answer or an error; there are no pages",
    }

    def make(self, events: Sequence[Event]) -> Source:
        self.url = self.place.fixture("postgres_url")
        write_table(self.url, [_row(event) for event in events], "timestamptz")
        return self.source(self.url)

    def source(self, url: str, **settings: Any) -> Source:
        given = {"table": "events", "columns": COLUMNS, "settling_hours": SETTLING_HOURS, **settings}
        return SqlSource(url, **given)

    def break_(self, how: str) -> Source:
        if how == "time-out":
            self._execute("LOCK TABLE events", keep=True)
            return self.source(self.url, statement_timeout_s=0.3)
        if how == "garbage":
            return self.source(self._through(say_garbage))
        if how == "truncated body":
            return self.source(self._cut_in_half())
        if how == "nobody there":
            return self.source("postgresql://digest@127.0.0.1:9/portal")
        if how == "the table is gone":
            self._execute("DROP TABLE events")
            return self.source(self.url)
        self._execute(
            f"ALTER TABLE events ALTER {COLUMNS['time']} TYPE text "
            f"USING {COLUMNS['time']} || ' of ' || {COLUMNS['user']}"
        )
        return self.source(self.url, time_format="iso_text")

    def _cut_in_half(self) -> str:
        """The address of a server that hangs up in the middle of the last answers."""
        directory = sa.make_url(self.url).query["host"]
        received: list[int] = []

        def hang_up_after(limit: int) -> str:
            return self._through(lambda client: relay(client, f"{directory}/.s.PGSQL.5432", limit, received))

        self.source(hang_up_after(10**9)).pull(request(*FAULT_WEEKS))
        return hang_up_after(max(received) // 2)

    def _through(self, answer: Any) -> str:
        port = self.place.stack.enter_context(listening(answer))
        query = {"host": "127.0.0.1", "port": str(port), "sslmode": "disable"}
        return sa.make_url(self.url).set(query=query).render_as_string(hide_password=False)

    def _execute(self, statement: str, *, keep: bool = False) -> None:
        """Runs a statement; ``keep``: its transaction stays open until the harness is left."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        connection = engine.connect()
        self.place.stack.callback(connection.invalidate)  # its database may be gone before it is
        connection.execute(sa.text(statement))
        if not keep:
            connection.commit()


def _row(event: Event) -> Row:
    action = "navigate" if event.is_view else "click"
    return Row(event.time, action, event.plugin, event.path, event.user, "s1")
