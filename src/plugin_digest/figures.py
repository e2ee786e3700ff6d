"""Figures as rows for other tools: one per week and thing, with their provenance.

Owns the columns, how a row comes from a snapshot or a digest, and CSV; must not know the store.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import Literal

from plugin_digest.model import (
    PORTAL,
    Attachment,
    Count,
    Point,
    PortalDigest,
    Snapshot,
    TeamDigest,
    Usage,
    Week,
    is_known,
)

Scope = Literal["plugin", "team", "portal"]
COLUMNS = ("week", "scope", "key", "views", "users", "status", "revision", "as_of")
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""By this Excel knows UTF-8; it goes before what a person opens, not before what a program reads."""
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_MOST_KEY_CHARACTERS = 60


@dataclass(frozen=True)
class Figure:
    """One row. ``views`` and ``users`` are None where there is no count; ``as_of`` is ISO 8601 in UTC."""

    week: str
    scope: Scope
    key: str
    views: int | None
    users: int | None
    status: str
    revision: int
    as_of: str


def figures(snapshots: Iterable[Snapshot]) -> list[Figure]:
    """All rows, by week, then portal, teams and plugins, each by key."""
    ordered = sorted(snapshots, key=lambda snapshot: snapshot.week)
    return [figure for snapshot in ordered for figure in _of_week(snapshot)]


def digest_figures(digest: TeamDigest | PortalDigest, snapshots: Mapping[Week, Snapshot]) -> list[Figure]:
    """The rows of one digest: its weeks and as many before them, the whole first, then plugins by id.

    What the digest hides is hidden here too. ``snapshots`` are those that it was made from, for status,
    revision and ``as_of``; a week without one has no row.
    """
    weeks, scope, key = (
        (digest.weeks, "team", digest.team.key) if isinstance(digest, TeamDigest) else (1, "portal", PORTAL)
    )  # type: tuple[int, Scope, str]
    plugins = sorted(digest.plugins, key=lambda change: change.plugin)
    histories = [(scope, key, digest.history), *(("plugin", one.plugin, one.history) for one in plugins)]
    return [
        _figure(snapshots[week], kind, name, point.usage)
        for week in (digest.week.plus(-back) for back in reversed(range(2 * weeks)))
        if week in snapshots
        for kind, name, history in histories
        for point in _points(history, week)
    ]


def as_csv(rows: Iterable[Figure]) -> str:
    """The rows under a header. A text that a spreadsheet would take for a formula begins with ``'``."""
    return "".join(_line(cells) for cells in (COLUMNS, *map(astuple, rows)))


def csv_attachment(digest: TeamDigest | PortalDigest, snapshots: Mapping[Week, Snapshot]) -> Attachment:
    """The digest's figures as a file for its mail, which Excel opens as it should."""
    key = digest.team.key if isinstance(digest, TeamDigest) else PORTAL
    plain = re.sub(r"[^A-Za-z0-9._+-]", "-", key)[:_MOST_KEY_CHARACTERS]
    content = BYTE_ORDER_MARK + as_csv(digest_figures(digest, snapshots))
    return Attachment(f"plugin-digest-{digest.week}-{plain}.csv", "text/csv; charset=utf-8", content.encode())


def _points(history: Iterable[Point], week: Week) -> Iterator[Point]:
    return (point for point in history if point.week == week)


def _line(cells: Iterable[str | int | None]) -> str:
    """The writer only quotes a carriage return if lines end in one."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(map(_cell, cells))
    return text.getvalue().removesuffix("\r\n") + "\n"


def _cell(value: str | int | None) -> str | int | None:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_SIGNS) else value


def _of_week(snapshot: Snapshot) -> list[Figure]:
    teams = sorted(snapshot.teams.items())
    return [
        _figure(snapshot, "portal", PORTAL, snapshot.portal),
        *(_figure(snapshot, "team", key, team.usage) for key, team in teams),
        *(_figure(snapshot, "plugin", key, usage) for key, usage in sorted(snapshot.plugins.items())),
    ]


def _figure(snapshot: Snapshot, scope: Scope, key: str, usage: Usage) -> Figure:
    return Figure(
        week=str(snapshot.week),
        scope=scope,
        key=key,
        views=_number(usage.views),
        users=_number(usage.users),
        status=snapshot.status.value,
        revision=snapshot.revision,
        as_of=snapshot.as_of.isoformat(timespec="seconds"),
    )


def _number(count: Count) -> int | None:
    return count if is_known(count) else None
