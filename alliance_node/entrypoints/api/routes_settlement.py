"""What the brand owes the alliance's pool or is owed by it, and by when. For its own staff; nothing about members."""

from fastapi import APIRouter, Response

from alliance_node.application.settlement_view import settlement_view
from alliance_node.entrypoints.api.dependencies import Admin, NodeOf, answer

router = APIRouter(tags=["operations"])


@router.get("/v1/settlement")
def settlement(node: NodeOf, key: Admin) -> Response:
    """The current epoch: what to pay and by when, what is paid now and later, what stands behind the brand. Amounts in
    fen and in Chinese and English words; read from the ledger at the block named."""
    del key
    return answer(settlement_view(node.alliance.settlement()))
