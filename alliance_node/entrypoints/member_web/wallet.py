"""The member's pages about their own wallet: link it, points in, prepare what the wallet signs, hand it in.

Owns these routes. Each needs the page's session cookie and acts for its member only. What was done stands in the audit
log, with `member` as its actor. The wallet signs in the browser (EIP-1193) or anywhere else: the signature can be
pasted.
"""

import json
import re
from collections.abc import Callable
from typing import Annotated, Any, cast

from fastapi import APIRouter, Cookie, Form, Request, Response

from alliance_node.application.conversions import ConversionDesk, ConversionRequest, QuoteRequest, Refused
from alliance_node.application.errors import AllianceNotConnected, ApplicationError, MemberClosed, UnknownMember
from alliance_node.application.quote_conversions import quote_conversions
from alliance_node.application.request_conversions import request_conversions
from alliance_node.application.wallets.errors import IntentMalformed, WalletMissing
from alliance_node.application.wallets.intents import IntentWish, draft_intent, submit_intent, wallets_of
from alliance_node.application.wallets.linking import link_wallet, linked_wallet, start_link, unlink_wallet
from alliance_node.application.wallets.records import IntentKind
from alliance_node.domain.alliance import ALLIANCE_UNITS_PER_POINT, format_alliance_points
from alliance_node.domain.errors import DomainError
from alliance_node.entrypoints.api.dependencies import Language, NodeOf
from alliance_node.entrypoints.api.hot import refusal
from alliance_node.entrypoints.api.problems import Problem, problem_of_error
from alliance_node.entrypoints.api.routes_wallets import held_units
from alliance_node.entrypoints.composition import Node
from alliance_node.entrypoints.member_web.model import PageBuilder
from alliance_node.entrypoints.member_web.page import TEMPLATES, closed, render
from alliance_node.entrypoints.member_web.visits import acting, require_acting, visitor_of
from alliance_node.entrypoints.member_web.wallet_words import wallet_words

router = APIRouter(include_in_schema=False)
Session = Annotated[str | None, Cookie(alias="alliance_member")]
Field = Annotated[str, Form(max_length=4_000)]
_AMOUNT = re.compile(r"([0-9]{1,15})(?:[.]([0-9]{1,2}))?", re.ASCII)
_POINTS = re.compile(r"[0-9]{1,13}", re.ASCII)


class _Visit:
    """One request of a member's page: who, in which language."""

    def __init__(self, node: Node, language: str, member_id: str) -> None:
        self.node = node
        self.language = language
        self.member_id = member_id
        self.words = wallet_words(language)
        self.builder = PageBuilder(node, language)

    @property
    def desk(self) -> ConversionDesk:
        return self.node.alliance_desk

    @property
    def now(self) -> int:
        return self.node.clock.now()

    def show(self, template: str, status: int = 200, **values: Any) -> Response:
        name = self.builder.program_name
        return render(template, name, self.language, status, scripts=True, t=self.words, **values)

    def wallet(self, problem: Problem | None = None) -> Response:
        """The wallet's page, with what went wrong."""
        told = problem.document(None, self.language) if problem is not None else None
        status = problem.status if problem is not None else 200
        return self.show("wallet.html.j2", status, wallet=self._linked(), problem=told)

    def _linked(self) -> dict[str, str] | None:
        try:
            links = wallets_of(self.desk)
            found = linked_wallet(links, self.member_id, reader="member", reason="own page", now=self.now)
        except (WalletMissing, AllianceNotConnected):
            return None
        units = held_units(links, found.address)["alliance_units"]
        holds = self.words["holds_unknown"]
        if units is not None:
            holds = self.words["holds"].format(points=format_alliance_points(units))
        linked = self.words["linked"].format(moment=self.builder.moment(found.linked_at))
        return {"address": found.address, "linked": linked, "holds": holds}


def _visit(
    request: Request, node: Node, language: str, session: str | None, act: Callable[[_Visit], Response]
) -> Response:
    visitor = visitor_of(request, node, session)
    if visitor is None:
        return closed(node, language, refused=False, status=403)
    visit = _Visit(node, language, visitor.member_id)
    try:
        if request.method == "POST":
            acting(request, visitor)
        require_acting(visitor)
        return act(visit)
    except (MemberClosed, UnknownMember):
        return closed(node, language, refused=False, status=403)
    except (ApplicationError, DomainError, Problem) as error:
        problem = problem_of_error(error)
        if problem is None:
            raise
        return visit.wallet(problem)


def _home(visit: _Visit, path: str = "/wallet") -> Response:
    return Response(status_code=303, headers={"location": f"{path}?lang={visit.language}", "cache-control": "no-store"})


@router.get("/wallet")
def wallet_page(request: Request, node: NodeOf, language: Language, alliance_member: Session = None) -> Response:
    """The linked wallet, or how to link one."""
    return _visit(request, node, language, alliance_member, lambda visit: visit.wallet())


@router.get("/wallet.js")
def script() -> Response:
    """The wallet pages' only script."""
    return Response((TEMPLATES / "wallet.js").read_bytes(), media_type="text/javascript")


@router.post("/wallet/sign-in")
def sign_in(
    request: Request, node: NodeOf, language: Language, address: Field, alliance_member: Session = None
) -> Response:
    """The message that the wallet signs to show itself."""

    def act(visit: _Visit) -> Response:
        links = wallets_of(visit.desk)
        made = start_link(links, visit.member_id, address.strip(), language, visit.now)
        account = links.chain.format_address(links.chain.parse_address(address.strip()))
        return visit.show(
            "wallet_sign.html.j2",
            how=visit.words["sign_in_how"],
            payload=made.message,
            method="personal_sign",
            account=account,
            action="/wallet/link",
            fields={"message": made.message},
        )

    return _visit(request, node, language, alliance_member, act)


@router.post("/wallet/link")
def link(
    request: Request,
    node: NodeOf,
    language: Language,
    message: Field,
    signature: Field,
    alliance_member: Session = None,
) -> Response:
    """Links the wallet that signed. (Browsers send line ends as CR LF; what was signed has LF.)"""

    def act(visit: _Visit) -> Response:
        text = message.replace("\r\n", "\n")
        link_wallet(wallets_of(visit.desk), visit.member_id, text, signature.strip(), visit.now)
        return _home(visit)

    return _visit(request, node, language, alliance_member, act)


@router.post("/wallet/unlink")
def unlink(request: Request, node: NodeOf, language: Language, alliance_member: Session = None) -> Response:
    """Forgets the wallet."""

    def act(visit: _Visit) -> Response:
        unlink_wallet(wallets_of(visit.desk), visit.member_id)
        return _home(visit)

    return _visit(request, node, language, alliance_member, act)


@router.post("/wallet/quote")
def quote(
    request: Request, node: NodeOf, language: Language, points: Field, alliance_member: Session = None
) -> Response:
    """What points are worth in the wallet."""

    def act(visit: _Visit) -> Response:
        wanted = int(points) if _POINTS.fullmatch(points.strip()) else 0
        [offer] = quote_conversions(visit.desk, [QuoteRequest(visit.member_id, None, wanted)], visit.now)
        if isinstance(offer, Refused):
            raise offer.error
        text = visit.words["offer"].format(
            points=offer.points,
            alliance=format_alliance_points(offer.alliance_units),
            moment=visit.builder.moment(offer.expires_at),
        )
        return visit.show("wallet_offer.html.j2", offer=text, quote_id=offer.quote_id)

    return _visit(request, node, language, alliance_member, act)


@router.post("/wallet/convert")
def convert(
    request: Request, node: NodeOf, language: Language, quote_id: Field, alliance_member: Session = None
) -> Response:
    """Accepts the offer; a second click gets the first answer."""

    def act(visit: _Visit) -> Response:
        [result] = request_conversions(visit.desk, [ConversionRequest(visit.member_id, quote_id)], visit.now)
        if not result.accepted:
            raise refusal(result)
        return _home(visit, "/")

    return _visit(request, node, language, alliance_member, act)


@router.post("/wallet/draft")
def draft(
    request: Request,
    node: NodeOf,
    language: Language,
    kind: Field,
    amount: Field,
    to: Field = "",
    alliance_member: Session = None,
) -> Response:
    """What the wallet signs to bring points here or to pay another account."""

    def act(visit: _Visit) -> Response:
        wish = IntentWish(_kind(kind), _units(amount), to.strip() or None)
        links = wallets_of(visit.desk)
        found = linked_wallet(links, visit.member_id, reader="member", reason="own page", now=visit.now)
        made = draft_intent(visit.desk, visit.member_id, wish, visit.now)
        how = visit.words["sign_transfer_how" if wish.kind == "transfer" else "sign_convert_how"].format(
            alliance=format_alliance_points(wish.units),
            points=made.message.get("minimum"),
            account=made.message.get("to"),
            moment=visit.builder.moment(made.message["deadline"]),
        )
        return visit.show(
            "wallet_sign.html.j2",
            how=how,
            payload=json.dumps(made.typed_data),
            method="eth_signTypedData_v4",
            account=found.address,
            action="/wallet/intent",
            fields={"kind": made.kind, "message": json.dumps(made.message)},
        )

    return _visit(request, node, language, alliance_member, act)


@router.post("/wallet/intent")
def intent(
    request: Request,
    node: NodeOf,
    language: Language,
    kind: Field,
    message: Field,
    signature: Field,
    alliance_member: Session = None,
) -> Response:
    """Hands in what the wallet signed; a second click gets the first answer."""

    def act(visit: _Visit) -> Response:
        try:
            fields = json.loads(message)
        except (ValueError, RecursionError) as error:
            raise IntentMalformed("the message is no draft of this page") from error
        submit_intent(visit.desk, visit.member_id, _kind(kind), fields, signature.strip(), visit.now)
        return _home(visit, "/")

    return _visit(request, node, language, alliance_member, act)


def _kind(text: str) -> IntentKind:
    if text not in ("convert_out", "transfer"):
        raise IntentMalformed("an intent is a convert_out or a transfer")
    return cast(IntentKind, text)


def _units(text: str) -> int:
    """Alliance points with up to two decimals, as units."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise IntentMalformed("an amount is a number of alliance points with up to two decimals")
    return int(found[1]) * ALLIANCE_UNITS_PER_POINT + int((found[2] or "0").ljust(2, "0"))
