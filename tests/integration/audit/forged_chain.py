"""A chain rewritten as a whole: facts changed, then every root, hash and parent hash made to fit again.

What the owner of a chain without consensus can do, and no check of hashes can see. Only the replay of the rules, proven
storage (whose state roots stay the honest ones) and the auditor's own checkpoint can.
"""

from collections.abc import Callable
from typing import Any

from bridge.chain.headers import header_hash
from bridge.chain.rpc import Rpc
from bridge.chain.tries import receipts_root, transactions_root


class ForgedChain:
    """All blocks and receipts of an honest chain, to be edited; `tamper` serves them."""

    def __init__(self, rpc: Rpc) -> None:
        numbers = range(int(rpc.call("eth_blockNumber"), 16) + 1)
        self.blocks: list[dict[str, Any]] = rpc.batch([("eth_getBlockByNumber", [hex(n), True]) for n in numbers])
        self.receipts: list[list[dict[str, Any]]] = rpc.batch([("eth_getBlockReceipts", [hex(n)]) for n in numbers])

    def logs(self, topic: bytes) -> list[dict[str, Any]]:
        """Every log with this first topic, in order, to be edited in place."""
        text = f"0x{topic.hex()}"
        every = (log for rows in self.receipts for row in rows for log in row["logs"])
        return [log for log in every if log["topics"] and log["topics"][0] == text]

    def remove_logs(self, unwanted: Callable[[dict[str, Any]], bool]) -> None:
        for rows in self.receipts:
            for row in rows:
                row["logs"] = [log for log in row["logs"] if not unwanted(log)]

    def reseal(self) -> "ForgedChain":
        """Make every root and hash consistent with the edited facts."""
        parent: bytes | None = None
        for block, receipts in zip(self.blocks, self.receipts, strict=True):
            block["receiptsRoot"] = f"0x{receipts_root(receipts).hex()}"
            block["transactionsRoot"] = f"0x{transactions_root(block['transactions']).hex()}"
            if parent is not None:
                block["parentHash"] = f"0x{parent.hex()}"
            parent = header_hash(block)
            block["hash"] = f"0x{parent.hex()}"
        return self

    def tamper(self, method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getBlockByNumber":
            return self.blocks[int(params[0], 16)]
        if method == "eth_getBlockReceipts":
            return self.receipts[int(params[0], 16)]
        return None
