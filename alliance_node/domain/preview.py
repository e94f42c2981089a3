"""Owns the dry run: what would happen, in the same words as what happened. Changes nothing, commits nothing."""

from __future__ import annotations

import msgspec

from alliance_node.domain.commands import RecordPurchase
from alliance_node.domain.decide import Decision, decide
from alliance_node.domain.events import points_of
from alliance_node.domain.evolve import evolve_all
from alliance_node.domain.explain import explain
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import ProgramBook
from alliance_node.domain.quantities import pending, spendable
from alliance_node.domain.state import MemberState, working_copy


class Preview(msgspec.Struct, frozen=True):
    """A purchase that was not made. `spendable_after` and `pending_after` are as of `now`."""

    decision: Decision
    points: int
    spendable_after: int
    pending_after: int
    tier_after: str
    explanation: list[str]


def preview_purchase(
    programs: ProgramBook, state: MemberState, command: RecordPurchase, now: Instant, language: str = "en"
) -> Preview:
    """R-EARN-11: at the same state and instant equal to booking (pitfall 9). Raises what booking would raise."""
    decision = decide(programs, state, command, now)
    after = evolve_all(working_copy(state), decision.events)
    return Preview(
        decision,
        sum(points_of(event) for event in decision.events),
        spendable(after, now),
        pending(after, now),
        after.tier,
        [line for event in decision.events for line in explain(event, language, programs)],
    )
