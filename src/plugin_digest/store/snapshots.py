"""Snapshots: written whole, read whole, never changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, insert
from sqlmodel import Session, and_, col, func, select

from plugin_digest.model import (
    PORTAL,
    Absent,
    Count,
    Note,
    Page,
    Scope,
    Search,
    Snapshot,
    TeamUsage,
    Usage,
    Week,
    is_known,
)
from plugin_digest.store.columns import count_columns
from plugin_digest.store.database import Database, serialise
from plugin_digest.store.tables import (
    MissingDayRow,
    NewUsersRow,
    NoteRow,
    PageUsageRow,
    PluginUsageRow,
    PortalUsageRow,
    Row,
    SearchUsageRow,
    SnapshotRow,
    TeamPluginRow,
    TeamUsageRow,
)

UNATTRIBUTED = "unattributed"
FOUR_WEEKS = "four weeks"


class Snapshots:
    """Every reading of every week."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, snapshot: Snapshot) -> Snapshot:
        """Stores one more revision of the snapshot's week; returns it as it will be read.

        A plugin with an empty tuple of pages or searches is one without an entry.
        """
        with self._database.writing() as session:
            serialise(session, snapshot.week.first_day.toordinal())
            newest = select(func.max(SnapshotRow.revision)).where(SnapshotRow.week == snapshot.week)
            stored = replace(
                snapshot,
                revision=(session.exec(newest).one() or 0) + 1,
                pages={plugin: pages for plugin, pages in snapshot.pages.items() if pages},
                searches={plugin: terms for plugin, terms in snapshot.searches.items() if terms},
            )
            _write(session, stored)
        return stored

    def newest(self, week: Week) -> Snapshot | None:
        return self.newest_of([week]).get(week)

    def newest_of(self, weeks: Iterable[Week]) -> dict[Week, Snapshot]:
        """The newest revision of each of the weeks that is stored at all."""
        wanted = col(SnapshotRow.week).in_(list(weeks))
        with self._database.reading() as session:
            return {snapshot.week: snapshot for snapshot in _read(session, and_(wanted, _is_newest()))}

    def revision(self, week: Week, n: int) -> Snapshot | None:
        wanted = and_(col(SnapshotRow.week) == week, col(SnapshotRow.revision) == n)
        with self._database.reading() as session:
            return next(iter(_read(session, wanted)), None)

    def weeks(self) -> list[Week]:
        """Every week of which a snapshot is stored, oldest first."""
        with self._database.reading() as session:
            return list(
                session.exec(select(col(SnapshotRow.week)).distinct().order_by(col(SnapshotRow.week)))
            )

    def first_seen(self) -> dict[str, Week]:
        """Each plugin's first week with views, as the newest revisions have it."""
        statement = (
            select(PluginUsageRow.plugin, func.min(SnapshotRow.week))
            .join(SnapshotRow, col(SnapshotRow.id) == PluginUsageRow.snapshot_id)
            .where(col(PluginUsageRow.views) > 0, _is_newest())
            .group_by(PluginUsageRow.plugin)
        )
        with self._database.reading() as session:
            return dict(sorted(session.exec(statement).all()))


def _is_newest() -> ColumnElement[bool]:
    newest = select(col(SnapshotRow.week), func.max(SnapshotRow.revision).label("revision"))
    per_week = newest.group_by(col(SnapshotRow.week)).subquery()
    pair = select(per_week.c.week, per_week.c.revision).where(
        per_week.c.week == SnapshotRow.week, per_week.c.revision == SnapshotRow.revision
    )
    return pair.exists()


def _write(session: Session, snapshot: Snapshot) -> None:
    header = SnapshotRow(
        week=snapshot.week,
        revision=snapshot.revision,
        source=snapshot.source,
        timezone=snapshot.timezone,
        as_of=snapshot.as_of,
        status=snapshot.status,
        anonymous=snapshot.anonymous if is_known(snapshot.anonymous) else None,
    )
    session.add(header)
    session.flush()
    for row, values in _parts(snapshot).items():
        if values:
            session.execute(insert(row), [{"snapshot_id": header.id, **value} for value in values])


def _parts(snapshot: Snapshot) -> dict[type[Row], list[dict[str, Any]]]:
    """The rows of every table but the header's; parents come before those that refer to them."""
    scopes = {
        PORTAL: snapshot.portal,
        UNATTRIBUTED: snapshot.unattributed,
        FOUR_WEEKS: snapshot.four_weeks,
    }
    return {
        PortalUsageRow: [{"scope": scope, **_figures(usage)} for scope, usage in scopes.items()],
        PluginUsageRow: [{"plugin": key, **_figures(usage)} for key, usage in snapshot.plugins.items()],
        TeamUsageRow: [{"team": key, **_figures(team.usage)} for key, team in snapshot.teams.items()],
        TeamPluginRow: [
            {"team": key, "plugin": plugin}
            for key, team in snapshot.teams.items()
            for plugin in sorted(team.plugins)
        ],
        PageUsageRow: [
            {"plugin": plugin, "position": position, "path": page.path, **_figures(page)}
            for plugin, pages in snapshot.pages.items()
            for position, page in enumerate(pages)
        ],
        MissingDayRow: [
            {"position": position, "day": day} for position, day in enumerate(snapshot.missing_days)
        ],
        NoteRow: [
            {"position": position, "kind": note.kind, "text": note.text}
            for position, note in enumerate(snapshot.notes)
        ],
        NewUsersRow: _new_users(snapshot),
        SearchUsageRow: [
            {
                "plugin": plugin,
                "position": position,
                "term": search.term,
                **count_columns("users", search.users),
            }
            for plugin, searches in snapshot.searches.items()
            for position, search in enumerate(searches)
        ],
    }


def _new_users(snapshot: Snapshot) -> list[dict[str, Any]]:
    usages = {
        (Scope.PORTAL, ""): snapshot.portal,
        **{(Scope.PLUGIN, key): usage for key, usage in snapshot.plugins.items()},
        **{(Scope.TEAM, key): team.usage for key, team in snapshot.teams.items()},
    }
    return [
        {"scope": scope, "key": key, **count_columns("users", usage.new_users)}
        for (scope, key), usage in usages.items()
        if usage.new_users is not Absent.NOT_AVAILABLE
    ]


def _figures(of: Usage | Page) -> dict[str, Any]:
    return {**count_columns("views", of.views), **count_columns("users", of.users)}


def _read(session: Session, wanted: ColumnElement[bool]) -> list[Snapshot]:
    """The snapshots whose header fits, oldest first: one query for each table, however many they are."""
    headers = session.exec(select(SnapshotRow).where(wanted).order_by(col(SnapshotRow.week))).all()
    ids = [header.id for header in headers]
    parts = {row: _by_snapshot(session, row, ids) for row in _TABLES}
    return [
        _assemble(header, {row: found.get(header.id, ()) for row, found in parts.items()})
        for header in headers
    ]


_TABLES: Mapping[Any, Sequence[str]] = {
    PortalUsageRow: (),
    PluginUsageRow: (),
    TeamUsageRow: (),
    TeamPluginRow: (),
    PageUsageRow: ("position",),
    MissingDayRow: ("position",),
    NoteRow: ("position",),
    NewUsersRow: (),
    SearchUsageRow: ("position",),
}
"""Every table but the header's, with the columns in whose order its rows matter."""


def _by_snapshot(session: Session, row: Any, ids: Sequence[int | None]) -> dict[int | None, list[Any]]:
    order = [getattr(row, column) for column in _TABLES[row]]
    found: dict[int | None, list[Any]] = {}
    for one in session.exec(select(row).where(col(row.snapshot_id).in_(ids)).order_by(*order)):
        found.setdefault(one.snapshot_id, []).append(one)
    return found


def _assemble(header: SnapshotRow, parts: Mapping[Any, Sequence[Any]]) -> Snapshot:
    new = {(row.scope, row.key): _told(row) for row in parts[NewUsersRow]}
    scopes = {row.scope: row.to_usage() for row in parts[PortalUsageRow]}
    plugins = {
        row.plugin: _with_new(row.to_usage(), new.get((Scope.PLUGIN, row.plugin)))
        for row in parts[PluginUsageRow]
    }
    return Snapshot(
        week=header.week,
        source=header.source,
        timezone=header.timezone,
        as_of=header.as_of,
        status=header.status,
        portal=_with_new(scopes[PORTAL], new.get((Scope.PORTAL, ""))),
        unattributed=scopes[UNATTRIBUTED],
        four_weeks=scopes[FOUR_WEEKS],
        plugins=dict(sorted(plugins.items())),
        teams=_teams(parts[TeamUsageRow], parts[TeamPluginRow], new),
        pages=_pages(parts[PageUsageRow]),
        missing_days=tuple(row.day for row in parts[MissingDayRow]),
        notes=tuple(Note(row.kind, row.text) for row in parts[NoteRow]),
        searches=_searches(parts[SearchUsageRow]),
        anonymous=Absent.NOT_AVAILABLE if header.anonymous is None else header.anonymous,
        revision=header.revision,
    )


def _told(row: Any) -> Count:
    """The users of a row that has no views."""
    return row.users_absent if row.users is None else row.users  # type: ignore[no-any-return]  # the CHECKs


def _with_new(usage: Usage, new_users: Count | None) -> Usage:
    return usage if new_users is None else replace(usage, new_users=new_users)


def _searches(rows: Sequence[SearchUsageRow]) -> dict[str, tuple[Search, ...]]:
    searches: dict[str, list[Search]] = {}
    for row in rows:
        searches.setdefault(row.plugin, []).append(Search(row.term, _told(row)))
    return {plugin: tuple(searches[plugin]) for plugin in sorted(searches)}


def _teams(
    usages: Sequence[TeamUsageRow],
    members: Sequence[TeamPluginRow],
    new: Mapping[tuple[Scope, str], Count],
) -> dict[str, TeamUsage]:
    plugins: dict[str, set[str]] = {row.team: set() for row in sorted(usages, key=lambda row: row.team)}
    for member in members:
        plugins[member.team].add(member.plugin)
    usage = {row.team: _with_new(row.to_usage(), new.get((Scope.TEAM, row.team))) for row in usages}
    return {team: TeamUsage(frozenset(owned), usage[team]) for team, owned in plugins.items()}


def _pages(rows: Sequence[PageUsageRow]) -> dict[str, tuple[Page, ...]]:
    pages: dict[str, list[Page]] = {}
    for row in rows:
        usage = row.to_usage()
        pages.setdefault(row.plugin, []).append(Page(row.path, usage.views, usage.users))
    return {plugin: tuple(pages[plugin]) for plugin in sorted(pages)}
