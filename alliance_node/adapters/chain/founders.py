"""Founder memberships on the alliance's ledger, for the application: owners from final blocks, terms from the contract,
typed data and signatures, and the queue of orders to relay.

Owns the translation between JSON and what the contract takes. It holds no member's key.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from alliance_node.adapters.sql.alliance_store import load_clock
from alliance_node.application.errors import LedgerUnreachable
from alliance_node.application.founders.errors import (
    InvalidFounderOrder,
    InvalidFounderSignature,
    UnknownFounder,
    UnknownFounderOrder,
)
from alliance_node.application.founders.records import (
    FounderTerms,
    FounderView,
    GrantView,
    Message,
    OrderKind,
    OrderView,
    SponsoredView,
)
from alliance_node.domain.instants import Instant
from bridge.chain.rpc import ChainError, Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.founders import read_terms
from bridge.indexer import founders as index
from bridge.indexer import grants as sponsored_grants
from bridge.protocol import codes, founders
from bridge.protocol.words import BadSignature, MalformedAddress, format_address, parse_address, recover_signer
from bridge.transactions.relay import Relayed, enqueue_order, order_of, relay_signer

_FUNCTIONS = {"Transfer": "transferSigned", "Cancel": "cancelSigned", "Grant": "claimGrant"}


class ChainFounders:
    """Implements `application.founders.records.FounderLedger`."""

    def __init__(self, rpc: Rpc, book: AddressBook, brand_id: int, reference_key: bytes) -> None:
        self._rpc = rpc
        self._book = book
        self._brand_id = brand_id
        self._at = (book.chain_id, book.address("FounderMembership"))
        self._relay = relay_signer(reference_key).address
        self._point = book.address("AlliancePoint")

    # ---- what the ledger says ------------------------------------------------------------------------------------

    def founder(self, connection: Connection, token_id: int) -> FounderView:
        found = index.founder_of(connection, token_id)
        if found is None:
            raise UnknownFounder(f"this node has seen no founder membership {token_id}")
        holder, month = format_address(found.owner), founders.month_text(found.last_month)
        return FounderView(token_id, holder, found.nonce, month)

    def indexed_until(self, connection: Connection) -> Instant:
        clock = load_clock(connection)
        return 0 if clock is None else clock.block_timestamp

    def owner_before(self, connection: Connection, token_id: int, at: Instant) -> bytes | None:
        return index.owner_before(connection, token_id, at)

    def grants(self, connection: Connection, token_ids: Sequence[int]) -> list[GrantView]:
        rows: list[Any] = list(index.grants_of(connection, token_ids))
        return [
            GrantView(
                row.token_id,
                founders.month_text(row.month),
                row.sponsor_brand,
                row.units,
                row.claim_deadline,
                row.block_number,
            )
            for row in rows
        ]

    def terms(self) -> FounderTerms:
        try:
            terms = read_terms(self._rpc, self._book)
        except ChainError as error:
            raise LedgerUnreachable(str(error)) from error
        return FounderTerms(**{**msgspec.structs.asdict(terms), "treasury": format_address(terms.treasury)})

    def vault(self) -> str:
        return format_address(self._at[1])

    # ---- showing a membership ------------------------------------------------------------------------------------

    def presentation(self, token_id: int, challenge: bytes, deadline: Instant) -> dict[str, object]:
        return founders.typed_data("Presentation", self._shown(token_id, challenge, deadline), *self._at)

    def presented_by(self, token_id: int, challenge: bytes, deadline: Instant, signature: str) -> bytes:
        return _signer(
            founders.digest("Presentation", self._shown(token_id, challenge, deadline), *self._at), signature
        )

    def commitment_of(self, code: str) -> bytes:
        return codes.parse(code).commitment

    # ---- orders ----------------------------------------------------------------------------------------------------

    def typed_data(self, kind: OrderKind, message: Message) -> dict[str, object]:
        return founders.typed_data(kind, _fields(kind, message), *self._at)

    def signed_by(self, kind: OrderKind, message: Message, signature: str) -> tuple[bytes, str]:
        digest = founders.digest(kind, _fields(kind, message), *self._at)
        return digest, format_address(_signer(digest, signature))

    def payment(self, message: Message, buyer: str, valid_before: Instant) -> dict[str, object]:
        fields = self._payment(message, buyer, valid_before)
        return founders.payment_typed_data(fields, self._book.chain_id, self._point)

    def sponsored(self, connection: Connection) -> list[SponsoredView]:
        return [
            SponsoredView(one.token_id, founders.month_text(one.month), one.units, one.deadline, one.state)
            for one in sponsored_grants.sponsored(connection)
        ]

    def relay_account(self) -> str:
        return format_address(self._relay)

    def first_payment(self, price: int, buyer: str, salt: bytes, valid_before: Instant) -> dict[str, object]:
        fields = self._first_payment(price, buyer, salt, valid_before)
        return founders.payment_typed_data(fields, self._book.chain_id, self._point)

    def require_first_payment(self, price: int, buyer: str, salt: bytes, valid_before: Instant, signature: str) -> None:
        fields = self._first_payment(price, buyer, salt, valid_before)
        digest = founders.payment_digest(fields, self._book.chain_id, self._point)
        if _signer(digest, signature) != parse_address(buyer):
            raise InvalidFounderSignature("the payment is not signed by the buyer's account")

    def relay(
        self, connection: Connection, kind: OrderKind, message: Message, signature: str, now: Instant
    ) -> OrderView:
        fields = _fields(kind, message)
        digest, _ = self.signed_by(kind, message, signature)
        call = load_artifact("FounderMembership").functions[_FUNCTIONS[kind]]
        data = call.encode(tuple(fields.values()), _signature(signature))
        return _view(enqueue_order(connection, digest, kind, int(fields["tokenId"]), data, now))

    def relay_purchase(
        self,
        connection: Connection,
        message: Message,
        signature: bytes,
        buyer: str,
        valid_before: Instant,
        payment_signature: str,
        now: Instant,
    ) -> OrderView:
        fields, raw = _fields("Sale", message), _signature(payment_signature)
        paid = founders.payment_digest(self._payment(message, buyer, valid_before), self._book.chain_id, self._point)
        if _signer(paid, payment_signature) != parse_address(buyer):
            raise InvalidFounderSignature("the payment is not signed by the buyer's account")
        payment = (buyer, valid_before, raw[64], raw[:32], raw[32:64])
        data = load_artifact("FounderMembership").functions["buy"].encode(tuple(fields.values()), signature, payment)
        return _view(enqueue_order(connection, paid, "Sale", int(fields["tokenId"]), data, now))

    def order(self, connection: Connection, digest: str) -> OrderView:
        try:
            found = order_of(connection, bytes.fromhex(digest.removeprefix("0x")))
        except ValueError as error:
            raise UnknownFounderOrder("a digest is 0x and 64 hexadecimal digits") from error
        if found is None:
            raise UnknownFounderOrder("no such order was handed in here")
        return _view(found)

    def _shown(self, token_id: int, challenge: bytes, deadline: Instant) -> founders.Fields:
        return {"tokenId": token_id, "brandId": self._brand_id, "challenge": challenge, "deadline": deadline}

    def _first_payment(self, price: int, buyer: str, salt: bytes, valid_before: Instant) -> founders.Fields:
        nonce = founders.first_sale_nonce(*self._at, salt)
        return founders.payment_of(_account(buyer), self._at[1], price, valid_before, nonce)

    def _payment(self, message: Message, buyer: str, valid_before: Instant) -> founders.Fields:
        sale = _fields("Sale", message)
        nonce = founders.digest("Sale", sale, *self._at)
        return founders.payment_of(_account(buyer), self._at[1], int(sale["price"]), valid_before, nonce)


def _account(text: str) -> bytes:
    try:
        return parse_address(text)
    except MalformedAddress as error:
        raise InvalidFounderOrder(str(error)) from error


def _fields(kind: str, message: Message) -> dict[str, int | str | bytes]:
    """The order's values in its own order, each in range. Raises InvalidFounderOrder."""
    shape = founders.ORDERS[kind]
    if set(message) != {name for name, _ in shape}:
        raise InvalidFounderOrder(f"a {kind} has the fields {', '.join(name for name, _ in shape)}")
    return {name: _value(name, type_, message[name]) for name, type_ in shape}


def _value(name: str, type_: str, value: int | str) -> int | str | bytes:
    try:
        if type_.startswith("uint"):
            number = int(value)
            if isinstance(value, bool) or not 0 <= number < 1 << int(type_.removeprefix("uint")):
                raise ValueError(f"is no {type_}")
            return number
        if type_ == "address":
            return format_address(parse_address(str(value)))
        raw = bytes.fromhex(str(value).removeprefix("0x"))
        if len(raw) != 32:
            raise ValueError("has not 32 bytes")
    except ValueError as error:
        raise InvalidFounderOrder(f"{name} {error}") from error
    return raw


def _signature(text: str) -> bytes:
    try:
        raw = bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise InvalidFounderSignature("a signature is 0x and 130 hexadecimal digits") from error
    if len(raw) != 65:
        raise InvalidFounderSignature("a signature is 0x and 130 hexadecimal digits")
    return raw


def _signer(digest: bytes, text: str) -> bytes:
    try:
        return recover_signer(digest, _signature(text))
    except BadSignature as error:
        raise InvalidFounderSignature(str(error)) from error


def _view(order: Relayed) -> OrderView:
    transaction = None if order.tx_hash is None else "0x" + order.tx_hash.hex()
    return OrderView("0x" + order.digest.hex(), order.kind, order.token_id, str(order.state), order.reason, transaction)
