"""Runs the bridge's migrations on the connection that `schema.upgrade` hands over."""

import sqlalchemy as sa
from alembic import context

from bridge.transactions import founder_tables  # noqa: F401  (its tables join the metadata)
from bridge.transactions.schema import VERSION_TABLE
from bridge.transactions.tables import metadata

connection: sa.Connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, version_table=VERSION_TABLE)
with context.begin_transaction():
    context.run_migrations()
