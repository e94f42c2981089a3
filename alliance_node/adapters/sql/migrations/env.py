"""Alembic's entry: runs the versions on the connection that `upgrade` opened. Owns no schema."""

from alembic import context

from alliance_node.adapters.sql.metadata import metadata
from alliance_node.adapters.sql.migrations import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
with context.begin_transaction():
    context.run_migrations()
