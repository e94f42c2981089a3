"""Routes about where a member stands: the local calendar that rules count in."""

from fastapi import APIRouter, Response

from alliance_node.entrypoints.api.command_bodies import NewTimezone
from alliance_node.entrypoints.api.routes_members import MemberPath
from alliance_node.entrypoints.api.submission import ChangingMember

router = APIRouter(tags=["standing"])


@router.post("/v1/members/{member_id}/timezone", status_code=201)
async def change_timezone(member_id: MemberPath, body: NewTimezone, call: ChangingMember) -> Response:
    """Streaks, goals and days count in the new zone from the next local day on; at most one change in 30 days."""
    return await call.carry_out(body.command(member_id, call.node), body)
