"""Owns the dry run of any command: what would happen, in the same words as what happened, and which limits it meets.
Changes nothing, commits nothing."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from alliance_node.domain.commands import Command
from alliance_node.domain.decide import NO_LIMITS, Decision, decide
from alliance_node.domain.errors import DomainError, NoProgramInForce
from alliance_node.domain.event_facts import PurchaseHistory, points_of
from alliance_node.domain.evolve import evolve_all
from alliance_node.domain.explain import explain
from alliance_node.domain.instants import Instant
from alliance_node.domain.limit_room import LimitRoom, rooms
from alliance_node.domain.program.book import ProgramBook
from alliance_node.domain.quantities import pending, spendable
from alliance_node.domain.refusals import Refusal, refusal
from alliance_node.domain.state import MemberState, working_copy
from alliance_node.domain.words import words_of

__all__ = ["LimitRoom", "Preview", "Refusal", "preview"]


class Preview(msgspec.Struct, frozen=True):
    """A command that was not carried out; quantities are as of `now`, after it."""

    decision: Decision
    points: int
    spendable_after: int
    pending_after: int
    growth_after: int
    tier_after: str
    explanation: list[str]
    limits: list[LimitRoom] = []
    refusal: Refusal | None = None


def preview(
    programs: ProgramBook,
    state: MemberState,
    command: Command,
    now: Instant,
    language: str = "en",
    *,
    history: PurchaseHistory | None = None,
    available: Mapping[str, int] = NO_LIMITS,
) -> Preview:
    """R-EARN-11: at the same state and instant equal to booking (pitfall 9). A refusal is told, not raised."""
    decision, refused = Decision([]), None
    try:
        decision = decide(programs, state, command, now, history, available)
    except DomainError as error:
        refused = refusal(error, language)
    after = evolve_all(working_copy(state), decision.events)
    return Preview(
        decision,
        sum(points_of(event) for event in decision.events),
        spendable(after, now),
        pending(after, now),
        after.growth,
        after.tier,
        [line for event in decision.events for line in explain(event, language, programs)],
        _limits(programs, state, command, decision, available, language),
        refused,
    )


def _limits(
    programs: ProgramBook,
    state: MemberState,
    command: Command,
    decision: Decision,
    available: Mapping[str, int],
    language: str,
) -> list[LimitRoom]:
    """Under the rules that decide the command: those of its own time."""
    at = getattr(command, "occurred_at", None)
    try:
        program = programs.at(at) if at is not None and state.version else None
    except NoProgramInForce:
        program = None
    if program is None:
        return []
    return rooms(program, state, command, decision.events, available, words_of(language, program))
