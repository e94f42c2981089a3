"""A filling of the founders' vault that a restored node is asked for again is the one that it forgot (R-ALL-6)."""

from contextlib import suppress
from pathlib import Path

import pytest

from alliance_node.adapters.chain.repair import recover_node, suspense_of
from alliance_node.application.founders.vault import fill_vault
from bridge.deploy.admin import announce_rate
from bridge.deploy.founders import read_terms, set_terms
from bridge.protocol.rates import Rate
from bridge.transactions.states import Halted
from tests.chain_fixtures import running_alliance
from tests.integration.node.brands import admit, settle
from tests.integration.node.test_founders import FounderNode
from tests.integration.node.test_recover import Place
from tests.integration.node.world import DAY

pytestmark = pytest.mark.chain


@pytest.mark.parametrize("asked_at_once", [True, False], ids=["before it is read back", "after it"])
def test_a_filling_repeated_after_a_restore_is_the_forgotten_one(tmp_path: Path, asked_at_once: bool) -> None:
    """Even where the rate in force is another one by now: the same name is the same filling."""
    with running_alliance(tmp_path / "chain", brands=0) as chain:
        brand, place = admit(chain, Rate(10, 1, 1, 10)), Place(tmp_path, "brand")
        set_terms(chain.rpc, chain.book, chain.admin, 1, chain.admin.address, 500, mine=chain.mine)
        worse, at = Rate(9, 1, 1, 10), chain.now() + 20 * DAY
        announce_rate(chain.rpc, chain.book, brand.cold, 1, worse, effective_at=at, mine=chain.mine)
        node = FounderNode(place.url, chain, brand, tmp_path)
        settle(node, rounds=1, at=chain.now() + 10)
        node.close()
        place.back_up()
        node = FounderNode(place.url, chain, brand, tmp_path)
        filling = fill_vault(node.founders, 1_000, node.now, "2026-11")
        settle(node)
        node.close()
        chain.mine(at + 10)
        place.put_back()

        node = FounderNode(place.url, chain, brand, tmp_path)
        if asked_at_once:
            assert fill_vault(node.founders, 1_000, node.now, "2026-11") == filling
        with suppress(Halted):
            while True:
                node.bridge.indexer.step()
        assert recover_node(node.connection, node.desk, node.now).suspended == (0 if asked_at_once else 1)
        assert fill_vault(node.founders, 1_000, node.now, "2026-11") == filling
        settle(node)
        assert suspense_of(node.connection) == []
        assert read_terms(chain.rpc, chain.book).vault_units == 10_000
        node.close()
