"""Routes about a member's points: balance, lots, history, explanations, previews, and redemptions."""

import hashlib
import uuid
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from alliance_node.application.envelopes import Envelope
from alliance_node.domain.commands import CancelRedemption, RecordPurchase, Redeem
from alliance_node.entrypoints.api import schemas, views
from alliance_node.entrypoints.api.dependencies import (
    IdempotencyKey,
    Language,
    MembersReader,
    NodeOf,
    Redeemer,
    amount_of,
    answer,
    answer_of,
    instant_or_now,
)
from alliance_node.entrypoints.api.hot import committed
from alliance_node.entrypoints.api.once import request_digest
from alliance_node.entrypoints.api.routes_members import MemberPath
from alliance_node.entrypoints.composition import Node

router = APIRouter(tags=["points"])
Cursor = Annotated[str | None, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=500)]
Identifier = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", max_length=36)]


@router.get("/v1/members/{member_id}/balance")
def balance(member_id: MemberPath, node: NodeOf, key: MembersReader) -> Response:
    """Spendable, held and pending points, tier, and what expires next."""
    del key
    return answer(views.balance(node.queries.balance(member_id, node.clock.now())))


@router.get("/v1/members/{member_id}/lots")
def lots(
    member_id: MemberPath, node: NodeOf, key: MembersReader, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """Every lot with its dates, the next to expire first."""
    del key
    return answer(views.lot_page(node.queries.lots(member_id, node.clock.now(), cursor, limit)))


@router.get("/v1/members/{member_id}/history")
def history(
    member_id: MemberPath, node: NodeOf, key: MembersReader, cursor: Cursor = None, limit: Limit = 50
) -> Response:
    """What happened, newest first, with chain receipts."""
    del key
    return answer(views.history_page(node.queries.history(member_id, cursor, limit)))


@router.get("/v1/members/{member_id}/events/{version}/explanation")
def explanation(
    member_id: MemberPath,
    version: Annotated[int, Path(ge=1, le=2**31 - 1)],
    node: NodeOf,
    key: MembersReader,
    language: Language,
) -> Response:
    """Why an event gave those points: the rules of the program version in force, in plain words."""
    del key
    words = node.queries.explanation(member_id, version, language)
    return answer({"member_id": member_id, "version": version, "language": language, "explanation": words})


@router.post("/v1/members/{member_id}/previews/purchase")
def preview_purchase(
    member_id: MemberPath, body: schemas.PurchasePreview, node: NodeOf, key: MembersReader
) -> Response:
    """What a purchase would give, by the code that would book it; nothing is written."""
    del key
    now = node.clock.now()
    amount = amount_of(body.amount, node, "amount")
    occurred_at = instant_or_now(body.occurred_at, node)
    source_event_id = f"preview-{uuid.uuid4()}"
    command = RecordPurchase(
        member_id, body.source, source_event_id, amount, occurred_at, tuple(body.tags), body.channel
    )
    return answer(node.queries.preview_purchase(command, now))


@router.post("/v1/members/{member_id}/redemptions", status_code=201)
async def redeem(
    member_id: MemberPath,
    body: schemas.NewRedemption,
    request: Request,
    node: NodeOf,
    key: Redeemer,
    idempotency_key: IdempotencyKey,
) -> Response:
    """Spends points, the earliest expiry first; the answer names the redemption for a later cancellation."""
    order_amount = amount_of(body.order_amount, node, "order_amount") if body.order_amount is not None else None
    redemption_id = body.redemption_id or _derived_id(key.key_id, idempotency_key)
    command = Redeem(
        member_id,
        redemption_id,
        body.option,
        body.quantity,
        order_amount,
        body.points,
        instant_or_now(body.occurred_at, node),
    )
    digest = request_digest(request, body)
    return await _submit(node, Envelope(command, key.key_id, idempotency_key, digest), redemption_id)


@router.post("/v1/members/{member_id}/redemptions/{redemption_id}/cancellation", status_code=201)
async def cancel_redemption(
    member_id: MemberPath,
    redemption_id: Identifier,
    request: Request,
    node: NodeOf,
    key: Redeemer,
    idempotency_key: IdempotencyKey,
) -> Response:
    """Gives the points back to the lots they came from; expired ones return with a grace period."""
    command = CancelRedemption(member_id, redemption_id, node.clock.now())
    digest = request_digest(request, None)
    return await _submit(node, Envelope(command, key.key_id, idempotency_key, digest), redemption_id)


async def _submit(node: Node, envelope: Envelope, redemption_id: str) -> Response:
    result = await committed(node.queue.submit(envelope))
    return answer_of(result, {"redemption_id": redemption_id})


def _derived_id(client_id: str, idempotency_key: str) -> str:
    """A redemption id that a retry of the same call finds again."""
    digest = hashlib.sha256(f"redemption\n{client_id}\n{idempotency_key}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))
