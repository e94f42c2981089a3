"""Routes about a member's points: balance, lots, history, explanations."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from alliance_node.entrypoints.api import views
from alliance_node.entrypoints.api.dependencies import (
    Language,
    MembersReader,
    NodeOf,
    answer,
)
from alliance_node.entrypoints.api.routes_members import MemberPath

router = APIRouter(tags=["points"])
Cursor = Annotated[str | None, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=500)]
Identifier = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", max_length=36)]


@router.get("/v1/members/{member_id}/balance")
def balance(member_id: MemberPath, node: NodeOf, key: MembersReader) -> Response:
    """Spendable, held and pending points, tier, and what expires next."""
    del key
    return answer(views.balance(node.queries.balance(member_id, node.clock.now())))


@router.get("/v1/members/{member_id}/lots")
def lots(
    member_id: MemberPath, node: NodeOf, key: MembersReader, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """Every lot with its dates, the next to expire first."""
    del key
    return answer(views.lot_page(node.queries.lots(member_id, node.clock.now(), cursor, limit)))


@router.get("/v1/members/{member_id}/history")
def history(
    member_id: MemberPath, node: NodeOf, key: MembersReader, cursor: Cursor = None, limit: Limit = 50
) -> Response:
    """What happened, newest first, with chain receipts."""
    del key
    return answer(views.history_page(node.queries.history(member_id, cursor, limit)))


@router.get("/v1/members/{member_id}/events/{version}/explanation")
def explanation(
    member_id: MemberPath,
    version: Annotated[int, Path(ge=1, le=2**31 - 1)],
    node: NodeOf,
    key: MembersReader,
    language: Language,
) -> Response:
    """Why an event gave those points: the rules of the program version in force, in plain words."""
    del key
    words = node.queries.explanation(member_id, version, language)
    return answer({"member_id": member_id, "version": version, "language": language, "explanation": words})
