"""Routes that say what would happen: each takes the body of the real call, decides with the same code, writes nothing.

A refusal by the rules is part of the answer (`allowed: false`), not a problem.
"""

from fastapi import APIRouter, Response

from alliance_node.application.rehearse import rehearse
from alliance_node.domain.commands import CancelRedemption, Command
from alliance_node.entrypoints.api import views_members as views
from alliance_node.entrypoints.api.command_bodies import (
    BehaviourPreview,
    BenefitUse,
    NewGift,
    NewRedemption,
    NewTimezone,
    PurchasePreview,
    RefundPreview,
    fresh_id,
)
from alliance_node.entrypoints.api.dependencies import Language, MembersReader, NodeOf, answer
from alliance_node.entrypoints.api.routes_benefits import BenefitPath
from alliance_node.entrypoints.api.routes_members import MemberPath
from alliance_node.entrypoints.api.routes_redemptions import Identifier
from alliance_node.entrypoints.composition import Node

router = APIRouter(tags=["previews"], prefix="/v1/members/{member_id}/previews")


@router.post("/purchase")
def preview_purchase(
    member_id: MemberPath, body: PurchasePreview, node: NodeOf, key: MembersReader, language: Language
) -> Response:
    """What a purchase would give, and why."""
    del key
    return _shown(node, body.command(member_id, node), language)


@router.post("/refund")
def preview_refund(
    member_id: MemberPath, body: RefundPreview, node: NodeOf, key: MembersReader, language: Language
) -> Response:
    """What a refund would take back, and what would stay owed."""
    del key
    return _shown(node, body.command(member_id, node), language)


@router.post("/behaviour")
def preview_behaviour(
    member_id: MemberPath, body: BehaviourPreview, node: NodeOf, key: MembersReader, language: Language
) -> Response:
    """What doing it now would give."""
    del key
    return _shown(node, body.command(member_id, node), language)


@router.post("/redemption")
def preview_redemption(
    member_id: MemberPath, body: NewRedemption, node: NodeOf, key: MembersReader, language: Language
) -> Response:
    """What a redemption would cost and be worth; which limit would bind."""
    del key
    return _shown(node, body.command(member_id, node, fresh_id()), language)


@router.post("/redemptions/{redemption_id}/cancellation")
def preview_cancellation(
    member_id: MemberPath, redemption_id: Identifier, node: NodeOf, key: MembersReader, language: Language
) -> Response:
    """What a cancellation would give back."""
    del key
    return _shown(node, CancelRedemption(member_id, redemption_id, node.clock.now()), language)


@router.post("/benefits/{benefit}/use")
def preview_use(
    member_id: MemberPath, benefit: BenefitPath, body: BenefitUse, node: NodeOf, key: MembersReader, language: Language
) -> Response:
    """Whether the benefit could be used now."""
    del key
    return _shown(node, body.command(member_id, node, benefit, fresh_id()), language)


@router.post("/gift")
def preview_gift(
    member_id: MemberPath, body: NewGift, node: NodeOf, key: MembersReader, language: Language
) -> Response:
    """The giver's half of a gift; the receiver's own limits are not asked."""
    del key
    return _shown(node, body.command(member_id, node, fresh_id()), language)


@router.post("/timezone")
def preview_timezone(
    member_id: MemberPath, body: NewTimezone, node: NodeOf, key: MembersReader, language: Language
) -> Response:
    """From when a new time zone would count."""
    del key
    return _shown(node, body.command(member_id, node), language)


def _shown(node: Node, command: Command, language: str) -> Response:
    shown = rehearse(node.store, node.programs, command, node.clock.now(), language)
    return answer(views.preview(shown, node.currency_scale))
