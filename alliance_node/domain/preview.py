"""Owns the dry run of any command: what would happen, in the same words as what happened, and which limits it meets.
Changes nothing, commits nothing."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from alliance_node.domain.commands import Command
from alliance_node.domain.decide import NO_LIMITS, Decision, decide
from alliance_node.domain.errors import DomainError
from alliance_node.domain.events import PurchaseHistory, points_of
from alliance_node.domain.evolve import evolve_all
from alliance_node.domain.explain import explain
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import ProgramBook
from alliance_node.domain.quantities import pending, spendable
from alliance_node.domain.state import MemberState, working_copy


class LimitRoom(msgspec.Struct, frozen=True):
    """A limit that the command meets. `unit` is times, points or money (minor units); `left` is what is left after the
    command, `binds` whether it cuts or refuses the command. `name` is in the language that was asked for."""

    kind: str
    limit_id: str
    name: str
    unit: str
    maximum: int
    used: int
    left: int
    binds: bool


class Refusal(msgspec.Struct, frozen=True):
    """Why it would be refused, and what to do next."""

    code: str
    message: str
    next_step: str


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
    decision, refusal = Decision([]), None
    try:
        decision = decide(programs, state, command, now, history, available)
    except DomainError as error:
        refusal = Refusal(error.code, error.message, error.next_step)
    after = evolve_all(working_copy(state), decision.events)
    return Preview(
        decision,
        sum(points_of(event) for event in decision.events),
        spendable(after, now),
        pending(after, now),
        after.growth,
        after.tier,
        [line for event in decision.events for line in explain(event, language, programs)],
        [],
        refusal,
    )


def preview_purchase(
    programs: ProgramBook, state: MemberState, command: Command, now: Instant, language: str = "en"
) -> Preview:
    """`preview` of a purchase that is not refused. Raises what booking would raise."""
    decide(programs, state, command, now)
    return preview(programs, state, command, now, language)
