"""R-RED-3's fallback against a real chain: the first final block at or after an instant."""

import pytest

from alliance_node.adapters.chain.beacon import ChainBeacons
from alliance_node.application.errors import AllianceNotConnected
from alliance_node.domain.lottery import Beacon
from bridge.chain.anvil import AnvilProcess
from bridge.chain.evidence import fetch_headers
from bridge.chain.rpc import Rpc
from tests.chain_fixtures import GENESIS, anvil  # noqa: F401 - the fixture

pytestmark = pytest.mark.chain


def test_the_first_final_block_not_before_an_instant(anvil: AnvilProcess) -> None:  # noqa: F811
    rpc = Rpc(anvil.url)
    start = int(rpc.call("eth_blockNumber"), 16)
    for place in range(1, 8):
        rpc.call("evm_setNextBlockTimestamp", GENESIS + 1_000_000 + 100 * place)
        rpc.call("evm_mine")
    beacons = ChainBeacons(rpc, 0)
    for at, place in ((250, 3), (300, 3), (301, 4), (700, 7), (1, 1)):
        header = fetch_headers(rpc, start + place, start + place)[0]
        expected = Beacon(start + place, "0x" + header.hash.hex(), GENESIS + 1_000_000 + 100 * place)
        assert beacons.first_block_not_before(GENESIS + 1_000_000 + at) == expected
    assert beacons.first_block_not_before(GENESIS + 1_000_701) is None
    assert ChainBeacons(rpc, 1).first_block_not_before(GENESIS + 1_000_700) is None, "not final yet"
    first = beacons.first_block_not_before(0)
    assert first is not None and first.block_number == 0


def test_a_ledger_out_of_reach_is_a_typed_error() -> None:
    with pytest.raises(AllianceNotConnected):
        ChainBeacons(Rpc("http://127.0.0.1:9", attempts=1), 0).first_block_not_before(0)
