"""Transactions from RPC rows: the bytes, hashes and signers are those of eth-account, which signed them."""

from typing import Any

import pytest
from eth_account import Account
from eth_hash.auto import keccak
from hexbytes import HexBytes

from bridge.chain.hexadecimal import MalformedChainData
from bridge.chain.transaction_rlp import (
    UnrecoverableSender,
    UnsupportedTransactionType,
    transaction_rlp,
    transaction_sender,
)
from bridge.chain.tries import transaction_hash, transactions_root

SIGNER = Account.from_key(b"\x11" * 32)
TO = "0x" + "12" * 20
ACCESS = [{"address": "0x" + "34" * 20, "storageKeys": ["0x" + "00" * 31 + "07"]}]
LEGACY: dict[str, Any] = {"nonce": 3, "gas": 21_000, "gasPrice": 7, "to": TO, "value": 5, "data": "0xdeadbeef"}
PROTECTED = LEGACY | {"chainId": 31337}
DYNAMIC: dict[str, Any] = {
    "chainId": 31337,
    "nonce": 0,
    "gas": 50_000,
    "maxFeePerGas": 9,
    "maxPriorityFeePerGas": 0,
    "to": TO,
    "value": 0,
    "data": "0x",
    "accessList": ACCESS,
    "type": 2,
}
ACCESS_LIST = {key: value for key, value in DYNAMIC.items() if not key.startswith("max")} | {"type": 1, "gasPrice": 4}
CREATION = {key: value for key, value in PROTECTED.items() if key != "to"}
AUTHORIZATION = SIGNER.sign_authorization({"chainId": 31337, "address": TO, "nonce": 9})
SET_CODE = DYNAMIC | {"type": 4, "authorizationList": [AUTHORIZATION]}


def row_of(fields: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The JSON-RPC row of a signed transaction, and its raw bytes."""
    signed = SIGNER.sign_transaction(dict(fields))
    row = {key: hex(value) for key, value in fields.items() if isinstance(value, int)}
    row |= {"input": fields["data"], "to": fields.get("to"), "accessList": fields.get("accessList")}
    row |= {"r": hex(signed.r), "s": hex(signed.s), "v": hex(signed.v), "hash": HexBytes(signed.hash).to_0x_hex()}
    if fields.get("type") == 4:
        row["authorizationList"] = [
            {
                "chainId": hex(AUTHORIZATION.chain_id),
                "address": "0x" + bytes(AUTHORIZATION.address).hex(),
                "nonce": hex(AUTHORIZATION.nonce),
                "yParity": hex(AUTHORIZATION.y_parity),
                "r": hex(AUTHORIZATION.r),
                "s": hex(AUTHORIZATION.s),
            }
        ]
    return row, bytes(signed.raw_transaction)


KINDS = {
    "legacy": LEGACY,
    "legacy with chain id": PROTECTED,
    "creation": CREATION,
    "access list": ACCESS_LIST,
    "dynamic fee": DYNAMIC,
    "set code": SET_CODE,
}


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_hash_and_signer_come_out_of_the_row(kind: str) -> None:
    row, raw = row_of(KINDS[kind])
    assert transaction_rlp(row) == raw
    assert transaction_hash(row) == keccak(raw) == bytes.fromhex(row["hash"][2:])
    assert transaction_sender(row) == bytes.fromhex(SIGNER.address[2:])


@pytest.mark.parametrize("kind", KINDS)
def test_any_changed_field_changes_the_root(kind: str) -> None:
    row, _ = row_of(KINDS[kind])
    honest = transactions_root([row])
    for name, value in row.items():
        uncommitted = ("hash", "type") if "type" in row else ("hash", "chainId")
        if name in uncommitted or not isinstance(value, str):
            continue
        changed = value[:-1] + ("0" if value[-1] != "0" else "1") if len(value) > 2 else "0x01"
        assert transactions_root([row | {name: changed}]) != honest, name


def test_blob_and_foreign_kinds_are_refused_by_name() -> None:
    row, _ = row_of(DYNAMIC)
    for kind in ("0x3", "0x7e"):
        with pytest.raises(UnsupportedTransactionType, match=kind):
            transaction_rlp(row | {"type": kind})


def test_a_signature_of_nobody_is_refused() -> None:
    row, _ = row_of(DYNAMIC)
    with pytest.raises(UnrecoverableSender):
        transaction_sender(row | {"r": "0x0"})


@pytest.mark.parametrize(
    "change", [{"input": None}, {"input": "0x1"}, {"input": "0x 12"}, {"nonce": "x"}, {"accessList": 5}, {"r": None}]
)
def test_malformed_rows_are_a_typed_error(change: dict[str, Any]) -> None:
    row, _ = row_of(DYNAMIC)
    with pytest.raises(MalformedChainData):
        transaction_rlp(row | change)
