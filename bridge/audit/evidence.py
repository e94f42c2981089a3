"""Checks on one block: is what the RPC shows really what the block's hash commits to?

Each check is a small function in BLOCK_CHECKS. They may not look at what the events mean.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bridge.audit.findings import Check, Finding, number_text
from bridge.audit.source import RawBlock
from bridge.chain.headers import header_hash, is_snowman, qbft_extra_data, seal_digest
from bridge.chain.hexadecimal import MalformedChainData, data_of, quantity_of
from bridge.chain.qbft import why_not_sealed
from bridge.chain.transaction_rlp import UnsupportedTransactionType
from bridge.chain.tries import receipts_root, transactions_root

HEADER = Check("header-hash", "EVIDENCE-1", "a block's hash is the hash of the header shown")
PARENT = Check("parent-hash", "EVIDENCE-2", "each block names the hash of the block before it, numbers without gap")
TRANSACTIONS = Check("transactions-root", "EVIDENCE-3", "the transactions shown are all of the block's, unchanged")
RECEIPTS = Check("receipts-root", "EVIDENCE-4", "the receipts and logs shown are all of the block's, unchanged")
SEALS = Check("block-seals", "EVIDENCE-8", "on a QBFT chain ⌈2N/3⌉ of its validators sealed each block")


@dataclass(frozen=True, slots=True)
class Link:
    """The block before, as far as it is verified: its number and recomputed hash, and the validators that it names."""

    number: int
    block_hash: bytes
    validators: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockView:
    """A raw block, the hash recomputed from its header, and the link that it must continue."""

    raw: RawBlock
    block_hash: bytes
    previous: Link | None

    @property
    def where(self) -> str:
        return f"block {self.raw.number}"


def header_is_hashed(block: BlockView) -> Iterator[Finding]:
    """The stated hash is the recomputed one; whoever changed a header field is found here."""
    stated = data_of(block.raw.header, "hash")
    if stated != block.block_hash:
        yield HEADER.failed(block.block_hash, stated, block.where)


def parent_is_linked(block: BlockView) -> Iterator[Finding]:
    """The header says its own number and its parent's recomputed hash."""
    number = quantity_of(block.raw.header, "number")
    if number != block.raw.number:
        yield PARENT.failed(f"number {block.raw.number}", f"number {number_text(number)}", block.where)
    if block.previous is not None:
        parent = data_of(block.raw.header, "parentHash")
        if parent != block.previous.block_hash:
            yield PARENT.failed(block.previous.block_hash, parent, block.where)


def transactions_are_complete(block: BlockView) -> Iterator[Finding]:
    """The transactions root rebuilt from the transactions shown is the header's."""
    stated = data_of(block.raw.header, "transactionsRoot")
    for row in block.raw.transactions:
        if not isinstance(row, dict):
            raise MalformedChainData("transactions", row)
    try:
        rebuilt = transactions_root(block.raw.transactions)
    except UnsupportedTransactionType as error:
        for row in block.raw.transactions:
            _require_call(row)
        yield TRANSACTIONS.unchecked(stated, error, block.where)
        return
    if rebuilt != stated:
        yield TRANSACTIONS.failed(stated, rebuilt, block.where)


def _require_call(row: dict[str, Any]) -> None:
    """The form of what is read of a transaction whose root can't be rebuilt. Raises MalformedChainData."""
    data_of(row, "input")
    if row.get("to") is not None:
        data_of(row, "to")


def receipts_are_complete(block: BlockView) -> Iterator[Finding]:
    """The receipts root rebuilt from the receipts shown is the header's: no log hidden, none changed."""
    stated = data_of(block.raw.header, "receiptsRoot")
    rebuilt = receipts_root(block.raw.receipts)
    if rebuilt != stated:
        yield RECEIPTS.failed(stated, rebuilt, block.where)


BlockCheck = Callable[[BlockView], Iterator[Finding]]
BLOCK_CHECKS: tuple[tuple[Check, BlockCheck], ...] = (
    (HEADER, header_is_hashed),
    (PARENT, parent_is_linked),
    (TRANSACTIONS, transactions_are_complete),
    (RECEIPTS, receipts_are_complete),
)


def check_seals(raw: RawBlock, previous: Link | None) -> Iterator[Finding]:
    """On a chain that the address book calls sealed: enough of the block's validators agreed, one changed at most.

    The first block has none before it; its hash is the address book's.
    """
    where = f"block {raw.number}"
    try:
        extra = qbft_extra_data(raw.header)
        if extra is None:
            yield SEALS.failed("a header with seals", "another kind of header", where)
            return
        parents = previous.validators if previous is not None and previous.validators else None
        reason = why_not_sealed(seal_digest(raw.header, extra), extra, data_of(raw.header, "miner"), parents)
    except MalformedChainData as error:
        reason = str(error)
    if reason is not None:
        yield SEALS.failed("seals of enough validators", reason, where)


def check_form(raw: RawBlock) -> Iterator[Finding]:
    """On a chain that the address book calls `snowman`: the header is one."""
    if not is_snowman(raw.header):
        yield HEADER.failed("a Subnet-EVM header", "another kind of header", f"block {raw.number}")


def _validators(raw: RawBlock) -> tuple[bytes, ...]:
    extra = qbft_extra_data(raw.header)
    return extra.validators if extra is not None else ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the block checks said. `readable`: every field has its form, so the replay may read the block."""

    link: Link
    findings: list[Finding]
    readable: bool


def check_block(raw: RawBlock, previous: Link | None) -> Verdict:
    """Run every block check; the link for the next block is the recomputed hash, never the stated one."""
    try:
        view = BlockView(raw, header_hash(raw.header), previous)
    except MalformedChainData as error:
        finding = HEADER.failed("a readable header", error, f"block {raw.number}")
        return Verdict(Link(raw.number, b""), [finding], readable=False)
    found: list[Finding] = []
    readable = True
    for check, run in BLOCK_CHECKS:
        try:
            found.extend(run(view))
        except MalformedChainData as error:
            found.append(check.failed("readable fields", error, view.where))
            readable = False
    return Verdict(Link(raw.number, view.block_hash, _validators(raw)), found, readable)
