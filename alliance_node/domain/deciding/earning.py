"""Owns accruals: purchases and behaviours earn points and growth, purchases extend lots. One event for a normal
purchase; more only when something else happened."""

from __future__ import annotations

from alliance_node.domain.commands import ReceiveConversion, RecordBehaviour, RecordPurchase
from alliance_node.domain.deciding.guards import (
    check_amount,
    check_business_key,
    check_not_future,
    check_not_late,
    check_points,
    check_tags,
)
from alliance_node.domain.deciding.tiers import upgrade
from alliance_node.domain.errors import UnknownBehaviour
from alliance_node.domain.events import (
    BehaviourRecorded,
    ConversionReceived,
    Event,
    Extension,
    LotsExtended,
    NewLot,
    PurchaseRecorded,
)
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.state import MemberState, timezone_at


def decide_purchase(program: CompiledProgram, state: MemberState, command: RecordPurchase, now: Instant) -> list[Event]:
    """What a purchase earns (R-EARN-1, R-EARN-4), extends (R-EXP-3) and lifts (R-TIER-2)."""
    amount, at = command.amount_minor, command.occurred_at
    check_business_key(command.source, command.source_event_id)
    check_amount(amount, 0)
    check_tags(command.tags, command.channel)
    check_not_future(at, now)
    check_not_late(program, at, now)
    base, bonus, growth, changed, trace = program.evaluate(
        None,
        amount,
        at,
        program.day_for(at, timezone_at(state, at)),
        command.channel,
        command.source,
        command.tags,
        state.tier,
        state.counters,
    )
    events: list[Event] = [
        PurchaseRecorded(
            at,
            program.version,
            command.source,
            command.source_event_id,
            amount,
            command.channel,
            command.tags,
            _lots(program, state.next_lot_no, at if at < now else now, base, bonus, "base"),
            growth,
            tuple(changed),
            tuple(trace),
        )
    ]
    if program.extension_window:
        extended = _extensions(program, state, at)
        if extended:
            events.append(LotsExtended(at, program.version, tuple(extended)))
    events += upgrade(program, state, at, state.growth + growth, state.spend_minor + amount)
    return events


def decide_behaviour(
    program: CompiledProgram, state: MemberState, command: RecordBehaviour, now: Instant
) -> list[Event]:
    """What a behaviour earns (R-EARN-2), within its caps. Behaviour points are never convertible."""
    at = command.occurred_at
    check_business_key(command.source, command.source_event_id)
    check_not_future(at, now)
    check_not_late(program, at, now)
    if command.behaviour not in program.behaviours:
        known = ", ".join(sorted(program.behaviours)) or "none"
        raise UnknownBehaviour(f"the program has no behaviour {command.behaviour!r}; it has: {known}")
    base, bonus, growth, changed, trace = program.evaluate(
        command.behaviour,
        0,
        at,
        program.day_for(at, timezone_at(state, at)),
        "",
        command.source,
        (),
        state.tier,
        state.counters,
    )
    event = BehaviourRecorded(
        at,
        program.version,
        command.source,
        command.source_event_id,
        command.behaviour,
        _lots(program, state.next_lot_no, min(at, now), base, bonus, "behaviour"),
        growth,
        tuple(changed),
        tuple(trace),
    )
    return [event, *upgrade(program, state, at, state.growth + growth, state.spend_minor)]


def decide_receive(
    program: CompiledProgram, state: MemberState, command: ReceiveConversion, now: Instant
) -> list[Event]:
    """Points that arrived from another brand, owed unconditionally: their term begins when they are credited."""
    points = check_points(command.points)
    alliance = program.file.alliance
    convertible = alliance.received_convertible if alliance is not None else False
    lot = NewLot(
        state.next_lot_no, points, now, min(now, command.occurred_at), program.expires_at(now), "received", convertible
    )
    return [
        ConversionReceived(
            command.occurred_at,
            program.version,
            command.conversion_id,
            points,
            command.alliance_units,
            command.source_brand,
            (lot,),
        )
    ]


def _lots(program: CompiledProgram, number: int, at: Instant, base: int, bonus: int, kind: str) -> tuple[NewLot, ...]:
    """The lots of an accrual at `at`, which is never after now: a sender's clock that runs ahead holds nothing back."""
    if not base and not bonus:
        return ()
    matures_at = at + program.pending_seconds
    expires_at = program.expires_at(at)
    if not bonus:
        return (NewLot(number, base, at, matures_at, expires_at, kind, kind == "base"),)
    extra = NewLot(number + (base > 0), bonus, at, matures_at, expires_at, "bonus", False)
    if not base:
        return (extra,)
    return (NewLot(number, base, at, matures_at, expires_at, kind, kind == "base"), extra)


def _extensions(program: CompiledProgram, state: MemberState, at: Instant) -> list[Extension]:
    """The lots about to expire at the time of the purchase, and not yet swept."""
    horizon = at + program.extension_window
    after = max(at, state.swept_through)
    found = []
    for lot in state.lots.values():
        if lot.remaining and after < lot.expires_at <= horizon:
            found.append(Extension(lot.lot_no, lot.remaining, lot.expires_at, program.extended(lot.expires_at)))
    return found
