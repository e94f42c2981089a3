"""Owns the journal: which accounts an event moves. Every set of legs sums to zero (pitfalls 2, 5). Holds no rule.

Sign: what the brand owes the member is positive in the member accounts; the counter account takes the opposite sign.
The unit is the program's points.
"""

from __future__ import annotations

from typing import NamedTuple

from alliance_node.domain.events import (
    BehaviourRecorded,
    CirculationAwardPaid,
    CirculationAwardRevoked,
    ConversionCaptured,
    ConversionReceived,
    ConversionReleased,
    ConversionReturned,
    DebtRepaid,
    EarningAccelerated,
    Event,
    GiftReceived,
    GiftSent,
    LotsExtended,
    NewLot,
    OpeningImported,
    PointsExpired,
    PointsMatured,
    PointsRecalled,
    PrizeWon,
    PurchaseRecorded,
    PurchaseRefunded,
    RedemptionCancelled,
    RedemptionMade,
    SpendingBonusPaid,
    SpendingBonusRevoked,
    TaskRevoked,
    TaskRewarded,
)
from alliance_node.domain.instants import Instant

MEMBER_AVAILABLE = "member_available"
MEMBER_PENDING = "member_pending"
MEMBER_DEBT = "member_debt"
PROGRAM_COST = "program_cost"
REDEMPTION = "redemption"
BREAKAGE = "breakage"
CONVERSION_CLEARING = "conversion_clearing"
CONVERSION_SUSPENSE = "conversion_suspense"
DONATION_POT = "donation_pot"
GIFT_CLEARING = "gift_clearing"
OPENING_BALANCE = "opening_balance"
SPONSORED_BONUS = "sponsored_bonus"

ACCOUNTS = (
    MEMBER_AVAILABLE,
    MEMBER_PENDING,
    MEMBER_DEBT,
    PROGRAM_COST,
    REDEMPTION,
    BREAKAGE,
    CONVERSION_CLEARING,
    CONVERSION_SUSPENSE,
    DONATION_POT,
    GIFT_CLEARING,
    OPENING_BALANCE,
    SPONSORED_BONUS,
)


class Leg(NamedTuple):
    """One leg of a journal entry, in points."""

    account: str
    amount: int


_new = tuple.__new__
"""Makes a leg without the Python call that a NamedTuple's own constructor is: every purchase makes two."""


def posting_rules(event: Event) -> list[Leg]:
    """The balanced entry of an event; empty when the event moves no points between accounts (a hold, a tier)."""
    match event:
        case PurchaseRecorded() | BehaviourRecorded() | TaskRewarded() | PrizeWon() | EarningAccelerated():
            return _accrual(event.lots, event.occurred_at, PROGRAM_COST)
        case PurchaseRefunded() | TaskRevoked():
            return _refund(event, PROGRAM_COST)
        case SpendingBonusPaid() | CirculationAwardPaid():
            return _accrual(event.lots, event.occurred_at, SPONSORED_BONUS)
        case SpendingBonusRevoked() | CirculationAwardRevoked():
            return _refund(event, SPONSORED_BONUS)
        case RedemptionMade():
            return _move(MEMBER_AVAILABLE, redemption_account(event.kind), event.points)
        case ConversionCaptured():
            return _move(MEMBER_AVAILABLE, CONVERSION_CLEARING, event.points)
        case ConversionReceived():
            return _accrual(event.lots, event.occurred_at, CONVERSION_CLEARING)
        case PointsExpired():
            return _move(MEMBER_AVAILABLE, BREAKAGE, event.points)
        case PointsMatured():
            return _move(MEMBER_PENDING, MEMBER_AVAILABLE, event.points)
        case DebtRepaid():
            return _move(MEMBER_AVAILABLE, MEMBER_DEBT, event.points)
        case RedemptionCancelled():  # a donation cannot be cancelled
            return _give_back(REDEMPTION, event.points, event.recovered_points)
        case GiftSent():
            return _move(MEMBER_AVAILABLE, GIFT_CLEARING, event.points)
        case GiftReceived():
            return _accrual(event.lots, event.occurred_at, GIFT_CLEARING)
        case PointsRecalled():
            return _move(MEMBER_AVAILABLE, BREAKAGE, event.points)
        case OpeningImported():
            return _accrual(event.lots, event.occurred_at, OPENING_BALANCE)
        case ConversionReturned():
            return _give_back(CONVERSION_CLEARING, event.points, event.recovered_points)
        case ConversionReleased():
            return _move(MEMBER_AVAILABLE, PROGRAM_COST, event.recovered_points)
        case LotsExtended():
            points = sum(extension.points for extension in event.lots)
            return [Leg(MEMBER_AVAILABLE, -points), Leg(MEMBER_AVAILABLE, points)] if points else []
        case _:
            return []


def _accrual(lots: tuple[NewLot, ...], occurred_at: Instant, counter_account: str) -> list[Leg]:
    available = pending = 0
    for lot in lots:
        if lot.matures_at > occurred_at:
            pending += lot.amount
        else:
            available += lot.amount
    if available and not pending:  # nearly always
        return [_new(Leg, (MEMBER_AVAILABLE, available)), _new(Leg, (counter_account, -available))]
    legs = []
    if available:
        legs.append(Leg(MEMBER_AVAILABLE, available))
    if pending:
        legs.append(Leg(MEMBER_PENDING, pending))
        legs.append(Leg(counter_account, -available - pending))
    return legs


def redemption_account(kind: str) -> str:
    """Where the points of a redemption of this kind go: donations have their own pot."""
    return DONATION_POT if kind == "donation" else REDEMPTION


def _refund(
    event: PurchaseRefunded | TaskRevoked | SpendingBonusRevoked | CirculationAwardRevoked, counter_account: str
) -> list[Leg]:
    taken = (
        (MEMBER_AVAILABLE, event.available_points),
        (MEMBER_PENDING, event.pending_points),
        (BREAKAGE, event.expired_points),
        (MEMBER_DEBT, event.debt_points),
    )
    legs = [Leg(account, -points) for account, points in taken if points]
    total = sum(points for _, points in taken)
    return [*legs, Leg(counter_account, total)] if total else []


def _move(source: str, target: str, points: int) -> list[Leg]:
    return [Leg(source, -points), Leg(target, points)] if points else []


def _give_back(source: str, points: int, recovered: int) -> list[Leg]:
    legs = [Leg(source, -points)]
    if points > recovered:
        legs.append(Leg(MEMBER_AVAILABLE, points - recovered))
    if recovered:
        legs.append(Leg(PROGRAM_COST, recovered))
    return legs
