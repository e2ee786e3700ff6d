"""The engines that the ``sql`` source is tested on: PostgreSQL, SQLite and DuckDB, each a real one."""

import pytest
import sqlalchemy as sa


@pytest.fixture
def insights_url(postgres_url):
    """A PostgreSQL database with a hyphen in its name, as Backstage makes them for a plugin."""
    name = "backstage_plugin_adoption-insights"
    admin = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    yield sa.make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def engines(request, tmp_path):
    """The URL of an empty database of the dialect that is asked for."""

    def url_of(dialect):
        if dialect == "postgresql":
            return request.getfixturevalue("postgres_url")
        return f"{dialect}:///{tmp_path / f'portal.{dialect}'}"

    return url_of
