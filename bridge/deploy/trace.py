"""A brand's own supply, traced: what it issued for others' members that was neither claimed nor returned.

Reads the chain's logs; owns nothing. A brand closes when this is zero and its position too. Points in members' own
wallets are not traced: they are anybody's and backed by the pool.
"""

from collections.abc import Iterator
from typing import Any

from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.deploy import view
from bridge.protocol.events import TOPICS
from bridge.protocol.keccak import keccak
from bridge.protocol.words import format_address, word

_TRANSFER = "0x" + keccak(b"Transfer(address,address,uint256)").hex()
_ISSUING_TO_WAIT, _ISSUING = (1, 5), (1, 4, 5)  # CONVERT_IN and FUND; TO_WALLET mints too, but to a member


def own_supply(rpc: Rpc, book: AddressBook, brand_id: int, block: str) -> dict[str, int]:
    """Address -> units for each of the brand's claim and budget addresses that still holds some at the block."""
    held = {}
    for address in sorted(set(_addresses(rpc, book, brand_id, block))):
        (units,) = view(rpc, book.address("AlliancePoint"), "AlliancePoint", "balanceOf", address, block=block)
        if units:
            held[address] = int(units)
    return held


def _addresses(rpc: Rpc, book: AddressBook, brand_id: int, block: str) -> Iterator[str]:
    posted = _logs(
        rpc, book, "ConversionDesk", block, ["0x" + TOPICS["BatchPosted"].hex(), "0x" + word(brand_id).hex()]
    )
    for transaction in dict.fromkeys(log["transactionHash"] for log in posted):
        logs = rpc.call("eth_getTransactionReceipt", transaction)["logs"]
        topic = "0x" + TOPICS["Converted"].hex()
        words = (int(log["data"], 16) for log in logs if log["topics"][0] == topic)
        kinds = [packed >> 160 & 0xFF for packed in words if packed >> 224 == brand_id]
        issued = [kind for kind in kinds if kind in _ISSUING]
        mints = [log for log in logs if log["topics"][0] == _TRANSFER and int(log["topics"][1], 16) == 0]
        for kind, mint in zip(issued, mints, strict=False):
            if kind in _ISSUING_TO_WAIT:
                yield "0x" + mint["topics"][2][26:]


def _logs(rpc: Rpc, book: AddressBook, contract: str, block: str, topics: list[str]) -> list[dict[str, Any]]:
    wanted = {
        "address": format_address(book.address(contract)),
        "topics": topics,
        "fromBlock": hex(book.deployed_block),
        "toBlock": block,
    }
    found: list[dict[str, Any]] = rpc.call("eth_getLogs", wanted)
    return found
