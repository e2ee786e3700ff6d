"""Figures as rows for other tools: one per week and thing, with their provenance.

Owns the columns, how a row comes from a snapshot or a digest, and CSV; must not know the store.
"""

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Literal

from plugin_digest.diff.change import usage_of
from plugin_digest.model import (
    PORTAL,
    Attachment,
    Count,
    IndicatorValue,
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
OTHER_COLUMNS = ("week", "scope", "key", "figure", "value", "out_of", "as_of")
_SCOPES: tuple[Scope, ...] = ("portal", "team", "plugin")
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


@dataclass(frozen=True)
class OtherFigure:
    """One row of what is neither views nor users of a week: an indicator, or what the portal has besides.

    ``value`` is None where there is none; ``out_of`` is the whole that it is a part of, None without one.
    """

    week: str
    scope: Scope
    key: str
    figure: str
    value: float | None
    out_of: float | None
    as_of: str | None


def figures(snapshots: Iterable[Snapshot], known: Collection[str] = ()) -> list[Figure]:
    """All rows, by week, then portal, teams and plugins, each by key.

    ``known`` are canonical ids of plugins that were seen or are owned: they have a row of 0 in a whole week
    without a view of them.
    """
    ordered = sorted(snapshots, key=lambda snapshot: snapshot.week)
    return [figure for snapshot in ordered for figure in _of_week(snapshot, known)]


def other_figures(snapshots: Iterable[Snapshot], values: Iterable[IndicatorValue]) -> list[OtherFigure]:
    """What the portal has besides in each week, and the indicators' values, by week, scope, key and name."""
    rows = [row for snapshot in snapshots for row in _besides(snapshot)]
    rows += [_of_indicator(value) for value in values]
    return sorted(rows, key=lambda row: (row.week, _SCOPES.index(row.scope), row.key, row.figure))


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


def as_csv(rows: Iterable[Figure | OtherFigure], columns: Sequence[str] = COLUMNS) -> str:
    """The rows under a header. A text that a spreadsheet would take for a formula begins with ``'``."""
    return "".join(_line(cells) for cells in (columns, *map(astuple, rows)))


def csv_attachment(digest: TeamDigest | PortalDigest, snapshots: Mapping[Week, Snapshot]) -> Attachment:
    """The digest's figures as a file for its mail, which Excel opens as it should."""
    key = digest.team.key if isinstance(digest, TeamDigest) else PORTAL
    plain = re.sub(r"[^A-Za-z0-9._+-]", "-", key)[:_MOST_KEY_CHARACTERS]
    content = BYTE_ORDER_MARK + as_csv(digest_figures(digest, snapshots))
    return Attachment(f"plugin-digest-{digest.week}-{plain}.csv", "text/csv; charset=utf-8", content.encode())


def _points(history: Iterable[Point], week: Week) -> Iterator[Point]:
    return (point for point in history if point.week == week)


def _line(cells: Iterable[str | float | None]) -> str:
    """The writer only quotes a carriage return if lines end in one."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(map(_cell, cells))
    return text.getvalue().removesuffix("\r\n") + "\n"


def _cell(value: str | float | None) -> str | float | None:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_SIGNS) else value


def _of_week(snapshot: Snapshot, known: Collection[str]) -> list[Figure]:
    teams = sorted(snapshot.teams.items())
    plugins = sorted({*snapshot.plugins, *(known if snapshot.is_complete else ())})
    return [
        _figure(snapshot, "portal", PORTAL, snapshot.portal),
        *(_figure(snapshot, "team", key, team.usage) for key, team in teams),
        *(_figure(snapshot, "plugin", key, usage_of(snapshot, key)) for key in plugins),
    ]


def _besides(snapshot: Snapshot) -> list[OtherFigure]:
    counts = {
        "users-28-days": (snapshot.four_weeks.users, None),
        "views-of-no-plugin": (snapshot.unattributed.views, snapshot.portal.views),
        "views-without-a-user": (snapshot.anonymous, snapshot.portal.views),
    }
    as_of = snapshot.as_of.isoformat(timespec="seconds")
    return [
        OtherFigure(
            str(snapshot.week),
            "portal",
            PORTAL,
            name,
            _number(count),
            None if whole is None else _number(whole),
            as_of,
        )
        for name, (count, whole) in counts.items()
    ]


def _of_indicator(value: IndicatorValue) -> OtherFigure:
    return OtherFigure(
        str(value.week),
        value.scope.value,
        value.key or PORTAL,
        value.indicator,
        _short(value.value),
        None if value.out_of is None else _short(value.out_of),
        None if value.as_of is None else value.as_of.isoformat(timespec="seconds"),
    )


def _short(value: float) -> float:
    """``312`` and not ``312.0``."""
    return int(value) if value.is_integer() else value


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
