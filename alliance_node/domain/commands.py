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


class RecordPurchase(msgspec.Struct, frozen=True, tag="record_purchase", gc=False):
    member_id: str
    source: str
    source_event_id: str
    amount_minor: int
    occurred_at: Instant
    tags: tuple[str, ...] = ()
    channel: str = "shop"
    late_approval: str = ""
    """Who approved an event older than the program's window, and why; empty: nobody (the same in refunds,
    behaviours)."""


class RecordRefund(msgspec.Struct, frozen=True, tag="record_refund"):
    member_id: str
    source: str
    source_event_id: str
    purchase_source: str
    purchase_source_event_id: str
    amount_minor: int
    occurred_at: Instant
    late_approval: str = ""


class RecordBehaviour(msgspec.Struct, frozen=True, tag="record_behaviour"):
    """`grade` is how well it was done, in percent of the rule's range (R-TIER-2); rules without a range ignore it."""

    member_id: str
    source: str
    source_event_id: str
    behaviour: str
    occurred_at: Instant
    grade: int = 0
    late_approval: str = ""


class Redeem(msgspec.Struct, frozen=True, tag="redeem"):
    """`points` are for options without a price of their own (checkout offset, donation); `order_id` and
    `order_amount_minor` name the order that an offset pays: all offsets of one order share its cap."""

    member_id: str
    redemption_id: str
    option: str
    quantity: int
    order_amount_minor: int | None
    points: int | None
    occurred_at: Instant
    order_id: str | None = None


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
    to_wallet: bool = False


class AccelerateEarning(msgspec.Struct, frozen=True, tag="accelerate_earning"):
    """The alliance's ledger shows that the member held the founder membership `token_id` when the named purchase, which
    `occurred_at` then, was made (R-NFT-1)."""

    member_id: str
    source: str
    source_event_id: str
    token_id: int
    occurred_at: Instant


class PaySpendingBonus(msgspec.Struct, frozen=True, tag="pay_spending_bonus"):
    """The sponsor's budget paid for the bonus that the redemption promised (R-ALL-6)."""

    member_id: str
    redemption_id: str
    occurred_at: Instant


class RefuseSpendingBonus(msgspec.Struct, frozen=True, tag="refuse_spending_bonus"):
    """The sponsor's budget does not pay for it; `reason` is a code."""

    member_id: str
    redemption_id: str
    reason: str
    occurred_at: Instant


class PayCirculationAward(msgspec.Struct, frozen=True, tag="pay_circulation_award"):
    """The sponsor's budget paid for the award that the redemption promised (R-ALL-6)."""

    member_id: str
    redemption_id: str
    occurred_at: Instant


class RefuseCirculationAward(msgspec.Struct, frozen=True, tag="refuse_circulation_award"):
    """The sponsor's budget does not pay for it; `reason` is a code."""

    member_id: str
    redemption_id: str
    reason: str
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
    """`source_brand` is OWN_WALLET when they come from the member's own wallet."""

    member_id: str
    conversion_id: str
    points: int
    alliance_units: int
    source_brand: str
    occurred_at: Instant


class UseBenefit(msgspec.Struct, frozen=True, tag="use_benefit"):
    """One use of a benefit: from the tier's allowance, else from uses bought with points (R-BEN-1, R-BEN-2)."""

    member_id: str
    use_id: str
    benefit: str
    occurred_at: Instant


class SendGift(msgspec.Struct, frozen=True, tag="send_gift"):
    """Points for another member of the same brand (R-ALL-10)."""

    member_id: str
    gift_id: str
    to_member_id: str
    points: int
    occurred_at: Instant


class GiftPart(NamedTuple):
    """Points of one of the giver's lots: the receiver's lot keeps its dates."""

    points: int
    earned_at: Instant
    expires_at: Instant


class ReceiveGift(msgspec.Struct, frozen=True, tag="receive_gift"):
    """The other half of a gift; `parts` are those of the giver's `GiftSent`."""

    member_id: str
    gift_id: str
    from_member_id: str
    parts: tuple[GiftPart, ...]
    occurred_at: Instant


class ChangeTimezone(msgspec.Struct, frozen=True, tag="change_timezone"):
    """At most once in 30 days; in force from the member's next local day."""

    member_id: str
    timezone: str
    occurred_at: Instant


class RecallPoints(msgspec.Struct, frozen=True, tag="recall_points"):
    """A clearing event that the program announced (R-VAL-4), carried out on one member."""

    member_id: str
    recall_id: str
    occurred_at: Instant


class AwardPrize(msgspec.Struct, frozen=True, tag="award_prize"):
    """What a lottery's draw gave to one ticket; `prize` names a prize of the lottery option, under the rules that the
    draw announced (R-RED-3)."""

    member_id: str
    option: str
    draw_id: str
    ticket_no: int
    prize: str
    occurred_at: Instant
    program_version: int = 0


class OpeningLot(NamedTuple):
    """A lot brought from another system. `expires_at` None: the program's own term from `earned_at`."""

    amount: int
    earned_at: Instant
    expires_at: Instant | None
    kind: str = "base"
    convertible: bool = False


class ImportOpening(msgspec.Struct, frozen=True, tag="import_opening"):
    """A member's opening balance, tier and growth at the move from another system, once per `import_id`
    (unique among all members)."""

    member_id: str
    import_id: str
    lots: tuple[OpeningLot, ...]
    occurred_at: Instant
    tier: str = ""
    tier_since: Instant = 0
    protected_until: Instant = 0
    growth: int = 0
    spend_minor: int = 0
    import_name: str = ""
    """The import that brings it, for the record."""


class ImportPurchase(msgspec.Struct, frozen=True, tag="import_purchase"):
    """A purchase of the time before the move: it earns nothing here. `points` is what the old system gave for it (they
    are part of the opening balance), so that a refund can claw them back."""

    member_id: str
    source: str
    source_event_id: str
    amount_minor: int
    occurred_at: Instant
    tags: tuple[str, ...] = ()
    channel: str = "shop"
    points: int = 0


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
    | UseBenefit
    | SendGift
    | ReceiveGift
    | ChangeTimezone
    | RecallPoints
    | AwardPrize
    | AccelerateEarning
    | PaySpendingBonus
    | RefuseSpendingBonus
    | PayCirculationAward
    | RefuseCirculationAward
    | ImportOpening
    | ImportPurchase
    | SweepExpiry
    | EvaluateTier
)


_new = tuple.__new__
"""Makes a key without the Python call that a NamedTuple's own constructor is: every purchase makes several."""


def purchase_key(source: str, source_event_id: str) -> Reference:
    """The business key of a purchase, as its source named it."""
    return _new(Reference, (source, source_event_id))


def redemption_key(redemption_id: str) -> Reference:
    """The business key of a redemption."""
    return Reference("alliance:redemption", redemption_id)


def order_limit(order_id: str) -> str:
    """The shared limit that all checkout offsets of one order draw on, in minor units of money."""
    return f"order:{order_id}"


def conversion_key(conversion_id: str) -> Reference:
    """The business key of an outgoing conversion (its hold)."""
    return Reference("alliance:conversion", conversion_id)


def accelerated_key(source: str, source_event_id: str) -> Reference:
    """The business key of what a founder membership added to a purchase: once for each, whoever holds it later."""
    return Reference("alliance:accelerated", f"{source}/{source_event_id}")


def spending_bonus_key(redemption_id: str) -> Reference:
    """The business key of the answer to a promised bonus: it is paid or refused, once."""
    return Reference("alliance:spending-bonus", redemption_id)


def circulation_award_key(redemption_id: str) -> Reference:
    """The business key of the answer to a promised award: it is paid or refused, once."""
    return Reference("alliance:circulation-award", redemption_id)


def business_key(command: Command) -> Reference | None:
    """The business key under which the command's first decision is kept for ever, or None for what may happen
    again (sweep, tier evaluation, change of time zone) or is guarded by the member's own state (recall)."""
    match command:
        case RecordPurchase() | RecordRefund() | RecordBehaviour() | ImportPurchase():
            return purchase_key(command.source, command.source_event_id)
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
        case UseBenefit():
            return Reference("alliance:benefit", command.use_id)
        case SendGift():
            return Reference("alliance:gift-sent", command.gift_id)
        case ReceiveGift():
            return Reference("alliance:gift-received", command.gift_id)
        case AwardPrize():
            return Reference("alliance:prize", f"{command.draw_id}/{command.ticket_no}")
        case ImportOpening():
            return Reference("alliance:opening", command.import_id)
        case AccelerateEarning():
            return accelerated_key(command.source, command.source_event_id)
        case PaySpendingBonus() | RefuseSpendingBonus():
            return spending_bonus_key(command.redemption_id)
        case PayCirculationAward() | RefuseCirculationAward():
            return circulation_award_key(command.redemption_id)
        case _:
            return None


def refers_to(command: Command) -> Reference | None:
    """The business key of the earlier event (of the same member) whose history `decide` needs, or None."""
    if type(command) is RecordPurchase:  # nearly always
        return None
    match command:
        case RecordRefund():
            return purchase_key(command.purchase_source, command.purchase_source_event_id)
        case AccelerateEarning():
            return purchase_key(command.source, command.source_event_id)
        case CancelRedemption() | PaySpendingBonus() | RefuseSpendingBonus():
            return redemption_key(command.redemption_id)
        case CaptureConversion() | ReleaseConversion() | ReturnConversion():
            return conversion_key(command.conversion_id)
        case _:
            return None
