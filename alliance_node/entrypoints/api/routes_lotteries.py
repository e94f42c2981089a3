"""Routes about draws: opened, closed, revealed, drawn by the operator; what is published is readable byte for byte.

Owns no secret and no chance. How anyone verifies a record is written in docs/lottery.md.
"""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Request, Response
from pydantic import Field

from alliance_node.application.lottery_close import close_draw
from alliance_node.application.lottery_draw import draw_prizes, draw_record
from alliance_node.application.lottery_open import open_draw
from alliance_node.application.lottery_records import DrawRequest
from alliance_node.application.lottery_reveal import reveal_seed
from alliance_node.application.lottery_views import draw_view, draw_views, member_tickets
from alliance_node.domain.lottery import Beacon, PartyTerms
from alliance_node.entrypoints.api import views_lotteries as views
from alliance_node.entrypoints.api.dependencies import Admin, IdempotencyKey, MembersReader, NodeOf, answer
from alliance_node.entrypoints.api.once import once, request_digest
from alliance_node.entrypoints.api.problems import Problem
from alliance_node.entrypoints.api.routes_members import MemberPath
from alliance_node.entrypoints.api.schemas import Body, Word, example

router = APIRouter(tags=["lotteries"], prefix="/v1/lotteries")
DrawPath = Annotated[str, Path(pattern=r"^[a-z0-9_-]+$", max_length=40)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=40)]
Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="32 bytes as lower-case hexadecimal")]
BlockHash = Annotated[str, Field(pattern=r"^(0x)?[0-9a-f]{64}$")]


class Party(Body):
    """Someone besides the brand who mixes a seed into the draw, and what they commit to."""

    party: Name
    commitment: Hex32


class NewDraw(Body):
    """A draw for the entries of a lottery option of the program."""

    model_config = example(
        draw_id="summer-2026", option="summer-draw", parties=[{"party": "notary", "commitment": "5f" * 32}]
    )

    draw_id: Name
    option: Word
    parties: Annotated[list[Party], Field(min_length=1, max_length=20)]


class Reveal(Body):
    """A party's seed, after the list is frozen."""

    model_config = example(party="notary", seed="5f" * 32)

    party: Name
    seed: Hex32


class Block(Body):
    """The first block of the alliance's ledger from the end of the reveal time on."""

    block_number: Annotated[int, Field(ge=0, le=2**53)]
    block_hash: BlockHash
    timestamp: Annotated[int, Field(ge=0, le=253_402_300_799)]


class Drawing(Body):
    """Only needed when a party revealed nothing and the node is not connected to an alliance."""

    model_config = example(beacon={"block_number": 731, "block_hash": "5f" * 32, "timestamp": 1772323200})

    beacon: Block | None = None


@router.get("")
def lotteries(node: NodeOf, key: MembersReader) -> Response:
    """All draws, the newest close first."""
    del key
    return answer({"draws": [views.draw(view) for view in draw_views(node.lotteries)]})


@router.post("", status_code=201)
def open_(body: NewDraw, request: Request, node: NodeOf, key: Admin, idempotency_key: IdempotencyKey) -> Response:
    """Publishes the terms and everyone's commitments before the entries close. Keep the answer: it is the evidence."""
    parties = tuple(PartyTerms(party.party, party.commitment) for party in body.parties)
    wanted = DrawRequest(body.draw_id, body.option, parties)

    def act() -> Any:
        return open_draw(node.lotteries, wanted, node.clock.now())

    return once(node, key, idempotency_key, request_digest(request, body), act)


@router.get("/{draw_id}")
def lottery(draw_id: DrawPath, node: NodeOf, key: MembersReader) -> Response:
    """Where a draw stands, and what is published of it."""
    del key
    return answer(views.draw(draw_view(node.lotteries, draw_id)))


@router.get("/{draw_id}/announcement")
def announcement(draw_id: DrawPath, node: NodeOf, key: MembersReader) -> Response:
    """The announcement, byte for byte as it was published."""
    del key
    return answer(msgspec.json.encode(draw_view(node.lotteries, draw_id).announcement))


@router.get("/{draw_id}/closing")
def closing(draw_id: DrawPath, node: NodeOf, key: MembersReader) -> Response:
    """The closing document, byte for byte as it was published."""
    del key
    found = draw_view(node.lotteries, draw_id).closing
    if found is None:
        raise Problem(409, "draw_not_ready", "The entries are not frozen yet.", "Ask again when the draw is closed.")
    return answer(msgspec.json.encode(found))


@router.get("/{draw_id}/record")
def record(draw_id: DrawPath, node: NodeOf, key: MembersReader) -> Response:
    """Everything that `alliance lottery verify` needs to check the draw, without this node."""
    del key
    return answer(draw_record(node.lotteries, draw_id))


@router.get("/{draw_id}/members/{member_id}")
def tickets(draw_id: DrawPath, member_id: MemberPath, node: NodeOf, key: MembersReader) -> Response:
    """The member's pseudonym and place in the frozen list."""
    del key
    node.queries.balance(member_id, node.clock.now())
    return answer(msgspec.structs.asdict(member_tickets(node.lotteries, draw_id, member_id)))


@router.post("/{draw_id}/closing", status_code=201)
def close(draw_id: DrawPath, request: Request, node: NodeOf, key: Admin, idempotency_key: IdempotencyKey) -> Response:
    """Freezes the list of entries by its root and shows the brand's own seed. Keep the answer: it is the evidence."""

    def act() -> Any:
        return close_draw(node.lotteries, draw_id, node.clock.now())

    return once(node, key, idempotency_key, request_digest(request, None), act)


@router.post("/{draw_id}/reveals", status_code=201)
def reveal(
    draw_id: DrawPath, body: Reveal, request: Request, node: NodeOf, key: Admin, idempotency_key: IdempotencyKey
) -> Response:
    """A party shows the seed behind its commitment."""

    def act() -> Any:
        reveal_seed(node.lotteries, draw_id, body.party, body.seed, node.clock.now())
        return views.draw(draw_view(node.lotteries, draw_id))

    return once(node, key, idempotency_key, request_digest(request, body), act)


@router.post("/{draw_id}/drawing", status_code=201)
def draw(
    draw_id: DrawPath, body: Drawing, request: Request, node: NodeOf, key: Admin, idempotency_key: IdempotencyKey
) -> Response:
    """Draws the winners and books their prizes; an interrupted call goes on where it stopped."""

    def act() -> Any:
        block = body.beacon
        beacon = Beacon(block.block_number, block.block_hash, block.timestamp) if block is not None else None
        report = draw_prizes(node.lotteries, draw_id, node.clock.now(), beacon)
        return {"draw": draw_id, **msgspec.structs.asdict(report)}

    return once(node, key, idempotency_key, request_digest(request, body), act)
