"""Owns what can be asked of an event besides its numbers: its keys, what it refers to, its points. Holds no rule."""

from __future__ import annotations

from typing import get_args

import msgspec

from alliance_node.domain.commands import (
    Reference,
    accelerated_key,
    circulation_award_key,
    conversion_key,
    purchase_key,
    redemption_key,
    spending_bonus_key,
)
from alliance_node.domain.events import (
    BehaviourRecorded,
    BenefitUsed,
    CirculationAwardPaid,
    CirculationAwardRefused,
    CirculationAwardRevoked,
    ConversionCaptured,
    ConversionHeld,
    ConversionReceived,
    ConversionReleased,
    ConversionReturned,
    EarningAccelerated,
    Event,
    GiftReceived,
    GiftSent,
    OpeningImported,
    PointsExpired,
    PointsRecalled,
    PrizeWon,
    PurchaseImported,
    PurchaseRecorded,
    PurchaseRefunded,
    RedemptionCancelled,
    RedemptionMade,
    SpendingBonusPaid,
    SpendingBonusRefused,
    SpendingBonusRevoked,
    TaskRevoked,
    TaskRewarded,
)
from alliance_node.domain.state import MemberState


class PurchaseHistory(msgspec.Struct, frozen=True):
    """The event that a command refers to (purchase, redemption or hold), its stream version, and every later event of
    the same member whose `reference_of` names it, in stream order."""

    purchase: Event
    purchase_version: int
    later: list[Event] = []


_KINDS: dict[type[Event], str] = {kind: str(kind.__struct_config__.tag) for kind in get_args(Event)}


def kind_of(event: Event) -> str:
    """The event's tag, as stored in the `kind` column."""
    return _KINDS[type(event)]


def event_key(event: Event) -> Reference | None:
    """The business key that the event occupies for ever; the same as `commands.business_key` of its command."""
    match event:
        case PurchaseRecorded() | BehaviourRecorded() | PurchaseRefunded() | PurchaseImported():
            return purchase_key(event.source, event.source_event_id)
        case RedemptionMade():
            return redemption_key(event.redemption_id)
        case RedemptionCancelled():
            return Reference("alliance:redemption-cancelled", event.redemption_id)
        case ConversionHeld():
            return conversion_key(event.conversion_id)
        case ConversionCaptured():
            return Reference("alliance:conversion-captured", event.conversion_id)
        case ConversionReleased():
            return Reference("alliance:conversion-released", event.conversion_id)
        case ConversionReturned():
            return Reference("alliance:conversion-returned", event.conversion_id)
        case ConversionReceived():
            return Reference("alliance:conversion-received", event.conversion_id)
        case BenefitUsed():
            return Reference("alliance:benefit", event.use_id)
        case GiftSent():
            return Reference("alliance:gift-sent", event.gift_id)
        case GiftReceived():
            return Reference("alliance:gift-received", event.gift_id)
        case PrizeWon():
            return Reference("alliance:prize", f"{event.draw_id}/{event.ticket_no}")
        case OpeningImported():
            return Reference("alliance:opening", event.import_id)
        case EarningAccelerated():
            return accelerated_key(event.source, event.source_event_id)
        case SpendingBonusPaid() | SpendingBonusRefused():
            return spending_bonus_key(event.redemption_id)
        case CirculationAwardPaid() | CirculationAwardRefused():
            return circulation_award_key(event.redemption_id)
        case _:
            return None


def reference_of(event: Event) -> Reference | None:
    """The business key of the earlier event that this one belongs to (`refers_to` column), or None."""
    match event:
        case PurchaseRefunded():
            return purchase_key(event.purchase_source, event.purchase_source_event_id)
        case EarningAccelerated():
            return purchase_key(event.source, event.source_event_id)
        case RedemptionCancelled() | SpendingBonusPaid() | SpendingBonusRefused():
            return redemption_key(event.redemption_id)
        case ConversionCaptured() | ConversionReleased() | ConversionReturned():
            return conversion_key(event.conversion_id)
        case _:
            return None


def lots_named(history: PurchaseHistory, state: MemberState) -> frozenset[int]:
    """The lots that the loader must give to `decide` for a command with this history, open or not.

    A refund may take back rewards of tasks, a cancellation awards, so they are given those lots too.
    """
    origin = history.purchase
    match origin:
        case PurchaseRecorded():
            rewarded = [part.lot_no for reward in state.rewards.values() for part in reward.lots]
            added = [
                lot.lot_no for event in history.later if isinstance(event, EarningAccelerated) for lot in event.lots
            ]
            return frozenset([*(lot.lot_no for lot in origin.lots), *rewarded, *added])
        case RedemptionMade():
            paid = [lot.lot_no for event in history.later if isinstance(event, SpendingBonusPaid) for lot in event.lots]
            awards = [award.lot_no for award in state.awards.values() if award.lot_no]
            return frozenset([*(part.lot_no for part in origin.slices), *paid, *awards])
        case ConversionHeld():
            return frozenset(part.lot_no for part in origin.slices)
        case _:
            return frozenset()


def points_of(event: Event) -> int:
    """The points that the event gave to the member (negative: took), pending ones included."""
    match event:
        case (
            PurchaseRecorded()
            | BehaviourRecorded()
            | ConversionReceived()
            | TaskRewarded()
            | GiftReceived()
            | PrizeWon()
            | OpeningImported()
            | EarningAccelerated()
            | SpendingBonusPaid()
            | CirculationAwardPaid()
        ):
            return sum([lot.amount for lot in event.lots])
        case PurchaseRefunded() | TaskRevoked() | SpendingBonusRevoked() | CirculationAwardRevoked():
            return -(event.available_points + event.pending_points + event.debt_points)
        case RedemptionMade() | ConversionHeld() | PointsExpired() | GiftSent() | PointsRecalled():
            return -event.points
        case RedemptionCancelled() | ConversionReleased() | ConversionReturned():
            return event.points - event.recovered_points
        case _:
            return 0
