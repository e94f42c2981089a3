"""Items that a member's own wallet signed: their 183 packed bytes, and the EIP-712 intents that the wallet is shown.

Pure. Owns the byte layout and the typed data; what is acceptable is the desk's decision. Checks a signature's shape and
signer, because a relay should not post what the desk must refuse.
"""

import struct
from collections.abc import Sequence
from typing import Any

import msgspec

from bridge.protocol.items import MAX_ITEMS, InvalidItem, ItemKind, MalformedItems
from bridge.protocol.keccak import keccak
from bridge.protocol.words import BadSignature, recover_signer, word

SIGNED_ITEM_SIZE = 183
DOMAIN_NAME = "Points Alliance"
DOMAIN_VERSION = "1"

# kind u8 | rateVersion u32 | deadline u40 (u8 + u32) | amount u64 | minimum u64 | nonce u64 | account | reference |
# payload | r | s | v u8
_LAYOUT = struct.Struct(">BIBIQQQ20s32s32s32s32sB")
_DOMAIN_FIELDS = (("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"))
_TYPES: dict[int, tuple[str, tuple[tuple[str, str], ...]]] = {
    ItemKind.CONVERT_OUT: (
        "ConvertOut",
        (
            ("brand", "uint32"),
            ("units", "uint64"),
            ("minimum", "uint64"),
            ("code", "bytes32"),
            ("nonce", "uint256"),
            ("deadline", "uint40"),
        ),
    ),
    ItemKind.TRANSFER: (
        "Transfer",
        (("brand", "uint32"), ("to", "address"), ("units", "uint64"), ("nonce", "uint256"), ("deadline", "uint40")),
    ),
}
_LIMITS = (
    ("kind", 8),
    ("rate_version", 32),
    ("deadline", 40),
    ("amount", 64),
    ("minimum", 64),
    ("nonce", 64),
    ("v", 8),
)
_LENGTHS = (("account", 20), ("reference", 32), ("payload", 32), ("r", 32), ("s", 32))


class SignedItem(msgspec.Struct, frozen=True):
    """One signed item. `amount` in alliance units, `minimum` in local points, `payload` the receiving code's commitment
    (CONVERT_OUT) or the receiver (TRANSFER); `rate_version` and `reference` are the relaying brand's."""

    kind: int
    rate_version: int
    deadline: int
    amount: int
    minimum: int
    nonce: int
    account: bytes
    reference: bytes
    payload: bytes
    r: bytes
    s: bytes
    v: int


def encode_signed_items(items: Sequence[SignedItem]) -> bytes:
    """The calldata bytes of a signed batch. Raises InvalidItem, MalformedItems (empty or too many)."""
    if not 1 <= len(items) <= MAX_ITEMS:
        raise MalformedItems(len(items) * SIGNED_ITEM_SIZE)
    for item in items:
        check_signed_item(item)
    return b"".join(_pack(item) for item in items)


def decode_signed_items(data: bytes) -> list[SignedItem]:
    """The items of a signed batch, in order. Raises MalformedItems."""
    if not data or len(data) % SIGNED_ITEM_SIZE or len(data) > MAX_ITEMS * SIGNED_ITEM_SIZE:
        raise MalformedItems(len(data))
    return [
        SignedItem(kind, version, high << 32 | low, *rest)
        for kind, version, high, low, *rest in _LAYOUT.iter_unpack(data)
    ]


def check_signed_item(item: SignedItem) -> None:
    """Raise InvalidItem for the first field that does not fit its place."""
    for field, bits in _LIMITS:
        value = getattr(item, field)
        if type(value) is bool or not isinstance(value, int) or not 0 <= value < 1 << bits:
            raise InvalidItem(field, value)
    for field, length in _LENGTHS:
        if len(getattr(item, field)) != length:
            raise InvalidItem(field, getattr(item, field))


def typed_data(item: SignedItem, brand_id: int, chain_id: int, desk: bytes) -> dict[str, Any]:
    """What a wallet is asked to sign (`eth_signTypedData_v4`); the signature's fields of `item` are ignored."""
    name, fields = _TYPES[item.kind]
    return {
        "types": {
            "EIP712Domain": [{"name": field, "type": kind} for field, kind in _DOMAIN_FIELDS],
            name: [{"name": field, "type": kind} for field, kind in fields],
        },
        "primaryType": name,
        "domain": {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": chain_id,
            "verifyingContract": "0x" + desk.hex(),
        },
        "message": _message(item, brand_id),
    }


def intent_digest(item: SignedItem, brand_id: int, domain: bytes) -> bytes:
    """The 32 bytes that the account signs, under a desk's EIP-712 domain separator."""
    name, fields = _TYPES[item.kind]
    type_hash = keccak(f"{name}({','.join(f'{kind} {field}' for field, kind in fields)})".encode())
    if item.kind == ItemKind.CONVERT_OUT:
        values = word(item.amount) + word(item.minimum) + item.payload
    else:
        values = item.payload + word(item.amount)
    body = keccak(type_hash + word(brand_id) + values + word(item.nonce) + word(item.deadline))
    return bytes(keccak(b"\x19\x01" + domain + body))


def wallet_domain(chain_id: int, desk: bytes) -> bytes:
    """The desk's EIP-712 domain separator."""
    type_hash = keccak(f"EIP712Domain({','.join(f'{kind} {field}' for field, kind in _DOMAIN_FIELDS)})".encode())
    names = keccak(DOMAIN_NAME.encode()) + keccak(DOMAIN_VERSION.encode())
    return bytes(keccak(type_hash + names + word(chain_id) + desk.rjust(32, b"\0")))


def is_signed_by_account(item: SignedItem, brand_id: int, domain: bytes) -> bool:
    """Whether `account` made this signature, as the desk judges it: v of 27 or 28, low s, the recovered address."""
    try:
        return recover_signer(intent_digest(item, brand_id, domain), item.r + item.s + bytes([item.v])) == item.account
    except BadSignature:
        return False


def _message(item: SignedItem, brand_id: int) -> dict[str, object]:
    shared = {"brand": brand_id, "nonce": item.nonce, "deadline": item.deadline, "units": item.amount}
    if item.kind == ItemKind.CONVERT_OUT:
        return shared | {"minimum": item.minimum, "code": "0x" + item.payload.hex()}
    return shared | {"to": "0x" + item.payload[12:].hex()}


def _pack(item: SignedItem) -> bytes:
    numbers = (item.kind, item.rate_version, item.deadline >> 32, item.deadline & 0xFFFFFFFF)
    values = (item.amount, item.minimum, item.nonce, item.account, item.reference, item.payload)
    return _LAYOUT.pack(*numbers, *values, item.r, item.s, item.v)
