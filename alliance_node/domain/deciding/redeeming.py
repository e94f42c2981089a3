"""Owns redemptions: checkout offset, priced awards with stock, and their cancellation. Never spends an expired lot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from alliance_node.domain.commands import CancelRedemption, Redeem
from alliance_node.domain.counters import Counter, used_in
from alliance_node.domain.deciding.guards import check_amount, check_not_future, check_not_late, check_points
from alliance_node.domain.deciding.spending import available, give_back, take
from alliance_node.domain.errors import (
    DebtOutstanding,
    InsufficientPoints,
    InvalidAmount,
    InvalidIdentifier,
    MemberLimitReached,
    OffsetNotAllowed,
    OptionNotAvailable,
    OutOfStock,
    RedemptionAlreadyCancelled,
    UnknownOption,
    UnknownRedemption,
)
from alliance_node.domain.events import (
    CounterValue,
    Event,
    LimitUse,
    PurchaseHistory,
    RedemptionCancelled,
    RedemptionMade,
)
from alliance_node.domain.instants import Instant, format_instant, period_of
from alliance_node.domain.program.book import CompiledOffer, CompiledProgram
from alliance_node.domain.program.plan import PlanLimit
from alliance_node.domain.program.redemption_schema import Offset
from alliance_node.domain.state import MemberState, timezone_at

MAX_QUANTITY = 10_000


class _Price(NamedTuple):
    points: int
    value_minor: int


def decide_redeem(
    program: CompiledProgram,
    state: MemberState,
    command: Redeem,
    now: Instant,
    available_limits: Mapping[str, int],
) -> list[Event]:
    """R-RED-2: points for an award or an offset. Points are judged at `now`, the rules at `occurred_at`."""
    at = command.occurred_at
    check_not_future(at, now)
    check_not_late(program, at, now)
    compiled = _offer(program, state, command, at)
    price = _price(compiled, command)
    limits = _stock(compiled, command.quantity, available_limits)
    day = program.day_for(at, timezone_at(state, at))
    counters = use_limits(compiled.limits, state.counters, day, command.quantity, price.points)
    if state.debt_points:
        raise DebtOutstanding(
            f"{state.debt_points} points are owed after a refund; redeeming waits until they are earned"
        )
    have = available(state, now)
    if have < price.points:
        raise InsufficientPoints(f"{command.option} needs {price.points} points; {have} are spendable")
    event = RedemptionMade(
        at,
        program.version,
        command.redemption_id,
        command.option,
        compiled.offer.kind,
        command.quantity,
        price.points,
        price.value_minor,
        take(state, price.points, now),
        limits,
        counters,
    )
    return [event]


def decide_cancel(
    program: CompiledProgram,
    state: MemberState,
    command: CancelRedemption,
    now: Instant,
    history: PurchaseHistory | None,
) -> list[Event]:
    """The redemption is undone: its points return to their lots (or a lot with grace), its stock and the member's
    allowance to their limits."""
    check_not_future(command.occurred_at, now)
    if history is None or not isinstance(history.purchase, RedemptionMade):
        raise UnknownRedemption(f"this member has no redemption {command.redemption_id!r}")
    if any(isinstance(event, RedemptionCancelled) for event in history.later):
        raise RedemptionAlreadyCancelled(f"redemption {command.redemption_id!r} is already cancelled")
    made = history.purchase
    back = give_back(program, state, made.slices, now)
    event = RedemptionCancelled(
        command.occurred_at,
        program.version,
        command.redemption_id,
        made.points,
        back.restored,
        back.lots,
        back.recovered,
        _allowance_back(state, made),
        tuple(LimitUse(limit_id, -units) for limit_id, units in made.limits),
    )
    return [event]


def _allowance_back(state: MemberState, made: RedemptionMade) -> tuple[CounterValue, ...]:
    changed = []
    for key, period, _, delta in made.counters:
        used = used_in(state.counters.get(key), period, -1)
        if used >= delta:
            changed.append(CounterValue(key, period, used - delta, -delta))
    return tuple(changed)


def use_limits(
    limits: tuple[PlanLimit, ...], counters: Mapping[str, Counter], day: int, times: int, points: int
) -> tuple[CounterValue, ...]:
    """The counters after the use. Raises `MemberLimitReached` when one has no room for all of it."""
    changed = []
    for limit in limits:
        period = period_of(limit.per, day)
        used = used_in(counters.get(limit.key), period, limit.maximum)
        more = times if limit.counts == "times" else points
        if used + more > limit.maximum:
            raise MemberLimitReached(
                f"{limit.counts} per {limit.per}: {used} used of {limit.maximum}, {more} more asked"
            )
        changed.append(CounterValue(limit.key, period, used + more, more))
    return tuple(changed)


def _offer(program: CompiledProgram, state: MemberState, command: Redeem, at: Instant) -> CompiledOffer:
    if not 0 < len(command.redemption_id) <= 64:
        raise InvalidIdentifier(f"redemption_id has {len(command.redemption_id)} characters; 1 to 64 are allowed")
    compiled = program.offers.get(command.option)
    if compiled is None:
        known = ", ".join(sorted(program.offers))
        raise UnknownOption(f"the program has no redemption option {command.option!r}; it has: {known}")
    if not compiled.starts <= at < compiled.until:
        raise OptionNotAvailable(
            f"{command.option} runs from {format_instant(compiled.starts)} until {format_instant(compiled.until)}"
        )
    tiers = compiled.offer.tiers
    if tiers is not None and state.tier not in tiers:
        raise OptionNotAvailable(f"{command.option} is for tiers {', '.join(tiers)}; the member is in {state.tier}")
    return compiled


def _price(compiled: CompiledOffer, command: Redeem) -> _Price:
    quantity = command.quantity
    if type(quantity) is not int or not 1 <= quantity <= MAX_QUANTITY:
        raise InvalidAmount(f"quantity {quantity!r} is not a whole number from 1 to {MAX_QUANTITY}")
    if isinstance(compiled.offer, Offset):
        return _offset(compiled, compiled.offer, command)
    return _Price(compiled.offer.points * quantity, compiled.value_minor * quantity)


def _offset(compiled: CompiledOffer, offer: Offset, command: Redeem) -> _Price:
    """R-VAL-1, R-VAL-2: whole steps of `points`, never above the share of the order that the brand allows."""
    points = check_points(command.points)
    order = command.order_amount_minor
    if order is None:
        raise OffsetNotAllowed(f"{offer.id} needs order_amount_minor, the amount of the order that it pays")
    check_amount(order, 1)
    if points % offer.points or command.quantity != 1:
        raise OffsetNotAllowed(f"{points} points are not a multiple of {offer.points}, or quantity is not 1")
    value = points // offer.points * compiled.value_minor
    cap = order * offer.max_order_percent // 100
    if value > cap:
        raise OffsetNotAllowed(
            f"{points} points are worth {value}; at most {offer.max_order_percent} % of the order of {order}, "
            f"that is {cap} minor units, can be paid with points"
        )
    return _Price(points, value)


def _stock(compiled: CompiledOffer, quantity: int, available_limits: Mapping[str, int]) -> tuple[LimitUse, ...]:
    if not compiled.limit_id:
        return ()
    left = available_limits.get(compiled.limit_id, 0)
    if left < quantity:
        raise OutOfStock(f"{quantity} of {compiled.offer.id} were asked; {left} are left")
    return (LimitUse(compiled.limit_id, quantity),)
