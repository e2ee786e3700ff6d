"""Runs the steps on the connection of `plugin_digest.store.schema`; Alembic loads it by its path."""

from alembic import context

from plugin_digest.store.tables import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    version_table=context.config.attributes["version_table"],
    render_as_batch=True,  # SQLite can hardly change a table; Alembic makes it anew
)
context.run_migrations()
