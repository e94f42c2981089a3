"""What the administrator and the issuer do about founder memberships at a console, and what the contract shows anybody.

Each helper is one transaction by the key that has the right. It may not judge a text: the caller does (R-NFT-4).
"""

import msgspec

from bridge.chain.keys import Signer
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.deploy import view
from bridge.deploy.sending import Mine, send_all
from bridge.protocol.words import format_address, parse_address

_NAME = "FounderMembership"
_GAS = 400_000
_GAS_PER_BYTE = 1_000
_MANY = 50
_NUMBERS = ("vault", "GRANT", "currentMonth", "issued")


class Terms(msgspec.Struct, frozen=True):
    """The contract's terms and counts; amounts in alliance units."""

    sponsor_brand: int
    treasury: bytes
    royalty_bps: int
    vault_units: int
    grant_units: int
    month: int
    issued: int
    description: str


def issue_founders(
    rpc: Rpc, book: AddressBook, issuer: Signer, holders: list[bytes], *, mine: Mine | None = None
) -> list[int]:
    """Give each holder the next membership; returns their numbers. Raises TransactionFailed (FoundersExhausted)."""
    call = load_artifact(_NAME).functions["issue"]
    first = _number(rpc, book, "issued", rpc.call("eth_blockNumber")) + 1
    for start in range(0, len(holders), _MANY):
        part = holders[start : start + _MANY]
        steps = [(f"{_NAME}.issue", book.address(_NAME), call.encode(format_address(one)), _GAS) for one in part]
        send_all(rpc, issuer, steps, mine=mine)
    return list(range(first, first + len(holders)))


def sell_new(
    rpc: Rpc,
    book: AddressBook,
    issuer: Signer,
    price: int,
    salt: bytes,
    buyer: bytes,
    valid_before: int,
    signature: bytes,
    *,
    mine: Mine | None = None,
) -> int:
    """Sell the next membership to who signed the payment (65 bytes); returns its number. Raises TransactionFailed."""
    payment = (format_address(buyer), valid_before, signature[64], signature[:32], signature[32:64])
    data = load_artifact(_NAME).functions["sellNew"].encode(price, salt, payment)
    number = _number(rpc, book, "issued", rpc.call("eth_blockNumber")) + 1
    send_all(rpc, issuer, [(f"{_NAME}.sellNew", book.address(_NAME), data, _GAS)], mine=mine)
    return number


def set_terms(
    rpc: Rpc,
    book: AddressBook,
    admin: Signer,
    sponsor_brand: int,
    treasury: bytes,
    royalty_bps: int,
    *,
    mine: Mine | None = None,
) -> None:
    """Who sponsors grants, who gets first prices and royalties, and how much royalty."""
    data = load_artifact(_NAME).functions["setTerms"].encode(sponsor_brand, format_address(treasury), royalty_bps)
    send_all(rpc, admin, [(f"{_NAME}.setTerms", book.address(_NAME), data, _GAS)], mine=mine)


def set_description(rpc: Rpc, book: AddressBook, admin: Signer, text: str, *, mine: Mine | None = None) -> None:
    """The text in every token's metadata."""
    data = load_artifact(_NAME).functions["setDescription"].encode(text)
    gas = _GAS + _GAS_PER_BYTE * len(text.encode())
    send_all(rpc, admin, [(f"{_NAME}.setDescription", book.address(_NAME), data, gas)], mine=mine)


def read_terms(rpc: Rpc, book: AddressBook) -> Terms:
    """Terms and counts at the head. Raises RpcError, RpcUnavailable."""
    block = rpc.call("eth_blockNumber")
    sponsor, treasury = view(rpc, book.address(_NAME), _NAME, "terms", block=block)
    _, royalty = view(rpc, book.address(_NAME), _NAME, "royaltyInfo", 0, 10_000, block=block)
    vault, grant, month, issued = (_number(rpc, book, name, block) for name in _NUMBERS)
    (description,) = view(rpc, book.address(_NAME), _NAME, "description", block=block)
    return Terms(sponsor, parse_address(treasury), royalty, vault, grant, month, issued, description)


def token_uri(rpc: Rpc, book: AddressBook, token_id: int) -> str:
    """The token's metadata as a data URI."""
    block = rpc.call("eth_blockNumber")
    (uri,) = view(rpc, book.address(_NAME), _NAME, "tokenURI", token_id, block=block)
    return str(uri)


def _number(rpc: Rpc, book: AddressBook, function: str, block: str) -> int:
    (value,) = view(rpc, book.address(_NAME), _NAME, function, block=block)
    return int(value)
