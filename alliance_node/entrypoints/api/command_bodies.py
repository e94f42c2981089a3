"""Bodies of the calls that ask for one command, and how each becomes that command: the same for doing and previewing.

Owns shapes and the translation; no rule. The hot events' bodies are in `event_models`.
"""

import hashlib
import uuid
from typing import Annotated

from pydantic import Field

from alliance_node.domain.commands import (
    ChangeTimezone,
    RecordBehaviour,
    RecordPurchase,
    RecordRefund,
    Redeem,
    SendGift,
    UseBenefit,
)
from alliance_node.entrypoints.api.dependencies import amount_of, instant_or_now
from alliance_node.entrypoints.api.schemas import Body, Identifier, Moment, Points, Word, example
from alliance_node.entrypoints.composition import Node

AmountText = Annotated[
    str, Field(max_length=24, description="decimal string in the program's currency", examples=["42.00"])
]
Tag = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/ &-]*$", max_length=64)]
OrderId = Annotated[
    str,
    Field(
        pattern=r"^[!-~]+$",
        max_length=100,
        description="all checkout offsets of one order share its cap",
        examples=["A-1007"],
    ),
]
EventId = Annotated[str, Field(pattern=r"^[!-~]+$", max_length=120, examples=["000731"])]


class PurchasePreview(Body):
    """A purchase that has not happened."""

    model_config = example(amount="42.50", source="till-12", tags=["fresh"])

    amount: AmountText
    occurred_at: Moment | None = None
    source: Word = "preview"
    tags: Annotated[list[Tag], Field(max_length=20)] = []
    channel: Word = "shop"

    def command(self, member_id: str, node: Node) -> RecordPurchase:
        """Under an id that no purchase has."""
        amount = amount_of(self.amount, node, "amount")
        at = instant_or_now(self.occurred_at, node)
        return RecordPurchase(member_id, self.source, fresh_id(), amount, at, tuple(self.tags), self.channel)


class RefundPreview(Body):
    """A refund that has not happened, of a purchase that has."""

    model_config = example(purchase_source="till-12", purchase_source_event_id="000731", amount="42.50")

    purchase_source: Word
    purchase_source_event_id: EventId
    amount: AmountText
    occurred_at: Moment | None = None

    def command(self, member_id: str, node: Node) -> RecordRefund:
        """Under an id that no refund has."""
        amount = amount_of(self.amount, node, "amount")
        at = instant_or_now(self.occurred_at, node)
        origin = (self.purchase_source, self.purchase_source_event_id)
        return RecordRefund(member_id, "preview", fresh_id(), *origin, amount, at)


class BehaviourPreview(Body):
    """A behaviour that has not happened."""

    model_config = example(behaviour="review", grade=80)

    behaviour: Tag
    grade: Annotated[int, Field(ge=0, le=100)] = 0
    source: Word = "preview"
    occurred_at: Moment | None = None

    def command(self, member_id: str, node: Node) -> RecordBehaviour:
        """Under an id that no event has."""
        at = instant_or_now(self.occurred_at, node)
        return RecordBehaviour(member_id, self.source, fresh_id(), self.behaviour, at, self.grade)


class NewRedemption(Body):
    """Spend points on an option of the program.

    A checkout offset needs `points`, `order_id` and `order_amount`, a donation `points`; a lottery's `quantity` are
    tickets.
    """

    model_config = example(option="checkout", points=500, order_id="A-1007", order_amount="42.00")

    option: Word
    quantity: Annotated[int, Field(ge=1, le=1_000)] = 1
    order_id: OrderId | None = None
    order_amount: AmountText | None = None
    points: Points | None = None
    redemption_id: Identifier | None = None
    occurred_at: Moment | None = None

    def command(self, member_id: str, node: Node, redemption_id: str) -> Redeem:
        """The redemption under the id the body names, or this one."""
        order_amount = amount_of(self.order_amount, node, "order_amount") if self.order_amount is not None else None
        at = instant_or_now(self.occurred_at, node)
        known = self.redemption_id or redemption_id
        return Redeem(member_id, known, self.option, self.quantity, order_amount, self.points, at, self.order_id)


class BenefitUse(Body):
    """One use of a benefit, at the counter."""

    model_config = example(use_id="0b6f1f5e-6a51-4c2e-9a0d-3f2b8f6f4d10")

    use_id: Identifier | None = None
    occurred_at: Moment | None = None

    def command(self, member_id: str, node: Node, benefit: str, use_id: str) -> UseBenefit:
        """The use under the id the body names, or this one."""
        return UseBenefit(member_id, self.use_id or use_id, benefit, instant_or_now(self.occurred_at, node))


class NewGift(Body):
    """Points for another member of this brand."""

    model_config = example(to_member_id="0b6f1f5e-6a51-4c2e-9a0d-3f2b8f6f4d10", points=200)

    to_member_id: Identifier
    points: Points
    gift_id: Identifier | None = None

    def command(self, member_id: str, node: Node, gift_id: str) -> SendGift:
        """The gift under the id the body names, or this one."""
        return SendGift(member_id, self.gift_id or gift_id, self.to_member_id, self.points, node.clock.now())


class NewTimezone(Body):
    """Where the member lives now; in force from the next local day, at most once in 30 days."""

    model_config = example(timezone="Europe/Lisbon")

    timezone: Annotated[str, Field(min_length=1, max_length=64, examples=["Europe/Lisbon"])]

    def command(self, member_id: str, node: Node) -> ChangeTimezone:
        """The change, asked for now."""
        return ChangeTimezone(member_id, self.timezone, node.clock.now())


def derived_id(kind: str, client_id: str, idempotency_key: str) -> str:
    """An id that a retry of the same call finds again."""
    digest = hashlib.sha256(f"{kind}\n{client_id}\n{idempotency_key}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def fresh_id() -> str:
    """A random id, for something that is only previewed."""
    return str(uuid.uuid4())
