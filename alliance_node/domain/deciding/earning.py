"""Owns accruals: purchases and behaviours earn points and growth, purchases extend lots. One event for a normal
purchase; more only when something else happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from alliance_node.domain.alliance import OWN_WALLET
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
from alliance_node.domain.deciding.threshold_gifts import fitting_gifts, give_gifts
from alliance_node.domain.deciding.tiers import upgrade
from alliance_node.domain.errors import UnknownBehaviour
from alliance_node.domain.events import (
    BehaviourRecorded,
    ConversionReceived,
    CounterValue,
    Event,
    Extension,
    GrantedGift,
    LimitUse,
    LotsExtended,
    NewLot,
    PurchaseRecorded,
    TaskRewarded,
    TraceStep,
)
from alliance_node.domain.instants import Instant, local_day
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.conditions import Facts
from alliance_node.domain.state import MemberState, timezone_at

_new = tuple.__new__
"""Makes a tuple without the Python call that a NamedTuple's own constructor is: every purchase makes several."""


class _Earned(NamedTuple):
    """What one purchase or behaviour earns; `reached` are the rewards that it completes."""

    lots: tuple[NewLot, ...]
    growth: int
    counters: tuple[CounterValue, ...]
    trace: tuple[TraceStep, ...]
    limits: tuple[LimitUse, ...]
    gifts: tuple[GrantedGift, ...]
    reached: tuple[TaskRewarded, ...]

    @property
    def growth_in_all(self) -> int:
        return self.growth + sum(event.growth for event in self.reached) if self.reached else self.growth


def decide_purchase(
    program: CompiledProgram,
    state: MemberState,
    command: RecordPurchase,
    now: Instant,
    available_limits: Mapping[str, int],
) -> list[Event]:
    """What a purchase earns (R-EARN-1, R-EARN-4), completes (R-EARN-6), extends (R-EXP-3) and lifts (R-TIER-2)."""
    amount, at = command.amount_minor, command.occurred_at
    check_business_key(command.source, command.source_event_id)
    check_amount(amount, 0)
    check_tags(command.tags, command.channel)
    check_not_future(at, now)
    check_not_late(program, at, now, command.late_approval)
    day = program.day_for(at, timezone_at(state, at))
    facts = _new(Facts, (None, amount, at, day, command.channel, command.source, command.tags, state.tier))
    earned = _earn(program, state, facts, command.source_event_id, now, available_limits)
    events: list[Event] = [
        PurchaseRecorded(
            at,
            program.version,
            command.source,
            command.source_event_id,
            amount,
            command.channel,
            command.tags,
            earned.lots,
            earned.growth,
            earned.counters,
            earned.trace,
            earned.limits,
            earned.gifts,
            command.late_approval,
        )
    ]
    if program.extension_window:
        extended = _extensions(program, state, at)
        if extended:
            events.append(LotsExtended(at, program.version, tuple(extended)))
    events += earned.reached
    events += upgrade(program, state, at, state.growth + earned.growth_in_all, state.spend_minor + amount)
    return events


def decide_behaviour(
    program: CompiledProgram,
    state: MemberState,
    command: RecordBehaviour,
    now: Instant,
    available_limits: Mapping[str, int],
) -> list[Event]:
    """What a behaviour earns (R-EARN-2, R-EARN-3), within its caps. Behaviour points are never convertible."""
    at = command.occurred_at
    check_business_key(command.source, command.source_event_id)
    check_not_future(at, now)
    check_not_late(program, at, now, command.late_approval)
    check_grade(command.grade)
    if command.behaviour not in program.behaviours:
        known = ", ".join(sorted(program.behaviours)) or "none"
        raise UnknownBehaviour(
            f"the program has no behaviour {command.behaviour!r}; it has: {known}",
            f"积分规则中没有行为 {command.behaviour!r}；可用的有：{known}",
        )
    day = program.day_for(at, timezone_at(state, at))
    facts = Facts(command.behaviour, 0, at, day, "", command.source, (), state.tier)
    earned = _earn(program, state, facts, command.source_event_id, now, available_limits, command.grade)
    event = BehaviourRecorded(
        at,
        program.version,
        command.source,
        command.source_event_id,
        command.behaviour,
        earned.lots,
        earned.growth,
        earned.counters,
        earned.trace,
        earned.limits,
        command.grade,
        command.late_approval,
    )
    return [
        event,
        *earned.reached,
        *upgrade(program, state, at, state.growth + earned.growth_in_all, state.spend_minor),
    ]


def _earn(
    program: CompiledProgram,
    state: MemberState,
    facts: Facts,
    source_event_id: str,
    now: Instant,
    available_limits: Mapping[str, int],
    grade: int = 0,
) -> _Earned:
    """The rules, then the gifts, then goals and chains: each sees what the ones before left of shared limits."""
    at, tasks = facts.at, program.tasks
    budget_day = local_day(at, program.timezone) if program.budgets and program.day_of_member else facts.day
    base, bonus, growth, changed, trace, limits = program.evaluate(
        *facts, state.counters, available_limits, budget_day, grade
    )
    kind = "base" if facts.behaviour is None else "behaviour"
    lots = accrued(program, state, state.next_lot_no, at if at < now else now, base, bonus, kind)
    if not (tasks.counts_purchases if facts.behaviour is None else facts.behaviour in tasks.behaviours):
        return _new(_Earned, (lots, growth, tuple(changed), tuple(trace), tuple(limits), (), ()))
    fitting, made = fitting_gifts(program, facts), advance(program, state, facts)
    if not fitting and not made.due:  # nearly always
        return _new(_Earned, (lots, growth, (*changed, *made.counters), tuple(trace), tuple(limits), (), ()))
    room = Room(available_limits, limits)
    given = give_gifts(fitting, state, facts, room)
    cause = (Reference(facts.source, source_event_id), at, state.next_lot_no + len(lots))
    return _Earned(
        lots,
        growth,
        (*changed, *given.counters, *made.counters),
        (*trace, *given.trace),
        (*limits, *given.limits),
        tuple(given.gifts),
        tuple(rewards(program, state, made.due, cause, now, room)),
    )


def earning_limits(program: CompiledProgram, command: RecordPurchase | RecordBehaviour) -> tuple[str, ...]:
    """The shared limits that the event may draw on, in the order of the program."""
    if not program.tasks.draws:
        return ()
    behaviour = command.behaviour if isinstance(command, RecordBehaviour) else None
    return program.tasks.limits_of(behaviour, command.occurred_at)


def decide_receive(
    program: CompiledProgram, state: MemberState, command: ReceiveConversion, now: Instant
) -> list[Event]:
    """Points from another brand or the member's own wallet, owed unconditionally: their term begins when they are
    credited."""
    points = check_points(command.points)
    alliance = program.file.alliance
    convertible = alliance.received_convertible if alliance is not None else False
    lot = NewLot(
        state.next_lot_no,
        points,
        now,
        min(now, command.occurred_at),
        program.expires_at(now, state.tier),
        "wallet" if command.source_brand == OWN_WALLET else "received",
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
