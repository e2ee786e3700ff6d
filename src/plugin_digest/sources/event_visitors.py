# ruff: noqa: S608 - statements are made of numbers
"""Who was there in the weeks before: new users of a week, and the portal's users of four weeks.

A user's weeks are the bits of a number, so that one row per plugin and user tells of all weeks at once.
Users are hashes here as in the staging file, and only their number comes out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from plugin_digest.model import DAYS_PER_WEEK, LOOKBACK_WEEKS
from plugin_digest.sources.event_stage import Stage

MOST_WEEKS = 64 - LOOKBACK_WEEKS
"""So many weeks and those before them fit into the bits."""
_THE_WEEK = 1 << LOOKBACK_WEEKS
_WINDOW = (1 << (LOOKBACK_WEEKS + 1)) - 1
"""The bits of a week and of those before it, the oldest lowest."""
_FOUR_WEEKS = _WINDOW - 1
"""The week and the three before it."""


@dataclass(frozen=True)
class Visitors:
    """New users by (week's number, key), and the portal's users of four weeks; who is not there has none."""

    portal: dict[int, int]
    plugins: dict[tuple[int, str], int]
    teams: dict[tuple[int, str], int]
    four_weeks: dict[int, int]


def count_visitors(stage: Stage, weeks: Sequence[int]) -> Visitors:
    """For some of the asked weeks, by their numbers: no more than `MOST_WEEKS` from the first to the last."""
    connection, asked = stage.connection, _asked(weeks)
    _write_visits(stage, weeks[0] - LOOKBACK_WEEKS, weeks[-1])
    users = "(SELECT bit_or(weeks) AS weeks FROM visits GROUP BY user_hash)"
    portal = _rows(
        connection,
        f"SELECT week, count(*) FILTER (bits = {_THE_WEEK}), count(*) FILTER (bits & {_FOUR_WEEKS} > 0) "
        f"FROM (SELECT week, {_bits(weeks)} AS bits FROM {users}, {asked}) GROUP BY week",
    )
    named = "(SELECT DISTINCT number, plugin AS name FROM plugin_names WHERE plugin IS NOT NULL)"
    plugin_users = f"(SELECT name, weeks FROM visits JOIN {named} USING (number))"
    owned = f"(SELECT number, team AS name FROM {named} JOIN team_plugins ON name = plugin)"
    team_users = (
        f"(SELECT name, bit_or(weeks) AS weeks FROM visits JOIN {owned} USING (number) "
        "GROUP BY name, user_hash)"
    )
    return Visitors(
        portal={week: new for week, new, _ in portal},
        plugins=_new_by_name(connection, plugin_users, weeks),
        teams=_new_by_name(connection, team_users, weeks),
        four_weeks={week: users for week, _, users in portal},
    )


def _write_visits(stage: Stage, first: int, last: int) -> None:
    """``visits``: the weeks in which a user viewed a plugin, by its number; the first week is the lowest bit.

    Repeated events need no care: they set a bit that is set.
    """
    stage.connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE visits AS
        SELECT number, user_hash,
          bit_or(1::UBIGINT << (day // {DAYS_PER_WEEK} - {first})::UBIGINT) AS weeks
        FROM {stage.rows} AS viewed JOIN plugin_names ON viewed.plugin = reported
        WHERE user_hash IS NOT NULL
          AND day BETWEEN {first * DAYS_PER_WEEK} AND {(last + 1) * DAYS_PER_WEEK - 1}
        GROUP BY number, user_hash"""
    )


def _new_by_name(
    connection: duckdb.DuckDBPyConnection, users: str, weeks: Sequence[int]
) -> dict[tuple[int, str], int]:
    new = (
        f"SELECT week, name, count(*) FROM {users}, {_asked(weeks)} "
        f"WHERE {_bits(weeks)} = {_THE_WEEK} GROUP BY week, name"
    )
    return {(week, name): count for week, name, count in _rows(connection, new)}


def _asked(weeks: Sequence[int]) -> str:
    return f"(SELECT unnest({list(weeks)}) AS week)"


def _bits(weeks: Sequence[int]) -> str:
    """The bits of ``week`` and of those before it."""
    return f"((weeks >> (week - {weeks[0]})::UBIGINT) & {_WINDOW})"


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()
