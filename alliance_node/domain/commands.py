"""Owns the commands a member's stream can be asked to decide. May hold no rule: shapes only.

Amounts of money are integers in minor units of the program's currency, points integers in minor units of its points.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from alliance_node.domain.instants import Instant

INTERNAL_SOURCE = "alliance:"
"""Prefix of the business keys that the engine gives itself; a brand's source may not start with it."""


class Reference(NamedTuple):
    """A business key `(source, source_event_id)`: unique for ever in one brand's ledger."""

    source: str
    source_event_id: str


class EnrolMember(msgspec.Struct, frozen=True, tag="enrol_member"):
    member_id: str
    timezone: str
    occurred_at: Instant


class RecordPurchase(msgspec.Struct, frozen=True, tag="record_purchase"):
    member_id: str
    source: str
    source_event_id: str
    amount_minor: int
    occurred_at: Instant
    tags: tuple[str, ...] = ()
    channel: str = "shop"


class RecordRefund(msgspec.Struct, frozen=True, tag="record_refund"):
    member_id: str
    source: str
    source_event_id: str
    purchase_source: str
    purchase_source_event_id: str
    amount_minor: int
    occurred_at: Instant


class RecordBehaviour(msgspec.Struct, frozen=True, tag="record_behaviour"):
    member_id: str
    source: str
    source_event_id: str
    behaviour: str
    occurred_at: Instant


class Redeem(msgspec.Struct, frozen=True, tag="redeem"):
    """`points` and `order_amount_minor` are for the checkout offset; other options have their own price."""

    member_id: str
    redemption_id: str
    option: str
    quantity: int
    order_amount_minor: int | None
    points: int | None
    occurred_at: Instant


class CancelRedemption(msgspec.Struct, frozen=True, tag="cancel_redemption"):
    member_id: str
    redemption_id: str
    occurred_at: Instant


class HoldForConversion(msgspec.Struct, frozen=True, tag="hold_for_conversion"):
    member_id: str
    conversion_id: str
    points: int
    alliance_units: int
    occurred_at: Instant


class CaptureConversion(msgspec.Struct, frozen=True, tag="capture_conversion"):
    member_id: str
    conversion_id: str
    occurred_at: Instant


class ReleaseConversion(msgspec.Struct, frozen=True, tag="release_conversion"):
    member_id: str
    conversion_id: str
    reason: str
    occurred_at: Instant


class ReturnConversion(msgspec.Struct, frozen=True, tag="return_conversion"):
    """The chain gave a captured conversion back: the member is credited again."""

    member_id: str
    conversion_id: str
    occurred_at: Instant


class ReceiveConversion(msgspec.Struct, frozen=True, tag="receive_conversion"):
    member_id: str
    conversion_id: str
    points: int
    alliance_units: int
    source_brand: str
    occurred_at: Instant


class SweepExpiry(msgspec.Struct, frozen=True, tag="sweep_expiry"):
    """`due_points` is the sum the set-based job counted; it is not recounted when the state carries no lots."""

    member_id: str
    through: Instant
    due_points: int


class EvaluateTier(msgspec.Struct, frozen=True, tag="evaluate_tier"):
    member_id: str
    occurred_at: Instant


Command = (
    EnrolMember
    | RecordPurchase
    | RecordRefund
    | RecordBehaviour
    | Redeem
    | CancelRedemption
    | HoldForConversion
    | CaptureConversion
    | ReleaseConversion
    | ReturnConversion
    | ReceiveConversion
    | SweepExpiry
    | EvaluateTier
)


def purchase_key(source: str, source_event_id: str) -> Reference:
    """The business key of a purchase, as its source named it."""
    return Reference(source, source_event_id)


def redemption_key(redemption_id: str) -> Reference:
    """The business key of a redemption."""
    return Reference("alliance:redemption", redemption_id)


def conversion_key(conversion_id: str) -> Reference:
    """The business key of an outgoing conversion (its hold)."""
    return Reference("alliance:conversion", conversion_id)


def business_key(command: Command) -> Reference | None:
    """The business key under which the command's first decision is kept for ever, or None (sweep, tier evaluation)."""
    match command:
        case RecordPurchase() | RecordRefund() | RecordBehaviour():
            return Reference(command.source, command.source_event_id)
        case EnrolMember():
            return Reference("alliance:enrolment", command.member_id)
        case Redeem():
            return redemption_key(command.redemption_id)
        case CancelRedemption():
            return Reference("alliance:redemption-cancelled", command.redemption_id)
        case HoldForConversion():
            return conversion_key(command.conversion_id)
        case CaptureConversion():
            return Reference("alliance:conversion-captured", command.conversion_id)
        case ReleaseConversion():
            return Reference("alliance:conversion-released", command.conversion_id)
        case ReturnConversion():
            return Reference("alliance:conversion-returned", command.conversion_id)
        case ReceiveConversion():
            return Reference("alliance:conversion-received", command.conversion_id)
        case _:
            return None


def refers_to(command: Command) -> Reference | None:
    """The business key of the earlier event (of the same member) whose history `decide` needs, or None."""
    match command:
        case RecordRefund():
            return purchase_key(command.purchase_source, command.purchase_source_event_id)
        case CancelRedemption():
            return redemption_key(command.redemption_id)
        case CaptureConversion() | ReleaseConversion() | ReturnConversion():
            return conversion_key(command.conversion_id)
        case _:
            return None
