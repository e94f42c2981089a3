"""Routes about benefits and gifts: uses that are counted, and points from member to member."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from alliance_node.entrypoints.api.command_bodies import BenefitUse
from alliance_node.entrypoints.api.routes_members import MemberPath
from alliance_node.entrypoints.api.submission import Redeeming

router = APIRouter(tags=["benefits"])
BenefitPath = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]*$", max_length=64)]


@router.post("/v1/members/{member_id}/benefits/{benefit}/uses", status_code=201)
async def use_benefit(member_id: MemberPath, benefit: BenefitPath, body: BenefitUse, call: Redeeming) -> Response:
    """One use: from the tier's allowance, else from uses bought with points. A use cannot be taken back."""
    command = body.command(member_id, call.node, benefit, call.derived_id("benefit"))
    return await call.carry_out(command, body, use_id=command.use_id)
