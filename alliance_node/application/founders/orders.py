"""Use case: orders that a holder signs (transfer, sale, cancellation, grant) and this node relays to the ledger.

Owns drafts and offers. A draft is what the wallet signs, with the membership's present nonce; the node keeps no
member's key and can change nothing that was signed. Prices are alliance units.
"""

from typing import Any

import msgspec

from alliance_node.application.conversions import CodeRequest, Refused
from alliance_node.application.founders.errors import (
    InvalidFounderOrder,
    InvalidFounderSignature,
    OfferGone,
    UnknownFounderOrder,
)
from alliance_node.application.founders.records import (
    FounderDesk,
    FounderView,
    Message,
    OfferRow,
    OrderKind,
    OrderView,
)
from alliance_node.application.make_receiving_codes import make_receiving_codes
from alliance_node.domain.instants import Instant

ORDER_SECONDS = 24 * 3_600
NOBODY = "0x" + "0" * 40


class Draft(msgspec.Struct, frozen=True):
    """An order ready to be signed: send `message` back with the signature."""

    kind: OrderKind
    message: dict[str, Any]
    typed_data: dict[str, object]


class OrderWish(msgspec.Struct, frozen=True):
    """What a holder wants; the fields that the kind needs are set. `seconds`: how long the signature may act."""

    kind: OrderKind
    token_id: int
    to: str | None = None
    price_units: int | None = None
    buyer: str | None = None
    seconds: int = ORDER_SECONDS


def draft_order(desk: FounderDesk, wish: OrderWish, now: Instant) -> Draft:
    """Transfer, Sale or Cancel. Raises UnknownFounder, InvalidFounderOrder, AllianceNotConnected."""
    with desk.store.read() as connection:
        founder = desk.ledger.founder(connection, wish.token_id)
        deadline = desk.conversions.directory.alliance_time(connection, now) + wish.seconds
    common: dict[str, Any] = {"tokenId": wish.token_id, "nonce": founder.nonce, "deadline": deadline}
    if wish.kind == "Transfer" and wish.to is not None:
        common["to"] = wish.to
    elif wish.kind == "Sale" and wish.price_units:
        royalty = wish.price_units * desk.ledger.terms().royalty_bps // 10_000
        common |= {"price": wish.price_units, "minProceeds": wish.price_units - royalty, "buyer": wish.buyer or NOBODY}
    elif wish.kind != "Cancel":
        raise InvalidFounderOrder(f"a {wish.kind} needs {'an account `to`' if wish.kind == 'Transfer' else 'a price'}")
    return Draft(wish.kind, common, desk.ledger.typed_data(wish.kind, common))


def draft_grant(desk: FounderDesk, member_id: str, token_id: int, now: Instant) -> Draft:
    """This month's grant, to be received here by the member: a receiving code is made for it.

    Raises UnknownMember, UnknownFounder, NoRatePublished, AllianceNotConnected.
    """
    conversions, terms = desk.conversions, desk.ledger.terms()
    [made] = make_receiving_codes(conversions, [CodeRequest(member_id)], now)
    if isinstance(made, Refused):
        raise made.error
    with desk.store.read() as connection:
        founder = desk.ledger.founder(connection, token_id)
        alliance_time = conversions.directory.alliance_time(connection, now)
    message: dict[str, Any] = {
        "tokenId": token_id,
        "month": terms.month,
        "sponsorBrand": terms.sponsor_brand,
        "commitment": "0x" + desk.ledger.commitment_of(made.code).hex(),
        "claimDeadline": alliance_time + conversions.directory.claim_seconds,
        "nonce": founder.nonce,
        "deadline": alliance_time + min(ORDER_SECONDS, conversions.directory.claim_seconds),
    }
    return Draft("Grant", message, desk.ledger.typed_data("Grant", message))


def submit_order(desk: FounderDesk, kind: OrderKind, message: Message, signature: str, now: Instant) -> OrderView:
    """Queue a signed transfer, cancellation or grant. Raises UnknownFounder, InvalidFounderOrder,
    InvalidFounderSignature."""
    if kind == "Sale":
        raise InvalidFounderOrder("a sale is published as an offer; it acts when somebody buys")
    with desk.store.write() as connection:
        order = desk.ledger.relay(connection, kind, message, signature, now)
        _require_holder(desk.ledger.founder(connection, order.token_id), desk, kind, message, signature)
        return order


def publish_offer(desk: FounderDesk, message: Message, signature: str, now: Instant) -> OfferRow:
    """Publish a signed sale at this node. Raises UnknownFounder, InvalidFounderOrder, InvalidFounderSignature."""
    digest, _ = desk.ledger.signed_by("Sale", message, signature)
    fields = {name: int(message[name]) for name in ("tokenId", "price", "nonce", "deadline")}
    row = OfferRow(
        digest,
        fields["tokenId"],
        fields["price"],
        fields["nonce"],
        fields["deadline"],
        msgspec.json.encode(dict(message)).decode(),
        bytes.fromhex(signature.removeprefix("0x")),
    )
    with desk.store.write() as connection:
        desk.store.add_offer(connection, row)
        _require_holder(desk.ledger.founder(connection, row.token_id), desk, "Sale", message, signature)
    return row


def open_offers(desk: FounderDesk, now: Instant) -> list[OfferRow]:
    """Offers that can still be accepted, cheapest first: in time, and the membership has not moved since."""
    with desk.store.read() as connection:
        rows = desk.store.offers(connection, now)
        return [row for row in rows if desk.ledger.founder(connection, row.token_id).nonce == row.nonce]


def draft_payment(desk: FounderDesk, digest: str, buyer: str, now: Instant) -> dict[str, object]:
    """What the buyer's wallet signs for an offer. Raises UnknownFounderOrder, OfferGone, InvalidFounderOrder."""
    offer = _open_offer(desk, digest, now)
    return desk.ledger.payment(_message(offer), buyer, now + ORDER_SECONDS)


def buy_offer(
    desk: FounderDesk, digest: str, buyer: str, valid_before: Instant, signature: str, now: Instant
) -> OrderView:
    """Queue the sale with its payment. Raises UnknownFounderOrder, OfferGone, InvalidFounderSignature."""
    offer = _open_offer(desk, digest, now)
    with desk.store.write() as connection:
        return desk.ledger.relay_purchase(
            connection, _message(offer), offer.signature, buyer, valid_before, signature, now
        )


def _open_offer(desk: FounderDesk, digest: str, now: Instant) -> OfferRow:
    try:
        raw = bytes.fromhex(digest.removeprefix("0x"))
    except ValueError as error:
        raise UnknownFounderOrder("a digest is 0x and 64 hexadecimal digits") from error
    with desk.store.read() as connection:
        offer = desk.store.offer(connection, raw)
        if offer is None:
            raise UnknownFounderOrder("no such offer was published here")
        nonce = desk.ledger.founder(connection, offer.token_id).nonce
    if offer.deadline <= now or offer.nonce != nonce:
        raise OfferGone(f"the offer of membership {offer.token_id} no longer stands")
    return offer


def _require_holder(founder: FounderView, desk: FounderDesk, kind: OrderKind, message: Message, signature: str) -> None:
    _, signer = desk.ledger.signed_by(kind, message, signature)
    if signer != founder.holder:
        raise InvalidFounderSignature(
            f"membership {founder.token_id} is held by another account than the one that signed"
        )


def _message(offer: OfferRow) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(offer.message)
    return found
