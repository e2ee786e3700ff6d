"""The steps by which the tables came to be, in ``versions``, and Alembic, configured in code, to run them.

A new step is a file that follows the newest one; ``schema.NEWEST`` then names it, and the tests compare what
the steps make with ``tables.py``.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection


def upgrade(connection: Connection, version_table: str, to: str = "head") -> None:
    """Runs what the database lacks up to a step, within the connection's transaction."""
    config = _config()
    config.attributes.update(connection=connection, version_table=version_table)
    with _alembic_silent():
        command.upgrade(config, to)


def is_known(version: str) -> bool:
    try:
        return steps().get_revision(version) is not None
    except CommandError:
        return False


def steps() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    """What alembic.ini would say; ``env.py`` finds the rest in its attributes."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _alembic_silent() -> Iterator[None]:
    """Alembic tells every step at INFO, which an operator would take for news of the weekly job."""
    logger = logging.getLogger("alembic")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
