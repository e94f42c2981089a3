"""Receipts and transactions roots, rebuilt from what an RPC shows, so that it can hide or change nothing in a block.

Pure: raw JSON-RPC receipts and transactions in, 32-byte roots out. It may not leave anything out silently: a kind of
transaction that it cannot encode is a typed error.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from eth_hash.auto import keccak
from rlp.codec import encode_raw
from trie.hexary import HexaryTrie

from bridge.chain.hexadecimal import MalformedChainData, data_of, minimal_bytes, parse_data, quantity_bytes, quantity_of
from bridge.chain.transaction_rlp import transaction_rlp

Row = Mapping[str, Any]


def receipts_root(receipts: Sequence[Row]) -> bytes:
    """The receipts root of a block (EIP-2718 receipts, status form of EIP-658), in block order."""
    return _root([receipt_rlp(receipt) for receipt in receipts])


def transactions_root(transactions: Sequence[Row]) -> bytes:
    """The transactions root of a block's full transactions, in block order. Raises UnsupportedTransactionType."""
    return _root([transaction_rlp(transaction) for transaction in transactions])


def receipt_rlp(receipt: Row) -> bytes:
    """One receipt as the trie stores it."""
    logs = receipt.get("logs")
    if not isinstance(logs, list):
        raise MalformedChainData("logs", logs)
    fields = (
        quantity_bytes(receipt, "status"),
        quantity_bytes(receipt, "cumulativeGasUsed"),
        data_of(receipt, "logsBloom"),
    )
    body = b"".join(map(encode_raw, fields)) + _list(b"".join(map(_log_rlp, logs)))
    kind = quantity_of(receipt, "type") if receipt.get("type") is not None else 0
    return bytes([kind]) + _list(body) if kind else _list(body)


def _log_rlp(log: Row) -> bytes:
    """One log. Written out, because a generic encoder spends most of an audit here: every address has 20 bytes and
    every topic 32, so their prefixes are constants."""
    address, topics = data_of(log, "address"), log.get("topics")
    if len(address) != 20:
        raise MalformedChainData("address", address)
    if not isinstance(topics, list):
        raise MalformedChainData("topics", topics)
    words = b"".join([b"\xa0" + _topic(topic) for topic in topics])
    return _list(b"\x94" + address + _list(words) + encode_raw(data_of(log, "data")))


def _topic(text: object) -> bytes:
    topic = parse_data(text, "topics")
    if len(topic) != 32:
        raise MalformedChainData("topics", text)
    return topic


def _list(payload: bytes) -> bytes:
    """An RLP list around items that are encoded already."""
    size = len(payload)
    if size < 56:
        return bytes([0xC0 + size]) + payload
    length = minimal_bytes(size)
    return bytes([0xF7 + len(length)]) + length + payload


def trie_key(index: int) -> bytes:
    """Under which key a block's trie holds its transaction or receipt number `index`."""
    return bytes(encode_raw(minimal_bytes(index)))


def prove_in_trie(values: Sequence[bytes], index: int) -> list[bytes]:
    """The nodes from the root to value `index`, as RLP."""
    return [bytes(encode_raw(node)) for node in _trie(values).get_proof(trie_key(index))]  # type: ignore[no-untyped-call]


def _root(values: Sequence[bytes]) -> bytes:
    return bytes(_trie(values).root_hash)


def _trie(values: Sequence[bytes]) -> HexaryTrie:
    trie = HexaryTrie({})
    for index, value in enumerate(values):
        trie.set(trie_key(index), value)  # type: ignore[no-untyped-call]
    return trie


def transaction_hash(transaction: Row) -> bytes:
    """The hash that names a transaction, recomputed from its fields."""
    return bytes(keccak(transaction_rlp(transaction)))
