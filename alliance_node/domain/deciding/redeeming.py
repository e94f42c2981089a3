"""Owns redemptions of every channel kind and their cancellation. Never spends an expired lot, never oversells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from alliance_node.domain.commands import CancelRedemption, Redeem, order_limit
from alliance_node.domain.deciding.benefits import bought_uses, check_unused
from alliance_node.domain.deciding.circulation_award import award_of, award_revocation, fallen_award, lots_of
from alliance_node.domain.deciding.clawback import spendable_of
from alliance_node.domain.deciding.guards import check_amount, check_not_future, check_not_late, check_points
from alliance_node.domain.deciding.lottery import entries_close
from alliance_node.domain.deciding.member_limits import give_limits_back, use_limits
from alliance_node.domain.deciding.prices import Price, price_with_trace
from alliance_node.domain.deciding.spending import available, give_back, take
from alliance_node.domain.deciding.spending_bonus import arrived_parts, bonus_of, revocation, still_used
from alliance_node.domain.errors import (
    DebtOutstanding,
    DonationFinal,
    EntriesClosed,
    InsufficientPoints,
    InvalidAmount,
    InvalidIdentifier,
    OffsetNotAllowed,
    OptionNotAvailable,
    OutOfStock,
    RedemptionAlreadyCancelled,
    UnknownOption,
    UnknownRedemption,
)
from alliance_node.domain.event_facts import PurchaseHistory
from alliance_node.domain.events import Event, LimitUse, RedemptionCancelled, RedemptionMade
from alliance_node.domain.evolve import evolve, evolve_all
from alliance_node.domain.instants import Instant, format_instant
from alliance_node.domain.program.book import CompiledProgram, ProgramBook
from alliance_node.domain.program.offers import CompiledOffer
from alliance_node.domain.program.redemption_schema import Award, Donation, Lottery, Offset
from alliance_node.domain.state import MemberState, timezone_at, working_copy
from alliance_node.domain.words import both

MAX_QUANTITY = 10_000
MAX_ID = 64


class _Cost(NamedTuple):
    """What the whole redemption takes and gives."""

    quantity: int
    points: int
    value_minor: int
    cash_minor: int
    limits: tuple[LimitUse, ...]


def redemption_limits(program: CompiledProgram, command: Redeem) -> tuple[str, ...]:
    """The shared limits whose room the decision must know: the option's stock, the order's cap."""
    compiled = program.offers.get(command.option)
    if compiled is None:
        return ()
    stock = (compiled.limit_id,) if compiled.limit_id else ()
    if isinstance(compiled.offer, Offset) and command.order_id:
        return (*stock, order_limit(command.order_id))
    return stock


def decide_redeem(
    programs: ProgramBook,
    state: MemberState,
    command: Redeem,
    now: Instant,
    available_limits: Mapping[str, int],
) -> list[Event]:
    """R-RED-1, R-RED-2: points for an option. Points are judged at `now`, the rules at `occurred_at`."""
    at = command.occurred_at
    program = programs.at(at)
    check_not_future(at, now)
    check_not_late(program, at, now)
    compiled = _offer(program, state, command, at)
    if isinstance(compiled.offer, Lottery):
        _check_entries_open(programs, command.option, at, now)
    price, trace = price_with_trace(program, state, compiled, at)
    cost = _cost(program, compiled, command, price, available_limits)
    day = program.day_for(at, timezone_at(state, at))
    counters = use_limits(compiled.limits, state.counters, day, cost.quantity, cost.points)
    if isinstance(compiled.offer, Award):
        counters += bought_uses(compiled.offer, cost.quantity, state)
    if state.debt_points:
        raise DebtOutstanding(
            f"{state.debt_points} points are owed after a refund; redeeming waits until they are earned",
            f"退款后尚欠 {state.debt_points} 分；补足之前不能兑换",
        )
    have = available(state, now)
    if have < cost.points:
        en, zh = both(program)
        raise InsufficientPoints(
            f"{en.offer(command.option)} needs {cost.points} points; {have} are spendable",
            f"{zh.offer(command.option)} 需要 {cost.points} 分；可用 {have} 分",
        )
    slices = take(state, cost.points, now)
    arrived = arrived_parts(state, slices)
    arrived_points = sum(part.points for part in arrived)
    bonus = bonus_of(program, state, arrived_points, at, day)
    award = award_of(program, state, arrived_points, at)
    pays_order = isinstance(compiled.offer, Offset)
    event = RedemptionMade(
        at,
        program.version,
        command.redemption_id,
        command.option,
        compiled.offer.kind,
        cost.quantity,
        cost.points,
        cost.value_minor,
        slices,
        cost.limits,
        counters + bonus.counters + award.counters,
        cost.cash_minor,
        command.order_id or "" if pays_order else "",
        command.order_amount_minor or 0 if pays_order else 0,
        trace,
        bonus.points,
        arrived if bonus.points or award.promise else (),
        award.promise,
    )
    return [event]


def decide_cancel(
    programs: ProgramBook,
    state: MemberState,
    command: CancelRedemption,
    now: Instant,
    history: PurchaseHistory | None,
) -> list[Event]:
    """The redemption is undone: its points return to their lots (or a lot with grace), what it took of shared limits
    and of the member's allowances goes back. Donations, used benefits and tickets after the close stay."""
    check_not_future(command.occurred_at, now)
    if history is None or not isinstance(history.purchase, RedemptionMade):
        raise UnknownRedemption(
            f"this member has no redemption {command.redemption_id!r}", f"该会员没有兑换 {command.redemption_id!r}"
        )
    if any(isinstance(event, RedemptionCancelled) for event in history.later):
        raise RedemptionAlreadyCancelled(
            f"redemption {command.redemption_id!r} is already cancelled", f"兑换 {command.redemption_id!r} 已取消"
        )
    made = history.purchase
    _check_not_final(programs, made, now)
    check_unused(state, made.counters, made.redemption_id)
    program = programs.at(now)
    back = give_back(program, state, made.slices, now)
    event = RedemptionCancelled(
        command.occurred_at,
        program.version,
        command.redemption_id,
        made.points,
        back.restored,
        back.lots,
        back.recovered,
        give_limits_back(state.counters, still_used(made, history.later)),
        tuple(LimitUse(limit_id, -units) for limit_id, units in made.limits),
    )
    after = evolve(working_copy(state), event)
    award = fallen_award(after, made)
    reserved = spendable_of(after, lots_of(award), now)
    bonus = revocation(program, after, event, history.later, now, reserved)
    return [event, *bonus, *award_revocation(program, evolve_all(after, bonus), award, event.occurred_at, now)]


def _check_not_final(programs: ProgramBook, made: RedemptionMade, now: Instant) -> None:
    if made.kind == "donation":
        raise DonationFinal(
            f"donation {made.redemption_id!r} of {made.points} points is final",
            f"捐赠 {made.redemption_id!r} 的 {made.points} 分不可撤回",
        )
    if made.kind == "lottery":
        _check_entries_open(programs, made.option, made.occurred_at, now)


def _check_entries_open(programs: ProgramBook, option: str, at: Instant, now: Instant) -> None:
    """Neither late events nor cancellations change a list that is frozen."""
    closes = entries_close(programs, option, at)
    if now >= closes:
        en, zh = both(programs.at(at))
        raise EntriesClosed(
            f"the entries of {en.offer(option)} closed {format_instant(closes)}; tickets are final",
            f"{zh.offer(option)} 的报名已于 {format_instant(closes)} 截止；票不可退",
        )


def _offer(program: CompiledProgram, state: MemberState, command: Redeem, at: Instant) -> CompiledOffer:
    if not 0 < len(command.redemption_id) <= MAX_ID:
        raise InvalidIdentifier(
            f"redemption_id has {len(command.redemption_id)} characters; 1 to {MAX_ID} are allowed",
            f"redemption_id 有 {len(command.redemption_id)} 个字符；允许 1 至 {MAX_ID} 个",
        )
    compiled = program.offers.get(command.option)
    if compiled is None:
        known = ", ".join(sorted(program.offers))
        raise UnknownOption(
            f"the program has no redemption option {command.option!r}; it has: {known}",
            f"计划没有兑换项目 {command.option!r}；现有：{known}",
        )
    name = compiled.offer.name
    if not compiled.dates.in_window(at):
        raise OptionNotAvailable(
            f"{name.en} runs from {format_instant(compiled.starts)} until {format_instant(compiled.until)}",
            f"{name.zh} 的兑换期为 {format_instant(compiled.starts)} 至 {format_instant(compiled.until)}",
        )
    if not compiled.dates.on_day(program.day_for(at, timezone_at(state, at))):
        raise OptionNotAvailable(
            f"{name.en} is offered {_which_days(compiled, 'en')} only",
            f"{name.zh} 仅在{_which_days(compiled, 'zh')}提供",
        )
    tiers = compiled.offer.tiers
    if tiers is not None and state.tier not in tiers:
        en, zh = both(program)
        raise OptionNotAvailable(
            f"{name.en} is for tiers {', '.join(map(en.tier, tiers))}; the member is in {en.tier(state.tier)}",
            f"{name.zh} 仅限等级 {'、'.join(map(zh.tier, tiers))}；该会员为 {zh.tier(state.tier)}",
        )
    return compiled


def _which_days(compiled: CompiledOffer, language: str) -> str:
    """The option's days in words of the language; -1 is the last day of a month."""
    weekdays = ", ".join(map(str, compiled.dates.weekdays))
    days = ", ".join(map(str, compiled.dates.days_of_month))
    said = {
        "en": (f"on weekdays {weekdays}", f"on days {days} of the month", " and "),
        "zh": (f"每周第 {weekdays} 天", f"每月 {days} 日", "且"),
    }[language]
    return said[2].join(words for words, there in zip(said, (weekdays, days), strict=False) if there)


def _cost(
    program: CompiledProgram,
    compiled: CompiledOffer,
    command: Redeem,
    price: Price,
    available_limits: Mapping[str, int],
) -> _Cost:
    quantity = command.quantity
    if type(quantity) is not int or not 1 <= quantity <= MAX_QUANTITY:
        raise InvalidAmount(
            f"quantity {quantity!r} is not a whole number from 1 to {MAX_QUANTITY}",
            f"quantity {quantity!r} 不是 1 至 {MAX_QUANTITY} 的整数",
        )
    offer = compiled.offer
    if isinstance(offer, Offset):
        return _offset(program, offer, command, price, available_limits)
    if isinstance(offer, Donation):
        steps = _steps(command, price)
        return _Cost(1, steps * price.points, steps * price.value_minor, 0, ())
    if command.points is not None and command.points != price.points * quantity:
        raise InvalidAmount(
            f"{quantity} × {offer.name.en} cost {price.points * quantity} points, not {command.points}; "
            "leave points out",
            f"{quantity} × {offer.name.zh} 需 {price.points * quantity} 分，而不是 {command.points} 分；"
            "请不要填写 points",
        )
    limits = _stock(compiled, quantity, available_limits)
    return _Cost(quantity, price.points * quantity, price.value_minor * quantity, price.cash_minor * quantity, limits)


def _steps(command: Redeem, price: Price) -> int:
    points = check_points(command.points)
    if points % price.points or command.quantity != 1:
        raise OffsetNotAllowed(
            f"{points} points are not a multiple of {price.points}, or quantity is not 1",
            f"{points} 分不是 {price.points} 的整数倍，或 quantity 不是 1",
        )
    return points // price.points


def _offset(
    program: CompiledProgram, offer: Offset, command: Redeem, price: Price, available_limits: Mapping[str, int]
) -> _Cost:
    """R-VAL-1, R-VAL-2: whole steps; all offsets of one order together stay within the share that the brand allows."""
    order, order_id = command.order_amount_minor, command.order_id
    if order is None or not order_id:
        raise OffsetNotAllowed(
            f"{offer.name.en} needs order_id and order_amount, the order that it pays",
            f"{offer.name.zh} 需要 order_id 和 order_amount，即所抵的订单",
            next_steps=(
                "Name the order and its amount: all offsets of one order share its cap.",
                "请填写订单及其金额：同一订单的抵扣共用一个上限。",
            ),
        )
    if len(order_id) > MAX_ID:
        raise InvalidIdentifier(
            f"order_id has {len(order_id)} characters; 1 to {MAX_ID} are allowed",
            f"order_id 有 {len(order_id)} 个字符；允许 1 至 {MAX_ID} 个",
        )
    check_amount(order, 1)
    steps = _steps(command, price)
    value = steps * price.value_minor
    cap = order * offer.max_order_percent // 100
    paid = -available_limits.get(order_limit(order_id), 0)
    if paid + value > cap:
        en, zh = both(program)
        raise OffsetNotAllowed(
            f"{command.points} points are worth {en.money(value)}; at most {offer.max_order_percent} % of the order of "
            f"{en.money(order)}, that is {en.money(cap)}, can be paid with points, and {en.money(paid)} are",
            f"{command.points} 分值 {zh.money(value)}；{zh.money(order)} 的订单最多 {offer.max_order_percent} % "
            f"即 {zh.money(cap)} 可用积分抵扣，已抵 {zh.money(paid)}",
        )
    return _Cost(1, steps * price.points, value, 0, (LimitUse(order_limit(order_id), value),))


def _stock(compiled: CompiledOffer, quantity: int, available_limits: Mapping[str, int]) -> tuple[LimitUse, ...]:
    if not compiled.limit_id:
        return ()
    left = available_limits.get(compiled.limit_id, 0)
    if left < quantity:
        raise OutOfStock(
            f"{quantity} of {compiled.offer.name.en} were asked; {left} are left",
            f"要 {quantity} 份 {compiled.offer.name.zh}；还剩 {left} 份",
        )
    return (LimitUse(compiled.limit_id, quantity),)
