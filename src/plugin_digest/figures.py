"""Stored figures as rows for other tools: one per week and thing, with their provenance."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from plugin_digest.model import PORTAL, Count, Snapshot, Usage, is_known

Scope = Literal["plugin", "team", "portal"]
COLUMNS = ("week", "scope", "key", "views", "users", "status", "revision", "as_of")


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
