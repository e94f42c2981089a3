"""Who visits a member's page, and what they may do there: read it, or act as the member.

Owns the checks that every page makes. A visit ends with its cookie's half hour, and with the membership.
"""

from fastapi import Request

from alliance_node.adapters.identity import page_links
from alliance_node.adapters.identity.page_links import PageLinkRefused, Visitor
from alliance_node.application.errors import MemberClosed, UnknownMember
from alliance_node.application.wallets.linking import require_open_member
from alliance_node.entrypoints.api.asgi import ACTOR
from alliance_node.entrypoints.api.problems import Problem
from alliance_node.entrypoints.composition import Node
from alliance_node.entrypoints.member_web.limits import MemberLimits

_OWN_PAGES = ("same-origin", "none")


def visitor_of(request: Request, node: Node, session: str | None) -> Visitor | None:
    """Whose page it is; None without a session that still counts. Raises Problem 429."""
    if session is None:
        return None
    try:
        visitor = page_links.visitor_of_session(node.page_key, session, node.wall_clock.now())
        limits: MemberLimits = request.app.state.member_looks
        limits.take(visitor.member_id)
        with node.store.read() as connection:
            require_open_member(node.ledger, connection, visitor.member_id)
    except (PageLinkRefused, MemberClosed, UnknownMember):
        return None
    return visitor


def acting(request: Request, visitor: Visitor) -> None:
    """A member's act: it stands in the audit log, done or refused, and counts. Raises Problem 403, 429.

    SameSite cookies keep other sites from acting; a page of a neighbouring host is the same site to them, so what the
    browser says of the page that asks is read too.
    """
    request.scope[ACTOR] = "member"
    request.scope["path_params"] = {"member_id": visitor.member_id}
    limits: MemberLimits = request.app.state.member_acts
    limits.take(visitor.member_id)
    if request.headers.get("sec-fetch-site", "none") not in _OWN_PAGES:
        raise Problem(
            403,
            "foreign_page",
            "Another site's page asked for this.",
            "Do it on your own page.",
            chinese=("这一请求来自其他网站的页面。", "请在您自己的页面上操作。"),
        )
    require_acting(visitor)


def require_acting(visitor: Visitor) -> None:
    """Raises Problem 403 for a visitor who may only look."""
    if not visitor.may_act:
        raise Problem(
            403,
            "page_shows_only",
            "This page was opened by a link that only shows.",
            "Ask the shop for a link with which you can do more.",
            chinese=("此页面由仅供查看的链接打开。", "请向品牌索取可办理业务的链接。"),
        )
