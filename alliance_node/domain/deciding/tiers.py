"""Owns movements on the tier ladder: up at once, down only when evaluated, after the protection and only when the
retention task was missed (R-TIER-5), and what they do to the ends of lots (R-EXP-4).

Growth value is judged after its decay: `decide` books what is due before.
"""

from __future__ import annotations

from alliance_node.domain.commands import EvaluateTier
from alliance_node.domain.deciding.guards import check_not_future
from alliance_node.domain.events import Event, Extension, LotsExtended, OpeningImported, TierChanged
from alliance_node.domain.evolve import evolve_all
from alliance_node.domain.instants import FAR_FUTURE, Instant, add_months
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.retention import retention_of
from alliance_node.domain.state import Lot, MemberState, working_copy


def upgrade(program: CompiledProgram, state: MemberState, at: Instant, growth: int, spend_minor: int) -> list[Event]:
    """The rise that the new growth or spend has earned, or nothing. Never computed from the balance (pitfall 10)."""
    earned = program.earned_rank(growth, spend_minor)
    if not earned or earned <= program.rank_of(state.tier):
        return []
    return [
        TierChanged(at, program.version, state.tier, program.tier_ids[earned], "upgrade", protection_from(program, at))
    ]


def protection_from(program: CompiledProgram, at: Instant) -> Instant:
    """The end of a protection that begins at the instant."""
    return add_months(at, program.file.tiers.protection_months, program.timezone)


def decide_evaluation(program: CompiledProgram, state: MemberState, command: EvaluateTier, now: Instant) -> list[Event]:
    """R-TIER-5: a tier that is no longer earned is kept for another protection by its retention task, else lost after
    the protection, by one step or to the earned tier."""
    at = command.occurred_at
    check_not_future(at, now)
    rises = upgrade(program, state, at, state.growth, state.spend_minor)
    if rises:
        return rises
    current = program.rank_of(state.tier)
    earned = program.earned_rank(state.growth, state.spend_minor)
    if earned >= current or at < state.protected_until:
        return []
    task = retention_of(program, state)
    if task is not None and not task.missing:
        until = protection_from(program, at)
        return [TierChanged(at, program.version, state.tier, state.tier, "retained", until)]
    return [TierChanged(at, program.version, state.tier, program.tier_ids[fall(program, current, earned)], "downgrade")]


def fall(program: CompiledProgram, current: int, earned: int) -> int:
    """The rank that a downgrade leads to."""
    return current - 1 if program.file.tiers.downgrade == "one_step" else earned


def revoke(
    program: CompiledProgram, state: MemberState, at: Instant, purchased_at: Instant, growth: int, spend_minor: int
) -> list[Event]:
    """A tier that was reached at or after a purchase is lost with its refund when the rest does not earn it."""
    current = program.rank_of(state.tier)
    earned = program.earned_rank(growth, spend_minor)
    if earned >= current or state.tier_since < purchased_at:
        return []
    return [TierChanged(at, program.version, state.tier, program.tier_ids[earned], "refund")]


def new_ends(program: CompiledProgram, state: MemberState, events: list[Event], now: Instant) -> list[Event]:
    """R-EXP-4: the rise into a tier whose points never expire takes the end of every open lot away; the way down gives
    them the program's term anew, from that day. `state` is the one before `events`."""
    reached = [_reached(event) for event in events if isinstance(event, TierChanged | OpeningImported)]
    if not reached:
        return []
    lasted, lasts = state.tier in program.never_tiers, reached[-1] in program.never_tiers
    if lasted == lasts:
        return []
    after = evolve_all(working_copy(state), events)
    ends = FAR_FUTURE if lasts else program.expires_at(now, after.tier)
    moved = tuple(
        Extension(lot.lot_no, lot.remaining, lot.expires_at, ends)
        for lot in sorted(after.lots.values(), key=_number)
        if _is_open(lot, after, now) and (lot.expires_at == FAR_FUTURE) != lasts
    )
    return [LotsExtended(now, program.version, moved, "tier" if lasts else "tier_lost")] if moved else []


def _reached(event: TierChanged | OpeningImported) -> str:
    return event.tier if isinstance(event, OpeningImported) else event.new_tier


def _number(lot: Lot) -> int:
    return lot.lot_no


def _is_open(lot: Lot, state: MemberState, now: Instant) -> bool:
    return lot.remaining > 0 and lot.expires_at > max(now, state.swept_through)
