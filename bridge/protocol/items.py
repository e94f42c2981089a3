"""The items of a batch: 86 packed bytes each, exactly as ConversionDesk reads them.

Pure. Owns the byte layout and its limits; it may not decide whether an item is acceptable: that is the desk's job, and
its answer is a `RejectReason`.
"""

import struct
from collections.abc import Sequence
from enum import IntEnum

import msgspec

from bridge.protocol.keccak import keccak

ITEM_SIZE = 86
MAX_ITEMS = 150

# kind u8 | rateVersion u32 | counterparty u32 | deadline u40 (u8 + u32) | amount u64 | reference | payload
_LAYOUT = struct.Struct(">BIIBIQ32s32s")


class ItemKind(IntEnum):
    """What a brand asks the desk to do. The last two are signed by a member's wallet: see `signed_items`."""

    CONVERT_IN = 1
    CLAIM = 2
    RETURN = 3
    TO_WALLET = 4
    FUND = 5
    SPEND = 6
    UNSPEND = 7
    CLOSE = 8
    CONVERT_OUT = 9
    TRANSFER = 10


ISSUING = (ItemKind.CONVERT_IN, ItemKind.TO_WALLET, ItemKind.FUND, ItemKind.UNSPEND)
"""They mint, and the poster's position falls."""
REDEEMING = (ItemKind.CLAIM, ItemKind.RETURN, ItemKind.SPEND, ItemKind.CLOSE, ItemKind.CONVERT_OUT)
"""They burn, and it rises."""
WALLET_SIGNED = (ItemKind.CONVERT_OUT, ItemKind.TRANSFER)
"""They stand in signed batches only."""


class RejectReason(IntEnum):
    """Why the desk refused an item; the numbers are the contract's."""

    UNKNOWN_KIND = 1
    BRAND_NOT_ACTIVE = 2
    PAUSED = 3
    RATE_UNKNOWN = 4
    RATE_NOT_EFFECTIVE = 5
    RATE_EXPIRED = 6
    AMOUNT_ZERO = 7
    AMOUNT_OVERFLOW = 8
    DEADLINE_PASSED = 9
    DEADLINE_TOO_FAR = 10
    TOO_EARLY = 11
    NOTHING_TO_CLAIM = 12
    CREDIT_LIMIT = 13
    RATE_LIMITED = 14
    UNKNOWN_COUNTERPARTY = 15
    COUNTERPARTY_NOT_ACTIVE = 16
    INVALID_WALLET = 17
    BUDGET_EMPTY = 18
    BELOW_MINIMUM = 19
    INVALID_NONCE = 20
    BALANCE_TOO_LOW = 21
    INVALID_SIGNATURE = 22


class InvalidItem(ValueError):
    """A field of an item does not fit its place on chain."""

    def __init__(self, field: str, value: object) -> None:
        self.field = field
        self.value = value
        super().__init__(f"item field {field!r} does not fit: {value!r}")


class MalformedItems(ValueError):
    """Bytes that are not a batch: length not a multiple of 86, empty, or more than 150 items."""

    def __init__(self, length: int) -> None:
        self.length = length
        super().__init__(f"{length} bytes are not a batch of 1..{MAX_ITEMS} items of {ITEM_SIZE} bytes")


class Item(msgspec.Struct, frozen=True):
    """One item. `deadline` in alliance time; `amount` in local points (CONVERT_IN, TO_WALLET) or units (FUND, SPEND,
    UNSPEND); `payload` is the commitment (CONVERT_IN, RETURN), the salt (CLAIM), the wallet (TO_WALLET) or a budget's
    terms; `reference` the poster's sealed conversion id."""

    kind: int
    rate_version: int
    counterparty: int
    deadline: int
    amount: int
    reference: bytes
    payload: bytes


_LIMITS = (
    ("kind", 8),
    ("rate_version", 32),
    ("counterparty", 32),
    ("deadline", 40),
    ("amount", 64),
)


def check_item(item: Item) -> None:
    """Raise InvalidItem for the first field that does not fit its width."""
    for field, bits in _LIMITS:
        value = getattr(item, field)
        if type(value) is bool or not isinstance(value, int) or not 0 <= value < 1 << bits:
            raise InvalidItem(field, value)
    for field in ("reference", "payload"):
        if len(getattr(item, field)) != 32:
            raise InvalidItem(field, getattr(item, field))


def encode_items(items: Sequence[Item]) -> bytes:
    """The calldata bytes of a batch. Raises InvalidItem, MalformedItems (empty or too many)."""
    if not 1 <= len(items) <= MAX_ITEMS:
        raise MalformedItems(len(items) * ITEM_SIZE)
    for item in items:
        check_item(item)
    return b"".join(_pack(item) for item in items)


def decode_items(data: bytes) -> list[Item]:
    """The items of a batch, in order. Unknown kinds decode: the desk rejects them one by one. Raises MalformedItems."""
    if not data or len(data) % ITEM_SIZE or len(data) > MAX_ITEMS * ITEM_SIZE:
        raise MalformedItems(len(data))
    return [
        Item(kind, rate_version, counterparty, high << 32 | low, amount, reference, payload)
        for kind, rate_version, counterparty, high, low, amount, reference, payload in _LAYOUT.iter_unpack(data)
    ]


def items_hash(data: bytes) -> bytes:
    """keccak256 of the batch's bytes, as in `BatchPosted`."""
    return bytes(keccak(data))


def _pack(item: Item) -> bytes:
    return _LAYOUT.pack(
        item.kind,
        item.rate_version,
        item.counterparty,
        item.deadline >> 32,
        item.deadline & 0xFFFFFFFF,
        item.amount,
        item.reference,
        item.payload,
    )
