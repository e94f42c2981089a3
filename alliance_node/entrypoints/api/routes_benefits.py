"""Routes about benefits and gifts: uses that are counted, and points from member to member."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Response

from alliance_node.application.member_benefits import member_benefits
from alliance_node.application.send_gift import GiftRequest, send_gift
from alliance_node.entrypoints.api import views_members
from alliance_node.entrypoints.api.command_bodies import BenefitUse, NewGift
from alliance_node.entrypoints.api.dependencies import Language, MembersReader, NodeOf, answer
from alliance_node.entrypoints.api.routes_members import MemberPath
from alliance_node.entrypoints.api.submission import Redeeming

router = APIRouter(tags=["benefits"])
BenefitPath = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]*$", max_length=64)]


@router.get("/v1/members/{member_id}/benefits")
def benefits(member_id: MemberPath, node: NodeOf, key: MembersReader, language: Language) -> Response:
    """Every benefit of the program with the member's remaining uses; `allowance` null: as often as wanted."""
    del key
    found = member_benefits(node.store, node.programs, member_id, node.clock.now(), language)
    return answer({"benefits": [views_members.benefit(view) for view in found]})


@router.post("/v1/members/{member_id}/benefits/{benefit}/uses", status_code=201)
async def use_benefit(member_id: MemberPath, benefit: BenefitPath, body: BenefitUse, call: Redeeming) -> Response:
    """One use: from the tier's allowance, else from uses bought with points. A use cannot be taken back."""
    command = body.command(member_id, call.node, benefit, call.derived_id("benefit"))
    return await call.carry_out(command, body, use_id=command.use_id)


@router.post("/v1/members/{member_id}/gifts", status_code=201)
async def give(member_id: MemberPath, body: NewGift, call: Redeeming) -> Response:
    """Points for another member of this brand, both halves in one commit. A gift received cannot be taken back."""
    command = body.command(member_id, call.node, call.derived_id("gift"))
    envelope = call.envelope(command, body)
    request = GiftRequest(command, envelope.client_id, envelope.idempotency_key, envelope.body_hash)
    result = await asyncio.to_thread(send_gift, call.node.ledger, request, call.node.clock.now())
    return call.answer(result, gift_id=command.gift_id)
