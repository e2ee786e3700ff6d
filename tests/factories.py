"""Small values for tests: every argument has a default, so a test names only what it is about."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from plugin_digest.model import (
    Note,
    NoteKind,
    Page,
    Snapshot,
    Status,
    Team,
    TeamUsage,
    Usage,
    Week,
)

W46 = Week(date(2026, 11, 9))
AS_OF = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


def usage(views: Any = 10, users: Any = 5) -> Usage:
    return Usage(views, users)


def snapshot(
    week: Week = W46,
    plugins: Mapping[str, tuple[Any, ...]] | None = None,
    **changes: Any,
) -> Snapshot:
    """A complete week; ``plugins`` maps an id to (views, users) or (views, users, new users)."""
    figures = {"jenkins": (120, 40), "catalog": (300, 90)} if plugins is None else plugins
    known = [views for views, *_ in figures.values() if isinstance(views, int)]
    values: dict[str, Any] = {
        "week": week,
        "source": "events",
        "timezone": "Europe/Stockholm",
        "as_of": AS_OF,
        "status": Status.FINAL,
        "portal": Usage(sum(known) + 7, 100),
        "unattributed": Usage(7, 3),
        "plugins": {plugin: Usage(*pair) for plugin, pair in figures.items()},
        "teams": {"ci": TeamUsage(frozenset({"jenkins"}), Usage(120, 40))},
        "pages": {"jenkins": (Page("/ci/build", 80, 30), Page("/ci", 40, 20))},
        "missing_days": (),
        "notes": (Note(NoteKind.UNREADABLE, "2 of 5,000 lines could not be read"),),
    }
    return Snapshot(**{**values, **changes})


def team(key: str = "ci", **changes: Any) -> Team:
    values: dict[str, Any] = {
        "key": key,
        "name": key.upper(),
        "recipients": (f"{key}@acme.example",),
        "plugins": frozenset({"jenkins"}),
        "origin": "teams.yaml",
    }
    return Team(**{**values, **changes})
