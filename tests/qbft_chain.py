"""Anvil's blocks in QBFT headers: a proxy that gives every block validators, a round and their seals.

State, transactions and receipts stay Anvil's own; only what a consensus engine writes into a header changes, and with
it every block's hash. No engine with several validators is needed to see readers demand the seals.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bridge.chain.headers import header_hash, seal_digest
from bridge.chain.keys import Signer
from bridge.chain.qbft import MIX_HASH, ExtraData, quorum
from bridge.chain.rpc import Rpc
from tests.chain_fixtures import key
from tests.integration.audit.tampering_proxy import tampering_proxy

VALIDATORS = tuple(key(7000 + number) for number in range(4))
Crew = Callable[[int], Sequence[Signer]]
"""Block number → the validators that its header names."""


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


def seal(digest: bytes, signer: Signer) -> bytes:
    """r ‖ s ‖ recovery id, as validators write it."""
    signature = signer.sign_digest(digest)
    return signature[:64] + bytes([signature[64] - 27])


def sealed_header(
    block: dict[str, Any], parent: bytes, named: Sequence[Signer], sealing: Sequence[Signer], round_: int = 0
) -> dict[str, Any]:
    """The block with a QBFT header that names `named` and is sealed by `sealing`."""
    validators = tuple(sorted(signer.address for signer in named))
    extra = ExtraData(bytes(32), validators, [], round_, ())
    changed = dict(block) | {
        "parentHash": hexed(parent),
        "miner": hexed(validators[int(block["number"], 16) % len(validators)]),
        "difficulty": "0x1",
        "mixHash": hexed(MIX_HASH),
        "extraData": hexed(extra.encode()),
    }
    seals = tuple(seal(seal_digest(changed, extra), signer) for signer in sealing)
    changed["extraData"] = hexed(ExtraData(bytes(32), validators, [], round_, seals).encode())
    changed["hash"] = hexed(header_hash(changed))
    return changed


@dataclass
class QbftChain:
    """The headers made so far. `crew` names a block's validators, `absent` do not seal, `round_` is every block's."""

    rpc: Rpc
    crew: Crew = lambda number: VALIDATORS
    absent: frozenset[int] = frozenset()
    round_: int = 0
    headers: list[dict[str, Any]] = field(default_factory=list)

    def hash_of(self, number: int) -> str:
        return str(self._header(number)["hash"])

    def _header(self, number: int) -> dict[str, Any]:
        for missing in range(len(self.headers), number + 1):
            block = self.rpc.call("eth_getBlockByNumber", hex(missing), False)
            parent = bytes.fromhex(self.headers[-1]["hash"][2:]) if self.headers else bytes(32)
            named = self.crew(missing)
            sealing = named if missing not in self.absent else named[: quorum(len(named)) - 1]
            self.headers.append(sealed_header(block, parent, named, sealing if missing else (), self.round_))
        return self.headers[number]

    def answer(self, method: str, params: list[Any], result: Any) -> Any:
        """What the proxy answers in place of Anvil's `result`."""
        if result is None:
            return None
        if method == "eth_getBlockByNumber":
            header = self._header(int(result["number"], 16))
            rows = [
                row if isinstance(row, str) else {**row, "blockHash": header["hash"]} for row in result["transactions"]
            ]
            return {**header, "transactions": rows}
        if method == "eth_getBlockReceipts":
            return [self._in_block(row) for row in result]
        if method == "eth_getTransactionReceipt":
            return self._in_block(result)
        return None

    def _in_block(self, receipt: dict[str, Any]) -> dict[str, Any]:
        block_hash = self.hash_of(int(receipt["blockNumber"], 16))
        logs = [{**log, "blockHash": block_hash} for log in receipt["logs"]]
        return {**receipt, "blockHash": block_hash, "logs": logs}


@contextmanager
def qbft_proxy(chain: QbftChain) -> Iterator[str]:
    """The URL at which `chain` is served."""
    with tampering_proxy(chain.rpc.url, chain.answer) as url:
        yield url
