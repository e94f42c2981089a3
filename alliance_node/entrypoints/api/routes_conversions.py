"""Routes by which points cross to another brand: codes, quotes, conversions. The chain is never waited for."""

import hashlib
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Request, Response

from alliance_node.application.conversions import (
    CodeMade,
    CodeRequest,
    ConversionRequest,
    QuoteRequest,
    Refused,
)
from alliance_node.application.envelopes import Result
from alliance_node.application.errors import IdempotencyConflict
from alliance_node.application.make_receiving_codes import make_receiving_codes
from alliance_node.application.queries import ConversionView
from alliance_node.application.quote_conversions import quote_conversions
from alliance_node.application.request_conversions import request_conversions
from alliance_node.domain.instants import format_instant
from alliance_node.entrypoints.api import schemas, views
from alliance_node.entrypoints.api.dependencies import (
    Converter,
    IdempotencyKey,
    Language,
    MembersReader,
    NodeOf,
    answer,
    answer_of,
)
from alliance_node.entrypoints.api.hot import refusal
from alliance_node.entrypoints.api.once import once, request_digest
from alliance_node.entrypoints.api.problems import problem_of_error
from alliance_node.entrypoints.api.routes_members import MemberPath
from alliance_node.entrypoints.api.routes_redemptions import Identifier
from alliance_node.entrypoints.composition import Node
from alliance_node.entrypoints.qr import code_picture
from alliance_node.entrypoints.under_way import under_way

router = APIRouter(tags=["conversions"])
StepPath = Annotated[str, Path(pattern=r"^[a-z]{1,12}$")]


@router.post("/v1/members/{member_id}/receiving-codes", status_code=201)
def make_code(
    member_id: MemberPath,
    request: Request,
    node: NodeOf,
    key: Converter,
    idempotency_key: IdempotencyKey,
    body: schemas.CodeOptions | None = None,
) -> Response:
    """A code that the member shows at another brand to receive points here, or an award for them (one per code)."""

    def act() -> Any:
        wanted = CodeRequest(member_id, body.award if body is not None else None)
        [made] = make_receiving_codes(node.alliance_desk, [wanted], node.clock.now())
        code = _unless_refused(made)
        return {**views.code(code), "qr_svg": code_picture(code.code)}

    return once(node, key, idempotency_key, request_digest(request, body), act)


@router.post("/v1/receiving-codes/bulk", response_model=schemas.BulkAnswer)
def make_codes(
    body: schemas.CodesWanted, node: NodeOf, key: Converter, idempotency_key: IdempotencyKey, language: Language
) -> Response:
    """Codes for many members. Repeating the call makes new codes, which is harmless."""
    del key, idempotency_key
    wanted = [CodeRequest(one.member_id, one.award) for one in body.members]
    made = make_receiving_codes(node.alliance_desk, wanted, node.clock.now())
    return answer({"results": [_refused(one, language) if isinstance(one, Refused) else _made(one) for one in made]})


@router.post("/v1/members/{member_id}/quotes", status_code=201)
def make_quote(
    member_id: MemberPath,
    body: schemas.QuoteWanted,
    request: Request,
    node: NodeOf,
    key: Converter,
    idempotency_key: IdempotencyKey,
) -> Response:
    """What the points are worth at the other brand now; nothing is held yet."""

    def act() -> Any:
        wanted = QuoteRequest(member_id, body.receiving_code, body.points)
        [quote] = quote_conversions(node.alliance_desk, [wanted], node.clock.now())
        return views.quote(_unless_refused(quote))

    return once(node, key, idempotency_key, request_digest(request, body), act)


@router.post("/v1/members/{member_id}/conversions", status_code=201)
def request_conversion(
    member_id: MemberPath,
    body: schemas.QuoteAccepted,
    request: Request,
    node: NodeOf,
    key: Converter,
    idempotency_key: IdempotencyKey,
) -> Response:
    """Accepts a quote: the points are held and the item handed to the bridge in one commit."""
    digest = request_digest(request, body)
    wanted = ConversionRequest(member_id, body.quote_id, key.key_id, idempotency_key, digest)
    [result] = request_conversions(node.alliance_desk, [wanted], node.clock.now())
    return answer_of(result)


@router.post("/v1/conversions/bulk", response_model=schemas.BulkAnswer)
def convert_many(
    body: schemas.ConversionsWanted, node: NodeOf, key: Converter, idempotency_key: IdempotencyKey, language: Language
) -> Response:
    """Quotes and requests in one call; each item stands alone, and a repeated call gives the first decisions."""
    keys = [f"{idempotency_key}:{position}" for position in range(len(body.conversions))]
    answers = _decided_before(node, key.key_id, keys, body.conversions, language)
    open_positions = [position for position in range(len(keys)) if position not in answers]
    desk, now = node.alliance_desk, node.clock.now()
    quotes = quote_conversions(desk, [_wanted(body.conversions[position]) for position in open_positions], now)
    requests: dict[int, ConversionRequest] = {}
    for position, quote in zip(open_positions, quotes, strict=True):
        if isinstance(quote, Refused):
            answers[position] = _refused(quote, language)
            continue
        digest = _item_digest(body.conversions[position])
        requests[position] = ConversionRequest(quote.member_id, quote.quote_id, key.key_id, keys[position], digest)
    results = request_conversions(desk, list(requests.values()), now) if requests else []
    for position, result in zip(requests, results, strict=True):
        answers[position] = _converted(result, language)
    return answer({"results": [answers[position] for position in range(len(keys))]})


@router.get("/v1/conversions/{conversion_id}")
def conversion(conversion_id: Identifier, node: NodeOf, key: MembersReader, language: Language) -> Response:
    """Where a conversion stands, with its receipts; `under_way`: where the points are, who must act, until when."""
    del key
    return answer(_shown(node, node.queries.conversion(conversion_id), language))


@router.get("/v1/conversions/{conversion_id}/receipts/{step}")
def receipt(conversion_id: Identifier, step: StepPath, node: NodeOf, key: MembersReader) -> Response:
    """The file that proves a step (its name is in the conversion's receipts); `alliance verify-receipt FILE`."""
    del key
    name = f'attachment; filename="receipt-{step}.json"'
    return answer(node.conversion_receipt(conversion_id, step), headers={"content-disposition": name})


@router.get("/v1/members/{member_id}/conversions")
def conversions(member_id: MemberPath, node: NodeOf, key: MembersReader, language: Language) -> Response:
    """The member's conversions, newest first."""
    del key
    node.queries.balance(member_id, node.clock.now())
    return answer({"conversions": [_shown(node, view, language) for view in node.queries.conversions(member_id)]})


def _shown(node: Node, view: ConversionView, language: str) -> dict[str, Any]:
    told = under_way(view.conversion, node.brand_name(view.conversion.counterparty), language, format_instant)
    return {
        **views.conversion(view, language, node.paid_account(view.conversion)),
        "under_way": msgspec.to_builtins(told),
    }


def _wanted(item: schemas.ConversionWanted) -> QuoteRequest:
    return QuoteRequest(item.member_id, item.receiving_code, item.points)


def _item_digest(item: schemas.ConversionWanted) -> bytes:
    return hashlib.sha256(b"conversion\n" + item.model_dump_json().encode()).digest()


def _unless_refused(outcome: Any) -> Any:
    if isinstance(outcome, Refused):
        raise outcome.error
    return outcome


def _refused(refused: Refused, language: str) -> dict[str, Any]:
    problem = problem_of_error(refused.error)
    assert problem is not None
    return {"status": problem.status, "problem": problem.document(None, language)}


def _made(made: CodeMade) -> dict[str, Any]:
    return {"status": 201, **views.code(made)}


def _converted(result: Result, language: str) -> dict[str, Any]:
    if not result.accepted:
        problem = refusal(result)
        return {"status": problem.status, "problem": problem.document(None, language)}
    status = 200 if result.outcome == "replayed" else 201
    return {"status": status, **msgspec.json.decode(result.body)}


def _decided_before(
    node: Node, client_id: str, keys: list[str], items: list[schemas.ConversionWanted], language: str
) -> dict[int, dict[str, Any]]:
    """Answers of an earlier call with the same keys: a retry must not be quoted anew (pitfall 35)."""
    with node.store.read() as connection:
        stored = node.store.answers(connection, [(client_id, key) for key in keys])
    answers: dict[int, dict[str, Any]] = {}
    for position, key in enumerate(keys):
        first = stored.get((client_id, key))
        if first is None:
            continue
        if first.body_hash != _item_digest(items[position]):
            raise IdempotencyConflict("this Idempotency-Key was used before with another body")
        answers[position] = _converted(Result("replayed", first.code, first.body.encode()), language)
    return answers
