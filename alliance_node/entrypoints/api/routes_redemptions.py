"""Routes about spending points: redemptions and their cancellation."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from alliance_node.domain.commands import CancelRedemption
from alliance_node.entrypoints.api.command_bodies import NewRedemption
from alliance_node.entrypoints.api.routes_members import MemberPath
from alliance_node.entrypoints.api.submission import Redeeming

router = APIRouter(tags=["redemption"])
Identifier = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", max_length=36)]


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
