"""Owns the use of benefits: the tier's allowance first, then uses bought with points (R-BEN-1, R-BEN-2)."""

from __future__ import annotations

from typing import NamedTuple

from alliance_node.domain.commands import UseBenefit
from alliance_node.domain.counters import used_in
from alliance_node.domain.deciding.guards import check_not_future, check_not_late
from alliance_node.domain.errors import BenefitAlreadyUsed, BenefitExhausted, InvalidIdentifier, UnknownBenefit
from alliance_node.domain.events import BenefitUsed, CounterValue, Event
from alliance_node.domain.instants import Instant, period_of
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.redemption_schema import Allowance, Award, Benefit
from alliance_node.domain.state import MemberState, timezone_at
from alliance_node.domain.words import both

FOR_EVER = 0
"""The one period of uses that were bought."""


class UsesLeft(NamedTuple):
    """How often a benefit may still be used. `allowance` is what the tier still gives in the running `per` (None: as
    often as wanted), `bought` what was paid with points."""

    allowance: int | None
    bought: int
    per: str


def uses_left(program: CompiledProgram, state: MemberState, benefit_id: str, at: Instant) -> UsesLeft:
    """The member's remaining uses at the instant. Raises `UnknownBenefit`."""
    benefit = _benefit(program, benefit_id)
    bought = _bought(state, benefit_id)
    allowance = allowance_of(program, state.tier, benefit)
    if allowance is None:
        return UsesLeft(0, bought, "ever")
    if allowance.times is None:
        return UsesLeft(None, bought, allowance.per)
    _, used = _used_of_tier(program, state, benefit_id, allowance, at)
    return UsesLeft(max(0, allowance.times - used), bought, allowance.per)


def decide_use(program: CompiledProgram, state: MemberState, command: UseBenefit, now: Instant) -> list[Event]:
    """One use, counted. Refused when the tier gives none and none was bought."""
    at = command.occurred_at
    check_not_future(at, now)
    check_not_late(program, at, now)
    if not 0 < len(command.use_id) <= 64:
        raise InvalidIdentifier(
            f"use_id has {len(command.use_id)} characters; 1 to 64 are allowed",
            f"use_id 有 {len(command.use_id)} 个字符；允许 1 至 64 个",
        )
    benefit = _benefit(program, command.benefit)
    allowance = allowance_of(program, state.tier, benefit)
    counter = _tier_use(program, state, benefit.id, allowance, at)
    bought = counter is None
    if counter is None:
        have = _bought(state, benefit.id)
        if not have:
            raise _exhausted(program, allowance, benefit, state.tier)
        counter = CounterValue(bought_counter(benefit.id), FOR_EVER, have - 1, -1)
    return [BenefitUsed(at, program.version, command.use_id, benefit.id, state.tier, bought, (counter,))]


def bought_uses(offer: Award, quantity: int, state: MemberState) -> tuple[CounterValue, ...]:
    """What a benefit option adds to the member's bought uses (R-BEN-2); nothing for other options."""
    if offer.benefit is None:
        return ()
    more = offer.uses * quantity
    return (CounterValue(bought_counter(offer.benefit), FOR_EVER, _bought(state, offer.benefit) + more, more),)


def check_unused(state: MemberState, made: tuple[CounterValue, ...], redemption_id: str) -> None:
    """Refuse to take back uses of a benefit that are no longer all there."""
    for key, _, _, delta in made:
        if key.startswith("benefit/") and (left := used_in(state.counters.get(key), FOR_EVER, 0)) < delta:
            raise BenefitAlreadyUsed(
                f"redemption {redemption_id!r} bought {delta} uses; {left} are left",
                f"兑换 {redemption_id!r} 购入 {delta} 次；还剩 {left} 次",
            )


def allowance_of(program: CompiledProgram, tier: str, benefit: Benefit) -> Allowance | None:
    """The allowance of the tier, or of the nearest tier below that has one: who stands higher never has less."""
    rank = program.rank_of(tier)
    reached = [found for found in benefit.allowances if program.rank_of(found.tier) <= rank]
    return max(reached, key=lambda found: program.rank_of(found.tier), default=None)


def bought_counter(benefit_id: str) -> str:
    """The counter of uses bought and not yet used."""
    return f"benefit/{benefit_id}/bought"


def _benefit(program: CompiledProgram, benefit_id: str) -> Benefit:
    benefit = program.benefits.get(benefit_id)
    if benefit is None:
        known = ", ".join(sorted(program.benefits)) or "none"
        raise UnknownBenefit(
            f"the program has no benefit {benefit_id!r}; it has: {known}", f"计划没有权益 {benefit_id!r}；现有：{known}"
        )
    return benefit


def _bought(state: MemberState, benefit_id: str) -> int:
    return used_in(state.counters.get(bought_counter(benefit_id)), FOR_EVER, 0)


def _used_of_tier(
    program: CompiledProgram, state: MemberState, benefit_id: str, allowance: Allowance, at: Instant
) -> tuple[int, int]:
    """(period, uses counted in it)"""
    period = period_of(allowance.per, program.day_for(at, timezone_at(state, at)))
    counter = state.counters.get(f"benefit/{benefit_id}/{allowance.per}")
    return period, used_in(counter, period, allowance.times or 0)


def _tier_use(
    program: CompiledProgram, state: MemberState, benefit_id: str, allowance: Allowance | None, at: Instant
) -> CounterValue | None:
    """One more use of the tier's allowance, or None when it has no room."""
    if allowance is None:
        return None
    period, used = _used_of_tier(program, state, benefit_id, allowance, at)
    if allowance.times is not None and used >= allowance.times:
        return None
    return CounterValue(f"benefit/{benefit_id}/{allowance.per}", period, used + 1, 1)


def _exhausted(program: CompiledProgram, allowance: Allowance | None, benefit: Benefit, tier: str) -> BenefitExhausted:
    (en, zh), name = both(program), benefit.name
    if allowance is None:
        return BenefitExhausted(
            f"tier {en.tier(tier)} has no uses of {name.en}, and none is bought",
            f"等级 {zh.tier(tier)} 没有 {name.zh} 次数，也未另购",
        )
    return BenefitExhausted(
        f"{name.en}: all {allowance.times} uses {en.period(allowance.per)} of tier {en.tier(tier)} are used, "
        "and none is bought",
        f"{name.zh}：等级 {zh.tier(tier)} {zh.period(allowance.per)} {allowance.times} 次已用完，也未另购",
    )
