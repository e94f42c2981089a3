"""Owns how far a member has come with the task that keeps a protected tier (R-TIER-5). Decides nothing."""

from __future__ import annotations

import msgspec

from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.values import to_minor
from alliance_node.domain.state import MemberState


class RetentionTask(msgspec.Struct, frozen=True):
    """What is counted (spend in minor units, purchases or growth value) since the tier was reached or last kept."""

    counts: str
    needed: int
    done: int

    @property
    def missing(self) -> int:
        """What is still to be done; 0 when the task is met."""
        return max(0, self.needed - self.done)


def retention_of(program: CompiledProgram, state: MemberState) -> RetentionTask | None:
    """The task of the member's tier, or None when the program sets none for it."""
    for task in program.file.tiers.retention:
        if task.tier == state.tier:
            if task.spend is not None:
                needed = to_minor(task.spend, program.file.currency_exponent)
                return RetentionTask("spend", needed, state.kept_spend_minor)
            if task.purchases is not None:
                return RetentionTask("purchases", task.purchases, state.kept_purchases)
            return RetentionTask("growth", task.growth or 0, state.kept_growth)
    return None
