"""Blocks that prove themselves: header hash, parent link, receipts root and transactions root, all rebuilt.

Owns the rule that nothing an RPC says about a block is used before it is verified against the block's hash. It may not
look at what logs mean. Whether the hash itself is the right one is the chain's finality: on a QBFT chain the seals of
its validators prove it, elsewhere it can't be known.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from bridge.chain.headers import header_hash, qbft_extra_data, seal_digest
from bridge.chain.hexadecimal import data_of, quantity_of
from bridge.chain.qbft import why_not_sealed
from bridge.chain.rpc import Call, ChainError, Rpc
from bridge.chain.tries import receipts_root, transaction_hash, transactions_root
from bridge.protocol.keccak import keccak

Row = Mapping[str, Any]


class UntrustedBlock(ChainError):
    """The RPC shows a block that contradicts its own hash; ask another node."""

    code = "untrusted_block"
    next_step = "Use another chain node: this one shows blocks that contradict their own hash."

    def __init__(self, number: int, what: str) -> None:
        self.number = number
        super().__init__(f"block {number}: {what}; the RPC is faulty or lying, use another one")


class BlockMissing(ChainError):
    """The RPC does not have a block below its own head (a lagging node behind a load balancer)."""

    code = "block_missing"
    next_step = "Nothing to do unless it stays; then use another chain node."

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"the RPC does not show block {number}, though it named a later one; it is asked again")


class Header(msgspec.Struct, frozen=True):
    """A header whose hash was recomputed. `validators`: those named in a QBFT header, else none."""

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int
    bloom: int
    receipts_root: bytes
    transactions_root: bytes
    validators: tuple[bytes, ...] = ()


class BlockEvidence(msgspec.Struct, frozen=True):
    """A header with all its receipts and transactions, roots rebuilt."""

    header: Header
    receipts: list[dict[str, Any]]
    transactions: list[dict[str, Any]]

    @property
    def hash(self) -> bytes:
        return self.header.hash

    def hash_of(self, index: int) -> bytes:
        """The recomputed hash of the transaction at `index`."""
        return transaction_hash(self.transactions[index])

    def status_of(self, wanted: bytes) -> int | None:
        """1 or 0 for a transaction of this block, None for one that isn't in it."""
        for index, receipt in enumerate(self.receipts):
            if self.hash_of(index) == wanted:
                return quantity_of(receipt, "status")
        return None


def verify_header(row: Row) -> Header:
    """Hash only, no seals. Raises UntrustedBlock, MalformedChainData."""
    number, stated = quantity_of(row, "number"), data_of(row, "hash")
    if header_hash(row) != stated:
        raise UntrustedBlock(number, "the header does not hash to the block's hash")
    return Header(
        number,
        stated,
        data_of(row, "parentHash"),
        quantity_of(row, "timestamp"),
        int.from_bytes(data_of(row, "logsBloom"), "big"),
        data_of(row, "receiptsRoot"),
        data_of(row, "transactionsRoot"),
        extra.validators if (extra := qbft_extra_data(row)) else (),
    )


def verify_seals(row: Row, parents: tuple[bytes, ...] | None) -> None:
    """A QBFT block has the seals it needs; `parents`: the validators of the block before. Raises UntrustedBlock."""
    number, extra = quantity_of(row, "number"), qbft_extra_data(row)
    if extra is None:
        raise UntrustedBlock(number, "it is no QBFT block, as the address book says of this chain")
    reason = why_not_sealed(seal_digest(row, extra), extra, data_of(row, "miner"), parents)
    if reason is not None:
        raise UntrustedBlock(number, reason)


def fetch_headers(rpc: Rpc, first: int, last: int, before: Header | None = None) -> list[Header]:
    """Verified headers of a range, each the parent of the next; with the QBFT header `before` the range, seals too.

    Raises UntrustedBlock, BlockMissing.
    """
    calls: list[Call] = [("eth_getBlockByNumber", (hex(number), False)) for number in range(first, last + 1)]
    headers: list[Header] = []
    for number, row in zip(range(first, last + 1), rpc.batch(calls), strict=True):
        if row is None:
            raise BlockMissing(number)
        header = verify_header(row)
        if header.number != number:
            raise UntrustedBlock(number, f"the RPC shows block {header.number} instead")
        if headers and header.parent_hash != headers[-1].hash:
            raise BlockMissing(number)  # reorganised between two requests: ask again
        if before is not None:
            verify_seals(row, (headers[-1] if headers else before).validators)
        headers.append(header)
    return headers


def fetch_contents(rpc: Rpc, headers: Sequence[Header]) -> list[BlockEvidence]:
    """All receipts and transactions of these blocks, verified. Raises UntrustedBlock, BlockMissing."""
    calls: list[Call] = []
    for header in headers:
        calls.append(("eth_getBlockReceipts", (hex(header.number),)))
        calls.append(("eth_getBlockByNumber", (hex(header.number), True)))
    rows = rpc.batch(calls)
    pairs = zip(headers, rows[::2], rows[1::2], strict=True)
    return [_contents(header, receipts, block) for header, receipts, block in pairs]


def fetch_block_evidence(rpc: Rpc, number: int) -> BlockEvidence:
    """One block with everything in it."""
    return fetch_contents(rpc, fetch_headers(rpc, number, number))[0]


def bloom_mask(address: bytes) -> int:
    """The bits that a log of `address` sets in its block's bloom (Yellow Paper §4.4.1)."""
    digest = keccak(address)
    mask = 0
    for at in (0, 2, 4):
        mask |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return mask


def may_hold_logs_of(header: Header, masks: Iterable[int]) -> bool:
    """False only if no log of these addresses is in the block: the bloom is part of the verified header."""
    return any(header.bloom & mask == mask for mask in masks)


def _contents(header: Header, receipts: Any, block: Any) -> BlockEvidence:
    if receipts is None or block is None:
        raise BlockMissing(header.number)
    if data_of(block, "hash") != header.hash:
        raise BlockMissing(header.number)  # reorganised between two requests: ask again
    if receipts_root(receipts) != header.receipts_root:
        raise UntrustedBlock(header.number, "receipts or logs are missing or changed")
    if transactions_root(block["transactions"]) != header.transactions_root:
        raise UntrustedBlock(header.number, "transactions are missing or changed")
    return BlockEvidence(header, receipts, block["transactions"])
