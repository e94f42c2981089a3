"""Owns the bounded snapshot of one member that `decide` reads and `evolve` writes. Holds no history and no rule.

A lot's key is (member_id, lot_no). `MemberState.lots` holds only the lots that the loader gave: the open ones
(remaining > 0 and expires_at > swept_through) and those that a refund, cancellation, capture, release or return names.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from alliance_node.domain.counters import Counter
from alliance_node.domain.instants import FAR_FUTURE, Instant


class Lot(msgspec.Struct, gc=False):
    """An accrual with its own expiry.

    `amount` is what the accrual still stands for: what was granted, less what refunds took back out of it.
    `remaining` is what was neither spent, held nor clawed back; for a swept lot it is the part that expired.
    `kind` is one of base, bonus, behaviour, received, reinstated, gift, prize, opening. `source_version` is the
    stream version of the event that created the lot.
    """

    lot_no: int
    amount: int
    remaining: int
    earned_at: Instant
    matures_at: Instant
    expires_at: Instant
    kind: str
    convertible: bool
    source_version: int


class Slice(NamedTuple):
    """Points of one lot."""

    lot_no: int
    points: int


class Hold(msgspec.Struct, frozen=True, array_like=True):
    """Points kept alive for a conversion under way; booked still contains them."""

    hold_id: str
    points: int
    slices: tuple[Slice, ...]
    at: Instant


class PendingLot(NamedTuple):
    """A lot booked in `member_pending` until it matures."""

    matures_at: Instant
    points: int


class Reward(NamedTuple):
    """What a finished goal or a step of a task chain gave, kept so that a refund can take it back.

    `needs` is the progress that the goal needs (0: a step), `at` when it was reached, `limit_id` the budget that paid.
    """

    task: str
    period: int
    lots: tuple[Slice, ...]
    growth: int
    source: str
    source_event_id: str
    needs: int = 0
    at: Instant = 0
    limit_id: str = ""


class Award(NamedTuple):
    """A month's circulation award: promised by the redemption, paid once `lot_no` is not 0. It falls when
    fewer than `needs` points stay redeemed in its month."""

    redemption_id: str
    points: int
    needs: int
    lot_no: int = 0


MAX_AWARDS = 8
"""Months whose awards a member's state remembers, as many as a counter remembers; older ones are final."""

MAX_REWARDS = 32
"""Rewards that a member's state remembers; older ones are final."""


class MemberState(msgspec.Struct, gc=False):
    """One member at one version. `version` is the number of events in the stream.

    `debt_points` are owed after refunds; `forgiven_points` are not owed, but points that come back pay them first.
    `bonus_debt_points` is the part of the debt that points which cannot be converted left. `bound_points` of the
    convertible points cannot be converted: for so many convertible ones were spent that a refund took back, and were
    forgiven or repaid in points that cannot be. Spending loosens them; `loosened_points` were, until a cancellation.
    `growth` has decayed up to `growth_through`. `timezone` is in force until `timezone_from`, then `next_timezone`
    (when there is one). `kept_*` is what was gained since the tier was reached or its protection renewed.
    `booked` is the journal's member_available account. `pending` lists the lots still booked in member_pending.
    `touched_lots` names the lots that `evolve` changed since loading, so that the adapter writes only those;
    it is never persisted. No open lot ends before `lots_end_from` (a bound, it may be too early). `unloaded_from` is 0
    when every open lot was loaded; else those that end at or after it may be missing (never persisted either).
    """

    member_id: str
    version: int = 0
    enrolled_at: Instant = 0
    timezone: str = "UTC"
    tier: str = ""
    tier_since: Instant = 0
    protected_until: Instant = 0
    growth: int = 0
    spend_minor: int = 0
    debt_points: int = 0
    forgiven_points: int = 0
    next_lot_no: int = 1
    swept_through: Instant = 0
    booked: int = 0
    counters: dict[str, Counter] = {}
    holds: dict[str, Hold] = {}
    pending: dict[int, PendingLot] = {}
    lots: dict[int, Lot] = {}
    touched_lots: set[int] = set()
    growth_through: Instant = 0
    next_timezone: str = ""
    timezone_from: Instant = 0
    timezone_changed_at: Instant = 0
    kept_growth: int = 0
    kept_spend_minor: int = 0
    kept_purchases: int = 0
    rewards: dict[str, Reward] = {}
    lots_end_from: Instant = FAR_FUTURE
    unloaded_from: Instant = 0
    bonus_debt_points: int = 0
    bound_points: int = 0
    loosened_points: int = 0
    awards: dict[int, Award] = {}


def timezone_at(state: MemberState, at: Instant) -> str:
    """The member's time zone at the instant."""
    return state.next_timezone if state.next_timezone and at >= state.timezone_from else state.timezone


def new_member(member_id: str) -> MemberState:
    """The state before the first event."""
    return MemberState(member_id)


def working_copy(state: MemberState) -> MemberState:
    """A private copy that `evolve` may mutate."""
    return MemberState(
        state.member_id,
        state.version,
        state.enrolled_at,
        state.timezone,
        state.tier,
        state.tier_since,
        state.protected_until,
        state.growth,
        state.spend_minor,
        state.debt_points,
        state.forgiven_points,
        state.next_lot_no,
        state.swept_through,
        state.booked,
        dict(state.counters),
        dict(state.holds),
        dict(state.pending),
        {number: _copy_lot(lot) for number, lot in state.lots.items()},
        set(state.touched_lots),
        state.growth_through,
        state.next_timezone,
        state.timezone_from,
        state.timezone_changed_at,
        state.kept_growth,
        state.kept_spend_minor,
        state.kept_purchases,
        dict(state.rewards),
        state.lots_end_from,
        state.unloaded_from,
        state.bonus_debt_points,
        state.bound_points,
        state.loosened_points,
        dict(state.awards),
    )


def _copy_lot(lot: Lot) -> Lot:
    return Lot(
        lot.lot_no,
        lot.amount,
        lot.remaining,
        lot.earned_at,
        lot.matures_at,
        lot.expires_at,
        lot.kind,
        lot.convertible,
        lot.source_version,
    )
