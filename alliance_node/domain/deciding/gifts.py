"""Owns gifts of points between members of one brand: each half of a gift on its own member (R-ALL-10). Off by default;
what was received cannot be given on."""

from __future__ import annotations

from alliance_node.domain.commands import GiftPart, ReceiveGift, SendGift
from alliance_node.domain.counters import used_in
from alliance_node.domain.deciding.guards import check_not_future, check_not_late, check_points
from alliance_node.domain.deciding.spending import OldEnough, available, take
from alliance_node.domain.errors import (
    DebtOutstanding,
    GiftLimitReached,
    GiftNotAllowed,
    GiftsNotOffered,
    InvalidAmount,
    InvalidIdentifier,
    NotGiveable,
)
from alliance_node.domain.events import CounterValue, Event, GiftReceived, GiftSent, NewLot
from alliance_node.domain.instants import Instant, period_of
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.redemption_schema import MemberGifts
from alliance_node.domain.quantities import spendable
from alliance_node.domain.state import MemberState, Slice, timezone_at

GIVEN_POINTS = "gift/given/day"
GIVEN_TIMES = "gift/given/month"
RECEIVED_POINTS = "gift/received/month"
_COUNTED = {
    GIVEN_POINTS: ("points given a day", "每日赠出积分"),
    GIVEN_TIMES: ("gifts a month", "每月赠送次数"),
    RECEIVED_POINTS: ("points received a month", "每月受赠积分"),
}


def decide_send(program: CompiledProgram, state: MemberState, command: SendGift, now: Instant) -> list[Event]:
    """The giver's half: matured, non-bonus points of the minimum age leave, the earliest expiry first."""
    at, points = command.occurred_at, check_points(command.points)
    check_not_future(at, now)
    check_not_late(program, at, now)
    rules = _rules(program)
    _check_names(command, state)
    if state.debt_points:
        raise DebtOutstanding(
            f"{state.debt_points} points are owed after a refund; debt blocks gifts",
            f"退款后尚欠 {state.debt_points} 分；欠分期间不能赠送",
        )
    if points < rules.minimum_points:
        raise GiftNotAllowed(
            f"{points} points are below the minimum gift of {rules.minimum_points}",
            f"{points} 分低于最低赠送 {rules.minimum_points} 分",
        )
    counters = _given(program, state, rules, points, at)
    eligible = OldEnough(rules.minimum_age_days, now)
    have = available(state, now, eligible)
    if have < points:
        raise NotGiveable(
            f"{points} points asked; {have} of {spendable(state, now)} spendable points can be given "
            f"(non-bonus, not received, earned at least {rules.minimum_age_days} days ago)",
            f"要赠送 {points} 分；可用 {spendable(state, now)} 分中可赠送 {have} 分"
            f"（非奖励、非受赠、获得满 {rules.minimum_age_days} 天）",
        )
    slices = take(state, points, now, eligible)
    parts = tuple(_part(state, part) for part in slices)
    return [GiftSent(at, program.version, command.gift_id, command.to_member_id, points, slices, parts, counters)]


def decide_receive_gift(
    program: CompiledProgram, state: MemberState, command: ReceiveGift, now: Instant
) -> list[Event]:
    """The receiver's half: one lot for each part, with the giver's dates, never to be given on or converted."""
    at = command.occurred_at
    check_not_future(at, now)
    rules = _rules(program)
    if not command.parts:
        raise InvalidAmount("a gift needs at least one part", "赠送至少要有一份")
    points = sum(check_points(part.points) for part in command.parts)
    counters: tuple[CounterValue, ...] = ()
    if rules.receiver_monthly_maximum_points is not None:
        maximum = rules.receiver_monthly_maximum_points
        counters = (_counted(program, state, RECEIVED_POINTS, "month", points, maximum, at),)
    matured = min(now, at)
    lots = tuple(
        NewLot(state.next_lot_no + place, part.points, part.earned_at, matured, part.expires_at, "gift", False)
        for place, part in enumerate(command.parts)
    )
    return [GiftReceived(at, program.version, command.gift_id, command.from_member_id, lots, counters)]


def _rules(program: CompiledProgram) -> MemberGifts:
    rules = program.file.member_gifts
    if rules is None:
        raise GiftsNotOffered(
            f"program {program.file.program} has no member_gifts section: points cannot be given",
            f"计划 {program.file.program} 没有 member_gifts 部分：积分不能赠送",
        )
    return rules


def _check_names(command: SendGift, state: MemberState) -> None:
    if not 0 < len(command.gift_id) <= 64:
        raise InvalidIdentifier(
            f"gift_id has {len(command.gift_id)} characters; 1 to 64 are allowed",
            f"gift_id 有 {len(command.gift_id)} 个字符；允许 1 至 64 个",
        )
    if command.to_member_id == state.member_id:
        raise GiftNotAllowed("a gift to oneself is none", "不能赠送给自己")


def _given(
    program: CompiledProgram, state: MemberState, rules: MemberGifts, points: int, at: Instant
) -> tuple[CounterValue, ...]:
    return (
        _counted(program, state, GIVEN_POINTS, "day", points, rules.daily_maximum_points, at),
        _counted(program, state, GIVEN_TIMES, "month", 1, rules.monthly_maximum_times, at),
    )


def _counted(
    program: CompiledProgram, state: MemberState, key: str, per: str, more: int, maximum: int, at: Instant
) -> CounterValue:
    period = period_of(per, program.day_for(at, timezone_at(state, at)))
    used = used_in(state.counters.get(key), period, maximum)
    if used + more > maximum:
        raise GiftLimitReached(
            f"{_COUNTED[key][0]}: {used} used of {maximum}, {more} more asked",
            f"{_COUNTED[key][1]}：已用 {used}，上限 {maximum}，此次 {more}",
        )
    return CounterValue(key, period, used + more, more)


def _part(state: MemberState, part: Slice) -> GiftPart:
    lot = state.lots[part.lot_no]
    return GiftPart(part.points, lot.earned_at, lot.expires_at)
