"""Routes about members' own wallets: link by signature, points into the wallet, intents that the wallet signed. The
chain is never waited for: what is on its way is a conversion and is asked about as one. Answers that are kept for a
repeated Idempotency-Key hold no address: which wallet is whose is identity data."""

from contextlib import suppress
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from alliance_node.adapters.identity.fields import WALLET, mask
from alliance_node.application.conversions import QuoteRequest, Refused
from alliance_node.application.errors import AllianceNotConnected
from alliance_node.application.quote_conversions import quote_conversions
from alliance_node.application.wallets.errors import WalletMissing
from alliance_node.application.wallets.intents import IntentWish, draft_intent, submit_intent, wallets_of
from alliance_node.application.wallets.linking import WalletLinks, link_wallet, linked_wallet, start_link, unlink_wallet
from alliance_node.domain.instants import format_instant
from alliance_node.entrypoints.api import views
from alliance_node.entrypoints.api import wallet_bodies as bodies
from alliance_node.entrypoints.api.dependencies import Converter, IdempotencyKey, Language, NodeOf, answer
from alliance_node.entrypoints.api.once import once, request_digest
from alliance_node.entrypoints.api.routes_members import MemberPath
from alliance_node.entrypoints.composition import Node

router = APIRouter(tags=["wallets"])


@router.post("/v1/members/{member_id}/wallet/challenges", status_code=201)
def challenge(
    member_id: MemberPath,
    body: bodies.SignInWanted,
    node: NodeOf,
    key: Converter,
    idempotency_key: IdempotencyKey,
    language: Language,
) -> Response:
    """A sign-in message (EIP-4361) for the account to sign. Asking again makes another one."""
    del key, idempotency_key
    made = start_link(_links(node), member_id, body.address, language, node.clock.now())
    return answer({**msgspec.structs.asdict(made), "expires_at": format_instant(made.expires_at)}, 201)


@router.post("/v1/members/{member_id}/wallet", status_code=201)
def link(
    member_id: MemberPath,
    body: bodies.SignInAnswered,
    request: Request,
    node: NodeOf,
    key: Converter,
    idempotency_key: IdempotencyKey,
) -> Response:
    """Links the account that signed; the member's earlier wallet ends. A message is answered once."""

    def act() -> Any:
        linked = link_wallet(_links(node), member_id, body.message, body.signature, node.clock.now())
        return {"linked_at": format_instant(linked.linked_at)}

    return once(node, key, idempotency_key, request_digest(request, body), act)


@router.get("/v1/members/{member_id}/wallet")
def wallet(member_id: MemberPath, node: NodeOf, key: Converter) -> Response:
    """The linked wallet, and what it holds on the ledger's newest block (null while the chain is away). Its address is
    personal data: masked, and in clear only for keys with the scope admin."""
    links = _links(node)
    found = linked_wallet(links, member_id, reader=key.key_id, reason="wallet shown", now=node.clock.now())
    plain = "admin" in key.scopes
    shown = found.address if plain else mask(WALLET, found.address)
    held = held_units(links, found.address)
    return answer({"address": shown, "masked": not plain, "linked_at": format_instant(found.linked_at), **held})


@router.delete("/v1/members/{member_id}/wallet", status_code=204)
def unlink(member_id: MemberPath, node: NodeOf, key: Converter) -> Response:
    """Nothing of the link stays. What is on its way goes on. Once more changes nothing."""
    del key
    with suppress(WalletMissing):
        unlink_wallet(_links(node), member_id)
    return Response(status_code=204)


@router.post("/v1/members/{member_id}/wallet/quotes", status_code=201)
def quote(
    member_id: MemberPath,
    body: bodies.WalletQuoteWanted,
    request: Request,
    node: NodeOf,
    key: Converter,
    idempotency_key: IdempotencyKey,
) -> Response:
    """What the points are worth in the linked wallet now. `POST …/conversions` accepts it."""

    def act() -> Any:
        wanted = QuoteRequest(member_id, None, body.points)
        [offer] = quote_conversions(node.alliance_desk, [wanted], node.clock.now())
        if isinstance(offer, Refused):
            raise offer.error
        return views.quote(offer)

    return once(node, key, idempotency_key, request_digest(request, body), act)


@router.post("/v1/members/{member_id}/wallet/intents/drafts", status_code=201)
def draft(
    member_id: MemberPath, body: bodies.IntentWanted, node: NodeOf, key: Converter, idempotency_key: IdempotencyKey
) -> Response:
    """Typed data for the wallet to sign. Drafts are harmless; signing one is what counts."""
    del key, idempotency_key
    wish = IntentWish(body.kind, body.units, body.to, body.minimum, body.seconds)
    return answer(draft_intent(node.alliance_desk, member_id, wish, node.clock.now()), 201)


@router.post("/v1/members/{member_id}/wallet/intents", status_code=202)
def submit(
    member_id: MemberPath,
    body: bodies.IntentSigned,
    request: Request,
    node: NodeOf,
    key: Converter,
    idempotency_key: IdempotencyKey,
) -> Response:
    """Queues a signed intent. The same one again, under any key, is answered with where it stands."""

    def act() -> Any:
        made = submit_intent(node.alliance_desk, member_id, body.kind, body.message, body.signature, node.clock.now())
        return {**msgspec.structs.asdict(made), "deadline": format_instant(made.deadline)}

    return once(node, key, idempotency_key, request_digest(request, body), act, status=202)


def held_units(links: WalletLinks, address: str) -> dict[str, int | None]:
    """Units and next nonce of an account, or nulls while the chain does not answer."""
    try:
        state = links.chain.account(links.chain.parse_address(address))
    except AllianceNotConnected:
        return {"alliance_units": None, "nonce": None}
    return {"alliance_units": state.units, "nonce": state.nonce}


def _links(node: Node) -> WalletLinks:
    return wallets_of(node.alliance_desk)
