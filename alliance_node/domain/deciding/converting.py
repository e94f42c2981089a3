"""Owns the local half of a conversion: hold, then capture or release; return after capture. Rates and the chain are not
known here: the points and alliance units are those of the quote."""

from __future__ import annotations

from alliance_node.domain.commands import CaptureConversion, HoldForConversion, ReleaseConversion, ReturnConversion
from alliance_node.domain.counters import used_in
from alliance_node.domain.deciding.guards import check_not_future, check_not_late, check_points
from alliance_node.domain.deciding.spending import OldEnough, available, give_back, take
from alliance_node.domain.errors import (
    BelowConversionMinimum,
    ConversionAlreadySettled,
    ConversionNotOffered,
    DailyConversionLimit,
    DebtOutstanding,
    DuplicateReference,
    InvalidIdentifier,
    NotConvertible,
    UnknownConversion,
)
from alliance_node.domain.event_facts import PurchaseHistory
from alliance_node.domain.events import (
    ConversionCaptured,
    ConversionHeld,
    ConversionReleased,
    ConversionReturned,
    CounterValue,
    Event,
)
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.schema import Alliance
from alliance_node.domain.quantities import spendable
from alliance_node.domain.state import MemberState, timezone_at

CONVERSION_COUNTER = "convert/day"


def convertible_points(program: CompiledProgram, state: MemberState, now: Instant) -> int:
    """What a conversion could take now: R-ALL-9, before the minimum and what is left of the daily maximum."""
    alliance = program.file.alliance
    if alliance is None or state.debt_points:
        return 0
    return max(0, available(state, now, OldEnough(alliance.minimum_age_days, now)) - state.bound_points)


def left_today(program: CompiledProgram, state: MemberState, at: Instant) -> int:
    """What the daily maximum still allows on the local day of the instant."""
    alliance = program.file.alliance
    if alliance is None:
        return 0
    return max(0, alliance.daily_maximum_points - _used_today(program, state, at, alliance)[1])


def decide_hold(program: CompiledProgram, state: MemberState, command: HoldForConversion, now: Instant) -> list[Event]:
    """R-ALL-9: only matured, non-bonus, debt-free points of the minimum age, up to the daily maximum."""
    at = command.occurred_at
    points = check_points(command.points)
    check_points(command.alliance_units)
    check_not_future(at, now)
    check_not_late(program, at, now)
    if not 0 < len(command.conversion_id) <= 64:
        raise InvalidIdentifier(
            f"conversion_id has {len(command.conversion_id)} characters; 1 to 64 are allowed",
            f"conversion_id 有 {len(command.conversion_id)} 个字符；允许 1 至 64 个",
        )
    alliance = program.file.alliance
    if alliance is None:
        raise ConversionNotOffered(
            f"program {program.file.program} has no alliance section", f"计划 {program.file.program} 没有 alliance 部分"
        )
    if command.conversion_id in state.holds:
        raise DuplicateReference(
            f"conversion {command.conversion_id!r} already holds points", f"转换 {command.conversion_id!r} 已占用积分"
        )
    if state.debt_points:
        raise DebtOutstanding(
            f"{state.debt_points} points are owed after a refund; debt blocks conversion",
            f"退款后尚欠 {state.debt_points} 分；欠分期间不能转换",
        )
    if points < alliance.minimum_points:
        raise BelowConversionMinimum(
            f"{points} points are below the minimum of {alliance.minimum_points}",
            f"{points} 分低于最低转换 {alliance.minimum_points} 分",
        )
    day, used = _used_today(program, state, at, alliance)
    if used + points > alliance.daily_maximum_points:
        raise DailyConversionLimit(
            f"{used} of {alliance.daily_maximum_points} points are converted today; {points} asked",
            f"今日已转换 {used} 分，上限 {alliance.daily_maximum_points} 分；此次 {points} 分",
        )
    eligible = OldEnough(alliance.minimum_age_days, now)
    have = convertible_points(program, state, now)
    if have < points:
        raise _too_few(alliance, state, points, have, now)
    return [
        ConversionHeld(
            at,
            program.version,
            command.conversion_id,
            points,
            command.alliance_units,
            take(state, points, now, eligible),
            (CounterValue(CONVERSION_COUNTER, day, used + points, points),),
            command.to_wallet,
        )
    ]


def _too_few(alliance: Alliance, state: MemberState, points: int, have: int, now: Instant) -> NotConvertible:
    bound = state.bound_points
    return NotConvertible(
        f"{points} points asked; {have} of {spendable(state, now)} spendable points are convertible "
        f"(non-bonus, earned at least {alliance.minimum_age_days} days ago)"
        + (f"; {bound} more can be spent here only, after a refund of points that were spent" if bound else ""),
        f"要转换 {points} 分；可用 {spendable(state, now)} 分中可转换 {have} 分"
        f"（非奖励、获得满 {alliance.minimum_age_days} 天）"
        + (f"；另有 {bound} 分因退款时积分已用，只能在本品牌使用" if bound else ""),
    )


def decide_capture(state: MemberState, command: CaptureConversion, history: PurchaseHistory | None) -> list[Event]:
    """The conversion is final on the ledger: the held points are gone."""
    hold = _held(state, command.conversion_id, history)
    return [ConversionCaptured(command.occurred_at, command.conversion_id, hold.points)]


def decide_release(
    program: CompiledProgram,
    state: MemberState,
    command: ReleaseConversion,
    now: Instant,
    history: PurchaseHistory | None,
) -> list[Event]:
    """The conversion can no longer land: the held points return, after their expiry with the program's grace."""
    _held(state, command.conversion_id, history)
    hold = state.holds[command.conversion_id]
    back = give_back(program, state, hold.slices, now)
    return [
        ConversionReleased(
            command.occurred_at,
            program.version,
            command.conversion_id,
            hold.points,
            command.reason,
            back.restored,
            back.lots,
            back.recovered,
        )
    ]


def decide_return(
    program: CompiledProgram,
    state: MemberState,
    command: ReturnConversion,
    now: Instant,
    history: PurchaseHistory | None,
) -> list[Event]:
    """The alliance points came back unclaimed: the member is credited as if the conversion had not been."""
    held = _origin(command.conversion_id, history)
    later = history.later if history is not None else []
    if any(isinstance(event, ConversionReturned | ConversionReleased) for event in later):
        raise ConversionAlreadySettled(
            f"conversion {command.conversion_id!r} was already given back", f"转换 {command.conversion_id!r} 已返还"
        )
    if not any(isinstance(event, ConversionCaptured) for event in later):
        raise UnknownConversion(
            f"conversion {command.conversion_id!r} was never captured; release it instead",
            f"转换 {command.conversion_id!r} 尚未完成；请改为释放",
        )
    back = give_back(program, state, held.slices, now)
    return [
        ConversionReturned(
            command.occurred_at,
            program.version,
            command.conversion_id,
            held.points,
            back.restored,
            back.lots,
            back.recovered,
        )
    ]


def _held(state: MemberState, conversion_id: str, history: PurchaseHistory | None) -> ConversionHeld:
    """The hold that is still open. Refuses conversions that are settled or unknown."""
    held = _origin(conversion_id, history)
    if conversion_id not in state.holds:
        raise ConversionAlreadySettled(
            f"conversion {conversion_id!r} holds no points any more", f"转换 {conversion_id!r} 已不再占用积分"
        )
    return held


def _origin(conversion_id: str, history: PurchaseHistory | None) -> ConversionHeld:
    if history is None or not isinstance(history.purchase, ConversionHeld):
        raise UnknownConversion(f"this member has no conversion {conversion_id!r}", f"该会员没有转换 {conversion_id!r}")
    return history.purchase


def _used_today(program: CompiledProgram, state: MemberState, at: Instant, alliance: Alliance) -> tuple[int, int]:
    day = program.day_for(at, timezone_at(state, at))
    return day, used_in(state.counters.get(CONVERSION_COUNTER), day, alliance.daily_maximum_points)
