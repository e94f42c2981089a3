"""What the administrator and the issuer do about founder memberships at a console, and what the contract shows anybody.

Each helper is one transaction by the key that has the right, scheduled first when its role has a delay (`governed`).
It may not judge a text: the caller does (R-NFT-4).
"""

import msgspec

from bridge.chain.keys import Signer
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.deploy import view
from bridge.deploy.governed import Call, send_all_governed, send_governed
from bridge.deploy.sending import Mine
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
    """Give each holder the next membership; returns their numbers.

    Raises Scheduled, TransactionFailed (FoundersExhausted).
    """
    first = _number(rpc, book, "issued", rpc.call("eth_blockNumber")) + 1
    calls = [Call(_NAME, "issue", (format_address(one),), _GAS) for one in holders]
    send_all_governed(rpc, book, issuer, calls, mine=mine, at_once=_MANY)
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
    """Sell the next membership to who signed the payment (65 bytes); returns its number.

    Raises Scheduled (the buyer's signature must last longer than the issuer's delay), TransactionFailed.
    """
    payment = (format_address(buyer), valid_before, signature[64], signature[:32], signature[32:64])
    number = _number(rpc, book, "issued", rpc.call("eth_blockNumber")) + 1
    send_governed(rpc, book, issuer, _NAME, "sellNew", price, salt, payment, mine=mine, gas=_GAS)
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
    terms = (sponsor_brand, format_address(treasury), royalty_bps)
    send_governed(rpc, book, admin, _NAME, "setTerms", *terms, mine=mine, gas=_GAS)


def set_description(rpc: Rpc, book: AddressBook, admin: Signer, text: str, *, mine: Mine | None = None) -> None:
    """The text in every token's metadata."""
    gas = _GAS + _GAS_PER_BYTE * len(text.encode())
    send_governed(rpc, book, admin, _NAME, "setDescription", text, mine=mine, gas=gas)


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
