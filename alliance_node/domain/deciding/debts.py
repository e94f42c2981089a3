"""Owns what is booked before and after every command: maturities that are due, and debts that can be repaid."""

from __future__ import annotations

from alliance_node.domain.deciding.spending import take
from alliance_node.domain.events import DebtRepaid, Event, PointsMatured, PurchaseRefunded
from alliance_node.domain.evolve import evolve_all
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.state import Lot, MemberState, Slice, working_copy


def maturities(state: MemberState, now: Instant) -> list[Event]:
    """R-EARN-9: one event for every pending lot that has matured, or nothing."""
    due = [Slice(number, lot.points) for number, lot in sorted(state.pending.items()) if lot.matures_at <= now]
    if not due:
        return []
    return [PointsMatured(now, tuple(due), sum(part.points for part in due))]


def repayment(
    program: CompiledProgram, state: MemberState, matured: list[Event], events: list[Event], now: Instant
) -> list[Event]:
    """The debt that the points after `events` can pay, earliest expiry first. `matured` is already in the state.

    Policies clamp and negative take any spendable point; hold takes only points that matured or came just now.
    """
    after = evolve_all(_untouched(state), events)
    if after.debt_points <= 0:
        return []
    brought = after.touched_lots | _matured(matured)
    if program.file.refunds.spent_points == "hold":
        if any(isinstance(event, PurchaseRefunded) for event in events):
            return []

        def eligible(lot: Lot) -> bool:
            return lot.lot_no in brought

        slices = take(after, after.debt_points, now, eligible)
    else:
        slices = take(after, after.debt_points, now)
    if not slices:
        return []
    return [DebtRepaid(now, program.version, sum(part.points for part in slices), slices)]


def _untouched(state: MemberState) -> MemberState:
    copy = working_copy(state)
    copy.touched_lots = set()
    return copy


def _matured(events: list[Event]) -> set[int]:
    return {part.lot_no for event in events if isinstance(event, PointsMatured) for part in event.lots}
