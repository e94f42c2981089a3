"""The file in which one step of a conversion proves itself: a block's header, and the transaction and receipt in it.

Pure: owns the text form. Whether it proves anything is decided in `bridge/statements/receipts.py`.
"""

from typing import Any

import msgspec

from bridge.protocol.statement_files import MalformedFile, unhex

RECEIPT_FORMAT = "points-alliance-receipt/1"


class ReceiptFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`transaction` and `receipt` are as the block's tries hold them, with the trie nodes that lead to them; `item` is
    the item's place in the batch, `log` its outcome's place among the receipt's logs."""

    format: str
    chain_id: int
    header: dict[str, Any]
    transaction_index: int
    transaction: str
    transaction_proof: list[str]
    receipt: str
    receipt_proof: list[str]
    item: int
    log: int


def encode_receipt(file: ReceiptFile) -> bytes:
    """Canonical bytes."""
    return msgspec.json.encode(file, order="sorted") + b"\n"


def read_receipt(data: bytes) -> ReceiptFile:
    """Raises MalformedFile."""
    try:
        file = msgspec.json.decode(data, type=ReceiptFile)
        unhex(file.transaction), unhex(file.receipt)
    except (msgspec.DecodeError, ValueError) as error:
        raise MalformedFile(f"not a file of the form {RECEIPT_FORMAT}: {error}") from error
    if file.format != RECEIPT_FORMAT:
        raise MalformedFile(f"the file's form is {file.format!r}; this program reads {RECEIPT_FORMAT!r}")
    return file
