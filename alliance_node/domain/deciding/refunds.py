"""Owns refunds: exactly what the purchase earned is clawed back, from the lots that it created (pitfalls 4 and 7).

Partial refunds are proportional and cumulative, so that refunding everything takes exactly what was earned. Caps,
budgets and the progress of goals follow, and rewards that are no longer earned are revoked (`revoking.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from alliance_node.domain.commands import RecordRefund
from alliance_node.domain.deciding.clawback import Share, Taken, budgets_back, counters_back, take_back
from alliance_node.domain.deciding.founders import still_added
from alliance_node.domain.deciding.guards import check_amount, check_business_key, check_not_future, check_not_late
from alliance_node.domain.deciding.revoking import refunded_steps, reserved_for_revocations, revocations
from alliance_node.domain.deciding.threshold_gifts import due_back
from alliance_node.domain.deciding.tiers import revoke
from alliance_node.domain.errors import RefundExceedsPurchase, UnknownPurchase
from alliance_node.domain.event_facts import PurchaseHistory
from alliance_node.domain.events import (
    CounterValue,
    Event,
    GrantedGift,
    LimitUse,
    PurchaseImported,
    PurchaseRecorded,
    PurchaseRefunded,
)
from alliance_node.domain.growth import decayed
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import CompiledProgram, ProgramBook
from alliance_node.domain.state import MemberState
from alliance_node.domain.words import both


def decide_refund(
    programs: ProgramBook,
    state: MemberState,
    command: RecordRefund,
    now: Instant,
    history: PurchaseHistory | None,
) -> list[Event]:
    """The clawback of a refund or partial refund; a purchase of nothing is refunded by one refund of nothing.

    Raises `UnknownPurchase`, `RefundExceedsPurchase`.
    """
    program = programs.at(command.occurred_at)
    check_business_key(command.source, command.source_event_id)
    check_not_future(command.occurred_at, now)
    check_not_late(program, command.occurred_at, now, command.late_approval)
    if history is None or not isinstance(history.purchase, PurchaseRecorded | PurchaseImported):
        raise UnknownPurchase(
            f"no purchase {command.purchase_source!r} / {command.purchase_source_event_id!r} of this member",
            f"该会员没有消费 {command.purchase_source!r} / {command.purchase_source_event_id!r}",
        )
    earlier = [event for event in history.later if isinstance(event, PurchaseRefunded)]
    before, share = _shares(program, command, history.purchase.amount_minor, earlier)
    if isinstance(history.purchase, PurchaseImported):
        event = _of_imported(program, state, command, now, history.purchase, earlier, share)
        return [event, *_tier(program, state, event, [event], now, history.purchase.occurred_at)]
    added = still_added(history.later, share)
    event = _of_recorded(programs, state, command, now, history.purchase, earlier, (before, share), added)
    reserved = reserved_for_revocations(programs, state, history.purchase, event, now) if event.debt_points else 0
    if reserved:
        event = _of_recorded(programs, state, command, now, history.purchase, earlier, (before, share), added, reserved)
    events: list[Event] = [event, *revocations(programs, program, state, history.purchase, event, now)]
    return [*events, *_tier(program, state, event, events, now, history.purchase.occurred_at)]


def _shares(
    program: CompiledProgram, command: RecordRefund, amount: int, earlier: Sequence[PurchaseRefunded]
) -> tuple[Share, Share]:
    """How much of the purchase was undone before and is undone now."""
    check_amount(command.amount_minor, 1 if amount else 0)
    refunded = sum(event.amount_minor for event in earlier)
    total = refunded + command.amount_minor
    if total > amount or (earlier and not amount):
        en, zh = both(program)
        raise RefundExceedsPurchase(
            f"refund of {en.money(command.amount_minor)} on a purchase of {en.money(amount)} "
            f"of which {en.money(refunded)} are already refunded",
            f"退款 {zh.money(command.amount_minor)}，而消费为 {zh.money(amount)}，其中 {zh.money(refunded)} 已退",
        )
    return (Share(refunded, amount), Share(total, amount)) if amount else (Share(0, 1), Share(1, 1))


def _of_recorded(
    programs: ProgramBook,
    state: MemberState,
    command: RecordRefund,
    now: Instant,
    purchase: PurchaseRecorded,
    earlier: Sequence[PurchaseRefunded],
    shares: tuple[Share, Share],
    added: Sequence[tuple[int, int]],
    reserved: int = 0,
) -> PurchaseRefunded:
    before, share = shares
    program = programs.at(command.occurred_at)
    clawed = _clawed_before(earlier)
    due = [*((lot.lot_no, share.of(lot.amount)) for lot in purchase.lots), *added]
    wanted = [(lot_no, points - clawed.get(lot_no, 0)) for lot_no, points in due]
    left_before, left = purchase.growth - before.of(purchase.growth), purchase.growth - share.of(purchase.growth)
    growth = _decayed(programs, left_before, purchase, now) - _decayed(programs, left, purchase, now)
    returned = {gift.rule_id for event in earlier for gift in event.gifts_due_back}
    then = programs.version(purchase.program_version)
    whole = share.part == share.whole
    given = [value for event in earlier for value in event.counters]
    gifts = due_back(then, purchase, purchase.amount_minor - share.part, whole)
    return _event(
        program,
        command,
        take_back(program, state, wanted, now, reserved=reserved),
        min(growth, state.growth),
        (*counters_back(state, purchase.counters, share, given), *(refunded_steps(state, purchase) if whole else ())),
        budgets_back(purchase.limits, share, [use for event in earlier for use in event.limits]),
        tuple(gift for gift in gifts if gift.rule_id not in returned),
        whole,
    )


def _decayed(programs: ProgramBook, growth: int, purchase: PurchaseRecorded, now: Instant) -> int:
    return decayed(programs, growth, purchase.occurred_at, now) if growth else 0


def _of_imported(
    program: CompiledProgram,
    state: MemberState,
    command: RecordRefund,
    now: Instant,
    purchase: PurchaseImported,
    earlier: Sequence[PurchaseRefunded],
    share: Share,
) -> PurchaseRefunded:
    """The points of the old system are part of the opening balance: no lot is known, so they count as spent."""
    gone = share.of(purchase.points) - sum(event.debt_points + event.forgiven_points for event in earlier)
    taken = take_back(program, state, (), now, gone)
    return _event(program, command, taken, 0, (), (), (), share.part == share.whole)


def _event(
    program: CompiledProgram,
    command: RecordRefund,
    taken: Taken,
    growth: int,
    counters: tuple[CounterValue, ...],
    limits: tuple[LimitUse, ...],
    gifts: tuple[GrantedGift, ...],
    whole: bool,
) -> PurchaseRefunded:
    steps = [(gift.rule_id, "gift_due_back", 0, (gift.quantity,)) for gift in gifts]
    return PurchaseRefunded(
        command.occurred_at,
        program.version,
        command.source,
        command.source_event_id,
        command.purchase_source,
        command.purchase_source_event_id,
        command.amount_minor,
        taken.lots,
        taken.available,
        taken.pending,
        taken.expired,
        taken.debt,
        taken.forgiven,
        growth,
        (*taken.trace(), *steps),
        counters,
        limits,
        gifts,
        whole,
        command.late_approval,
    )


def _clawed_before(earlier: Sequence[PurchaseRefunded]) -> dict[int, int]:
    clawed: dict[int, int] = {}
    for event in earlier:
        for part in event.lots:
            clawed[part.lot_no] = clawed.get(part.lot_no, 0) + part.points + part.spent
    return clawed


def _tier(
    program: CompiledProgram,
    state: MemberState,
    refund: PurchaseRefunded,
    events: Sequence[Event],
    now: Instant,
    purchased_at: Instant,
) -> list[Event]:
    """The tier that the purchase lifted into is lost when what is left does not earn it."""
    growth = state.growth - sum(getattr(event, "growth", 0) for event in events)
    return revoke(program, state, now, purchased_at, growth, max(0, state.spend_minor - refund.amount_minor))
