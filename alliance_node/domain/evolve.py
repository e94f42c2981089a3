"""Owns how an event changes a member's state. Holds no rule and refuses nothing: what was decided is applied.

`evolve` mutates the state it is given and returns it: the caller owns a private working copy (freshly loaded, or
`working_copy(state)`). `decide` never hands its input to `evolve`.
"""

from __future__ import annotations

from collections.abc import Iterable

from alliance_node.domain.bound_points import (
    after_cancellation,
    after_clawback,
    after_recovery,
    after_repayment,
    after_spending,
)
from alliance_node.domain.counters import Counter, after_use
from alliance_node.domain.errors import InvariantBroken
from alliance_node.domain.events import (
    AwardPromise,
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
    CounterValue,
    DebtRepaid,
    EarningAccelerated,
    Event,
    GiftReceived,
    GiftSent,
    GrowthDecayed,
    LotsExtended,
    MemberEnrolled,
    NewLot,
    OpeningImported,
    PointsExpired,
    PointsMatured,
    PointsRecalled,
    PrizeWon,
    PurchaseImported,
    PurchaseRecorded,
    PurchaseRefunded,
    RedemptionCancelled,
    RedemptionMade,
    Restored,
    SpendingBonusPaid,
    SpendingBonusRefused,
    SpendingBonusRevoked,
    TaskRevoked,
    TaskRewarded,
    TierChanged,
    TimezoneChanged,
)
from alliance_node.domain.instants import Instant
from alliance_node.domain.state import MAX_AWARDS, MAX_REWARDS, Award, Hold, Lot, MemberState, PendingLot, Reward, Slice

_new = tuple.__new__


def evolve(state: MemberState, event: Event) -> MemberState:
    """The state after the event; the given state is changed in place. Marks the lots it changed in `touched_lots`."""
    state.version += 1
    match event:
        case PurchaseRecorded():
            state.growth += event.growth
            state.spend_minor += event.amount_minor
            state.kept_growth += event.growth
            state.kept_spend_minor += event.amount_minor
            state.kept_purchases += 1
            _set_counters(state, event.counters)
            _add_lots(state, event.lots, event.occurred_at)
        case BehaviourRecorded():
            state.growth += event.growth
            state.kept_growth += event.growth
            _set_counters(state, event.counters)
            _add_lots(state, event.lots, event.occurred_at)
        case PurchaseRefunded():
            state.spend_minor = max(0, state.spend_minor - event.amount_minor)  # an imported purchase was not counted
            state.kept_spend_minor = max(0, state.kept_spend_minor - event.amount_minor)
            state.kept_purchases = max(0, state.kept_purchases - event.whole)
            _claw_back(state, event)
        case RedemptionMade():
            _set_counters(state, event.counters)
            _take(state, event.slices)
            after_spending(state, event.slices, may_return=True)
            state.booked -= event.points
            if event.award is not None:
                _promise(state, event.redemption_id, event.award)
        case ConversionHeld():
            _set_counters(state, event.counters)
            _take(state, event.slices)
            state.holds[event.conversion_id] = Hold(event.conversion_id, event.points, event.slices, event.occurred_at)
        case ConversionCaptured():
            del state.holds[event.conversion_id]
            state.booked -= event.points
        case _:
            _apply_rare(state, event)
    return state


def evolve_all(state: MemberState, events: Iterable[Event]) -> MemberState:
    """`evolve` for several events in order, in place."""
    for event in events:
        evolve(state, event)
    return state


def _apply_rare(state: MemberState, event: Event) -> None:
    match event:
        case MemberEnrolled():
            state.enrolled_at = state.tier_since = event.occurred_at
            state.timezone, state.tier = event.timezone, event.tier
        case ConversionReceived():
            _add_lots(state, event.lots, event.occurred_at)
        case RedemptionCancelled():
            _set_counters(state, event.counters)
            state.booked += event.points - event.recovered_points
            state.forgiven_points -= event.recovered_points
            after_cancellation(state, event.restored)
            _restore(state, event.restored, event.lots)
        case ConversionReturned():
            state.booked += event.points - event.recovered_points
            state.forgiven_points -= event.recovered_points
            _restore(state, event.restored, event.lots)
        case ConversionReleased():
            del state.holds[event.conversion_id]
            state.booked -= event.recovered_points
            state.forgiven_points -= event.recovered_points
            _restore(state, event.restored, event.lots)
        case PointsExpired():
            state.booked -= event.points
            state.swept_through = event.through
        case PointsMatured():
            state.booked += event.points
            for part in event.lots:
                del state.pending[part.lot_no]
        case DebtRepaid():
            _take(state, event.slices)
            state.booked -= event.points
            state.debt_points -= event.points
            after_repayment(state, event.slices)
        case LotsExtended():
            for extension in event.lots:
                _lot(state, extension.lot_no).expires_at = extension.new_expires_at
                state.touched_lots.add(extension.lot_no)
                state.lots_end_from = min(state.lots_end_from, extension.new_expires_at)
        case TierChanged():
            if event.reason != "retained":
                state.tier, state.tier_since = event.new_tier, event.occurred_at
            state.protected_until = event.protected_until
            state.kept_growth = state.kept_spend_minor = state.kept_purchases = 0
        case _:
            _apply_rarest(state, event)


def _apply_rarest(state: MemberState, event: Event) -> None:
    match event:
        case TaskRewarded():
            state.growth += event.growth
            state.kept_growth += event.growth
            _set_counters(state, event.counters)
            _add_lots(state, event.lots, event.occurred_at)
            _remember(state, event)
        case TaskRevoked():
            _claw_back(state, event)
            state.rewards.pop(event.reward, None)
        case GrowthDecayed():
            state.growth -= event.lost
            state.growth_through = event.through
        case SpendingBonusRevoked():
            _unearn(state, event)
        case CirculationAwardPaid():
            _add_lots(state, event.lots, event.occurred_at)
            state.awards[event.period] = state.awards[event.period]._replace(lot_no=event.lots[0].lot_no)
        case CirculationAwardRefused():
            del state.awards[event.period]
        case CirculationAwardRevoked():
            _unearn(state, event)
            del state.awards[event.period]
        case BenefitUsed() | SpendingBonusRefused():
            _set_counters(state, event.counters)
        case GiftSent() | PointsRecalled():
            _set_counters(state, event.counters)
            _take(state, event.slices)
            after_spending(state, event.slices, may_return=False)
            state.booked -= event.points
        case GiftReceived():
            _set_counters(state, event.counters)
            _add_lots(state, event.lots, event.occurred_at)
        case PrizeWon() | EarningAccelerated() | SpendingBonusPaid():
            _add_lots(state, event.lots, event.occurred_at)
        case TimezoneChanged():
            state.timezone, state.next_timezone = event.old_timezone, event.new_timezone
            state.timezone_from, state.timezone_changed_at = event.effective_at, event.occurred_at
        case OpeningImported():
            state.tier, state.tier_since, state.protected_until = event.tier, event.tier_since, event.protected_until
            state.growth += event.growth
            state.growth_through = max(state.growth_through, event.occurred_at)  # decayed in the old system
            state.spend_minor += event.spend_minor
            _add_lots(state, event.lots, event.occurred_at)
        case PurchaseImported():
            pass
        case _:
            raise InvariantBroken(f"no evolution for {type(event).__name__}")


def _promise(state: MemberState, redemption_id: str, award: AwardPromise) -> None:
    state.awards[award.period] = Award(redemption_id, award.points, award.needs)
    while len(state.awards) > MAX_AWARDS:
        del state.awards[min(state.awards)]


def _remember(state: MemberState, event: TaskRewarded) -> None:
    lots = tuple(Slice(lot.lot_no, lot.amount) for lot in event.lots)
    state.rewards.pop(event.reward, None)
    state.rewards[event.reward] = Reward(
        event.task,
        event.period,
        lots,
        event.growth,
        event.source,
        event.source_event_id,
        event.needs,
        event.occurred_at,
        event.limits[0].limit_id if event.limits else "",
    )
    while len(state.rewards) > MAX_REWARDS:
        del state.rewards[next(iter(state.rewards))]


def _lot(state: MemberState, lot_no: int) -> Lot:
    lot = state.lots.get(lot_no)
    if lot is None:
        raise InvariantBroken(f"lot {lot_no} of member {state.member_id} was not loaded")
    return lot


def _add_lots(state: MemberState, lots: tuple[NewLot, ...], occurred_at: Instant) -> None:
    for new in lots:
        number, amount = new.lot_no, new.amount
        state.lots[number] = Lot(
            number,
            amount,
            amount,
            new.earned_at,
            new.matures_at,
            new.expires_at,
            new.kind,
            new.convertible,
            state.version,
        )
        state.touched_lots.add(number)
        state.next_lot_no = number + 1
        if new.expires_at < state.lots_end_from:
            state.lots_end_from = new.expires_at
        if new.matures_at > occurred_at:
            state.pending[number] = PendingLot(new.matures_at, amount)
        else:
            state.booked += amount


def _set_counters(state: MemberState, counters: tuple[CounterValue, ...]) -> None:
    kept = state.counters
    for key, period, used, _ in counters:
        before = kept.get(key)
        if before is not None and before[0] == period:  # nearly always; else older periods move
            kept[key] = _new(Counter, (period, used, before[2]))
        else:
            kept[key] = after_use(before, period, used)


def _take(state: MemberState, slices: tuple[Slice, ...]) -> None:
    for lot_no, points in slices:
        lot = _lot(state, lot_no)
        lot.remaining -= points
        if lot.remaining < 0:
            raise InvariantBroken(f"lot {lot_no} of member {state.member_id} would fall below zero")
        state.touched_lots.add(lot_no)


def _claw_back(state: MemberState, event: PurchaseRefunded | TaskRevoked) -> None:
    state.growth -= event.growth
    state.kept_growth = max(0, state.kept_growth - event.growth)
    _set_counters(state, event.counters)
    _unearn(state, event)


def _unearn(
    state: MemberState, event: PurchaseRefunded | TaskRevoked | SpendingBonusRevoked | CirculationAwardRevoked
) -> None:
    state.booked -= event.available_points
    state.debt_points += event.debt_points
    state.forgiven_points += event.forgiven_points
    if event.debt_points or event.forgiven_points:
        after_clawback(state, event.lots, event.debt_points, event.forgiven_points)
    for lot_no, points, _spent in event.lots:
        lot = _lot(state, lot_no)
        lot.remaining -= points
        lot.amount -= points
        state.touched_lots.add(lot_no)
        waiting = state.pending.get(lot_no)
        if waiting is not None and points:
            left = waiting.points - points
            if left:
                state.pending[lot_no] = PendingLot(waiting.matures_at, left)
            else:
                del state.pending[lot_no]


def _restore(state: MemberState, restored: tuple[Restored, ...], lots: tuple[NewLot, ...]) -> None:
    after_recovery(state, restored)
    for lot_no, points, moved, _recovered in restored:
        lot = _lot(state, lot_no)
        lot.remaining += points
        lot.amount -= moved
        state.touched_lots.add(lot_no)
        state.lots_end_from = min(state.lots_end_from, lot.expires_at)
    for new in lots:
        state.lots[new.lot_no] = Lot(
            new.lot_no,
            new.amount,
            new.amount,
            new.earned_at,
            new.matures_at,
            new.expires_at,
            new.kind,
            new.convertible,
            state.version,
        )
        state.touched_lots.add(new.lot_no)
        state.next_lot_no = new.lot_no + 1
        state.lots_end_from = min(state.lots_end_from, new.expires_at)
