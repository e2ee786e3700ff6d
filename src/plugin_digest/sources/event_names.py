# ruff: noqa: S608 - statements are made of names of tables and columns that are written here
"""Small tables of names in DuckDB: what reported names stand for, and which plugins are whose."""

from collections.abc import Mapping, Sequence

import duckdb

from plugin_digest.sources.attribution import attribute_id
from plugin_digest.sources.event_stage import Stage


def write_plugin_names(stage: Stage, aliases: Mapping[str, str]) -> None:
    """``plugin_names``: the plugin that each reported id stands for, NULL for none, and a number for it.

    The ids are few: Python compares them.
    """
    ids = f"SELECT DISTINCT plugin FROM {stage.rows} WHERE plugin IS NOT NULL"
    reported = [row[0] for row in stage.connection.execute(ids).fetchall()]
    plugins = [attribute_id(name, aliases) for name in reported]
    write_pairs(stage.connection, "names", ("reported", "plugin"), reported, plugins)
    stage.connection.execute(
        "CREATE OR REPLACE TEMP TABLE plugin_names AS "
        "SELECT *, dense_rank() OVER (ORDER BY plugin)::UINTEGER AS number FROM names"
    )


def write_team_plugins(connection: duckdb.DuckDBPyConnection, teams: Mapping[str, frozenset[str]]) -> None:
    """``team_plugins``: a row for each plugin of each team."""
    pairs = [(team, plugin) for team, plugins in teams.items() for plugin in plugins]
    columns = [team for team, _ in pairs], [plugin for _, plugin in pairs]
    write_pairs(connection, "team_plugins", ("team", "plugin"), *columns)


def write_pairs(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    names: tuple[str, str],
    left: Sequence[str],
    right: Sequence[str | None],
) -> None:
    """A table of two columns of text."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS "
        f"SELECT unnest(?::VARCHAR[]) AS {names[0]}, unnest(?::VARCHAR[]) AS {names[1]}",
        [left, right],
    )
