"""What members sign about founder memberships (EIP-712), and the calendar of grants.

Pure; must compute exactly what FounderMembership computes. A presentation is signed for a brand, never sent on chain.
"""

import calendar
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

from eth_hash.auto import keccak

from bridge.protocol.words import format_address, parse_address, word

CAP = 10_000
GRANT_UNITS = 100_000
_NAME, _VERSION = "Points Alliance Founder", "1"
_ALLIANCE_ZONE = timezone(timedelta(hours=8))
_FIRST_SALE = keccak(b"PointsAlliance.FounderFirstSale.v1")

Fields = Mapping[str, int | str | bytes]
"""The values of an order by name; addresses as `0x…` text, 32-byte values as bytes."""

ORDERS: dict[str, tuple[tuple[str, str], ...]] = {
    "Transfer": (("tokenId", "uint256"), ("to", "address"), ("nonce", "uint64"), ("deadline", "uint40")),
    "Sale": (
        ("tokenId", "uint256"),
        ("price", "uint64"),
        ("minProceeds", "uint64"),
        ("buyer", "address"),
        ("nonce", "uint64"),
        ("deadline", "uint40"),
    ),
    "Cancel": (("tokenId", "uint256"), ("nonce", "uint64"), ("deadline", "uint40")),
    "Grant": (
        ("tokenId", "uint256"),
        ("month", "uint24"),
        ("sponsorBrand", "uint32"),
        ("commitment", "bytes32"),
        ("claimDeadline", "uint40"),
        ("nonce", "uint64"),
        ("deadline", "uint40"),
    ),
    "Presentation": (
        ("tokenId", "uint256"),
        ("brandId", "uint32"),
        ("challenge", "bytes32"),
        ("deadline", "uint40"),
    ),
}
_PAYMENT = (
    ("from", "address"),
    ("to", "address"),
    ("value", "uint256"),
    ("validAfter", "uint256"),
    ("validBefore", "uint256"),
    ("nonce", "bytes32"),
)
_DOMAIN = (("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"))


def digest(kind: str, order: Fields, chain_id: int, contract: bytes) -> bytes:
    """The 32 bytes that the holder signs for an order of `ORDERS`."""
    return _digest(kind, ORDERS[kind], order, _domain_hash(_NAME, chain_id, contract))


def typed_data(kind: str, order: Fields, chain_id: int, contract: bytes) -> dict[str, object]:
    """The same order as wallets read it (`eth_signTypedData_v4`)."""
    return _typed(kind, ORDERS[kind], order, _NAME, chain_id, contract)


def payment_digest(payment: Fields, chain_id: int, point: bytes) -> bytes:
    """The 32 bytes that a buyer signs: EIP-3009's ReceiveWithAuthorization of the alliance point."""
    domain = _domain_hash("Alliance Point", chain_id, point)
    return _digest("ReceiveWithAuthorization", _PAYMENT, payment, domain)


def payment_typed_data(payment: Fields, chain_id: int, point: bytes) -> dict[str, object]:
    """The same payment as wallets read it."""
    return _typed("ReceiveWithAuthorization", _PAYMENT, payment, "Alliance Point", chain_id, point)


def payment_of(
    buyer: bytes, contract: bytes, price: int, valid_before: int, nonce: bytes
) -> dict[str, int | str | bytes]:
    """The payment for an order whose digest is `nonce`."""
    return {
        "from": format_address(buyer),
        "to": format_address(contract),
        "value": price,
        "validAfter": 0,
        "validBefore": valid_before,
        "nonce": nonce,
    }


def first_sale_nonce(chain_id: int, contract: bytes, salt: bytes) -> bytes:
    """The nonce of a payment for a new membership."""
    return bytes(keccak(_FIRST_SALE + word(chain_id) + contract.rjust(32, b"\0") + salt))


def month_of(time: int) -> int:
    """The calendar month in UTC+8 of an alliance time: `12 * year + month - 1`."""
    local = datetime.fromtimestamp(time, _ALLIANCE_ZONE)
    return 12 * local.year + local.month - 1


def month_text(month: int) -> str:
    """`2026-11`; a dash for a token that had no grant."""
    return f"{month // 12}-{month % 12 + 1:02}" if month else "-"


def month_end(month: int) -> int:
    """The first second after the month."""
    year, ordinal = divmod(month + 1, 12)
    return calendar.timegm(datetime(year, ordinal + 1, 1, tzinfo=_ALLIANCE_ZONE).astimezone(UTC).timetuple())


def _digest(kind: str, shape: tuple[tuple[str, str], ...], values: Fields, domain: bytes) -> bytes:
    arguments = ",".join(f"{type_} {name}" for name, type_ in shape)
    encoded = b"".join(_encoded(type_, values[name]) for name, type_ in shape)
    struct_hash = keccak(keccak(f"{kind}({arguments})".encode()) + encoded)
    return bytes(keccak(b"\x19\x01" + domain + struct_hash))


def _encoded(type_: str, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return word(value)
    if isinstance(value, str):
        return parse_address(value).rjust(32, b"\0")
    return value


def _domain_hash(name: str, chain_id: int, contract: bytes) -> bytes:
    arguments = ",".join(f"{type_} {field}" for field, type_ in _DOMAIN)
    kind = keccak(f"EIP712Domain({arguments})".encode())
    fields = keccak(name.encode()) + keccak(_VERSION.encode()) + word(chain_id) + contract.rjust(32, b"\0")
    return bytes(keccak(kind + fields))


def _typed(
    kind: str, shape: tuple[tuple[str, str], ...], values: Fields, name: str, chain_id: int, contract: bytes
) -> dict[str, object]:
    types = {"EIP712Domain": _DOMAIN, kind: shape}
    shown = {key: "0x" + value.hex() if isinstance(value, bytes) else value for key, value in values.items()}
    return {
        "types": {key: [{"name": field, "type": type_} for field, type_ in rows] for key, rows in types.items()},
        "primaryType": kind,
        "domain": {
            "name": name,
            "version": _VERSION,
            "chainId": chain_id,
            "verifyingContract": format_address(contract),
        },
        "message": shown,
    }
