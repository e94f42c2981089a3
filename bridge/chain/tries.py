"""Receipts and transactions roots, rebuilt from what an RPC shows, so that it can hide or change nothing in a block.

Pure: raw JSON-RPC receipts and transactions in, 32-byte roots out. It may not leave anything out silently: a kind of
transaction that it cannot encode is a typed error.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from rlp.codec import encode_raw
from trie.hexary import HexaryTrie

from bridge.chain.hexadecimal import MalformedChainData, data_of, minimal_bytes, parse_data, quantity_bytes, quantity_of
from bridge.chain.transaction_rlp import transaction_rlp
from bridge.protocol.keccak import keccak

Row = Mapping[str, Any]
_LAST_TYPE = 0x7F  # EIP-2718


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
    body = b"".join(map(encode_raw, fields)) + _list(_logs(logs))
    kind = quantity_of(receipt, "type") if receipt.get("type") is not None else 0
    if not 0 <= kind <= _LAST_TYPE:
        raise MalformedChainData("type", receipt["type"])
    return bytes([kind]) + _list(body) if kind else _list(body)


def _logs(logs: Sequence[Row]) -> bytes:
    """All logs of a receipt. Most of an audit's hashing is here, so their hexadecimal digits are put together as text
    and become bytes once; whatever looks unusual is encoded field by field, which says what is wrong with it."""
    try:
        parts = [_log_digits(log) for log in logs]
        text = "".join(parts)
        data = bytes.fromhex(text)
    except (_Unusual, AttributeError, KeyError, TypeError, ValueError):
        return b"".join(map(_log_rlp, logs))
    # `bytes.fromhex` takes spaces, which would shift what is read by position.
    return data if 2 * len(data) == len(text) else b"".join(map(_log_rlp, logs))


class _Unusual(Exception):
    """A log that the short way does not encode."""


def _log_digits(log: Row) -> str:
    """One log as hexadecimal digits: an address of 20 bytes and topics of 32, whose prefixes are constants."""
    address, topics, data = log["address"], log["topics"], log["data"]
    size = len(data)
    if len(address) != 42 or size < 6 or size & 1 or address[:2] != "0x" or data[:2] != "0x":
        raise _Unusual
    for topic in topics:
        if len(topic) != 66 or topic[:2] != "0x":
            raise _Unusual
    start, middle, end = _log_shape(len(topics), size)
    digits = "a0".join([topic[2:] for topic in topics])
    return f"{start}{address[2:]}{middle}{digits}{end}{data[2:]}"


@lru_cache(maxsize=4096)
def _log_shape(topics: int, data_digits: int) -> tuple[str, str, str]:
    """What stands before the address, before the first topic and before the data, as hexadecimal digits."""
    size = data_digits // 2 - 1
    words = _header(0xC0, 33 * topics).hex() + ("a0" if topics else "")
    data = _header(0x80, size)
    payload = 21 + len(_header(0xC0, 33 * topics)) + 33 * topics + len(data) + size
    return _header(0xC0, payload).hex() + "94", words, data.hex()


def _log_rlp(log: Row) -> bytes:
    """One log, field by field. Raises MalformedChainData."""
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
    return _header(0xC0, len(payload)) + payload


def _header(base: int, size: int) -> bytes:
    """The RLP prefix of a list (base 0xC0) or of a text that is not a single small byte (0x80)."""
    if size < 56:
        return bytes([base + size])
    length = minimal_bytes(size)
    return bytes([base + 55 + len(length)]) + length


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
