"""Owns how an event changes a member's state. Holds no rule and refuses nothing: what was decided is applied.

`evolve` mutates the state it is given and returns it: the caller owns a private working copy (freshly loaded, or
`working_copy(state)`). `decide` never hands its input to `evolve`.
"""

from __future__ import annotations

from collections.abc import Iterable

from alliance_node.domain.counters import after_use
from alliance_node.domain.errors import InvariantBroken
from alliance_node.domain.events import (
    BehaviourRecorded,
    ConversionCaptured,
    ConversionHeld,
    ConversionReceived,
    ConversionReleased,
    ConversionReturned,
    CounterValue,
    DebtRepaid,
    Event,
    LotsExtended,
    MemberEnrolled,
    NewLot,
    PointsExpired,
    PointsMatured,
    PurchaseRecorded,
    PurchaseRefunded,
    RedemptionCancelled,
    RedemptionMade,
    Restored,
    TierChanged,
)
from alliance_node.domain.instants import Instant
from alliance_node.domain.state import Hold, Lot, MemberState, PendingLot, Slice


def evolve(state: MemberState, event: Event) -> MemberState:
    """The state after the event; the given state is changed in place. Marks the lots it changed in `touched_lots`."""
    state.version += 1
    match event:
        case PurchaseRecorded():
            state.growth += event.growth
            state.spend_minor += event.amount_minor
            _set_counters(state, event.counters)
            _add_lots(state, event.lots, event.occurred_at)
        case BehaviourRecorded():
            state.growth += event.growth
            _set_counters(state, event.counters)
            _add_lots(state, event.lots, event.occurred_at)
        case PurchaseRefunded():
            _apply_refund(state, event)
        case RedemptionMade():
            _set_counters(state, event.counters)
            _take(state, event.slices)
            state.booked -= event.points
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
        case LotsExtended():
            for extension in event.lots:
                _lot(state, extension.lot_no).expires_at = extension.new_expires_at
                state.touched_lots.add(extension.lot_no)
        case TierChanged():
            state.tier, state.tier_since = event.new_tier, event.occurred_at
            state.protected_until = event.protected_until
        case _:
            raise InvariantBroken(f"no evolution for {type(event).__name__}")


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
        if new.matures_at > occurred_at:
            state.pending[number] = PendingLot(new.matures_at, amount)
        else:
            state.booked += amount


def _set_counters(state: MemberState, counters: tuple[CounterValue, ...]) -> None:
    for key, period, used in counters:
        state.counters[key] = after_use(state.counters.get(key), period, used)


def _take(state: MemberState, slices: tuple[Slice, ...]) -> None:
    for lot_no, points in slices:
        lot = _lot(state, lot_no)
        lot.remaining -= points
        if lot.remaining < 0:
            raise InvariantBroken(f"lot {lot_no} of member {state.member_id} would fall below zero")
        state.touched_lots.add(lot_no)


def _apply_refund(state: MemberState, event: PurchaseRefunded) -> None:
    state.growth -= event.growth
    state.spend_minor -= event.amount_minor
    state.booked -= event.available_points
    state.debt_points += event.debt_points
    state.forgiven_points += event.forgiven_points
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
    for lot_no, points, moved, _recovered in restored:
        lot = _lot(state, lot_no)
        lot.remaining += points
        lot.amount -= moved
        state.touched_lots.add(lot_no)
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
