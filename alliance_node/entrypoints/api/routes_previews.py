"""Routes that say what would happen: each takes the body of the real call and writes nothing."""

from fastapi import APIRouter, Response

from alliance_node.entrypoints.api.command_bodies import PurchasePreview
from alliance_node.entrypoints.api.dependencies import MembersReader, NodeOf, answer
from alliance_node.entrypoints.api.routes_members import MemberPath

router = APIRouter(tags=["previews"], prefix="/v1/members/{member_id}/previews")


@router.post("/purchase")
def preview_purchase(member_id: MemberPath, body: PurchasePreview, node: NodeOf, key: MembersReader) -> Response:
    """What a purchase would give, by the code that would book it; nothing is written."""
    del key
    return answer(node.queries.preview_purchase(body.command(member_id, node), node.clock.now()))
