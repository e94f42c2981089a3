"""Owns the one definition of each quantity of a member's points. Reads the state, changes nothing.

Always: booked + due_maturity(t) == spendable(t) + held + due_expiry(t), and the journal's member_pending account is
`pending_booked`. `decide` books maturities that are due before anything else, so after it due_maturity is zero.
"""

from __future__ import annotations

from alliance_node.domain.errors import InvariantBroken
from alliance_node.domain.instants import Instant
from alliance_node.domain.state import Lot, MemberState


def is_spendable(lot: Lot, state: MemberState, at: Instant) -> bool:
    """Whether the lot is matured and unexpired at the instant, whatever the sweep did (pitfall 6)."""
    return lot.remaining > 0 and lot.matures_at <= at < lot.expires_at and lot.expires_at > state.swept_through


def spendable(state: MemberState, at: Instant) -> int:
    """Points of lots matured and unexpired at the instant; held points are already out of the lots. Where lots that end
    later were not loaded, the journal says the same (see above)."""
    if state.unloaded_from:
        if at >= state.unloaded_from:
            raise InvariantBroken(f"the lots of member {state.member_id} were not loaded")
        matured = state.booked + (due_maturity(state, at) if state.pending else 0)
        expired = due_expiry(state, at) if at >= state.lots_end_from else 0  # no open lot ends before
        return matured - expired - (held(state) if state.holds else 0)
    swept = state.swept_through
    return sum(
        [  # `is_spendable` written out: this runs once per answer over every open lot
            lot.remaining
            for lot in state.lots.values()
            if lot.matures_at <= at < lot.expires_at and lot.expires_at > swept
        ]
    )


def held(state: MemberState) -> int:
    """Points kept for conversions under way."""
    return 0 if not state.holds else sum(hold.points for hold in state.holds.values())


def pending(state: MemberState, at: Instant) -> int:
    """Points earned that have not matured at the instant."""
    return 0 if not state.pending else sum(lot.points for lot in state.pending.values() if lot.matures_at > at)


def due_maturity(state: MemberState, at: Instant) -> int:
    """Points that have matured at the instant and are still booked as pending."""
    return 0 if not state.pending else sum(lot.points for lot in state.pending.values() if lot.matures_at <= at)


def pending_booked(state: MemberState) -> int:
    """The journal's member_pending account."""
    return sum(lot.points for lot in state.pending.values())


def due_expiry(state: MemberState, at: Instant) -> int:
    """Points of lots that expired after the last sweep and not after the instant."""
    return sum(lot.remaining for lot in state.lots.values() if state.swept_through < lot.expires_at <= at)


def booked(state: MemberState) -> int:
    """The journal's member_available account."""
    return state.booked
