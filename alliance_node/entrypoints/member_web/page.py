"""The routes of the member's page: `/` and its style sheet. A link token is exchanged for a short HttpOnly cookie.

No API key ever appears in a URL; the token opens once, then the address bar is clean again.
"""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Cookie, Query, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from alliance_node.adapters.identity import page_links
from alliance_node.adapters.identity.page_links import PageLinkRefused
from alliance_node.entrypoints.api.dependencies import Language, NodeOf
from alliance_node.entrypoints.composition import Node
from alliance_node.entrypoints.member_web.model import PageBuilder
from alliance_node.entrypoints.member_web.visits import visitor_of
from alliance_node.entrypoints.member_web.words import words_of

COOKIE = "alliance_member"
TEMPLATES = Path(__file__).parent / "templates"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

router = APIRouter(include_in_schema=False)
_environment = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(default=True), undefined=StrictUndefined
)


@router.get("/")
def member_page(
    request: Request,
    node: NodeOf,
    language: Language,
    link: Annotated[str | None, Query(max_length=200)] = None,
    alliance_member: Annotated[str | None, Cookie()] = None,
) -> Response:
    """The member's points, or how to get in."""
    if link is not None:
        return _open_link(request, node, language, link)
    visitor = visitor_of(request, node, alliance_member)
    if visitor is None:
        return closed(node, language, refused=False, status=200)
    builder = PageBuilder(node, language)
    page = builder.build(visitor.member_id)
    return render("points.html.j2", builder.program_name, language, page=page, may_act=visitor.may_act)


@router.get("/member.css")
def style_sheet() -> Response:
    """The page's only asset."""
    return Response((TEMPLATES / "member.css").read_bytes(), media_type="text/css")


def _open_link(request: Request, node: Node, language: str, link: str) -> Response:
    now = node.wall_clock.now()
    try:
        with node.store.write() as connection:
            visitor = page_links.open_link(connection, node.page_key, link, now)
    except PageLinkRefused:
        return closed(node, language, refused=True, status=403)
    response = Response(status_code=303, headers={**_headers(), "location": f"/?lang={language}"})
    response.set_cookie(
        COOKIE,
        page_links.new_session(node.page_key, visitor, now),
        max_age=page_links.SESSION_SECONDS,
        httponly=True,
        samesite="lax",
        secure="https" in (request.url.scheme, urlsplit(node.settings.page_address).scheme),
    )
    return response


def closed(node: Node, language: str, *, refused: bool, status: int) -> Response:
    """How to get in."""
    name = PageBuilder(node, language).program_name
    return render("closed.html.j2", name, language, status, refused=refused)


def render(
    template: str, program_name: str, language: str, status: int = 200, scripts: bool = False, **values: Any
) -> Response:
    """A page of this folder's templates, under the page's security policy; `scripts`: it has one of ours."""
    text = _environment.get_template(template).render(
        w=words_of(language),
        program_name=program_name,
        other_language="en" if language == "zh" else "zh",
        **values,
    )
    return Response(text, status, _headers(scripts), "text/html; charset=utf-8")


def _headers(scripts: bool = False) -> dict[str, str]:
    return {
        "content-security-policy": CONTENT_SECURITY_POLICY + ("; script-src 'self'" if scripts else ""),
        "cache-control": "no-store",
    }
