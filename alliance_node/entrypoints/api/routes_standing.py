"""Routes about where a member stands: the tier's outlook, tasks, and the local calendar that rules count in."""

from fastapi import APIRouter, Response

from alliance_node.application.member_standing import member_outlook, member_tasks
from alliance_node.entrypoints.api import views_members
from alliance_node.entrypoints.api.command_bodies import NewTimezone
from alliance_node.entrypoints.api.dependencies import Language, MembersReader, NodeOf, answer
from alliance_node.entrypoints.api.routes_members import MemberPath
from alliance_node.entrypoints.api.submission import ChangingMember

router = APIRouter(tags=["standing"])


@router.get("/v1/members/{member_id}/outlook")
def outlook(member_id: MemberPath, node: NodeOf, key: MembersReader, language: Language) -> Response:
    """Will I be downgraded, when and to what; what do I still need to stay and to rise (R-TIER-8)."""
    del key
    view, program = member_outlook(node.store, node.programs, member_id, node.clock.now())
    return answer({"member_id": member_id, **views_members.outlook(view, program, language)})


@router.get("/v1/members/{member_id}/tasks")
def tasks(member_id: MemberPath, node: NodeOf, key: MembersReader, language: Language) -> Response:
    """Goals of the running period, task chains and streaks: what is done, what is left, what it gives."""
    del key
    view, program = member_tasks(node.store, node.programs, member_id, node.clock.now())
    scale = program.file.currency_exponent
    return answer({"member_id": member_id, **views_members.tasks(view, scale, language)})


@router.post("/v1/members/{member_id}/timezone", status_code=201)
async def change_timezone(member_id: MemberPath, body: NewTimezone, call: ChangingMember) -> Response:
    """Streaks, goals and days count in the new zone from the next local day on; at most one change in 30 days."""
    return await call.carry_out(body.command(member_id, call.node), body)
