"""What a member takes along from the page: a receiving code, receipts of conversions, proofs of statements.

Owns these routes. Each needs the page's session cookie and shows only the member's own.
"""

from typing import Annotated

from fastapi import APIRouter, Cookie, Form, Path, Request, Response

from alliance_node.application.conversions import CodeRequest, Refused
from alliance_node.application.errors import UnknownConversion
from alliance_node.application.make_receiving_codes import make_receiving_codes
from alliance_node.entrypoints.api import views_statements
from alliance_node.entrypoints.api.dependencies import Language, NodeOf
from alliance_node.entrypoints.member_web.model import PageBuilder
from alliance_node.entrypoints.member_web.page import closed, render
from alliance_node.entrypoints.member_web.visits import acting, visitor_of
from alliance_node.entrypoints.qr import code_picture

router = APIRouter(include_in_schema=False)
Session = Annotated[str | None, Cookie(alias="alliance_member")]
MonthPath = Annotated[str, Path(pattern=r"^\d{4}-\d{2}$")]
StepPath = Annotated[str, Path(pattern=r"^[a-z]{1,12}$")]


@router.post("/receive")
def receive(
    request: Request,
    node: NodeOf,
    language: Language,
    award: Annotated[str, Form(max_length=64)] = "",
    alliance_member: Session = None,
) -> Response:
    """A fresh receiving code as text and picture.
    `award`: what the arriving points are redeemed for at once; nothing when they are to be kept."""
    visitor = visitor_of(request, node, alliance_member)
    if visitor is None:
        return closed(node, language, refused=False, status=403)
    acting(request, visitor)
    [made] = make_receiving_codes(node.alliance_desk, [CodeRequest(visitor.member_id, award or None)], node.clock.now())
    if isinstance(made, Refused):
        raise made.error
    builder = PageBuilder(node, language)
    picture, until = code_picture(made.code), builder.moment(made.expires_at)
    then = builder.award_name(award) if award else None
    return render(
        "code.html.j2", builder.program_name, language, code=made.code, picture=picture, until=until, award=then
    )


@router.get("/receipts/{conversion_id}/{step}")
def receipt(
    request: Request,
    conversion_id: Annotated[str, Path(max_length=64)],
    step: StepPath,
    node: NodeOf,
    language: Language,
    alliance_member: Session = None,
) -> Response:
    """The file that proves a step of the member's conversion."""
    visitor = visitor_of(request, node, alliance_member)
    if visitor is None:
        return closed(node, language, refused=False, status=403)
    if node.queries.conversion(conversion_id).conversion.member_id != visitor.member_id:
        raise UnknownConversion("no conversion of this member")
    return _file(node.conversion_receipt(conversion_id, step), f"receipt-{step}.json")


@router.get("/statements/{month}")
def statement(
    request: Request, month: MonthPath, node: NodeOf, language: Language, alliance_member: Session = None
) -> Response:
    """The file that proves that a month's statement counts the member's points."""
    visitor = visitor_of(request, node, alliance_member)
    if visitor is None:
        return closed(node, language, refused=False, status=403)
    content = node.statements.desk.inclusion(views_statements.month_number(month), visitor.member_id)
    return _file(content, f"inclusion-{month}.json")


def _file(content: bytes, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(content, media_type="application/json", headers=headers)
