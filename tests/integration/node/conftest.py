"""The `world` fixture: one brand's ledger on SQLite and on PostgreSQL."""

from collections.abc import Iterator

import pytest

from tests.integration.node.world import World


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    made = World(database_url)
    yield made
    made.close()
