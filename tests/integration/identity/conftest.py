"""A migrated database and a vault with fresh keys, on both databases."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from alliance_node.adapters.identity.key_provider import KeyRing, new_key_ring
from alliance_node.adapters.identity.vault import SqlVault
from alliance_node.adapters.sql.engine import SqlDatabase, open_engine
from alliance_node.adapters.sql.migrations import upgrade


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    opened = open_engine(database_url)
    upgrade(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def database(engine: sa.Engine) -> SqlDatabase:
    return SqlDatabase(engine)


@pytest.fixture
def ring() -> KeyRing:
    return new_key_ring()


@pytest.fixture
def vault(ring: KeyRing) -> SqlVault:
    return SqlVault(ring)
