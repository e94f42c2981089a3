"""Owns gifts that come with a purchase (R-EARN-4): who gets one, while stock lasts, and which a refund asks back."""

from __future__ import annotations

from typing import NamedTuple

from alliance_node.domain.counters import used_in
from alliance_node.domain.deciding.room import Room
from alliance_node.domain.events import CounterValue, GrantedGift, LimitUse, PurchaseRecorded, TraceStep
from alliance_node.domain.instants import period_of
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.conditions import Facts, all_hold
from alliance_node.domain.program.interpret import PERIODS
from alliance_node.domain.program.plan import AmountAtLeast
from alliance_node.domain.program.tasks_plan import PlanGift
from alliance_node.domain.state import MemberState


class Given(NamedTuple):
    """What a purchase brings besides points."""

    gifts: list[GrantedGift]
    counters: list[CounterValue]
    limits: list[LimitUse]
    trace: list[TraceStep]


def fitting_gifts(program: CompiledProgram, facts: Facts) -> list[PlanGift]:
    """The gifts whose conditions the purchase meets, in the program's order."""
    if facts.behaviour is not None:
        return []
    at = facts.at
    return [gift for gift in program.tasks.gifts if gift.opens <= at < gift.closes and all_hold(gift.when, facts)]


def give_gifts(fitting: list[PlanGift], state: MemberState, facts: Facts, room: Room) -> Given:
    """The gifts of a purchase; the trace says of every one that fitted what became of it."""
    given = Given([], [], [], [])
    for gift in fitting:
        _give(gift, state, facts, room, given)
    return given


def _give(gift: PlanGift, state: MemberState, facts: Facts, room: Room, given: Given) -> None:
    counters = []
    for limit in gift.limits:
        period = period_of(limit.per, facts.day)
        used = used_in(state.counters.get(limit.key), period, limit.maximum)
        if used >= limit.maximum:
            numbers = (limit.maximum, used, PERIODS.index(limit.per))
            given.trace.append((gift.gift_id, "limit_times", 0, numbers))
            return
        counters.append(CounterValue(limit.key, period, used + 1, 1))
    if gift.limit_id:
        left = room.left(gift.limit_id)
        if left < gift.quantity:
            given.trace.append((gift.gift_id, "gift_out_of_stock", 0, (gift.quantity, left)))
            return
        room.take(gift.limit_id, gift.quantity)
        given.limits.append(LimitUse(gift.limit_id, gift.quantity))
    given.counters.extend(counters)
    given.gifts.append(GrantedGift(gift.gift_id, gift.option, gift.quantity))
    given.trace.append((gift.gift_id, "gift", 0, (gift.quantity,)))


def due_back(
    program: CompiledProgram | None, purchase: PurchaseRecorded, left_minor: int, whole: bool
) -> tuple[GrantedGift, ...]:
    """The gifts whose condition no longer holds when `left_minor` is left of the purchase. `program` is the version
    that gave them."""
    return tuple(gift for gift in purchase.gifts if whole or _lost(program, gift, left_minor))


def _lost(program: CompiledProgram | None, gift: GrantedGift, left_minor: int) -> bool:
    plans = program.tasks.gifts if program is not None else ()
    conditions = [condition for plan in plans if plan.gift_id == gift.rule_id for condition in plan.when]
    return any(isinstance(condition, AmountAtLeast) and left_minor < condition.minor for condition in conditions)
