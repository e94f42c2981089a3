"""Routes about founder memberships: show one, what it brings here, signed orders and offers. The chain is never waited
for: an order is answered as queued, and asked about by its digest. Members sign with their own wallets."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Response

from alliance_node.application.founders.first_sale import FirstPayment, draft_first_payment, sign_first_payment
from alliance_node.application.founders.linking import (
    link_founder,
    member_founders,
    start_presentation,
    unlink_founder,
)
from alliance_node.application.founders.orders import (
    OrderWish,
    buy_offer,
    draft_grant,
    draft_order,
    draft_payment,
    open_offers,
    publish_offer,
    submit_order,
)
from alliance_node.application.founders.records import OfferRow
from alliance_node.application.founders.vault import fill_vault
from alliance_node.entrypoints.api import founder_bodies as bodies
from alliance_node.entrypoints.api.dependencies import Admin, Converter, IdempotencyKey, MembersReader, NodeOf, answer
from alliance_node.entrypoints.api.routes_members import MemberPath

router = APIRouter(tags=["founders"])
TokenPath = Annotated[int, Path(ge=1, le=10_000)]
Digest = Annotated[str, Path(pattern=r"^0x[0-9a-f]{64}$")]


@router.get("/v1/founders/{token_id}")
def founder(token_id: TokenPath, node: NodeOf, key: MembersReader) -> Response:
    """A membership as everybody can see it on the ledger: holder, nonce, month of the last grant."""
    del key
    with node.founders.store.read() as connection:
        return answer(node.founders.ledger.founder(connection, token_id))


@router.post("/v1/members/{member_id}/founder-challenges", status_code=201)
def challenge(
    member_id: MemberPath, body: bodies.ChallengeWanted, node: NodeOf, key: Converter, idempotency_key: IdempotencyKey
) -> Response:
    """What the holder's wallet signs to show the membership to this brand. Asking again makes another one."""
    del key, idempotency_key
    return answer(start_presentation(node.founders, member_id, body.token_id, node.clock.now()), 201)


@router.post("/v1/members/{member_id}/founder-links", status_code=201)
def link(
    member_id: MemberPath, body: bodies.ChallengeAnswered, node: NodeOf, key: Converter, idempotency_key: IdempotencyKey
) -> Response:
    """Links the membership: from now on its holder earns faster here. A challenge is answered once."""
    del key, idempotency_key
    linked = link_founder(node.founders, member_id, body.challenge, body.signature, node.clock.now())
    return answer({"token_id": linked.token_id, "linked_at": linked.linked_at}, 201)


@router.delete("/v1/members/{member_id}/founder-links/{token_id}", status_code=204)
def unlink(member_id: MemberPath, token_id: TokenPath, node: NodeOf, key: Converter) -> Response:
    """The member no longer shows the membership here."""
    del key
    unlink_founder(node.founders, member_id, token_id)
    return Response(status_code=204)


@router.get("/v1/members/{member_id}/founder")
def membership(member_id: MemberPath, node: NodeOf, key: MembersReader) -> Response:
    """What the member's memberships bring here: percentage, points that wait for the ledger, grants."""
    del key
    programs = node.queries.program_book()
    return answer(member_founders(node.founders, programs, member_id, node.clock.now()))


@router.post("/v1/members/{member_id}/founder-grants", status_code=201)
def grant(
    member_id: MemberPath, body: bodies.GrantWanted, node: NodeOf, key: Converter, idempotency_key: IdempotencyKey
) -> Response:
    """A draft of this month's grant, received here by the member. Drafts are harmless; signing one is what counts."""
    del key, idempotency_key
    return answer(draft_grant(node.founders, member_id, body.token_id, node.clock.now()), 201)


@router.post("/v1/founder-orders/drafts", status_code=201)
def draft(body: bodies.OrderWanted, node: NodeOf, key: Converter, idempotency_key: IdempotencyKey) -> Response:
    """A draft of a transfer, a sale or a cancellation, for the wallet to sign."""
    del key, idempotency_key
    wish = OrderWish(body.kind, body.token_id, body.to, body.price_units, body.buyer, body.seconds)
    return answer(draft_order(node.founders, wish, node.clock.now()), 201)


@router.post("/v1/founder-orders", status_code=202)
def submit(body: bodies.OrderSigned, node: NodeOf, key: Converter, idempotency_key: IdempotencyKey) -> Response:
    """Queues a signed order; the same order again is answered with where it stands."""
    del key, idempotency_key
    order = submit_order(node.founders, body.kind, body.message, body.signature, node.wall_clock.now())
    return answer(order, 202)


@router.get("/v1/founder-orders/{digest}")
def order(digest: Digest, node: NodeOf, key: MembersReader) -> Response:
    """Where an order stands: queued, signed, done, or refused with the contract's reason."""
    del key
    with node.founders.store.read() as connection:
        return answer(node.founders.ledger.order(connection, digest))


@router.post("/v1/founder-offers", status_code=201)
def offer(body: bodies.OfferSigned, node: NodeOf, key: Converter, idempotency_key: IdempotencyKey) -> Response:
    """Publishes a signed sale here. It stands until its deadline, a transfer or a cancellation."""
    del key, idempotency_key
    return answer(_shown(publish_offer(node.founders, body.message, body.signature, node.clock.now())), 201)


@router.get("/v1/founder-offers")
def offers(node: NodeOf, key: MembersReader) -> Response:
    """Offers that still stand, cheapest first."""
    del key
    return answer({"offers": [_shown(row) for row in open_offers(node.founders, node.clock.now())]})


@router.post("/v1/founder-offers/{digest}/payment", status_code=201)
def payment(
    digest: Digest, body: bodies.PaymentWanted, node: NodeOf, key: Converter, idempotency_key: IdempotencyKey
) -> Response:
    """What the buyer's wallet signs: a payment that can pay for this offer only."""
    del key, idempotency_key
    return answer({"typed_data": draft_payment(node.founders, digest, body.buyer, node.clock.now())}, 201)


@router.post("/v1/founder-offers/{digest}/purchase", status_code=202)
def buy(
    digest: Digest, body: bodies.PaymentSigned, node: NodeOf, key: Converter, idempotency_key: IdempotencyKey
) -> Response:
    """Queues the sale with the buyer's payment."""
    del key, idempotency_key
    bought = buy_offer(node.founders, digest, body.buyer, body.valid_before, body.signature, node.clock.now())
    return answer(bought, 202)


def _shown(row: OfferRow) -> dict[str, object]:
    return {
        "digest": "0x" + row.digest.hex(),
        "token_id": row.token_id,
        "price_units": row.price_units,
        "deadline": row.deadline,
        "message": msgspec.json.decode(row.message),
    }


@router.post("/v1/founder-first-sales/drafts", status_code=201)
def draft_first(
    body: bodies.FirstPaymentWanted, node: NodeOf, key: Converter, idempotency_key: IdempotencyKey
) -> Response:
    """What the buyer of a new membership signs. Drafts are harmless."""
    del key, idempotency_key
    return answer(draft_first_payment(node.founders, body.price_units, body.buyer, node.clock.now()), 201)


@router.post("/v1/founder-first-sales", status_code=201)
def sign_first(
    body: bodies.FirstPaymentSigned, node: NodeOf, key: Converter, idempotency_key: IdempotencyKey
) -> Response:
    """The checked purchase, as a file for the issuer's `alliance founder sell-new`; nothing is stored or moved here."""
    del key, idempotency_key
    payment = FirstPayment(body.price_units, body.buyer, body.salt, body.valid_before)
    return answer(sign_first_payment(node.founders, payment, body.signature), 201)


@router.post("/v1/founder-vault/fillings", status_code=202)
def fill(body: bodies.VaultFilled, node: NodeOf, key: Admin, idempotency_key: IdempotencyKey) -> Response:
    """Issues points of this brand into the vault (sponsor); the same key again fills nothing more, for ever."""
    return answer(fill_vault(node.founders, body.points, node.clock.now(), f"{key.key_id}:{idempotency_key}"), 202)


@router.get("/v1/founder-grants")
def sponsored(node: NodeOf, key: Admin) -> Response:
    """Grants that this brand sponsors: waiting, claimed, returning or returned."""
    del key
    with node.founders.store.read() as connection:
        return answer({"grants": node.founders.ledger.sponsored(connection)})
