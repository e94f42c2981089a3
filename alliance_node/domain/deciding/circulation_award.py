"""Owns the circulation award (R-ALL-6): once a member and calendar month, for redeeming enough points that arrived from
partner brands. Promised by the redemption that reaches the threshold, paid or refused once the sponsor's budget has
answered, taken back when cancellations leave too little redeemed in that month.

The month is one of the brand's time zone, whatever day the program's other limits count by. What a budget holds is a
fact of the alliance's ledger and comes with the command. An award's points can never be converted.
"""

from __future__ import annotations

from typing import NamedTuple

from alliance_node.domain.commands import PayCirculationAward, RefuseCirculationAward
from alliance_node.domain.counters import used_in
from alliance_node.domain.deciding.clawback import take_back
from alliance_node.domain.errors import BonusNotDue
from alliance_node.domain.events import (
    AwardPromise,
    CirculationAwardPaid,
    CirculationAwardRefused,
    CirculationAwardRevoked,
    CounterValue,
    Event,
    NewLot,
    RedemptionMade,
)
from alliance_node.domain.instants import Instant, local_day, period_of
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.state import Award, MemberState

CIRCULATION_COUNTER = "circulation/month"
_FORGOTTEN = -1
"""The use of a month that the counter does not know any more: its award is final."""

FallenAward = tuple[int, Award] | None
"""A month and the award that it loses."""


class AwardDue(NamedTuple):
    """What a redemption counts, and what it promises."""

    promise: AwardPromise | None = None
    counters: tuple[CounterValue, ...] = ()


def award_of(program: CompiledProgram, state: MemberState, arrived: int, at: Instant) -> AwardDue:
    """Counts the arrived points in their month; the award, when they reach the threshold and the month has none."""
    rules = program.file.circulation_award
    if rules is None or not arrived or at >= program.award_ends:
        return AwardDue()
    period = period_of("month", local_day(at, program.timezone))
    redeemed = used_in(state.counters.get(CIRCULATION_COUNTER), period, 0) + arrived
    counters = (CounterValue(CIRCULATION_COUNTER, period, redeemed, arrived),)
    if redeemed < rules.threshold_points or period in state.awards:
        return AwardDue(None, counters)
    return AwardDue(AwardPromise(period, rules.points, rules.threshold_points), counters)


def decide_pay_award(
    program: CompiledProgram, state: MemberState, command: PayCirculationAward, now: Instant
) -> list[Event]:
    """The budget has paid: the promised points, at once, in a lot that cannot be converted."""
    period, award = _promise(state, command.redemption_id)
    at, ends = min(now, command.occurred_at), program.expires_at(now, state.tier)
    lot = NewLot(state.next_lot_no, award.points, at, at, ends, "bonus", False)
    points = award.points
    return [CirculationAwardPaid(command.occurred_at, program.version, command.redemption_id, period, points, (lot,))]


def decide_refuse_award(state: MemberState, command: RefuseCirculationAward, now: Instant) -> list[Event]:
    """The budget has not: the promise ends, and the month may earn it again."""
    period, award = _promise(state, command.redemption_id)
    at = min(now, command.occurred_at)
    return [CirculationAwardRefused(at, command.redemption_id, period, award.points, command.reason)]


def fallen_award(after: MemberState, made: RedemptionMade) -> FallenAward:
    """The award of the cancelled redemption's month, when what is left redeemed in it does not earn it any more."""
    for key, period, _, _ in made.counters:
        award = after.awards.get(period) if key == CIRCULATION_COUNTER else None
        if award is not None:
            left = used_in(after.counters.get(CIRCULATION_COUNTER), period, _FORGOTTEN)
            return (period, award) if _FORGOTTEN < left < award.needs else None
    return None


def lots_of(fallen: FallenAward) -> list[tuple[int, int]]:
    """What to take back of which lot: nothing of an award that was not paid yet."""
    return [(fallen[1].lot_no, fallen[1].points)] if fallen is not None and fallen[1].lot_no else []


def award_revocation(
    program: CompiledProgram, after: MemberState, fallen: FallenAward, at: Instant, now: Instant
) -> list[Event]:
    """Takes the award back; what was spent of it follows the debt policy."""
    if fallen is None:
        return []
    period, award = fallen
    taken = take_back(program, after, lots_of(fallen), now)
    return [CirculationAwardRevoked(at, program.version, award.redemption_id, period, award.points, *taken)]


def _promise(state: MemberState, redemption_id: str) -> tuple[int, Award]:
    """The month and the award that wait for an answer. Raises `BonusNotDue`."""
    for period, award in state.awards.items():
        if award.redemption_id == redemption_id and not award.lot_no:
            return period, award
    raise BonusNotDue(
        f"redemption {redemption_id!r} has no circulation award waiting", f"兑换 {redemption_id!r} 没有待发的流通奖励"
    )
