"""Owns refunds: exactly what the purchase earned is clawed back, from the lots that it created (pitfalls 4 and 7).

Order: unspent remainder; expired part, against breakage; spent part, to the program's debt policy. Partial refunds
are proportional and cumulative, so that refunding everything takes exactly what was earned.
"""

from __future__ import annotations

from alliance_node.domain.commands import RecordRefund
from alliance_node.domain.deciding.guards import check_amount, check_business_key, check_not_future, check_not_late
from alliance_node.domain.deciding.spending import available, loaded_lot
from alliance_node.domain.deciding.tiers import revoke
from alliance_node.domain.errors import RefundExceedsPurchase, UnknownPurchase
from alliance_node.domain.events import Clawback, Event, PurchaseHistory, PurchaseRecorded, PurchaseRefunded
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import CompiledProgram, ProgramBook
from alliance_node.domain.state import MemberState


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
    if history is None or not isinstance(history.purchase, PurchaseRecorded):
        raise UnknownPurchase(
            f"no purchase {command.purchase_source!r} / {command.purchase_source_event_id!r} of this member"
        )
    purchase = history.purchase
    check_amount(command.amount_minor, 1 if purchase.amount_minor else 0)
    earlier = [event for event in history.later if isinstance(event, PurchaseRefunded)]
    refunded = sum(event.amount_minor for event in earlier)
    total = refunded + command.amount_minor
    if total > purchase.amount_minor or (earlier and not purchase.amount_minor):
        raise RefundExceedsPurchase(
            f"refund of {command.amount_minor} on a purchase of {purchase.amount_minor} minor units "
            f"of which {refunded} are already refunded"
        )
    part, whole = (total, purchase.amount_minor) if purchase.amount_minor else (1, 1)
    clawed = _clawed_before(earlier)
    wanted = [(lot.lot_no, lot.amount * part // whole - clawed.get(lot.lot_no, 0)) for lot in purchase.lots]
    growth = purchase.growth * part // whole - sum(event.growth for event in earlier)
    event = _refund_event(program, state, command, now, wanted, min(growth, state.growth))
    left_growth, left_spend = state.growth - event.growth, state.spend_minor - command.amount_minor
    return [event, *revoke(program, state, now, purchase.occurred_at, left_growth, left_spend)]


def _clawed_before(earlier: list[PurchaseRefunded]) -> dict[int, int]:
    clawed: dict[int, int] = {}
    for event in earlier:
        for part in event.lots:
            clawed[part.lot_no] = clawed.get(part.lot_no, 0) + part.points + part.spent
    return clawed


def _refund_event(
    program: CompiledProgram,
    state: MemberState,
    command: RecordRefund,
    now: Instant,
    wanted: list[tuple[int, int]],
    growth: int,
) -> PurchaseRefunded:
    from_available = from_pending = from_expired = taken_alive = 0
    parts: list[tuple[int, int, int]] = []
    for lot_no, points in wanted:
        lot = loaded_lot(state, lot_no)
        taken = min(points, lot.remaining)
        if lot_no in state.pending:
            from_pending += taken
        elif lot.expires_at <= state.swept_through:
            from_expired += taken
        else:
            from_available += taken
            taken_alive += taken if lot.matures_at <= now < lot.expires_at else 0
        parts.append((lot_no, taken, points - taken))
    spent = sum(part[2] for part in parts)
    forgiven = _forgiven(program, state, spent, taken_alive, now)
    return PurchaseRefunded(
        command.occurred_at,
        program.version,
        command.source,
        command.source_event_id,
        command.purchase_source,
        command.purchase_source_event_id,
        command.amount_minor,
        tuple(Clawback(*part) for part in parts if part[1] or part[2]),
        from_available,
        from_pending,
        from_expired,
        spent - forgiven,
        forgiven,
        growth,
        _trace(from_available, from_pending, from_expired, spent - forgiven, forgiven),
    )


def _forgiven(program: CompiledProgram, state: MemberState, spent: int, taken_alive: int, now: Instant) -> int:
    """Under the clamp policy, what the other spendable points cannot cover; nothing under the others."""
    if program.file.refunds.spent_points != "clamp":
        return 0
    capacity = available(state, now) - taken_alive - state.debt_points
    return max(0, spent - max(0, capacity))


def _trace(
    available_: int, pending: int, expired: int, debt: int, forgiven: int
) -> tuple[tuple[str, str, int, tuple[int, ...]], ...]:
    steps = (
        ("clawback_available", -available_),
        ("clawback_pending", -pending),
        ("clawback_expired", -expired),
        ("clawback_debt", -debt),
        ("clawback_forgiven", -forgiven),
    )
    return tuple(("refund", name, points, ()) for name, points in steps if points)
