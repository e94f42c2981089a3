"""A conversion's step that proves itself: made from a verified block, checked against a block hash that one trusts.

Owns both directions. The check needs the file, the address book and the hash (or a chain node), never a brand's node.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import rlp
from eth_abi.exceptions import DecodingError as AbiError
from rlp.exceptions import DecodingError

from bridge.chain.evidence import BlockEvidence, UntrustedBlock, fetch_block_evidence, verify_header
from bridge.chain.hexadecimal import MalformedChainData, data_of
from bridge.chain.proofs import BadProof, ProofNodes
from bridge.chain.rpc import Rpc
from bridge.chain.transaction_rlp import transaction_rlp
from bridge.chain.tries import prove_in_trie, receipt_rlp, trie_key
from bridge.chain.witness import NothingTrusted, WitnessRefused, header_only
from bridge.deploy.address_book import AddressBook
from bridge.deploy.artifacts import load_artifact
from bridge.protocol.batches import AnyItem, decode_batch
from bridge.protocol.events import Converted, MalformedLog, Rejected, decode_log
from bridge.protocol.items import MalformedItems
from bridge.protocol.receipt_files import RECEIPT_FORMAT, ReceiptFile

_DAMAGED = (BadProof, MalformedChainData, UntrustedBlock, DecodingError, AbiError, MalformedItems, MalformedLog)


class ProvenStep(msgspec.Struct, frozen=True):
    """What the ledger did with one item, in a block with this number, hash and time."""

    block_number: int
    block_hash: bytes
    timestamp: int
    brand_id: int
    seq: int
    item: AnyItem
    outcome: Converted | Rejected


class StepNotFound(Exception):
    """The block has no such step."""

    code = "step_not_found"
    next_step = "Wait until the block is final, then ask again."


def make_receipt(rpc: Rpc, book: AddressBook, block: int, transaction: bytes, seq: int, item: int) -> ReceiptFile:
    """The file of the item `item` of batch `seq`, posted by this transaction in this block.

    Raises StepNotFound, UntrustedBlock, RpcError, RpcUnavailable.
    """
    header: dict[str, Any] = rpc.call("eth_getBlockByNumber", hex(block), False)
    evidence = fetch_block_evidence(rpc, block)
    if data_of(header, "hash") != evidence.hash:
        raise StepNotFound(f"block {block} changed while it was read")
    index = next((at for at in range(len(evidence.transactions)) if evidence.hash_of(at) == transaction), None)
    if index is None:
        raise StepNotFound(f"block {block} does not hold transaction 0x{transaction.hex()}")
    log = _log_of(evidence, book, index, seq, item)
    transactions = [transaction_rlp(one) for one in evidence.transactions]
    receipts = [receipt_rlp(one) for one in evidence.receipts]
    return ReceiptFile(
        RECEIPT_FORMAT,
        book.chain_id,
        header_only(header),
        index,
        _hex(transactions[index]),
        [_hex(node) for node in prove_in_trie(transactions, index)],
        _hex(receipts[index]),
        [_hex(node) for node in prove_in_trie(receipts, index)],
        item,
        log,
    )


def check_receipt(
    file: ReceiptFile, book: AddressBook, *, trusted_hash: bytes | None = None, rpc: Rpc | None = None
) -> ProvenStep:
    """What the file proves. With `rpc` the block's hash is that node's.

    Raises WitnessRefused, RpcError, RpcUnavailable, WrongChainId.
    """
    try:
        header = verify_header(file.header)
        if rpc is not None:
            rpc.require_chain(book.chain_id)
            shown = rpc.call("eth_getBlockByNumber", hex(header.number), False)
            trusted_hash = data_of(shown, "hash") if shown is not None else bytes(32)
        if trusted_hash is None:
            raise NothingTrusted
        if header.hash != trusted_hash:
            raise WitnessRefused(f"the file is about block 0x{header.hash.hex()}, not 0x{trusted_hash.hex()}")
        transaction = _proven(header.transactions_root, file.transaction_index, file.transaction_proof)
        receipt = _proven(header.receipts_root, file.transaction_index, file.receipt_proof)
        if (_hex(transaction), _hex(receipt)) != (file.transaction, file.receipt):
            raise WitnessRefused("the block holds another transaction or receipt than the file shows")
        brand_id, seq, items = _batch(transaction, book)
        outcome = _outcome(receipt, file.log, book)
        if (outcome.brand_id, outcome.seq, outcome.item) != (brand_id, seq, file.item) or file.item >= len(items):
            raise WitnessRefused("the outcome belongs to another item than the file names")
    except (
        BadProof,
        MalformedChainData,
        UntrustedBlock,
        DecodingError,
        AbiError,
        MalformedItems,
        MalformedLog,
    ) as error:
        raise WitnessRefused(str(error)) from error
    item = items[file.item]
    return ProvenStep(header.number, header.hash, header.timestamp, brand_id, seq, item, outcome)


def _proven(root: bytes, index: int, proof: list[str]) -> bytes:
    value = ProofNodes(root).plain_value(trie_key(index), proof)
    if not value:
        raise WitnessRefused(f"the block has no transaction number {index}")
    return value


def _batch(transaction: bytes, book: AddressBook) -> tuple[int, int, Sequence[AnyItem]]:
    """Brand, batch number and items of a posted batch, out of the transaction's own bytes."""
    typed = transaction[0] < 0x80
    fields = rlp.decode(transaction[1:] if typed else transaction)
    to, data = (fields[5], fields[7]) if typed else (fields[3], fields[5])
    functions = load_artifact("ConversionDesk").functions
    signed = data[:4] == functions["postSigned"].selector
    post = functions["postSigned" if signed else "postBatch"]
    if to != book.address("ConversionDesk") or data[:4] != post.selector:
        raise WitnessRefused("the transaction does not post a batch to the address book's desk")
    brand_id, seq, items = post.decode_arguments(data)
    return brand_id, seq, decode_batch(items, signed=signed)


def _outcome(receipt: bytes, log: int, book: AddressBook) -> Converted | Rejected:
    typed = receipt[0] < 0x80
    status, _, _, logs = rlp.decode(receipt[1:] if typed else receipt)
    if status != b"\x01" or not 0 <= log < len(logs):
        raise WitnessRefused("the transaction failed, or has no such log")
    address, topics, data = logs[log]
    event = decode_log(topics, data) if address == book.address("ConversionDesk") else None
    if not isinstance(event, Converted | Rejected):
        raise WitnessRefused("the log is not the outcome of an item")
    return event


def _log_of(evidence: BlockEvidence, book: AddressBook, index: int, seq: int, item: int) -> int:
    desk = "0x" + book.address("ConversionDesk").hex()
    for place, log in enumerate(evidence.receipts[index]["logs"]):
        if str(log["address"]).lower() != desk:
            continue
        event = decode_log([bytes.fromhex(one[2:]) for one in log["topics"]], bytes.fromhex(log["data"][2:]))
        if isinstance(event, Converted | Rejected) and (event.seq, event.item) == (seq, item):
            return place
    raise StepNotFound(f"the transaction has no outcome of item {item} of batch {seq}")


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
