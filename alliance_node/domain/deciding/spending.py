"""Owns the one way points leave lots and come back: earliest expiry first, never a pending or expired lot.

Spending and checking read the same lots (pitfall 8). Points given back return to their lot while it lives, else to a
new lot with max(original expiry, now + grace) (pitfall 15), or with the end that the member's tier gives (R-EXP-4).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from alliance_node.domain.errors import InvariantBroken
from alliance_node.domain.events import NewLot, Restored
from alliance_node.domain.instants import DAY_SECONDS, FAR_FUTURE, Instant
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.quantities import is_spendable
from alliance_node.domain.state import Lot, MemberState, Slice


class Restoration(NamedTuple):
    restored: tuple[Restored, ...]
    lots: tuple[NewLot, ...]
    recovered: int


def every_lot(_: Lot) -> bool:
    """The filter that lets every spendable lot through."""
    return True


class OldEnough:
    """The filter for what may leave the member (R-ALL-9): convertible, and earned at least so many days ago."""

    def __init__(self, minimum_age_days: int, now: Instant) -> None:
        self._earned_until = now - minimum_age_days * DAY_SECONDS

    def __call__(self, lot: Lot) -> bool:
        return lot.convertible and lot.earned_at <= self._earned_until


def available(state: MemberState, at: Instant, eligible: Callable[[Lot], bool] = every_lot) -> int:
    """Points that `take` could take."""
    return sum(lot.remaining for lot in state.lots.values() if is_spendable(lot, state, at) and eligible(lot))


def take(
    state: MemberState, points: int, at: Instant, eligible: Callable[[Lot], bool] = every_lot
) -> tuple[Slice, ...]:
    """Slices of exactly `points`, or fewer when the eligible lots hold fewer."""
    lots = [lot for lot in state.lots.values() if is_spendable(lot, state, at) and eligible(lot)]
    lots.sort(key=lambda lot: (lot.expires_at, lot.lot_no))
    slices = []
    for lot in lots:
        if points <= 0:
            break
        part = min(points, lot.remaining)
        slices.append(Slice(lot.lot_no, part))
        points -= part
    return tuple(slices)


def loaded_lot(state: MemberState, lot_no: int) -> Lot:
    """The lot that a history names. Raises `InvariantBroken` when the loader did not give it."""
    lot = state.lots.get(lot_no)
    if lot is None:
        raise InvariantBroken(f"lot {lot_no} of member {state.member_id} is named by the history but was not loaded")
    return lot


def give_back(program: CompiledProgram, state: MemberState, slices: tuple[Slice, ...], now: Instant) -> Restoration:
    """Where the points of a cancelled redemption, a release or a return go.

    What a refund forgave meanwhile is recovered first: a refund followed by a cancellation gains nothing (pitfall 2).
    """
    restored: list[Restored] = []
    lots: list[NewLot] = []
    recovered = 0
    for lot_no, points in slices:
        lot = loaded_lot(state, lot_no)
        given = points - min(points, state.forgiven_points - recovered)
        recovered += points - given
        alive = lot.expires_at > max(now, state.swept_through) and _fits_tier(program, state, lot)
        restored.append(Restored(lot_no, given if alive else 0, 0 if alive else given, points - given))
        if given and not alive:
            expires_at = _new_end(program, state, lot, now)
            number = state.next_lot_no + len(lots)
            lots.append(NewLot(number, given, lot.earned_at, lot.matures_at, expires_at, "reinstated", lot.convertible))
    return Restoration(tuple(restored), tuple(lots), recovered)


def _fits_tier(program: CompiledProgram, state: MemberState, lot: Lot) -> bool:
    """Whether the lot has an end exactly when points of the member's tier have one (R-EXP-4): the tier may have changed
    while the points were away."""
    return not program.never_tiers or (lot.expires_at == FAR_FUTURE) == (state.tier in program.never_tiers)


def _new_end(program: CompiledProgram, state: MemberState, lot: Lot, now: Instant) -> Instant:
    if program.never_tiers and (state.tier in program.never_tiers or lot.expires_at == FAR_FUTURE):
        return program.expires_at(now, state.tier)
    return max(lot.expires_at, now + program.grace_seconds)
