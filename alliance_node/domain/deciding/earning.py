"""Owns accruals: purchases and behaviours earn points and growth, purchases extend lots. One event for a normal
purchase; more only when something else happened."""

from __future__ import annotations

from collections.abc import Mapping

from alliance_node.domain.commands import ReceiveConversion, RecordBehaviour, RecordPurchase, Reference
from alliance_node.domain.deciding.accruing import accrued
from alliance_node.domain.deciding.guards import (
    check_amount,
    check_business_key,
    check_grade,
    check_not_future,
    check_not_late,
    check_points,
    check_tags,
)
from alliance_node.domain.deciding.room import Room
from alliance_node.domain.deciding.tasks import advance, rewards
from alliance_node.domain.deciding.threshold_gifts import threshold_gifts
from alliance_node.domain.deciding.tiers import upgrade
from alliance_node.domain.errors import UnknownBehaviour
from alliance_node.domain.events import (
    BehaviourRecorded,
    ConversionReceived,
    Event,
    Extension,
    GrantedGift,
    LotsExtended,
    NewLot,
    PurchaseRecorded,
    TaskRewarded,
)
from alliance_node.domain.instants import Instant, local_day
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.conditions import Facts
from alliance_node.domain.state import MemberState, timezone_at


def decide_purchase(
    program: CompiledProgram,
    state: MemberState,
    command: RecordPurchase,
    now: Instant,
    available_limits: Mapping[str, int],
) -> list[Event]:
    """What a purchase earns (R-EARN-1, R-EARN-4), extends (R-EXP-3) and lifts (R-TIER-2)."""
    amount, at = command.amount_minor, command.occurred_at
    check_business_key(command.source, command.source_event_id)
    check_amount(amount, 0)
    check_tags(command.tags, command.channel)
    check_not_future(at, now)
    check_not_late(program, at, now, command.late_approval)
    day = program.day_for(at, timezone_at(state, at))
    base, bonus, growth, changed, trace, limits = program.evaluate(
        None,
        amount,
        at,
        day,
        command.channel,
        command.source,
        command.tags,
        state.tier,
        state.counters,
        available_limits,
        local_day(at, program.timezone) if program.budgets else 0,
    )
    earned_at = at if at < now else now
    lots = accrued(program, state, state.next_lot_no, earned_at, base, bonus, "base")
    gifts: tuple[GrantedGift, ...] = ()
    reached: list[TaskRewarded] = []
    if program.tasks.counts_purchases:
        facts = Facts(None, amount, at, day, command.channel, command.source, command.tags, state.tier)
        room = Room(available_limits, limits)
        given = threshold_gifts(program, state, facts, room)
        gifts = tuple(given.gifts)
        made = advance(program, state, facts)
        changed = [*changed, *given.counters, *made.counters]
        limits, trace = [*limits, *given.limits], [*trace, *given.trace]
        cause = (Reference(command.source, command.source_event_id), at, state.next_lot_no + len(lots))
        reached = rewards(program, state, made.due, cause, now, room)
    events: list[Event] = [
        PurchaseRecorded(
            at,
            program.version,
            command.source,
            command.source_event_id,
            amount,
            command.channel,
            command.tags,
            lots,
            growth,
            tuple(changed),
            tuple(trace),
            tuple(limits),
            gifts,
            command.late_approval,
        )
    ]
    if program.extension_window:
        extended = _extensions(program, state, at)
        if extended:
            events.append(LotsExtended(at, program.version, tuple(extended)))
    if reached:
        events += reached
        growth += sum(event.growth for event in reached)
    events += upgrade(program, state, at, state.growth + growth, state.spend_minor + amount)
    return events


def decide_behaviour(
    program: CompiledProgram,
    state: MemberState,
    command: RecordBehaviour,
    now: Instant,
    available_limits: Mapping[str, int],
) -> list[Event]:
    """What a behaviour earns (R-EARN-2), within its caps. Behaviour points are never convertible."""
    at = command.occurred_at
    check_business_key(command.source, command.source_event_id)
    check_not_future(at, now)
    check_not_late(program, at, now, command.late_approval)
    check_grade(command.grade)
    if command.behaviour not in program.behaviours:
        known = ", ".join(sorted(program.behaviours)) or "none"
        raise UnknownBehaviour(f"the program has no behaviour {command.behaviour!r}; it has: {known}")
    day = program.day_for(at, timezone_at(state, at))
    base, bonus, growth, changed, trace, limits = program.evaluate(
        command.behaviour,
        0,
        at,
        day,
        "",
        command.source,
        (),
        state.tier,
        state.counters,
        available_limits,
        local_day(at, program.timezone) if program.budgets else 0,
        command.grade,
    )
    lots = accrued(program, state, state.next_lot_no, min(at, now), base, bonus, "behaviour")
    reached: list[TaskRewarded] = []
    if command.behaviour in program.tasks.behaviours:
        facts = Facts(command.behaviour, 0, at, day, "", command.source, (), state.tier)
        made = advance(program, state, facts)
        changed = [*changed, *made.counters]
        cause = (Reference(command.source, command.source_event_id), at, state.next_lot_no + len(lots))
        reached = rewards(program, state, made.due, cause, now, Room(available_limits, limits))
    event = BehaviourRecorded(
        at,
        program.version,
        command.source,
        command.source_event_id,
        command.behaviour,
        lots,
        growth,
        tuple(changed),
        tuple(trace),
        tuple(limits),
        command.grade,
        command.late_approval,
    )
    growth += sum(event.growth for event in reached)
    return [event, *reached, *upgrade(program, state, at, state.growth + growth, state.spend_minor)]


def earning_limits(program: CompiledProgram, command: RecordPurchase | RecordBehaviour) -> tuple[str, ...]:
    """The shared limits that the event may draw on, in the order of the program."""
    if not program.tasks.draws:
        return ()
    behaviour = command.behaviour if isinstance(command, RecordBehaviour) else None
    return program.tasks.limits_of(behaviour, command.occurred_at)


def decide_receive(
    program: CompiledProgram, state: MemberState, command: ReceiveConversion, now: Instant
) -> list[Event]:
    """Points that arrived from another brand, owed unconditionally: their term begins when they are credited."""
    points = check_points(command.points)
    alliance = program.file.alliance
    convertible = alliance.received_convertible if alliance is not None else False
    lot = NewLot(
        state.next_lot_no,
        points,
        now,
        min(now, command.occurred_at),
        program.expires_at(now, state.tier),
        "received",
        convertible,
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


def _extensions(program: CompiledProgram, state: MemberState, at: Instant) -> list[Extension]:
    """The lots about to expire at the time of the purchase, and not yet swept."""
    horizon = at + program.extension_window
    after = max(at, state.swept_through)
    found = []
    for lot in state.lots.values():
        if lot.remaining and after < lot.expires_at <= horizon:
            found.append(Extension(lot.lot_no, lot.remaining, lot.expires_at, program.extended(lot.expires_at)))
    return found
