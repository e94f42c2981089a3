"""Owns movements on the tier ladder: up at once, down only when evaluated and after the protection (R-TIER-5)."""

from __future__ import annotations

from alliance_node.domain.commands import EvaluateTier
from alliance_node.domain.events import Event, TierChanged
from alliance_node.domain.instants import Instant, add_months
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.state import MemberState


def upgrade(program: CompiledProgram, state: MemberState, at: Instant, growth: int, spend_minor: int) -> list[Event]:
    """The rise that the new growth or spend has earned, or nothing. Never computed from the balance (pitfall 10)."""
    earned = program.earned_rank(growth, spend_minor)
    if earned <= program.rank_of(state.tier):
        return []
    until = add_months(at, program.file.tiers.protection_months, program.timezone)
    return [TierChanged(at, program.version, state.tier, program.tier_ids[earned], "upgrade", until)]


def decide_evaluation(program: CompiledProgram, state: MemberState, command: EvaluateTier) -> list[Event]:
    """R-TIER-5: a tier that is no longer earned is lost after its protection, by one step or to the earned tier."""
    at = command.occurred_at
    rises = upgrade(program, state, at, state.growth, state.spend_minor)
    if rises:
        return rises
    current = program.rank_of(state.tier)
    earned = program.earned_rank(state.growth, state.spend_minor)
    if earned == current or at < state.protected_until:
        return []
    target = current - 1 if program.file.tiers.downgrade == "one_step" else earned
    return [TierChanged(at, program.version, state.tier, program.tier_ids[target], "downgrade")]


def revoke(
    program: CompiledProgram, state: MemberState, at: Instant, purchased_at: Instant, growth: int, spend_minor: int
) -> list[Event]:
    """A tier that was reached at or after a purchase is lost with its refund when the rest does not earn it."""
    current = program.rank_of(state.tier)
    earned = program.earned_rank(growth, spend_minor)
    if earned >= current or state.tier_since < purchased_at:
        return []
    return [TierChanged(at, program.version, state.tier, program.tier_ids[earned], "refund")]
