"""Owns which of a member's convertible points are bound: they may be spent here, but not converted (R-ALL-6, R-ALL-9).

A refund may take back points that were spent. When those could be converted and are then forgiven, or repaid with
points that cannot be (a bonus, a gift), later convertible points would stand in for them: bonus points would have
become convertible. So as many convertible points stay bound until they are spent. Holds no rule of its own: what is
decided is in the events.
"""

from __future__ import annotations

from collections.abc import Iterable

from alliance_node.domain.events import Clawback, Restored
from alliance_node.domain.state import MemberState, Slice


def after_clawback(state: MemberState, lots: Iterable[Clawback], debt: int, forgiven: int) -> None:
    """Spent convertible points are owed first; those that are forgiven bind. Points of no known lot count as
    convertible."""
    softer = sum(spent for lot_no, _, spent in lots if spent and not state.lots[lot_no].convertible)
    harder = max(0, debt + forgiven - softer)
    owed = min(debt, harder)
    state.bonus_debt_points += debt - owed
    state.bound_points += harder - owed


def after_repayment(state: MemberState, slices: Iterable[Slice]) -> None:
    """Points that cannot be converted pay such debts first; what they pay beyond binds. The debt is already lower."""
    softer = sum(points for lot_no, points in slices if not state.lots[lot_no].convertible)
    in_kind = min(softer, state.bonus_debt_points)
    state.bonus_debt_points = min(state.bonus_debt_points - in_kind, state.debt_points)
    state.bound_points += softer - in_kind


def after_spending(state: MemberState, slices: Iterable[Slice], *, may_return: bool) -> None:
    """Convertible points that are spent loosen as many. `may_return`: a cancellation can undo it."""
    if state.bound_points:
        loosened = min(state.bound_points, _convertible(state, slices))
        state.bound_points -= loosened
        if may_return:
            state.loosened_points += loosened


def after_cancellation(state: MemberState, restored: Iterable[Restored]) -> None:
    """Convertible points that come back bind what spending had loosened."""
    if state.loosened_points:
        back = [Slice(lot_no, points + moved + recovered) for lot_no, points, moved, recovered in restored]
        bound = min(state.loosened_points, _convertible(state, back))
        state.loosened_points -= bound
        state.bound_points += bound


def after_recovery(state: MemberState, restored: Iterable[Restored]) -> None:
    """Convertible points that came back and paid for a forgiven clawback do not bind for it any more."""
    if state.bound_points:
        paid = _convertible(state, [Slice(lot_no, recovered) for lot_no, _, _, recovered in restored])
        state.bound_points -= min(state.bound_points, paid)


def _convertible(state: MemberState, slices: Iterable[Slice]) -> int:
    return sum(points for lot_no, points in slices if points and state.lots[lot_no].convertible)
