"""A market of three brands on a chain of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chain_fixtures import make_alliance
from tests.integration.settlement.market import Market


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Market]:
    made = make_alliance(tmp_path / "chain", brands=3)
    yield Market(made)
    made.rpc.close()
    made.anvil.kill()
