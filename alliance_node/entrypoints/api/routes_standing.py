"""Routes about where a member stands: the tier's outlook, tasks, notices, and the calendar that rules count in."""

from fastapi import APIRouter, Response

from alliance_node.application.member_notices import inbox, member_notices
from alliance_node.application.member_standing import member_outlook, member_tasks
from alliance_node.entrypoints.api import views, views_members
from alliance_node.entrypoints.api.command_bodies import NewTimezone
from alliance_node.entrypoints.api.dependencies import Language, MembersReader, NodeOf, answer
from alliance_node.entrypoints.api.routes_members import MemberPath
from alliance_node.entrypoints.api.routes_points import Cursor, Limit
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


@router.get("/v1/members/{member_id}/notices")
def notices(
    member_id: MemberPath,
    node: NodeOf,
    key: MembersReader,
    language: Language,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """What the member was told beforehand: points that end, a tier at risk, a recall; newest first (R-EXP-5)."""
    del key
    at = node.clock.now()
    page = member_notices(node.store, node.notices, node.programs, member_id, at, language, cursor, limit)
    return answer(views.notice_page(page))


@router.get("/v1/notices")
def all_notices(
    node: NodeOf, key: MembersReader, language: Language, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """Every member's notices, the oldest first: a sender asks again with `next_cursor`, which it keeps."""
    del key
    page = inbox(node.store, node.notices, node.programs, node.clock.now(), language, cursor, limit)
    return answer(views.notice_page(page))


@router.post("/v1/members/{member_id}/timezone", status_code=201)
async def change_timezone(member_id: MemberPath, body: NewTimezone, call: ChangingMember) -> Response:
    """Streaks, goals and days count in the new zone from the next local day on; at most one change in 30 days."""
    return await call.carry_out(body.command(member_id, call.node), body)
