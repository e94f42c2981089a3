"""Writes tests/unit/bridge/snowman_vectors.json anew: blocks, receipts and a storage proof of a real Snowman network.

Run after tests/networks/build.sh, with a new version of the engine: `python -m tests.networks.record_vectors`.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.deploy import view
from tests.networks.snowman_network import SnowmanNetwork, genesis
from tests.networks.stage import ADMIN, SENDERS, Stage

TARGET = Path(__file__).resolve().parents[1] / "unit/bridge/snowman_vectors.json"
SUPPLY_SLOT = 12
"""Where AlliancePoint keeps the total supply."""


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        network = SnowmanNetwork(Path(directory) / "chain", genesis([ADMIN.address], SENDERS))
        stage = Stage(Path(directory), network)
        try:
            stage.open()
            member, other = stage.member(0, purchases=1), stage.member(1)
            stage.wait_for(0, stage.convert(0, member, 1, other), "completed")
            TARGET.write_text(json.dumps(_vectors(stage.rpc(), AddressBook.load(stage.book)), indent=1) + "\n")
        finally:
            stage.close()
            network.stop()


def _vectors(rpc: Rpc, book: AddressBook) -> dict[str, Any]:
    """Genesis, and three blocks on end: the conversion's points exist from the first of them on."""
    head = int(rpc.call("eth_blockNumber"), 16)
    token = book.address("AlliancePoint")

    def supply(number: int) -> int:
        return int(view(rpc, token, "AlliancePoint", "totalSupply", block=hex(number))[0])

    first = next(number for number in range(book.deployed_block + 1, head) if supply(number))
    numbers = range(first - 1, first + 2)
    return {
        "genesis": rpc.call("eth_getBlockByNumber", "0x0", False),
        "blocks": [rpc.call("eth_getBlockByNumber", hex(number), True) for number in numbers],
        "receipts": [rpc.call("eth_getBlockReceipts", hex(number)) for number in numbers],
        "supply": supply(first),
        "supply_slot": SUPPLY_SLOT,
        "proof_at": first,
        "token": "0x" + token.hex(),
        "proof": rpc.call("eth_getProof", "0x" + token.hex(), [hex(SUPPLY_SLOT)], hex(first)),
    }


if __name__ == "__main__":
    main()
