"""Owns the one pure function that turns a command into events. Reads no clock or database, never mutates its input.

Order within one decision: maturities and decays that are due, the command itself, new ends of lots, debts that can be
repaid. Refusals are
`DomainError`s and leave no event. Old events are never decided again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from alliance_node.domain.commands import (
    AccelerateEarning,
    AwardPrize,
    CancelRedemption,
    CaptureConversion,
    ChangeTimezone,
    Command,
    EnrolMember,
    EvaluateTier,
    HoldForConversion,
    ImportOpening,
    ImportPurchase,
    PayCirculationAward,
    PaySpendingBonus,
    RecallPoints,
    ReceiveConversion,
    ReceiveGift,
    RecordBehaviour,
    RecordPurchase,
    RecordRefund,
    Redeem,
    RefuseCirculationAward,
    RefuseSpendingBonus,
    ReleaseConversion,
    ReturnConversion,
    SendGift,
    SweepExpiry,
    UseBenefit,
    refers_to,
)
from alliance_node.domain.deciding.benefits import decide_use
from alliance_node.domain.deciding.circulation_award import decide_pay_award, decide_refuse_award
from alliance_node.domain.deciding.converting import decide_capture, decide_hold, decide_release, decide_return
from alliance_node.domain.deciding.debts import maturities, repayment
from alliance_node.domain.deciding.earning import decide_behaviour, decide_purchase, decide_receive, earning_limits
from alliance_node.domain.deciding.founders import decide_acceleration
from alliance_node.domain.deciding.gifts import decide_receive_gift, decide_send
from alliance_node.domain.deciding.lottery import decide_award
from alliance_node.domain.deciding.membership import decide_enrol, decide_sweep, decide_timezone
from alliance_node.domain.deciding.opening import decide_old_purchase, decide_opening
from alliance_node.domain.deciding.recalls import decide_recall
from alliance_node.domain.deciding.redeeming import decide_cancel, decide_redeem, redemption_limits
from alliance_node.domain.deciding.refunds import decide_refund
from alliance_node.domain.deciding.spending_bonus import decide_pay, decide_refuse
from alliance_node.domain.deciding.tiers import decide_evaluation, new_ends
from alliance_node.domain.errors import InvariantBroken, UnknownMember
from alliance_node.domain.event_facts import PurchaseHistory
from alliance_node.domain.events import Event, LimitUse
from alliance_node.domain.evolve import evolve_all
from alliance_node.domain.growth import decay
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import CompiledProgram, ProgramBook
from alliance_node.domain.state import MemberState, working_copy

__all__ = ["Decision", "decide", "limits_needed", "needs_lots", "refers_to"]

NO_LIMITS: Mapping[str, int] = MappingProxyType({})

_WITHOUT_LOTS = (SweepExpiry, EvaluateTier)
"""Commands of set-based jobs, whose states are loaded without lots where they need none."""
_TAKING_BACK = (RecordRefund, CancelRedemption)
"""Commands that can leave a debt."""
_ABOUT_GROWTH = (RecordPurchase, RecordBehaviour, RecordRefund, EvaluateTier, ImportOpening)
"""Commands that change or judge growth value."""


class Decision(msgspec.Struct, frozen=True):
    """What happens: the events in order."""

    events: list[Event]

    @property
    def consumes(self) -> list[LimitUse]:
        """What the events take of shared limits (negative: given back)."""
        return [use for event in self.events for use in getattr(event, "limits", ())]


class Context(msgspec.Struct, frozen=True):
    """Everything that one decision may look at; what arrives from elsewhere is judged by the rules in force `now`."""

    programs: ProgramBook
    state: MemberState
    now: Instant
    history: PurchaseHistory | None
    available: Mapping[str, int]

    @property
    def program(self) -> CompiledProgram:
        """The rules in force now."""
        return self.programs.at(self.now)


_DECIDERS: dict[type[Any], Callable[[Context, Any], list[Event]]] = {
    RecordPurchase: lambda c, command: decide_purchase(
        c.programs.at(command.occurred_at), c.state, command, c.now, c.available
    ),
    RecordBehaviour: lambda c, command: decide_behaviour(
        c.programs.at(command.occurred_at), c.state, command, c.now, c.available
    ),
    RecordRefund: lambda c, command: decide_refund(c.programs, c.state, command, c.now, c.history),
    AccelerateEarning: lambda c, command: decide_acceleration(
        c.programs.at(command.occurred_at), c.state, command, c.now, c.history
    ),
    Redeem: lambda c, command: decide_redeem(c.programs, c.state, command, c.now, c.available),
    CancelRedemption: lambda c, command: decide_cancel(c.programs, c.state, command, c.now, c.history),
    PaySpendingBonus: lambda c, command: decide_pay(c.programs, c.state, command, c.now, c.history),
    RefuseSpendingBonus: lambda c, command: decide_refuse(c.state, command, c.now, c.history),
    PayCirculationAward: lambda c, command: decide_pay_award(c.program, c.state, command, c.now),
    RefuseCirculationAward: lambda c, command: decide_refuse_award(c.state, command, c.now),
    UseBenefit: lambda c, command: decide_use(c.programs.at(command.occurred_at), c.state, command, c.now),
    SendGift: lambda c, command: decide_send(c.programs.at(command.occurred_at), c.state, command, c.now),
    ReceiveGift: lambda c, command: decide_receive_gift(c.programs.at(command.occurred_at), c.state, command, c.now),
    AwardPrize: lambda c, command: decide_award(c.programs, c.state, command, c.now),
    EnrolMember: lambda c, command: decide_enrol(c.program, c.state, command, c.now),
    EvaluateTier: lambda c, command: decide_evaluation(c.programs.at(command.occurred_at), c.state, command, c.now),
    SweepExpiry: lambda c, command: decide_sweep(c.state, command, c.now),
    ChangeTimezone: lambda c, command: decide_timezone(c.state, command, c.now),
    RecallPoints: lambda c, command: decide_recall(c.program, c.state, command, c.now),
    HoldForConversion: lambda c, command: decide_hold(c.programs.at(command.occurred_at), c.state, command, c.now),
    CaptureConversion: lambda c, command: decide_capture(c.state, command, c.history),
    ReceiveConversion: lambda c, command: decide_receive(c.program, c.state, command, c.now),
    ReleaseConversion: lambda c, command: decide_release(c.program, c.state, command, c.now, c.history),
    ReturnConversion: lambda c, command: decide_return(c.program, c.state, command, c.now, c.history),
    ImportOpening: lambda c, command: decide_opening(c.program, c.state, command, c.now),
    ImportPurchase: lambda c, command: decide_old_purchase(command, c.now),
}
"""One line for each kind of command."""


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
        raise UnknownMember(
            f"member {command.member_id} is not enrolled at this brand", f"会员 {command.member_id} 未在本品牌入会"
        )
    before: list[Event] = maturities(state, now) if state.pending else []
    if programs.decays and type(command) in _ABOUT_GROWTH:
        before = [*before, *_decay(programs, state, command, now)]
    if before:
        state = evolve_all(working_copy(state), before)
    decider = _DECIDERS.get(type(command))
    if decider is None:
        raise InvariantBroken(f"no decision for {type(command).__name__}")
    events = decider(Context(programs, state, now, history, available_limits), command)
    if programs.never_tiers:
        events = [*events, *new_ends(programs.at(now), state, events, now)]
    if (state.debt_points or type(command) in _TAKING_BACK) and type(command) not in _WITHOUT_LOTS:
        events = [*events, *repayment(programs.at(now), state, before, events, now)]
    return Decision([*before, *events] if before else events)


def _decay(programs: ProgramBook, state: MemberState, command: Command, now: Instant) -> list[Event]:
    if isinstance(command, EvaluateTier):  # judged as of its own instant; brings no growth that a boundary could take
        return decay(programs, state, min(now, command.occurred_at)) if state.growth else []
    return decay(programs, state, now)


def needs_lots(programs: ProgramBook, command: Command) -> bool:
    """Whether the state that `decide` gets must carry the member's open lots."""
    if isinstance(command, EvaluateTier):
        return programs.never_tiers
    return not isinstance(command, SweepExpiry)


def limits_needed(programs: ProgramBook, command: Command) -> tuple[str, ...]:
    """The shared limits whose room `decide` must be told in `available_limits`."""
    if isinstance(command, RecordPurchase | RecordBehaviour):
        return earning_limits(programs.at(command.occurred_at), command)
    if isinstance(command, Redeem):
        return redemption_limits(programs.at(command.occurred_at), command)
    return ()
