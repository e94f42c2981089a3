"""Owns the bonus for spending points that arrived from another brand (R-ALL-6): promised by a redemption, paid or
refused once the sponsor's budget has answered, taken back with the redemption's cancellation.

What a budget holds is a fact of the alliance's ledger and comes with the command. Bonus points can never be converted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from alliance_node.domain.commands import PaySpendingBonus, RefuseSpendingBonus
from alliance_node.domain.counters import used_in
from alliance_node.domain.deciding.clawback import take_back
from alliance_node.domain.deciding.member_limits import give_limits_back
from alliance_node.domain.errors import BonusNotDue, UnknownRedemption
from alliance_node.domain.event_facts import PurchaseHistory
from alliance_node.domain.events import (
    ArrivedPart,
    CounterValue,
    Event,
    NewLot,
    RedemptionCancelled,
    RedemptionMade,
    SpendingBonusPaid,
    SpendingBonusRefused,
    SpendingBonusRevoked,
)
from alliance_node.domain.instants import Instant, period_of
from alliance_node.domain.program.book import CompiledProgram, ProgramBook
from alliance_node.domain.state import MemberState, Slice

BONUS_COUNTER = "spending-bonus/month"


class Bonus(NamedTuple):
    """What a redemption promises: nothing, or `points` for the parts that `arrived`."""

    points: int = 0
    counters: tuple[CounterValue, ...] = ()


def arrived_parts(state: MemberState, slices: tuple[Slice, ...]) -> tuple[ArrivedPart, ...]:
    """What of the redeemed points arrived by a claim."""
    lots = [(state.lots[part.lot_no], part.points) for part in slices]
    return tuple(ArrivedPart(lot.source_version, points) for lot, points in lots if lot.kind == "received")


def bonus_of(program: CompiledProgram, state: MemberState, arrived: int, at: Instant, day: int) -> Bonus:
    """The percentage of the redeemed points that arrived by a claim, rounded down, within the month's maximum."""
    rules = program.file.spending_bonus
    if rules is None or at >= program.bonus_ends:
        return Bonus()
    period = period_of("month", day)
    maximum = rules.monthly_maximum_points
    used = used_in(state.counters.get(BONUS_COUNTER), period, maximum)
    points = min(arrived * rules.percent // 100, max(0, maximum - used))
    if points <= 0:
        return Bonus()
    return Bonus(points, (CounterValue(BONUS_COUNTER, period, used + points, points),))


def decide_pay(
    programs: ProgramBook,
    state: MemberState,
    command: PaySpendingBonus,
    now: Instant,
    history: PurchaseHistory | None,
) -> list[Event]:
    """The budget has paid: the promised points, at once, in a lot that cannot be converted."""
    made = _promise(command.redemption_id, history)
    program, at = programs.at(now), min(now, command.occurred_at)
    expires_at = program.expires_at(now, state.tier)
    lot = NewLot(state.next_lot_no, made.bonus_points, at, at, expires_at, "bonus", False)
    return [SpendingBonusPaid(command.occurred_at, program.version, command.redemption_id, made.bonus_points, (lot,))]


def decide_refuse(
    state: MemberState, command: RefuseSpendingBonus, now: Instant, history: PurchaseHistory | None
) -> list[Event]:
    """The budget has not: the promise ends, and the month's room comes back."""
    made = _promise(command.redemption_id, history)
    used = tuple(value for value in made.counters if value.key == BONUS_COUNTER)
    back = give_limits_back(state.counters, used)
    at, points = min(now, command.occurred_at), made.bonus_points
    return [SpendingBonusRefused(at, made.program_version, command.redemption_id, points, command.reason, back)]


def still_used(made: RedemptionMade, later: Iterable[Event]) -> tuple[CounterValue, ...]:
    """The counters that a cancellation gives back: not those that a refused bonus gave back before."""
    if any(isinstance(event, SpendingBonusRefused) for event in later):
        return tuple(value for value in made.counters if value.key != BONUS_COUNTER)
    return made.counters


def revocation(
    program: CompiledProgram,
    after: MemberState,
    cancelled: RedemptionCancelled,
    later: Iterable[Event],
    now: Instant,
    reserved: int,
) -> list[Event]:
    """What the cancellation, which `after` has seen, takes back of a bonus that was paid; what was spent of it follows
    the debt policy. `reserved`: see `take_back`."""
    paid = [lot for event in later if isinstance(event, SpendingBonusPaid) for lot in event.lots]
    if not paid:
        return []
    taken = take_back(program, after, [(lot.lot_no, lot.amount) for lot in paid], now, reserved=reserved)
    return [SpendingBonusRevoked(cancelled.occurred_at, program.version, cancelled.redemption_id, *taken)]


def _promise(redemption_id: str, history: PurchaseHistory | None) -> RedemptionMade:
    """The redemption whose promise stands. Raises `UnknownRedemption`, `BonusNotDue`."""
    if history is None or not isinstance(history.purchase, RedemptionMade):
        raise UnknownRedemption(f"this member has no redemption {redemption_id!r}", f"该会员没有兑换 {redemption_id!r}")
    made = history.purchase
    if not made.bonus_points or any(isinstance(event, RedemptionCancelled) for event in history.later):
        raise BonusNotDue(
            f"redemption {redemption_id!r} promises no bonus or is cancelled", f"兑换 {redemption_id!r} 没有待发返利"
        )
    return made
