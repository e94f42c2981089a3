"""Owns which notices an event makes for its member (R-UX-2: at once, with the new balance). Sends and stores nothing;
the sentences are in `notice_words.py`."""

from __future__ import annotations

from alliance_node.domain.alliance import OWN_WALLET
from alliance_node.domain.event_facts import points_of
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
    DebtRepaid,
    EarningAccelerated,
    Event,
    GiftReceived,
    GiftSent,
    GrantedGift,
    GrowthDecayed,
    LotsExtended,
    MemberEnrolled,
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
    SpendingBonusRefused,
    SpendingBonusRevoked,
    TaskRevoked,
    TaskRewarded,
    TierChanged,
    TimezoneChanged,
)
from alliance_node.domain.instants import FAR_FUTURE, Instant
from alliance_node.domain.notice_words import JOB_KINDS, Notice, render
from alliance_node.domain.program.book import ProgramBook
from alliance_node.domain.quantities import spendable
from alliance_node.domain.state import MemberState

__all__ = ["JOB_KINDS", "Notice", "notices", "notices_with", "render"]


def notices(event: Event, state_after: MemberState, programs: ProgramBook, now: Instant) -> list[Notice]:
    """What the member is told of the event; nothing when nothing moved for them. The balance is that of `now`."""
    del programs  # ids become names when a notice is rendered
    return notices_with(event, spendable(state_after, now))


def notices_with(event: Event, balance: int) -> list[Notice]:
    """The same for whoever knows the balance already."""
    match event:
        case PurchaseRecorded():
            return [*_purchase(event, balance), *_gifts("gift_with_purchase", event.gifts, balance)]
        case BehaviourRecorded():
            return _behaviour(event, balance)
        case PurchaseRefunded():
            return [*_refund(event, balance), *_gifts("gift_due_back", event.gifts_due_back, balance)]
        case RedemptionMade():
            return [_redemption(event, balance)]
        case TaskRewarded() | TaskRevoked():
            return _task(event, balance)
        case TierChanged():
            return [_tier(event, balance)]
        case LotsExtended():
            return _extension(event, balance)
        case _:
            return _plain(event, balance)


def _purchase(event: PurchaseRecorded, balance: int) -> list[Notice]:
    points = points_of(event)
    if not points:
        return []
    kind, until = _maturity("earned", event.lots, event.occurred_at)
    return [Notice(kind, balance, points, event.amount_minor, until=until)]


def _maturity(kind: str, lots: tuple[NewLot, ...], at: Instant) -> tuple[str, Instant]:
    return (f"{kind}_pending", lots[0].matures_at) if lots[0].matures_at > at else (kind, 0)


def _gifts(kind: str, gifts: tuple[GrantedGift, ...], balance: int) -> list[Notice]:
    return [Notice(kind, balance, quantity=gift.quantity, name=gift.option) for gift in gifts]


def _behaviour(event: BehaviourRecorded, balance: int) -> list[Notice]:
    points = points_of(event)
    if not points:
        return []
    rule, step, _, numbers = next(
        (item for item in event.trace if item[2] > 0 and not item[1].startswith("growth_")), ("", "", 0, ())
    )
    if step == "streak":
        return [Notice("streak", balance, points, quantity=numbers[0], name=event.behaviour, other=rule)]
    kind, until = _maturity("done", event.lots, event.occurred_at)
    return [Notice(kind, balance, points, name=event.behaviour, other=rule, until=until)]


def _refund(event: PurchaseRefunded, balance: int) -> list[Notice]:
    taken = event.available_points + event.pending_points
    if not taken and not event.debt_points:
        return []
    kind = "refunded_owed" if event.debt_points else "refunded"
    return [Notice(kind, balance, taken, event.amount_minor, event.debt_points)]


def _redemption(event: RedemptionMade, balance: int) -> Notice:
    name, points = event.option, event.points
    match event.kind:
        case "offset":
            return Notice("paid", balance, points, event.value_minor, name=name)
        case "donation":
            return Notice("donated", balance, points, event.value_minor, name=name)
        case "lottery":
            return Notice("tickets", balance, points, quantity=event.quantity, name=name)
    kind = "redeemed_cash" if event.cash_minor else "redeemed"
    return Notice(kind, balance, points, event.cash_minor, event.quantity, name)


def _task(event: TaskRewarded | TaskRevoked, balance: int) -> list[Notice]:
    points = abs(points_of(event))
    if isinstance(event, TaskRevoked):
        return [Notice("task_revoked", balance, points, name=event.task, other=event.reward)]
    if points:
        return [Notice("task_done", balance, points, name=event.task, other=event.reward)]
    return [Notice("task_done_growth", balance, quantity=event.growth, name=event.task, other=event.reward)]


def _timezone(event: TimezoneChanged, balance: int) -> Notice:
    return Notice("timezone", balance, name=event.new_timezone, other=event.old_timezone, until=event.effective_at)


def _tier(event: TierChanged, balance: int) -> Notice:
    kind = {"upgrade": "tier_up", "refund": "tier_refund", "retained": "tier_kept"}.get(event.reason, "tier_down")
    return Notice(kind, balance, name=event.new_tier, other=event.old_tier, until=event.protected_until)


def _extension(event: LotsExtended, balance: int) -> list[Notice]:
    points = sum(extension.points for extension in event.lots)
    until = max(extension.new_expires_at for extension in event.lots)
    kind = "extended" if event.reason == "purchase" else "term_begins"
    return (
        [Notice("never_ends", balance, points)] if until >= FAR_FUTURE else [Notice(kind, balance, points, until=until)]
    )


_PLAIN: dict[type, str] = {
    PointsMatured: "matured",
    PointsExpired: "expired",
    DebtRepaid: "debt_repaid",
    EarningAccelerated: "accelerated",
    RedemptionCancelled: "cancelled",
    CirculationAwardPaid: "circulation_award",
    CirculationAwardRefused: "circulation_award_refused",
    CirculationAwardRevoked: "circulation_award_revoked",
    SpendingBonusPaid: "spending_bonus",
    SpendingBonusRefused: "spending_bonus_refused",
    SpendingBonusRevoked: "spending_bonus_revoked",
    GiftSent: "gift_sent",
    GiftReceived: "gift_received",
    ConversionHeld: "conversion_held",
    ConversionCaptured: "conversion_captured",
    ConversionReleased: "conversion_released",
    ConversionReturned: "conversion_returned",
}
"""Kinds of which only the points are told."""


def _plain(event: Event, balance: int) -> list[Notice]:
    match event:
        case MemberEnrolled():
            return [Notice("welcome", balance, name=event.tier)]
        case OpeningImported():
            points = points_of(event)
            return [Notice("opening", balance, points)] if points else []
        case BenefitUsed():
            return [Notice("benefit_used", balance, name=event.benefit)]
        case PrizeWon():
            points = points_of(event)
            kind = "prize_points" if points else "prize"
            return [Notice(kind, balance, points, name=event.prize, other=event.option)]
        case PointsRecalled():
            return [Notice("recalled", balance, event.points, name=event.recall_id)] if event.points else []
        case GrowthDecayed():
            return [Notice("growth_decayed", balance, quantity=event.lost)] if event.lost else []
        case TimezoneChanged():
            return [_timezone(event, balance)]
        case ConversionReceived():
            kind = "wallet_received" if event.source_brand == OWN_WALLET else "conversion_received"
            return [Notice(kind, balance, event.points, name=event.source_brand)]
        case ConversionHeld() if event.to_wallet:
            return [Notice("wallet_held", balance, event.points)]
    points = abs(points_of(event)) or getattr(event, "points", 0)
    plain = _PLAIN.get(type(event), "")
    return [Notice(plain, balance, points)] if plain and points else []
