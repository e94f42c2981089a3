"""Owns the one pure function that turns a command into events. Reads no clock or database, never mutates its input.

Order within one decision: maturities that are due, the command itself, debts that can be repaid. Refusals are
`DomainError`s and leave no event. Old events are never decided again.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from alliance_node.domain.commands import (
    CancelRedemption,
    CaptureConversion,
    Command,
    EnrolMember,
    EvaluateTier,
    HoldForConversion,
    ReceiveConversion,
    RecordBehaviour,
    RecordPurchase,
    RecordRefund,
    Redeem,
    ReleaseConversion,
    ReturnConversion,
    SweepExpiry,
    refers_to,
)
from alliance_node.domain.deciding.converting import decide_capture, decide_hold, decide_release, decide_return
from alliance_node.domain.deciding.debts import maturities, repayment
from alliance_node.domain.deciding.earning import decide_behaviour, decide_purchase, decide_receive
from alliance_node.domain.deciding.membership import decide_enrol, decide_sweep
from alliance_node.domain.deciding.redeeming import Consumption, decide_cancel, decide_redeem
from alliance_node.domain.deciding.refunds import decide_refund
from alliance_node.domain.deciding.tiers import decide_evaluation
from alliance_node.domain.errors import InvariantBroken, UnknownMember
from alliance_node.domain.events import Event, PurchaseHistory
from alliance_node.domain.evolve import evolve_all
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import ProgramBook
from alliance_node.domain.state import MemberState, working_copy

__all__ = ["Decision", "decide", "limits_needed", "refers_to"]

NO_LIMITS: Mapping[str, int] = MappingProxyType({})

_WITHOUT_LOTS = (SweepExpiry, EvaluateTier)
"""Commands of set-based jobs, whose states are loaded without lots."""


class Decision(msgspec.Struct, frozen=True):
    """What happens: the events in order, and what they take of shared limits (negative: given back)."""

    events: list[Event]
    consumes: list[Consumption] = []


def decide(
    programs: ProgramBook,
    state: MemberState,
    command: Command,
    now: Instant,
    history: PurchaseHistory | None = None,
    available_limits: Mapping[str, int] = NO_LIMITS,
) -> Decision:
    """The decision on a command at `now`. Rules are those in force at `occurred_at`. Raises `DomainError`."""
    if not state.version and type(command) is not EnrolMember:
        raise UnknownMember(f"member {command.member_id} is not enrolled at this brand")
    before: list[Event] = maturities(state, now) if state.pending else []
    if before:
        state = evolve_all(working_copy(state), before)
    if type(command) is RecordPurchase:
        program = programs.at(command.occurred_at)
        decision = Decision(decide_purchase(program, state, command, now))
    else:
        decision = _dispatch(programs, state, command, now, history, available_limits)
    after: list[Event] = []
    if (state.debt_points or type(command) is RecordRefund) and type(command) not in _WITHOUT_LOTS:
        after = repayment(programs.at(now), state, before, decision.events, now)
    if not before and not after:
        return decision
    return Decision([*before, *decision.events, *after], decision.consumes)


def _dispatch(
    programs: ProgramBook,
    state: MemberState,
    command: Command,
    now: Instant,
    history: PurchaseHistory | None,
    available_limits: Mapping[str, int],
) -> Decision:
    if isinstance(command, CaptureConversion):
        return Decision(decide_capture(state, command, history))
    if isinstance(command, SweepExpiry):
        return Decision(decide_sweep(state, command, now))
    if isinstance(command, Redeem):
        program = programs.at(command.occurred_at)
        return Decision(*decide_redeem(program, state, command, now, available_limits))
    if isinstance(command, CancelRedemption):
        return Decision(*decide_cancel(programs.at(now), state, command, now, history))
    return Decision(_single(programs, state, command, now, history))


def _single(
    programs: ProgramBook, state: MemberState, command: Command, now: Instant, history: PurchaseHistory | None
) -> list[Event]:
    """Commands that take no shared limit. What arrives from the ledger is judged by the rules in force now."""
    match command:
        case EnrolMember():
            return decide_enrol(programs.at(now), state, command, now)
        case RecordBehaviour():
            return decide_behaviour(programs.at(command.occurred_at), state, command, now)
        case RecordRefund():
            return decide_refund(programs.at(command.occurred_at), state, command, now, history)
        case EvaluateTier():
            return decide_evaluation(programs.at(command.occurred_at), state, command)
        case HoldForConversion():
            return decide_hold(programs.at(command.occurred_at), state, command, now)
        case ReceiveConversion():
            return decide_receive(programs.at(now), state, command, now)
        case ReleaseConversion():
            return decide_release(programs.at(now), state, command, now, history)
        case ReturnConversion():
            return decide_return(programs.at(now), state, command, now, history)
    raise InvariantBroken(f"no decision for {type(command).__name__}")


def limits_needed(programs: ProgramBook, command: Command) -> tuple[str, ...]:
    """The shared limits whose room `decide` must be told in `available_limits`."""
    if not isinstance(command, Redeem):
        return ()
    compiled = programs.at(command.occurred_at).offers.get(command.option)
    return (compiled.limit_id,) if compiled is not None and compiled.limit_id else ()
