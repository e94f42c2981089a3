"""Signed transactions as they are hashed and stored in a block, and who signed them.

Knows legacy (EIP-155), access-list (EIP-2930), dynamic-fee (EIP-1559) and set-code (EIP-7702) transactions. Blob
transactions (EIP-4844) and kinds of other networks are refused by name: a permissioned ledger carries none.
"""

from collections.abc import Mapping
from typing import Any

from rlp.codec import encode_raw

from bridge.chain.hexadecimal import MalformedChainData, data_of, minimal_bytes, parse_data, quantity_bytes, quantity_of
from bridge.protocol.keccak import keccak
from bridge.protocol.words import BadSignature, recover_signer

Row = Mapping[str, Any]
LEGACY, ACCESS_LIST, DYNAMIC_FEE, SET_CODE = 0, 1, 2, 4
_GAS_FIELDS = {
    ACCESS_LIST: ("gasPrice",),
    DYNAMIC_FEE: ("maxPriorityFeePerGas", "maxFeePerGas"),
    SET_CODE: ("maxPriorityFeePerGas", "maxFeePerGas"),
}


class UnsupportedTransactionType(ValueError):
    """A block holds a kind of transaction whose encoding is not known here, so its root can't be rebuilt."""

    def __init__(self, kind: int) -> None:
        self.kind = kind
        super().__init__(
            f"transactions of type {kind:#x} are not supported; the ledger may hold types 0, 1, 2 and 4 only"
        )


class UnrecoverableSender(ValueError):
    """A transaction's signature belongs to no account (impersonated on a development chain, or forged)."""


def transaction_rlp(transaction: Row) -> bytes:
    """The signed transaction as the transactions trie stores it. Raises UnsupportedTransactionType."""
    kind = _kind(transaction)
    fields = _unsigned_fields(transaction, kind)
    parity = quantity_bytes(transaction, "v") if kind == LEGACY else minimal_bytes(_parity(transaction))
    fields += [parity, quantity_bytes(transaction, "r"), quantity_bytes(transaction, "s")]
    return _envelope(kind, fields)


def transaction_sender(transaction: Row) -> bytes:
    """The 20-byte account whose key signed the transaction. Raises UnrecoverableSender, MalformedChainData."""
    kind = _kind(transaction)
    fields = _unsigned_fields(transaction, kind)
    if kind == LEGACY:
        v = quantity_of(transaction, "v")
        parity = (v - 35) % 2 if v >= 35 else v - 27
        if v >= 35:
            fields += [minimal_bytes((v - 35) // 2), b"", b""]
    else:
        parity = _parity(transaction)
    try:
        signature = _word_of(transaction, "r") + _word_of(transaction, "s") + bytes([27 + parity])
        return recover_signer(keccak(_envelope(kind, fields)), signature)
    except (BadSignature, ValueError, OverflowError) as error:
        raise UnrecoverableSender(f"the signature of transaction {transaction.get('hash')} is no account's") from error


def _word_of(row: Row, field: str) -> bytes:
    return quantity_of(row, field).to_bytes(32, "big")


def _kind(transaction: Row) -> int:
    kind = quantity_of(transaction, "type") if transaction.get("type") is not None else LEGACY
    if kind != LEGACY and kind not in _GAS_FIELDS:
        raise UnsupportedTransactionType(kind)
    return kind


def _parity(transaction: Row) -> int:
    return quantity_of(transaction, "yParity" if transaction.get("yParity") is not None else "v")


def _envelope(kind: int, fields: list[Any]) -> bytes:
    body: bytes = encode_raw(fields)
    return body if kind == LEGACY else bytes([kind]) + body


def _unsigned_fields(transaction: Row, kind: int) -> list[Any]:
    recipient = b"" if transaction.get("to") is None else data_of(transaction, "to")
    call = [quantity_bytes(transaction, "gas"), recipient, quantity_bytes(transaction, "value")]
    call.append(data_of(transaction, "input"))
    nonce = quantity_bytes(transaction, "nonce")
    if kind == LEGACY:
        return [nonce, quantity_bytes(transaction, "gasPrice"), *call]
    gas = [quantity_bytes(transaction, field) for field in _GAS_FIELDS[kind]]
    fields: list[Any] = [quantity_bytes(transaction, "chainId"), nonce, *gas, *call, _access_list(transaction)]
    if kind == SET_CODE:
        fields.append(_authorizations(transaction))
    return fields


def _access_list(transaction: Row) -> list[Any]:
    try:
        return [
            [data_of(entry, "address"), [parse_data(key, "storageKeys") for key in entry["storageKeys"]]]
            for entry in transaction["accessList"]
        ]
    except (AttributeError, KeyError, TypeError) as error:
        raise MalformedChainData("accessList", transaction.get("accessList")) from error


def _authorizations(transaction: Row) -> list[Any]:
    entries = transaction.get("authorizationList")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise MalformedChainData("authorizationList", entries)
    return [
        [
            quantity_bytes(entry, "chainId"),
            data_of(entry, "address"),
            quantity_bytes(entry, "nonce"),
            minimal_bytes(_parity(entry)),
            quantity_bytes(entry, "r"),
            quantity_bytes(entry, "s"),
        ]
        for entry in entries
    ]
