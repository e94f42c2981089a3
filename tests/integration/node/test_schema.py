"""Migrations: the written DDL and the declared tables are the same; a second run changes nothing."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from alliance_node.adapters.identity import tables as identity_tables
from alliance_node.adapters.sql import (
    bonus_tables,
    conversion_tables,
    founder_tables,
    lottery_tables,
    notice_tables,
    statement_tables,
    tables,
    wallet_tables,
)
from alliance_node.adapters.sql.engine import open_engine
from alliance_node.adapters.sql.metadata import metadata
from alliance_node.adapters.sql.migrations import VERSION_TABLE, upgrade
from alliance_node.application.errors import DatabaseUnavailable

DECLARED = (
    tables,
    conversion_tables,
    bonus_tables,
    founder_tables,
    lottery_tables,
    notice_tables,
    statement_tables,
    identity_tables,
    wallet_tables,
)


def test_migrated_schema_equals_the_declared_tables(database_url: str) -> None:
    engine = open_engine(database_url)
    upgrade(engine)
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": False})
        differences = compare_metadata(context, metadata)
        names = set(sa.inspect(connection).get_table_names())
    assert not differences
    assert {"members", "events", "lots", "entries", "conversions", "identity_fields"} <= names
    engine.dispose()


def test_every_column_has_the_declared_kind(database_url: str) -> None:
    engine = open_engine(database_url)
    upgrade(engine)
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        for table in metadata.sorted_tables:
            found = {column["name"]: column for column in inspector.get_columns(table.name)}
            assert found.keys() == set(table.c.keys())
            for column in table.c:
                assert found[column.name]["nullable"] == column.nullable, f"{table.name}.{column.name}"
    engine.dispose()


def test_no_database_there_is_a_typed_error(tmp_path: object) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/missing/node.sqlite")
    with pytest.raises(DatabaseUnavailable):
        upgrade(engine)
    unreachable = open_engine("postgresql+psycopg://nobody@/none?host=/nonexistent", busy_seconds=1)
    with pytest.raises(DatabaseUnavailable):
        upgrade(unreachable)
