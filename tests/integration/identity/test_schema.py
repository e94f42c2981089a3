"""The migrations and the declared tables are one schema: what `upgrade` makes is what the code expects."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from alliance_node.adapters.identity import tables
from alliance_node.adapters.sql.metadata import metadata

OURS = {
    "identity_data_keys",
    "identity_fields",
    "identity_blind_index",
    "identity_consents",
    "identity_reads",
    "api_keys",
    "page_links",
    "audit_log",
}


def test_the_migration_makes_exactly_the_declared_tables(engine: sa.Engine) -> None:
    assert {name for name in metadata.tables if name in OURS} == OURS
    assert tables.audit_log.metadata is metadata
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _only_ours})
        assert compare_metadata(context, metadata) == []


def _only_ours(item: sa.schema.SchemaItem, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    table = name if kind == "table" else getattr(getattr(item, "table", None), "name", None)
    return table in OURS
