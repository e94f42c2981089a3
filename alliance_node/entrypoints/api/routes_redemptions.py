"""Routes about spending points: what can be had, redemptions and their cancellation."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from alliance_node.application.member_options import member_options
from alliance_node.domain.commands import CancelRedemption
from alliance_node.entrypoints.api import views_members
from alliance_node.entrypoints.api.command_bodies import NewRedemption
from alliance_node.entrypoints.api.dependencies import Language, MembersReader, NodeOf, answer
from alliance_node.entrypoints.api.routes_members import MemberPath
from alliance_node.entrypoints.api.submission import Redeeming

router = APIRouter(tags=["redemption"])
Identifier = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", max_length=36)]


@router.get("/v1/members/{member_id}/options")
def options(member_id: MemberPath, node: NodeOf, key: MembersReader, language: Language) -> Response:
    """Every option: today's price of one unit, what the member still lacks, what is left, and why not."""
    del key
    found = member_options(node.store, node.programs, member_id, node.clock.now(), language)
    return answer({"options": [views_members.option(view, node.currency_scale) for view in found]})


@router.post("/v1/members/{member_id}/redemptions", status_code=201)
async def redeem(member_id: MemberPath, body: NewRedemption, call: Redeeming) -> Response:
    """Spends points, the earliest expiry first; the answer names the redemption for a later cancellation."""
    command = body.command(member_id, call.node, call.derived_id("redemption"))
    return await call.carry_out(command, body, redemption_id=command.redemption_id)


@router.post("/v1/members/{member_id}/redemptions/{redemption_id}/cancellation", status_code=201)
async def cancel_redemption(member_id: MemberPath, redemption_id: Identifier, call: Redeeming) -> Response:
    """Gives the points back to the lots they came from; expired ones return with a grace period. Donations are final,
    and so are lottery tickets once the lottery has closed."""
    command = CancelRedemption(member_id, redemption_id, call.node.clock.now())
    return await call.carry_out(command, None, redemption_id=redemption_id)
